//! A connection, its settings and the tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use journal::{Error, Result};
use postgres::{Client, Config, NoTls};

/// One row a batch; one row a cell that says who owns it. `term` grows with every change of owner.
const TABLES: &str = "
    create table if not exists quipu_journal (
        cell integer not null, first_offset bigint not null, next_offset bigint not null, hash bytea not null,
        frame bytea not null, primary key (cell, first_offset));
    create table if not exists quipu_lease (
        cell integer primary key, owner text not null, term bigint not null, until timestamptz not null);";

/// A connection, and whether the server has warned of something since it was last asked.
pub(crate) struct Session {
    pub client: Client,
    warned: Arc<AtomicBool>,
}

/// An error of the database while `doing` something.
pub(crate) fn failed(doing: &'static str) -> impl FnOnce(postgres::Error) -> Error {
    move |source| Error::Database { doing, source: Box::new(source) }
}

impl Session {
    /// Connects. Commits wait for the synchronous standby, where there is one.
    pub fn connect(url: &str) -> Result<Session> {
        let mut config: Config = url.parse().map_err(failed("read the address of"))?;
        let warned = Arc::new(AtomicBool::new(false));
        let heard = warned.clone();
        config.connect_timeout(Duration::from_secs(2)).tcp_user_timeout(Duration::from_secs(5));
        config.keepalives_idle(Duration::from_secs(2)).application_name("quipu");
        config.notice_callback(move |notice| {
            // Class 01: such as 01000, a wait for the standby was given up although the commit stands here.
            if notice.code().code().starts_with("01") {
                heard.store(true, Ordering::Release);
            }
        });
        let mut client = config.connect(NoTls).map_err(failed("connect to"))?;
        client.batch_execute("set synchronous_commit = on").map_err(failed("set up a session with"))?;
        Ok(Session { client, warned })
    }

    /// Makes the tables where they are missing.
    pub fn make_tables(&mut self) -> Result<()> {
        // One at a time: two nodes that begin together would get in each other's way.
        let lock = "select pg_advisory_lock(7181)";
        let made = self.client.batch_execute(&format!("{lock}; {TABLES} select pg_advisory_unlock(7181)"));
        made.map_err(failed("make the tables of"))
    }

    /// Whether the server has warned since this was last called.
    pub fn warned(&self) -> bool {
        self.warned.swap(false, Ordering::AcqRel)
    }
}
