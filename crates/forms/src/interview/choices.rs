//! The choices a question offers, as its screen lists them.

use super::screen::{ScreenChoice, filled};
use super::{Interview, Spot};
use crate::definition::Definition;
use crate::program::Program;
use crate::random::shuffle;

/// The choices of a question in the order they are shown; none when it has no list.
pub(super) fn offered(interview: &mut Interview, spot: Spot) -> Vec<ScreenChoice> {
    let form = interview.instance.form.clone();
    let Some(list) = form.kind(spot.item).list().or_else(|| events(&form.definition, spot.item)) else {
        return Vec::new();
    };
    if let Some(given) = form.compiled.given[spot.item as usize] {
        let given = interview.instance.with(|vm, _| vm.given(given, spot.block));
        let mut order: Vec<u32> = (0..given.len() as u32).collect();
        shuffled(interview, spot, &mut order);
        let choice = |(value, label): &(String, String)| ScreenChoice {
            value: value.clone(),
            label: if label.is_empty() { value } else { label }.clone(),
        };
        return order.iter().map(|at| choice(&given[*at as usize])).collect();
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
            let value = vm.value(&by, spot.block);
            vm.seed(value)
        }),
    };
    shuffle(order, seed);
}
