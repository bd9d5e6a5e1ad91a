//! What each type takes in the `parameters` column.

use super::is_name;
use crate::definition::{ChoiceList, Item, Kind};
use crate::diagnostic::{Diagnostic, Place};

const YES_NO: &[&str] = &["true", "false"];

/// What a type takes: `None` when the type does not look at its parameters.
fn accepted(item: &Item, from_file: bool) -> Option<&'static [&'static str]> {
    Some(match (item.kind, item.type_name.as_str()) {
        (_, "range") => &["end", "placeholder", "start", "step", "tick_interval", "tick_labelset"],
        (_, "audit") => &[
            "identify-user",
            "location-max-age",
            "location-min-interval",
            "location-priority",
            "track-changes",
            "track-changes-reasons",
        ],
        (Kind::Audio, _) | (_, "background-audio") => &["quality"],
        (Kind::Geopoint, _) => &["allow-mock-accuracy", "capture-accuracy", "reference-geometry", "warning-accuracy"],
        (Kind::Geotrace | Kind::Geoshape, _) => &["allow-mock-accuracy", "incremental", "reference-geometry"],
        (Kind::Image, _) => &["app", "max-pixels"],
        (Kind::SelectOne(_) | Kind::SelectMultiple(_), _) if from_file => &["label", "randomize", "seed", "value"],
        (Kind::SelectOne(_) | Kind::SelectMultiple(_) | Kind::Rank(_), _) => &["randomize", "seed"],
        (Kind::Text, "") => &["rows"],
        _ => return None,
    })
}

/// Checks an item's parameters.
pub(super) fn check(item: &Item, lists: &[ChoiceList], place: &Place, diagnostics: &mut Vec<Diagnostic>) {
    let from_file = item.kind.list().is_some_and(|l| lists[l as usize].is_open());
    if let Some(accepted) = accepted(item, from_file) {
        for (key, _) in item.parameters.iter().filter(|(key, _)| !accepted.contains(&key.as_str())) {
            let message = format!("`{key}` is not a parameter of this type");
            let help = format!("it takes {}", accepted.join(", "));
            diagnostics.push(Diagnostic::error("form/unknown-parameter", place.clone(), message).help(help));
        }
    }
    let mut wrong = |key: &str, what: &str| {
        let message = format!("the parameter `{key}` {what}");
        diagnostics.push(Diagnostic::error("form/bad-parameter", place.clone(), message));
    };
    let number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
    for (key, value) in &item.parameters {
        let lower = value.to_lowercase();
        let one_of = |values: &[&str]| values.contains(&lower.as_str());
        let whole = value.parse::<i64>().ok();
        match (key.as_str(), item.kind) {
            ("track-changes" | "identify-user" | "allow-mock-accuracy" | "randomize", _) if !one_of(YES_NO) => {
                wrong(key, &format!("is `true` or `false`, not `{value}`"));
            }
            ("track-changes-reasons", _) if lower != "on-form-edit" => wrong(key, "can only be `on-form-edit`"),
            ("incremental", _) if !one_of(&["true", "yes"]) => wrong(key, "is `true` or left out"),
            ("capture-accuracy" | "warning-accuracy", _) if !number(value) => wrong(key, "is a number of metres"),
            ("rows" | "max-pixels", _) if whole.is_none() => wrong(key, "is a whole number"),
            ("location-min-interval" | "location-max-age", _) if whole.is_none_or(|n| n < 0) => {
                wrong(key, "is a whole number of seconds, 0 or more");
            }
            ("location-priority", _) if !one_of(&["no-power", "low-power", "balanced", "high-accuracy"]) => {
                wrong(key, "is `no-power`, `low-power`, `balanced` or `high-accuracy`");
            }
            ("quality", Kind::Audio) if !one_of(&["voice-only", "low", "normal", "external"]) => {
                wrong(key, "is `voice-only`, `low`, `normal` or `external`");
            }
            ("quality", Kind::Hidden) if !one_of(&["voice-only", "low", "normal"]) => {
                wrong(key, "is `voice-only`, `low` or `normal`");
            }
            ("value" | "label", _) if from_file && !is_name(value) => wrong(key, "is the name of a column of the file"),
            ("seed", _) if !(number(value) || value.starts_with("${") && value.ends_with('}')) => {
                wrong(key, "is a number or a question, as in `${seed}`");
            }
            ("app", _) if matches!(item.appearance.as_str(), "" | "annotate") && !is_package(value) => {
                wrong(key, "is the name of an Android package, such as `org.example.camera`");
            }
            _ => {}
        }
    }
    let has = |key: &str| !item.parameter(key).is_empty();
    if has("seed") && !item.parameter("randomize").eq_ignore_ascii_case("true") && item.kind.list().is_some() {
        wrong("seed", "needs `randomize=true` beside it");
    }
    let location = ["location-priority", "location-min-interval", "location-max-age"];
    if location.iter().any(|k| has(k)) {
        for missing in location.iter().filter(|k| !has(k)) {
            wrong(missing, "is missing: the three of the location go together");
        }
        let seconds = |key| item.parameter(key).parse::<i64>().ok();
        if let (Some(age), Some(interval)) = (seconds("location-max-age"), seconds("location-min-interval"))
            && age < interval
        {
            wrong("location-max-age", "cannot be less than `location-min-interval`");
        }
    }
}

/// Whether a text can be the name of an Android package.
fn is_package(name: &str) -> bool {
    let sound = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    name.contains('.') && name.split('.').all(sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_parts_that_begin_with_a_letter() {
        assert!(is_package("org.example.camera_2"));
        for wrong in ["camera", "org.", ".org", "org.2d", "org._x", "org.a b", "org.a-b"] {
            assert!(!is_package(wrong), "{wrong}");
        }
    }
}
