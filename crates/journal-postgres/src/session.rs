//! A connection, its settings and the tables.
//!
//! A database that is silent is as bad as one that is gone: a connection works on a thread of its own, and who asks waits
//! for an answer only so long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use journal::{Error, Result};
use postgres::Client;

use crate::Address;
use crate::trouble;

/// How long a connection and a statement may take.
const ANSWER: Duration = Duration::from_secs(5);
/// How long many rows may take.
const ANSWER_MANY: Duration = Duration::from_secs(15);

/// The oldest version, as `server_version_num` has it.
const VERSION_MIN: i32 = 150_000;

/// One row a batch; one row a cell that says who owns it (`term` grows with every change of owner); one row a file that
/// the nodes share, without bytes once it is destroyed.
const TABLES: &str = "
    create table if not exists quipu_journal (
        cell integer not null, first_offset bigint not null, next_offset bigint not null, hash bytea not null,
        frame bytea not null, primary key (cell, first_offset));
    create table if not exists quipu_lease (
        cell integer primary key, owner text not null, term bigint not null, until timestamptz not null);
    create table if not exists quipu_file (
        cell integer not null, name text not null, bytes bytea, primary key (cell, name));";

/// Something to be done with the connection.
type Work = Box<dyn FnOnce(&mut Client) + Send>;

/// A connection, and whether the server has warned of something since it was last asked.
pub(crate) struct Session {
    work: Sender<Work>,
    warned: Arc<AtomicBool>,
    closed: bool,
}

/// An error of the database while `doing` something.
pub(crate) fn failed(doing: &'static str) -> impl FnOnce(postgres::Error) -> Error {
    move |source| Error::Database { doing, source: trouble::advised(source) }
}

impl Session {
    /// Connects. Commits wait for the synchronous standby, where there is one.
    pub fn connect(address: &Address) -> Result<Session> {
        let mut config = address.config.clone();
        let warned = Arc::new(AtomicBool::new(false));
        let heard = warned.clone();
        // A network that drops everything is noticed in a few seconds, with and without a statement under way.
        config.connect_timeout(Duration::from_secs(2)).tcp_user_timeout(Duration::from_secs(4));
        config
            .keepalives_idle(Duration::from_secs(2))
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(2);
        config.application_name("quipu");
        config.notice_callback(move |notice| {
            // Class 01: such as 01000, a wait for the standby was given up although the commit stands here.
            if notice.code().code().starts_with("01") {
                heard.store(true, Ordering::Release);
            }
        });
        let (work, inbox) = channel::<Work>();
        let (done, connected) = channel();
        let tls = address.tls.clone();
        let serve = move || {
            let mut client = match config.connect(tls) {
                Ok(client) => client,
                Err(error) => return drop(done.send(Err(error))),
            };
            let _ = done.send(client.batch_execute("set synchronous_commit = on"));
            inbox.into_iter().for_each(|work| work(&mut client));
        };
        let thread = std::thread::Builder::new().name("database".into()).spawn(serve);
        thread.map_err(|source| Error::Database { doing: "connect to", source: source.into() })?;
        answer("connect to", &connected, ANSWER)?.map_err(failed("connect to"))?;
        Ok(Session { work, warned, closed: false })
    }

    /// Asks the database, while `doing` something.
    ///
    /// # Errors
    /// It does not answer; then the connection is closed.
    pub fn ask<T: Send + 'static>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&mut Client) -> T + Send + 'static,
    ) -> Result<T> {
        self.wait(doing, ANSWER, work)
    }

    /// As [`Session::ask`], and what the database answers with is an error too.
    pub fn run<T: Send + 'static>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&mut Client) -> std::result::Result<T, postgres::Error> + Send + 'static,
    ) -> Result<T> {
        self.ask(doing, work)?.map_err(failed(doing))
    }

    /// As [`Session::run`], for many rows.
    pub fn read<T: Send + 'static>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&mut Client) -> std::result::Result<T, postgres::Error> + Send + 'static,
    ) -> Result<T> {
        self.wait(doing, ANSWER_MANY, work)?.map_err(failed(doing))
    }

    fn wait<T: Send + 'static>(
        &mut self,
        doing: &'static str,
        patience: Duration,
        work: impl FnOnce(&mut Client) -> T + Send + 'static,
    ) -> Result<T> {
        let (done, answered) = channel();
        // Closed until the answer says otherwise; a thread that is gone drops the question.
        self.closed = true;
        let _ = self.work.send(Box::new(move |client| {
            let answer = work(client);
            let _ = done.send((answer, client.is_closed()));
        }));
        let (answer, closed) = answer(doing, &answered, patience)?;
        self.closed = closed;
        Ok(answer)
    }

    /// Whether it is of no use any more.
    pub fn closed(&self) -> bool {
        self.closed
    }

    /// Refuses a server that is too old, and makes the tables where they are missing.
    pub fn prepare(&mut self) -> Result<()> {
        let asked = "select version(), current_setting('server_version_num')::integer,
            to_regclass('quipu_journal') is not null and to_regclass('quipu_lease') is not null
            and to_regclass('quipu_file') is not null";
        let row = self.run("ask the version of", move |client| client.query_one(asked, &[]))?;
        let (version, number) = (row.get::<_, &str>(0), row.get::<_, i32>(1));
        // What only speaks the protocol counts its versions otherwise.
        if version.starts_with("PostgreSQL ") && !version.contains("-YB-") && number < VERSION_MIN {
            let source = format!("it is {version}, and PostgreSQL 15 or later is needed").into();
            return Err(Error::Database { doing: "use", source });
        }
        // Asked first: whoever may not make tables may use those that are there.
        if row.get(2) {
            return Ok(());
        }
        // One at a time: two nodes that begin together would get in each other's way.
        let make = format!("select pg_advisory_lock(7181); {TABLES} select pg_advisory_unlock(7181)");
        self.run("make the tables of", move |client| client.batch_execute(&make))
    }

    /// Whether the server has warned since this was last called.
    pub fn warned(&self) -> bool {
        self.warned.swap(false, Ordering::AcqRel)
    }
}

fn answer<T>(doing: &'static str, answered: &Receiver<T>, patience: Duration) -> Result<T> {
    let silent = format!("it has not answered for {} seconds", patience.as_secs());
    answered.recv_timeout(patience).map_err(|_| Error::Database { doing, source: silent.into() })
}
