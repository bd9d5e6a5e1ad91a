//! Breaking one rule on purpose.

use super::{Mix, answer, draw};
use crate::date::Date;
use crate::definition::Kind;
use crate::engine::{self, Broken, Side};
use crate::instance::{Instance, Spot};
use crate::program::{RuleKind, Val};
use crate::state::NONE;
use crate::value::Value;

const TRIES: usize = 400;
/// After this many tries, one that breaks other rules as well is good enough.
const EXACT_TRIES: usize = 240;
/// Rounds of answering anew what a change made wrong elsewhere.
const REPAIRS: usize = 3;

/// Changes answers until the rule is broken, and no other if that can be; leaves the form as it was when no try does.
pub(super) fn spoil(instance: &mut Instance, name: &str, mix: &Mix) {
    let form = instance.form.clone();
    let Some(target) = form.definition.items.iter().position(|i| i.name == name).map(|i| i as u32) else { return };
    let wanted = |b: &Broken| b.item == target && mix.break_kind.is_none_or(|kind| kind == b.kind);
    if mix.break_kind == Some(RuleKind::Count) || (form.kind(target) == Kind::Repeat && mix.break_kind.is_none()) {
        return miscount(instance, target);
    }
    let before = instance.clone();
    let mut best: Option<(usize, Instance)> = None;
    for attempt in 0..TRIES {
        let Some(spot) = pick(instance, target, attempt) else { return };
        strange(instance, spot, attempt, mix.break_kind);
        // What was not broken by the change will not be by mending others.
        if instance.broken().iter().any(wanted) {
            repair(instance, spot, &wanted);
        }
        let broken = instance.broken();
        let others = broken.iter().filter(|b| !wanted(b)).count();
        if broken.len() > others {
            if others == 0 {
                return;
            }
            if best.as_ref().is_none_or(|(fewest, _)| others < *fewest) {
                best = Some((others, instance.clone()));
            }
            if attempt > EXACT_TRIES {
                break;
            }
        }
        let random = instance.state.random;
        *instance = before.clone();
        instance.state.random = random;
    }
    if let Some((_, broken)) = best {
        *instance = broken;
    }
}

/// A question to answer otherwise: the rule's own, or after a while any other.
fn pick(instance: &mut Instance, target: u32, attempt: usize) -> Option<Spot> {
    let form = instance.form.clone();
    let alive = instance.state.blocks.iter().enumerate().filter(|(_, b)| b.alive);
    let all = alive.flat_map(|(block, b)| {
        let slots = form.compiled.scopes[b.scope as usize].slots.iter();
        slots.map(move |item| Spot { block: block as u32, item: *item })
    });
    let candidates: Vec<Spot> = all.filter(|s| instance.is_asked(s.item) && instance.relevant_at(*s)).collect();
    let own: Vec<Spot> = candidates.iter().copied().filter(|s| s.item == target).collect();
    let from = if own.is_empty() || attempt % 4 == 3 || attempt > TRIES / 2 { &candidates } else { &own };
    from.get((instance.state.next_u64() % from.len().max(1) as u64) as usize).copied()
}

/// An answer that is likely to be wrong.
fn strange(instance: &mut Instance, spot: Spot, attempt: usize, kind: Option<RuleKind>) {
    let form = instance.form.clone();
    let (low, high) = form.compiled.bounds[spot.item as usize];
    let random = instance.state.next_u64();
    let unit = (random >> 11) as f64 / (1u64 << 53) as f64;
    if (kind.is_none() && attempt.is_multiple_of(4)) || (kind == Some(RuleKind::Required) && attempt.is_multiple_of(2))
    {
        return instance.put_slot(spot, Val::Empty);
    }
    let slot = match form.kind(spot.item) {
        Kind::Integer | Kind::Decimal => {
            let around = [low - 1.0, high + 1.0, -1.0, 0.0, 1.0, (unit * 200.0).floor(), (unit * 2e6).floor() - 1e6];
            let n = around[(random % 7) as usize];
            Val::Num(if n.is_finite() { n } else { (unit * 2e3).floor() - 1e3 })
        }
        Kind::Date | Kind::YearMonth if random.is_multiple_of(2) => {
            let days = instance.state.reference + 40 + (unit * 1_000.0) as i32;
            instance.put(spot, &Value::Date(Date(days)));
            return;
        }
        Kind::SelectOne(list) if !form.definition.lists[list as usize].choices.is_empty() => {
            Val::Choice(list, (random % form.definition.lists[list as usize].choices.len() as u64) as u32)
        }
        Kind::SelectMultiple(list) | Kind::Rank(list) => {
            let choices = &form.definition.lists[list as usize].choices;
            let names: Vec<&str> = choices
                .iter()
                .enumerate()
                .filter(|(i, _)| random >> (i % 64) & 1 == u64::from(!attempt.is_multiple_of(3)))
                .map(|(_, c)| c.name.as_str())
                .collect();
            instance.state.keep_text(&names.join(" "))
        }
        Kind::Text | Kind::Hidden => {
            let texts =
                ["?", "0", "-1", "x y", "12345678901234567890123456789", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"];
            match texts.get((random % 8) as usize) {
                Some(text) => instance.state.keep_text(text),
                None => return draw(instance, spot, (random % 60) as usize),
            }
        }
        _ => return draw(instance, spot, (random % 60) as usize),
    };
    instance.put_slot(spot, slot);
}

/// Answers anew what the change made wrong or missing elsewhere.
fn repair(instance: &mut Instance, changed: Spot, wanted: &impl Fn(&Broken) -> bool) {
    for _ in 0..REPAIRS {
        let broken = instance.broken();
        let elsewhere = |b: &&Broken| !wanted(b) && (b.item, b.block) != (changed.item, changed.block);
        let spots: Vec<Spot> = broken
            .iter()
            .filter(elsewhere)
            .map(|b| Spot { block: b.block, item: b.item })
            .filter(|s| instance.is_asked(s.item))
            .collect();
        if spots.is_empty() {
            return;
        }
        spots.into_iter().for_each(|spot| answer(instance, spot));
    }
}

/// One instance fewer than the repeat's count says, or one where there are none. Only the server's door notices: a form
/// being filled puts it right.
fn miscount(instance: &mut Instance, target: u32) {
    let form = instance.form.clone();
    let item = &form.definition.items[target as usize];
    let (Some(scope), false) = (form.compiled.nodes[target as usize].opens, item.repeat_count.is_empty()) else {
        return;
    };
    let outer = form.compiled.nodes[target as usize].scope;
    let block = instance.state.chains[outer as usize].0;
    if block == NONE || !instance.relevant_at(Spot { block, item: target }) {
        return;
    }
    match instance.state.kids(block, form.compiled.scopes[scope as usize].kid).last {
        NONE => {
            instance.state.open(&form.compiled, scope, block);
        }
        last => instance.state.close(&form.compiled, last),
    }
    instance.with(|vm, form| engine::settle(vm, form, Side::Door, &mut Vec::new()));
}
