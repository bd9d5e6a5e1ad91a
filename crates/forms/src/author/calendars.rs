//! The column `calendars`: the ways in which a date may be told, as `gregorian age zodiac lunar events=LIST`.
//!
//! It is kept as the parameter `calendars` of the question, and is the client's to draw: the answer is a date in any case.

use super::choices::Lists;
use crate::definition::{Item, Kind};
use crate::diagnostic::{Diagnostic, Place};

/// The date itself, the age on the reference day, the animal of the lunar year, a lunar date.
const WAYS: [&str; 4] = ["gregorian", "age", "zodiac", "lunar"];

/// Reads a cell of the column into the item.
pub(super) fn read(item: &mut Item, cell: &str, lists: &Lists, place: &Place, diagnostics: &mut Vec<Diagnostic>) {
    if cell.is_empty() {
        return;
    }
    let mut wrong = |message: String, help: &str| {
        diagnostics.push(Diagnostic::error("form/bad-calendars", place.clone(), message).help(help));
    };
    if !matches!(item.kind, Kind::Date | Kind::YearMonth) {
        return wrong(format!("`{}` is no date", item.name), "leave the cell empty");
    }
    for way in cell.split_whitespace() {
        match way.strip_prefix("events=").map(|list| (list, lists.find(list))) {
            None if WAYS.contains(&way) => {}
            None => wrong(
                format!("`{way}` is no way to tell a date"),
                "write what applies of `gregorian age zodiac lunar events=LIST`",
            ),
            Some((list, None)) => {
                wrong(format!("there is no choice list `{list}`"), "list the events on the choices sheet")
            }
            Some((list, Some(at))) => {
                if let Some(event) = lists.lists[at].choices.iter().find(|c| !is_day_or_longer(&c.name)) {
                    let message = format!("the event `{}` of `{list}` is not named by its date", event.name);
                    wrong(
                        message,
                        "write `YYYY-MM-DD`, `YYYY-MM` or `YYYY` as its name, and what happened as its label",
                    );
                }
            }
        }
    }
    item.parameters.push(("calendars".into(), cell.split_whitespace().collect::<Vec<_>>().join(" ")));
}

/// Whether a text is a day, a month or a year.
fn is_day_or_longer(text: &str) -> bool {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    crate::date::Date::parse(&whole).is_some_and(|day| day.to_string() == whole)
}
