//! The choices a question offers, as its screen lists them.

use super::screen::{ScreenChoice, filled};
use super::{Interview, Spot};
use crate::definition::Definition;
use crate::program::Program;
use crate::random::shuffle;
use crate::state::NONE;

/// The choices of a question in the order they are shown; none when it has no list.
pub(super) fn offered(interview: &mut Interview, spot: Spot) -> Vec<ScreenChoice> {
    let form = interview.instance.form.clone();
    let Some(list) = form.kind(spot.item).list().or_else(|| events(&form.definition, spot.item)) else {
        return Vec::new();
    };
    if let Some(name) = form.definition.lists[list as usize].source.strip_prefix("${") {
        let given = given(interview, spot.block, name.trim_end_matches('}').trim());
        let mut order: Vec<u32> = (0..given.len() as u32).collect();
        shuffled(interview, spot, &mut order);
        return order.iter().map(|at| given[*at as usize].clone()).collect();
    }
    let language = interview.language;
    let choices = &form.definition.lists[list as usize].choices;
    let mut offered = interview.instance.with(|vm, _| vm.offered(spot.item, list, spot.block));
    shuffled(interview, spot, &mut offered);
    let shown = |c: &crate::definition::Choice| {
        let label = c.label.get(language);
        ScreenChoice { value: c.name.clone(), label: if label.is_empty() { &c.name } else { label }.to_owned() }
    };
    let mut out: Vec<ScreenChoice> = offered.iter().map(|row| shown(&choices[*row as usize])).collect();
    for choice in out.iter_mut().filter(|c| c.label.contains("${")) {
        choice.label = filled(interview, &choice.label, spot.block);
    }
    out
}

/// The list of local events by which a date may be told.
fn events(definition: &Definition, item: u32) -> Option<u16> {
    let (_, list) = definition.items[item as usize].parameter("calendars").split_once("events=")?;
    let name = list.split(' ').next()?;
    definition.lists.iter().position(|l| l.name == name).map(|at| at as u16)
}

/// Brings choices into the order of the question's seed. Without one, each interview has an order of its own.
fn shuffled(interview: &mut Interview, spot: Spot, order: &mut [u32]) {
    let Some(by) = interview.instance.form.compiled.seeds[spot.item as usize] else { return };
    let seed = match by {
        Program::Absent => interview.seed as i64 ^ i64::from(spot.item) ^ (i64::from(spot.block) << 20),
        by => interview.instance.with(|vm, _| {
            let value = vm.value(by, spot.block);
            vm.seed(value)
        }),
    };
    shuffle(order, seed);
}

/// Choices that are answers to a question of a repeat, nearest repeat first.
fn given(interview: &Interview, from: u32, name: &str) -> Vec<ScreenChoice> {
    let instance = &interview.instance;
    let form = &instance.form;
    let named = form.definition.items.iter().position(|i| i.name == name);
    let Some(item) = named.map(|i| i as u32) else { return Vec::new() };
    let scope = form.compiled.nodes[item as usize].scope;
    let mut above = vec![from];
    while let Some(parent) = above.last().map(|b| instance.state.blocks[*b as usize].parent).filter(|p| *p != NONE) {
        above.push(parent);
    }
    let mut out: Vec<ScreenChoice> = Vec::new();
    let mut block = instance.state.chains[scope as usize].0;
    while block != NONE {
        let shape = instance.state.blocks[block as usize];
        let spot = Spot { block, item };
        // Inside nested repeats, only instances around the question count.
        let value = if shape.alive && (shape.parent == NONE || above.contains(&shape.parent)) {
            instance.value_at(spot).text()
        } else {
            String::new()
        };
        if !value.is_empty() && out.iter().all(|c| c.value != value) {
            out.push(ScreenChoice { label: value.clone(), value });
        }
        block = shape.next_in_scope;
    }
    out
}
