//! What a row of the survey sheet becomes, with the rows inside it.

use super::fields::{Cell, Fields};

/// Something done at an event, such as setting a value when the form is first opened.
#[derive(Clone, Debug)]
pub(super) struct Action {
    pub name: &'static str,
    pub event: &'static str,
    pub value: Option<String>,
    /// `odk:quality` of a recording.
    pub quality: Option<String>,
}

pub(super) const FIRST_LOAD: &str = "odk-instance-first-load";
pub(super) const LOAD: &str = "odk-instance-load";
pub(super) const NEW_REPEAT: &str = "odk-new-repeat";
pub(super) const CHANGED: &str = "xforms-value-changed";

impl Action {
    pub fn new(name: &'static str, event: &'static str) -> Action {
        Action { name, event, value: None, quality: None }
    }

    pub fn set_value(event: &'static str, value: Option<&str>) -> Action {
        Action { value: value.map(str::to_owned), ..Action::new("setvalue", event) }
    }
}

/// A question, a group, a repeat, or something the form adds by itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    /// Row of the survey sheet; 0 for what no row says.
    pub row: u32,
    pub name: String,
    /// Question type, or `survey`, `group`, `repeat`, `loop`, `entity`, `attribute`, `label`.
    pub kind: String,
    pub label: Option<Cell>,
    pub hint: Option<Cell>,
    pub guidance: Option<Cell>,
    pub media: Option<Fields>,
    pub bind: Option<Fields>,
    pub control: Option<Fields>,
    pub instance: Option<Fields>,
    pub default: Option<String>,
    pub choice_filter: Option<String>,
    pub parameters: Vec<(String, String)>,
    /// Names of the questions whose change sets this one.
    pub trigger: Vec<String>,
    pub actions: Vec<Action>,
    /// Where the choices come from: a list, a file, or a reference to a repeat.
    pub itemset: String,
    /// The list of a `select_one_external`.
    pub query: Option<String>,
    /// Tags of an `osm` question: key and label.
    pub tags: Vec<(String, Option<Cell>)>,
    /// Value of an attribute.
    pub value: String,
    /// The list a `loop` runs over.
    pub columns: String,
    /// Whether the group is data only and never on screen.
    pub bodyless: bool,
    pub children: Vec<Item>,
}

impl Item {
    pub fn new(name: impl Into<String>, kind: &str) -> Item {
        Item { name: name.into(), kind: kind.to_owned(), ..Item::default() }
    }

    /// Reads the columns that mean the same for every type.
    pub fn from_row(row: u32, mut fields: Fields) -> Item {
        let mut text = |key| match fields.remove(key) {
            Some(Cell::Text(text)) => Some(text),
            _ => None,
        };
        let (name, kind) = (text("name").unwrap_or_default(), text("type").unwrap_or_default());
        let (default, choice_filter, query) = (text("default"), text("choice_filter"), text("query"));
        let mut map = |key| match fields.remove(key) {
            Some(Cell::Map(map)) => Some(map),
            _ => None,
        };
        let (media, bind, control, instance) = (map("media"), map("bind"), map("body"), map("instance"));
        Item {
            row,
            name,
            kind,
            default,
            choice_filter,
            query,
            media,
            bind,
            control,
            instance,
            label: fields.remove("label"),
            hint: fields.remove("hint"),
            guidance: fields.remove("guidance_hint"),
            ..Item::default()
        }
    }

    pub fn bind_mut(&mut self) -> &mut Fields {
        self.bind.get_or_insert_default()
    }

    pub fn control_mut(&mut self) -> &mut Fields {
        self.control.get_or_insert_default()
    }

    pub fn calculation(&self) -> Option<&str> {
        self.bind.as_ref().and_then(|bind| bind.text("calculate"))
    }

    pub fn appearance(&self) -> Option<&str> {
        self.control.as_ref().and_then(|control| control.text("appearance"))
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A value worked out by the form and never asked.
    pub fn calculated(name: &str, bind: &[(&str, &str)]) -> Item {
        let mut item = Item::new(name, "calculate");
        for (key, value) in bind {
            item.bind_mut().set_text(key, *value);
        }
        item
    }

    /// The `meta` group, which is in the data but not on screen.
    pub fn meta(children: Vec<Item>) -> Item {
        Item { bodyless: true, children, ..Item::new("meta", "group") }
    }
}
