//! The question types of XLSForm: control, data type, and what they set of themselves.

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
    pub hint: Option<&'static str>,
}

/// Looks a type up, by any of its names. `None` when there is none such.
pub(super) fn kind(name: &str) -> Option<Kind> {
    use Class::*;
    let with = |class, tag, bind| Kind { class, tag, media_type: None, bind, hint: None };
    let upload = |media_type| Kind { media_type: Some(media_type), ..with(Input, "upload", &[("type", "binary")]) };
    let property = |bind| with(Silent, "", bind);
    let days = |bind, hint| Kind { hint: Some(hint), ..with(Input, "input", bind) };
    Some(match name {
        "text" | "string" | "q string" | "add text prompt" => with(Input, "input", &[("type", "string")]),
        "select one external" => with(Input, "input", &[("type", "string")]),
        "integer" | "int" | "q int" | "add integer prompt" => with(Input, "input", &[("type", "int")]),
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
        "percentage" => with(Input, "input", &[("type", "int"), ("constraint", "0 <= . and . <= 100")]),
        "phone number" => days(&[("type", "string"), ("constraint", r"regex(., '^\d*$')")], "Enter numbers only."),
        "number of days in last month" => {
            days(&[("type", "int"), ("constraint", "0 <= . and . <= 31")], "Enter a number 0-31.")
        }
        "number of days in last six months" => {
            days(&[("type", "int"), ("constraint", "0 <= . and . <= 183")], "Enter a number 0-183.")
        }
        "number of days in last year" => {
            days(&[("type", "int"), ("constraint", "0 <= . and . <= 365")], "Enter a number 0-365.")
        }
        "calculate" | "q calculate" | "add calculate prompt" | "hidden" => property(&[("type", "string")]),
        "audit" => property(&[("type", "binary")]),
        "start" | "start time" | "get start time" => {
            property(&[("jr:preload", "timestamp"), ("type", "dateTime"), ("jr:preloadParams", "start")])
        }
        "end" | "end time" | "get end time" => {
            property(&[("jr:preload", "timestamp"), ("type", "dateTime"), ("jr:preloadParams", "end")])
        }
        "today" | "get today" => property(&[("jr:preload", "date"), ("type", "date"), ("jr:preloadParams", "today")]),
        "deviceid" | "device id" | "imei" | "get device id" => property(const { &device("deviceid") }),
        "phonenumber" | "get phone number" => property(const { &device("phonenumber") }),
        "simserial" | "sim id" | "get sim id" => property(const { &device("simserial") }),
        "subscriberid" | "subscriber id" | "get subscriber id" => property(const { &device("subscriberid") }),
        "username" => property(const { &device("username") }),
        "email" => property(const { &device("email") }),
        "uri:deviceid" => property(const { &device("uri:deviceid") }),
        "uri:phonenumber" => property(const { &device("uri:phonenumber") }),
        "uri:simserial" => property(const { &device("uri:simserial") }),
        "uri:subscriberid" => property(const { &device("uri:subscriberid") }),
        "uri:username" => property(const { &device("uri:username") }),
        "uri:email" => property(const { &device("uri:email") }),
        "xml-external" | "csv-external" => with(External, "", &[]),
        _ => return None,
    })
}

const fn device(property: &'static str) -> [(&'static str, &'static str); 3] {
    [("jr:preload", "property"), ("type", "string"), ("jr:preloadParams", property)]
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
