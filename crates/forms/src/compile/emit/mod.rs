//! Writes bytecode for an expression.

mod call;
mod fuse;
mod indexed;
mod path;
mod rows;

use self::fuse::fuse;
use self::path::Reach;
use super::Compilation;
use super::layout::lineage;
use super::names::Names;
use crate::definition::{Definition, Kind};
use crate::functions::Function;
use crate::program::{At, Cmp, Compiled, Fold, Math, NAME, Nodes, Op, Program, Route, Set, Ty};
use crate::xpath::{Expr, Mistake, Operator, Path};

/// Which node an expression belongs to, and the list it filters.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub item: usize,
    pub filter: Option<u16>,
}

pub(super) struct Emitter<'a> {
    definition: &'a Definition,
    compiled: &'a mut Compiled,
    names: &'a Names<'a>,
    context: Context,
    /// The node the expression belongs to, then those the predicates around are asked about.
    around: Vec<Here>,
    /// The choice list whose rows the innermost predicate or filter is asked about.
    row: Option<u16>,
    /// Inside a predicate that may ask for positions.
    focused: bool,
    code: Vec<Op>,
    out: Compilation,
}

/// A node an expression is evaluated for.
#[derive(Clone, Copy, Debug)]
struct Here {
    item: usize,
    /// The scope of the block it is evaluated on; a repeat's own when it is asked about instances.
    scope: u16,
    /// How many scopes from the root down are surely the same blocks as those of the node the expression belongs to.
    shared: usize,
}

type Result<T> = std::result::Result<T, Mistake>;

impl<'a> Emitter<'a> {
    pub fn new(
        definition: &'a Definition,
        compiled: &'a mut Compiled,
        names: &'a Names<'a>,
        context: Context,
    ) -> Emitter<'a> {
        let scope = compiled.nodes[context.item].scope;
        let around = vec![Here { item: context.item, scope, shared: lineage(compiled, scope).len() }];
        Emitter {
            definition,
            compiled,
            names,
            context,
            around,
            row: context.filter,
            focused: false,
            code: Vec::new(),
            out: Compilation::default(),
        }
    }

    pub fn compile(mut self, expr: &Expr) -> Result<Compilation> {
        self.out.ty = self.emit(expr)?;
        self.out.program = self.finish();
        Ok(self.out)
    }

    /// Writes the set of a path that is only gathered; the index of the set.
    pub fn gathering(mut self, path: Path) -> Result<(Compilation, u32)> {
        let (set, items) = self.set(&Expr::Path(path), 0)?;
        items.iter().for_each(|item| self.read_text(*item));
        self.compiled.sets.push(set);
        Ok((self.out, self.compiled.sets.len() as u32 - 1))
    }

    /// Moves the code written so far into the form. Jumps become absolute here.
    fn finish(&mut self) -> Program {
        let start = self.compiled.code.len() as u32;
        fuse(&mut self.code);
        let program = match self.code.as_slice() {
            [Op::Bool(value)] => Some(Program::Constant(*value)),
            [op] if op.is_test() => Some(Program::Test(*op)),
            _ => None,
        };
        if let Some(program) = program {
            self.code.clear();
            return program;
        }
        let moved = self.code.drain(..).map(|op| match op {
            Op::AmongBranch(at, set, branch, to) => Op::AmongBranch(at, set, branch, to + start),
            Op::CompareBranch(at, cmp, n, branch, to) => Op::CompareBranch(at, cmp, n, branch, to + start),
            Op::Jump(to) => Op::Jump(to + start),
            Op::JumpUnless(to) => Op::JumpUnless(to + start),
            Op::AndJump(to) => Op::AndJump(to + start),
            Op::OrJump(to) => Op::OrJump(to + start),
            other => other,
        });
        self.compiled.code.extend(moved);
        Program::Code(start, self.compiled.code.len() as u32)
    }

    fn emit(&mut self, expr: &Expr) -> Result<Ty> {
        match expr {
            Expr::Number(n) => {
                self.code.push(Op::Num(*n));
                Ok(if n.fract() == 0.0 { Ty::Whole } else { Ty::Number })
            }
            Expr::Text(text) => {
                let at = self.constant(text);
                self.code.push(Op::Const(at));
                Ok(Ty::Text)
            }
            Expr::Negate(inner) => {
                let ty = self.emit(inner)?;
                self.code.push(Op::Negate);
                Ok(number(ty))
            }
            Expr::Path(path) => self.path(path),
            Expr::Binary(Operator::Union, ..) => {
                let (set, items) = self.set(expr, 0)?;
                Ok(self.fold(Fold::First, set, &items))
            }
            Expr::Binary(operator, left, right) => self.binary(*operator, left, right),
            Expr::Call { name, args, at } => self.call(name, args, *at),
        }
    }

    fn binary(&mut self, operator: Operator, left: &Expr, right: &Expr) -> Result<Ty> {
        let math = match operator {
            Operator::And | Operator::Or => {
                self.emit(left)?;
                let hole = self.code.len();
                self.code.push(Op::Jump(0));
                self.emit(right)?;
                self.code.push(Op::ToBool);
                let end = self.code.len() as u32;
                self.code[hole] = if operator == Operator::And { Op::AndJump(end) } else { Op::OrJump(end) };
                return Ok(Ty::Truth);
            }
            Operator::Add => Math::Add,
            Operator::Subtract => Math::Subtract,
            Operator::Multiply => Math::Multiply,
            Operator::Divide => Math::Divide,
            Operator::Modulo => Math::Modulo,
            _ => return self.compare(operator, left, right),
        };
        let (a, b) = (self.number(left)?, self.number(right)?);
        self.code.push(Op::Math(math));
        Ok(match (math, a, b) {
            (Math::Add | Math::Subtract, Ty::Date, Ty::Whole) => Ty::Whole,
            (Math::Divide, ..) => Ty::Number,
            (_, Ty::Whole, Ty::Whole) => Ty::Whole,
            _ => Ty::Number,
        })
    }

    fn compare(&mut self, operator: Operator, left: &Expr, right: &Expr) -> Result<Ty> {
        let (cmp, mirrored) = match operator {
            Operator::Equal => (Cmp::Equal, Cmp::Equal),
            Operator::NotEqual => (Cmp::NotEqual, Cmp::NotEqual),
            Operator::Less => (Cmp::Less, Cmp::Greater),
            Operator::LessOrEqual => (Cmp::LessOrEqual, Cmp::GreaterOrEqual),
            Operator::Greater => (Cmp::Greater, Cmp::Less),
            _ => (Cmp::GreaterOrEqual, Cmp::LessOrEqual),
        };
        let short = match (left, right) {
            (Expr::Path(path), constant) => self.against_constant(path, cmp, constant)?,
            (constant, Expr::Path(path)) => self.against_constant(path, mirrored, constant)?,
            _ => None,
        };
        match short {
            Some(op) => self.code.push(op),
            None => {
                for side in [left, right] {
                    let ty = self.emit(side)?;
                    // Two times are the same when they are written the same.
                    if ty != Ty::Clock || !matches!(cmp, Cmp::Equal | Cmp::NotEqual) {
                        self.days(ty);
                    }
                }
                self.code.push(Op::Compare(cmp));
            }
        }
        Ok(Ty::Truth)
    }

    /// A value to reckon with.
    fn number(&mut self, expr: &Expr) -> Result<Ty> {
        let ty = self.emit(expr)?;
        self.days(ty);
        Ok(if matches!(ty, Ty::Moment | Ty::Clock) { Ty::Number } else { ty })
    }

    /// Makes a moment its day, which is what JavaRosa reckons with, and a time of day a part of a day.
    fn days(&mut self, ty: Ty) {
        match ty {
            Ty::Moment => self.code.push(Op::Call(Function::Date, 1)),
            Ty::Clock => self.code.push(Op::Call(Function::DecimalTime, 1)),
            _ => {}
        }
    }

    /// One instruction for the comparisons forms are full of.
    fn against_constant(&mut self, path: &Path, cmp: Cmp, constant: &Expr) -> Result<Option<Op>> {
        if path.has_predicate() || !matches!(constant, Expr::Text(_) | Expr::Number(_)) {
            return Ok(None);
        }
        let Reach::One(at, item) = self.reach(path)? else { return Ok(None) };
        let equality = matches!(cmp, Cmp::Equal | Cmp::NotEqual);
        if self.compiled.nodes[item].ty == Ty::Moment && !matches!(constant, Expr::Text(t) if t.is_empty()) {
            return Ok(None);
        }
        let op = match (constant, self.definition.items[item].kind) {
            (Expr::Text(text), _) if text.is_empty() && equality => {
                return Ok(Some(if cmp == Cmp::Equal { Op::IsEmpty(at) } else { Op::IsFilled(at) }));
            }
            (constant, Kind::SelectOne(list)) if is_short(&self.definition.lists[list as usize]) => {
                let mut set = 0u64;
                for (i, choice) in self.definition.lists[list as usize].choices.iter().enumerate() {
                    set |= u64::from(holds(cmp, &choice.name, constant)) << i;
                }
                set |= u64::from(holds(cmp, "", constant)) << 63;
                Op::Among(at, set)
            }
            (Expr::Number(n), _) if !matches!(self.compiled.nodes[item].ty, Ty::Truth | Ty::Clock) => {
                Op::CompareWith(at, cmp, *n)
            }
            (Expr::Text(text), _) if equality => Op::IsText(at, cmp, self.constant(text)),
            _ => return Ok(None),
        };
        self.read_text(item);
        Ok(Some(op))
    }

    fn path(&mut self, path: &Path) -> Result<Ty> {
        match self.reach(path)? {
            Reach::One(at, item) => {
                self.read_text(item);
                self.code.push(Op::Load(at));
                Ok(self.compiled.nodes[item].ty)
            }
            Reach::Many(set, items) => Ok(self.fold(Fold::First, set, &items)),
            Reach::Column(NAME) => {
                self.code.push(Op::Candidate);
                Ok(Ty::Text)
            }
            Reach::Column(column) => {
                self.code.push(Op::Column(column));
                Ok(Ty::Text)
            }
        }
    }

    /// An expression as a set of nodes, even when it leads to one.
    fn set(&mut self, expr: &Expr, at: usize) -> Result<(Set, Vec<usize>)> {
        match expr {
            Expr::Path(path) => match self.reach(path)? {
                Reach::Many(set, items) => Ok((set, items)),
                Reach::One(from, item) => {
                    let depth = (self.around.len() - 1) as u8;
                    let slot = Some(from.slot);
                    let route = Nodes { from: At { slot: 0, ..from }, depth, levels: Vec::new(), slot };
                    Ok((Set { routes: vec![Route::Nodes(route)], shuffle: None }, vec![item]))
                }
                Reach::Column(_) => Err(Mistake::new(path.at, "a question or a group is wanted here")),
            },
            Expr::Binary(Operator::Union, left, right) => {
                let (mut set, mut items) = self.set(left, at)?;
                let (more, others) = self.set(right, at)?;
                if set.shuffle.is_some() || more.shuffle.is_some() {
                    return Err(Mistake::new(at, "`randomize()` goes around all of a union"));
                }
                set.routes.extend(more.routes);
                items.extend(others);
                Ok((set, items))
            }
            Expr::Call { name, args, at } if name == "randomize" && (1..=2).contains(&args.len()) => {
                let (mut set, items) = self.set(&args[0], *at)?;
                self.out.volatile |= args.len() == 1;
                set.shuffle = Some(args.get(1).map_or(Ok(Program::Absent), |seed| self.key(seed))?);
                Ok((set, items))
            }
            _ => Err(Mistake::new(at, "a question or a group is wanted here")),
        }
    }

    fn fold(&mut self, fold: Fold, set: Set, items: &[usize]) -> Ty {
        if !matches!(fold, Fold::Count | Fold::CountFilled) {
            items.iter().for_each(|item| self.read_text(*item));
        }
        self.compiled.sets.push(set);
        self.code.push(Op::Nodes(fold, self.compiled.sets.len() as u32 - 1));
        let ty = |item: &usize| self.compiled.nodes[*item].ty;
        let common = match items {
            [first, rest @ ..] if rest.iter().all(|item| ty(item) == ty(first)) => ty(first),
            _ => Ty::Text,
        };
        match (fold, common) {
            (Fold::Count | Fold::CountFilled, _) => Ty::Whole,
            (Fold::Join, _) => Ty::Text,
            (Fold::Sum, Ty::Whole) => Ty::Whole,
            (Fold::Sum, _) | (Fold::Min | Fold::Max, Ty::Text) => Ty::Number,
            _ => common,
        }
    }

    fn constant(&mut self, text: &str) -> u32 {
        let texts = &mut self.compiled.texts;
        let at = texts.iter().position(|t| t == text).unwrap_or_else(|| {
            texts.push(text.to_owned());
            texts.len() - 1
        });
        at as u32
    }

    /// Notes that the program depends on an item in any block below an ancestor at a depth, or at any closer one.
    fn read_below(&mut self, item: usize, depth: usize) {
        let read = self.below(item, depth);
        if !self.out.reads.contains(&read) {
            self.out.reads.push(read);
        }
    }

    fn below(&self, item: usize, depth: usize) -> (u32, u16) {
        let own = lineage(self.compiled, self.compiled.nodes[self.context.item].scope);
        let other = lineage(self.compiled, self.compiled.nodes[item].scope);
        let common = own.iter().zip(&other).take(depth).take_while(|(a, b)| a == b);
        (item as u32, common.last().map_or(0, |(a, _)| *a))
    }

    /// Notes that what an identifier says is read, not only whether it is there.
    fn read_text(&mut self, item: usize) {
        self.out.sealed |= self.definition.items[item].identifier;
    }
}

/// Whether a set of a list's choices fits into one word, and nothing else can be an answer.
fn is_short(list: &crate::definition::ChoiceList) -> bool {
    list.choices.len() <= 62 && !list.is_open()
}

fn holds(cmp: Cmp, name: &str, constant: &Expr) -> bool {
    let number = crate::vm::parse_number(name);
    match (constant, cmp) {
        (Expr::Text(text), Cmp::Equal) => name == text,
        (Expr::Text(text), Cmp::NotEqual) => name != text,
        (Expr::Text(text), _) => crate::vm::compare_numbers(cmp, number, crate::vm::parse_number(text)),
        (Expr::Number(n), _) => crate::vm::compare_numbers(cmp, number, *n),
        _ => false,
    }
}

fn number(ty: Ty) -> Ty {
    if ty == Ty::Whole { Ty::Whole } else { Ty::Number }
}

fn either(a: Ty, b: Ty) -> Ty {
    match (a, b) {
        (Ty::Whole | Ty::Number, Ty::Whole | Ty::Number) => Ty::Number,
        _ => Ty::Text,
    }
}
