//! Paths that lead to any number of nodes, or to rows of a choice list.

use super::{At, Program};

/// What a path or several lead to. Several routes give their nodes in document order, each node once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    pub routes: Vec<Route>,
    /// Shuffled; by this seed, or by chance when the program is absent.
    pub shuffle: Option<Program>,
}

/// One way through a form or a choice list.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    Nodes(Nodes),
    Rows(Rows),
}

/// The nodes a path reaches through repeats.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes {
    /// Where it starts; the slot means nothing.
    pub from: At,
    /// How many predicates are around it.
    pub depth: u8,
    pub levels: Vec<Level>,
    /// The slot in each block reached; `None` for the block itself.
    pub slot: Option<u16>,
}

/// A step of [`Nodes`] that goes into a repeat or leaves something out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    /// Which of the repeats of a block to enter; `None` stays.
    pub kid: Option<u16>,
    pub side: Siblings,
    /// Only the instance with this position.
    pub index: Option<Program>,
    pub predicates: Vec<Program>,
}

/// Which instances of a repeat a step goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Siblings {
    /// Those inside the block.
    #[default]
    All,
    /// Those before the block itself, nearest first.
    Before,
    /// Those after the block itself.
    After,
}

/// Rows of a choice list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub list: u16,
    /// Only rows with this value in this column. The value is that of the program outside.
    pub lookup: Option<(u16, Program)>,
    pub predicates: Vec<Program>,
    /// A column, [`LABEL`] or [`NAME`]; `None` for the row itself.
    pub column: Option<u16>,
}
