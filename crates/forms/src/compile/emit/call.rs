//! Function calls: those that need more than their arguments' values, then the plain ones.

use super::path::Reach;
use super::{Emitter, Result, either, number};
use crate::definition::Kind;
use crate::functions::{Function, SPECIAL};
use crate::program::{Cmp, Fold, Op, Ty};
use crate::xpath::{Expr, Mistake, Operator, Path};

impl Emitter<'_> {
    pub(super) fn call(&mut self, name: &str, args: &[Expr], at: usize) -> Result<Ty> {
        let name = match name {
            "is-selected" => "selected",
            "enclosed-area" => "area",
            name => name,
        };
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
            ("count" | "count-non-empty" | "sum", [nodes])
            | ("min" | "max", [nodes @ (Expr::Path(_) | Expr::Binary(Operator::Union, ..))]) => {
                let (set, items) = self.set(nodes, at)?;
                let fold = match name {
                    "count" => Fold::Count,
                    "count-non-empty" => Fold::CountFilled,
                    "sum" => Fold::Sum,
                    "min" => Fold::Min,
                    _ => Fold::Max,
                };
                return Ok(self.fold(fold, set, &items));
            }
            ("min" | "max", [_, _, ..]) => {
                let fold = if name == "min" { Fold::Min } else { Fold::Max };
                for arg in args {
                    match arg {
                        Expr::Path(path) if !matches!(self.reach(path)?, Reach::Column(_)) => {
                            let (set, items) = self.set(arg, at)?;
                            self.fold(fold, set, &items);
                        }
                        arg => {
                            self.number(arg)?;
                        }
                    }
                }
                let function = if name == "min" { Function::Min } else { Function::Max };
                self.code.push(Op::Call(function, args.len() as u8));
                return Ok(Ty::Number);
            }
            ("concat" | "distance" | "area", [_, ..]) if args.len() <= 64 => {
                for arg in args {
                    self.joined(arg, if name == "concat" { "" } else { ";" }, at)?;
                }
                let (function, ty) = match name {
                    "concat" => (Function::Concat, Ty::Text),
                    "area" => (Function::Area, Ty::Number),
                    _ => (Function::Distance, Ty::Number),
                };
                self.code.push(Op::Call(function, args.len() as u8));
                return Ok(ty);
            }
            ("randomize", [_] | [_, _]) => {
                let call = Expr::Call { name: name.to_owned(), args: args.to_vec(), at };
                let (set, items) = self.set(&call, at)?;
                return Ok(self.fold(Fold::First, set, &items));
            }
            ("pulldata", [Expr::Text(list), Expr::Text(column), Expr::Text(by), key]) => {
                let set = self.pulldata(list, column, by, key, at)?;
                return Ok(self.fold(Fold::First, set, &[]));
            }
            ("pulldata", [_, _, _, _]) => {
                return Err(Mistake::new(at, "the list and the columns of `pulldata()` must be texts in quotes"));
            }
            ("version", []) => {
                let version = self.definition.version.clone();
                let version = self.constant(&version);
                self.code.push(Op::Const(version));
                return Ok(Ty::Text);
            }
            ("join", [separator, nodes]) if is_set(nodes) => {
                self.emit(separator)?;
                let (set, items) = self.set(nodes, at)?;
                return Ok(self.fold(Fold::Join, set, &items));
            }
            ("indexed-repeat", [_, _, _] | [_, _, _, _, _] | [_, _, _, _, _, _, _]) => {
                let (set, item) = self.indexed(args, at)?;
                return Ok(self.fold(Fold::First, set, &[item]));
            }
            ("position", [Expr::Path(path)]) => return self.position(path),
            ("position", []) if self.focused => {
                self.code.push(Op::Focus);
                return Ok(Ty::Whole);
            }
            ("last", []) if self.focused => {
                self.code.push(Op::Last);
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
                let item = self.names.named(&name, self.context.item, at)?;
                match self.definition.items[item].kind {
                    // Answers that are choices go by what was answered.
                    kind if kind.list().is_some_and(|list| self.definition.lists[list as usize].is_given()) => {}
                    Kind::SelectOne(list) | Kind::SelectMultiple(list) | Kind::Rank(list) => {
                        self.code.push(Op::ChoiceLabel(list));
                    }
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
            let ty = self.emit(arg)?;
            if ty == Ty::Moment && !function.takes_moment() {
                self.days(ty);
            }
            types.push(ty);
        }
        self.code.push(match function {
            Function::ReferenceDate | Function::ReferenceMoment => Op::Reference,
            _ => Op::Call(*function, args.len() as u8),
        });
        self.out.volatile |= function.is_volatile();
        Ok(match function {
            Function::Once => types[0],
            Function::Coalesce if types[0] == types[1] => types[0],
            Function::Number | Function::Abs => number(types[0]),
            _ => *ty,
        })
    }

    /// One text of all nodes of an argument.
    fn joined(&mut self, expr: &Expr, separator: &str, at: usize) -> Result<()> {
        if !is_set(expr) || matches!(expr, Expr::Path(path) if matches!(self.reach(path)?, Reach::Column(_))) {
            let ty = self.emit(expr)?;
            if ty == Ty::Moment {
                self.days(ty);
            }
            return Ok(());
        }
        if let Expr::Path(path) = expr
            && let Reach::One(_, item) = self.reach(path)?
            && self.compiled.nodes[item].ty == Ty::Moment
        {
            let ty = self.emit(expr)?;
            self.days(ty);
            return Ok(());
        }
        let (set, items) = self.set(expr, at)?;
        let separator = self.constant(separator);
        self.code.push(Op::Const(separator));
        self.fold(Fold::Join, set, &items);
        Ok(())
    }

    fn position(&mut self, path: &Path) -> Result<Ty> {
        let wrong = || Mistake::new(path.at, "`position()` works inside a repeat: `position(..)`");
        let cursors = self.cursors(path, true)?;
        let [cursor] = cursors.as_slice() else { return Err(wrong()) };
        let Some(repeat) = self.compiled.scopes[cursor.scope as usize].item else { return Err(wrong()) };
        if !cursor.levels.is_empty() {
            return Err(wrong());
        }
        let read = self.below(repeat as usize, cursor.shared.saturating_sub(1).max(1));
        self.out.positions.push(read);
        self.code.push(Op::Position(self.at(cursor)));
        Ok(Ty::Whole)
    }
}

/// Whether an expression stands for nodes.
fn is_set(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Binary(Operator::Union, ..) => true,
        Expr::Call { name, .. } => name == "randomize",
        _ => false,
    }
}
