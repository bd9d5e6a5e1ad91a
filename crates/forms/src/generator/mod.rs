//! Random answers to any form, valid unless asked otherwise: for the fleet of the demo, the load generator and tests.
//!
//! Questions are answered in the order of the form. What a question takes comes from its `generate` expression, else
//! from its kind, the weights of its choices and the bounds in its rules; answers that break a rule are drawn again,
//! from further afield each time. The same seed gives the same answers.
//!
//! `draw.rs` makes values, `pattern.rs` texts that match a regular expression, `spoil.rs` breaks a rule on request.

mod draw;
pub(crate) mod made_up;
mod pattern;
mod spoil;

use std::sync::Arc;

use draw::draw;

use crate::definition::Kind;
use crate::form::Form;
use crate::instance::{Inputs, Instance, Spot};
use crate::program::{Program, RuleKind, Val};
use crate::state::NONE;
use crate::value::{Value, from_slot};

const DRAWS_MAX: usize = 60;
const FORMS_MAX: u64 = 20;
/// Forms with more instances of repeats than this are drawn once.
const BLOCKS_AGAIN_MAX: usize = 1_000;

/// What to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mix {
    /// What comes from outside; the seed of these inputs is not used.
    pub inputs: Inputs,
    /// How many instances each repeat of the root gets. Drawn (by the repeat's `generate`, else 1-3) when `None`.
    pub persons: Option<u32>,
    /// Name of a question, group or repeat whose rule is to be broken.
    pub break_rule: Option<String>,
    /// Which of its rules; any when `None`.
    pub break_kind: Option<RuleKind>,
}

/// Random answers. Valid (no finding at all) whenever a few draws find such; with `break_rule`, that rule is broken, and
/// no other, whenever a few draws can. What has no rule to break, or only rules that hold by themselves, stays valid.
pub fn generate(form: &Arc<Form>, seed: u64, mix: &Mix) -> Instance {
    let mut best: Option<Instance> = None;
    for attempt in 0..FORMS_MAX {
        let seed = seed.wrapping_mul(0x2545_F491_4F6C_DD1D).wrapping_add(attempt.wrapping_mul(0x9E37_79B9));
        let mut instance = Instance::new(form.clone(), &Inputs { seed, ..mix.inputs.clone() });
        fill(&mut instance, mix, 0);
        agree(&mut instance);
        let valid = instance.broken().is_empty();
        // Among very many answers some stay wrong; drawing all of them again would not help.
        let large = instance.state.blocks.len() > BLOCKS_AGAIN_MAX;
        if valid || best.is_none() {
            best = Some(instance);
        }
        if valid || large {
            break;
        }
    }
    let mut instance = best.unwrap_or_else(|| Instance::new(form.clone(), &mix.inputs));
    if let Some(name) = &mix.break_rule {
        spoil::spoil(&mut instance, name, mix);
    }
    instance
}

/// Answers a block's questions in order, and those of the repeats inside it.
fn fill(instance: &mut Instance, mix: &Mix, block: u32) {
    let form = instance.form.clone();
    let scope = instance.state.blocks[block as usize].scope;
    for item in &form.compiled.scopes[scope as usize].slots {
        let spot = Spot { block, item: *item };
        let opens = form.compiled.nodes[*item as usize].opens;
        if !instance.relevant_at(spot) {
            continue;
        }
        if let Some(opens) = opens {
            let kid = form.compiled.scopes[opens as usize].kid;
            if form.definition.items[*item as usize].repeat_count.is_empty() {
                let drawn = generated(instance, spot).and_then(|v| v.text().parse::<f64>().ok());
                let own = drawn.map_or_else(|| 1 + instance.state.next_u64() % 3, |n| n.max(0.0) as u64) as u32;
                let wanted = if block == 0 { mix.persons.unwrap_or(own) } else { own };
                for _ in instance.state.kids(block, kid).count..wanted {
                    instance.open(block, opens);
                }
            }
            let mut here = instance.state.kids(block, kid).first;
            while here != NONE {
                fill(instance, mix, here);
                here = instance.state.blocks[here as usize].next;
            }
        } else if instance.is_asked(*item) {
            answer(instance, spot);
        }
    }
}

/// Sets what depends on answers given later: root questions with a `generate` expression are drawn again at the end.
fn agree(instance: &mut Instance) {
    let form = instance.form.clone();
    for item in &form.compiled.scopes[0].slots {
        let spot = Spot { block: 0, item: *item };
        let reads_later = form.definition.items[*item as usize].generate.contains("${");
        if reads_later
            && instance.is_asked(*item)
            && instance.relevant_at(spot)
            && let Some(value) = generated(instance, spot)
        {
            instance.put(spot, &value);
        }
    }
}

fn generated(instance: &mut Instance, spot: Spot) -> Option<Value> {
    let program = instance.form.compiled.generators[spot.item as usize];
    if program == Program::Absent {
        return None;
    }
    let made = instance.with(|vm, _| {
        let value = vm.value(&program, spot.block);
        vm.settle(value)
    });
    Some(from_slot(&instance.form, &instance.state, Kind::Text, made))
}

fn answer(instance: &mut Instance, spot: Spot) {
    let form = instance.form.clone();
    let required = !form.definition.items[spot.item as usize].required.is_empty();
    if let Some(value) = generated(instance, spot) {
        if !value.is_empty() {
            instance.put(spot, &value);
            if instance.broken_at(spot).is_empty() {
                return;
            }
        } else if !required {
            return;
        }
    } else if !required && instance.state.next_u64().is_multiple_of(10) {
        return;
    }
    for attempt in 0..DRAWS_MAX {
        draw(instance, spot, attempt);
        if instance.broken_at(spot).is_empty() {
            return;
        }
    }
    instance.put_slot(spot, Val::Empty);
}
