//! A message to a person: a code with parameters, put into words at the edge (phone, console, command line).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What to say, in no language yet. `code` looks like `sync/lease-ended` and has a page in `docs/messages.md`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The permanent code.
    pub code: String,
    /// Values for the text's placeholders, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

crate::fields!(Message { "code" => code, "params" => params });

impl Message {
    /// A message without parameters.
    pub fn new(code: &str) -> Message {
        Message { code: code.to_owned(), params: BTreeMap::new() }
    }

    /// Adds one parameter.
    pub fn with(mut self, name: &str, value: impl ToString) -> Message {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}
