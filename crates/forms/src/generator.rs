//! Random answers to any form, valid unless asked otherwise: for the fleet of the demo, the load generator and tests.
//!
//! Questions are answered in the order of the form. What a question takes comes from its `generate` expression, else
//! from its kind, the weights of its choices and the bounds in its rules; answers that break a rule are drawn again.
//! The same seed gives the same answers.

use std::sync::Arc;

use crate::date::Date;
use crate::definition::Kind;
use crate::form::Form;
use crate::instance::{Inputs, Instance, Spot};
use crate::program::{Program, Val};
use crate::state::NONE;
use crate::value::{Value, from_slot};

const DRAWS_MAX: usize = 60;
const FORMS_MAX: u64 = 20;

/// What to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mix {
    /// What comes from outside; the seed of these inputs is not used.
    pub inputs: Inputs,
    /// How many instances each repeat of the root gets. Drawn (by the repeat's `generate`, else 1-3) when `None`.
    pub persons: Option<u32>,
    /// Name of a question whose rule is to be broken: a required answer left out, a constraint or soft check violated.
    pub break_rule: Option<String>,
}

/// Random answers. Valid (no finding at all) whenever a few draws find such; with `break_rule`, at least that rule is
/// broken whenever a few draws can.
pub fn generate(form: &Arc<Form>, seed: u64, mix: &Mix) -> Instance {
    let mut best: Option<Instance> = None;
    for attempt in 0..FORMS_MAX {
        let seed = seed.wrapping_mul(0x2545_F491_4F6C_DD1D).wrapping_add(attempt.wrapping_mul(0x9E37_79B9));
        let mut instance = Instance::new(form.clone(), &Inputs { seed, ..mix.inputs.clone() });
        fill(&mut instance, mix, 0);
        agree(&mut instance);
        let valid = instance.broken().is_empty();
        if valid || best.is_none() {
            best = Some(instance);
        }
        if valid {
            break;
        }
    }
    let mut instance = best.unwrap_or_else(|| Instance::new(form.clone(), &mix.inputs));
    if let Some(name) = &mix.break_rule {
        spoil(&mut instance, name);
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
        let value = vm.value(program, spot.block);
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
    for _ in 0..DRAWS_MAX {
        draw(instance, spot);
        if instance.broken_at(spot).is_empty() {
            return;
        }
    }
    instance.put_slot(spot, Val::Empty);
}

/// One random value of the question's kind.
fn draw(instance: &mut Instance, spot: Spot) {
    let form = instance.form.clone();
    let random = instance.state.next_u64();
    let unit = (random >> 11) as f64 / (1u64 << 53) as f64;
    let (low, high) = form.compiled.bounds[spot.item as usize];
    let reference = instance.state.reference;
    let slot = match form.kind(spot.item) {
        Kind::Integer => Val::Num(between(low.ceil(), high.floor(), unit, 0.0, 20.0).floor()),
        Kind::Decimal => Val::Num((between(low, high, unit, 0.0, 200.0) * 10.0).round() / 10.0),
        Kind::Date => Val::Date(reference - 1 - (unit * 30_000.0) as i32),
        Kind::YearMonth => {
            let months = Date(reference).months() - 1 - (unit * 1_000.0) as i32;
            Date::from_months(months).map_or(Val::Empty, |d| Val::Date(d.0))
        }
        Kind::SelectOne(list) | Kind::SelectMultiple(list) | Kind::Rank(list)
            if form.definition.lists[list as usize].takes_any() =>
        {
            instance.state.keep_text(&format!("n{}", random % 1000))
        }
        Kind::SelectOne(list) => Val::Choice(list, weighted(&form, list, unit)),
        Kind::SelectMultiple(list) => {
            let choices = &form.definition.lists[list as usize].choices;
            let picked = choices.iter().enumerate().filter(|(i, _)| random >> (i % 64) & 1 == 1);
            let names: Vec<&str> = picked.map(|(_, c)| c.name.as_str()).collect();
            let fallback = choices.first().map_or("", |c| &c.name);
            instance.state.keep_text(&if names.is_empty() { fallback.to_owned() } else { names.join(" ") })
        }
        Kind::Rank(list) => {
            let mut names: Vec<&str> =
                form.definition.lists[list as usize].choices.iter().map(|c| c.name.as_str()).collect();
            for i in (1..names.len()).rev() {
                names.swap(i, (instance.state.next_u64() % (i as u64 + 1)) as usize);
            }
            instance.state.keep_text(&names.join(" "))
        }
        Kind::Geopoint => instance.state.keep_text(&point(unit, random)),
        Kind::Geotrace | Kind::Geoshape => {
            let corners = 3 + random % 4;
            let mut points: Vec<String> = (0..corners)
                .map(|i| point(unit + i as f64 * (1.0 - unit) / 100.0, random.wrapping_mul(i + 1)))
                .collect();
            if form.kind(spot.item) == Kind::Geoshape {
                points.push(points[0].clone());
            }
            instance.state.keep_text(&points.join("; "))
        }
        Kind::Time => instance.state.keep_text(&clock(random)),
        Kind::DateTime => {
            let text = format!("{}T{}", Date(reference - 1 - (unit * 30_000.0) as i32), clock(random));
            instance.state.keep_text(&text)
        }
        Kind::Image => instance.state.keep_text(&format!("{random:016x}.jpg")),
        Kind::Audio => instance.state.keep_text(&format!("{random:016x}.m4a")),
        Kind::Video => instance.state.keep_text(&format!("{random:016x}.mp4")),
        Kind::File => instance.state.keep_text(&format!("{random:016x}.pdf")),
        Kind::Acknowledge => instance.state.keep_text("OK"),
        _ => instance.state.keep_text(&format!("t{}", random % 100_000)),
    };
    instance.put_slot(spot, slot);
}

/// A place in China and around.
fn point(unit: f64, random: u64) -> String {
    let (latitude, longitude) = (20.0 + unit * 25.0, 80.0 + (random % 4_500_000) as f64 / 1e5);
    format!("{latitude:.5} {longitude:.5} {} 4", random % 3000)
}

/// A time of day, to the second, in the zone of Peking.
fn clock(random: u64) -> String {
    let second = random % 86_400;
    format!("{:02}:{:02}:{:02}.000+08:00", second / 3600, second / 60 % 60, second % 60)
}

/// A number in the bounds a rule gives, small ones more often; the defaults stand in for an open end.
fn between(low: f64, high: f64, unit: f64, low_default: f64, span: f64) -> f64 {
    let low = if low.is_finite() {
        low
    } else if high.is_finite() {
        low_default.min(high)
    } else {
        low_default
    };
    let high = if high.is_finite() { high } else { low + span };
    low + unit * unit * (high - low + if high.fract() == 0.0 { 0.999 } else { 0.0 })
}

fn weighted(form: &Form, list: u16, unit: f64) -> u32 {
    let choices = &form.definition.lists[list as usize].choices;
    let weight = |c: &crate::definition::Choice| f64::from(c.weight.unwrap_or(1.0).max(0.0));
    let mut left = unit * choices.iter().map(weight).sum::<f64>();
    for (i, choice) in choices.iter().enumerate() {
        left -= weight(choice);
        if left < 0.0 {
            return i as u32;
        }
    }
    choices.len().saturating_sub(1) as u32
}

/// Changes answers until a rule of the named question is broken; leaves the form as it was when none of the tries do.
fn spoil(instance: &mut Instance, name: &str) {
    let form = instance.form.clone();
    let Some(target) = form.definition.items.iter().position(|i| i.name == name) else { return };
    let is_broken = |instance: &mut Instance| instance.broken().iter().any(|b| b.item == target as u32);
    let spots = |instance: &Instance| -> Vec<Spot> {
        let alive = instance.state.blocks.iter().enumerate().filter(|(_, b)| b.alive);
        let all = alive.flat_map(|(block, b)| {
            let slots = form.compiled.scopes[b.scope as usize].slots.iter();
            slots.map(move |item| Spot { block: block as u32, item: *item })
        });
        all.filter(|s| instance.is_asked(s.item) && instance.relevant_at(*s)).collect()
    };
    let before = instance.clone();
    for attempt in 0..400 {
        let candidates = spots(instance);
        let own: Vec<Spot> = candidates.iter().copied().filter(|s| s.item == target as u32).collect();
        let from = if own.is_empty() || attempt > 200 { &candidates } else { &own };
        if from.is_empty() {
            return;
        }
        let spot = from[(instance.state.next_u64() % from.len() as u64) as usize];
        match (attempt % 4, form.kind(spot.item)) {
            (0, _) => instance.put_slot(spot, Val::Empty),
            (1, Kind::Integer | Kind::Decimal) => {
                let n = (instance.state.next_u64() % 2_000_000) as f64 - 1_000_000.0;
                instance.put_slot(spot, Val::Num(n));
            }
            (1, Kind::Date | Kind::YearMonth) => {
                let days = instance.state.reference + 40 + (instance.state.next_u64() % 1_000) as i32;
                instance.put(spot, &Value::Date(Date(days)));
            }
            _ => draw(instance, spot),
        }
        if is_broken(instance) {
            return;
        }
        let random = instance.state.random;
        *instance = before.clone();
        instance.state.random = random;
    }
}
