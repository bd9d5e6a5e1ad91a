//! What a form's author types: `quipu form check`, `test`, `run`, `diff`, `docs` and `convert`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use e2e::server::{binary, printed};

/// A file of `forms/`.
fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../forms").join(name).canonicalize().unwrap().display().to_string()
}

/// Runs `quipu form …` in English, with lines typed into it; gives whether it ended well and what it printed.
fn form(arguments: &[&str], typed: &str) -> (bool, String) {
    let mut child = Command::new(binary())
        .arg("form")
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may have ended already.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    let output = child.wait_with_output().unwrap();
    (output.status.success(), printed(&output))
}

fn works(arguments: &[&str]) -> String {
    let (well, said) = form(arguments, "");
    assert!(well, "{arguments:?}: {said}");
    said
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn the_shipped_questionnaires_pass_their_scenarios_and_no_rule_goes_unnoticed() {
    for name in ["cn2020_short", "listing"] {
        let said = works(&["test", &shipped(&format!("{name}.xlsx")), "--mutate"]);
        assert!(said.contains(" 0 failed"), "{said}");
        assert!(said.contains("0 of them unnoticed"), "{said}");
    }
}

#[test]
fn a_scenario_that_does_not_hold_is_told_with_file_line_expected_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let book = write(
        folder.path(),
        "home.md",
        "| type | name | label | required | constraint | constraint_message |\n\
         | integer | rooms | Rooms? | yes | . >= 1 | At least one. |\n",
    );
    let (well, said) = form(&["test", &book], "");
    assert!(!well && said.contains("home.scenarios.md") && said.contains("there are no scenarios"), "{said}");
    let file = write(
        folder.path(),
        "home.scenarios.md",
        "## Rooms\n\n- refuses: rooms = 0 \"At least one.\"\n- accepts: rooms = 1\n",
    );
    let said = works(&["test", &book, "--verbose"]);
    assert!(said.contains("ok     Rooms") && said.contains("1 scenarios, 1 passed, 0 failed"), "{said}");
    let (well, said) = form(&["test", &book, "--mutate"], "");
    assert!(!well && said.contains("nobody notices: survey!D2 rooms required taken away"), "{said}");
    std::fs::write(&file, "## Rooms\n\n- refuses: rooms = 1 \"At least one.\"\n").unwrap();
    let (well, said) = form(&["test", &book], "");
    assert!(!well, "{said}");
    for part in [
        "home.scenarios.md:3",
        "expected: rooms is refused “At least one.” when rooms = 1",
        "found:    no rule",
        "1 failed",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (_, said) = form(&["test", &book, "--say", "zh"], "");
    assert!(said.contains("当 rooms = 1 时，不接受 rooms") && said.contains("1 个未通过"), "{said}");
}

#[test]
fn an_interview_can_be_piped_in_left_and_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let draft = folder.path().join("home.draft").display().to_string();
    let listing = shipped("listing.xlsx");
    let begin = "12\n3\n1\n1\n:save\n:quit\n";
    let (well, said) = form(&["run", &listing, "--language", "en", "--draft", &draft], begin);
    assert!(!well && said.contains("saved in") && said.contains("left without finishing"), "{said}");
    let rest = "1\n李芳\nblue gate\n39.9 116.4\n\n\n";
    let (well, said) = form(&["run", &listing, "--language", "zh", "--draft", &draft], rest);
    assert!(well, "{said}");
    for part in [
        "住了几户？",
        "已完成：无问题",
        "conventional 普通住宅",
        "households",
        "head_name          封存",
        "head_name  李芳",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(
        std::fs::metadata(&draft).map(|m| std::os::unix::fs::PermissionsExt::mode(&m.permissions()) & 0o077).unwrap(),
        0
    );
    let (well, said) = form(&["run", &listing, "--language", "fr"], "");
    assert!(!well && said.contains("it is in zh, en"), "{said}");
}

#[test]
fn a_version_that_breaks_the_data_fails_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let old = shipped("cn2020_short.md");
    let text = std::fs::read_to_string(&old).unwrap();
    let softer = write(folder.path(), "softer.md", &text.replace(". <= 12 ", ". <= 15 "));
    let said = works(&["diff", &old, &softer, "--check"]);
    assert!(said.contains("`. <= 12` → `. <= 15`") && said.contains("Compatible"), "{said}");
    let renamed = write(folder.path(), "renamed.md", &text.replace("h7_rooms", "rooms"));
    let (well, said) = form(&["diff", &old, &renamed, "--check"], "");
    assert!(!well && said.contains("! `h7_rooms` and `rooms` are two columns for one question"), "{said}");
    assert!(form(&["diff", &old, &renamed], "").0, "without --check it only tells");
    assert!(works(&["diff", &old, &shipped("cn2020_short.xlsx")]).contains("The forms are the same."));
}

#[test]
fn a_codebook_is_written_as_a_page_and_as_markdown() {
    let folder = tempfile::tempdir().unwrap();
    for (file, part) in [
        ("codebook.html", "<h1 class=\"title\" lang=\"zh\">人口普查短表</h1>"),
        ("codebook.md", "# 人口普查短表 Census short form"),
    ] {
        let to = folder.path().join(file);
        works(&["docs", &shipped("cn2020_short.xlsx"), "-o", &to.display().to_string()]);
        assert!(std::fs::read_to_string(&to).unwrap().contains(part));
    }
    let (well, said) = form(&["docs", &shipped("listing.md"), "-o", "codebook.doc"], "");
    assert!(!well && said.contains(".html or .md"), "{said}");
}

#[test]
fn a_form_goes_round_all_kinds_of_files_and_keeps_every_cell() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    for name in ["cn2020_short", "listing"] {
        works(&["convert", &shipped(&format!("{name}.xlsx")), &at("a.md")]);
        works(&["convert", &at("a.md"), &at("b.xlsx")]);
        works(&["convert", &at("b.xlsx"), &at("sheets/")]);
        works(&["convert", &at("sheets/"), &at("c.xlsx")]);
        works(&["convert", &at("c.xlsx"), &at("d.md")]);
        let read = |name: &str| std::fs::read(PathBuf::from(at(name))).unwrap();
        assert!(read("a.md") == read("d.md"), "{name}: every cell");
        assert!(read("b.xlsx") == read("c.xlsx"), "{name}: the same workbook gives the same file");
        works(&["convert", &at("d.md"), &at("e.csv")]);
        for from in ["a.md", "c.xlsx", "sheets/", "e.csv"] {
            works(&["convert", &at(from), &at("form.json")]);
            assert!(
                works(&["diff", &shipped(&format!("{name}.md")), &at("form.json")]).contains("The forms are the same.")
            );
        }
        works(&["convert", &at("form.json"), &at("f.xlsx")]);
        assert!(works(&["diff", &at("form.json"), &at("f.xlsx")]).contains("The forms are the same."));
    }
    // An XForm is the one pyxform makes, and is read again.
    let golden = |name: &str| PathBuf::from(shipped("")).join("../fixtures/forms").join(name);
    let household = golden("077-long-household.md").display().to_string();
    works(&["convert", &household, &at("g.xml")]);
    let xml = std::fs::read_to_string(at("g.xml")).unwrap();
    assert!(xml.contains("<h:html") && xml.contains("<instance>"), "{xml}");
    works(&["convert", &at("g.xml"), &at("g.json")]);
    assert!(works(&["check", &at("g.xml")]).contains("the form can be used"));
    let (well, said) = form(&["convert", &at("a.md"), &at("a.doc")], "");
    assert!(!well && said.contains("end it in .xlsx"), "{said}");
    let (well, said) = form(&["convert", &at("a.md"), &at("a.md")], "");
    assert!(!well && said.contains("over itself"), "{said}");
}
