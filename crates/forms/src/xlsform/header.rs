//! Headers: what a column means, in which language, under any of the names XLSForm knows it by.
//!
//! Source: the column names of the XLSForm reference, with the older names pyxform still reads.

/// A header, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// The column's own name: `relevant` for `bind::relevant` and `relevance`; `bind`, `instance` or `body` for
    /// attributes that go into the XForm as they are.
    pub key: String,
    /// The attribute of `bind`, `instance` or `body`.
    pub attribute: String,
    /// `English (en)` of `label::English (en)`.
    pub language: String,
    /// Whether it means something to XLSForm or here.
    pub known: bool,
}

/// Columns that may stand in several languages.
pub(crate) const TRANSLATED: &[&str] = &[
    "label",
    "hint",
    "guidance_hint",
    "image",
    "big-image",
    "audio",
    "video",
    "constraint_message",
    "required_message",
    "no_app_error_string",
    "check_soft_message",
    "form_title",
];

/// Columns of the `survey` sheet by their own names; the last seven are extensions.
const SURVEY: &[&str] = &[
    "type",
    "name",
    "label",
    "hint",
    "guidance_hint",
    "appearance",
    "relevant",
    "required",
    "required_message",
    "constraint",
    "constraint_message",
    "calculation",
    "choice_filter",
    "repeat_count",
    "default",
    "read_only",
    "parameters",
    "trigger",
    "image",
    "big-image",
    "audio",
    "video",
    "save_to",
    "autoplay",
    "rows",
    "intent",
    "no_app_error_string",
    "bind",
    "body",
    "instance",
    "media",
    "disabled",
    "compact_tag",
    "sms_field",
    "sms_option",
    "sms_separator",
    "sms_allow_media",
    "sms_date_format",
    "sms_datetime_format",
    "sms_response",
    "query",
    "flat",
    "hxl",
    "note",
    "identifier",
    "check_soft",
    "check_soft_message",
    "fact",
    "generate",
    "matrix",
    "calendars",
];

/// Columns of `choices`, `external_choices` and `osm`; others are columns a `choice_filter` may use.
const CHOICES: &[&str] =
    &["list_name", "name", "label", "image", "big-image", "audio", "video", "media", "sms_option", "weight"];

const SETTINGS: &[&str] = &[
    "form_title",
    "form_id",
    "version",
    "default_language",
    "instance_name",
    "instance_id",
    "instance_xmlns",
    "submission_url",
    "public_key",
    "auto_send",
    "auto_delete",
    "client_editable",
    "style",
    "namespaces",
    "allow_choice_duplicates",
    "add_none_option",
    "clean_text_values",
    "omit_instanceid",
    "attribute",
    "name",
    "flat",
    "prefix",
    "delimiter",
    "sms_keyword",
    "sms_separator",
    "sms_allow_media",
    "sms_date_format",
    "sms_datetime_format",
    "sms_response",
    "table",
    "reference_date",
    "language_question",
];

const ENTITIES: &[&str] = &["list_name", "entity_id", "create_if", "update_if", "repeat", "label"];

/// The columns of a sheet that mean something, by their own names.
pub(crate) fn known(sheet: &str) -> &'static [&'static str] {
    match sheet {
        "survey" => SURVEY,
        "settings" => SETTINGS,
        "entities" => ENTITIES,
        _ => CHOICES,
    }
}

/// The own name of a column that goes by others too; `header` may have spaces and capitals.
pub(crate) fn own_name(sheet: &str, header: &str) -> String {
    let snake = header.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase();
    let name = match (sheet, snake.as_str()) {
        ("survey", "relevance" | "skip_logic") => "relevant",
        (_, "caption") => "label",
        ("survey", "constraining_message" | "constraintmsg") => "constraint_message",
        ("survey", "requiredmsg") => "required_message",
        ("survey", "calculate") => "calculation",
        ("survey", "command") => "type",
        ("survey", "tag" | "value") | ("choices" | "external_choices" | "osm", "value") => "name",
        ("survey", "count" | "jr:count") => "repeat_count",
        ("survey", "readonly") => "read_only",
        ("survey", "noapperrorstring") => "no_app_error_string",
        ("survey", "control") => "body",
        ("choices" | "external_choices" | "osm", "list" | "list_name") | ("entities", "dataset") => "list_name",
        ("settings", "title" | "set_form_title") => "form_title",
        ("settings", "id_string" | "set_form_id") => "form_id",
        _ => return snake,
    };
    name.to_owned()
}

/// Columns that are attributes of `bind` and `body`, or kinds of `media`: their own name, the group and the attribute.
pub(crate) const PLACES: &[(&str, &str, &str)] = &[
    ("relevant", "bind", "relevant"),
    ("required", "bind", "required"),
    ("constraint", "bind", "constraint"),
    ("calculation", "bind", "calculate"),
    ("read_only", "bind", "readonly"),
    ("constraint_message", "bind", "jr:constraintMsg"),
    ("required_message", "bind", "jr:requiredMsg"),
    ("no_app_error_string", "bind", "jr:noAppErrorString"),
    ("save_to", "bind", "entities:saveto"),
    ("appearance", "body", "appearance"),
    ("repeat_count", "body", "jr:count"),
    ("image", "media", "image"),
    ("big-image", "media", "big-image"),
    ("audio", "media", "audio"),
    ("video", "media", "video"),
];

/// The parts of a header. `double` says whether the sheet separates with `::`; otherwise `:` does.
pub(crate) fn parts(header: &str, double: bool) -> Vec<String> {
    let mut parts: Vec<String> =
        header.split(if double { "::" } else { ":" }).map(|part| part.trim().to_owned()).collect();
    // `jr:count` is one word where a single colon separates.
    if let Some(at) = parts.iter().position(|p| p == "jr")
        && at + 1 < parts.len()
    {
        let name = parts.remove(at + 1);
        parts[at] = format!("jr:{name}");
    }
    parts
}

/// Understands a header; `double` as for [`parts`].
pub(crate) fn understand(sheet: &str, header: &str, double: bool) -> Head {
    let known = known(sheet);
    let parts = parts(header, double || header.contains("::"));
    let mut key = own_name(sheet, &parts[0]);
    let mut rest = parts.into_iter().skip(1).filter(|p| !p.is_empty());
    if matches!(key.as_str(), "bind" | "body" | "instance" | "media") && known.contains(&key.as_str()) {
        let Some(attribute) = rest.next() else { return Head { key, ..Head::default() } };
        match PLACES.iter().find(|(_, g, a)| *g == key && *a == attribute) {
            Some((own, ..)) => key = (*own).to_owned(),
            None if key == "media" => return Head { key: header.to_owned(), ..Head::default() },
            None => {
                let language = rest.next().unwrap_or_default();
                return Head { key, attribute, language, known: true };
            }
        }
    }
    // Names of settings' attributes and anything else that is not a language stay with the column.
    let language = rest.next().unwrap_or_default();
    if sheet == "settings" && key == "attribute" {
        return Head { key, attribute: language, language: String::new(), known: true };
    }
    let translated = language.is_empty() || TRANSLATED.contains(&key.as_str());
    if !known.contains(&key.as_str()) || !translated {
        return Head { key: header.to_owned(), ..Head::default() };
    }
    Head { key, attribute: String::new(), language, known: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sheet: &str, header: &str, expected: &str) {
        let head = understand(sheet, header, false);
        let shown = match head.known {
            true => format!("{}|{}|{}", head.key, head.attribute, head.language),
            false => format!("? {}", head.key),
        };
        assert_eq!(shown, expected, "{header}");
    }

    #[test]
    fn a_column_is_known_by_all_its_names() {
        for header in ["relevant", "Relevance", "bind::relevant", "bind:relevant", "skip logic"] {
            check("survey", header, "relevant||");
        }
        for header in ["repeat_count", "Repeat Count", "count", "jr:count", "control:jr:count", "body::jr:count"] {
            check("survey", header, "repeat_count||");
        }
        check("survey", "bind::jr:constraintMsg::English (en)", "constraint_message||English (en)");
        check("survey", "media::image::Français", "image||Français");
        check("survey", "bind::odk:length", "bind|odk:length|");
        check("survey", "body::accuracyThreshold", "body|accuracyThreshold|");
        check("survey", "instance::odk:tag", "instance|odk:tag|");
        check("survey", "Label : English", "label||English");
        check("survey", "media::smell", "? media::smell");
        check("survey", "relevant::English", "? relevant::English");
        check("choices", "list name", "list_name||");
        check("choices", "value", "name||");
        check("choices", "province", "? province");
        check("settings", "attribute::xyz", "attribute|xyz|");
        check("settings", "omit_instanceID", "omit_instanceid||");
        check("entities", "dataset", "list_name||");
    }
}
