//! `quipu sql`.

use std::process::ExitCode;

use crate::cli::Sql;
use crate::error::{Error, Result};
use crate::{office, server};

pub fn run(sql: &Sql) -> Result<ExitCode> {
    let node = office::open(&sql.data)?;
    let query = server::open_query(&sql.data.data, &node)?;
    query.catch_up(|_, _| {})?;
    let rows = server::runtime()?.block_on(query.sql(&sql.statement)).map_err(|error| match error {
        query::Error::Sql(error) => Error::Refused(format!(
            "{error}\n`quipu sql \"SHOW TABLES\"` lists the tables, `quipu sql \"DESCRIBE area_progress\"` the columns of one"
        )),
        error => Error::Query(error),
    })?;
    println!("{}", query::pretty(&rows)?);
    let lag = query.lag();
    println!("as of offset {}, {} events behind the journal", lag.offset, lag.behind_events);
    node.stop()?;
    Ok(ExitCode::SUCCESS)
}
