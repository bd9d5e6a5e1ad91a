//! How long does the server's door take for one three-person household of the short form, and how many bytes is it?
//!
//! `cargo run -p forms --example validate_household [households] [rounds] [persons]`. Prints the least time of the rounds, which
//! is what the code costs, and a hash of what was found, so that two runs can be compared.

use std::sync::Arc;
use std::time::Instant;

use forms::generator::{Mix, generate};

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|a| a.parse::<usize>().ok());
    let (households, rounds) = (args.next().unwrap_or(1_000), args.next().unwrap_or(40));
    let persons = args.next().unwrap_or(3);
    let source = include_str!("../../../forms/cn2020_short.md");
    let (book, _) = forms::workbook::from_markdown(source);
    let (form, _) = forms::compile(&book);
    let Some(form) = form.map(Arc::new) else { return eprintln!("the short form does not compile") };

    let started = Instant::now();
    let mix = Mix { persons: Some(persons as u32), ..Mix::default() };
    let split: Vec<_> = (0..households).map(|i| generate(&form, i as u64, &mix).split_identifiers()).collect();
    let generated_us = started.elapsed().as_secs_f64() * 1e6 / households as f64;

    let mut least = f64::INFINITY;
    let mut hash = 0u64;
    let mut clean = 0;
    for _ in 0..rounds {
        let started = Instant::now();
        (hash, clean) = (0, 0);
        for s in &split {
            let Ok(checked) = form.check(&s.answers) else {
                return eprintln!("answers that were just written are damaged");
            };
            clean += usize::from(checked.findings.is_empty());
            hash = hash.wrapping_mul(31).wrapping_add(checked.facts.iter().map(|f| *f as u64).sum());
        }
        least = least.min(started.elapsed().as_secs_f64() * 1e6 / households as f64);
    }
    let mean = |bytes: usize| bytes as f64 / households as f64;
    println!("validate_household: {least:.2} µs a household of {persons} persons (least of {rounds} rounds)");
    println!("bytes a household: {:.0} answers", mean(split.iter().map(|s| s.answers.len()).sum()));
    println!("                   {:.0} identifiers", mean(split.iter().map(|s| s.identifiers.len()).sum()));
    println!("generate_household: {generated_us:.1} µs, split included");
    println!("clean: {clean} of {households}; hash {hash:016x}");
}
