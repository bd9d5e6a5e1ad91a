//! A census divided over several servers: which cell a data folder has, and how cells reach each other.
//!
//! `client.rs` asks another cell, `import.rs` takes over what is national while the server runs; `tables.rs` copies tables the
//! other way, and `standings.rs` what has been counted. What they say to each other is in `api::cells`; what is taken over,
//! in `node`.

mod client;
mod import;
pub mod standings;
pub mod tables;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api::cells::{Asks, Cells, Listed};
use figment::Figment;
use figment::providers::{Format, Toml};
use node::{Options, ROOT, Scope};
use serde::Deserialize;
use tokio::task::JoinSet;
use types::{AreaId, CellId};

use crate::config;
use crate::error::{Error, Result};

pub use client::Client;
pub use import::{Import, take_over};

/// The file in a data folder that says which cell it has. Without it, the census has one cell.
const FILE: &str = "cell.toml";

/// Whoever holds a letter of another cell is told where it belongs in this time, or not at all.
const PATIENCE_LETTER: Duration = Duration::from_secs(3);

/// Which cell a data folder has.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The cell's number.
    pub number: CellId,
    /// Of any cell but the root: what else it knows.
    pub subtree: Option<Subtree>,
}

/// A cell that takes in the work of a subtree.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subtree {
    /// The top of the subtree.
    pub area: AreaId,
    /// Where the root cell is.
    pub root: String,
    /// Where phones, browsers and other cells reach this one.
    pub address: String,
}

impl Member {
    /// The root cell.
    pub fn root() -> Member {
        Member { number: ROOT, subtree: None }
    }

    /// What a data folder says; `None` where the census has one cell.
    pub fn read(folder: &Path) -> Result<Option<Member>> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let member: Member = Figment::from(Toml::file_exact(&path)).extract().map_err(Box::new)?;
        if (member.number == ROOT) != member.subtree.is_none() {
            return Err(Error::Refused(format!(
                "`{}` is not whole: cell 0 is the root cell and has no subtree",
                path.display()
            )));
        }
        Ok(Some(member))
    }

    /// Says in a data folder, for ever, which cell it has.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let mut text = format!(
            "# Which cell of the census this is: made by `quipu cell`. The numbers are for ever.\nnumber = {}\n",
            self.number
        );
        if let Some(Subtree { area, root, address }) = &self.subtree {
            text.push_str(&format!("\n[subtree]\narea = {area}\nroot = \"{root}\"\naddress = \"{address}\"\n"));
        }
        std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
        let path = folder.join(FILE);
        std::fs::write(&path, text).map_err(Error::file(&path))
    }

    /// How the cell of this folder is opened.
    pub fn options(member: Option<&Member>, folder: &Path) -> Options {
        let options = Options::new(folder);
        let Some(member) = member else { return options };
        let scope = member.subtree.as_ref().map_or(Scope::Root, |subtree| Scope::Subtree(subtree.area));
        Options { cell: member.number, scope, ..options }
    }
}

/// An address as it stands in front of paths, and in the file.
pub fn address(typed: &str) -> Result<String> {
    let address = typed.trim_end_matches('/');
    let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://127.0.0.1:"));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]/_".contains(c);
    if host.is_none_or(|host| host.is_empty() || !host.chars().all(plain)) {
        let what =
            format!("`{typed}` is no address of a server; write it as https://HOST:PORT (http only to 127.0.0.1)");
        return Err(Error::Refused(what));
    }
    Ok(address.to_owned())
}

/// The root cell asks every cell so often for what is new.
const PAUSE: Duration = Duration::from_secs(1);

/// Does this for ever for each cell heard of, a pause after each time, and each cell on its own: one that is slow or away keeps
/// no other waiting. The first of several failures is in the log.
async fn for_each_cell<W>(cells: Arc<Cells>, what: &'static str, work: impl Fn(Asks) -> W + Clone + Send + 'static)
where
    W: Future<Output = Result<()>> + Send + 'static,
{
    let (mut begun, mut tasks) = (BTreeSet::new(), JoinSet::new());
    loop {
        for Listed { asks: Asks { cell, .. }, .. } in
            cells.listed().into_iter().filter(|new| begun.insert(new.asks.cell))
        {
            let (cells, work) = (cells.clone(), work.clone());
            tasks.spawn(async move {
                let mut failing = false;
                loop {
                    // It may be somewhere else by now.
                    if let Some(known) = cells.listed().into_iter().find(|known| known.asks.cell == cell) {
                        let done = work(known.asks).await;
                        if let (Err(error), false) = (&done, failing) {
                            tracing::warn!(%error, cell = cell.0, "{what} of a cell cannot be had; it is asked again");
                        }
                        failing = done.is_err();
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A server that is a cell among others.
pub struct Peer {
    pub member: Member,
    pub cells: Arc<Cells>,
    pub client: Client,
}

impl Peer {
    /// The cell of a data folder; `None` where the census has one cell.
    pub fn new(member: Option<&Member>, settings: &config::Cell, pack: &Path) -> Result<Option<Peer>> {
        let Some(member) = member else { return Ok(None) };
        let client = Client::new(settings)?;
        let cells = Arc::new(Cells::new(member.number, client.secret().to_owned(), pack.to_owned()));
        Ok(Some(Peer { member: member.clone(), cells, client }))
    }

    /// Routes for the other cells, and what this one needs of them: called when it begins to listen.
    pub fn routes(&self, app: &Arc<api::App>, query: &Arc<query::Query>) -> axum::Router {
        let (client, cells, member) = (self.client.clone(), self.cells.clone(), self.member.clone());
        app.look_elsewhere(Box::new(move |lookup| {
            let (client, cells, member) = (client.clone(), cells.clone(), member.clone());
            let asked = async move {
                let listed = match &member.subtree {
                    None => cells.listed(),
                    Some(subtree) => client.cells(&subtree.root).await.ok()?.cells,
                };
                let others = listed.into_iter().filter(|listed| listed.asks.cell != member.number);
                client.who_has(&lookup, others.map(|listed| listed.asks.address).collect()).await
            };
            Box::pin(async move { tokio::time::timeout(PATIENCE_LETTER, asked).await.ok().flatten() })
        }));
        api::cells::router(app.clone(), self.cells.clone(), tables::routes(query.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_says_which_cell_it_has() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Member::read(folder.path()).unwrap(), None);
        let subtree = Subtree {
            area: AreaId(7),
            root: "https://root:8443".into(),
            address: address("https://[::1]:8443/").unwrap(),
        };
        for member in [Member { number: CellId(3), subtree: Some(subtree) }, Member::root()] {
            member.write(folder.path()).unwrap();
            assert_eq!(Member::read(folder.path()).unwrap().as_ref(), Some(&member));
        }
        std::fs::write(folder.path().join(FILE), "number = 3\n").unwrap();
        assert!(Member::read(folder.path()).is_err());
        for wrong in ["", "root:8443", "http://root:8443", "https://", "https://a\"b"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
