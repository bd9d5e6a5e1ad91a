//! `quipu cell …`

use std::process::ExitCode;

use api::cells::{List, Standing};
use api::counts::Counts;
use types::CellId;

use crate::cell::{self, Client, Import, Member, Subtree};
use crate::cli::{Cell, Data};
use crate::config;
use crate::error::{Error, Result};
use crate::office::open_place;
use crate::output::number;
use crate::place::AREA_PACK;
use crate::server::runtime;

pub fn run(command: &Cell) -> Result<ExitCode> {
    match command {
        Cell::Root { data } => root(data)?,
        Cell::Join { data, number, area, root, address } => join(data, CellId(*number), area, root, address)?,
        Cell::Show { root } => return show(root),
    }
    Ok(ExitCode::SUCCESS)
}

fn root(data: &Data) -> Result<()> {
    begin(data, &Member::root())?;
    println!("`{0}` is the root cell of a new census\nnext: quipu area import --data {0} PACK", data.data.display());
    Ok(())
}

fn join(data: &Data, number: CellId, code: &str, root: &str, address: &str) -> Result<()> {
    let (root, address) = (cell::address(root)?, cell::address(address)?);
    let client = Client::new(&config::cell()?)?;
    let runtime = runtime()?;
    let area = runtime.block_on(client.area(&root, code))?;
    let member = Member { number, subtree: Some(Subtree { area, root: root.clone(), address }) };
    begin(data, &member)?;
    let node = open_place(&data.place()?)?;
    if node.must_own().is_err() {
        println!("another node owns cell {number}; this one follows it: quipu serve --data {}", data.data.display());
        return Ok(node.stop()?);
    }
    if let Some(import) = Import::new(&member, &client, &node) {
        let next = runtime.block_on(cell::take_over(import))?;
        println!("cell {number} has taken over what is national, up to offset {} of {root}", self::number(next));
    }
    let pack = data.data.join(AREA_PACK);
    if let (false, Some(bytes)) = (pack.exists(), runtime.block_on(client.pack(&root))?) {
        std::fs::write(&pack, &bytes).map_err(Error::file(&pack))?;
        if let Some(files) = node.files() {
            files.keep(AREA_PACK, &bytes).map_err(node::Error::from)?;
        }
    }
    println!("next: quipu lease assign --data {} --auto", data.data.display());
    Ok(node.stop()?)
}

/// Says in a new data folder which cell it has. Saying the same again goes on where it was left.
fn begin(data: &Data, member: &Member) -> Result<()> {
    let place = data.place()?;
    match place.member() {
        Some(before) if before == member => Ok(()),
        Some(before) => {
            let what =
                format!("`{}` is cell {} already, for ever; use a new folder", place.folder.display(), before.number);
            Err(Error::Refused(what))
        }
        None if place.folder.join("journal").is_dir() => {
            let what = format!("`{}` has a census of one cell; use a new folder", place.folder.display());
            Err(Error::Refused(what))
        }
        None => member.write(&place.folder),
    }
}

fn show(root: &str) -> Result<ExitCode> {
    let root = cell::address(root)?;
    let client = Client::new(&config::cell()?)?;
    let (List { cells, without }, standings) = runtime()?.block_on(async {
        let list = client.cells(&root).await?;
        let mut standings = vec![client.standing(&root).await?];
        for listed in &list.cells {
            standings.push(client.standing(&listed.asks.address).await?);
        }
        Ok::<_, Error>((list, standings))
    })?;
    let census = standings[0].census;
    for (listed, standing) in cells.iter().zip(&standings[1..]) {
        if standing.cell != listed.asks.cell || standing.census != census {
            let what = format!(
                "{} is cell {} of census {}, not cell {} of census {census}",
                listed.asks.address, standing.cell, standing.census, listed.asks.cell
            );
            return Err(Error::Refused(what));
        }
    }
    println!("Cell  Area          Offset          Taken over      Households      Persons");
    standings.iter().for_each(line);
    println!("\nAll of them, at these offsets:");
    let mut all = Counts::default();
    standings.iter().for_each(|standing| all.add(&standing.counts));
    for (name, count) in all.named().filter(|(_, count)| *count > 0) {
        println!("  {name:<28} {:>14}", number(count));
    }
    if without.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "\nNo cell has asked the root cell since its start for: {}. They are not in these counts.",
        without.join(", ")
    );
    Ok(ExitCode::FAILURE)
}

fn line(standing: &Standing) {
    let count = |name| number(standing.counts.get(name));
    let imported = standing.imported.map_or_else(|| "-".to_owned(), |offset| number(offset + 1));
    let area = if standing.cell == node::ROOT { "(root)" } else { &standing.area };
    println!(
        "{:<5} {area:<13} {:<15} {imported:<15} {:<15} {}",
        standing.cell,
        number(standing.next_offset),
        count("households"),
        count("persons"),
    );
}
