//! The files that the nodes of a cell share, as rows beside the journal.

use journal::{Result, SharedFiles};
use parking_lot::Mutex;
use postgres::Client;
use types::CellId;

use crate::Options;
use crate::session::Session;

/// The shared files of a cell. Every call waits for the database.
pub struct Files {
    options: Options,
    cell: CellId,
    session: Mutex<Option<Session>>,
}

impl Files {
    /// Connects at the first call; the tables are there once a [`crate::PostgresJournal`] has been opened.
    pub fn new(options: Options, cell: CellId) -> Files {
        Files { options, cell, session: Mutex::default() }
    }

    fn ask<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Fn(&mut Client) -> std::result::Result<T, postgres::Error> + Clone + Send + 'static,
    ) -> Result<T> {
        let mut kept = self.session.lock();
        let (session, fresh) = match &mut *kept {
            Some(session) if !session.closed() => (session, false),
            kept => (kept.insert(Session::connect(&self.options.address)?), true),
        };
        match session.run(doing, work.clone()) {
            // The connection was lost since it was last used.
            Err(_) if session.closed() && !fresh => {
                kept.insert(Session::connect(&self.options.address)?).run(doing, work)
            }
            asked => asked,
        }
    }
}

impl SharedFiles for Files {
    fn keep(&self, name: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>> {
        let cell = i32::from(self.cell.0);
        let insert = "insert into quipu_file (cell, name, bytes) values ($1, $2, $3) on conflict do nothing";
        let (named, kept) = (name.to_owned(), bytes.to_vec());
        let kept = self.ask("keep a file in", move |client| client.execute(insert, &[&cell, &named, &kept]))?;
        if kept == 1 { Ok(Some(bytes.to_vec())) } else { self.read(name) }
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let cell = i32::from(self.cell.0);
        let read = "select bytes from quipu_file where cell = $1 and name = $2";
        let named = name.to_owned();
        let row = self.ask("read a file of", move |client| client.query_opt(read, &[&cell, &named]))?;
        Ok(row.and_then(|row| row.get(0)))
    }

    fn destroy(&self, name: &str) -> Result<()> {
        let cell = i32::from(self.cell.0);
        let destroy = "insert into quipu_file (cell, name) values ($1, $2)
                       on conflict (cell, name) do update set bytes = null";
        let named = name.to_owned();
        self.ask("destroy a file of", move |client| client.execute(destroy, &[&cell, &named])).map(drop)
    }
}
