//! What each cell has counted, for the root cell's console: asked for every second.

use std::sync::Arc;
use std::time::Duration;

use api::cells::{Asks, Cells};

use super::Client;
use crate::error::{Error, Result};

/// A cell that takes longer to say what it has counted is asked again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the cells heard of for ever. What a cell said last stands, with its age, while it says nothing.
pub async fn ask(cells: Arc<Cells>, client: Client) {
    let known = cells.clone();
    let ask = move |asks: Asks| {
        let (client, known) = (client.clone(), known.clone());
        async move { ask_one(&client, &known, asks).await }
    };
    super::for_each_cell(cells, "the counts", ask).await;
}

async fn ask_one(client: &Client, cells: &Cells, Asks { cell, address, .. }: Asks) -> Result<()> {
    let answer = tokio::time::timeout(PATIENCE, client.standing(&address)).await;
    let standing = answer.map_err(|_| Error::Refused(format!("{address} takes too long to answer")))??;
    if standing.cell != cell {
        return Err(Error::Refused(format!("{address} is cell {}, not {cell}", standing.cell)));
    }
    cells.stands(standing);
    Ok(())
}
