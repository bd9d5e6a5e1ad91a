//! The scenarios beside the questionnaires in `forms/`, and whether they notice every rule.

use std::path::Path;
use std::sync::Arc;

use forms::workbench::{Speech, scenario};
use forms::{Form, compile, workbook};

fn text(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../forms").join(file)).unwrap()
}

fn shipped(name: &str) -> (Arc<Form>, scenario::Scenarios) {
    let (form, _) = compile(&workbook::from_markdown(&text(&format!("{name}.md"))).0);
    let (scenarios, mistakes) = scenario::read(&text(&format!("{name}.scenarios.md")), Speech::English);
    assert_eq!(mistakes, [], "{name}");
    (Arc::new(form.unwrap()), scenarios)
}

fn failures(form: &Arc<Form>, scenarios: &scenario::Scenarios) -> Vec<String> {
    let report = scenario::run(form, scenarios, Speech::English);
    assert_eq!((report.passed(), report.failed()), {
        let failed = report.scenarios.iter().filter(|s| !s.failures.is_empty()).count();
        (report.scenarios.len() - failed, failed)
    });
    let lines = report.scenarios.iter().flat_map(|s| s.failures.iter().map(|f| format!("{}: {f}", f.line)));
    lines.collect()
}

#[test]
fn the_shipped_questionnaires_do_what_their_scenarios_say() {
    for name in ["cn2020_short", "homeless_night", "institution", "listing"] {
        let (form, scenarios) = shipped(name);
        assert_eq!(failures(&form, &scenarios), Vec::<String>::new(), "forms/{name}.scenarios.md");
    }
}

#[test]
fn no_rule_of_the_shipped_questionnaires_goes_unnoticed() {
    for name in ["cn2020_short", "homeless_night", "institution", "listing"] {
        let (form, scenarios) = shipped(name);
        let survey = scenario::mutate(&form, &scenarios);
        assert!(survey.tried > 20);
        let unnoticed: Vec<String> = survey
            .unnoticed
            .iter()
            .map(|m| format!("{} {}: {} -> {}", form.item(m.item).unwrap().name, m.column, m.was, m.becomes))
            .collect();
        assert_eq!(unnoticed, Vec::<String>::new(), "forms/{name}.md: {} changes tried", survey.tried);
    }
}
