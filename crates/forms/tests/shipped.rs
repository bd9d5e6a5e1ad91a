//! The questionnaires in `forms/`, with answers from the generator.

use std::path::Path;
use std::sync::Arc;

use forms::generator::{Mix, generate};
use forms::{Cell, Form, Inputs, Instance, Outcome, RuleKind, Value, compile, identifiers_decode, workbook};
use proptest::prelude::*;

fn source(name: &str, extension: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../forms/{name}.{extension}"));
    std::fs::read(path).unwrap()
}

fn shipped(name: &str) -> Arc<Form> {
    let (book, mut mistakes) = workbook::from_markdown(std::str::from_utf8(&source(name, "md")).unwrap());
    let (form, more) = compile(&book);
    mistakes.extend(more);
    assert!(mistakes.is_empty(), "{}", mistakes.iter().map(|m| format!("{m}\n")).collect::<String>());
    Arc::new(form.unwrap())
}

fn short() -> Arc<Form> {
    thread_local!(static FORM: Arc<Form> = shipped("cn2020_short"));
    FORM.with(Arc::clone)
}

/// A family of two that breaks no rule.
fn family() -> Instance {
    let mut i = Instance::new(short(), &Inputs::default());
    let household =
        "h1_type=1 h2_slept_here=1 h2_registered_away=1 h3_births_male=0 h3_births_female=0 h4_deaths_male=0
        h4_deaths_female=0 h5_dwelling=1 h6_floor_area=88.5 h7_rooms=3";
    let head = "d1_name=李芳 d2_relationship=0 d3_id=11010519491231002X d4_sex=2 d5_birth=1949-12 d6_ethnic=01
        d7_residence=1 d8_registration=1 d9_time_away=1 d11_education=4 d12_literate=1";
    let child = "d1_name=王伟 d2_relationship=2 d3_missing=2 d4_sex=1 d5_birth=1980-05 d6_ethnic=03
        d7_residence=5 d7_address=广东省深圳市南山区 d8_registration=1 d9_time_away=6 d10_reason_away=1 d11_education=7 d12_literate=1";
    set(&mut i, "", household);
    for (n, person) in [head, child].iter().enumerate() {
        i.add_repeat("person").unwrap();
        set(&mut i, &format!("person[{}]/", n + 1), person);
    }
    i
}

fn set(instance: &mut Instance, prefix: &str, answers: &str) {
    for pair in answers.split_whitespace() {
        let (name, value) = pair.split_once('=').unwrap();
        instance.set(&format!("{prefix}{name}"), &Value::from(value)).unwrap();
    }
}

/// What the device finds, as `name[position] Kind`.
fn found(instance: &mut Instance) -> Vec<String> {
    let form = instance.form().clone();
    let named = |f: &forms::Finding| format!("{}{:?} {:?}", form.item(f.item).unwrap().name, f.position, f.kind);
    instance.findings().iter().map(named).collect()
}

fn check(change: &str, expected: &[&str]) {
    let mut i = family();
    set(&mut i, "", change);
    assert_eq!(found(&mut i), expected, "{change}");
}

#[test]
fn a_family_without_mistakes_is_clean_on_the_phone_and_at_the_door() {
    let mut i = family();
    assert_eq!(found(&mut i), Vec::<String>::new());
    let split = i.split_identifiers();
    let checked = i.form().check(&split.answers).unwrap();
    assert_eq!((checked.verdict, &checked.facts), (Outcome::Clean, &split.facts));
    let facts: Vec<_> = i.form().fact_names().map(str::to_owned).zip(checked.facts).collect();
    let expected = [
        ("persons", 2),
        ("male", 1),
        ("female", 1),
        ("slept_here", 1),
        ("registered_away", 1),
        ("births", 0),
        ("deaths", 0),
    ];
    assert_eq!(facts, expected.map(|(n, v)| (n.to_owned(), v)));
}

#[test]
fn each_rule_of_the_short_form_is_noticed() {
    check("person[1]/d2_relationship=1", &["d2_relationship[1] Constraint"]);
    check("person[2]/d2_relationship=0", &["d2_relationship[2] Constraint"]);
    check("person[2]/d8_registration=2", &["check_persons[] Constraint", "d8_registration[2] Constraint"]);
    check("h2_slept_here=2", &["check_persons[] Constraint"]);
    check("person[2]/d5_birth=2020-11", &["check_births[] Soft", "d5_birth[2] Constraint"]);
    check("person[1]/d9_time_away=3", &["d9_time_away[1] Constraint", "d10_reason_away[1] Required"]);
    check("h6_floor_area=2", &["h6_floor_area[] Soft"]);
    check("h6_floor_area=", &["h6_floor_area[] Required"]);
}

#[test]
fn an_id_number_warns_and_never_blocks() {
    check("person[1]/d3_id=110105194912310020", &["d3_id[1] Soft"]);
    check("person[1]/d4_sex=1", &["d4_sex[1] Soft"]);
    check("person[1]/d5_birth=1949-11", &["d5_birth[1] Soft"]);
    check("person[1]/d3_id=", &["d3_missing[1] Required"]);
    check("person[1]/d3_id= person[1]/d3_missing=1", &[]);
}

#[test]
fn a_dwelling_that_is_no_ordinary_one_skips_its_area_and_rooms() {
    for code in ["2", "3", "4", "5"] {
        let mut i = family();
        i.set("h5_dwelling", &code.into()).unwrap();
        assert!(!i.is_relevant("h6_floor_area").unwrap() && !i.is_relevant("h7_rooms").unwrap());
        assert_eq!(found(&mut i), Vec::<String>::new());
    }
}

#[test]
fn schooling_is_asked_from_3_and_reading_from_15_at_the_reference_moment() {
    for (birth, education, literate) in
        [("2017-11", true, false), ("2017-12", false, false), ("2005-11", true, true), ("2005-12", true, false)]
    {
        let mut i = family();
        i.set("person[2]/d5_birth", &birth.into()).unwrap();
        let asked = |name: &str| i.is_relevant(&format!("person[2]/{name}")).unwrap();
        assert_eq!((asked("d11_education"), asked("d12_literate")), (education, literate), "{birth}");
    }
}

#[test]
fn identifiers_leave_the_answers_and_come_back_only_from_what_was_sealed() {
    let mut i = family();
    let split = i.split_identifiers();
    for secret in ["李芳", "王伟", "11010519491231002X", "广东省"] {
        assert!(!split.answers.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret}");
    }
    let names = identifiers_decode(i.form(), &split.identifiers).unwrap();
    let shown: Vec<String> = names.iter().map(|(path, value)| format!("{path}={value}")).collect();
    assert_eq!(
        shown,
        [
            "person[1]/d1_name=李芳",
            "person[1]/d3_id=11010519491231002X",
            "person[2]/d1_name=王伟",
            "person[2]/d7_address=广东省深圳市南山区"
        ]
    );
    let again = Instance::from_split(short(), &split.answers, &split.identifiers, &Inputs::default()).unwrap();
    assert_eq!(again.to_answers(), i.to_answers());
}

#[test]
fn the_door_believes_what_the_phone_attested_about_an_id_number() {
    let mut i = family();
    i.set("person[1]/d3_id", &"110105194912310020".into()).unwrap();
    let split = i.split_identifiers();
    let checked = i.form().check(&split.answers).unwrap();
    assert_eq!(
        (checked.verdict, checked.findings[0].kind, &checked.findings[0].position[..]),
        (Outcome::Warned, RuleKind::Soft, &[1][..])
    );
}

#[test]
fn rows_are_typed_and_say_of_identifiers_only_whether_they_were_answered() {
    let mut i = family();
    let form = i.form().clone();
    let tables = form.tables();
    assert_eq!(tables.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["household", "person"]);
    let rows = form.extract(&i.split_identifiers().answers).unwrap();
    let cell = |table: usize, row: usize, name: &str| {
        let column = tables[table].columns.iter().position(|c| c.name == name).unwrap();
        rows[table].rows[row].cells[column].clone()
    };
    assert_eq!(cell(0, 0, "h6_floor_area"), Cell::Float(88.5));
    assert_eq!(cell(0, 0, "persons"), Cell::Int(2));
    assert_eq!(cell(1, 1, "d1_name"), Cell::Bool(true));
    assert_eq!(cell(1, 1, "d3_id"), Cell::Null);
    assert_eq!(cell(1, 0, "id_check"), Cell::Text("ok".into()));
    assert_eq!(cell(1, 0, "age"), Cell::Int(70));
    assert_eq!(cell(1, 1, "d6_ethnic"), Cell::Code(2));
    assert_eq!(rows[1].rows.iter().map(|r| (r.parent, r.position)).collect::<Vec<_>>(), [(0, 1), (0, 2)]);
}

#[test]
fn the_markdown_and_the_workbook_of_a_form_are_the_same_form() {
    for name in ["cn2020_short", "listing"] {
        let (book, mistakes) = workbook::read(&source(name, "xlsx"));
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let (form, _) = compile(&book);
        assert!(
            form.unwrap().to_bytes() == shipped(name).to_bytes(),
            "forms/{name}.xlsx is stale: cargo run -p forms --example workbook"
        );
    }
}

#[test]
fn a_form_comes_back_from_its_bytes_and_reads_the_same_answers() {
    for name in ["cn2020_short", "listing"] {
        let form = shipped(name);
        let again = Form::from_bytes(&form.to_bytes()).unwrap();
        assert_eq!((again.fingerprint(), again.definition()), (form.fingerprint(), form.definition()));
        let answers = generate(&form, 7, &Mix::default()).to_answers();
        assert_eq!(again.check(&answers).unwrap(), form.check(&answers).unwrap());
    }
}

#[test]
fn a_named_rule_is_broken_on_request() {
    let form = short();
    for name in ["d1_name", "d2_relationship", "d8_registration", "h2_slept_here", "check_persons", "h7_rooms"] {
        let mix = Mix { persons: Some(3), break_rule: Some(name.into()), ..Mix::default() };
        let mut i = generate(&form, 11, &mix);
        assert!(found(&mut i).iter().any(|f| f.starts_with(&format!("{name}["))), "{name}: {:?}", found(&mut i));
    }
}

#[test]
fn the_generator_gives_the_same_answers_for_the_same_seed() {
    let form = short();
    let answers = |seed| generate(&form, seed, &Mix::default()).to_answers();
    assert_eq!(answers(5), answers(5));
    assert_ne!(answers(5), answers(6));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Generated answers are valid, survive their bytes, and look the same grown answer by answer and loaded at once.
    #[test]
    fn generated_answers_are_clean_everywhere(seed: u64, persons in 1u32..12) {
        let form = short();
        let mut i = generate(&form, seed, &Mix { persons: Some(persons), ..Mix::default() });
        prop_assert_eq!(found(&mut i), Vec::<String>::new());
        let split = i.split_identifiers();
        let door = form.check(&split.answers).unwrap();
        prop_assert_eq!((door.verdict, &door.facts), (Outcome::Clean, &split.facts));
        prop_assert_eq!(door.facts[0], persons as i32);
        let whole = i.to_answers();
        let mut again = Instance::from_answers(form.clone(), &whole, &Inputs::default()).unwrap();
        prop_assert_eq!(again.to_answers(), whole);
        prop_assert_eq!(again.findings(), i.findings());
        let rejoined = Instance::from_split(form, &split.answers, &split.identifiers, &Inputs::default()).unwrap();
        prop_assert_eq!(rejoined.to_answers(), i.to_answers());
    }

    /// Whatever is changed afterwards, the door finds what the phone finds, but for rules over identifiers.
    #[test]
    fn the_door_finds_what_the_phone_finds(seed: u64, rule in prop::sample::select(vec![
        "d2_relationship", "d4_sex", "d5_birth", "d7_residence", "d8_registration", "d9_time_away", "d11_education",
        "h1_type", "h2_registered_away", "h6_floor_area", "h7_rooms", "check_persons",
    ])) {
        let form = short();
        let mut i = generate(&form, seed, &Mix { break_rule: Some(rule.into()), ..Mix::default() });
        let door = form.check(&i.split_identifiers().answers).unwrap();
        prop_assert_eq!(&door.findings, &i.findings());
        prop_assert_eq!(form.check(&i.to_answers()).unwrap().findings, door.findings);
    }

    /// Bytes from anywhere are refused or read, and never more.
    #[test]
    fn damaged_answers_are_refused_without_a_crash(seed: u64, at in 0usize..400, byte: u8, cut in 0usize..400) {
        let form = short();
        let mut bytes = generate(&form, seed % 16, &Mix::default()).split_identifiers().answers;
        let (at, cut) = (at % bytes.len(), cut % bytes.len());
        prop_assert!(form.check(&bytes[..cut]).is_err());
        bytes[at] = byte;
        let _ = form.check(&bytes).map(|c| c.findings.len());
        let _ = form.extract(&bytes);
        let _ = identifiers_decode(&form, &bytes);
    }

    /// A listing is valid too.
    #[test]
    fn generated_listings_are_clean(seed: u64) {
        let form = shipped("listing");
        let mut i = generate(&form, seed, &Mix::default());
        prop_assert_eq!(found(&mut i), Vec::<String>::new());
    }
}
