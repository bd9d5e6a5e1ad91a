//! What one statement reads: the state of one cell's tables, or of several cells' side by side.

use std::fmt::Debug;
use std::sync::Arc;

use types::{CellId, Offset, Time};

use crate::places::Places;
use crate::snapshot::Snapshot;

/// The state of all tables at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// The states whose rows are read, one after another.
    pub parts: Vec<Part>,
    /// What is one for all of them: tables and their columns, counters, codes. Its own rows are not read.
    pub whole: Arc<Snapshot>,
}

/// The state of one cell's tables.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Which cell; `None` where the census has one, and tables have no column `cell`.
    pub cell: Option<CellId>,
    pub snapshot: Arc<Snapshot>,
}

impl View {
    /// Of a census of one cell.
    pub fn of(snapshot: Arc<Snapshot>) -> View {
        View { parts: vec![Part { cell: None, snapshot: snapshot.clone() }], whole: snapshot }
    }
}

/// How far a cell's tables were behind its journal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Behind {
    /// Which cell; `None` where the census has one.
    pub cell: Option<CellId>,
    /// Events below this offset are in the tables.
    pub offset: Offset,
    /// One more than the journal's last event.
    pub end: Offset,
    /// How long the oldest missing event has been waiting, seconds.
    pub seconds: f64,
    /// The time of the last event that is in the tables.
    pub time: Time,
}

/// Where statements find the tables.
pub(crate) trait Source: Debug + Send + Sync {
    /// The newest state.
    fn view(&self) -> Arc<View>;
    /// The area tree.
    fn places(&self) -> &Arc<Places>;
    /// How far each cell's tables of a view are behind.
    fn behind(&self, view: &View) -> Vec<Behind>;
    /// The tables are of several cells, and say of which.
    fn several(&self) -> bool;
}
