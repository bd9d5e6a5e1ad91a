//! `quipu journal …`

use std::process::ExitCode;
use std::time::Instant;

use event::sign::PrivateKey;

use crate::cli::Journal;
use crate::error::Result;
use crate::output::{number, progress};

pub fn run(command: &Journal) -> Result<ExitCode> {
    let Journal::Verify { data } = command;
    // With the node's key signatures are checked too; a copy of the journal alone is checked without.
    let key = std::fs::read(data.data.join("keys/node.key")).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let keys: Vec<[u8; 32]> = key.iter().map(|secret| PrivateKey::from_bytes(secret).public()).collect();
    let start = Instant::now();
    let bar = progress("verifying", 0);
    let report = journal::disk::verify::verify(&data.data.join("journal"), &keys, &|progress| {
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
