//! What can be typed: the commands and their flags. The help texts are the first manual people read.

mod backup;
mod cell;
mod form;
mod office;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config;
use crate::error::Result;
use crate::place::Place;

pub use backup::{Backup, Restore};
pub use cell::Cell;
pub use form::{Convert, Diff, Docs, Form, FormKind, Reread, Run, Test};
pub use office::{Census, CensusDefine, Lease, Letter, Phase, Staff};

/// Runs a national census: areas, staff, questionnaires, collection, tables.
///
/// Everything lives in one data folder. Start with `quipu demo` to watch a census; with
/// `quipu census show` to set one up: it says what to type next.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// Write logs as JSON lines (for a log collector) instead of text.
    #[arg(long, global = true, env = "QUIPU_LOG_JSON")]
    pub log_json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server: sync, collector, console and SQL over one data folder.
    Serve(Serve),
    /// Watch a census: opens one in a county, runs a fleet of simulated phones, reconciles every household.
    Demo(Demo),
    /// Area trees.
    #[command(subcommand)]
    Area(Area),
    /// The keys that open names. For production, on a machine of its own.
    #[command(subcommand)]
    Vault(Vault),
    /// The census: its definition, and what is still missing.
    #[command(subcommand)]
    Census(Census),
    /// Questionnaires.
    #[command(subcommand)]
    Form(Form),
    /// Phases: which forms are counted, where, from when on.
    #[command(subcommand)]
    Phase(Phase),
    /// Staff: who they are, and the console's passwords.
    #[command(subcommand)]
    Staff(Staff),
    /// Leases: who works which enumeration area.
    #[command(subcommand)]
    Lease(Lease),
    /// Activation letters, by which staff bring their phones in.
    #[command(subcommand)]
    Letter(Letter),
    /// The journal: the truth everything else is rebuilt from.
    #[command(subcommand)]
    Journal(Journal),
    /// A census divided over several servers: one root cell and, of each part of the country, a cell.
    #[command(subcommand)]
    Cell(Cell),
    /// Back the data folder up, to a folder or S3-compatible storage, while the server runs.
    #[command(subcommand)]
    Backup(Backup),
    /// Bring a backup back into a new data folder, to any offset or time.
    Restore(Restore),
    /// The production store.
    #[command(subcommand)]
    Store(Store),
    /// Ask the query database in SQL.
    ///
    /// Example: quipu sql --data DIR "SELECT name_en, persons FROM area_progress ORDER BY persons DESC LIMIT 10"
    Sql(Sql),
    /// Measure how fast this machine takes a census in: households one by one and in batches, beside its own limits.
    ///
    /// Makes a census of its own in a temporary folder; nothing else is touched.
    Load(bench::Load),
    /// The process that sends what `load` measures.
    #[command(hide = true)]
    GenerateLoad(bench::Generate),
}

/// A data folder.
#[derive(Debug, Args, Clone)]
pub struct Data {
    /// The data folder.
    #[arg(long, value_name = "DIR", env = "QUIPU_DATA", default_value = "data")]
    pub data: PathBuf,
    /// PostgreSQL database that keeps the journal, for several nodes: postgres://USER@HOST/DATABASE. Without it, the
    /// journal is in the data folder.
    #[arg(long, value_name = "ADDRESS", env = "QUIPU_JOURNAL__ADDRESS", hide_env_values = true)]
    pub journal: Option<String>,
}

impl Data {
    /// The data folder, and where its journal is; for commands, which read no settings file.
    pub fn place(&self) -> Result<Place> {
        let settings = config::journal()?;
        Place::new(&self.data, &config::Journal { address: self.journal.clone(), ..settings })
    }
}

/// `quipu serve`
#[derive(Debug, Args, Clone)]
pub struct Serve {
    #[command(flatten)]
    pub data: Data,
    /// Settings file (TOML). Environment variables `QUIPU_SECTION__KEY` override it, flags override both.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to listen for the phones and the console. Anything but loopback needs TLS.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// What this node is called among those that share a journal; the machine's name by default.
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,
    /// Where to listen for SQL over the PostgreSQL protocol.
    #[arg(long, value_name = "ADDRESS")]
    pub sql_listen: Option<SocketAddr>,
    /// Certificate chain (PEM); reloaded when the file changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// Private key of the certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
}

/// `quipu demo`
#[derive(Debug, Args, Clone)]
pub struct Demo {
    /// About how many households to count.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=50_000_000))]
    pub households: u64,
    /// The data folder; made anew at each start.
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    pub data: PathBuf,
    /// The area pack.
    #[arg(long, value_name = "FILE", default_value = "packs/ch.qpack")]
    pub pack: PathBuf,
    /// Code of the area to count; by default the first subtree that is large enough.
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// End when the count is done: status 0 only when everything acknowledged is equal everywhere.
    #[arg(long)]
    pub exit: bool,
    /// Let the count take about this long, so that there is something to watch; 0 is as fast as this machine goes.
    /// 60 by default, 0 with --exit.
    #[arg(long, value_name = "SECONDS")]
    pub seconds: Option<u64>,
    /// Seed of the simulated world and its accidents.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Simulated phones at work at the same time.
    #[arg(long, default_value_t = 8)]
    pub phones: usize,
    /// Where the console and the collector are served, over HTTPS with a local authority.
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8443")]
    pub listen: SocketAddr,
    /// Where SQL is served.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5433")]
    pub sql_listen: SocketAddr,
}

/// `quipu area …`
#[derive(Debug, Subcommand)]
pub enum Area {
    /// Read an area pack into a census's journal. All mistakes are reported with their lines.
    Import {
        #[command(flatten)]
        data: Data,
        /// The pack (see docs/area-packs.md).
        pack: PathBuf,
        /// Also make about this many enumeration areas under each area of the lowest level (0: none).
        #[arg(long, default_value_t = 0.0, value_name = "MEAN")]
        enumeration_areas: f64,
    },
    /// Read a pack and say what is in it, without writing anything.
    Check {
        /// The pack.
        pack: PathBuf,
    },
}

/// `quipu vault …`
#[derive(Debug, Subcommand)]
pub enum Vault {
    /// Make the census key, the field secret and recovery shares in a folder of their own.
    Init {
        /// The vault's folder; must not exist.
        #[arg(long, value_name = "DIR")]
        vault: PathBuf,
        /// How many recovery shares to write.
        #[arg(long, default_value_t = 5)]
        shares: u8,
        /// How many of them recover the key.
        #[arg(long, default_value_t = 3)]
        threshold: u8,
    },
    /// Read one household's names. Journals who, which and why before anything is shown.
    Open {
        /// The vault's folder.
        #[arg(long, value_name = "DIR")]
        vault: PathBuf,
        #[command(flatten)]
        data: Data,
        /// The case: code of the enumeration area, a slash, the household's number: `4001-001/12`.
        #[arg(long)]
        case: String,
        /// Why; journaled.
        #[arg(long)]
        reason: String,
        /// Also write the case's photos into this folder.
        #[arg(long, value_name = "DIR")]
        photos: Option<PathBuf>,
        /// Who asks; journaled. The user of this machine by default.
        #[arg(long, env = "USER")]
        viewer: Option<String>,
    },
    /// Check that a set of shares recovers the census key.
    Recover {
        /// The vault's folder (its public half is compared).
        #[arg(long, value_name = "DIR")]
        vault: PathBuf,
        /// The share files.
        #[arg(required = true)]
        shares: Vec<PathBuf>,
    },
}

/// `quipu journal …`
#[derive(Debug, Subcommand)]
pub enum Journal {
    /// Check every byte: checksums, chain, Merkle roots, signatures; and receipts that somebody holds. Works offline, on
    /// a copy too; with --journal, every row in PostgreSQL is checked as well.
    Verify {
        #[command(flatten)]
        data: Data,
        /// Receipts to look for: a file with one a line, `operation digest receipt`. Each is proved, or named as missing.
        #[arg(long, value_name = "FILE")]
        receipts: Option<PathBuf>,
        /// Public key of a node that may have signed, 64 hexadecimal digits, beside those in the data folder.
        #[arg(long, value_name = "KEY")]
        node_key: Vec<String>,
    },
    /// Mend damaged or missing segments from a replica or a backup. What was damaged is kept beside.
    Repair {
        #[command(flatten)]
        data: Data,
        /// Where to take intact frames from: another data folder, a backup folder, or a journal's folder. Only read.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// Go on from the last intact frame when the end is damaged here and missing there. What was acknowledged after it
        /// is lost, unless phones that still hold it send it again.
        #[arg(long)]
        accept_end: bool,
    },
}

/// `quipu store …`
#[derive(Debug, Subcommand)]
pub enum Store {
    /// Delete the production store's checkpoints and the query tables, and rebuild both from the journal.
    Rebuild {
        #[command(flatten)]
        data: Data,
    },
    /// Replay the whole journal beside the store and the query tables, and compare every table and every row.
    ///
    /// A start compares only what is cheap: checksums, and the hash of the journal that each was made from.
    Verify {
        #[command(flatten)]
        data: Data,
    },
}

/// `quipu sql`
#[derive(Debug, Args)]
pub struct Sql {
    #[command(flatten)]
    pub data: Data,
    /// One read-only statement.
    pub statement: String,
}
