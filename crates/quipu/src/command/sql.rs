//! `quipu sql`.

use std::process::ExitCode;

use crate::cell::tables;
use crate::cli::Sql;
use crate::error::{Error, Result};
use crate::{office, server};

pub fn run(sql: &Sql) -> Result<ExitCode> {
    let node = office::open(&sql.data)?;
    let place = sql.data.place()?;
    if let Some(national) = tables::open(&place.folder, place.member(), &node)? {
        let rows = server::runtime()?.block_on(national.sql(&sql.statement)).map_err(wrong)?;
        println!("{}", query::pretty(&rows)?);
        match national.offsets().as_slice() {
            [] => println!("no cell's tables have been copied yet: the root cell's server copies them while it runs"),
            cells => cells.iter().for_each(|(cell, offset)| println!("cell {cell} as of offset {offset}")),
        }
        node.stop()?;
        return Ok(ExitCode::SUCCESS);
    }
    let query = server::open_query(&sql.data.data, &node)?;
    query.catch_up(|_, _| {})?;
    let rows = server::runtime()?.block_on(query.sql(&sql.statement)).map_err(wrong)?;
    println!("{}", query::pretty(&rows)?);
    let lag = query.lag();
    println!("as of offset {}, {} events behind the journal", lag.offset, lag.behind_events);
    node.stop()?;
    Ok(ExitCode::SUCCESS)
}

fn wrong(error: query::Error) -> Error {
    match error {
        query::Error::Sql(error) => Error::Refused(format!(
            "{error}\n`quipu sql \"SHOW TABLES\"` lists the tables, `quipu sql \"DESCRIBE area_progress\"` the columns of one"
        )),
        error => Error::Query(error),
    }
}
