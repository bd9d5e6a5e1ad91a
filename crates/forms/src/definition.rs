//! A form as data: what a workbook says, with lists and parents resolved and expressions still as text.
//!
//! This is what is written to disk and sent to phones. The bytecode is made from it again wherever it is loaded, so the
//! engine's inside can change without a new format.

use serde::{Deserialize, Serialize};

use crate::date::Date;

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
    /// Title by language.
    pub title: Words,
    /// Languages, the default one first.
    pub languages: Vec<Language>,
    /// Name of the root table (setting `table`, an extension; `data` without it).
    pub table: String,
    /// The reference moment's day (setting `reference_date`, an extension).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_date: Option<Date>,
    /// Choice lists.
    pub lists: Vec<ChoiceList>,
    /// Groups, repeats and questions in document order; a parent comes before its children.
    pub items: Vec<Item>,
}

/// A language of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// As the workbook's header writes it: `English (en)`.
    pub name: String,
    /// What is in the brackets, or the name: `en`.
    pub code: String,
}

/// A text in each language of the form, by index; an empty string where there is no translation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(pub Vec<String>);

impl Words {
    /// The text in a language, or in the first language that has one; empty when none has.
    pub fn get(&self, language: usize) -> &str {
        match self.0.get(language) {
            Some(text) if !text.is_empty() => text,
            _ => self.0.iter().find(|t| !t.is_empty()).map_or("", String::as_str),
        }
    }

    /// Whether no language has a text.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(String::is_empty)
    }
}

/// A choice list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChoiceList {
    /// `list_name`.
    pub name: String,
    /// Names of extra columns a `choice_filter` may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Choices in order. Answers are stored as an index into this.
    pub choices: Vec<Choice>,
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
}

/// What an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Shown together; no answer.
    Group,
    /// A group answered once per instance.
    Repeat,
    /// Free text, and every ODK type kept as text (barcode, geotrace, time …).
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
    /// A photo: the name or digest of the attachment.
    Image,
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
    /// Question text.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub label: Words,
    /// Help text.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub hint: Words,
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
