//! The `range` type: a scale from `start` to `end` in steps, with marks and labels on it.

use super::choices::Lists;
use crate::definition::{Item, Kind};
use crate::diagnostic::{Diagnostic, Place};

/// Numbers of a scale are told apart to a billionth of a step, since 0.1 has no exact form.
const NEAR: f64 = 1e-9;

struct Scale {
    start: f64,
    end: f64,
    step: f64,
}

impl Scale {
    fn holds(&self, n: f64) -> bool {
        (self.start.min(self.end) - NEAR..=self.start.max(self.end) + NEAR).contains(&n)
    }
}

fn is_multiple(n: f64, of: f64) -> bool {
    let steps = n / of;
    (steps - steps.round()).abs() < NEAR * steps.abs().max(1.0)
}

/// Checks the parameters of a range; says whether its values are whole numbers or decimals, and adds the rule that a
/// value lies on the scale.
pub(super) fn check(item: &mut Item, lists: &Lists, place: &Place, diagnostics: &mut Vec<Diagnostic>) {
    let mut wrong = |code: &str, message: String| diagnostics.push(Diagnostic::error(code, place.clone(), message));
    let appearance = item.appearance.clone();
    let marked = ["tick_interval", "placeholder", "tick_labelset"];
    let plain = appearance.is_empty() || appearance.contains("vertical") || appearance.contains("no-ticks");
    if let Some(key) = marked.iter().find(|k| !plain && !item.parameter(k).is_empty()) {
        wrong("form/bad-range", format!("`{key}` does not go with the appearance `{appearance}`"));
    }
    let mut number = |key: &str| match item.parameter(key) {
        "" => None,
        text => {
            let n = text.parse::<f64>().ok().filter(|n| n.is_finite());
            if n.is_none() {
                wrong("form/bad-range", format!("`{key}` of a range is a number, not `{text}`"));
            }
            n
        }
    };
    let (start, end, step) = (number("start"), number("end"), number("step"));
    let (interval, placeholder) = (number("tick_interval"), number("placeholder"));
    let scale = Scale { start: start.unwrap_or(1.0), end: end.unwrap_or(10.0), step: step.unwrap_or(1.0) };
    let whole = [Some(scale.start), Some(scale.end), Some(scale.step), interval, placeholder];
    item.kind = match whole.iter().flatten().all(|n| n.fract() == 0.0) {
        true => Kind::Integer,
        false => Kind::Decimal,
    };
    let width = (scale.end - scale.start).abs();
    for (key, n) in [("step", Some(scale.step)), ("tick_interval", interval)] {
        match n {
            Some(n) if n <= 0.0 => wrong("form/bad-range", format!("`{key}` of a range is more than 0")),
            Some(n) if n > width => wrong("form/bad-range", format!("`{key}` is larger than the range, {width}")),
            _ => {}
        }
    }
    if scale.step <= 0.0 {
        return;
    }
    if interval.is_some_and(|n| n > 0.0 && !is_multiple(n, scale.step)) {
        wrong("form/bad-range", format!("`tick_interval` is a multiple of the step, {}", scale.step));
    }
    if let Some(n) = placeholder {
        if !scale.holds(n) {
            wrong("form/bad-range", format!("`placeholder` lies between {} and {}", scale.start, scale.end));
        } else if !is_multiple(n - scale.start, scale.step) {
            wrong("form/bad-range", format!("`placeholder` is on a step: {} and every {}", scale.start, scale.step));
        }
    }
    let labels = item.parameter("tick_labelset").to_owned();
    if !labels.is_empty() {
        label_set(&labels, &scale, interval, &appearance, lists, place, diagnostics);
    }
    let rule = rule(&scale, item.kind);
    item.constraint = match item.constraint.is_empty() {
        true => rule,
        false => format!("({}) and {rule}", item.constraint),
    };
}

/// What makes a value lie on the scale.
fn rule(scale: &Scale, kind: Kind) -> String {
    let (low, high) = (scale.start.min(scale.end), scale.start.max(scale.end));
    let bounds = format!(". >= {low} and . <= {high}");
    if kind == Kind::Integer && scale.step == 1.0 {
        return bounds;
    }
    let steps = format!("(. - {}) div {}", scale.start, scale.step);
    format!("{bounds} and abs({steps} - round({steps})) < 0.000001")
}

fn label_set(
    name: &str,
    scale: &Scale,
    interval: Option<f64>,
    appearance: &str,
    lists: &Lists,
    place: &Place,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut wrong =
        |message: String| diagnostics.push(Diagnostic::error("form/bad-tick-labels", place.clone(), message));
    let Some(list) = lists.find(name).map(|at| &lists.lists[at]) else {
        let error = Diagnostic::error("form/unknown-list", place.clone(), format!("`{name}` names no choice list"));
        return diagnostics.push(error.did_you_mean(name, lists.names()));
    };
    let mut ends = Vec::new();
    for choice in &list.choices {
        let Some(n) = choice.name.parse::<f64>().ok().filter(|n| n.is_finite()) else {
            wrong(format!("the choice `{}` of `{name}` is not a number", choice.name));
            continue;
        };
        let every = interval.filter(|n| *n > 0.0).unwrap_or(scale.step);
        if !scale.holds(n) {
            wrong(format!("the choice `{}` of `{name}` is outside the range", choice.name));
        } else if !is_multiple(n - scale.start, every) {
            wrong(format!("the choice `{}` of `{name}` is not on a mark of the range", choice.name));
        }
        ends.push(n);
    }
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    let both = [scale.start.min(scale.end), scale.start.max(scale.end)];
    if appearance.contains("no-ticks") && ends != both {
        wrong(format!("without ticks only the two ends can have labels: `{name}` holds {} and {}", both[0], both[1]));
    }
}
