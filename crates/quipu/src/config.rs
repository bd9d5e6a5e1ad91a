//! Settings of the server: defaults, then a TOML file, then `QUIPU_SECTION__KEY` variables, then flags.

use std::net::SocketAddr;
use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::cli::Serve;
use crate::error::Result;

/// Everything that can be set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Phones and the console.
    pub http: Http,
    /// SQL over the PostgreSQL protocol.
    pub sql: Sql,
    /// A journal that several nodes share.
    pub journal: Journal,
    /// What the cells of a divided census have in common.
    pub cell: Cell,
}

/// `[cell]`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// By which cells know each other.
    pub secret: Option<String>,
    /// Authority of the other cells' certificates, PEM, beside those this machine knows.
    pub authority: Option<PathBuf>,
}

/// `[journal]`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// The PostgreSQL database that keeps it; absent: it is in the data folder.
    pub address: Option<String>,
    /// The password, where the address has none.
    pub password: Option<String>,
    /// What this node is called among the others.
    pub node: Option<String>,
}

/// `[http]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Certificate chain, PEM.
    pub tls_certificate: Option<PathBuf>,
    /// Its key, PEM.
    pub tls_key: Option<PathBuf>,
}

/// `[sql]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sql {
    /// Where to listen; absent: no SQL over the network.
    pub listen: Option<SocketAddr>,
    /// The one user, who may read.
    pub user: String,
    /// Their password; empty: no SQL over the network.
    pub password: String,
}

impl Default for Http {
    fn default() -> Http {
        Http { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), tls_certificate: None, tls_key: None }
    }
}

impl Default for Sql {
    fn default() -> Sql {
        Sql { listen: None, user: "quipu".into(), password: String::new() }
    }
}

/// The settings of `quipu serve`.
pub fn read(serve: &Serve) -> Result<Settings> {
    let mut figment = Figment::from(Serialized::defaults(Settings::default()));
    if let Some(file) = &serve.config {
        figment = figment.merge(Toml::file_exact(file));
    }
    let mut settings = extract(figment)?;
    settings.http.listen = serve.listen.unwrap_or(settings.http.listen);
    settings.http.tls_certificate = serve.tls_certificate.clone().or(settings.http.tls_certificate);
    settings.http.tls_key = serve.tls_key.clone().or(settings.http.tls_key);
    settings.sql.listen = serve.sql_listen.or(settings.sql.listen);
    settings.journal.address = serve.data.journal.clone().or(settings.journal.address);
    settings.journal.node = serve.node.clone().or(settings.journal.node);
    Ok(settings)
}

/// The settings of a shared journal that commands other than `serve` know: those of the environment.
pub fn journal() -> Result<Journal> {
    Ok(extract(Figment::from(Serialized::defaults(Settings::default())))?.journal)
}

/// What commands other than `serve` know of the other cells: the settings of the environment.
pub fn cell() -> Result<Cell> {
    Ok(extract(Figment::from(Serialized::defaults(Settings::default())))?.cell)
}

fn extract(figment: Figment) -> Result<Settings> {
    let sections = Env::prefixed("QUIPU_").split("__").filter(|key| key.as_str().contains('.'));
    Ok(figment.merge(sections).extract().map_err(Box::new)?)
}
