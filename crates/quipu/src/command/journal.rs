//! `quipu journal …`

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use event::HeldReceipt;
use event::sign::PrivateKey;
use journal::disk::receipts::Finding;
use journal::disk::verify::verify_receipts;
use types::CellId;

use crate::cli::Journal;
use crate::error::{Error, Result};
use crate::output::{number, progress};
use crate::place::Place;
use crate::server;

pub fn run(command: &Journal) -> Result<ExitCode> {
    match command {
        Journal::Verify { data, receipts, node_key } => verify(&data.place()?, receipts.as_deref(), node_key),
        Journal::Repair { data, from, accept_end } => repair(&data.data, from, *accept_end),
    }
}

/// The public key of a data folder's node, if it is there: with it signatures are checked too; a copy of the journal alone
/// is checked without.
pub fn keys(data: &Path) -> Vec<[u8; 32]> {
    let key = std::fs::read(data.join("keys/node.key")).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    key.iter().map(|secret| PrivateKey::from_bytes(secret).public()).collect()
}

fn repair(data: &Path, from: &Path, accept_end: bool) -> Result<ExitCode> {
    let inner = from.join("journal");
    let mut journal = if inner.is_dir() { inner } else { from.to_owned() };
    // A backup is put together beside the journal first.
    let scratch = data.join("repair.tmp");
    let target = ::backup::Target::open(&from.to_string_lossy())?;
    let runtime = server::runtime()?;
    if !runtime.block_on(target.ends())?.is_empty() {
        runtime.block_on(::backup::restore(&target, &scratch, ::backup::Until::End, &|_, _| ()))?;
        journal = scratch.join("journal");
    }
    let repaired = journal::disk::repair::repair(&data.join("journal"), &journal, &keys(data), accept_end);
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch).map_err(Error::file(&scratch))?;
    }
    let repaired = repaired?;
    for rebuilt in &repaired.rebuilt {
        println!(
            "mended {}: {} frames kept, {} taken from {}",
            rebuilt.path.display(),
            number(rebuilt.kept as u64),
            number(rebuilt.from_other as u64),
            from.display()
        );
        if rebuilt.end_unknown {
            println!(
                "warning: nothing here says where the journal ended; it now ends at {}. Have phones sync before they \
                 are wiped: what is missing comes again from those that hold it",
                number(repaired.report.records)
            );
        }
    }
    if repaired.rebuilt.is_empty() {
        println!("nothing is damaged");
    }
    println!("whole: {} events", number(repaired.report.records));
    Ok(ExitCode::SUCCESS)
}

fn verify(place: &Place, receipts: Option<&Path>, more_keys: &[String]) -> Result<ExitCode> {
    let data = &place.folder;
    let mut keys = keys(data);
    for key in more_keys {
        keys.push(public_key(key)?);
    }
    let held = receipts.map(held).transpose()?.unwrap_or_default();
    if let Some(database) = place.database() {
        verify_rows(database, place.options().cell, &keys)?;
        // A machine that only looks after the database has no copy.
        if !data.join("journal").is_dir() {
            return Ok(ExitCode::SUCCESS);
        }
    }
    let start = Instant::now();
    let bar = progress("verifying", 0);
    let (report, findings) = verify_receipts(&data.join("journal"), &keys, &held, &|progress| {
        bar.set_length(progress.segments_total as u64);
        bar.set_position(progress.segments as u64);
    })?;
    bar.finish_and_clear();
    let minutes = start.elapsed().as_secs_f64().max(1e-6) / 60.0;
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get()).min(report.segments.max(1));
    println!(
        "whole: {} events in {} frames and {} segments, {} bytes, in {:.1} s ({} events a minute and core)",
        number(report.records),
        number(report.frames),
        report.segments,
        number(report.bytes),
        minutes * 60.0,
        number((report.records as f64 / minutes / threads as f64) as u64),
    );
    println!("signatures {}", if report.signatures { "checked" } else { "not checked: no key here" });
    if let Some(cut) = report.unfinished {
        println!(
            "the last frame was cut short by a crash at byte {} of {}; it was never acknowledged",
            cut.at_bytes,
            cut.path.display()
        );
    }
    Ok(if receipts.is_none() || tell(&held, &findings) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints what became of every receipt; whether all were proved or stand elsewhere.
fn tell(held: &[HeldReceipt], findings: &[Finding]) -> bool {
    let (mut proved, mut elsewhere, mut missing, mut unproved) = (0, 0, 0, 0);
    for (held, finding) in held.iter().zip(findings) {
        let operation = held.operation;
        match finding {
            Finding::Proved { .. } => proved += 1,
            Finding::Elsewhere { .. } => elsewhere += 1,
            Finding::Missing { offset } => {
                missing += 1;
                println!("missing: operation {operation}, acknowledged at offset {offset}");
            }
            Finding::Unproved { why } => {
                unproved += 1;
                println!("not a receipt of this office: operation {operation}: {why}");
            }
        }
    }
    println!(
        "receipts: {} proved, {} taken in under another receipt, {} missing, {} not to be proved",
        number(proved),
        number(elsewhere),
        number(missing),
        number(unproved)
    );
    missing + unproved == 0
}

/// The receipts of a file, one a line; empty lines are passed over.
fn held(path: &Path) -> Result<Vec<HeldReceipt>> {
    let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(at, line): (usize, &str)| {
        let refused = |error| Error::Refused(format!("{}:{}: {error}", path.display(), at + 1));
        line.parse().map_err(refused)
    };
    lines.map(read).collect()
}

fn public_key(text: &str) -> Result<[u8; 32]> {
    let digit = |at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(digit).collect();
    let wrong = || Error::Refused(format!("`{text}` is no public key: 64 hexadecimal digits"));
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)
}

/// The rows in PostgreSQL, while the nodes work.
fn verify_rows(database: &journal_postgres::Options, cell: CellId, keys: &[[u8; 32]]) -> Result<()> {
    let bar = progress("verifying rows", 0);
    let report = journal_postgres::verify(database, cell, keys, &mut |done, end| {
        bar.set_length(end);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    println!(
        "whole in PostgreSQL: {} events in {} rows, {} bytes; signatures {}",
        number(report.records),
        number(report.frames),
        number(report.bytes),
        if report.signatures { "checked" } else { "not checked: no key here" }
    );
    Ok(())
}
