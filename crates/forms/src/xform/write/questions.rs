//! What each type of question makes of its row and parameters.

use super::item::{Action, FIRST_LOAD, Item, LOAD};
use super::names::is_reference;
use super::rows::Rows;

impl Rows<'_> {
    /// Adds a question, by its type.
    pub(super) fn question(&mut self, mut item: Item) {
        let row = item.row;
        let wrong = match item.kind.as_str() {
            "calculate" if item.calculation().is_none() && item.default.is_none() => {
                self.refuse(row, "form/no-calculation", format!("`{}` has no calculation", item.name));
                return;
            }
            "range" => self.range(&mut item),
            "text" => text(&mut item),
            "photo" => photo(&mut item),
            "audio" => audio(&mut item),
            "background-audio" => background_audio(&mut item),
            "geopoint" | "geoshape" | "geotrace" => self.geo(&mut item),
            "start-geopoint" => {
                item.actions.push(Action::new("odk:setgeopoint", FIRST_LOAD));
                Vec::new()
            }
            "background-geopoint" if item.trigger.is_empty() || item.calculation().is_some() => {
                vec!["a background-geopoint needs a trigger, and no calculation".into()]
            }
            _ => Vec::new(),
        };
        for message in wrong {
            self.refuse(row, "form/bad-parameters", message);
        }
        if super::kinds::kind(&item.kind).is_none() {
            self.refuse(row, "form/unknown-type", format!("`{}` is no question type", item.kind));
            return;
        }
        self.push(item);
    }

    pub(super) fn osm(&mut self, mut item: Item, list: &str) {
        item.kind = "osm".into();
        if let Some(list) = self.tags.get(list) {
            item.tags = list.choices.iter().map(|tag| (tag.name.clone(), tag.label.clone())).collect();
        }
        self.push(item);
    }

    fn range(&mut self, item: &mut Item) -> Vec<String> {
        let mut wrong = unknown(item, &["start", "end", "step", "tick_interval", "tick_labelset", "placeholder"]);
        for (name, default) in [("start", "1"), ("end", "10"), ("step", "1")] {
            if item.parameter(name).is_none() {
                item.parameters.push((name.into(), default.into()));
            }
        }
        let mut parameters = std::mem::take(&mut item.parameters);
        if let Some(at) = parameters.iter().position(|(key, _)| key == "tick_labelset") {
            let (_, list) = parameters.remove(at);
            if self.lists.get(&list).is_none() {
                wrong.push(format!("`{list}` is no choice list"));
            } else {
                item.itemset = list;
            }
        }
        let mut decimal = false;
        for (key, value) in &mut parameters {
            match value.parse::<f64>() {
                Ok(number) if number.is_finite() => decimal |= number.fract() != 0.0,
                _ => wrong.push(format!("`{key}` is a number, not `{value}`")),
            }
            match key.as_str() {
                "tick_interval" => *key = "odk:tick-interval".into(),
                "placeholder" => *key = "odk:placeholder".into(),
                _ => {}
            }
        }
        if decimal {
            item.bind_mut().set_text("type", "decimal");
        }
        for (key, value) in parameters {
            item.control_mut().set_text(&key, value);
        }
        wrong
    }

    fn geo(&mut self, item: &mut Item) -> Vec<String> {
        let point = item.kind == "geopoint";
        let mut wrong = unknown(
            item,
            if point {
                &["allow-mock-accuracy", "reference-geometry", "capture-accuracy", "warning-accuracy"]
            } else {
                &["allow-mock-accuracy", "reference-geometry", "incremental"]
            },
        );
        for (key, value) in item.parameters.clone() {
            match key.as_str() {
                "capture-accuracy" | "warning-accuracy" if value.parse::<f64>().is_err() => {
                    wrong.push(format!("`{key}` is a number of metres, not `{value}`"));
                }
                "capture-accuracy" => item.control_mut().set_text("accuracyThreshold", value),
                "warning-accuracy" => item.control_mut().set_text("unacceptableAccuracyThreshold", value),
                "incremental" => item.control_mut().set_text("incremental", "true"),
                "allow-mock-accuracy" => item.bind_mut().set_text("odk:allow-mock-accuracy", value),
                "reference-geometry" => item.itemset = value,
                _ => {}
            }
        }
        wrong
    }
}

/// Parameters a type does not have, as messages.
pub(super) fn unknown(item: &Item, known: &[&str]) -> Vec<String> {
    let unknown = item.parameters.iter().filter(|(key, _)| !known.contains(&key.as_str()));
    unknown
        .map(|(key, _)| format!("`{key}` is no parameter of a {}; there is {}", item.kind, known.join(", ")))
        .collect()
}

fn text(item: &mut Item) -> Vec<String> {
    if let Some(rows) = item.parameter("rows").map(str::to_owned) {
        item.control_mut().set_text("rows", rows);
    }
    unknown(item, &["rows"])
}

fn photo(item: &mut Item) -> Vec<String> {
    const FOLDER: &str = "jr://images/";
    if let Some(default) = &mut item.default
        && !default.contains(FOLDER)
    {
        default.insert_str(0, FOLDER);
    }
    if let Some(pixels) = item.parameter("max-pixels").map(str::to_owned) {
        item.bind_mut().set_text("orx:max-pixels", pixels);
    }
    if let Some(app) = item.parameter("app").map(str::to_owned)
        && item.appearance().is_none_or(|appearance| appearance == "annotate")
    {
        item.control_mut().set_text("intent", app);
    }
    unknown(item, &["max-pixels", "app"])
}

fn audio(item: &mut Item) -> Vec<String> {
    if let Some(quality) = item.parameter("quality").map(str::to_owned) {
        item.bind_mut().set_text("odk:quality", quality);
    }
    unknown(item, &["quality"])
}

fn background_audio(item: &mut Item) -> Vec<String> {
    let quality = item.parameter("quality").map(str::to_owned);
    item.actions.push(Action { quality, ..Action::new("odk:recordaudio", LOAD) });
    unknown(item, &["quality"])
}

/// The `audit` question, which belongs to the form's `meta` group.
pub(super) fn audit(mut item: Item) -> (Item, Vec<String>) {
    const LOCATION: [&str; 3] = ["location-priority", "location-min-interval", "location-max-age"];
    const OTHER: [&str; 3] = ["track-changes", "track-changes-reasons", "identify-user"];
    let mut wrong = unknown(&item, &[LOCATION, OTHER].concat());
    let located = LOCATION.iter().filter(|key| item.parameter(key).is_some()).count();
    if located != 0 && located != LOCATION.len() {
        wrong.push(format!("places in the audit need all of {}", LOCATION.join(", ")));
    }
    for (key, value) in item.parameters.clone() {
        item.bind_mut().set_text(&format!("odk:{key}"), value);
    }
    item.name = "audit".into();
    (item, wrong)
}

/// Whether a seed is a number or a reference.
pub(super) fn is_seed(seed: &str) -> bool {
    is_reference(seed) || seed.parse::<f64>().is_ok()
}
