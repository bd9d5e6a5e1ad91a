//! Listens, accepts, ends gracefully.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use node::Node;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::error::{Error, Result};
use crate::hello::Hello;
use crate::phones::Phones;
use crate::share::Shares;
use crate::state::{App, Remote};
use crate::{health, router, tls};

/// Connections open at the same time, where the system allows as many; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 16_384;
/// A connection says what it wants in this time, TLS included, or is closed.
const HELLO: Duration = Duration::from_secs(15);
/// Requests under way have so long to end when the server stops.
const GRACE: Duration = Duration::from_secs(20);

/// What to serve, and where.
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub addr: SocketAddr,
    /// Certificate and key; `None` only on loopback.
    pub tls: Option<tls::Files>,
    /// A CA certificate (PEM) served at `/ca.crt`, so that phones can trust a local authority.
    pub authority: Option<PathBuf>,
    /// The cell.
    pub node: Arc<Node>,
    /// Phones heard of; listeners over one cell share the list.
    pub phones: Phones,
    /// Further routes: the console's interface.
    pub extra: Option<Extra>,
}

/// Makes further routes from the shared state.
pub type Extra = Box<dyn FnOnce(Arc<App>) -> Router + Send>;

/// A running server. Dropping it stops accepting at once; [`Server::stop`] is graceful.
pub struct Server {
    addr: SocketAddr,
    app: Arc<App>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    helpers: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts to listen on the current Tokio runtime.
    ///
    /// # Errors
    /// [`Error::PlainBeyondLoopback`] without TLS on an address others can reach; unusable files and addresses.
    pub async fn start(config: Config) -> Result<Server> {
        if config.tls.is_none() && !config.addr.ip().is_loopback() {
            return Err(Error::PlainBeyondLoopback { addr: config.addr });
        }
        let authority = config.authority.map(|path| tls::read(&path)).transpose()?;
        let mut helpers = vec![tokio::spawn(health::upkeep())];
        let acceptor = match config.tls {
            Some(files) => {
                let (acceptor, reload) = tls::acceptor(files)?;
                helpers.push(tokio::spawn(reload));
                Some(acceptor)
            }
            None => None,
        };
        let listen = |source| Error::Listen { addr: config.addr, source };
        let listener = TcpListener::bind(config.addr).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        let app = Arc::new(App::new(config.node, authority, config.phones));
        let extra = config.extra.map(|extra| extra(app.clone())).unwrap_or_default();
        let routes = router(app.clone(), extra);
        let (stop, stopping) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, acceptor, routes, stopping));
        tracing::info!(%addr, "listening");
        Ok(Server { addr, app, stop, accepting, helpers })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The shared state.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Stops: accepts nothing new, ends what is under way.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if (&mut self.accepting).await.is_err() {
            tracing::error!("the accepting task panicked");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        self.helpers.iter().for_each(JoinHandle::abort);
    }
}

async fn accept(
    listener: TcpListener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    routes: Router,
    mut stopping: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let connections_max = connections_max();
    let slots = Arc::new(Semaphore::new(connections_max));
    // Many phones may share an address, and no single machine takes all there is.
    let addresses = Shares::new(connections_max / 2);
    let protocols = Arc::new(Protocols::new());
    loop {
        let Ok(slot) = slots.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.changed() => break,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many open files, most likely: it passes as connections end.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Some(share) = addresses.take(remote.ip()) else {
            metrics::counter!("quipu_connections_refused_total").increment(1);
            continue;
        };
        let (tls, routes, protocols, watcher) = (tls.clone(), routes.clone(), protocols.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _held = (slot, share);
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
            match tls {
                None => serve(stream, remote, routes, &protocols.http1, watcher).await,
                Some(tls) => match tokio::time::timeout(HELLO, tls.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                            serve(Hello::new(stream, HELLO), remote, routes, &protocols.http2, watcher).await;
                        } else {
                            serve(stream, remote, routes, &protocols.http1, watcher).await;
                        }
                    }
                    Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                },
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still under way when the server stopped");
    }
}

/// HTTP as connections agree on it: version 2 when the TLS handshake says so, else version 1. It is not guessed from a
/// connection's first bytes, for which one that says nothing would be waited for without end.
struct Protocols {
    http1: Builder<TokioExecutor>,
    http2: Builder<TokioExecutor>,
}

impl Protocols {
    fn new() -> Protocols {
        let (mut http1, mut http2) = (Builder::new(TokioExecutor::new()), Builder::new(TokioExecutor::new()));
        http1.http1().timer(TokioTimer::new()).header_read_timeout(HELLO).pipeline_flush(true);
        http2.http2().timer(TokioTimer::new()).max_concurrent_streams(128).keep_alive_interval(Duration::from_secs(30));
        Protocols { http1: http1.http1_only(), http2: http2.http2_only() }
    }
}

/// How many connections may be open. They get half of the files this process may open, which are first made as many as the
/// system allows: the journal always finds room for its own.
fn connections_max() -> usize {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    CONNECTIONS_MAX.min(usize::try_from(files / 2).unwrap_or(usize::MAX))
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    remote: SocketAddr,
    routes: Router,
    http: &Builder<TokioExecutor>,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let service = routes.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Remote(remote));
        request.map(axum::body::Body::new)
    });
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
