//! Question types: every name XLSForm knows them by.

use crate::definition::Kind;

/// What the `type` column asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked<'a> {
    /// A question or other node that needs nothing more.
    Plain(Plain),
    /// A question with a choice list.
    Select(Select<'a>),
    /// A number on a scale.
    Range,
    /// A feature of OpenStreetMap, with the tags of a list.
    Osm(&'a str),
    /// A file beside the form, and no question.
    External(&'static str),
    /// A group, repeat or loop begins; a loop goes over a list.
    Begin(Container, &'a str),
    End(Container),
    /// A setting written into the survey sheet.
    Setting(&'static str),
    /// No list is named.
    MissingList,
    /// There is more in the cell than a type and a list.
    TooMuch,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    Group,
    Repeat,
    Loop,
}

impl Container {
    pub fn name(self) -> &'static str {
        match self {
            Container::Group => "group",
            Container::Repeat => "repeat",
            Container::Loop => "loop",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choosing {
    One,
    Any,
    Ranked,
    /// One, from the sheet `external_choices`.
    External,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Select<'a> {
    pub choosing: Choosing,
    pub from_file: bool,
    pub list: &'a str,
    pub or_other: bool,
}

/// A type with what it brings along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plain {
    pub kind: Kind,
    /// Where the kind alone does not say it.
    pub name: &'static str,
    /// `jr:preload` and its parameter, for what the device fills in.
    pub preload: Option<(&'static str, &'static str)>,
    /// Used where the author gives no own.
    pub constraint: &'static str,
    pub hint: &'static str,
}

/// Names to suggest for a misspelt type.
pub(crate) const NAMES: &[&str] = &[
    "text",
    "integer",
    "decimal",
    "date",
    "time",
    "dateTime",
    "select_one",
    "select_multiple",
    "select_one_from_file",
    "select_multiple_from_file",
    "select_one_external",
    "rank",
    "range",
    "geopoint",
    "geotrace",
    "geoshape",
    "image",
    "photo",
    "audio",
    "video",
    "file",
    "barcode",
    "note",
    "calculate",
    "hidden",
    "acknowledge",
    "osm",
    "begin group",
    "end group",
    "begin repeat",
    "end repeat",
    "begin_group",
    "end_group",
    "begin_repeat",
    "end_repeat",
    "csv-external",
    "xml-external",
    "start",
    "end",
    "today",
    "deviceid",
    "username",
    "phonenumber",
    "email",
    "audit",
    "start-geopoint",
    "background-geopoint",
    "background-audio",
];

/// Longer names first, since some begin with others.
const SELECTS: &[(&str, Choosing, bool)] = &[
    ("add select multiple prompt using", Choosing::Any, false),
    ("add select one prompt using", Choosing::One, false),
    ("select all that apply from", Choosing::Any, false),
    ("select all that apply", Choosing::Any, false),
    ("select multiple from file", Choosing::Any, true),
    ("select_multiple_from_file", Choosing::Any, true),
    ("select one from file", Choosing::One, true),
    ("select_one_from_file", Choosing::One, true),
    ("select_one_external", Choosing::External, false),
    ("select one external", Choosing::External, false),
    ("select multiple from", Choosing::Any, false),
    ("select multiple using", Choosing::Any, false),
    ("select multiple", Choosing::Any, false),
    ("select_multiple", Choosing::Any, false),
    ("select one from", Choosing::One, false),
    ("select one using", Choosing::One, false),
    ("select one", Choosing::One, false),
    ("select_one", Choosing::One, false),
    ("select1", Choosing::One, false),
    ("q select1", Choosing::One, false),
    ("q select", Choosing::Any, false),
    ("rank", Choosing::Ranked, false),
];

/// A cell with its spaces made single.
pub(crate) fn words(cell: &str) -> String {
    cell.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads a cell of the `type` column, its spaces already single.
pub(crate) fn read(cell: &str) -> Asked<'_> {
    let lower = cell.to_lowercase();
    if let Some(container) = container(cell, &lower) {
        return container;
    }
    for (command, choosing, from_file) in SELECTS {
        let Some(rest) = lower.strip_prefix(command).filter(|rest| rest.is_empty() || rest.starts_with(' ')) else {
            continue;
        };
        // Lower case may have another length, so the list is found by words, not bytes.
        let words: Vec<&str> = cell.split(' ').skip(command.split(' ').count()).collect();
        let other = rest.trim_start().split_once(' ').map_or("", |(_, other)| other);
        let or_other = matches!(other, "or_other" | "or other" | "or specify other");
        return match words.as_slice() {
            [] => Asked::MissingList,
            [list, tail @ ..] if tail.is_empty() || or_other => {
                Asked::Select(Select { choosing: *choosing, from_file: *from_file, list, or_other })
            }
            _ => Asked::TooMuch,
        };
    }
    match lower.as_str() {
        "range" => Asked::Range,
        "osm" => Asked::Osm(""),
        "csv-external" => Asked::External("csv"),
        "xml-external" => Asked::External("xml"),
        "form_title" | "set_form_title" => Asked::Setting("form_title"),
        "form_id" | "set_form_id" => Asked::Setting("form_id"),
        "prefix" => Asked::Setting("prefix"),
        other => match (other.strip_prefix("osm "), plain(other)) {
            (Some(_), _) => Asked::Osm(cell.split(' ').nth(1).unwrap_or("")),
            (None, Some(plain)) => Asked::Plain(plain),
            (None, None) => Asked::Unknown,
        },
    }
}

fn container<'a>(cell: &'a str, lower: &str) -> Option<Asked<'a>> {
    let (begins, rest) = match lower.split_once([' ', '_']) {
        Some(("begin", rest)) => (true, rest),
        Some(("end", rest)) => (false, rest),
        _ => return None,
    };
    let kinds = [
        ("looped group", Container::Repeat),
        ("lgroup", Container::Repeat),
        ("group", Container::Group),
        ("repeat", Container::Repeat),
        ("loop", Container::Loop),
    ];
    let (container, tail) = kinds.iter().find_map(|(name, kind)| Some((*kind, rest.strip_prefix(name)?)))?;
    match (begins, tail) {
        (true, "") => Some(Asked::Begin(container, "")),
        (true, tail) if tail.starts_with(' ') => {
            let list = cell.split(' ').next_back().unwrap_or("");
            let words = tail.split_whitespace().count() - usize::from(tail.starts_with(" over "));
            (words == 1).then_some(Asked::Begin(container, list))
        }
        (false, "") => Some(Asked::End(container)),
        _ => None,
    }
}

/// A type that stands alone, in lower case.
pub(crate) fn plain(name: &str) -> Option<Plain> {
    let of = |kind| Plain { kind, name: "", preload: None, constraint: "", hint: "" };
    let named = |kind, name| Plain { name, ..of(kind) };
    let property = |name, parameter| Plain { preload: Some(("property", parameter)), ..named(Kind::Hidden, name) };
    let bounded = |constraint, hint| Plain { constraint, hint, ..of(Kind::Integer) };
    let name = name.strip_prefix("q ").unwrap_or(name);
    let name = match (name.strip_prefix("add "), name.strip_prefix("get ")) {
        (Some(prompt), _) => prompt.strip_suffix(" prompt")?,
        (_, Some("phone number")) => "phonenumber",
        (_, Some(property)) => property,
        _ => name,
    };
    Some(match name {
        "text" | "string" => of(Kind::Text),
        "barcode" => named(Kind::Text, "barcode"),
        "phone number" => Plain { constraint: "regex(., '^\\d*$')", hint: "Enter numbers only.", ..of(Kind::Text) },
        "integer" | "int" => of(Kind::Integer),
        "percentage" => bounded("0 <= . and . <= 100", ""),
        "number of days in last month" => bounded("0 <= . and . <= 31", "Enter a number 0-31."),
        "number of days in last six months" => bounded("0 <= . and . <= 183", "Enter a number 0-183."),
        "number of days in last year" => bounded("0 <= . and . <= 365", "Enter a number 0-365."),
        "decimal" => of(Kind::Decimal),
        "date" => of(Kind::Date),
        "time" => of(Kind::Time),
        "datetime" | "date time" => of(Kind::DateTime),
        "geopoint" | "location" | "gps" => of(Kind::Geopoint),
        "geotrace" => of(Kind::Geotrace),
        "geoshape" => of(Kind::Geoshape),
        "image" | "photo" | "picture" => of(Kind::Image),
        "audio" => of(Kind::Audio),
        "video" => of(Kind::Video),
        "file" => of(Kind::File),
        "note" => of(Kind::Note),
        "calculate" => of(Kind::Calculate),
        "acknowledge" | "trigger" => of(Kind::Acknowledge),
        "hidden" => of(Kind::Hidden),
        "start" | "start time" => Plain { preload: Some(("timestamp", "start")), ..named(Kind::Hidden, "start") },
        "end" | "end time" => Plain { preload: Some(("timestamp", "end")), ..named(Kind::Hidden, "end") },
        "today" => Plain { preload: Some(("date", "today")), ..named(Kind::Hidden, "today") },
        "deviceid" | "device id" | "imei" => property("deviceid", "deviceid"),
        "subscriberid" | "subscriber id" => property("subscriberid", "subscriberid"),
        "simserial" | "sim id" => property("simserial", "simserial"),
        "phonenumber" => property("phonenumber", "phonenumber"),
        "username" => property("username", "username"),
        "email" => property("email", "email"),
        "uri:deviceid" => property("deviceid", "uri:deviceid"),
        "uri:subscriberid" => property("subscriberid", "uri:subscriberid"),
        "uri:simserial" => property("simserial", "uri:simserial"),
        "uri:phonenumber" => property("phonenumber", "uri:phonenumber"),
        "uri:username" => property("username", "uri:username"),
        "uri:email" => property("email", "uri:email"),
        "audit" => named(Kind::Hidden, "audit"),
        "start-geopoint" => named(Kind::Hidden, "start-geopoint"),
        "background-geopoint" => named(Kind::Hidden, "background-geopoint"),
        "background-audio" => named(Kind::Hidden, "background-audio"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(cell: &str) -> (Choosing, bool, String, bool) {
        match read(cell) {
            Asked::Select(s) => (s.choosing, s.from_file, s.list.to_owned(), s.or_other),
            other => panic!("{cell}: {other:?}"),
        }
    }

    #[test]
    fn selects_are_read_under_all_their_names() {
        for cell in ["select_one Yn", "select one Yn", "select one from Yn", "select1 Yn", "Select_One Yn"] {
            assert_eq!(select(cell), (Choosing::One, false, "Yn".into(), false));
        }
        assert_eq!(select("select all that apply from l"), (Choosing::Any, false, "l".into(), false));
        assert_eq!(select("select_multiple l or_other"), (Choosing::Any, false, "l".into(), true));
        assert_eq!(select("select one l or specify other"), (Choosing::One, false, "l".into(), true));
        assert_eq!(select("select one from file v.csv"), (Choosing::One, true, "v.csv".into(), false));
        assert_eq!(select("rank l"), (Choosing::Ranked, false, "l".into(), false));
        assert_eq!((read("select_one"), read("select_one a b")), (Asked::MissingList, Asked::TooMuch));
    }

    #[test]
    fn containers_and_loops_begin_and_end() {
        assert_eq!(read("begin_repeat"), Asked::Begin(Container::Repeat, ""));
        assert_eq!(read("begin loop over L"), Asked::Begin(Container::Loop, "L"));
        assert_eq!(read("begin loop L"), Asked::Begin(Container::Loop, "L"));
        assert_eq!(read("end lgroup"), Asked::End(Container::Repeat));
        assert_eq!(read("end time"), Asked::Plain(plain("end").unwrap()));
        assert_eq!(read("get phone number"), Asked::Plain(plain("phonenumber").unwrap()));
        assert_eq!(read("begin looped group"), Asked::Begin(Container::Repeat, ""));
        assert_eq!(
            (read("begin grupe"), read("end repeat x"), read("end")),
            (Asked::Unknown, Asked::Unknown, Asked::Plain(plain("end").unwrap()))
        );
    }
}
