//! A form as data: what a workbook says, with lists and parents resolved and expressions still as text.
//!
//! This is what is written to disk and sent to phones. The bytecode is made from it again wherever it is loaded, so the
//! engine's inside can change without a new format.

mod read;
mod words;

use serde::{Deserialize, Serialize};

pub use words::{Language, Media, Words};

use crate::date::Date;

/// [`Item::type_name`] of the nodes of an entity: its `meta`, `entity`, label, and attributes (`@id`, `@create` …).
pub const ENTITY: &str = "entity";
/// [`Item::type_name`] of the node that holds how many instances a repeat has, where an expression says it.
pub const COUNT: &str = "repeat-count";
/// [`Item::type_name`] of the heads of a group with the appearance `table-list`.
pub const TABLE_LIST: &str = "table-list";

/// The `format` of every definition this version writes.
pub const FORMAT: &str = "quipu-form/1";

/// A whole form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// [`FORMAT`].
    pub format: String,
    /// `form_id` of the settings sheet.
    pub id: String,
    /// `version` of the settings sheet.
    pub version: String,
    /// The workbook gives no version: it is `1` here, and its XForm and submissions name none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unversioned: bool,
    /// Title by language.
    pub title: Words,
    /// Languages, the default one first.
    pub languages: Vec<Language>,
    /// Name of the root table (setting `table`, an extension; `data` without it).
    pub table: String,
    /// The reference moment's day (setting `reference_date`, an extension).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_date: Option<Date>,
    /// Settings that have no field of their own, in the order of the sheet: `instance_name`, `public_key` …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Pairs,
    /// Entities the form makes or changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// Choice lists.
    pub lists: Vec<ChoiceList>,
    /// Groups, repeats and questions in document order; a parent comes before its children.
    pub items: Vec<Item>,
}

impl Definition {
    /// A setting without a field of its own; empty when the workbook does not say.
    pub fn setting(&self, name: &str) -> &str {
        value_of(&self.settings, name)
    }
}

/// Names and values, in order.
pub type Pairs = Vec<(String, String)>;

fn value_of<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

/// A row of the `entities` sheet (ODK entities specification 2025.1.0). Expressions are XPath text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entity {
    /// The entity list.
    pub list: String,
    /// Which entity is changed; empty when one is made.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Whether one is made; always when empty and there is no `id`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub create_if: String,
    /// Whether it is changed; always when empty and there is an `id`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub update_if: String,
    /// What it is called.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Index of the group or repeat it belongs to; `None` for the form as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
}

/// A choice list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChoiceList {
    /// `list_name`.
    pub name: String,
    /// Where the choices come from, when not from the form: the name of a file beside it (`villages.csv`), or a question
    /// of a repeat (`${name}`) whose answers they are. Answers then carry the choice's name, and rows of a file are not
    /// part of the form's bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Column of the file a choice's name stands in; the usual one for the kind of file when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value_column: String,
    /// Column of the file its label stands in; the usual one when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label_column: String,
    /// Names of extra columns a `choice_filter` may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Choices in order. Answers are stored as an index into this.
    pub choices: Vec<Choice>,
}

/// In place of the column of values, where answers are choices: a filter is asked about the answer itself, not about the
/// group it is in.
pub(crate) const ITSELF: &str = ".";

impl ChoiceList {
    /// Whether its choices come from outside the form, so that answers carry names instead of indexes.
    pub fn is_open(&self) -> bool {
        !self.source.is_empty()
    }

    /// Whether any name is a choice: the file was not given, or the choices are answers of the form itself.
    pub fn takes_any(&self) -> bool {
        self.is_open() && self.choices.is_empty()
    }

    /// Whether its choices are answers of the form itself.
    pub(crate) fn is_given(&self) -> bool {
        self.source.starts_with("${")
    }

    /// The question whose answers are its choices.
    pub(crate) fn given(&self) -> &str {
        self.source.trim_start_matches("${").trim_end_matches('}').trim()
    }

    /// The index of the first choice with this name. Looks at each.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.choices.iter().position(|c| c.name == name)
    }
}

/// One choice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The code that is stored.
    pub name: String,
    /// What is shown.
    pub label: Words,
    /// Values of the list's extra columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<String>,
    /// How often the generator picks it, relative to the others (column `weight`, an extension); 1 without the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f32>,
    /// Pictures and sounds that go with the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Box<Media>>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Shown together; no answer.
    Group,
    /// A group answered once per instance.
    Repeat,
    /// Free text, and every ODK type kept as text (barcode).
    #[default]
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A day.
    Date,
    /// A month, kept as its first day (`date` with the appearance `month-year`).
    YearMonth,
    /// One choice of a list, by index into [`Definition::lists`].
    SelectOne(u16),
    /// Any choices of a list.
    SelectMultiple(u16),
    /// `latitude longitude altitude accuracy`, degrees and metres.
    Geopoint,
    /// A line: points as in [`Kind::Geopoint`], separated by `;`.
    Geotrace,
    /// An area: a line that ends where it began.
    Geoshape,
    /// A time of day: `HH:MM:SS.sss` and a zone.
    Time,
    /// A day and a time: `YYYY-MM-DDTHH:MM:SS.sss` and a zone.
    DateTime,
    /// The choices of a list in an order of preference, each at most once.
    Rank(u16),
    /// A photo: the name or digest of the attachment.
    Image,
    /// A sound: the name or digest of the attachment.
    Audio,
    /// A film: the name or digest of the attachment.
    Video,
    /// Any file: the name or digest of the attachment.
    File,
    /// Text to read; no answer.
    Note,
    /// Computed.
    Calculate,
    /// Filled from outside: case facts, device facts.
    Hidden,
    /// A box to tick: `OK` when ticked.
    Acknowledge,
}

impl Kind {
    /// Whether a person answers it.
    pub fn is_question(self) -> bool {
        !matches!(self, Kind::Group | Kind::Repeat | Kind::Note | Kind::Calculate | Kind::Hidden)
    }

    /// The choice list its answers come from, an index into [`Definition::lists`].
    pub fn list(self) -> Option<u16> {
        match self {
            Kind::SelectOne(list) | Kind::SelectMultiple(list) | Kind::Rank(list) => Some(list),
            _ => None,
        }
    }

    /// Whether the answer is the name of an attachment.
    pub fn is_attachment(self) -> bool {
        matches!(self, Kind::Image | Kind::Audio | Kind::Video | Kind::File)
    }

    /// Whether it holds other items.
    pub fn is_group(self) -> bool {
        matches!(self, Kind::Group | Kind::Repeat)
    }
}

/// A group, repeat or question. Expressions are XPath text as the author wrote it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    /// Name of the node.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Index of the group it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// The XLSForm type, where the kind alone does not say it: `barcode`, `range`, `audit`, `start-geopoint` …; or what
    /// ODK's tools add a node for: [`ENTITY`], [`COUNT`], [`TABLE_LIST`].
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub type_name: String,
    /// Question text. `${name}` stands for the answer to a question, here and in hints and messages.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub label: Words,
    /// Help text.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub hint: Words,
    /// Help text for training and printed forms.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub guidance: Words,
    /// Pictures and sounds that go with the label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<Box<Media>>,
    /// The `parameters` column, keys in lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Pairs,
    /// What goes into the XForm as it is, by the column it stands in: `bind::jr:preload`, `instance::odk:tag`,
    /// `body::intent`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Pairs,
    /// The property of an entity the answer is saved to: `list#property`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub save_to: String,
    /// Appearance column.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub appearance: String,
    /// Relevance expression.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub relevant: String,
    /// `yes`, or an expression.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub required: String,
    /// Shown when a required answer is missing.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub required_message: Words,
    /// Hard rule.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub constraint: String,
    /// Shown when the hard rule is broken.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub constraint_message: Words,
    /// Soft rule (extension): warns, may be confirmed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub check_soft: String,
    /// Shown when the soft rule is broken.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub check_soft_message: Words,
    /// Calculation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub calculation: String,
    /// Names of the questions whose new answers make the calculation run, and nothing else; without any it runs whenever
    /// what it reads changes. Without a calculation the answer is taken away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trigger: Vec<String>,
    /// Which choices are offered.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub choice_filter: String,
    /// How many instances a repeat has.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub repeat_count: String,
    /// First value.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub default: String,
    /// Cannot be edited.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
    /// Sealed at finish (extension).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub identifier: bool,
    /// The name under which the value goes into the head of the submission (extension).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fact: String,
    /// Expression the generator of test data takes the value from (extension).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub generate: String,
}

impl Item {
    /// Whether it stands in no row of the workbook: submissions have a node for it, tables and codebooks have nothing.
    pub fn is_added(&self) -> bool {
        matches!(self.type_name.as_str(), ENTITY | COUNT | TABLE_LIST)
    }

    /// Whether its value follows from others at any time, so that it need not be kept.
    pub fn is_computed(&self) -> bool {
        !self.calculation.is_empty() && self.trigger.is_empty()
    }

    /// Whether what its value is depends on its calculation, not on its kind.
    pub(crate) fn is_any(&self) -> bool {
        !self.calculation.is_empty() && (self.trigger.is_empty() || self.kind == Kind::Calculate)
    }

    /// The expressions an answer may stand in, by column.
    pub(crate) fn expressions(&self) -> [(&'static str, &String); 8] {
        [
            ("relevant", &self.relevant),
            ("required", &self.required),
            ("constraint", &self.constraint),
            ("check_soft", &self.check_soft),
            ("calculation", &self.calculation),
            ("choice_filter", &self.choice_filter),
            ("repeat_count", &self.repeat_count),
            ("default", &self.default),
        ]
    }

    /// A parameter; empty when the workbook does not say.
    pub fn parameter(&self, name: &str) -> &str {
        value_of(&self.parameters, name)
    }

    /// An attribute of the XForm by its column: `bind::jr:preload`.
    pub fn attribute(&self, column: &str) -> &str {
        value_of(&self.attributes, column)
    }

    /// First value, last value and step of a `range` question; `None` for other types. The scale may go down.
    pub fn range(&self) -> Option<(f64, f64, f64)> {
        if self.type_name != "range" {
            return None;
        }
        let number = |name, otherwise: f64| self.parameter(name).parse().unwrap_or(otherwise);
        Some((number("start", 1.0), number("end", 10.0), number("step", 1.0)))
    }
}
