//! What comes from outside, damaged by chance: nothing panics, hangs or grows beyond its bounds.
//!
//! `QUIPU_FUZZ_SECONDS=1800 cargo test --release -p forms --test fuzz` runs longer (seconds of processor
//! time a test); `QUIPU_SEED` repeats a run.

mod answers;
mod bombs;
mod expressions;
mod submissions;
mod workbooks;
mod xforms;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use forms::{Form, compile, workbook};

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
    "<meta><entity dataset=\"x\" id=\"\" create=\"1\"><label/></entity></meta>",
    "/@id",
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
fn damage(text: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = text.to_vec();
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

/// Time this thread has had on a processor, so that a busy machine neither shortens a run nor makes one look slow. Time on
/// the clock where the system does not tell.
fn processor_time(started: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| started.elapsed(), Duration::from_nanos)
}

/// Runs until the time is over; fails when one run takes unreasonably long.
fn run(time: Duration, mut once: impl FnMut()) -> u64 {
    let clock = Instant::now();
    let started = processor_time(clock);
    let (mut count, mut now) = (0, started);
    while now - started < time {
        let before = now;
        once();
        count += 1;
        now = processor_time(clock);
        assert!(now - before < Duration::from_secs(10), "one run took {:?}", now - before);
    }
    count
}

/// A shipped questionnaire.
fn shipped(name: &str) -> Arc<Form> {
    let text = std::fs::read_to_string(root("forms").join(name)).unwrap();
    Arc::new(compile(&workbook::from_markdown(&text).0).0.unwrap())
}
