//! What a workbook's questions become: kinds and what they hold, and everything else their rows say.

mod rows;

use std::sync::Arc;

use expect_test::{Expect, expect};
use forms::definition::Item;
use forms::{Cell, ColumnType, Form, Inputs, Instance, Value, compile, workbook};

fn compiled(table: &str) -> Arc<Form> {
    let (book, mut mistakes) = workbook::from_markdown(table);
    let (form, more) = compile(&book);
    mistakes.extend(more);
    assert!(forms::is_sound(&mistakes), "{mistakes:#?}");
    let form = form.unwrap();
    // What is sent to phones says the same.
    let again = Form::from_bytes(&form.to_bytes()).unwrap();
    assert_eq!(again.definition(), form.definition());
    Arc::new(form)
}

/// The items of a form as JSON, a line each, without what is empty.
fn check(table: &str, expected: Expect) {
    let form = compiled(table);
    let line = |item: &Item| format!("{}\n", serde_json::to_string(item).unwrap());
    expected.assert_eq(&form.definition().items.iter().map(line).collect::<String>());
}

/// Sets answers; shows what each was taken for, or that it was refused.
fn answers(types: &str, values: &[&str], expected: Expect) {
    let form = compiled(&format!(
        "| type | name | label | parameters |\n| {types} |\n\n# choices\n| list_name | name | label |\n| l | a | A |\n| l | b | B |\n| l | c | C |"
    ));
    let mut shown = String::new();
    for value in values {
        let mut instance = Instance::new(form.clone(), &Inputs::default());
        match instance.set("q", &Value::from(*value)) {
            Ok(()) => {
                let kept = instance.value("q").unwrap();
                let again = Instance::from_answers(form.clone(), &instance.to_answers(), &Inputs::default()).unwrap();
                assert_eq!(again.value("q").unwrap(), kept);
                let findings = instance.findings();
                let wrong = findings.first().map_or(String::new(), |f| format!(" {:?}!", f.kind));
                let cell = &form.extract(&instance.to_answers()).unwrap()[0].rows[0].cells[0];
                shown += &format!("{kept:?}{wrong} → {cell:?}\n");
            }
            Err(error) => shown += &format!("{error}\n"),
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn times_and_moments_are_kept_as_they_were_given() {
    answers(
        "time | q | Q | ",
        &["10:30", "10:30:15.250+08:00", "24:00", "noon"],
        expect![[r#"
        Text("10:30") → Text("10:30")
        Text("10:30:15.250+08:00") → Text("10:30:15.250+08:00")
        `24:00` is not an answer to `q`: a time is written HH:MM, with seconds and a zone if need be
        `noon` is not an answer to `q`: a time is written HH:MM, with seconds and a zone if need be
    "#]],
    );
    answers(
        "dateTime | q | Q | ",
        &["2020-11-01T00:30:00.000+08:00", "2020-11-01", "2020-11-31T10:00", "10:30"],
        expect![[r#"
            Text("2020-11-01T00:30:00.000+08:00") → DateTime(1604161800000)
            Text("2020-11-01") → DateTime(1604188800000)
            `2020-11-31T10:00` is not an answer to `q`: a moment is written YYYY-MM-DDTHH:MM:SS and a zone
            `10:30` is not an answer to `q`: a moment is written YYYY-MM-DDTHH:MM:SS and a zone
        "#]],
    );
}

#[test]
fn places_lines_and_areas_are_told_apart() {
    answers(
        "geopoint | q | Q | ",
        &["39.9 116.4", "39.9 116.4 44 5", "99 116.4", "here"],
        expect![[r#"
        Text("39.9 116.4") → Text("39.9 116.4")
        Text("39.9 116.4 44 5") → Text("39.9 116.4 44 5")
        `99 116.4` is not an answer to `q`: a place is written `latitude longitude altitude accuracy`
        `here` is not an answer to `q`: a place is written `latitude longitude altitude accuracy`
    "#]],
    );
    answers(
        "geotrace | q | Q | ",
        &["39.9 116.4; 39.8 116.5", "39.9 116.4 0 0;39.8 116.5 0 0;", "39.9 116.4"],
        expect![[r#"
            Text("39.9 116.4; 39.8 116.5") → Text("39.9 116.4; 39.8 116.5")
            Text("39.9 116.4 0 0;39.8 116.5 0 0;") → Text("39.9 116.4 0 0;39.8 116.5 0 0;")
            `39.9 116.4` is not an answer to `q`: a line has two points or more, separated by `;`
        "#]],
    );
    answers(
        "geoshape | q | Q | ",
        &["0 0; 0 1; 1 1; 0 0", "0 0; 0 1; 1 1"],
        expect![[r#"
        Text("0 0; 0 1; 1 1; 0 0") → Text("0 0; 0 1; 1 1; 0 0")
        `0 0; 0 1; 1 1` is not an answer to `q`: an area has three points or more, separated by `;`, and then the first again
    "#]],
    );
}

#[test]
fn a_ranking_keeps_its_order_and_holds_each_choice_once() {
    answers(
        "rank l | q | Q | ",
        &["c a b", "a a c", "a d"],
        expect![[r#"
        Choices(["c", "a", "b"]) → Text("c a b")
        Choices(["a", "c"]) → Text("a c")
        `a d` is not an answer to `q`: one of them is none of the choices
    "#]],
    );
    answers(
        "select_multiple l | q | Q | ",
        &["c a"],
        expect![[r#"
        Choices(["c", "a"]) → Text("c a")
    "#]],
    );
}

#[test]
fn a_range_holds_whole_numbers_or_decimals_on_its_scale() {
    answers(
        "range | q | Q | start=1 end=7",
        &["1", "7", "8", "2.5"],
        expect![[r#"
        Number(1.0) → Int(1)
        Number(7.0) → Int(7)
        Number(8.0) Constraint! → Int(8)
        `2.5` is not an answer to `q`: a whole number is expected
    "#]],
    );
    answers(
        "range | q | Q | start=0 end=1 step=0.1",
        &["0.3", "0.35", "1", "1.1", "x"],
        expect![[r#"
        Number(0.3) → Float(0.3)
        Number(0.35) Constraint! → Float(0.35)
        Number(1.0) → Float(1.0)
        Number(1.1) Constraint! → Float(1.1)
        `x` is not an answer to `q`: a number is expected
    "#]],
    );
    answers(
        "range | q | Q | start=10 end=-10 step=5",
        &["-5", "-4"],
        expect![[r#"
        Number(-5.0) → Int(-5)
        Number(-4.0) Constraint! → Int(-4)
    "#]],
    );
}

#[test]
fn attachments_are_kept_by_name() {
    for kind in ["image", "audio", "video", "file", "osm"] {
        let types = format!("{kind} | q | Q | ");
        answers(
            &types,
            &["a.bin"],
            expect![[r#"
            Text("a.bin") → Text("a.bin")
        "#]],
        );
    }
}

#[test]
fn columns_are_typed_by_their_question() {
    let form = compiled(
        "| type | name | label | parameters |
         | start | began | | |
         | today | day | | |
         | deviceid | phone | | |
         | time | t | T | |
         | dateTime | dt | D | |
         | geotrace | line | L | |
         | rank l | order | O | |
         | range | scale | S | start=0 end=1 step=0.5 |
         | barcode | code | C | |
         | file | doc | D | |
         | note | n | ${last-saved#code} | |

         # choices
         | list_name | name | label |
         | l | a | A |",
    );
    let columns: Vec<(String, ColumnType)> =
        form.tables().remove(0).columns.into_iter().map(|c| (c.name, c.ty)).collect();
    let shown: Vec<String> = columns.iter().map(|(name, ty)| format!("{name} {ty:?}")).collect();
    let expected = [
        "began DateTime",
        "day Date",
        "phone Text",
        "t Time",
        "dt DateTime",
        "line Text",
        "order Choices",
        "scale Float",
        "code Text",
        "doc Text",
    ];
    assert_eq!(shown, expected);
    let mut instance = Instance::new(form.clone(), &Inputs::default());
    instance.set("began", &"2020-11-01T08:00:00.000+08:00".into()).unwrap();
    instance.set("day", &"2020-11-01".into()).unwrap();
    let row = form.extract(&instance.to_answers()).unwrap().remove(0).rows.remove(0);
    assert_eq!(row.cells[0], Cell::DateTime(1_604_188_800_000));
    assert_eq!(row.cells[1], Cell::Date(forms::Date::parse("2020-11-01").unwrap()));
}

#[test]
fn every_name_of_a_type_is_known() {
    let types = "add text prompt, q string, barcode, phone number, percentage, number of days in last six months, gps,
        add location prompt, q picture, photo, add photo prompt, add audio prompt, add video prompt, add file prompt, date time,
        add dateTime prompt, get start time, end time, get today, imei, get sim id, get phone number, uri:username, trigger,
        add acknowledge prompt, q calculate, add note prompt, q location, q geoshape, start-geopoint, background-audio";
    let rows: String = types
        .split(',')
        .enumerate()
        .map(|(i, t)| format!("| {} | q{i} | Q | 1 |\n", t.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect();
    let form = compiled(&format!("| type | name | label | calculation |\n{rows}"));
    assert_eq!(form.definition().items.len(), 31);
}

#[test]
fn what_a_type_brings_along_gives_way_to_the_authors_own() {
    check(
        "| type | name | label | hint | constraint |
         | percentage | a | A | | |
         | percentage | b | B | | . < 50 |
         | number of days in last month | c | C | | |
         | phone number | d | D | With the area code. | |",
        expect![[r#"
            {"name":"a","kind":"integer","label":["A"],"constraint":"0 <= . and . <= 100"}
            {"name":"b","kind":"integer","label":["B"],"constraint":". < 50"}
            {"name":"c","kind":"integer","label":["C"],"hint":["Enter a number 0-31."],"constraint":"0 <= . and . <= 31"}
            {"name":"d","kind":"text","label":["D"],"hint":["With the area code."],"constraint":"regex(., '^\\d*$')"}
        "#]],
    );
}
