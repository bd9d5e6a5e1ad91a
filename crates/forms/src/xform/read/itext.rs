//! Texts: translations, what stands in labels, and references to answers in both.

use std::collections::HashMap;

use super::Source;
use super::nodeset::absolute;
use crate::definition::{Language, Media, Words};
use crate::xform::dom::Kid;

/// What goes by one id, in every language.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    pub plain: Words,
    pub guidance: Words,
    pub short: Words,
    pub media: Media,
}

#[derive(Debug, Default)]
pub(super) struct Itext {
    pub languages: Vec<Language>,
    texts: HashMap<String, Texts>,
}

impl Itext {
    pub fn read(source: &mut Source<'_>, model: usize) -> Itext {
        let mut out = Itext::default();
        let translations: Vec<usize> = match source.dom.child(model, "itext") {
            Some(itext) => source.dom.children(itext).filter(|c| source.dom.name(*c) == "translation").collect(),
            None => Vec::new(),
        };
        let is_default = |t: &usize| matches!(source.dom.attribute(*t, "default"), "true()" | "true");
        let mut order = translations.clone();
        order.sort_by_key(|t| !is_default(t));
        let count = order.len();
        for (language, translation) in order.into_iter().enumerate() {
            let name = source.dom.attribute(translation, "lang").to_owned();
            let code = match (name.rfind('('), name.rfind(')')) {
                (Some(open), Some(close)) if open < close => name[open + 1..close].trim().to_owned(),
                _ => name.clone(),
            };
            out.languages.push(Language { name, code });
            for text in source.dom.children(translation).collect::<Vec<_>>() {
                let id = source.dom.attribute(text, "id").to_owned();
                for value in source.dom.children(text).collect::<Vec<_>>() {
                    let form = source.dom.attribute(value, "form").to_owned();
                    let mut words = source.mixed(value, "");
                    let texts = out.texts.entry(id.clone()).or_default();
                    let field = match form.as_str() {
                        "" | "long" => &mut texts.plain,
                        "guidance" => &mut texts.guidance,
                        "short" => &mut texts.short,
                        "image" => &mut texts.media.image,
                        "big-image" => &mut texts.media.big_image,
                        "audio" => &mut texts.media.audio,
                        "video" => &mut texts.media.video,
                        other => {
                            let message = format!("texts of the form `{other}` are left out");
                            source.warning("xform/unsupported-text", value, message);
                            continue;
                        }
                    };
                    // A dash stands for a translation that is missing.
                    if words == "-" && count > 1 {
                        words.clear();
                    }
                    if field.0.len() <= language {
                        field.0.resize(language + 1, String::new());
                    }
                    if field.0[language].is_empty() {
                        field.0[language] = plain_file(&form, words);
                    }
                }
            }
        }
        if out.languages.is_empty() {
            out.languages.push(Language { name: "default".into(), code: "default".into() });
        }
        for texts in out.texts.values_mut() {
            let media = &mut texts.media;
            let fields = [&mut texts.plain, &mut texts.guidance, &mut texts.short];
            let files = [&mut media.image, &mut media.big_image, &mut media.audio, &mut media.video];
            for words in fields.into_iter().chain(files) {
                while words.0.last().is_some_and(String::is_empty) {
                    words.0.pop();
                }
            }
        }
        out
    }

    pub fn get(&self, id: &str) -> Option<&Texts> {
        self.texts.get(id)
    }

    /// What `jr:itext('id')` or a plain text says.
    pub fn message(&self, text: &str) -> Words {
        match itext_id(text) {
            Some(id) => self.get(&id).map(|t| t.plain.clone()).unwrap_or_default(),
            None if text.is_empty() => Words::default(),
            None => Words(vec![text.to_owned()]),
        }
    }

    /// The texts of a label or hint.
    pub fn label(&self, source: &mut Source<'_>, element: usize, context: &str) -> Texts {
        let reference = source.dom.attribute(element, "ref").to_owned();
        if let Some(id) = itext_id(&reference) {
            if let Some(found) = self.get(&id) {
                let mut texts = found.clone();
                if texts.plain.is_empty() {
                    texts.plain = texts.short.clone();
                }
                return texts;
            }
            source.warning("xform/unknown-text", element, format!("no translation has a text `{id}`"));
            return Texts::default();
        }
        let text = source.mixed(element, context);
        Texts { plain: if text.is_empty() { Words::default() } else { Words(vec![text]) }, ..Texts::default() }
    }
}

/// The id in `jr:itext('id')`.
pub(super) fn itext_id(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix("jr:itext(")?.strip_suffix(')')?.trim();
    let id = inner.strip_prefix(['\'', '"']).and_then(|t| t.strip_suffix(['\'', '"'])).unwrap_or(inner);
    Some(id.to_owned())
}

/// `jr://images/x.png` is the file `x.png`.
fn plain_file(form: &str, text: String) -> String {
    let is_file = !matches!(form, "" | "long" | "short" | "guidance");
    match text.strip_prefix("jr://").and_then(|t| t.split_once('/')) {
        Some((_, file)) if is_file => file.to_owned(),
        _ => text,
    }
}

impl Source<'_> {
    /// Text with `<output value="/data/name"/>` as `${name}`.
    pub(super) fn mixed(&mut self, element: usize, context: &str) -> String {
        let mut out = String::new();
        for kid in &self.dom.elements[element].kids {
            match kid {
                Kid::Text(text) => out.push_str(text),
                Kid::Element(inner) if self.dom.name(*inner) == "output" => {
                    let value = match self.dom.attribute(*inner, "value") {
                        "" => self.dom.attribute(*inner, "ref"),
                        value => value,
                    };
                    out.extend(["${", &self.reference(value, context), "}"]);
                }
                Kid::Element(inner) => out.push_str(&self.dom.text(*inner)),
            }
        }
        out.trim().to_owned()
    }

    /// How a text refers to an answer: by name where that says enough, else by its path.
    fn reference(&self, value: &str, context: &str) -> String {
        let Some(path) = last_saved(value).or_else(|| absolute(value, context)) else { return value.trim().to_owned() };
        let name = path.rsplit('/').next().unwrap_or("");
        match self.names.get(name.trim_start_matches("last-saved#")) {
            Some(1) => name.to_owned(),
            _ => path,
        }
    }
}

fn last_saved(value: &str) -> Option<String> {
    super::words::rewrite(value).strip_prefix("${").and_then(|t| t.trim_end().strip_suffix('}')).map(str::to_owned)
}
