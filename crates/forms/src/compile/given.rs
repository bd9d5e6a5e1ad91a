//! Choices that are answers of the form itself: `select_one ${name}`.

use super::emit::{Context, Emitter};
use super::names::Names;
use super::{Compilation, PlaceOf, bad_expression, layout};
use crate::definition::{ChoiceList, Definition, ITSELF, Kind};
use crate::diagnostic::Diagnostic;
use crate::nodes::Given;
use crate::program::{Compiled, Program, Rule, RuleKind};
use crate::xpath::{self, Axis, Expr, Mistake, Path, Start, Step};

/// The rule of a question whose choices are answers of the form.
pub(super) fn rule(
    definition: &Definition,
    compiled: &mut Compiled,
    names: &Names<'_>,
    i: usize,
    place: PlaceOf<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let item = &definition.items[i];
    let list = item.kind.list().map(|list| &definition.lists[list as usize]);
    let Some(list) = list.filter(|list| list.is_given()) else { return };
    match given(definition, compiled, names, i, list) {
        Ok(made) => {
            if made.sealed && !item.identifier {
                let message =
                    format!("`{}` offers what identifiers say, and its answer would not be sealed", item.name);
                let help = "write `yes` in its column `identifier`";
                diagnostics
                    .push(Diagnostic::error("form/choices-are-identifiers", place(i, "type"), message).help(help));
            }
            let node = compiled.nodes[i];
            compiled.rules[node.scope as usize].push(Rule {
                kind: RuleKind::Choice,
                item: i as u32,
                slot: node.slot,
                program: made.program,
                always: false,
                sealed: made.sealed || made.volatile,
            });
        }
        Err(mistake) => {
            let column = if mistake.message.ends_with(list.given()) { "type" } else { "choice_filter" };
            diagnostics.push(bad_expression(&item.choice_filter, &mistake, place(i, column), names, definition));
        }
    }
}

/// Finds the answers a question offers. The filter is a predicate of the instances of the repeat they are in, as pyxform
/// writes it: inside it `${age}` and `./age` are of the instance whose answer may be offered, `current()/…` starts at the
/// question that offers it.
fn given(
    definition: &Definition,
    compiled: &mut Compiled,
    names: &Names<'_>,
    item: usize,
    list: &ChoiceList,
) -> Result<Compilation, Mistake> {
    let source = names.named(list.given(), item, 0)?;
    let mut line = vec![source];
    while let Some(parent) = definition.items[line[line.len() - 1]].parent {
        line.push(parent as usize);
    }
    line.reverse();
    let asked = if list.value_column == ITSELF { line.len() - 1 } else { line.len().saturating_sub(2) };
    let repeat = line.iter().rposition(|i| definition.items[*i].kind == Kind::Repeat);
    let mut filter = Vec::new();
    if !definition.items[item].choice_filter.is_empty() {
        filter.push(xpath::parse(&definition.items[item].choice_filter)?);
    }
    let step = |(at, item): (usize, &usize)| {
        let mut predicates = if at == asked { std::mem::take(&mut filter) } else { Vec::new() };
        // A predicate is what makes a path inside the repeat lead to all instances.
        if repeat == Some(at) && predicates.is_empty() {
            predicates.push(Expr::Call { name: "true".into(), args: Vec::new(), at: 0 });
        }
        Step { axis: Axis::Item(*item), predicates }
    };
    let steps = line.iter().enumerate().map(step).collect();
    let path = Path { start: Start::Root, predicates: Vec::new(), steps, at: 0 };
    let (mut out, set) = Emitter::new(definition, compiled, names, Context { item, filter: None }).gathering(path)?;
    let node = compiled.nodes[source];
    let parent = definition.items[source].parent.map(|p| p as usize);
    let label = names.child(parent, &list.label_column, 0).ok().filter(|l| compiled.nodes[*l].scope == node.scope);
    let label = label.unwrap_or(source);
    out.sealed |= definition.items[label].identifier;
    out.program = Program::Constant(true);
    compiled.given[item] = Some(Given { set, label: layout::at(compiled, node.scope, label).slot });
    Ok(out)
}
