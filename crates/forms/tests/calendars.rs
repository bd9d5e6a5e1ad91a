//! The column `calendars`: how a date may be told.

use std::sync::Arc;

use forms::interview::Interview;
use forms::workbench::convert;
use forms::{Inputs, compile, workbook};

const EVENTS: &str = "
    # choices
    | list_name | name       | label           |
    | events    | 2008-05-12 | The earthquake  |
    | events    | 1998       | The great flood |
    | teams     | red        | Red             |";

fn table(kind: &str, cell: &str) -> String {
    format!("| type | name | label | calendars |\n| {kind} | born | When? | {cell} |\n{EVENTS}")
}

#[test]
fn a_date_is_told_in_the_ways_the_form_says() {
    let (form, mistakes) = compile(&workbook::from_markdown(&table("date", "age  lunar events=events")).0);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let form = Arc::new(form.unwrap());
    assert_eq!(form.definition().items[0].parameter("calendars"), "age lunar events=events");
    let mut i = Interview::new(form.clone(), &Inputs::default(), 0);
    let offered: Vec<(String, String)> = i.screen().choices.into_iter().map(|c| (c.value, c.label)).collect();
    let event = |name: &str, label: &str| (name.to_owned(), label.to_owned());
    assert_eq!(offered, [event("2008-05-12", "The earthquake"), event("1998", "The great flood")]);
    // An event is only a way to a date.
    i.answer("2003-05-12").unwrap();
    assert!(i.next(false) && i.finish().findings.is_empty());
    let (again, _) = compile(&convert::from_definition(form.definition()));
    assert_eq!(again.unwrap().definition().items[0].parameters, form.definition().items[0].parameters);
}

#[test]
fn mistakes_are_told_with_their_cell() {
    let check = |kind: &str, cell: &str, expected: &str| {
        let (_, mistakes) = compile(&workbook::from_markdown(&table(kind, cell)).0);
        let shown =
            mistakes.iter().filter(|m| m.code == "form/bad-calendars").map(|m| format!("{}: {}", m.place, m.message));
        assert_eq!(shown.collect::<Vec<_>>().join("; "), expected);
    };
    check("date", "gregorian age zodiac lunar", "");
    check("integer", "age", "survey!D2: `born` is no date");
    check("date", "age mayan", "survey!D2: `mayan` is no way to tell a date");
    check("date", "events=wars", "survey!D2: there is no choice list `wars`");
    check("date", "events=teams", "survey!D2: the event `red` of `teams` is not named by its date");
}
