//! What lies in a data folder that no server has open.

use std::collections::HashMap;
use std::path::Path;

use event::{Fact, Head};
use node::Node;
use store::Progress;
use types::{AreaId, OperationId};

use crate::census::{self, VILLAGE};

/// Everything a test asks of a folder.
pub struct Journaled {
    /// Heads of operations that took effect, by operation.
    pub operations: HashMap<OperationId, Vec<Head>>,
    /// Bytes kept as they came: unreadable, or another's id.
    pub deposited: Vec<Head>,
    /// Offsets of the root cell whose events were taken over, in order of this journal.
    pub imported: Vec<u64>,
    /// Every event, by its permanent name.
    pub facts: Vec<Fact>,
    /// What the village, or another area asked about, counts.
    pub progress: Progress,
    /// The digest of the store.
    pub digest: event::Digest,
}

/// Reads a folder.
pub fn read(data: &Path) -> Journaled {
    of(&census::open(data), VILLAGE)
}

/// Reads a cell, and what an area of it counts.
pub fn of(node: &Node, area: AreaId) -> Journaled {
    let mut found = Journaled {
        operations: HashMap::new(),
        deposited: Vec::new(),
        imported: Vec::new(),
        facts: Vec::new(),
        progress: Progress::default(),
        digest: event::Digest::default(),
    };
    node.reader()
        .heads(0, &mut |_, _, bytes| {
            let head = Head::read(bytes).map_err(journal::Error::visit)?;
            let fact = head.fact.clone().expect("every event says what happened");
            if matches!(fact, Fact::OperationDeposited(_)) {
                found.deposited.push(head);
            } else if let Some(id) = head.operation().filter(|id| id.origin.is_cell()) {
                found.imported.push(id.number - 1);
            } else if let Some(id) = head.operation() {
                found.operations.entry(id).or_default().push(head);
            }
            found.facts.push(fact);
            Ok(())
        })
        .expect("the journal reads");
    found.progress = node.store().progress(area);
    // What was folded as it arrived is what a replay of the journal gives.
    let mut replayed = store::Store::new();
    replayed.replay(node.reader(), &mut |_, _| {}).expect("the journal replays");
    assert_eq!(replayed.digest(), node.store().digest(), "a replay of the journal gives the same store");
    found.digest = replayed.digest();
    found
}
