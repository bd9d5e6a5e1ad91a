//! A data folder at work: the cell, the query database behind it, and the listeners.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use api::console::{self, ConsoleState, Lag};
use node::Node;
use query::{National, Query, Trouble, User};
use types::Message;

use crate::cell::{self, Import, Peer};
use crate::error::{Error, Result};
use crate::glue::{CellAreas, CellFeed};
use crate::place::Place;
use crate::{output, packs};

/// Opens the cell of a data folder, with progress.
pub fn open_node(place: &Place) -> Result<Arc<Node>> {
    let bar = output::progress("replaying the journal", 0);
    let opened = place.open(&mut |done, end| {
        bar.set_length(end);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    match opened {
        Err(Error::Node(node::Error::Journal(error))) => unused(&place.folder, Err(error)),
        opened => Ok(Arc::new(opened?)),
    }
}

/// Says it plainly when the data folder is in use.
pub fn unused<T>(data: &Path, opened: journal::Result<T>) -> Result<T> {
    match opened {
        Err(journal::Error::Locked { .. }) => Err(Error::Refused(format!(
            "the data folder `{}` is in use: a server or another command has it open; stop that one, then try again",
            data.display()
        ))),
        opened => Ok(opened?),
    }
}

/// Opens the query database of a data folder. One that is not what the journal comes to is made again: from its beginning
/// on it is then behind, as the console shows.
pub fn open_query(data: &Path, node: &Arc<Node>) -> Result<Arc<Query>> {
    let folder = data.join("query");
    match query_in(&folder, node) {
        Err(error) if error.rebuilds() => {
            tracing::warn!(%error, "the query tables are rebuilt from the journal");
            std::fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
            Ok(query_in(&folder, node)?)
        }
        opened => Ok(opened?),
    }
}

/// Opens a query database over a cell as it is.
pub fn query_in(folder: &Path, node: &Arc<Node>) -> query::Result<Arc<Query>> {
    Query::open(folder, Arc::new(CellFeed(node.clone())), Arc::new(CellAreas(node.clone())))
}

/// A listener for phones and browsers.
pub struct Listener {
    pub addr: SocketAddr,
    pub tls: Option<api::tls::Files>,
    pub authority: Option<PathBuf>,
    /// The other cells, where the census has several.
    pub peer: Option<Peer>,
}

impl Listener {
    /// On a free port of loopback, without TLS.
    pub fn loopback() -> Listener {
        Listener { addr: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), tls: None, authority: None, peer: None }
    }
}

/// The cell and its query database, followed in a thread of its own.
pub struct Running {
    pub node: Arc<Node>,
    pub query: Arc<Query>,
    /// The tables of all cells; the root cell's server alone has them.
    national: Option<Arc<National>>,
    data: PathBuf,
    phones: api::Phones,
    stop: Arc<AtomicBool>,
    follower: Option<JoinHandle<()>>,
}

impl Running {
    pub fn start(place: &Place) -> Result<Running> {
        api::install_metrics();
        let node = open_node(place)?;
        let data = &place.folder;
        let query = open_query(data, &node)?;
        let national = cell::tables::open(data, place.member(), &node)?;
        let stop = Arc::new(AtomicBool::new(false));
        let follower = {
            let (query, stop) = (query.clone(), stop.clone());
            std::thread::Builder::new().name("query".into()).spawn(move || {
                if let Err(error) = query.run(&stop) {
                    tracing::error!(%error, "the query database's last commit failed; the next start takes it in again");
                }
            })
        };
        let follower = follower.map_err(Error::file(data))?;
        Ok(Running {
            node,
            query,
            national,
            data: data.to_owned(),
            phones: api::Phones::default(),
            stop,
            follower: Some(follower),
        })
    }

    /// Serves phones, the console and the web apps.
    pub async fn listen(&self, listener: Listener) -> Result<api::Server> {
        let pack = packs::open(&self.data)?;
        let (boundaries, map_note) = (Arc::new(pack.boundaries), pack.manifest.map_note);
        let (query, secure) = (self.query.clone(), listener.tls.is_some());
        let lag = Arc::new(move || {
            let lag = query.lag();
            Lag { behind_events: lag.behind_events, seconds: lag.seconds }
        });
        let watched = self.query.clone();
        let peer = listener.peer;
        let import = peer.as_ref().and_then(|peer| Import::new(&peer.member, &peer.client, &self.node));
        if let Some(import) = import.clone() {
            tokio::spawn(import.run());
        }
        if let (Some(peer), Some(national)) = (&peer, &self.national) {
            tokio::spawn(cell::tables::copy(national.clone(), peer.cells.clone(), peer.client.clone()));
        }
        let root = peer.as_ref().filter(|peer| peer.member.subtree.is_none());
        let cells = root.map(|peer| {
            tokio::spawn(cell::standings::ask(peer.cells.clone(), peer.client.clone()));
            peer.cells.clone()
        });
        let tables = self.query.clone();
        let extra = Box::new(move |app: Arc<api::App>| {
            app.watch(Box::new(move || {
                watched.trouble().map(|trouble| alarm(&watched, &trouble)).into_iter().collect()
            }));
            if let Some(import) = import {
                app.watch(Box::new(move || import.alarm().into_iter().collect()));
            }
            if let Some(cells) = cells.clone() {
                let node = app.node.clone();
                app.watch(Box::new(move || cells.alarms(node.store().areas())));
            }
            let among = peer.map(|peer| peer.routes(&app, &tables)).unwrap_or_default();
            let state = ConsoleState { app, boundaries, map_note, lag, cells, secure };
            axum::Router::new().nest("/api", console::router(state)).merge(among)
        });
        let config = api::Config {
            addr: listener.addr,
            tls: listener.tls,
            authority: listener.authority,
            node: self.node.clone(),
            phones: self.phones.clone(),
            extra: Some(extra),
        };
        Ok(api::Server::start(config).await?)
    }

    /// Serves SQL until the runtime ends. An address that is taken is an error here, not a line in the log later.
    pub fn listen_sql(
        &self,
        addr: SocketAddr,
        user: &str,
        password: &str,
        tls: Option<(PathBuf, PathBuf)>,
    ) -> Result<()> {
        let refused =
            |error| Error::Refused(format!("SQL cannot be served on {addr}: {error}; choose another address"));
        std::net::TcpListener::bind(addr).map_err(refused)?;
        let (query, national) = (self.query.clone(), self.national.clone());
        let users = vec![User { name: user.into(), password: password.into() }];
        tokio::spawn(async move {
            let served = match national {
                Some(national) => national.serve_postgres(addr, users, tls).await,
                None => query.serve_postgres(addr, users, tls).await,
            };
            if let Err(error) = served {
                tracing::error!(%error, %addr, "SQL is not served");
            }
        });
        Ok(())
    }

    /// Stops gracefully: what is queued is finished, tables are committed, a checkpoint is written.
    pub fn stop(mut self) -> Result<()> {
        self.stop_following();
        Ok(self.node.stop()?)
    }

    fn stop_following(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(follower) = self.follower.take()
            && follower.join().is_err()
        {
            tracing::error!("the query database's follower panicked");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop_following();
    }
}

/// What is wrong with the query database, for whoever looks after the server.
fn alarm(query: &Query, trouble: &Trouble) -> Message {
    let code = if trouble.follows { "alarm/query-not-written" } else { "alarm/query-stopped" };
    Message::new(code)
        .with("seconds", trouble.seconds)
        .with("behind_events", query.lag().behind_events)
        .with("retry_seconds", trouble.retry_seconds)
}

/// A runtime with as many threads as there are cores.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::file("the system's threads"))
}

/// Catches the signals that ask to end from now on; the future is done when one has come.
pub fn ended() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let caught = |kind| signal(kind).map_err(Error::file("the system's signals"));
    let (mut terminate, mut interrupt) = (caught(SignalKind::terminate())?, caught(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
