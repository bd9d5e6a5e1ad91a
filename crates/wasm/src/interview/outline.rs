//! All screens of an interview, walked through on a copy.

use forms::interview::{Interview, Screen, ScreenKind};
use serde::Serialize;
use tsify::Tsify;

use super::is_end;

#[derive(Serialize, Tsify)]
pub struct OutlineEntry {
    path: String,
    label: String,
    depth: u32,
    value: String,
    #[tsify(type = r#""todo" | "done" | "warning" | "error""#)]
    state: &'static str,
}

pub fn entries(interview: &Interview) -> Vec<OutlineEntry> {
    let mut walker = interview.clone();
    while walker.back() {}
    let mut entries = Vec::new();
    loop {
        let screen = walker.screen();
        if is_end(screen.kind) {
            return entries;
        }
        entries.push(entry(screen));
        if !walker.next(true) {
            return entries;
        }
    }
}

fn entry(screen: Screen) -> OutlineEntry {
    let value = match screen.kind {
        ScreenKind::Roster => screen.members.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", "),
        ScreenKind::SelectOne | ScreenKind::SelectMultiple => {
            let label =
                |code: &str| screen.choices.iter().find(|c| c.value == code).map_or(code, |c| &c.label).to_owned();
            screen.value.split_whitespace().map(label).collect::<Vec<_>>().join(", ")
        }
        _ => screen.value.clone(),
    };
    let state = match () {
        () if value.is_empty() && screen.required => "todo",
        () if screen.problems.iter().any(|problem| problem.hard) => "error",
        () if !screen.problems.is_empty() => "warning",
        () => "done",
    };
    OutlineEntry { depth: u32::from(screen.person.is_some()), path: screen.id, label: screen.label, value, state }
}
