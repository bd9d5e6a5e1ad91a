//! What lies in a query folder, and all that SQL says of it.

use std::fs;
use std::path::Path;

use query::Query;
use types::Occupancy;

use super::{EA, World, lines};

/// One more household, each with another fate.
pub fn add(world: &mut World, at: u32) {
    let (ea, number) = (EA + at % 20, 1 + at / 20);
    world.list(ea, number, Occupancy::Occupied, &[number]);
    world.visit(ea, number, number, if at.is_multiple_of(10) { 4 } else { 1 });
    if at.is_multiple_of(10) && number > 1 {
        world.merge(ea, number, number - 1);
    }
    if !at.is_multiple_of(10) {
        let offset = world.submit(ea, number, &[("1", 30), ("2", (at % 90) as i32)]);
        match at % 7 {
            0 => drop(world.send_back(ea, number, offset)),
            1 => drop(world.submit(ea, number, &[("1", 31)])),
            2 => {
                let held = world.submit_held(ea, number, &[("2", 1)]);
                match at % 3 {
                    0 => drop(world.approve(ea, number, held)),
                    1 => drop(world.dismiss(ea, held)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// Everything SQL says, in one text.
pub async fn all(query: &Query) -> String {
    let mut text = String::new();
    for table in [
        "dwelling",
        "household_listed",
        "household_merged",
        "visit",
        "submission",
        "review",
        "household",
        "person",
        "area_progress",
    ] {
        let mut rows = lines(query, &format!("SELECT * FROM {table}")).await;
        assert!(!rows.iter().any(|row| row.starts_with("error")), "{table}: {rows:?}");
        rows.sort();
        text.push_str(&format!("{table}\n{}\n", rows.join("\n")));
    }
    text
}

pub fn parquet_files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for table in fs::read_dir(dir).unwrap().flatten().filter(|e| e.path().is_dir()) {
        files.extend(fs::read_dir(table.path()).unwrap().flatten().map(|e| e.path()));
    }
    files.sort();
    files
}

pub fn manifests(dir: &Path) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(dir).unwrap().flatten().map(|e| e.path());
    files.filter(|path| path.extension().is_some_and(|e| e == "json")).collect()
}
