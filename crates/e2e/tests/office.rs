//! An office opens a census by typing commands, and a phone works in it.

use std::path::Path;

use e2e::census::{Census, ea};
use e2e::handset::Handset;
use e2e::journaled;
use e2e::server::{Server, printed, quipu};
use types::Verdict;

const PACK: &str = r#"{"quipu_area_pack":1,"title":{"en":"Xland"},"source":"made up","licence":"CC0-1.0","levels":[{"en":"country"},{"en":"village"},{"en":"enumeration area"}]}
{"code":"X","level":0,"names":{"en":"Xland"}}
{"code":"X1","parent":"X","level":1,"names":{"en":"Northville"}}
{"code":"X1A","parent":"X1","level":2,"names":{"en":"Hill"}}
{"code":"X1B","parent":"X1","level":2,"names":{"en":"Lake"}}
"#;
const STAFF: &str = "code,name,role,area\nA-1,Anna,administrator,X\nE-1,Li Lei,enumerator,X1\nE-2,Han Mei,普查员,X1\n";
const WRONG: &str = "code,name,role,area\nE-1,Li Lei,enumerator,X1\nE-1,Han Mei,boss,Y\n";

/// The commands over one folder.
struct Office<'a>(&'a Path);

impl Office<'_> {
    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Types a command; words that begin with `@` are paths in the folder.
    fn type_in(&self, words: &str, more: &[&str]) -> (bool, String) {
        let words: Vec<String> =
            words.split(' ').map(|word| word.strip_prefix('@').map_or(word.into(), |name| self.path(name))).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let output = quipu(&words);
        (output.status.success(), printed(&output))
    }

    fn works(&self, words: &str, more: &[&str]) -> String {
        let (well, said) = self.type_in(words, more);
        assert!(well, "{words}: {said}");
        said
    }

    /// The first two words of what `census show` says to type next.
    fn next(&self) -> String {
        let said = self.works("census show --data @data", &[]);
        let next = said.lines().skip_while(|line| !line.contains("Begin") && *line != "Next:").nth(1);
        let words: Vec<&str> = next.expect("it says what to type next").split_whitespace().skip(1).take(2).collect();
        words.join(" ")
    }

    /// Does what is next, which must be this command.
    fn does(&self, words: &str, more: &[&str]) -> String {
        assert!(words.starts_with(&self.next()), "`census show` leads to `{}`, not to `{words}`", self.next());
        self.works(words, more)
    }
}

#[test]
fn a_form_written_for_another_day_is_published_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office(folder.path());
    std::fs::write(folder.path().join("x.qpack"), PACK).unwrap();
    office.works("vault init --vault @vault", &[]);
    office.works("area import --data @data @x.qpack", &[]);
    let define = "census define --data @data --vault @vault --reference-moment 2030-11-01";
    office.works(define, &["--name-en", "Test census", "--name-zh", "试点"]);
    let short = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../forms/cn2020_short.xlsx");
    let said = office.works("form publish --data @data --kind household", &[short.to_str().unwrap()]);
    assert!(said.contains("warning: the form is written for 2020-11-01") && said.contains("2030-11-01"), "{said}");
}

/// Goal: what the README tells an office to type opens a census, and `census show` leads there step by step.
/// Method: the commands of the built binary, each the one that is said to be next; then a phone enrols with a printed
/// code and sends a household.
#[tokio::test(flavor = "multi_thread")]
async fn an_office_opens_a_census_by_commands_and_a_phone_counts_in_it() {
    let census = tokio::task::spawn_blocking(|| {
        let folder = tempfile::tempdir().unwrap();
        let codes = open_a_census(folder.path());
        Census::commanded(folder, codes)
    })
    .await
    .unwrap();

    let server = Server::start(&census.data());
    let locked = quipu(&["staff", "list", "--data", census.data().to_str().unwrap()]);
    assert!(!locked.status.success() && printed(&locked).contains("is in use"), "{}", printed(&locked));
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    let household = phone.list(&census, ea(0), "Zhang");
    let number = phone.interview(&census, ea(0), household, 3, "Zhang");
    assert!(phone.sync_all().await);
    assert_eq!(phone.device.receipt(number).unwrap().verdict, Verdict::Accepted);
    assert!(server.stop().success());
    let found = tokio::task::spawn_blocking(move || journaled::read(&census.data())).await.unwrap();
    assert_eq!((found.progress.submissions, found.deposited.len()), (1, 0));
}

/// Types every command; returns the printed activation codes.
fn open_a_census(folder: &Path) -> Vec<String> {
    let office = Office(folder);
    let form = |name: &str| format!("{}/../../forms/{name}.xlsx", env!("CARGO_MANIFEST_DIR"));
    for (name, text) in [("x.qpack", PACK), ("staff.csv", STAFF), ("wrong.csv", WRONG)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    office.works("vault init --vault @vault", &[]);
    let (well, _) = office.type_in("staff list --data @data", &[]);
    assert!(!well && !folder.join("data").exists(), "a mistyped folder is no new census");
    office.does("area import --data @data @x.qpack", &[]);
    let define = "census define --data @data --vault @vault --reference-moment 2020-11-01";
    let names = ["--name-en", "Test census", "--name-zh", "试点"];
    office.does(define, &names);
    office.does("form publish --data @data --kind listing", &[&form("listing")]);
    office.does("form publish --data @data --kind household", &[&form("cn2020_short")]);
    office.does("phase open --data @data", &[]);

    let (well, said) = office.type_in("staff import --data @data @wrong.csv", &[]);
    assert!(!well, "{said}");
    for mistake in ["line 3, column code", "line 3, column role", "line 3, column area"] {
        assert!(said.contains(mistake), "{mistake}: {said}");
    }
    assert!(!office.works("staff list --data @data", &[]).contains("E-1"), "nobody of a wrong list is enrolled");
    office.does("staff import --data @data @staff.csv", &[]);
    assert!(office.works("staff password --data @data --staff A-1", &[]).contains("password"));

    office.works("lease assign --data @data --area X1A --staff E-1", &[]);
    office.does("lease assign --data @data --auto", &[]);
    office.does("letter print --data @data --vault @vault --server http://127.0.0.1:1 --out @letters", &[]);
    assert_eq!(office.next(), "serve --data", "nothing is missing");

    let before = events(folder);
    office.works(define, &names);
    office.works("form publish --data @data", &[&form("listing")]);
    office.works("phase open --data @data", &[]);
    office.works("staff import --data @data @staff.csv", &[]);
    office.works("lease assign --data @data --auto", &[]);
    office.works("letter print --data @data --vault @vault --server http://127.0.0.1:1 --out @letters", &[]);
    assert_eq!(events(folder), before, "the same commands again write nothing");

    // A lost letter is cancelled, and whoever had it needs another.
    let lost = code(&folder.join("letters/E-1.html"));
    let said = office.works("letter cancel --data @data --staff E-1", &[]);
    assert!(said.contains("1 letters of E-1 cancelled"), "{said}");
    assert!(office.works("letter cancel --data @data --code", &[&lost]).contains("nothing is changed"));
    let (well, said) = office.type_in("letter cancel --data @data --code 0000-0000", &[]);
    assert!(!well && said.contains("mistyped"), "{said}");
    office.does("letter print --data @data --vault @vault --server http://127.0.0.1:1 --out @letters", &[]);
    assert_ne!(code(&folder.join("letters/E-1.html")), lost);
    ["E-1", "E-2"].map(|staff| code(&folder.join(format!("letters/{staff}.html")))).into()
}

fn events(folder: &Path) -> u64 {
    let node = e2e::census::open(&folder.join("data"));
    let end = node.store().next_offset();
    node.stop().unwrap();
    end
}

/// The code as a person reads it off the page.
fn code(page: &Path) -> String {
    let page = std::fs::read_to_string(page).unwrap();
    let (_, after) = page.split_once("<p class=\"code\">").expect("a page shows its code");
    let code = after.split('<').next().unwrap().to_owned();
    assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4; 5], "in groups of four: {code}");
    code
}
