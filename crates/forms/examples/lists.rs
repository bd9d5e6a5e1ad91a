//! Does a question on a list of 100,000 areas take longer than one on a list of 1,000?
//!
//! `cargo run --release -p forms --example lists [toy]`. Three hundred districts and their areas: choose a district, draw
//! the screen of its areas, choose one by its code, and look up two of its columns. The mean of each in µs, and how many
//! times as long it is as on the smallest list; a district has as many areas on every list.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use forms::interview::Interview;
use forms::{Inputs, Value, compile, workbook};

const PER_DISTRICT: usize = 10;

fn form(areas: usize) -> Option<Arc<forms::Form>> {
    let mut out = String::from(
        "| type | name | label | choice_filter | calculation |\n\
         | text | district | D | | |\n\
         | select_one area | area | A | district = ${district} | |\n\
         | calculate | people | | | instance('area')/root/item[name = ${area}]/people |\n\
         | calculate | first | | | instance('area')/root/item[district = ${district} and people > 3]/name |\n\n\
         # choices\n| list_name | name | label | district | people |\n",
    );
    for i in 0..areas {
        let _ = writeln!(out, "| area | 11{i:010} | Area {i} | 11{:06} | {} |", i / PER_DISTRICT, i % 7);
    }
    let (form, mistakes) = compile(&workbook::from_markdown(&out).0);
    mistakes.iter().for_each(|m| eprintln!("{m}"));
    form.map(Arc::new)
}

fn main() {
    let toy = std::env::args().any(|a| a == "toy");
    let mut smallest: Option<[f64; 3]> = None;
    for areas in if toy { [100, 200, 300] } else { [1_000, 10_000, 100_000] } {
        let Some(form) = form(areas) else { return eprintln!("the form does not compile") };
        let mut interview = Interview::new(form, &Inputs::default(), 0);
        let rounds = if toy { 3 } else { 500 };
        let (mut took, mut drawn) = ([0.0; 3], 0);
        for round in 0..=rounds {
            let area = round * 7_919 % areas;
            let mut instance = interview.instance().clone();
            let started = Instant::now();
            let _ = instance.set("district", &Value::from(format!("11{:06}", area / PER_DISTRICT).as_str()));
            let district_us = started.elapsed().as_secs_f64() * 1e6;
            let started = Instant::now();
            let _ = instance.set("area", &Value::from(format!("11{area:010}").as_str()));
            let area_us = started.elapsed().as_secs_f64() * 1e6;
            interview = Interview::open(instance, 0);
            interview.goto("area");
            let started = Instant::now();
            drawn += interview.screen().choices.len();
            let draw_us = started.elapsed().as_secs_f64() * 1e6;
            // The first round makes the indexes.
            if round > 0 {
                took = [took[0] + district_us, took[1] + area_us, took[2] + draw_us];
            }
        }
        let mean = took.map(|all| all / rounds as f64);
        let ratio = |i: usize| mean[i] / smallest.unwrap_or(mean)[i];
        let part = |i: usize, name: &str| format!("{name} {:.2} µs ({:.1} times)", mean[i], ratio(i));
        let parts = [part(0, "choose a district"), part(1, "choose an area"), part(2, "draw its areas")];
        println!("{areas} areas: {}; {drawn} drawn", parts.join(", "));
        smallest = smallest.or(Some(mean));
    }
}
