//! Values and the instructions that make them.

use crate::functions::Function;

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

impl At {
    /// Whether the slot is in the block the program runs on.
    #[inline(always)]
    pub fn is_here(&self) -> bool {
        self.up == 0 && self.outer == 0
    }
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
    /// Whether a number compares to two constants, both.
    Within(At, [Cmp; 2], [f64; 2]),
    /// Whether a value is equal to a text of the program, or is not.
    IsText(At, Cmp, u32),
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
    /// The census's reference day.
    Reference,
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
    Call(Function, u8),
}

impl Op {
    /// Whether it needs no stack and gives a truth value.
    pub fn is_test(&self) -> bool {
        matches!(
            self,
            Op::Among(..) | Op::CompareWith(..) | Op::Within(..) | Op::IsText(..) | Op::IsEmpty(_) | Op::IsFilled(_)
        )
    }
}

/// A compiled expression.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Program {
    /// There is no expression.
    #[default]
    Absent,
    Constant(bool),
    /// One instruction; see [`Op::is_test`].
    Test(Op),
    /// A range of the code.
    Code(u32, u32),
}

/// In place of a column: the label of a choice in the first language.
pub(crate) const LABEL: u16 = u16::MAX;
/// In place of a column: the name of a choice.
pub(crate) const NAME: u16 = u16::MAX - 1;
