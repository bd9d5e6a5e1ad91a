//! An office decides that answers to one version of a form stand in the tables as a later one reads them.

use std::path::Path;

use e2e::census::{Census, ea};
use e2e::handset::Handset;
use e2e::server::{Server, printed, quipu};

/// Runs a command over a data folder; whether it ended well, and what it printed.
fn office(data: &Path, arguments: &[&str]) -> (bool, String) {
    let data = data.display().to_string();
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--data", &data]).collect();
    let output = quipu(&arguments);
    (output.status.success(), printed(&output))
}

fn works(data: &Path, arguments: &[&str]) -> String {
    let (well, said) = office(data, arguments);
    assert!(well, "{arguments:?}: {said}");
    said
}

fn refused(data: &Path, arguments: &[&str], why: &str) {
    let (well, said) = office(data, arguments);
    assert!(!well && said.contains(why), "{arguments:?}, `{why}`: {said}");
}

/// The cells of an answer of `quipu sql`, row by row, without the head.
fn sql(data: &Path, statement: &str) -> Vec<String> {
    let said = works(data, &["sql", statement]);
    let rows = said.lines().filter(|line| line.starts_with('|')).skip(1);
    rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()).collect()
}

/// A second version of the short form: one column more is worked out.
fn second(folder: &Path) -> String {
    let form = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../forms/cn2020_short.md");
    let text = std::fs::read_to_string(form).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let head = lines.iter().position(|line| line.starts_with("| type ")).unwrap();
    let columns: Vec<&str> = lines[head].split('|').map(str::trim).collect();
    let cell = |name: &str| match name {
        "type" => "calculate",
        "name" => "persons_twice",
        "calculation" => "count(${person}) * 2",
        _ => "",
    };
    let row = columns[1..columns.len() - 1].iter().map(|name| cell(name)).collect::<Vec<_>>().join(" | ");
    let end = (head..lines.len()).find(|at| lines[*at].is_empty()).unwrap();
    lines.insert(end, format!("| {row} |"));
    let setting = lines.iter().position(|line| line.contains("| cn2020_short | 1 ")).unwrap();
    lines[setting] = lines[setting].replace("| cn2020_short | 1 ", "| cn2020_short | 2 ");
    let path = folder.join("second.md");
    std::fs::write(&path, lines.join("\n")).unwrap();
    path.display().to_string()
}

/// Goal: earlier answers come into the tables as the later version reads them, by one command that says first what it
/// would do. Method: a phone sends two households, the office publishes a second version, previews, mistypes, records.
#[tokio::test(flavor = "multi_thread")]
async fn answers_of_the_first_version_stand_as_the_second_once_it_is_recorded() {
    let census = tokio::task::spawn_blocking(|| Census::found(1)).await.unwrap();
    let server = Server::start(&census.data());
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    for (head, persons) in [("Zhang", 3), ("Li", 2)] {
        let household = phone.list(&census, ea(0), head);
        phone.interview(&census, ea(0), household, persons, head);
    }
    assert!(phone.sync_all().await);
    assert!(server.stop().success());
    tokio::task::spawn_blocking(move || reread(&census)).await.unwrap();
}

fn reread(census: &Census) {
    let (data, folder) = (census.data(), tempfile::tempdir().unwrap());
    let reread = |from: &'static str, to: &'static str| ["form", "reread", "cn2020_short", "--from", from, "--to", to];
    refused(&data, &reread("1", "2"), "`cn2020_short` has no version 2; it has 1");
    works(&data, &["form", "publish", "--kind", "household", &second(folder.path())]);

    let versions = "SELECT form_version, count(*) FROM household GROUP BY 1 ORDER BY 1";
    assert_eq!(sql(&data, versions), ["1 2"]);
    let before = sql(&data, "SELECT count(*) FROM person");

    let said = works(&data, &reread("1", "2"));
    for part in ["2 submissions stand as version 1", "household.persons_twice: 2 cells change", "--record does it"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(sql(&data, versions), ["1 2"], "a preview changes nothing");

    refused(&data, &reread("2", "1"), "1 is not later than 2");
    refused(&data, &reread("1", "9"), "`cn2020_short` has no version 9; it has 1, 2");
    let unknown = ["form", "reread", "cn2020_shrot", "--from", "1", "--to", "2", "--record"];
    refused(&data, &unknown, "no form `cn2020_shrot` is published here: there are");
    assert_eq!(sql(&data, versions), ["1 2"], "what was refused changes nothing");

    let record: Vec<&str> = reread("1", "2").into_iter().chain(["--record"]).collect();
    let said = works(&data, &record);
    assert!(said.contains("Recorded"), "{said}");
    assert_eq!(sql(&data, versions), ["2 2"]);
    assert_eq!(sql(&data, "SELECT DISTINCT form_version FROM person"), ["2"]);
    assert_eq!(sql(&data, "SELECT persons_twice FROM household ORDER BY 1"), ["4", "6"]);
    assert_eq!(sql(&data, "SELECT count(*) FROM person"), before);
    let decided = "SELECT from_version, to_version, submissions FROM form_reread";
    assert_eq!(sql(&data, decided), ["1 2 2"]);

    let said = works(&data, &record);
    assert!(said.contains("0 submissions stand as version 1"), "{said}");
    assert_eq!(sql(&data, "SELECT count(*) FROM form_reread"), ["1"], "nothing is recorded twice");
}
