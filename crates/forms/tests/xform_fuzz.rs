//! XForms and submissions that were damaged by chance: nothing panics, hangs or grows beyond its bounds.
//!
//! `QUIPU_FUZZ_SECONDS=1800 cargo test --release -p forms --test xform_fuzz` runs longer; `QUIPU_SEED` repeats a run.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use forms::generator::{Mix, generate};
use forms::xform::submission::{self, Meta};
use forms::{Form, Inputs, compile, workbook, xform};

struct Chance(u64);

impl Chance {
    fn seeded() -> Chance {
        let given = std::env::var("QUIPU_SEED").ok().and_then(|s| s.parse().ok());
        let seed = given.unwrap_or_else(|| {
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |d| d.as_nanos() as u64 | 1)
        });
        println!("QUIPU_SEED={seed}");
        Chance(seed)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

fn seconds(otherwise: f64) -> Duration {
    let given = std::env::var("QUIPU_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok());
    Duration::from_secs_f64(given.unwrap_or(otherwise))
}

/// Pieces that mean something to the decoders.
const WORDS: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "&",
    "&lt;",
    "&#0;",
    "&#x110000;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?",
    "?>",
    "<!DOCTYPE a [",
    "\"",
    "'",
    "=",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "é",
    "😀",
    " ",
    "\r\n",
    "NaN",
    "1e308",
    "-",
    "9999999999999999999",
    "current()/..",
    "../..",
    "/data",
    "[",
    "]",
    "(",
    ")",
    "${",
    "}",
    "randomize(",
    "instance('a')",
    "jr:itext('x')",
    "jr:template=\"\"",
    "<meta>",
    "</meta>",
    "<entity dataset=\"x\"/>",
    "count(",
    "position(..)",
    "true()",
    "2020-02-30",
    "jr:count=\"/data/n\"",
    "relevant=\"",
    "calculate=\"",
    "constraint=\"",
    "<repeat nodeset=\"/data\">",
    "nodeset=\"/data/a\"",
];

/// Damages a text: bytes, words, and stretches of it taken out, doubled or moved.
fn damage(text: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=chance.below(6) {
        let at = chance.below(bytes.len());
        let most = if chance.below(4) == 0 { bytes.len() } else { 40 };
        let len = chance.below(most).min(bytes.len() - at);
        match chance.below(6) {
            0 if at < bytes.len() => bytes[at] = chance.below(256) as u8,
            1 => drop(bytes.drain(at..at + len)),
            2 if bytes.len() < 400_000 => {
                let part = bytes[at..at + len].to_vec();
                let to = chance.below(bytes.len());
                bytes.splice(to..to, part);
            }
            3 => bytes.truncate(at),
            _ => {
                let word = WORDS[chance.below(WORDS.len())].bytes();
                bytes.splice(at..at, word);
            }
        }
    }
    bytes
}

fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The smaller XForms of the fixtures.
fn xforms() -> Vec<String> {
    let files = std::fs::read_dir(root("fixtures/forms")).unwrap().map(|e| e.unwrap().path());
    let xml = files.filter(|p| p.extension().is_some_and(|e| e == "xml")).map(|p| std::fs::read_to_string(p).unwrap());
    xml.filter(|text| text.len() < 30_000).collect()
}

/// Runs until the time is over; fails when one run takes unreasonably long.
fn run(time: Duration, mut once: impl FnMut()) -> u64 {
    let started = Instant::now();
    let mut count = 0;
    while started.elapsed() < time {
        let before = Instant::now();
        once();
        count += 1;
        let took = before.elapsed();
        assert!(took < Duration::from_secs(10), "one run took {took:?}");
    }
    count
}

#[test]
fn damaged_xforms_give_diagnostics_and_forms_that_can_be_filled() {
    let (mut chance, all) = (Chance::seeded(), xforms());
    assert!(all.len() > 10);
    let (mut read, mut sound) = (0, 0);
    let count = run(seconds(3.0), || {
        let text = damage(&all[chance.below(all.len())], &mut chance);
        let (form, diagnostics) = xform::read(&text);
        assert!(form.is_some() || !diagnostics.is_empty());
        sound += u32::from(forms::is_sound(&diagnostics));
        if let Some(form) = form {
            read += 1;
            let form = Arc::new(form);
            let again = Form::from_bytes(&form.to_bytes()).unwrap();
            assert_eq!(again.definition(), form.definition());
            let instance = forms::Instance::new(form.clone(), &Inputs::default());
            let written = submission::write(&instance, &Meta::default());
            if let Err(fault) = submission::read(&form, written.as_bytes(), &Inputs::default()) {
                assert!(
                    matches!(fault.code, "xml/too-deep" | "xml/unknown-entity" | "xml/not-well-formed"),
                    "{fault}\n{written}"
                );
            }
        }
    });
    println!("{count} XForms, {read} of them read, {sound} without a mistake");
    assert!(read > 0 && sound > 0);
}

#[test]
fn damaged_submissions_are_read_or_refused_and_both_doors_agree() {
    let mut chance = Chance::seeded();
    let (book, _) = workbook::from_markdown(&std::fs::read_to_string(root("forms/cn2020_short.md")).unwrap());
    let form = Arc::new(compile(&book).0.unwrap());
    let written: Vec<String> = (0..20)
        .map(|seed| {
            let meta = Meta { instance_id: Some(format!("uuid:{seed}")), ..Meta::default() };
            submission::write(&generate(&form, seed, &Mix::default()), &meta)
        })
        .collect();
    let mut read = 0;
    let count = run(seconds(3.0), || {
        let text = damage(&written[chance.below(written.len())], &mut chance);
        let checked = submission::check(&form, &text, &Inputs::default());
        match (submission::read(&form, &text, &Inputs::default()), checked) {
            (Ok(received), Ok((checked, faults))) => {
                read += 1;
                assert_eq!((&received.findings, &received.faults), (&checked.findings, &faults));
                let again = submission::read(&form, received.write().as_bytes(), &Inputs::default());
                assert!(again.is_ok(), "{}\n{}\n{}", again.unwrap_err(), received.source(), received.write());
                let answers = received.instance.to_answers();
                form.check(&answers).unwrap();
            }
            (Err(a), Err(b)) => assert_eq!(a, b),
            (a, b) => panic!("{:?} {:?}", a.err(), b.err()),
        }
    });
    println!("{count} submissions, {read} of them read");
    assert!(read > 0);
}

#[test]
fn bombs_are_refused_before_they_cost_anything() {
    let laughs: String = (1..30).map(|i| format!("<!ENTITY l{i} \"&l{0};&l{0};&l{0};\">", i - 1)).collect();
    let bomb = format!("<!DOCTYPE d [<!ENTITY l0 \"ha\">{laughs}]><h:html><h:head>&l29;</h:head></h:html>");
    let deep = format!("<h:html>{}", "<a>".repeat(5_000_000));
    let deep_instance = format!(
        "<h:html><h:head><model><instance><data id='d'>{}{}</data></instance></model></h:head><h:body/></h:html>",
        "<a>".repeat(60),
        "</a>".repeat(60)
    );
    let calls = format!(
        "<h:html><h:head><model><instance><data id='d'><a/></data></instance><bind nodeset='/data/a' calculate='{}'/></model></h:head></h:html>",
        "(".repeat(500_000)
    );
    let regex = "<h:html><h:head><model><instance><data id='d'><a/></data></instance><bind nodeset='/data/a' \
        constraint='regex(., \"((((a{1,100}){1,100}){1,100}){1,100}){1,100}\")'/></model></h:head></h:html>";
    let attributes = format!("<h:html {}/>", "a='1' ".repeat(500_000));
    for (text, code) in [
        (bomb.as_str(), "xml/doctype"),
        (&deep, "xml/too-deep"),
        (&deep_instance, "form/too-large"),
        (&calls, "form/bad-expression"),
        (regex, "form/bad-expression"),
        (&attributes, "xform/no-model"),
    ] {
        let started = Instant::now();
        let (_, diagnostics) = xform::read(text.as_bytes());
        assert!(diagnostics.iter().any(|d| d.code == code), "{code}: {diagnostics:?}");
        assert!(started.elapsed() < Duration::from_secs(2), "{code} took {:?}", started.elapsed());
    }
}
