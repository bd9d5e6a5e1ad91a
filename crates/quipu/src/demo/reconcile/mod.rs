//! The reconciliation: what phones finished and hold receipts for, against journal, store, replay and SQL; and what was
//! counted, against the world (`truth.rs`).

mod truth;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use event::{Fact, Head};
use fleet::enumerator::{Interview, Report};
use store::{Progress, Store};
use types::{AreaId, OperationId, Verdict};

use crate::demo::setup::Census;
use crate::error::{Error, Result};
use crate::output::number;
use crate::server::Running;

/// How long the tables may take to catch up with the journal.
const CATCH_UP: Duration = Duration::from_secs(120);

/// What the journal says, read head by head.
#[derive(Default)]
struct Journal {
    operations: HashSet<OperationId>,
    doubled_ids: u64,
    dwellings: HashSet<(AreaId, u32)>,
    submissions: HashMap<u64, OperationId>,
    /// In all submissions, those held included.
    persons: u64,
}

/// Prints the reconciliation; true when everything acknowledged is equal everywhere.
pub async fn reconcile(running: &Running, census: &Census, reports: &[Report]) -> Result<bool> {
    let node = &running.node;
    let start = Instant::now();
    while running.query.lag().behind_events > 0 && start.elapsed() < CATCH_UP {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let journal = read_journal(node.reader())?;
    let mut replayed = Store::new();
    replayed.replay(node.reader(), &mut |_, _| {})?;
    let replay_equal = replayed.digest() == node.store().digest();
    let interviews: Vec<&Interview> = reports.iter().flat_map(|report| &report.interviews).collect();
    let receipted = interviews.iter().filter(|interview| interview.verdict.is_some());
    let missing = receipted.filter(|interview| !journal.operations.contains(&interview.operation)).count();
    let unsent: u64 = reports.iter().map(|report| report.unsent).sum();

    println!("\n{:<34}{:>14}{:>14}{:>14}{:>14}{:>14}", "", "phones", "acknowledged", "journal", "store", "SQL");
    let mut equal = unsent == 0 && missing == 0 && journal.doubled_ids == 0 && replay_equal;
    let replay = replayed.progress(census.top);
    for Row { what, cells } in rows(running, census, reports, &journal, &replay).await? {
        let told: String = cells.iter().map(|cell| format!("{:>14}", cell.map_or("·".into(), number))).collect();
        let mut figures = cells.iter().flatten();
        let same = figures.next().is_none_or(|first| figures.all(|other| other == first));
        println!("{what:<34}{told}{}", if same { "" } else { "   DIFFERENT" });
        equal &= same;
    }
    println!("a replay of the journal gives {}", if replay_equal { "the same store" } else { "ANOTHER STORE" });
    truth::against_truth(running, census, &journal, &interviews);
    let (interviews, operations) = (journal.submissions.len() as u64, journal.operations.len() as u64);
    if equal {
        println!(
            "reconciled: {} interviews and {} operations, equal everywhere",
            number(interviews),
            number(operations)
        );
    } else {
        println!(
            "NOT RECONCILED: {missing} acknowledged interviews missing, {unsent} operations unsent, {} ids twice",
            journal.doubled_ids
        );
    }
    Ok(equal)
}

/// One thing counted in five places; a place that does not know of it has no figure.
struct Row {
    what: &'static str,
    /// Phones, acknowledged, journal, store, SQL. What only the rules decide has the replay's figure under journal.
    cells: [Option<u64>; 5],
}

async fn rows(
    running: &Running,
    census: &Census,
    reports: &[Report],
    journal: &Journal,
    replay: &Progress,
) -> Result<[Row; 6]> {
    let interviews = || reports.iter().flat_map(|report| &report.interviews);
    let persons = |of: &dyn Fn(&Interview) -> bool| {
        interviews().filter(|one| of(one)).map(|one| u64::from(one.persons)).sum::<u64>()
    };
    let count = |of: &dyn Fn(&Interview) -> bool| interviews().filter(|one| of(one)).count() as u64;
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let receipted = |one: &Interview| one.verdict.is_some();
    let accepted = |one: &Interview| one.verdict == Some(Verdict::Accepted);
    let held = |one: &Interview| one.verdict == Some(Verdict::Held);
    let store = running.node.store().progress(census.top);
    let dwellings = sql(running, "SELECT count(*) FROM dwelling").await?;
    let submissions = sql(running, "SELECT count(*) FROM submission").await?;
    let answered = sql(running, "SELECT sum(persons) FROM submission").await?;
    let counted = sql(running, "SELECT count(*) FROM person").await?;
    let waiting = sql(running, "SELECT count(*) FROM submission WHERE verdict = 'held'").await?;
    let row = |what, cells| Row { what, cells };
    Ok([
        row(
            "operations",
            [
                Some(sum(|r| r.finished)),
                Some(sum(|r| r.acknowledged)),
                Some(journal.operations.len() as u64),
                None,
                None,
            ],
        ),
        row(
            "dwellings listed",
            [
                Some(sum(|r| r.listed)),
                Some(sum(|r| r.listed_accepted)),
                Some(journal.dwellings.len() as u64),
                Some(store.dwellings),
                Some(dwellings),
            ],
        ),
        row(
            "interviews",
            [
                Some(count(&|_| true)),
                Some(count(&receipted)),
                Some(journal.submissions.len() as u64),
                Some(store.submissions + store.held_submissions),
                Some(submissions),
            ],
        ),
        row(
            "persons in them",
            [Some(persons(&|_| true)), Some(persons(&receipted)), Some(journal.persons), None, Some(answered)],
        ),
        row(
            "of these held for a person",
            [None, Some(count(&held)), Some(replay.held_submissions), Some(store.held_submissions), Some(waiting)],
        ),
        row(
            "persons counted",
            [None, Some(persons(&accepted)), Some(replay.persons), Some(store.persons), Some(counted)],
        ),
    ])
}

fn read_journal(reader: &dyn journal::Reader) -> Result<Journal> {
    let mut journal = Journal::default();
    reader.heads(0, &mut |offset, _, head| {
        let head = Head::read(head).map_err(journal::Error::visit)?;
        if let Some(id) = head.operation() {
            let deposited = matches!(head.fact, Some(Fact::OperationDeposited(_)));
            if !journal.operations.insert(id) && !deposited {
                journal.doubled_ids += 1;
            }
            match &head.fact {
                Some(Fact::DwellingListed(event)) => {
                    journal.dwellings.insert((head.area(), event.dwelling));
                }
                Some(Fact::SubmissionReceived(event)) => {
                    journal.submissions.insert(offset, id);
                    // The first fact the household form declares.
                    journal.persons += event.facts.first().map_or(0, |persons| u64::from(persons.unsigned_abs()));
                }
                _ => {}
            }
        }
        Ok(())
    })?;
    Ok(journal)
}

/// One number by SQL.
async fn sql(running: &Running, statement: &str) -> Result<u64> {
    let rows = running.query.sql(statement).await?;
    let text = query::pretty(&rows)?;
    let digits = text.lines().filter_map(|line| line.trim_matches(['|', ' ']).parse().ok()).next();
    digits.ok_or_else(|| Error::Refused(format!("`{statement}` gave no number")))
}
