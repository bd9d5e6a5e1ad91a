//! Sorts the steps so that each runs after what it reads, and refuses cycles, showing them.

use super::{Compilation, PlaceOf};
use crate::definition::Definition;
use crate::diagnostic::Diagnostic;
use crate::program::{Compiled, Dependent, Program, Step, Work};

pub(super) fn order(
    definition: &Definition,
    compiled: &mut Compiled,
    mut steps: Vec<(Step, Compilation)>,
    place: PlaceOf<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    loop {
        let edges = edges(definition, compiled, &steps);
        match sort(&edges) {
            Ok(sorted) => {
                finish(compiled, &steps, &sorted);
                return;
            }
            Err(cycle) => {
                let name = |s: usize| definition.items[steps[s].0.item as usize].name.as_str();
                let mut shown: Vec<&str> = cycle.iter().map(|s| name(*s)).collect();
                shown.dedup();
                shown.push(shown[0]);
                let first = cycle[0];
                let message = format!("depends on itself: {}", shown.join(" → "));
                let mut cells: Vec<String> = cycle
                    .iter()
                    .map(|s| place(steps[*s].0.item as usize, column_of(&steps[*s].0)).to_string())
                    .collect();
                cells.dedup();
                let at = place(steps[first].0.item as usize, column_of(&steps[first].0));
                let help = format!("the circle goes through {}", cells.join(", "));
                diagnostics.push(Diagnostic::error("form/cycle", at, message).help(help));
                // Whatever reads something on the circle is left out; what is in a group stays as relevant as that.
                let cut = cycle.iter().copied().find(|s| !steps[*s].1.reads.is_empty()).unwrap_or(first);
                match steps[cut].0.work {
                    Work::Relevant { group: Some(_) } if !steps[cut].1.reads.is_empty() => {
                        steps[cut].0.program = Program::Constant(true);
                        steps[cut].1 = Compilation::default();
                    }
                    _ => {
                        steps.remove(cut);
                    }
                }
            }
        }
    }
}

fn column_of(step: &Step) -> &'static str {
    match step.work {
        Work::Relevant { .. } => "relevant",
        Work::Calculate => "calculation",
        Work::Count => "repeat_count",
    }
}

/// For each step, the steps that must run before it.
fn edges(definition: &Definition, compiled: &Compiled, steps: &[(Step, Compilation)]) -> Vec<Vec<usize>> {
    let mut makers: Vec<Vec<usize>> = vec![Vec::new(); definition.items.len()];
    for (at, (step, _)) in steps.iter().enumerate() {
        makers[step.item as usize].push(at);
    }
    let of = |item: u32| makers[item as usize].as_slice();
    let mut edges = Vec::with_capacity(steps.len());
    for (at, (step, made)) in steps.iter().enumerate() {
        let mut before: Vec<usize> = Vec::new();
        for (item, _) in made.reads.iter().chain(&made.positions) {
            before.extend(of(*item));
        }
        if let Work::Relevant { .. } = step.work
            && let Some(parent) = definition.items[step.item as usize].parent
        {
            before.extend(of(parent));
        }
        // A value is computed once it is known whether it is wanted.
        if step.work != (Work::Relevant { group: None }) {
            let own = of(step.item).iter().filter(|o| matches!(steps[**o].0.work, Work::Relevant { .. }));
            before.extend(own.filter(|o| **o != at));
        }
        // And inside a repeat, once its instances are there.
        if let Some(repeat) = compiled.scopes[step.scope as usize].item {
            before.extend(of(repeat).iter().filter(|o| steps[**o].0.work == Work::Count));
        }
        before.sort_unstable();
        before.dedup();
        edges.push(before);
    }
    edges
}

/// Depth-first order, keeping document order where nothing else decides; or a cycle.
fn sort(edges: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut mark = vec![0u8; edges.len()];
    let mut out = Vec::with_capacity(edges.len());
    for root in 0..edges.len() {
        let mut path: Vec<(usize, usize)> = vec![(root, 0)];
        if mark[root] != 0 {
            continue;
        }
        mark[root] = 1;
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            if let Some(before) = edges[node].get(*next) {
                *next += 1;
                match mark[*before] {
                    0 => {
                        mark[*before] = 1;
                        path.push((*before, 0));
                    }
                    1 => {
                        let from = path.iter().position(|(n, _)| n == before).unwrap_or(0);
                        return Err(path[from..].iter().map(|(n, _)| *n).collect());
                    }
                    _ => {}
                }
            } else {
                mark[node] = 2;
                out.push(node);
                path.pop();
            }
        }
    }
    Ok(out)
}

fn finish(compiled: &mut Compiled, steps: &[(Step, Compilation)], sorted: &[usize]) {
    for (rank, at) in sorted.iter().enumerate() {
        let (step, made) = &steps[*at];
        compiled.steps.push(*step);
        let add = |to: &mut [Vec<Dependent>], item: u32, under: u16| {
            let dependent = Dependent { step: rank as u32, under };
            if !to[item as usize].contains(&dependent) {
                to[item as usize].push(dependent);
            }
        };
        for (item, under) in &made.reads {
            add(&mut compiled.dependents, *item, *under);
        }
        for (item, under) in &made.positions {
            add(&mut compiled.positioned, *item, *under);
        }
        match step.work {
            Work::Relevant { .. } => {}
            Work::Calculate | Work::Count => add(&mut compiled.dependents, step.item, step.scope),
        }
    }
    // A group's relevance is read by what is in it; a repeat's by the steps of its scope.
    for (rank, at) in sorted.iter().enumerate() {
        let (step, _) = &steps[*at];
        if let Work::Relevant { group: Some(group) } = step.work {
            let scope = (0..group.up).fold(step.scope, |s, _| compiled.scopes[s as usize].parent.unwrap_or(0));
            let parent = compiled.scopes[scope as usize].slots[group.slot as usize];
            let dependent = Dependent { step: rank as u32, under: scope };
            if !compiled.dependents[parent as usize].contains(&dependent) {
                compiled.dependents[parent as usize].push(dependent);
            }
        }
    }
}
