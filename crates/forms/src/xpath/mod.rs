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
    /// `.`, `..` and names relative to the node the expression is evaluated for; counts the `..`.
    Here { up: usize },
    /// `current()`, `current()/..`: relative to the node the expression belongs to, inside a predicate too.
    Current { up: usize },
    /// `/data/…`
    Root,
    /// A bare name: a column in a choice filter, a child in a predicate.
    Bare,
}

/// A path with at most one predicate, on its last step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub start: Start,
    pub steps: Vec<String>,
    /// Predicate and the number of steps it stands behind (0: behind the start).
    pub predicate: Option<(usize, Box<Expr>)>,
    /// Byte offset in the source.
    pub at: usize,
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
