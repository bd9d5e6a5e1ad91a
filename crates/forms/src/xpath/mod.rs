//! XPath 1.0 as XLSForm uses it: text to an expression tree. Names are resolved later, by `compile`.

mod lexer;
mod parser;

pub(crate) use parser::parse;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Number(f64),
    Text(String),
    Path(Path),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Call { name: String, args: Vec<Expr>, at: usize },
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Union,
}

/// Where a path starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// `${name}`
    Named(String),
    /// `.` and `..`: relative to the node the expression is evaluated for.
    Here,
    /// `current()`: relative to the node the expression belongs to, inside a predicate too.
    Current,
    /// `/data/…`
    Root,
    /// `instance('list')`: the rows of a choice list.
    List(String),
    /// A bare name: a column in a choice filter, a child in a predicate.
    Bare,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub axis: Axis,
    /// Each keeps a part of the nodes of the step.
    pub predicates: Vec<Expr>,
}

/// Which nodes a step goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    /// `name`
    Child(String),
    /// The item a `${name}` was found to mean, or a group or repeat around it.
    Item(usize),
    /// `*`
    Children,
    /// `//name`; `//*` without a name.
    Below(Option<String>),
    /// `..`
    Parent,
    /// `.`
    Own,
    /// `preceding-sibling::name`, nearest first.
    Before(String),
    /// `following-sibling::name`
    After(String),
}

/// A path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub start: Start,
    /// Predicates that stand right behind the start.
    pub predicates: Vec<Expr>,
    pub steps: Vec<Step>,
    /// Byte offset in the source.
    pub at: usize,
}

impl Path {
    /// Whether it is a bare `.`.
    #[cfg(feature = "generator")]
    pub fn is_here(&self) -> bool {
        self.start == Start::Here && self.predicates.is_empty() && self.steps.is_empty()
    }

    /// Whether a predicate stands anywhere in it.
    pub fn has_predicate(&self) -> bool {
        !self.predicates.is_empty() || self.steps.iter().any(|s| !s.predicates.is_empty())
    }
}

/// A mistake in an expression, at a byte offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub at: usize,
    pub message: String,
}

impl Mistake {
    pub fn new(at: usize, message: impl Into<String>) -> Mistake {
        Mistake { at, message: message.into() }
    }
}
