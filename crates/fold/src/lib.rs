//! Folds journal events into the production tables.
//!
//! The same events in the same order give the same tables on every node. So there is no clock, disk, network or
//! randomness here: time comes with the event, and work for the outside comes back as an [`Effect`]. An unwelcome event
//! is a verdict and a verdict is data: field work is always kept, counted or held with a reason.
//!
//! Left out: how tables are kept in memory and on disk (`store`), what bodies say (`query`), who may send (`api`).
//! Start at [`apply`], then read `submission/received.rs`; what a household's row holds is in [`tables`].

use event::Head;
use types::{AreaId, DeviceId, Held, Offset, StaffId, Time, Verdict};

mod admin;
mod context;
mod dwelling;
mod held;
mod household;
mod lease;
mod phase;
mod rights;
mod rules;
mod submission;
pub mod tables;
mod visit;

pub use tables::{Facts, Tables};

/// Where and when an event happened: its journal offset and its frame's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// The event's place in the journal.
    pub offset: Offset,
    /// The cell's own time, which never runs backwards.
    pub time: Time,
}

/// What an event came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Whether it counts.
    pub verdict: Verdict,
    /// Why it was held; [`Held::Not`] unless the verdict is [`Verdict::Held`].
    pub held: Held,
    /// Work for the outside, in order.
    pub effects: Vec<Effect>,
}

/// Work for the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The counts of this area, and so of all above it, are no longer what they were.
    AreaProgressChanged(AreaId),
    /// Somebody no longer works this enumeration area.
    LeaseEnded {
        /// Which enumeration area.
        ea: AreaId,
        /// The lease that ended.
        lease: u32,
        /// Who held it.
        staff: StaffId,
    },
    /// The device's sessions end: it may no longer read.
    DeviceRevoked(DeviceId),
    /// The key of this area and wave is to be destroyed everywhere.
    KeyDestroyed {
        /// Which area.
        area: AreaId,
        /// Which wave.
        wave: u32,
    },
}

/// What a newer program wrote and this one cannot decide about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// The event's kind is not known here.
    #[error("the event is of a kind this program does not know; a newer program wrote it: update this one")]
    Fact,
    /// The rules are not known here.
    #[error("rules version {version} is not known to this program; a newer program activated it: update this one")]
    Rules {
        /// The version asked for.
        version: u32,
    },
}

/// The newest version of the rules this program has.
pub const RULES_MAX: u32 = 1;

/// Whether this program can decide about an event. Ask before appending or applying one that others wrote.
pub fn known(head: &Head) -> Result<(), Unknown> {
    match &head.fact {
        None => Err(Unknown::Fact),
        Some(event::Fact::RulesActivated(rules)) if rules.version == 0 || rules.version > RULES_MAX => {
            Err(Unknown::Rules { version: rules.version })
        }
        Some(_) => Ok(()),
    }
}

/// Decides about one event and changes the tables accordingly.
///
/// # Panics
/// When the event is not [`known`]: going on would give tables no other node has.
pub fn apply(tables: &mut impl Tables, at: At, head: &Head) -> Applied {
    if let Err(unknown) = known(head) {
        panic!("event at offset {}: {unknown}", at.offset);
    }
    match tables.rules() {
        1 => rules::apply(tables, at, head),
        version => panic!("event at offset {}: {}", at.offset, Unknown::Rules { version }),
    }
}
