//! The compiled form: scopes, slots, bytecode, steps in dependency order and the rules to check.
//!
//! A *scope* is the root or a repeat. An instance of a scope is a *block* of slots, one a node. So a value is one array
//! access away, and a household is one flat array.

use regex_lite::Regex;

use crate::listing::Listing;
use crate::nodes::Given;

/// A value in a slot or on the stack: no allocation, 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Val {
    /// No answer; an empty text to XPath.
    #[default]
    Empty,
    Num(f64),
    Bool(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// A choice by list and index.
    Choice(u16, u32),
    /// A span of the state's text heap.
    Text(u32, u32),
    /// A text of the program.
    Const(u32),
    /// An identifier that was answered and is not here.
    Sealed,
}

/// How a slot is reached from the block a program runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct At {
    /// Scopes to go up.
    pub up: u8,
    /// The block to start from: 0 for the one the program runs on; inside predicates 1 for the one outside all of them,
    /// 2 for that of the outermost predicate, and so on.
    pub outer: u8,
    pub slot: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cmp {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Math {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// When a fused test jumps, and what it leaves on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Branch {
    /// `and`: jumps when false, leaving false.
    And,
    /// `or`: jumps when true, leaving true.
    Or,
    /// `if()`: jumps when false, leaving nothing.
    Unless,
}

/// What is done with the nodes of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    Count,
    CountFilled,
    Sum,
    Min,
    Max,
    Join,
    First,
    /// Only gathers the nodes.
    Gather,
}

/// One instruction. Results go to the stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Op {
    Num(f64),
    Const(u32),
    Bool(bool),
    Load(At),
    /// Whether a select's choice is in a set; bit 63 stands for no answer.
    Among(At, u64),
    /// Whether a number compares to a constant.
    CompareWith(At, Cmp, f64),
    /// Whether there is no answer. A sealed identifier that was answered is not empty.
    IsEmpty(At),
    IsFilled(At),
    Compare(Cmp),
    Math(Math),
    Negate,
    Not,
    ToBool,
    /// Pops a truth value; when false, pushes it back as the result and jumps.
    AndJump(u32),
    /// Pops a truth value; when true, pushes it back as the result and jumps.
    OrJump(u32),
    /// Pops a truth value; jumps when false.
    JumpUnless(u32),
    /// [`Op::Among`] and a branch in one: when it holds or not as `on` says, pushes that as the result (or nothing, for
    /// `if()`) and jumps.
    AmongBranch(At, u64, Branch, u32),
    /// [`Op::CompareWith`] and a branch in one.
    CompareBranch(At, Cmp, f64, Branch, u32),
    Jump(u32),
    /// A set of [`Compiled::sets`].
    Nodes(Fold, u32),
    /// Position of a block among its siblings, from 1.
    Position(At),
    /// Position among the nodes a predicate is asked about, from 1.
    Focus,
    /// How many nodes a predicate is asked about.
    Last,
    /// An extra column of the choice being filtered; [`LABEL`] for its label.
    Column(u16),
    /// The name of the choice being filtered.
    Candidate,
    Matches(u32),
    /// The label, in the first language, of the choice whose name is on the stack.
    ChoiceLabel(u16),
    Call(super::functions::Function, u8),
}

/// A compiled expression.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Program {
    /// There is no expression.
    #[default]
    Absent,
    Constant(bool),
    /// One instruction that needs no stack and gives a truth value.
    Test(Op),
    /// A range of the code.
    Code(u32, u32),
}

/// In place of a column: the label of a choice in the first language.
pub(crate) const LABEL: u16 = u16::MAX;
/// In place of a column: the name of a choice.
pub(crate) const NAME: u16 = u16::MAX - 1;

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

/// The root or a repeat.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// The repeat's item; `None` for the root.
    pub item: Option<u32>,
    pub parent: Option<u16>,
    /// Index among the parent's repeats.
    pub kid: u16,
    pub kids: Vec<u16>,
    /// Item of each slot.
    pub slots: Vec<u32>,
    /// Slots that are stored in answers, in order.
    pub stored: Vec<u16>,
}

/// Where an item lives, and how it is stored.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node {
    pub scope: u16,
    pub slot: u16,
    /// The scope a repeat opens.
    pub opens: Option<u16>,
    /// Computed from what the server may not see, or from chance: kept in the answers.
    pub kept: bool,
    pub ty: Ty,
}

/// What a computed value is, as far as the expression tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ty {
    #[default]
    Text,
    Number,
    Whole,
    Truth,
    Date,
    /// A day and a time, as text.
    Moment,
    /// A time of day, as text.
    Clock,
    Choice(u16),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Sets whether a slot is relevant: its group is, and its own expression holds.
    Relevant {
        group: Option<At>,
    },
    Calculate,
    /// Makes the repeat have as many instances as its `repeat_count` says.
    Count,
}

/// A computation, in dependency order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub work: Work,
    pub item: u32,
    pub scope: u16,
    pub slot: u16,
    pub program: Program,
    /// Skipped at the door: the result is kept in the answers.
    pub kept: bool,
}

/// What kind of rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// A required answer is missing.
    Required,
    /// A hard rule is broken.
    Constraint,
    /// A soft rule is broken.
    Soft,
    /// The choice is not among those offered.
    Choice,
    /// There is an answer to a question that is not asked.
    NotRelevant,
    /// A repeat has another number of instances than its `repeat_count` says.
    Count,
}

impl RuleKind {
    /// What it is called outside, as serde writes it.
    pub fn code(self) -> &'static str {
        match self {
            RuleKind::Required => "required",
            RuleKind::Constraint => "constraint",
            RuleKind::Soft => "soft",
            RuleKind::Choice => "choice",
            RuleKind::NotRelevant => "not_relevant",
            RuleKind::Count => "count",
        }
    }
}

/// A rule of one slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub kind: RuleKind,
    pub item: u32,
    pub slot: u16,
    pub program: Program,
    /// Checked without an answer too (notes and calculations).
    pub always: bool,
    /// Reads an identifier's text, so it cannot be checked at the door.
    pub sealed: bool,
}

/// A step to run again when an item changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dependent {
    pub step: u32,
    /// The scope both live under: all blocks of the step below that ancestor are affected.
    pub under: u16,
}

/// A value that is set when the answer to a question changes (`trigger`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Action {
    /// The question.
    pub on: u32,
    /// What is set, in every block of its scope below the ancestor both share.
    pub item: u32,
    pub under: u16,
    pub program: Program,
}

/// Everything the virtual machine needs.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub scopes: Vec<Scope>,
    pub nodes: Vec<Node>,
    pub code: Vec<Op>,
    pub texts: Vec<String>,
    pub regexes: Vec<Regex>,
    pub sets: Vec<Set>,
    pub steps: Vec<Step>,
    /// By item.
    pub dependents: Vec<Vec<Dependent>>,
    /// By item: for repeats, the steps that read the positions of instances, which change when one is taken out.
    pub positioned: Vec<Vec<Dependent>>,
    /// By scope.
    pub rules: Vec<Vec<Rule>>,
    /// By item: which choices are offered.
    pub filters: Vec<Program>,
    /// By item: the answers of the form that are offered, where those are the choices.
    pub given: Vec<Option<Given>>,
    /// By item: a column of a long list that the filter wants to be equal to a value, and that value.
    pub narrows: Vec<Option<(u16, Program)>>,
    /// By list: where rows are found by what they hold.
    pub listings: Vec<Listing>,
    /// By item.
    #[cfg(feature = "generator")]
    pub generators: Vec<Program>,
    /// By item: defaults that are not plain values.
    pub defaults: Vec<Program>,
    /// By item: the seed its choices are shuffled by, absent when each interview draws its own; `None` when they stand
    /// in the order of the list.
    pub seeds: Vec<Option<Program>>,
    /// What new answers set, in document order of what is set.
    pub actions: Vec<Action>,
    /// Name and item, in order.
    pub facts: Vec<(String, u32)>,
    /// By item: the least and the greatest number its rules allow, where they say so plainly.
    #[cfg(feature = "generator")]
    pub bounds: Vec<(f64, f64)>,
    /// Number of every choice, by list.
    pub choice_numbers: Vec<Vec<f64>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_instructions_stay_small() {
        assert_eq!(size_of::<Val>(), 16);
        assert!(size_of::<Op>() <= 24);
    }
}
