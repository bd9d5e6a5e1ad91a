//! How long does the server's door take for one three-person household of the short form that comes as ODK XML, and how
//! many bytes is it?
//!
//! `cargo run -p forms --example validate_xml [households] [rounds]`. Prints the least time of the rounds for decoding,
//! loading and checking, beside the same households in the native encoding, and a hash of what was found.

use std::sync::Arc;
use std::time::Instant;

use forms::generator::{Mix, generate};
use forms::xform::submission::{self, Meta};
use forms::{Inputs, compile, workbook};

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|a| a.parse::<usize>().ok());
    let (households, rounds) = (args.next().unwrap_or(1_000), args.next().unwrap_or(40));
    let (book, _) = workbook::from_markdown(include_str!("../../../forms/cn2020_short.md"));
    let Some(form) = compile(&book).0.map(Arc::new) else { return eprintln!("the short form does not compile") };

    let mix = Mix { persons: Some(3), ..Mix::default() };
    let filled: Vec<_> = (0..households).map(|i| generate(&form, i as u64, &mix)).collect();
    let native: Vec<_> = filled.iter().map(|i| i.to_answers()).collect();
    let xml: Vec<_> = filled
        .iter()
        .enumerate()
        .map(|(i, instance)| {
            let instance_id = Some(format!("uuid:00000000-0000-4000-8000-{i:012}"));
            submission::write(instance, &Meta { instance_id, ..Meta::default() })
        })
        .collect();

    let inputs = Inputs::default();
    let (mut least, mut least_native) = (f64::INFINITY, f64::INFINITY);
    let (mut hash, mut clean) = (0u64, 0);
    for _ in 0..rounds {
        let started = Instant::now();
        (hash, clean) = (0, 0);
        for text in &xml {
            match submission::check(&form, text.as_bytes(), &inputs) {
                Ok((checked, faults)) => {
                    clean += usize::from(checked.findings.is_empty() && faults.is_empty());
                    hash = hash.wrapping_mul(31).wrapping_add(checked.facts.iter().map(|f| *f as u64).sum());
                }
                Err(fault) => return eprintln!("{fault}\n{text}"),
            }
        }
        least = least.min(started.elapsed().as_secs_f64() * 1e6 / households as f64);
        let started = Instant::now();
        for answers in &native {
            if form.check(answers).is_err() {
                return eprintln!("answers that were just written are damaged");
            }
        }
        least_native = least_native.min(started.elapsed().as_secs_f64() * 1e6 / households as f64);
    }
    let mean = |bytes: usize| bytes as f64 / households as f64;
    println!(
        "validate_xml: {least:.2} µs a household of 3 persons (least of {rounds} rounds); native {least_native:.2} µs"
    );
    println!("bytes a household: {:.0} XML", mean(xml.iter().map(String::len).sum()));
    println!("                   {:.0} native", mean(native.iter().map(Vec::len).sum()));
    println!("clean: {clean} of {households}; hash {hash:016x}");
}
