//! Writes bytecode for an expression.

use super::Compilation;
use super::layout::{at, lineage};
use super::names::Names;
use crate::definition::{Definition, Kind};
use crate::functions::{Function, SPECIAL};
use crate::program::{At, Branch, Cmp, Compiled, Fold, Math, Nodes, Op, Program, Ty};
use crate::xpath::{Expr, Mistake, Operator, Path, Start};

/// Which node an expression belongs to, and the list it filters.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub item: usize,
    pub filter: Option<u16>,
}

pub(super) struct Emitter<'a> {
    definition: &'a Definition,
    compiled: &'a mut Compiled,
    names: &'a Names,
    context: Context,
    /// The repeat a predicate is about.
    predicate: Option<usize>,
    code: Vec<Op>,
    out: Compilation,
}

/// What a path leads to.
enum Reach {
    One(At, usize),
    Many { nodes: Nodes, item: usize },
    Column(u16),
    Candidate,
}

type Result<T> = std::result::Result<T, Mistake>;

impl<'a> Emitter<'a> {
    pub fn new(
        definition: &'a Definition,
        compiled: &'a mut Compiled,
        names: &'a Names,
        context: Context,
    ) -> Emitter<'a> {
        Emitter { definition, compiled, names, context, predicate: None, code: Vec::new(), out: Compilation::default() }
    }

    pub fn compile(mut self, expr: &Expr) -> Result<Compilation> {
        self.out.ty = self.emit(expr)?;
        self.out.program = self.finish();
        Ok(self.out)
    }

    /// Moves the code written so far into the form. Jumps become absolute here.
    fn finish(&mut self) -> Program {
        let start = self.compiled.code.len() as u32;
        match self.code.as_slice() {
            [Op::Bool(value)] => return Program::Constant(*value),
            [op @ (Op::Among(..) | Op::CompareWith(..) | Op::IsEmpty(_) | Op::IsFilled(_))] => {
                return Program::Test(*op);
            }
            _ => {}
        }
        fuse(&mut self.code);
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
            Operator::Union => return Err(Mistake::new(0, "`|` between paths is not supported")),
            _ => return self.compare(operator, left, right),
        };
        let (a, b) = (self.emit(left)?, self.emit(right)?);
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
                self.emit(left)?;
                self.emit(right)?;
                self.code.push(Op::Compare(cmp));
            }
        }
        Ok(Ty::Truth)
    }

    /// One instruction for the comparisons forms are full of.
    fn against_constant(&mut self, path: &Path, cmp: Cmp, constant: &Expr) -> Result<Option<Op>> {
        if path.predicate.is_some() || !matches!(constant, Expr::Text(_) | Expr::Number(_)) {
            return Ok(None);
        }
        let Reach::One(at, item) = self.reach(path)? else { return Ok(None) };
        let equality = matches!(cmp, Cmp::Equal | Cmp::NotEqual);
        let op = match (constant, self.definition.items[item].kind) {
            (Expr::Text(text), _) if text.is_empty() && equality => {
                self.read(item);
                return Ok(Some(if cmp == Cmp::Equal { Op::IsEmpty(at) } else { Op::IsFilled(at) }));
            }
            (constant, Kind::SelectOne(list)) if self.definition.lists[list as usize].choices.len() <= 62 => {
                let mut set = 0u64;
                for (i, choice) in self.definition.lists[list as usize].choices.iter().enumerate() {
                    set |= u64::from(holds(cmp, &choice.name, constant)) << i;
                }
                set |= u64::from(holds(cmp, "", constant)) << 63;
                Op::Among(at, set)
            }
            (Expr::Number(n), _) if self.compiled.nodes[item].ty != Ty::Truth => Op::CompareWith(at, cmp, *n),
            _ => return Ok(None),
        };
        self.read(item);
        self.read_text(item);
        Ok(Some(op))
    }

    fn path(&mut self, path: &Path) -> Result<Ty> {
        match self.reach(path)? {
            Reach::One(at, item) => {
                self.read(item);
                self.read_text(item);
                self.code.push(Op::Load(at));
                Ok(self.compiled.nodes[item].ty)
            }
            Reach::Many { nodes, item } => Ok(self.fold(Fold::First, nodes, item)),
            Reach::Column(column) => {
                self.code.push(Op::Column(column));
                Ok(Ty::Text)
            }
            Reach::Candidate => {
                self.code.push(Op::Candidate);
                Ok(Ty::Text)
            }
        }
    }

    fn fold(&mut self, fold: Fold, nodes: Nodes, item: usize) -> Ty {
        let from = if nodes.outer { None } else { self.predicate.and_then(|p| self.compiled.nodes[p].opens) };
        let from = from.unwrap_or(self.compiled.nodes[self.context.item].scope);
        let depth = lineage(self.compiled, from).len() - nodes.up as usize;
        self.read_below(item, depth);
        if !matches!(fold, Fold::Count | Fold::CountFilled) {
            self.read_text(item);
        }
        let mut scope = Some(self.compiled.nodes[item].opens.unwrap_or(self.compiled.nodes[item].scope));
        while let Some(id) = scope {
            let shape = &self.compiled.scopes[id as usize];
            scope = shape.parent;
            if let Some(repeat) = shape.item {
                self.read_below(repeat as usize, depth);
            }
        }
        self.compiled.paths.push(nodes);
        self.code.push(Op::Nodes(fold, self.compiled.paths.len() as u32 - 1));
        match fold {
            Fold::Count | Fold::CountFilled => Ty::Whole,
            Fold::Sum if self.compiled.nodes[item].ty != Ty::Whole => Ty::Number,
            Fold::Join => Ty::Text,
            _ => self.compiled.nodes[item].ty,
        }
    }

    /// A path as nodes, even when it leads to one.
    fn nodes(&mut self, expr: &Expr, at: usize) -> Result<(Nodes, usize)> {
        let Expr::Path(path) = expr else { return Err(Mistake::new(at, "a question or a group is wanted here")) };
        match self.reach(path)? {
            Reach::Many { nodes, item } => Ok((nodes, item)),
            Reach::One(one, item) => {
                Ok((Nodes { up: one.up, outer: one.outer, slot: Some(one.slot), ..Nodes::default() }, item))
            }
            _ => Err(Mistake::new(path.at, "a question or a group is wanted here")),
        }
    }

    fn reach(&mut self, path: &Path) -> Result<Reach> {
        let here = self.context.item;
        if let (Start::Bare, Some(list), None) = (&path.start, self.context.filter, self.predicate) {
            let name = path.steps.first().map_or("", String::as_str);
            if name == "name" {
                return Ok(Reach::Candidate);
            }
            let column = self.definition.lists[list as usize].columns.iter().position(|c| c == name);
            return match column {
                Some(column) => Ok(Reach::Column(column as u16)),
                None => Err(Mistake::new(path.at, format!("the choice list has no column `{name}` with values"))),
            };
        }
        let of_predicate = matches!(path.start, Start::Here { .. } | Start::Bare) && self.predicate.is_some();
        let base = if of_predicate { self.predicate.unwrap_or(here) } else { here };
        let bare = path.start == Start::Bare && !of_predicate;
        let start = if bare { Start::Here { up: 1 } } else { path.start.clone() };
        let whole = Path { start, steps: path.steps.clone(), predicate: None, at: path.at };
        let Some(item) = self.names.resolve(self.definition, &whole, base, &whole.steps)? else {
            return Err(Mistake::new(path.at, "the whole form has no value"));
        };
        let node = self.compiled.nodes[item];
        let target = node.opens.unwrap_or(node.scope);
        let inner = self.predicate.and_then(|p| self.compiled.nodes[p].opens);
        let own = self.compiled.nodes[here].scope;
        // Inside a predicate, what is not in the repeat it is about (or above) belongs to the outside.
        let outer = match inner {
            Some(inner) => {
                matches!(path.start, Start::Current { .. })
                    || !(lineage(self.compiled, inner).contains(&target)
                        || lineage(self.compiled, target).contains(&inner))
            }
            None => false,
        };
        let from = if outer { own } else { inner.unwrap_or(own) };
        let mut predicate = Program::Absent;
        let mut top = None;
        if let Some((after, inside)) = &path.predicate {
            let base_item = self.names.resolve(self.definition, &whole, base, &whole.steps[..*after])?;
            let repeat = base_item.filter(|b| self.compiled.nodes[*b].opens == Some(target));
            let Some(repeat) = repeat else {
                return Err(Mistake::new(
                    path.at,
                    "a predicate `[…]` must stand behind the repeat that holds the value",
                ));
            };
            if self.predicate.is_some() {
                return Err(Mistake::new(path.at, "a predicate inside a predicate is not supported"));
            }
            top = Some(self.compiled.nodes[repeat].scope);
            let code = std::mem::take(&mut self.code);
            self.predicate = Some(repeat);
            let emitted = self.emit(inside);
            self.predicate = None;
            // XPath 1.0, 2.4: a number in a predicate is a position.
            if let Ty::Whole | Ty::Number = emitted? {
                self.code.extend([Op::Position(0), Op::Compare(Cmp::Equal)]);
            }
            predicate = self.finish();
            self.code = code;
        }
        let from_line = lineage(self.compiled, from);
        let target_line = lineage(self.compiled, target);
        let mut common = from_line.iter().zip(&target_line).take_while(|(a, b)| a == b).count();
        if node.opens.is_some() && common == target_line.len() {
            common -= 1;
        }
        if let Some(top) = top {
            common = common.min(target_line.iter().position(|s| *s == top).map_or(common, |p| p + 1));
        }
        if common == target_line.len() {
            return Ok(Reach::One(At { outer, ..at(self.compiled, from, item) }, item));
        }
        let kids = target_line[common..].iter().map(|s| self.compiled.scopes[*s as usize].kid).collect();
        let up = (from_line.len() - common) as u8;
        let slot = node.opens.is_none().then_some(node.slot);
        Ok(Reach::Many { nodes: Nodes { up, outer, kids, slot, predicate }, item })
    }

    fn call(&mut self, name: &str, args: &[Expr], at: usize) -> Result<Ty> {
        let wrong = |want: &str| Err(Mistake::new(at, format!("`{name}()` takes {want}, not {}", args.len())));
        match (name, args) {
            ("true", []) | ("false", []) => self.code.push(Op::Bool(name == "true")),
            ("not", [inner]) => {
                self.emit(inner)?;
                match self.code.last_mut() {
                    Some(Op::Bool(value)) => *value = !*value,
                    _ => self.code.push(Op::Not),
                }
            }
            ("boolean", [inner]) => {
                self.emit(inner)?;
                self.code.push(Op::ToBool);
            }
            ("if", [condition, yes, no]) => {
                self.emit(condition)?;
                let hole = self.code.len();
                self.code.push(Op::Jump(0));
                let a = self.emit(yes)?;
                let end = self.code.len();
                self.code.push(Op::Jump(0));
                self.code[hole] = Op::JumpUnless(self.code.len() as u32);
                let b = self.emit(no)?;
                self.code[end] = Op::Jump(self.code.len() as u32);
                let empty = |e: &Expr| matches!(e, Expr::Text(t) if t.is_empty());
                return Ok(if a == b || empty(no) {
                    a
                } else if empty(yes) {
                    b
                } else {
                    either(a, b)
                });
            }
            ("count" | "count-non-empty" | "sum", [nodes]) | ("min" | "max", [nodes @ Expr::Path(_)]) => {
                let (nodes, item) = self.nodes(nodes, at)?;
                let fold = match name {
                    "count" => Fold::Count,
                    "count-non-empty" => Fold::CountFilled,
                    "sum" => Fold::Sum,
                    "min" => Fold::Min,
                    _ => Fold::Max,
                };
                return Ok(self.fold(fold, nodes, item));
            }
            ("concat", [nodes @ Expr::Path(_)]) => {
                let separator = self.constant("");
                self.code.push(Op::Const(separator));
                let (nodes, item) = self.nodes(nodes, at)?;
                return Ok(self.fold(Fold::Join, nodes, item));
            }
            ("version", []) => {
                let version = self.definition.version.clone();
                let version = self.constant(&version);
                self.code.push(Op::Const(version));
                return Ok(Ty::Text);
            }
            ("join", [separator, nodes @ Expr::Path(_)]) => {
                self.emit(separator)?;
                let (nodes, item) = self.nodes(nodes, at)?;
                return Ok(self.fold(Fold::Join, nodes, item));
            }
            ("indexed-repeat", [value, repeat, index]) => {
                let (_, repeat) = self.nodes(repeat, at)?;
                let Expr::Path(path) = value else { return wrong("a question first") };
                let Some(item) = self.names.resolve(self.definition, path, self.context.item, &path.steps)? else {
                    return wrong("a question first");
                };
                let node = self.compiled.nodes[item];
                if self.compiled.nodes[repeat].opens != Some(node.scope) {
                    return Err(Mistake::new(
                        at,
                        format!("`{}` is not directly in that repeat", self.definition.items[item].name),
                    ));
                }
                self.emit(index)?;
                let own = lineage(self.compiled, self.compiled.nodes[self.context.item].scope);
                let line = lineage(self.compiled, node.scope);
                let common = own.iter().zip(&line[..line.len() - 1]).take_while(|(a, b)| a == b).count();
                let kids = line[common..].iter().map(|s| self.compiled.scopes[*s as usize].kid).collect();
                let nodes = Nodes { up: (own.len() - common) as u8, kids, slot: Some(node.slot), ..Nodes::default() };
                return Ok(self.fold(Fold::Nth, nodes, item));
            }
            ("position", [Expr::Path(path)]) => return self.position(path),
            ("position", []) if self.predicate.is_some() => {
                self.code.push(Op::Position(0));
                return Ok(Ty::Whole);
            }
            ("regex", [value, Expr::Text(pattern)]) => {
                self.emit(value)?;
                let built = regex_lite::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(1 << 20).build();
                let regex = built.map_err(|e| {
                    Mistake::new(at, format!("the pattern `{pattern}` is not a regular expression: {e}"))
                })?;
                self.compiled.regexes.push(regex);
                self.code.push(Op::Matches(self.compiled.regexes.len() as u32 - 1));
            }
            ("regex", [_, _]) => return Err(Mistake::new(at, "the pattern of `regex()` must be a text in quotes")),
            ("jr:choice-name", [value, Expr::Text(reference)]) => {
                self.emit(value)?;
                let name = reference.trim().trim_start_matches("${").trim_end_matches('}').to_owned();
                let path = Path { start: Start::Named(name), steps: Vec::new(), predicate: None, at };
                let item = self.names.resolve(self.definition, &path, self.context.item, &[])?;
                match item.map(|i| self.definition.items[i].kind) {
                    Some(Kind::SelectOne(list) | Kind::SelectMultiple(list)) => self.code.push(Op::ChoiceLabel(list)),
                    _ => return Err(Mistake::new(at, "`jr:choice-name()` wants the name of a select question")),
                }
                return Ok(Ty::Text);
            }
            ("selected", [Expr::Path(path), constant @ Expr::Text(_)]) => {
                if let Some(op @ Op::Among(..)) = self.against_constant(path, Cmp::Equal, constant)? {
                    self.code.push(op);
                    return Ok(Ty::Truth);
                }
                return self.plain(name, args, at);
            }
            _ => return self.plain(name, args, at),
        }
        Ok(Ty::Truth)
    }

    fn plain(&mut self, name: &str, args: &[Expr], at: usize) -> Result<Ty> {
        let Some((_, min, max, function, ty)) = Function::ALL.iter().find(|(n, ..)| *n == name) else {
            if SPECIAL.contains(&name) {
                return Err(Mistake::new(at, format!("`{name}()` does not take {} such arguments", args.len())));
            }
            return Err(Mistake::new(at, format!("unknown-function {name}")));
        };
        if args.len() < *min as usize || args.len() > *max as usize {
            let want = if min == max { min.to_string() } else { format!("{min} to {max}") };
            return Err(Mistake::new(at, format!("`{name}()` takes {want} arguments, not {}", args.len())));
        }
        let mut types = Vec::new();
        for arg in args {
            types.push(self.emit(arg)?);
        }
        self.code.push(Op::Call(*function, args.len() as u8));
        self.out.volatile |= function.is_volatile();
        Ok(match function {
            Function::Once => types[0],
            Function::Coalesce if types[0] == types[1] => types[0],
            Function::Number | Function::Abs => number(types[0]),
            _ => *ty,
        })
    }

    fn position(&mut self, path: &Path) -> Result<Ty> {
        let item = self.names.resolve(self.definition, path, self.context.item, &path.steps)?;
        let own = lineage(self.compiled, self.compiled.nodes[self.context.item].scope);
        let wanted = item.map_or(0, |i| self.compiled.nodes[i].opens.unwrap_or(self.compiled.nodes[i].scope));
        match (own.iter().position(|s| *s == wanted), self.compiled.scopes[wanted as usize].item) {
            (Some(depth), Some(repeat)) => {
                self.read(repeat as usize);
                self.code.push(Op::Position((own.len() - 1 - depth) as u8));
                Ok(Ty::Whole)
            }
            _ => Err(Mistake::new(path.at, "`position()` works inside a repeat: `position(..)`")),
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

    /// Notes that the program depends on an item.
    fn read(&mut self, item: usize) {
        if item != self.context.item || self.predicate.is_some() {
            self.read_below(item, usize::MAX);
        }
    }

    /// Notes that the program depends on an item in any block below an ancestor at a depth, or at any closer one.
    fn read_below(&mut self, item: usize, depth: usize) {
        let own = lineage(self.compiled, self.compiled.nodes[self.context.item].scope);
        let other = lineage(self.compiled, self.compiled.nodes[item].scope);
        // A predicate visits all instances of its repeat, not only the one this program runs in.
        let of_predicate = self.predicate.map(|p| lineage(self.compiled, self.compiled.nodes[p].scope).len());
        let depth = depth.min(of_predicate.unwrap_or(usize::MAX));
        let common = own.iter().zip(&other).take(depth).take_while(|(a, b)| a == b);
        let under = common.last().map_or(0, |(a, _)| *a);
        if !self.out.reads.contains(&(item as u32, under)) {
            self.out.reads.push((item as u32, under));
        }
    }

    /// Notes that what an identifier says is read, not only whether it is there.
    fn read_text(&mut self, item: usize) {
        self.out.sealed |= self.definition.items[item].identifier;
    }
}

/// Makes a test and the branch behind it one instruction, and drops what changes nothing: a truth value of a truth
/// value. Jumps are moved to where their targets went.
fn fuse(code: &mut Vec<Op>) {
    let target = |op: &Op| match op {
        Op::Jump(to) | Op::JumpUnless(to) | Op::AndJump(to) | Op::OrJump(to) => Some(*to),
        _ => None,
    };
    let targets: Vec<u32> = code.iter().filter_map(target).collect();
    let mut moved = Vec::with_capacity(code.len() + 1);
    let mut out: Vec<Op> = Vec::with_capacity(code.len());
    for (i, op) in code.iter().enumerate() {
        moved.push(out.len() as u32);
        let joined = targets.contains(&(i as u32));
        let fused = match (op, out.last()) {
            _ if joined => None,
            (Op::AndJump(to), Some(test)) => branch(*test, Branch::And, *to),
            (Op::OrJump(to), Some(test)) => branch(*test, Branch::Or, *to),
            (Op::JumpUnless(to), Some(test)) => branch(*test, Branch::Unless, *to),
            (Op::ToBool, Some(last)) if is_truth(last) => Some(*last),
            _ => None,
        };
        match (fused, out.last_mut()) {
            (Some(fused), Some(last)) => {
                *last = fused;
                moved[i] = out.len() as u32 - u32::from(!matches!(op, Op::ToBool));
            }
            _ => out.push(*op),
        }
    }
    moved.push(out.len() as u32);
    for op in &mut out {
        if let Op::Jump(to)
        | Op::JumpUnless(to)
        | Op::AndJump(to)
        | Op::OrJump(to)
        | Op::AmongBranch(_, _, _, to)
        | Op::CompareBranch(_, _, _, _, to) = op
        {
            *to = moved[*to as usize];
        }
    }
    *code = out;
}

fn branch(test: Op, branch: Branch, to: u32) -> Option<Op> {
    match test {
        Op::Among(at, set) => Some(Op::AmongBranch(at, set, branch, to)),
        Op::CompareWith(at, cmp, n) => Some(Op::CompareBranch(at, cmp, n, branch, to)),
        _ => None,
    }
}

/// Whether the last instruction leaves a truth value, whatever came before it.
fn is_truth(op: &Op) -> bool {
    matches!(
        op,
        Op::Bool(_) | Op::Among(..) | Op::CompareWith(..) | Op::IsEmpty(_) | Op::IsFilled(_) | Op::Compare(_) | Op::Not
    )
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
