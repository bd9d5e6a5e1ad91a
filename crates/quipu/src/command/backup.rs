//! `quipu backup …` and `quipu restore`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use backup::{Target, Until};
use types::Time;

use crate::cli::{Backup, Data, Restore};
use crate::error::{Error, Result};
use crate::output::{number, progress};
use crate::{office, server};

pub fn run(command: &Backup) -> Result<ExitCode> {
    match command {
        Backup::Take { data, to } => take(data, to),
        Backup::Keys { data, to } => {
            let copied = backup::keys::copy(&data.data.join("keys"), to)?;
            println!("{} new keys, {} destroyed", number(copied.keys as u64), number(copied.destroyed as u64));
            Ok(ExitCode::SUCCESS)
        }
        Backup::Drill { data, from, scratch } => drill(data, from, scratch),
        Backup::List { from } => list(from),
    }
}

fn take(data: &Data, to: &str) -> Result<ExitCode> {
    office::begun(&data.place()?)?;
    let data = &data.data;
    let target = Target::create(to)?;
    let bar = progress("backing up", 0);
    let taken = server::runtime()?.block_on(backup::take(data, &target, &|done, count| {
        bar.set_length(count as u64);
        bar.set_position(done as u64);
    }))?;
    bar.finish_and_clear();
    println!(
        "backed up to offset {}: {} new bytes, {} new photos",
        number(taken.manifest.end),
        number(taken.bytes),
        number(taken.blobs as u64)
    );
    Ok(ExitCode::SUCCESS)
}

fn list(from: &str) -> Result<ExitCode> {
    let target = Target::open(from)?;
    server::runtime()?.block_on(async {
        for end in target.ends().await? {
            let manifest = target.manifest(end).await?;
            println!("{}  up to offset {}", Time(manifest.time_us), number(end));
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn drill(data: &Data, from: &str, scratch: &Path) -> Result<ExitCode> {
    office::begun(&data.place()?)?;
    let data = &data.data;
    let target = Target::open(from)?;
    let bar = progress("restoring into the scratch folder", 0);
    let drilled = server::runtime()?.block_on(backup::drill(&target, data, scratch, &|done, count| {
        bar.set_length(count as u64);
        bar.set_position(done as u64);
    }))?;
    bar.finish_and_clear();
    std::fs::remove_dir_all(scratch).map_err(Error::file(scratch))?;
    let end = drilled.restored.report.records;
    println!("whole: {} events and {} photos restored", number(end), number(drilled.restored.blobs as u64));
    match drilled.checkpoint {
        Some(offset) => println!(
            "equal: the restored journal gives the store of the running server at offset {} (its checkpoint at {})",
            number(end),
            number(offset)
        ),
        None => println!("the server has no checkpoint the backup reaches yet; the journals are equal"),
    }
    Ok(ExitCode::SUCCESS)
}

pub fn restore(restore: &Restore) -> Result<ExitCode> {
    let until = match (restore.offset, &restore.until) {
        (Some(offset), _) => Until::Offset(offset),
        (None, Some(time)) => Until::Time(
            backup::time(time)
                .ok_or_else(|| Error::Refused(format!("`{time}` is no time; write it as 2020-11-07T18:00:00Z")))?,
        ),
        (None, None) => Until::End,
    };
    let target = Target::open(&restore.from)?;
    let bar = progress("restoring", 0);
    let restored = server::runtime()?.block_on(backup::restore(&target, &restore.data, until, &|done, count| {
        bar.set_length(count as u64);
        bar.set_position(done as u64);
    }))?;
    bar.finish_and_clear();
    let keys: PathBuf = restore.data.join("keys");
    match &restore.keys {
        Some(from) => drop(backup::keys::copy(from, &keys)?),
        None => println!("no keys were given: put a copy of them into `{}` before the server starts", keys.display()),
    }
    println!(
        "restored {} events and {} photos; the backup ends at offset {}",
        number(restored.report.records),
        number(restored.blobs as u64),
        number(restored.backup_end)
    );
    Ok(ExitCode::SUCCESS)
}
