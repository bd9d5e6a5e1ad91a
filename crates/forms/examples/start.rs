//! How long is it from the bytes of a compiled form to its first question?
//!
//! `cargo run --release -p forms --example start [toy]`. What a phone does when an interview opens, for the long
//! household form of the fixtures: decode and compile, make an empty instance, draw the first screen. Medians in µs.

use std::sync::Arc;
use std::time::Instant;

use forms::interview::Interview;
use forms::{Form, Inputs, compile, workbook};

fn main() {
    let rounds = if std::env::args().any(|a| a == "toy") { 3 } else { 301 };
    let (book, _) = workbook::from_markdown(include_str!("../../../fixtures/forms/077-long-household.md"));
    let (Some(form), _) = compile(&book) else { return eprintln!("the long form does not compile") };
    let bytes = form.to_bytes();
    let items = form.definition().items.len();
    let mut took: [Vec<f64>; 3] = Default::default();
    let mut first = String::new();
    for _ in 0..rounds {
        let started = Instant::now();
        let Ok(form) = Form::from_bytes(&bytes) else { return eprintln!("the long form cannot be read back") };
        took[0].push(started.elapsed().as_secs_f64() * 1e6);
        let started = Instant::now();
        let mut interview = Interview::new(Arc::new(form), &Inputs::default(), 0);
        took[1].push(started.elapsed().as_secs_f64() * 1e6);
        let started = Instant::now();
        first = interview.screen().id;
        took[2].push(started.elapsed().as_secs_f64() * 1e6);
    }
    let [decode, open, draw] = took.map(|mut all| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    });
    let kilobytes = bytes.len() / 1_000;
    println!(
        "{items} items, {kilobytes} kB: decode and compile {decode:.0} µs, open {open:.0} µs, draw `{first}` {draw:.0} µs"
    );
}
