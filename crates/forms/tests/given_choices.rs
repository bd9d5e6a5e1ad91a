//! Choices that are answers of the form: `select_one ${name}`.

use std::path::Path;
use std::sync::Arc;

use forms::generator::{Mix, generate};
use forms::interview::Interview;
use forms::{Form, Inputs, Instance, RuleKind, Value, compile, is_sound, workbook, xform};

fn of_workbook(table: &str) -> Arc<Form> {
    let (form, mistakes) = compile(&workbook::from_markdown(table).0);
    assert!(is_sound(&mistakes), "{mistakes:?}");
    Arc::new(form.unwrap())
}

fn of_xform(text: &str) -> Arc<Form> {
    let (form, mistakes) = xform::read(text.as_bytes());
    assert!(is_sound(&mistakes), "{mistakes:?}");
    Arc::new(form.unwrap())
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/forms").join(name)).unwrap()
}

fn set(instance: &mut Instance, answers: &[(&str, &str)]) {
    for (path, value) in answers {
        instance.set(path, &Value::from(*value)).unwrap();
    }
}

/// What a question offers: values with labels.
fn offered(instance: &Instance, path: &str) -> Vec<(String, String)> {
    let mut interview = Interview::open(instance.clone(), 0);
    assert!(interview.goto(path), "{path} has no page");
    let screen = interview.screen();
    screen.choices.into_iter().map(|c| (c.value, c.label)).collect()
}

fn texts(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(value, label)| (value.as_str(), label.as_str())).collect()
}

#[test]
fn an_xform_offers_what_its_workbook_offers() {
    let of_workbook = of_workbook(&fixture("054-choices-from-answers.md"));
    for form in [of_workbook, of_xform(&fixture("054-choices-from-answers.xml"))] {
        let mut instance = Instance::new(form, &Inputs::default());
        for (name, age) in [("Li Na", "30"), ("Bo", "9"), ("", "50"), ("Li Na", "31")] {
            let at = instance.add_repeat("person").unwrap();
            let (person, its_age) = (format!("person[{at}]/person_name"), format!("person[{at}]/age"));
            set(&mut instance, &[(person.as_str(), name), (its_age.as_str(), age)]);
        }
        assert_eq!(texts(&offered(&instance, "head")), [("Li Na", "Li Na"), ("Bo", "Bo")]);
        assert_eq!(texts(&offered(&instance, "farmer")), [("Li Na", "Li Na")]);
        set(&mut instance, &[("farmer", "Bo")]);
        let found = instance.findings();
        assert_eq!((found.len(), found[0].kind), (1, RuleKind::Choice));
        set(&mut instance, &[("farmer", "Li Na")]);
        assert_eq!(instance.findings(), []);
    }
}

/// ODK's tools for building forms give each person an id, and show the name.
#[test]
fn an_xform_may_show_another_answer_than_it_takes() {
    let xform = fixture("054-choices-from-answers.xml")
        .replacen("<label ref=\"person_name\"/>", "<label ref=\"age\"/>", 1)
        .replacen("ref=\"person_name\"", "ref=\".\"", 5)
        .replacen("<value ref=\".\"/>", "<value ref=\"person_name\"/>", 1)
        .replacen("person[ ./age  &gt; 14]", "person/person_name[. != 'Bo']", 1)
        .replacen("person[ ./age  &gt;= 0]", "person/person_name", 1);
    let mut instance = Instance::new(of_xform(&xform), &Inputs::default());
    for (at, name) in ["Li", "Bo"].iter().enumerate() {
        instance.add_repeat("person").unwrap();
        let path = format!("person[{}]", at + 1);
        set(&mut instance, &[(&format!("{path}/person_name"), name), (&format!("{path}/age"), "7")]);
    }
    assert_eq!(texts(&offered(&instance, "head")), [("Li", "7"), ("Bo", "7")]);
    assert_eq!(texts(&offered(&instance, "farmer")), [("Li", "Li")]);
}

#[test]
fn inside_nested_repeats_only_the_household_around_counts() {
    let form = of_workbook(
        "| type                | name      | label | choice_filter      |
         | begin repeat        | household | H     |                    |
         | integer             | least     | L     |                    |
         | begin repeat        | person    | P     |                    |
         | begin group         | who       | W     |                    |
         | text                | name      | N     |                    |
         | end group           |           |       |                    |
         | integer             | age       | A     |                    |
         | select_one ${name}  | carer     | C     | ${age} >= ${least} |
         | end repeat          |           |       |                    |
         | end repeat          |           |       |                    |
         | select_multiple ${name} | all   | A     |                    |",
    );
    let mut instance = Instance::new(form, &Inputs::default());
    for (household, least, persons) in [(1, "18", &[("A", "20"), ("B", "9")][..]), (2, "5", &[("C", "6"), ("D", "4")])]
    {
        instance.add_repeat("household").unwrap();
        set(&mut instance, &[(&format!("household[{household}]/least"), least)]);
        for (at, (name, age)) in persons.iter().enumerate() {
            instance.add_repeat(&format!("household[{household}]/person")).unwrap();
            let person = format!("household[{household}]/person[{}]", at + 1);
            set(&mut instance, &[(&format!("{person}/who/name"), name), (&format!("{person}/age"), age)]);
        }
    }
    assert_eq!(texts(&offered(&instance, "household[1]/person[2]/carer")), [("A", "A")]);
    assert_eq!(texts(&offered(&instance, "household[2]/person[1]/carer")), [("C", "C")]);
    assert_eq!(offered(&instance, "all").len(), 4);
    set(&mut instance, &[("all", "A D")]);
    assert_eq!(instance.findings(), []);
    instance.remove_repeat("household", 2).unwrap();
    assert_eq!(instance.findings().len(), 1);
}

#[test]
fn what_is_generated_chooses_among_what_was_answered() {
    let form = of_workbook(&fixture("054-choices-from-answers.md"));
    let mut chosen = 0;
    for seed in 0..60 {
        let mut instance = generate(&form, seed, &Mix::default());
        assert_eq!(instance.findings(), [], "seed {seed}");
        chosen += usize::from(!instance.value("head").unwrap().is_empty());
    }
    assert!(chosen > 10, "{chosen} of 60 have a head");
}

/// Names are sealed, so the server cannot tell whether one was offered, and does not say that it was not.
#[test]
fn choices_that_are_sealed_are_checked_before_they_are() {
    let form = of_workbook(
        "| type               | name | label | identifier |
         | begin repeat       | p    | P     |            |
         | text               | name | N     | yes        |
         | end repeat         |      |       |            |
         | select_one ${name} | head | H     | yes        |",
    );
    let mut instance = Instance::new(form.clone(), &Inputs::default());
    instance.add_repeat("p").unwrap();
    set(&mut instance, &[("p[1]/name", "Li"), ("head", "Bo")]);
    assert_eq!(instance.findings().len(), 1);
    let split = instance.split_identifiers();
    let mut door = Instance::from_answers(form, &split.answers, &Inputs::default()).unwrap();
    assert_eq!(door.findings(), []);
}
