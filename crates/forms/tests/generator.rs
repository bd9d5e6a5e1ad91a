//! Random answers to random forms: clean unless asked otherwise, and then wrong in the one way that was asked for.

use std::sync::Arc;

use forms::definition::Kind;
use forms::generator::{Mix, generate};
use forms::{Form, Inputs, Instance, RuleKind, Value, compile, workbook};
use proptest::prelude::*;

const CHOICES: &str = "
# choices
| list_name | name | label | side |
| l | a | A | left |
| l | b | B | left |
| l | c | C | right |
| l | d | D | right |
";

/// Type, parameters, choice_filter, constraint: every kind, with a rule it can break where there is one.
const QUESTIONS: &[[&str; 4]] = &[
    ["text", "", "", "regex(., '^[A-Z]{2}[0-9]{3,5}$')"],
    ["text", "", "", "string-length(.) = 7"],
    ["barcode", "", "", ""],
    ["integer", "", "", ". >= 18 and . <= 65"],
    ["integer", "", "", ". mod 7 = 0 and . > 900"],
    ["decimal", "", "", ". > 0.5 and . < 2.5"],
    ["date", "", "", ". <= date('2020-11-01')"],
    ["date", "", "", ". > date('2020-11-01')"],
    ["time", "", "", ""],
    ["dateTime", "", "", ""],
    ["geopoint", "", "", ""],
    ["geotrace", "", "", ""],
    ["geoshape", "", "", ""],
    ["select_one l", "", "side = 'right'", ""],
    ["select_one l", "", "", ". != 'b'"],
    ["select_multiple l", "", "side = 'left'", ""],
    ["select_multiple l", "", "", "count-selected(.) <= 2"],
    ["rank l", "", "", "selected-at(., 0) != 'd'"],
    ["rank l", "", "side = 'left'", ""],
    ["range", "start=-3 end=3", "", ""],
    ["range", "start=1 end=0 step=0.25", "", ""],
    ["image", "", "", ""],
    ["audio", "", "", ""],
    ["video", "", "", ""],
    ["file", "", "", ""],
    ["acknowledge", "", "", ""],
];

#[derive(Clone, Debug)]
struct Question {
    what: usize,
    required: bool,
    soft: bool,
    /// Asked only when an earlier `select_one` is not `c`.
    conditional: bool,
}

fn question() -> impl Strategy<Value = Question> {
    (0..QUESTIONS.len(), any::<bool>(), any::<bool>(), prop::bool::weighted(0.3))
        .prop_map(|(what, required, soft, conditional)| Question { what, required, soft, conditional })
}

/// A form of these questions; from `split` on they stand in a repeat, whose count is asked for when `counted`.
fn form(questions: &[Question], split: usize, counted: bool) -> Arc<Form> {
    let mut table = String::from(
        "| type | name | label | parameters | choice_filter | constraint | required | check_soft | relevant | repeat_count |\n\
         | integer | size | Size | | | . >= 1 and . <= 4 | yes | | | |\n\
         | select_one l | gate | Gate | | | | yes | | | |\n",
    );
    for (i, q) in questions.iter().enumerate() {
        if i == split {
            let count = if counted { "${size}" } else { "" };
            table += &format!("| begin repeat | r | R | | | | | | | {count} |\n");
        }
        let [ty, parameters, filter, constraint] = QUESTIONS[q.what];
        let soft = match (q.soft, ty) {
            (true, "integer" | "decimal") => ". != 21",
            (true, "text") => ". != 'x'",
            _ => "",
        };
        let required = if q.required { "yes" } else { "" };
        let relevant = if q.conditional { "${gate} != 'c'" } else { "" };
        let constraint = constraint.replace('|', "\\|");
        table += &format!(
            "| {ty} | q{i} | Q{i} | {parameters} | {filter} | {constraint} | {required} | {soft} | {relevant} | |\n"
        );
    }
    if split < questions.len() {
        table += "| end repeat | | | | | | | | | |\n";
    }
    let (book, mut mistakes) = workbook::from_markdown(&(table + CHOICES));
    let (form, more) = compile(&book);
    mistakes.extend(more);
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    Arc::new(form.unwrap())
}

fn mix() -> Mix {
    let inputs = Inputs { reference: forms::Date::parse("2020-11-01"), ..Inputs::default() };
    Mix { inputs, ..Mix::default() }
}

/// Findings as `name Kind`, each once.
fn found(form: &Form, findings: &[forms::Finding]) -> Vec<String> {
    let mut all: Vec<String> =
        findings.iter().map(|f| format!("{} {:?}", form.item(f.item).unwrap().name, f.kind)).collect();
    all.dedup();
    all
}

/// Whether a question is asked anywhere in an instance.
fn is_asked(instance: &Instance, name: &str, in_repeat: bool) -> bool {
    if !in_repeat {
        return instance.is_relevant(name).unwrap();
    }
    (1..=instance.count("r").unwrap()).any(|n| instance.is_relevant(&format!("r[{n}]/{name}")).unwrap())
}

/// The rules a question of these forms has.
fn rules(q: &Question) -> Vec<RuleKind> {
    let [ty, _, filter, constraint] = QUESTIONS[q.what];
    let mut rules = Vec::new();
    if q.required {
        rules.push(RuleKind::Required);
    }
    if !constraint.is_empty() || ty == "range" {
        rules.push(RuleKind::Constraint);
    }
    if !filter.is_empty() {
        rules.push(RuleKind::Choice);
    }
    rules
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn answers_to_any_form_are_clean_and_the_same_for_the_same_seed(
        questions in prop::collection::vec(question(), 1..14),
        split in 0usize..14,
        counted in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let form = form(&questions, split, counted);
        let mut instance = generate(&form, seed, &mix());
        prop_assert_eq!(found(&form, &instance.findings()), Vec::<String>::new());
        let split_parts = instance.split_identifiers();
        prop_assert_eq!(found(&form, &form.check(&split_parts.answers).unwrap().findings), Vec::<String>::new());
        prop_assert_eq!(generate(&form, seed, &mix()).to_answers(), instance.to_answers());
        // A person could have given every answer.
        for i in 0..questions.len() {
            let paths = match i < split {
                true => vec![format!("q{i}")],
                false => (1..=instance.count("r").unwrap()).map(|n| format!("r[{n}]/q{i}")).collect(),
            };
            for path in paths {
                let value = Value::from(instance.value(&path).unwrap().text().as_str());
                prop_assert!(instance.set(&path, &value).is_ok(), "{} {:?}", path, value);
            }
        }
    }

    #[test]
    fn the_rule_that_is_asked_for_is_broken_and_no_other(
        questions in prop::collection::vec(question(), 1..10),
        split in 0usize..10,
        counted in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let form = form(&questions, split, counted);
        for (i, q) in questions.iter().enumerate() {
            let name = format!("q{i}");
            if !is_asked(&generate(&form, seed, &mix()), &name, i >= split) {
                continue;
            }
            for kind in rules(q) {
                let asked = Mix { break_rule: Some(name.clone()), break_kind: Some(kind), ..mix() };
                let mut instance = generate(&form, seed, &asked);
                prop_assert_eq!(found(&form, &instance.findings()), vec![format!("{name} {kind:?}")]);
            }
        }
    }
}

#[test]
fn a_repeat_has_another_number_of_instances_than_its_count_says() {
    let questions = [Question { what: 3, required: true, soft: false, conditional: false }];
    let form = form(&questions, 0, true);
    for kind in [None, Some(RuleKind::Count)] {
        let mut instance = generate(&form, 7, &Mix { break_rule: Some("r".into()), break_kind: kind, ..mix() });
        let answers = instance.split_identifiers().answers;
        // Answers with every identifier sealed are judged as they are.
        assert_eq!(found(&form, &form.check(&answers).unwrap().findings), ["r Count"]);
    }
}

#[test]
fn a_rule_over_several_answers_is_broken_through_them() {
    let (book, _) = workbook::from_markdown(
        "| type | name | label | constraint | check_soft | required |
         | integer | rooms | Rooms | . > 0 | | yes |
         | integer | beds | Beds | . >= 0 | | yes |
         | note | enough | More beds than there is room for | ${beds} <= ${rooms} * 6 | | |
         | note | few | So few beds? | | ${beds} > 0 | |",
    );
    let form = Arc::new(compile(&book).0.unwrap());
    for (name, kind) in [("enough", RuleKind::Constraint), ("few", RuleKind::Soft)] {
        for seed in 0..20 {
            let mix = Mix { break_rule: Some(name.into()), break_kind: Some(kind), ..mix() };
            assert_eq!(found(&form, &generate(&form, seed, &mix).findings()), [format!("{name} {kind:?}")]);
        }
    }
}

#[test]
fn what_a_broken_rule_brings_along_is_answered() {
    // The rule can only be broken by saying that there is a shop, and then its name and size are asked for.
    let (book, _) = workbook::from_markdown(
        "| type | name | label | constraint | required | relevant |
         | select_one yn | shop | Shop? | | yes | |
         | text | sign | What does the sign say? | regex(., '^[A-Z]{4}$') | yes | ${shop} = 'y' |
         | integer | size | How large? | . > 5000 and . < 5010 | yes | ${shop} = 'y' |
         | note | none | There should be no shop | ${shop} != 'y' | | |

         # choices
         | list_name | name | label | weight |
         | yn | y | Yes | 0 |
         | yn | n | No | 1 |",
    );
    let form = Arc::new(compile(&book).0.unwrap());
    for seed in 0..50 {
        let asked = Mix { break_rule: Some("none".into()), ..mix() };
        let mut instance = generate(&form, seed, &asked);
        assert_eq!(found(&form, &instance.findings()), ["none Constraint"], "{seed}");
    }
}

#[test]
fn every_kind_has_answers_of_its_own() {
    let questions: Vec<Question> =
        (0..QUESTIONS.len()).map(|what| Question { what, required: true, soft: false, conditional: false }).collect();
    let form = form(&questions, usize::MAX, false);
    let mut kinds: Vec<std::mem::Discriminant<Kind>> =
        form.definition().items.iter().map(|i| std::mem::discriminant(&i.kind)).collect();
    kinds.sort_by_key(|k| format!("{k:?}"));
    kinds.dedup();
    assert_eq!(kinds.len(), 17);
    let instance = generate(&form, 1, &mix());
    for (i, question) in QUESTIONS.iter().enumerate() {
        assert!(!instance.value(&format!("q{i}")).unwrap().is_empty(), "q{i} {question:?}");
    }
}
