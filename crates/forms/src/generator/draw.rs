//! One random value.

use super::pattern;
use crate::date::Date;
use crate::definition::{Item, Kind};
use crate::form::Form;
use crate::instance::{Instance, Spot};
use crate::program::{Program, Val, Work};

/// Attempts that draw likely values.
const NEAR_DRAWS: usize = 20;

/// One random value of the question's kind. Early attempts are likely values, later ones come from anywhere.
pub(super) fn draw(instance: &mut Instance, spot: Spot, attempt: usize) {
    let form = instance.form.clone();
    let random = instance.state.next_u64();
    let unit = (random >> 11) as f64 / (1u64 << 53) as f64;
    let far = attempt >= NEAR_DRAWS;
    let given = form.compiled.given[spot.item as usize].is_some();
    if (far || given) && choose_offered(instance, spot, random) {
        return;
    }
    let item = &form.definition.items[spot.item as usize];
    let (low, high) = form.compiled.bounds[spot.item as usize];
    let reference = instance.state.reference;
    let slot = match form.kind(spot.item) {
        Kind::Integer | Kind::Decimal if item.type_name == "range" => on_scale(item, unit),
        Kind::Integer => {
            // Not where the number says how many instances there are: thousands of them would be opened to be filled.
            let span = if far && !counts(&form, spot.item) { wider(attempt, 20.0) } else { 20.0 };
            Val::Num(between(low.ceil(), high.floor(), unit, 0.0, span).floor())
        }
        Kind::Decimal => {
            let (span, places) = if far { (wider(attempt, 200.0), 1000.0) } else { (200.0, 10.0) };
            Val::Num((between(low, high, unit, 0.0, span) * places).round() / places)
        }
        Kind::Date if far => Val::Date(reference + ((unit - 0.5) * wider(attempt, 60.0)) as i32),
        Kind::Date => Val::Date(reference - 1 - (unit * 30_000.0) as i32),
        Kind::YearMonth => {
            let back = if far { ((unit - 0.5) * wider(attempt, 24.0)) as i32 } else { 1 + (unit * 1_000.0) as i32 };
            let months = Date(reference).months() - back;
            Date::from_months(months).map_or(Val::Empty, |d| Val::Date(d.0))
        }
        // There is nothing to choose from yet.
        _ if given => Val::Empty,
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
        _ => {
            let text = words(&item.constraint, attempt, random);
            instance.state.keep_text(&text)
        }
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

/// Answers a question that has a choice filter from what it offers now; `false` when there is nothing to choose from.
fn choose_offered(instance: &mut Instance, spot: Spot, random: u64) -> bool {
    let form = instance.form.clone();
    if let Some(given) = form.compiled.given[spot.item as usize] {
        let given = instance.with(|vm, _| vm.given(given, spot.block));
        let Some((one, _)) = given.get((random % given.len().max(1) as u64) as usize) else { return false };
        let slot = instance.state.keep_text(one);
        instance.put_slot(spot, slot);
        return true;
    }
    let filter = form.compiled.filters[spot.item as usize];
    let Some(list) = form.kind(spot.item).list().filter(|_| filter != Program::Absent) else { return false };
    let choices = &form.definition.lists[list as usize].choices;
    let offered = instance.with(|vm, _| vm.offered(spot.item, list, spot.block));
    let Some(one) = offered.get((random % offered.len().max(1) as u64) as usize) else { return false };
    let slot = match form.kind(spot.item) {
        Kind::SelectOne(_) => Val::Choice(list, *one),
        _ => {
            let names: Vec<&str> = match form.kind(spot.item) {
                Kind::Rank(_) => offered.iter().map(|i| choices[*i as usize].name.as_str()).collect(),
                _ => vec![&choices[*one as usize].name],
            };
            instance.state.keep_text(&names.join(" "))
        }
    };
    instance.put_slot(spot, slot);
    true
}

/// A value of a `range` question.
fn on_scale(item: &Item, unit: f64) -> Val {
    let Some((start, end, step)) = item.range().filter(|(.., step)| *step > 0.0) else { return Val::Empty };
    let steps = ((end - start).abs() / step + 1e-9).floor();
    let n = start + (unit * (steps + 1.0)).floor().min(steps) * step * (end - start).signum();
    Val::Num((n * 1e9).round() / 1e9)
}

/// Whether the number of a repeat's instances follows from this answer, by itself or through calculations.
fn counts(form: &Form, item: u32) -> bool {
    let (mut reached, mut at) = (vec![item], 0);
    while let Some(item) = reached.get(at) {
        at += 1;
        for dependent in &form.compiled.dependents[*item as usize] {
            let step = form.compiled.steps[dependent.step as usize];
            match step.work {
                Work::Count => return true,
                Work::Calculate if !reached.contains(&step.item) => reached.push(step.item),
                _ => {}
            }
        }
    }
    false
}

/// How far to look on a late attempt: ten times as far every few of them.
fn wider(attempt: usize, span: f64) -> f64 {
    span * 10f64.powi(((attempt - NEAR_DRAWS) / 6 + 1).min(6) as i32)
}

/// A text: one that matches the pattern the question's rule asks for, a plain one, or digits and letters of some length.
fn words(constraint: &str, attempt: usize, random: u64) -> String {
    if let Some(text) = pattern::of(constraint).and_then(|p| pattern::sample(&p, random)) {
        return text;
    }
    let length = (attempt / 3) % 20 + 1;
    let letters = |set: &[u8]| -> String {
        let mut state = random;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        };
        (0..length).map(|_| set[next() % set.len()] as char).collect()
    };
    match attempt % 3 {
        1 => letters(b"123456789"),
        2 => letters(b"abcdefghijklmnopqrstuvwxyz"),
        _ => format!("t{}", random % 100_000),
    }
}
