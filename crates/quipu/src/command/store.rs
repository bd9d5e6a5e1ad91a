//! `quipu store …`

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::cli::Store;
use crate::error::{Error, Result};
use crate::output::{number, progress};
use crate::{office, server};

pub fn run(command: &Store) -> Result<ExitCode> {
    let Store::Rebuild { data } = command;
    let data = &data.data;
    let start = Instant::now();
    // The lock on the journal keeps a running server's files safe: open it first.
    let node = office::open(data)?;
    node.stop()?;
    drop(node);
    for folder in ["store", "query"] {
        remove(&data.join(folder))?;
    }
    let node = server::open_node(data)?;
    let query = server::open_query(data, &node)?;
    let bar = progress("rebuilding tables", 0);
    query.catch_up(|done, end| {
        bar.set_length(end);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
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

fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(folder)(error)),
        _ => Ok(()),
    }
}
