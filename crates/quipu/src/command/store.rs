//! `quipu store …`

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use journal::DiskJournal;
use node::Node;
use query::Query;

use crate::cli::{Data, Store};
use crate::error::{Error, Result};
use crate::output::{number, progress};
use crate::{office, server};

pub fn run(command: &Store) -> Result<ExitCode> {
    match command {
        Store::Rebuild { data } => rebuild(data),
        Store::Verify { data } => verify(data),
    }
}

fn rebuild(data: &Data) -> Result<ExitCode> {
    let place = data.place()?;
    let start = Instant::now();
    office::begun(&place)?;
    let (folder, cell) = (place.folder.join("journal"), place.options().cell);
    // The lock on the journal keeps a running server's files safe. The cell itself may not open: its store may be ahead.
    if folder.is_dir() {
        drop(server::unused(&place.folder, DiskJournal::open(&folder, cell, Default::default()))?);
    }
    for folder in ["store", "query"] {
        remove(&place.folder.join(folder))?;
    }
    let node = server::open_node(&place)?;
    let query = server::open_query(&place.folder, &node)?;
    follow(&query, "rebuilding tables")?;
    let (next, households) = {
        let store = node.store();
        let tops = store.areas().tops();
        (store.next_offset(), tops.iter().map(|top| store.progress(*top).households).sum::<u64>())
    };
    node.stop()?;
    println!(
        "rebuilt from {} events in {:.1} s: {} households",
        number(next),
        start.elapsed().as_secs_f64(),
        number(households)
    );
    Ok(ExitCode::SUCCESS)
}

fn verify(data: &Data) -> Result<ExitCode> {
    let start = Instant::now();
    let node = office::open(data)?;
    let data = &data.data;
    let mut replayed = store::Store::new();
    let bar = progress("replaying the journal", 0);
    replayed.replay(node.reader(), &mut |done, end| {
        bar.set_length(end);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let same_store = replayed.digest() == node.store().digest();
    let events = replayed.next_offset();
    drop(replayed);
    println!("store: {}", if same_store { "what a replay of the journal gives" } else { "DIFFERS from a replay" });

    let scratch = data.join("query.verify");
    remove(&scratch)?;
    let tables = same_tables(&data.join("query"), &scratch, &node);
    remove(&scratch)?;
    let tables = tables?;
    node.stop()?;
    match &tables {
        Ok(files) => println!("query tables: what a replay of the journal gives, {files} files whole"),
        Err(why) => println!("query tables: DIFFER: {why}"),
    }
    println!("{} events in {:.1} s", number(events), start.elapsed().as_secs_f64());
    if same_store && tables.is_ok() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("rebuild both: quipu store rebuild --data {}", data.display());
    Ok(ExitCode::FAILURE)
}

/// Compares the tables in `folder` with those made anew in `scratch`: how many files were read, or why they differ.
fn same_tables(folder: &Path, scratch: &Path, node: &Arc<Node>) -> Result<std::result::Result<usize, String>> {
    let opened = server::query_in(folder, node).and_then(|query| Ok((query.verify()?, query)));
    let (files, query) = match opened {
        Ok(opened) => opened,
        Err(error) if error.rebuilds() => return Ok(Err(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    follow(&query, "following the journal")?;
    let anew = server::query_in(scratch, node)?;
    follow(&anew, "making the tables anew")?;
    let runtime = server::runtime()?;
    let bar = progress("comparing rows", 0);
    let digest = |query: &Query| runtime.block_on(query.digest(|table| bar.set_message(table.to_owned())));
    let same = digest(&query)? == digest(&anew)?;
    bar.finish_and_clear();
    Ok(if same { Ok(files) } else { Err("other rows than a replay of the journal gives".to_owned()) })
}

fn follow(query: &Query, what: &'static str) -> Result<()> {
    let bar = progress(what, 0);
    query.catch_up(|done, end| {
        bar.set_length(end);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(folder)(error)),
        _ => Ok(()),
    }
}
