//! What is measured without HTTP: the engine, look-ups, bytes, restart.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use event::{Body, Fact, Head};
use node::{Node, Options};
use types::Outcome;

use crate::Size;
use crate::census::{COUNTRY, Census, EA_HOUSEHOLDS};
use crate::error::{Error, Result, same};
use crate::figure::{Figure, Rounds};
use crate::work;

/// Different households that are validated in turn.
const SHEETS: u32 = 500;
/// Rounds of what takes no set-up.
const ROUNDS: usize = 5;
/// Submissions whose bytes in the journal are looked at.
const JOURNAL_SAMPLE: usize = 2000;

/// `validate_household`: answers decoded and checked by the hot path.
pub fn validate(census: &Census, size: &Size) -> Result<Figure> {
    let sheets: Vec<Vec<u8>> = (0..SHEETS.min(size.looks)).map(|at| work::answers(census, at.into()).answers).collect();
    let wrong = |error: forms::Error| Error::Untrue(error.to_string());
    let mut rounds = Rounds::default();
    for _ in 0..ROUNDS {
        let (start, mut reviewed) = (Instant::now(), 0);
        for at in 0..size.looks as usize {
            let checked = census.form.check(black_box(&sheets[at % sheets.len()])).map_err(wrong)?;
            reviewed += u32::from(checked.verdict == Outcome::NeedsReview);
        }
        same("households that need review", reviewed, 0)?;
        rounds.0.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(size.looks));
    }
    Ok(Figure::budget("validate_household", rounds.median(), "µs", 3.0, rounds.spread()))
}

/// `point_read_resident`: a household's row found by area and number, by somebody whose rights are looked at.
pub fn point_read(census: &Census, size: &Size) -> Result<Figure> {
    let store = census.node.store();
    let households = size.households();
    let mut plain = HashMap::new();
    for ea in &census.eas {
        for row in store.page(*ea).unwrap_or_default().households {
            plain.insert((*ea, row.household), row.facts.persons);
        }
    }
    same("households in the store", plain.len(), households as usize)?;
    // In no order the caches would like.
    let keys: Vec<_> = (0..size.looks)
        .map(|at| (at.wrapping_mul(2_654_435_761)) % households)
        .map(|at| (census.eas[(at / EA_HOUSEHOLDS) as usize], (at % EA_HOUSEHOLDS + 1) as u16))
        .collect();
    let (mut ours, mut bare) = (Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        let (start, mut persons) = (Instant::now(), 0u64);
        for (ea, number) in &keys {
            let reader = census.phones[0].staff;
            let allowed = store.staff(reader).is_some_and(|post| store.areas().contains(post.area, *ea));
            let row = if allowed { store.household(*ea, *number) } else { None };
            persons += row.map_or(0, |row| u64::from(row.facts.persons));
        }
        ours.0.push(f64::from(size.looks) / start.elapsed().as_secs_f64());
        let (start, mut again) = (Instant::now(), 0u64);
        for key in &keys {
            again += plain.get(black_box(key)).map_or(0, |persons| u64::from(*persons));
        }
        bare.0.push(f64::from(size.looks) / start.elapsed().as_secs_f64());
        same("persons read", persons, again)?;
    }
    Ok(Figure::rounds("point_read_resident", &ours, "reads/s", &bare, "a bare hash look-up"))
}

/// `journal_household`: bytes of a submission in the journal, its sealed envelope apart.
pub fn journal(census: &Census) -> Result<[Figure; 3]> {
    let (mut answers, mut envelope, mut heads, mut count) = (0, 0, 0, 0);
    let end = census.node.reader().end();
    for offset in (0..end).rev().take(JOURNAL_SAMPLE) {
        let (_, record) = census.node.reader().record(offset).map_err(node::Error::from)?;
        if !matches!(Head::read(&record.head)?.fact, Some(Fact::SubmissionReceived(_))) {
            continue;
        }
        let sealed = Body::read(&census.node.body(offset)?)?.sealed.len();
        answers += record.head.len() + record.body.len() - sealed;
        heads += record.head.len();
        envelope += sealed;
        count += 1;
    }
    let mean = |bytes: usize| bytes as f64 / f64::from(count);
    let note = format!("mean of {count}; head and body, without envelope");
    Ok([
        Figure::budget("journal_household", mean(answers), "bytes", 350.0, note),
        Figure::plain("journal_household_head", mean(heads), "bytes", "of which head".into()),
        Figure::plain("journal_envelope", mean(envelope), "bytes", "sealed identifiers, beside the answers".into()),
    ])
}

/// `store_household`: resident bytes for each listed and counted household.
pub fn store(census: &Census, size: &Size) -> Figure {
    let sizes = census.node.store().bytes_resident();
    let each = |bytes: usize| bytes as f64 / f64::from(size.households());
    let note = format!(
        "pages {:.1}, operation ids {:.1} (two a household), counters {:.1}",
        each(sizes.pages),
        each(sizes.operations),
        each(sizes.counters)
    );
    Figure::budget("store_household", each(sizes.pages + sizes.operations + sizes.counters), "bytes", 64.0, note)
}

/// `restart`: from a stop without a checkpoint to serving again, with the same state. The page cache is warm.
pub fn restart(census: Census, size: &Size) -> Result<Figure> {
    let Census { mut node, folder, .. } = census;
    let (digest, progress) = (node.store().digest(), node.store().progress(COUNTRY));
    // The server's last connections may still be ending.
    let closed = (0..500).any(|_| match std::sync::Arc::get_mut(&mut node) {
        Some(_) => true,
        None => {
            std::thread::sleep(Duration::from_millis(10));
            false
        }
    });
    same("the node could be closed", closed, true)?;
    drop(node);
    let start = Instant::now();
    let node = Node::open(Options::new(&folder), &mut |_, _| {})?;
    let seconds = start.elapsed().as_secs_f64();
    same("the store's digest after a restart", node.store().digest(), digest)?;
    same("submissions after a restart", node.store().progress(COUNTRY).submissions, progress.submissions)?;
    let note = format!("{} households replayed, no checkpoint, warm cache", size.households());
    Ok(Figure::plain("restart", seconds, "s", note))
}
