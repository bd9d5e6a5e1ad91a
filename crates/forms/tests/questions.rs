//! What a workbook's questions become: kinds and what they hold, and everything else their rows say.

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

#[test]
fn metadata_is_filled_by_the_device() {
    check(
        "| survey |
         | | type | name | parameters | bind::jr:preloadParams |
         | | start | began | | |
         | | deviceid | phone | | uri:deviceid |
         | | audit | | track-changes=true | |
         | | text | a | | |
         | settings |
         | | instance_name |
         | | concat('Form of ', ${a}, ' ', ${instanceID}) |",
        expect![[r#"
            {"name":"began","kind":"hidden","type":"start","attributes":[["bind::jr:preload","timestamp"],["bind::jr:preloadParams","start"]]}
            {"name":"phone","kind":"hidden","type":"deviceid","attributes":[["bind::jr:preload","property"],["bind::jr:preloadParams","uri:deviceid"]]}
            {"name":"a","kind":"text"}
            {"name":"meta","kind":"group"}
            {"name":"audit","kind":"hidden","parent":3,"type":"audit","parameters":[["track-changes","true"]]}
            {"name":"instanceID","kind":"hidden","parent":3}
            {"name":"instanceName","kind":"calculate","parent":3,"calculation":"concat('Form of ', ${a}, ' ', ${instanceID})"}
        "#]],
    );
}

#[test]
fn media_hints_and_attributes_are_kept() {
    check(
        "| survey |
         | | type | name | label::English (en) | label::中文 (zh) | guidance_hint::English (en) | image::English (en) | media::image::中文 (zh) | big-image | audio | autoplay | bind::odk:length | body::accuracyThreshold | instance::note | intent | rows | no_app_error_string |
         | | text | a | Hello ${b} | 你好 | Slowly | en.png | zh.png | big.png | a.mp3 | audio | 5 | 10 | x | org.app(a=1) | 3 | Install it |
         | | text | b | B | 乙 | | | | | | | | | | | | |",
        expect![[r#"
            {"name":"a","kind":"text","label":["Hello ${b}","你好"],"guidance":["Slowly"],"media":{"image":["en.png","zh.png"],"big_image":["big.png"],"audio":["a.mp3"]},"attributes":[["body::autoplay","audio"],["body::rows","3"],["body::intent","org.app(a=1)"],["bind::jr:noAppErrorString","Install it"],["bind::odk:length","5"],["body::accuracyThreshold","10"],["instance::note","x"]]}
            {"name":"b","kind":"text","label":["B","乙"]}
        "#]],
    );
    let form = compiled(
        "| type | name | label |
         | select_one l | a | A |

         # choices
         | list_name | name | label | image | audio | town |
         | l | 1 | | 1.png | | x |
         | l | 2 | Two | | 2.mp3 | |",
    );
    let list = &form.definition().lists[0];
    expect![[r#"
        {"name":"l","columns":["town"],"choices":[{"name":"1","label":[],"extra":["x"],"media":{"image":["1.png"]}},{"name":"2","label":["Two"],"extra":[""],"media":{"audio":["2.mp3"]}}]}
    "#]].assert_eq(&format!("{}\n", serde_json::to_string(list).unwrap()));
}

#[test]
fn other_can_be_specified() {
    check(
        "| type | name | label | required |
         | begin group | g | G | |
         | select_multiple l or_other | a | A | yes |
         | end group | | | |

         # choices
         | list_name | name | label |
         | l | 1 | One |",
        expect![[r#"
            {"name":"g","kind":"group","label":["G"]}
            {"name":"a","kind":{"select_multiple":0},"parent":0,"label":["A"],"required":"true()"}
            {"name":"a_other","kind":"text","parent":0,"label":["Specify other."],"relevant":"selected(../a, 'other')"}
        "#]],
    );
    let form = compiled(
        "| type | name | label |
         | select_one l or_other | a | A |

         # choices
         | list_name | name | label |
         | l | 1 | One |",
    );
    let mut instance = Instance::new(form, &Inputs::default());
    instance.set("a", &"1".into()).unwrap();
    assert!(!instance.is_relevant("a_other").unwrap());
    instance.set("a", &"other".into()).unwrap();
    assert!(instance.is_relevant("a_other").unwrap());
}

#[test]
fn a_loop_is_written_out_for_every_choice() {
    check(
        "| survey |
         | | type | name | label | relevant |
         | | begin loop over crops | farm | Crops | |
         | | integer | area | Area of %(label)s | |
         | | text | why_%(name)s | Why %(name)s? | ${area} > 1 |
         | | end loop | | | |
         | choices |
         | | list_name | name | label |
         | | crops | rice | Rice |
         | | crops | none | Nothing |
         | | crops | tea | Tea |",
        expect![[r#"
            {"name":"farm","kind":"group","label":["Crops"]}
            {"name":"rice","kind":"group","parent":0,"label":["Rice"]}
            {"name":"area","kind":"integer","parent":1,"label":["Area of Rice"]}
            {"name":"why_rice","kind":"text","parent":1,"label":["Why rice?"],"relevant":"${area} > 1"}
            {"name":"tea","kind":"group","parent":0,"label":["Tea"]}
            {"name":"area","kind":"integer","parent":4,"label":["Area of Tea"]}
            {"name":"why_tea","kind":"text","parent":4,"label":["Why tea?"],"relevant":"${area} > 1"}
        "#]],
    );
}

#[test]
fn what_was_saved_last_comes_in_from_outside() {
    let form = compiled(
        "| type | name | label | default | calculation | identifier |
         | text | street | Street | ${last-saved#street} | | |
         | text | name | Name | | | yes |
         | calculate | same | | | ${street} = ${last-saved#street} | |
         | calculate | known | | | ${last-saved#name} != '' | |",
    );
    let mut empty = Instance::new(form.clone(), &Inputs::default());
    assert_eq!(empty.value("street").unwrap(), Value::Empty);
    assert!(empty.findings().is_empty());
    let prefill = [("last-saved#street", "Long Lane"), ("last-saved#name", "Ann")];
    let inputs = Inputs { prefill: prefill.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec(), ..Inputs::default() };
    let mut instance = Instance::new(form.clone(), &inputs);
    assert_eq!(instance.value("street").unwrap().text(), "Long Lane");
    assert_eq!(instance.value("same").unwrap(), Value::Truth(true));
    assert_eq!(instance.value("known").unwrap(), Value::Truth(true));
    // An identifier stays one when it comes from the form before.
    let split = instance.split_identifiers();
    assert!(!String::from_utf8_lossy(&split.answers).contains("Ann"));
    assert!(form.check(&split.answers).unwrap().findings.is_empty());
}

#[test]
fn settings_and_entities_are_kept() {
    let form = compiled(
        "| survey |
         | | type | name | label | save_to |
         | | begin repeat | tree | Tree | |
         | | text | kind | Kind | species |
         | | end repeat | | | |
         | | form_id | from_survey | | |
         | settings |
         | | form_title | version | public_key | submission_url | auto_send | style | namespaces | attribute::xyz | omit_instanceID | sms_keyword |
         | | Trees | 7 | abc | https://example.org | true | pages | a=\"b\" | 1 | no | trees |
         | entities |
         | | dataset | create_if | label |
         | | trees | ${kind} != '' | concat('A ', ${kind}) |",
    );
    let definition = form.definition();
    assert_eq!((definition.id.as_str(), definition.title.get(0), form.version()), ("from_survey", "Trees", "7"));
    assert_eq!((definition.setting("style"), definition.setting("attribute::xyz")), ("pages", "1"));
    assert_eq!(definition.settings.len(), 8);
    assert_eq!(definition.items[1].save_to, "trees#species");
    expect![[r#"
        [{"list":"trees","create_if":"${kind} != ''","label":"concat('A ', ${kind})","parent":0}]
    "#]]
    .assert_eq(&format!("{}\n", serde_json::to_string(&definition.entities).unwrap()));
}

#[test]
fn choices_of_the_same_name_are_offered_where_their_filter_says() {
    let form = compiled(
        "| survey |
         | | type | name | label | choice_filter |
         | | text | province | P | |
         | | select_one city | city | C | of = ${province} |
         | settings |
         | | allow_choice_duplicates |
         | | yes |
         | choices |
         | | list_name | name | label | of |
         | | city | spring | Springfield | A |
         | | city | river | Riverton | A |
         | | city | spring | Springfield | B |",
    );
    let mut instance = Instance::new(form, &Inputs::default());
    instance.set("province", &"B".into()).unwrap();
    instance.set("city", &"spring".into()).unwrap();
    assert!(instance.findings().is_empty());
    instance.set("city", &"river".into()).unwrap();
    assert_eq!(instance.findings().len(), 1);
}

#[test]
fn languages_are_those_of_the_headers_with_the_default_first() {
    let languages = |table: &str| -> Vec<String> {
        compiled(table).languages().iter().map(|l| format!("{} {}", l.name, l.code)).collect()
    };
    assert_eq!(languages("| type | name | label |\n| text | a | A |"), ["default default"]);
    assert_eq!(
        languages("| type | name | label::English (en) | hint | label::French (fr) |\n| text | a | A | H | Ah |"),
        ["English (en) en", "French (fr) fr"]
    );
    assert_eq!(
        languages("| type | name | label | label::French (fr) |\n| text | a | A | Ah |"),
        ["default default", "French (fr) fr"]
    );
    let form = compiled(
        "| survey |
         | | type | name | label | label::French (fr) |
         | | text | a | A | Ah |
         | settings |
         | | default_language |
         | | French (fr) |",
    );
    // The column without a language is the default one's, which has a column of its own.
    assert_eq!(form.languages().len(), 1);
    assert_eq!(form.definition().items[0].label.get(0), "Ah");
}
