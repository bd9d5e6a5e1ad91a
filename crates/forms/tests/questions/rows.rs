//! Everything else that rows say: metadata, media, other, loops, settings, languages.

use expect_test::expect;
use forms::{Inputs, Instance, Value};

use super::{check, compiled};

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
