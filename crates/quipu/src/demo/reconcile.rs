//! The reconciliation: what phones finished and hold receipts for, against journal, store, replay and SQL; and what was
//! counted, against the world.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use event::{Fact, Head};
use fleet::enumerator::{Interview, Report};
use fleet::world::Door;
use store::Store;
use types::{AreaId, OperationId, Verdict};

use super::setup::Census;
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
    submissions: HashMap<u64, OperationId>,
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

    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let (finished, acknowledged, unsent) = (sum(|r| r.finished), sum(|r| r.acknowledged), sum(|r| r.unsent));
    let interviews: Vec<&Interview> = reports.iter().flat_map(|report| &report.interviews).collect();
    let receipted: Vec<&&Interview> = interviews.iter().filter(|interview| interview.verdict.is_some()).collect();
    let missing = receipted.iter().filter(|interview| !journal.operations.contains(&interview.operation)).count();
    let progress = node.store().progress(census.top);
    let (dwellings, persons, submissions) = (
        sql(running, "SELECT count(*) FROM dwelling").await?,
        sql(running, "SELECT count(*) FROM person").await?,
        sql(running, "SELECT count(*) FROM submission").await?,
    );
    let in_store = progress.submissions + progress.held_submissions;

    println!("\n{:<34}{:>14}{:>14}{:>14}{:>14}{:>14}", "", "phones", "acknowledged", "journal", "store", "SQL");
    let row = |what: &str, cells: [Option<u64>; 5]| {
        let cells: String = cells.iter().map(|cell| format!("{:>14}", cell.map_or("·".into(), number))).collect();
        println!("{what:<34}{cells}");
    };
    let total = journal.operations.len() as u64;
    row("operations", [Some(finished), Some(acknowledged), Some(total), None, None]);
    let made = interviews.len() as u64;
    let journaled = journal.submissions.len() as u64;
    row("interviews", [Some(made), Some(receipted.len() as u64), Some(journaled), Some(in_store), Some(submissions)]);
    row("dwellings listed", [None, None, None, Some(progress.dwellings), Some(dwellings)]);
    row("persons counted", [None, None, None, Some(progress.persons), Some(persons)]);
    row("interviews held for a person", [None, None, None, Some(progress.held_submissions), None]);

    let equal = unsent == 0
        && missing == 0
        && journal.doubled_ids == 0
        && finished == acknowledged
        && acknowledged == total
        && receipted.len() as u64 == journaled
        && in_store == journaled
        && submissions == journaled
        && dwellings == progress.dwellings
        && persons == progress.persons
        && replay_equal;
    println!("a replay of the journal gives {}", if replay_equal { "the same store" } else { "ANOTHER STORE" });
    against_truth(running, census, &journal, &interviews);
    if equal {
        println!("reconciled: {} interviews and {} operations, equal everywhere", number(journaled), number(total));
    } else {
        println!(
            "NOT RECONCILED: {missing} acknowledged interviews missing, {unsent} operations unsent, {} ids twice",
            journal.doubled_ids
        );
    }
    Ok(equal)
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
            if matches!(head.fact, Some(Fact::SubmissionReceived(_))) {
                journal.submissions.insert(offset, id);
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

/// Persons missed, doubled and misplaced, by cause, against the world the fleet walked through.
fn against_truth(running: &Running, census: &Census, journal: &Journal, interviews: &[&Interview]) {
    let by_operation: HashMap<OperationId, &Interview> =
        interviews.iter().map(|interview| (interview.operation, *interview)).collect();
    let mut attempts: HashMap<u64, Vec<&Interview>> = HashMap::new();
    for interview in interviews {
        attempts.entry(interview.truth).or_default().push(interview);
    }
    // Which true households count, and where.
    let mut counted: HashMap<u64, Vec<AreaId>> = HashMap::new();
    for world in &census.worlds {
        let Some(page) = running.node.store().page(world.ea) else { continue };
        for household in page.households {
            let operation = household.counted.and_then(|counted| journal.submissions.get(&counted.offset));
            if let Some(interview) = operation.and_then(|operation| by_operation.get(operation)) {
                counted.entry(interview.truth).or_default().push(world.ea);
            }
        }
    }
    let mut truth = 0;
    let (mut right, mut doubled, mut misplaced) = (0, 0, 0);
    let mut missed: Vec<(&str, u64)> =
        ["refused", "held for review", "not met", "not asked"].map(|cause| (cause, 0)).into();
    for world in &census.worlds {
        for household in world.dwellings.iter().flat_map(|dwelling| &dwelling.households) {
            for household in household.with_those_behind() {
                let persons = u64::from(household.persons);
                truth += persons;
                let Some(places) = counted.get(&household.seed) else {
                    let held = attempts
                        .get(&household.seed)
                        .is_some_and(|attempts| attempts.iter().any(|attempt| attempt.verdict == Some(Verdict::Held)));
                    let cause = match household.door {
                        Door::Refuses => 0,
                        _ if held => 1,
                        Door::OpensAfter(_) | Door::Proxy => 2,
                        Door::Opens => 3,
                    };
                    missed[cause].1 += persons;
                    continue;
                };
                right += persons;
                doubled += persons * (places.len() as u64 - 1);
                misplaced += persons * places.iter().filter(|place| **place != world.ea).count() as u64;
            }
        }
    }
    let causes: Vec<String> = missed
        .iter()
        .filter(|(_, persons)| *persons > 0)
        .map(|(cause, persons)| format!("{cause} {}", number(*persons)))
        .collect();
    let all: u64 = missed.iter().map(|(_, persons)| persons).sum();
    println!(
        "\nAgainst the world's {} persons: {} counted, {} missed ({}), {} doubled, {} misplaced.",
        number(truth),
        number(right),
        number(all),
        causes.join(", "),
        number(doubled),
        number(misplaced),
    );
}
