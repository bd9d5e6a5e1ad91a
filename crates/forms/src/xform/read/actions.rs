//! Actions that set nodes: first values, and answers that follow others.

use super::body::Action;
use super::items::{Items, literal};
use super::words;
use crate::definition::Kind;

impl Items<'_, '_> {
    /// Applies the actions of the model and the body to the items they set.
    pub fn actions(&mut self, actions: &[Action]) {
        for action in actions {
            let element = action.element;
            let Some(item) = self.paths.get(&action.target).copied() else {
                if !action.target.contains("/entity/") {
                    let message = format!("there is no node `{}`", action.target);
                    self.source.error("xform/unknown-node", element, message);
                }
                continue;
            };
            let dom = &self.source.dom;
            let events = dom.attribute(element, "event").to_owned();
            let value = match dom.attribute(element, "value") {
                "" => literal(dom.text(element).trim()),
                expression => words::rewrite(expression),
            };
            let follows = events.split_whitespace().any(|e| e == "xforms-value-changed");
            let first = events.split_whitespace().any(|e| {
                matches!(e, "odk-instance-first-load" | "odk-new-repeat" | "odk-instance-load" | "xforms-ready")
            });
            match dom.name(element) {
                "setgeopoint" if follows => self.items[item].type_name = "background-geopoint".into(),
                "setgeopoint" => self.items[item].type_name = "start-geopoint".into(),
                "recordaudio" => {
                    let quality = dom.attribute(element, "quality").to_owned();
                    self.items[item].type_name = "background-audio".into();
                    if !quality.is_empty() {
                        self.items[item].parameters.push(("quality".into(), quality));
                    }
                }
                _ if follows => self.follow(item, action, value),
                _ if first => self.items[item].default = expression(&value),
                _ => {
                    let message = format!("an action on `{events}` is left out");
                    self.source.warning("xform/unsupported-action", element, message);
                }
            }
        }
    }

    /// A value set whenever another answer changes.
    fn follow(&mut self, item: usize, action: &Action, value: String) {
        let Some(trigger) = action.trigger.as_deref().and_then(|path| path.rsplit('/').next()) else {
            let message = "an action on a changed value stands in no question and is left out".to_owned();
            return self.source.warning("xform/unsupported-action", action.element, message);
        };
        let item = &mut self.items[item];
        let first = item.trigger.is_empty();
        if (first && !item.calculation.is_empty()) || (!first && item.calculation != value) {
            let message = format!("`{}` is set by more than one expression; only the first counts", item.name);
            return self.source.warning("xform/unsupported-action", action.element, message);
        }
        if item.kind == Kind::Hidden && !value.is_empty() {
            item.kind = Kind::Calculate;
        }
        item.calculation = value;
        item.trigger.push(trigger.to_owned());
    }
}

/// An expression that is known as one where plain values can stand as well.
fn expression(text: &str) -> String {
    // The quote it begins with comes again at the end, and nowhere between.
    let quoted = |q: char| text.len() >= 2 && text.starts_with(q) && text[1..].find(q) == Some(text.len() - 2);
    if quoted('\'') || quoted('"') {
        return literal(&text[1..text.len() - 1]);
    }
    let plain = text.is_empty() || text.parse::<f64>().is_ok();
    let known = text.contains("${") || (text.contains('(') && text.ends_with(')'));
    if plain || known { text.to_owned() } else { format!("({text})") }
}
