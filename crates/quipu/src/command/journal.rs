//! `quipu journal …`

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use event::sign::PrivateKey;

use crate::cli::Journal;
use crate::error::{Error, Result};
use crate::output::{number, progress};
use crate::server;

pub fn run(command: &Journal) -> Result<ExitCode> {
    match command {
        Journal::Verify { data } => verify(&data.data),
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

fn verify(data: &Path) -> Result<ExitCode> {
    let keys = keys(data);
    let start = Instant::now();
    let bar = progress("verifying", 0);
    let report = journal::disk::verify::verify(&data.join("journal"), &keys, &|progress| {
        bar.set_length(progress.segments_total as u64);
        bar.set_position(progress.segments as u64);
    })?;
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "whole: {} events in {} frames and {} segments, {} bytes, in {seconds:.1} s ({} events a minute)",
        number(report.records),
        number(report.frames),
        report.segments,
        number(report.bytes),
        number((report.records as f64 / seconds.max(1e-6) * 60.0) as u64),
    );
    println!("signatures {}", if report.signatures { "checked" } else { "not checked: no key here" });
    if let Some(cut) = report.unfinished {
        println!(
            "the last frame was cut short by a crash at byte {} of {}; it was never acknowledged",
            cut.at_bytes,
            cut.path.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}
