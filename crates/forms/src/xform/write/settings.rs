//! The settings sheet.

use super::fields::{Cell, Fields};
use crate::xlsform::cell::yes_no;

/// Settings, the defaults filled in.
pub(super) struct Settings {
    fields: Fields,
    /// Name of the instance's root element.
    pub root: String,
    pub id: String,
    pub title: String,
    pub default_language: String,
}

impl Settings {
    /// `name` is the form's id when the sheet has none.
    pub fn new(fields: Fields, name: &str) -> Settings {
        let text = |key: &str| fields.text(key).map(str::to_owned);
        let id = text("form_id").unwrap_or_else(|| name.to_owned());
        let default_language = text("default_language").unwrap_or_else(|| "default".to_owned());
        let title = match fields.get("form_title") {
            Some(Cell::Text(title)) => title.clone(),
            // A title in several languages, which XForms has no place for.
            Some(Cell::Map(titles)) => {
                titles.text(&default_language).or(titles.texts().next().map(|(_, t)| t)).unwrap_or(&id).to_owned()
            }
            None => id.clone(),
        };
        let root = text("name").unwrap_or_else(|| "data".to_owned());
        Settings { root, id, title, default_language, fields }
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.fields.text(key)
    }

    pub fn map(&self, key: &str) -> Option<&Fields> {
        self.fields.map(key)
    }

    /// A setting that is yes or no.
    pub fn flag(&self, key: &str, otherwise: bool) -> bool {
        self.text(key).and_then(yes_no).unwrap_or(otherwise)
    }

    /// A setting the survey sheet makes by a row of that type.
    pub fn set(&mut self, key: &str, value: &str) {
        match key {
            "form_title" => self.title = value.to_owned(),
            "form_id" => self.id = value.to_owned(),
            key => self.fields.set_text(key, value),
        }
    }

    /// Prefixes the author declares: `esri="http://esri.com/xforms"`.
    pub fn namespaces(&self) -> impl Iterator<Item = (&str, String)> {
        self.text("namespaces").unwrap_or_default().split_whitespace().filter_map(|declaration| {
            let (prefix, uri) = declaration.split_once('=')?;
            (!prefix.is_empty() && !uri.contains('=')).then(|| (prefix, uri.replace(['"', '\''], "")))
        })
    }
}
