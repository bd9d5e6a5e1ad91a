//! What was counted, against the world the fleet walked through.

use std::collections::HashMap;

use fleet::enumerator::Interview;
use fleet::world::Door;
use types::{AreaId, OperationId, Verdict};

use super::Journal;
use crate::demo::setup::Census;
use crate::output::number;
use crate::server::Running;

/// Persons missed, doubled and misplaced, by cause, against the world the fleet walked through.
pub fn against_truth(running: &Running, census: &Census, journal: &Journal, interviews: &[&Interview]) {
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
