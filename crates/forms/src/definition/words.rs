//! Texts and media in the languages of a form.

use serde::{Deserialize, Serialize};

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

/// File names by language of what is shown or played with a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    /// A picture.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub image: Words,
    /// A larger version of the picture.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub big_image: Words,
    /// A sound.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub audio: Words,
    /// A film.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub video: Words,
}

impl Media {
    /// Whether there is none in any language.
    pub fn is_empty(&self) -> bool {
        self.image.is_empty() && self.big_image.is_empty() && self.audio.is_empty() && self.video.is_empty()
    }
}
