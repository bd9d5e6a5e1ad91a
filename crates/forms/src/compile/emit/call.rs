//! Function calls: those that need more than their arguments' values, then the plain ones.

use super::{Emitter, Result, either, number};
use crate::compile::layout::lineage;
use crate::definition::Kind;
use crate::functions::{Function, SPECIAL};
use crate::program::{Cmp, Fold, Nodes, Op, Ty};
use crate::xpath::{Expr, Mistake, Path, Start};

impl Emitter<'_> {
    pub(super) fn call(&mut self, name: &str, args: &[Expr], at: usize) -> Result<Ty> {
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
                    Some(Kind::SelectOne(list) | Kind::SelectMultiple(list) | Kind::Rank(list)) => {
                        self.code.push(Op::ChoiceLabel(list))
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
}
