//! Recalculation and checking, shared by the phone and the door.
//!
//! Loading a whole form runs every step once, in order ([`settle`]). Changing one answer runs the steps that depend on
//! it, in the repeat instances it touches ([`spread`]).

use std::collections::BTreeSet;

use crate::date::Date;
use crate::definition::{Item, Kind};
use crate::form::Form;
use crate::program::{Dependent, NAME, Program, RuleKind, Step, Val, Work};
use crate::state::{NONE, State};
use crate::value::{Value, to_slot};
use crate::vm::Vm;

/// Most blocks that counts open in a form, all repeats together: counts inside counts multiply, and a slip of the finger
/// must not fill the phone's memory. Whoever says more has a broken `repeat_count`.
const BLOCKS_MAX: usize = 100_000;

/// A rule that is broken, where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub kind: RuleKind,
    pub item: u32,
    pub block: u32,
}

/// Where the engine runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// With the identifiers: all steps and rules run.
    Device,
    /// Identifiers are sealed: kept results are taken as given, rules over identifiers' texts are left out.
    Door,
}

/// Runs every step once. At the door, reports answers to questions that are not asked.
pub(crate) fn settle(vm: &mut Vm<'_>, form: &Form, side: Side, broken: &mut Vec<Broken>) {
    for step in &form.compiled.steps {
        if side == Side::Door && step.kept {
            continue;
        }
        let mut block = vm.state.chains[step.scope as usize].0;
        while block != NONE {
            let next = vm.state.blocks[block as usize].next_in_scope;
            if vm.state.blocks[block as usize].alive {
                run(vm, form, step, block, side, broken);
            }
            block = next;
        }
    }
}

/// Runs one step on one block; whether anything changed.
fn run(vm: &mut Vm<'_>, form: &Form, step: &Step, block: u32, side: Side, broken: &mut Vec<Broken>) -> bool {
    let at = vm.state.index(block, step.slot);
    match step.work {
        Work::Relevant { group } => {
            let inside = group.is_none_or(|g| {
                let outer = vm.state.up(block, g.up);
                vm.state.relevant[vm.state.index(outer, g.slot)]
            });
            let relevant = inside && vm.truth(&step.program, block);
            if side == Side::Door && !relevant && vm.state.values[at] != Val::Empty {
                broken.push(Broken { kind: RuleKind::NotRelevant, item: step.item, block });
            }
            std::mem::replace(&mut vm.state.relevant[at], relevant) != relevant
        }
        Work::Calculate => {
            if !vm.state.relevant[at] {
                return false;
            }
            let old = vm.state.values[at];
            let mark = vm.state.text.len();
            vm.here = old;
            let value = vm.value(&step.program, block);
            let value = coerce(vm, form, form.kind(step.item), value);
            let same = value == old
                || matches!((value, old), (Val::Text(..), Val::Text(..)) if vm.to_text(value) == vm.to_text(old));
            if same || !matches!(value, Val::Text(..)) {
                vm.state.text.truncate(mark.max(end_of(old)));
            }
            if !same {
                vm.state.values[at] = value;
            }
            !same
        }
        Work::Count => {
            let Some(scope) = form.compiled.nodes[step.item as usize].opens else { return false };
            let value = vm.value(&step.program, block);
            let wanted = vm.to_number(value).clamp(0.0, 10_000.0) as u32;
            let kid = form.compiled.scopes[scope as usize].kid;
            let count = vm.state.kids(block, kid).count;
            if side == Side::Door {
                if vm.state.relevant[at] && count != wanted {
                    broken.push(Broken { kind: RuleKind::Count, item: step.item, block });
                }
                return false;
            }
            let room = (BLOCKS_MAX as u32).saturating_sub(vm.state.blocks.len() as u32);
            for _ in count..wanted.min(count + room) {
                let opened = vm.state.open(&form.compiled, scope, block);
                fill(vm, form, opened);
            }
            if wanted > count + room {
                broken.push(Broken { kind: RuleKind::Count, item: step.item, block });
            }
            for _ in wanted..count {
                let last = vm.state.kids(block, kid).last;
                vm.state.close(&form.compiled, last);
            }
            count != wanted
        }
    }
}

/// Puts what does not depend on other answers into a new block: plain defaults, and what the device knows.
pub(crate) fn fill(vm: &mut Vm<'_>, form: &Form, block: u32) {
    let scope = &form.compiled.scopes[vm.state.blocks[block as usize].scope as usize];
    for (slot, item) in scope.slots.iter().enumerate() {
        let definition = &form.definition.items[*item as usize];
        let at = vm.state.index(block, slot as u16);
        let plain = form.compiled.defaults[*item as usize] == Program::Absent && !definition.default.is_empty();
        let value = if plain {
            Value::from(definition.default.as_str())
        } else if definition.attributes.is_empty() {
            continue;
        } else {
            preloaded(vm, definition)
        };
        if let Some(value) = to_slot(form, vm.state, definition.kind, &value).filter(|value| *value != Val::Empty) {
            vm.state.values[at] = value;
        }
    }
}

/// What `jr:preload` asks the device for (ODK XForms specification, Preload Attributes).
fn preloaded(vm: &mut Vm<'_>, item: &Item) -> Value {
    let parameter = item.attribute("bind::jr:preloadParams");
    let text = match item.attribute("bind::jr:preload") {
        "timestamp" if parameter == "start" => vm.state.now.clone(),
        "date" => vm.state.today.map_or(String::new(), |days| Date(days).to_string()),
        "property" => vm.property(parameter),
        "uid" => format!("uuid:{}", vm.uuid()),
        _ => String::new(),
    };
    Value::from(text.as_str())
}

fn end_of(value: Val) -> usize {
    match value {
        Val::Text(start, len) => (start + len) as usize,
        _ => 0,
    }
}

/// A computed value as its question holds it: a select holds a choice.
fn coerce(vm: &Vm<'_>, form: &Form, kind: Kind, value: Val) -> Val {
    let value = vm.settle(value);
    match (kind, value) {
        (Kind::SelectOne(_), Val::Empty | Val::Choice(..)) => value,
        (Kind::SelectOne(list), other) => {
            let name = vm.to_text(other);
            match form.compiled.choice(vm.lists, list, &name) {
                Some(index) => Val::Choice(list, index),
                None if form.definition.lists[list as usize].takes_any() => other,
                None => Val::Empty,
            }
        }
        _ => value,
    }
}

/// Steps waiting to run, in dependency order.
#[derive(Default)]
pub(crate) struct Queue(BTreeSet<(u32, u32)>);

impl Queue {
    /// Everything that reads an item, in the blocks the change can reach.
    pub fn changed(&mut self, state: &State, form: &Form, item: u32, block: u32) {
        self.wait(state, form, &form.compiled.dependents[item as usize], block);
    }

    /// Everything that reads the position of an instance of a repeat, when one has been taken out of a block.
    pub fn moved(&mut self, state: &State, form: &Form, repeat: u32, block: u32) {
        self.wait(state, form, &form.compiled.positioned[repeat as usize], block);
    }

    fn wait(&mut self, state: &State, form: &Form, dependents: &[Dependent], block: u32) {
        for dependent in dependents {
            let step = &form.compiled.steps[dependent.step as usize];
            let Some(anchor) = state.ancestor(block, dependent.under) else { continue };
            if step.scope == dependent.under {
                self.0.insert((dependent.step, anchor));
                continue;
            }
            let mut here = state.chains[step.scope as usize].0;
            while here != NONE {
                if state.blocks[here as usize].alive && state.ancestor(here, dependent.under) == Some(anchor) {
                    self.0.insert((dependent.step, here));
                }
                here = state.blocks[here as usize].next_in_scope;
            }
        }
    }

    /// Every step of a block that was just opened, and of those inside it.
    pub fn opened(&mut self, state: &State, form: &Form, block: u32) {
        let scope = state.blocks[block as usize].scope;
        for (rank, step) in form.compiled.steps.iter().enumerate() {
            if step.scope == scope {
                self.0.insert((rank as u32, block));
            }
        }
        if let Some(item) = form.compiled.scopes[scope as usize].item {
            self.changed(state, form, item, state.blocks[block as usize].parent);
        }
    }
}

/// Runs what waits until nothing does.
pub(crate) fn spread(vm: &mut Vm<'_>, form: &Form, queue: &mut Queue) {
    while let Some((rank, block)) = queue.0.pop_first() {
        let step = form.compiled.steps[rank as usize];
        if !vm.state.blocks[block as usize].alive {
            continue;
        }
        let blocks = vm.state.blocks.len();
        if run(vm, form, &step, block, Side::Device, &mut Vec::new()) {
            queue.changed(vm.state, form, step.item, block);
            queue.0.remove(&(rank, block));
            for opened in blocks..vm.state.blocks.len() {
                queue.opened(vm.state, form, opened as u32);
            }
        }
    }
}

/// Checks every rule of every block.
pub(crate) fn check(vm: &mut Vm<'_>, form: &Form, side: Side, broken: &mut Vec<Broken>) {
    for scope in 0..form.compiled.scopes.len() {
        if form.compiled.rules[scope].is_empty() {
            continue;
        }
        let mut block = vm.state.chains[scope].0;
        while block != NONE {
            if vm.state.blocks[block as usize].alive {
                check_block(vm, form, scope, block, side, None, broken);
            }
            block = vm.state.blocks[block as usize].next_in_scope;
        }
    }
}

/// Checks the rules of one block, or of one slot of it.
pub(crate) fn check_block(
    vm: &mut Vm<'_>,
    form: &Form,
    scope: usize,
    block: u32,
    side: Side,
    only: Option<u16>,
    broken: &mut Vec<Broken>,
) {
    let base = vm.state.blocks[block as usize].base as usize;
    for rule in &form.compiled.rules[scope] {
        let at = base + rule.slot as usize;
        if !vm.state.relevant[at] || only.is_some_and(|slot| slot != rule.slot) {
            continue;
        }
        let answered = !matches!(vm.state.values[at], Val::Empty);
        let holds = match rule.kind {
            RuleKind::Required => answered || !vm.truth(&rule.program, block),
            _ if !answered && !rule.always || rule.sealed && side == Side::Door => true,
            RuleKind::Choice => offered(vm, form, rule.item, &rule.program, vm.state.values[at], block),
            _ => vm.truth(&rule.program, block),
        };
        if !holds {
            broken.push(Broken { kind: rule.kind, item: rule.item, block });
        }
    }
}

fn offered(vm: &mut Vm<'_>, form: &Form, item: u32, program: &Program, value: Val, block: u32) -> bool {
    if let Some(given) = form.compiled.given[item as usize] {
        let (choices, text) = (vm.given(given, block), vm.to_text(value));
        let is_given = |name: &str| choices.iter().any(|(choice, _)| choice == name);
        return match form.kind(item) {
            Kind::SelectOne(_) => is_given(&text),
            _ => text.split_whitespace().all(is_given),
        };
    }
    match (form.kind(item), value) {
        (_, Val::Choice(list, index)) => {
            vm.candidate = (list, index);
            vm.truth(program, block) || again(vm, form, list, index, program, block)
        }
        (Kind::SelectMultiple(list) | Kind::Rank(list), value) => {
            let names = vm.to_text(value).into_owned();
            names.split_whitespace().all(|name| {
                form.compiled.choice(&form.definition.lists, list, name).is_some_and(|index| {
                    vm.candidate = (list, index);
                    vm.truth(program, block) || again(vm, form, list, index, program, block)
                })
            })
        }
        // A name that is not among the rows of the list's file.
        (Kind::SelectOne(_), _) => false,
        _ => true,
    }
}

/// Whether a later choice of the same name is offered (setting `allow_choice_duplicates`).
fn again(vm: &mut Vm<'_>, form: &Form, list: u16, index: u32, program: &Program, block: u32) -> bool {
    let choices = &form.definition.lists[list as usize].choices;
    let Some(name) = choices.get(index as usize).map(|c| &c.name) else { return false };
    let same = form.compiled.candidates(&form.definition.lists, list, NAME, name);
    same.filter(|row| *row > index && choices[*row as usize].name == *name).any(|row| {
        vm.candidate = (list, row);
        vm.truth(program, block)
    })
}
