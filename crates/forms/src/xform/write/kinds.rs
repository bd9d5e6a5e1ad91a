//! What the question types of XLSForm are in an XForm: control and data type.

use crate::xlsform::types;

/// What becomes of an item in the form's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// The form itself.
    Survey,
    Group,
    Repeat,
    /// `input`, `trigger` and `upload` controls, which differ in their tag only.
    Input,
    Select,
    Range,
    Geo,
    Osm,
    /// A question with no control.
    Silent,
    /// A file the rules read; no node.
    External,
    /// The `entity` node, its attributes, and its label.
    Entity,
    Attribute,
    EntityLabel,
}

impl Class {
    /// Whether other items can be inside.
    pub fn is_section(self) -> bool {
        matches!(self, Class::Survey | Class::Group | Class::Repeat | Class::Entity)
    }

    pub fn is_question(self) -> bool {
        use Class::*;
        matches!(self, Input | Select | Range | Geo | Osm | Silent)
    }
}

/// What a question type brings along.
pub(super) struct Kind {
    pub class: Class,
    pub tag: &'static str,
    pub media_type: Option<&'static str>,
    pub bind: &'static [(&'static str, &'static str)],
}

/// Looks a type up, by any of its names. `None` when there is none such.
pub(super) fn kind(name: &str) -> Option<Kind> {
    use Class::*;
    let with = |class, tag, bind| Kind { class, tag, media_type: None, bind };
    let upload = |media_type| Kind { media_type: Some(media_type), ..with(Input, "upload", &[("type", "binary")]) };
    let property = |bind| with(Silent, "", bind);
    Some(match name {
        "text" | "string" | "q string" | "add text prompt" | "phone number" => {
            with(Input, "input", &[("type", "string")])
        }
        "select one external" => with(Input, "input", &[("type", "string")]),
        "integer"
        | "int"
        | "q int"
        | "add integer prompt"
        | "percentage"
        | "number of days in last month"
        | "number of days in last six months"
        | "number of days in last year" => with(Input, "input", &[("type", "int")]),
        "decimal" | "q decimal" | "add decimal prompt" => with(Input, "input", &[("type", "decimal")]),
        "date" | "q date" | "add date prompt" => with(Input, "input", &[("type", "date")]),
        "time" => with(Input, "input", &[("type", "time")]),
        "datetime"
        | "dateTime"
        | "date time"
        | "q date time"
        | "q dateTime"
        | "add date time prompt"
        | "add dateTime prompt" => with(Input, "input", &[("type", "dateTime")]),
        "barcode" | "q barcode" | "add barcode prompt" => with(Input, "input", &[("type", "barcode")]),
        "geopoint" => with(Geo, "input", &[("type", "geopoint")]),
        "geoshape" => with(Geo, "input", &[("type", "geoshape")]),
        "geotrace" => with(Geo, "input", &[("type", "geotrace")]),
        "location" | "q location" | "gps" | "q geopoint" | "add location prompt" => {
            with(Input, "input", &[("type", "geopoint")])
        }
        "q geoshape" => with(Input, "input", &[("type", "geoshape")]),
        "q geotrace" => with(Input, "input", &[("type", "geotrace")]),
        "note" | "q note" | "add note prompt" => with(Input, "input", &[("readonly", "true()"), ("type", "string")]),
        "acknowledge" | "q acknowledge" | "add acknowledge prompt" => with(Input, "trigger", &[("type", "string")]),
        "trigger" => with(Input, "trigger", &[]),
        "background-geopoint" => with(Input, "trigger", &[("type", "geopoint")]),
        "start-geopoint" => with(Silent, "action", &[("type", "geopoint")]),
        "background-audio" => with(Silent, "action", &[("type", "binary")]),
        "photo" | "image" | "q picture" | "q image" | "add image prompt" => upload("image/*"),
        "audio" | "q audio" | "add audio prompt" => upload("audio/*"),
        "video" | "q video" | "add video prompt" => upload("video/*"),
        "file" | "add file prompt" => upload("application/*"),
        "osm" => Kind { class: Osm, ..upload("osm/*") },
        "select one" => with(Select, "select1", &[("type", "string")]),
        "select all that apply" => with(Select, "select", &[("type", "string")]),
        "rank" => with(Select, "odk:rank", &[("type", "odk:rank")]),
        "range" => with(Range, "range", &[("type", "int")]),
        "audit" => property(&[("type", "binary")]),
        "start" | "start time" | "get start time" | "end" | "end time" | "get end time" => {
            property(&[("type", "dateTime")])
        }
        "today" | "get today" => property(&[("type", "date")]),
        "calculate" | "q calculate" | "add calculate prompt" | "hidden" => property(&[("type", "string")]),
        "xml-external" | "csv-external" => with(External, "", &[]),
        _ => types::plain(name)?
            .preload
            .filter(|(what, _)| *what == "property")
            .map(|_| property(&[("type", "string")]))?,
    })
}

/// The name a type goes by in what follows, for those that have several.
pub(super) fn canonical(name: &str) -> &str {
    match name {
        "imei" => "deviceid",
        "image" | "add image prompt" | "add photo prompt" => "photo",
        "add audio prompt" => "audio",
        "add video prompt" => "video",
        "add file prompt" => "file",
        name => name,
    }
}
