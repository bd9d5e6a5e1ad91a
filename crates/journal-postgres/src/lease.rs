//! Who owns a cell. Time is the database's alone: no node's clock decides anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use journal::{Error, Result};
use types::CellId;

use crate::Options;
use crate::session::Session;

/// Takes the lease if it is free or has run out. `None`: somebody has it, or this node from before it was started again,
/// which cannot be told from another of the same name.
pub(crate) fn take(session: &mut Session, options: &Options, cell: CellId) -> Result<Option<i64>> {
    let (cell, node, lease) = (i32::from(cell.0), options.node.clone(), millis(options.lease));
    let take = "insert into quipu_lease as lease (cell, owner, term, until)
         values ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
         on conflict (cell) do update
         set owner = $2, term = lease.term + 1, until = clock_timestamp() + $3 * interval '1 millisecond'
         where lease.until < clock_timestamp()
         returning term";
    let row = session.run("take the lease of", move |client| client.query_opt(take, &[&cell, &node, &lease]))?;
    Ok(row.map(|row| row.get(0)))
}

/// Who has the lease; `None` once it has run out.
pub(crate) fn owner(session: &mut Session, cell: CellId) -> Result<Option<String>> {
    let held = "select owner from quipu_lease where cell = $1 and until >= clock_timestamp()";
    let cell = i32::from(cell.0);
    let row = session.run("read the lease of", move |client| client.query_opt(held, &[&cell]))?;
    Ok(row.map(|row| row.get(0)))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Prolongs the lease; says whether it is still held. A write, so that it also confirms every commit before it.
pub(crate) fn prolong(session: &mut Session, options: &Options, cell: CellId, term: i64) -> Result<bool> {
    let prolong = "update quipu_lease set until = clock_timestamp() + $3 * interval '1 millisecond' where cell = $1 and term = $2";
    let (cell, lease) = (i32::from(cell.0), millis(options.lease));
    let rows = session.run("prolong the lease of", move |client| client.execute(prolong, &[&cell, &term, &lease]))?;
    Ok(rows == 1)
}

/// Prolongs a lease from a thread of its own until it is dropped; then gives it back.
pub(crate) struct Lease {
    pub term: i64,
    lost: Arc<AtomicBool>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Lease {
    pub fn hold(options: &Options, cell: CellId, term: i64) -> Result<Lease> {
        let (stop, stopped) = channel::<()>();
        let lost = Arc::new(AtomicBool::new(false));
        let (options, losing) = (options.clone(), lost.clone());
        let work = move || {
            let mut session = None;
            let mut alive = Instant::now();
            loop {
                let asked = Instant::now();
                let held = match &mut session {
                    Some(session) => prolong(session, &options, cell, term),
                    None => Session::connect(&options.address)
                        .and_then(|new| prolong(session.insert(new), &options, cell, term)),
                };
                match held {
                    Ok(true) => {
                        alive = asked;
                        metrics::histogram!("quipu_lease_prolong_seconds").record(asked.elapsed().as_secs_f64());
                    }
                    Ok(false) => break losing.store(true, Ordering::Release),
                    Err(error) => {
                        tracing::warn!(%error, "the lease of the cell could not be prolonged");
                        session = None;
                    }
                }
                // The database refuses a stale owner; this only makes it known sooner.
                if alive.elapsed() > options.lease {
                    break losing.store(true, Ordering::Release);
                }
                match stopped.recv_timeout(options.lease / 4) {
                    Err(RecvTimeoutError::Timeout) => {}
                    _ => break give_back(session, cell, term),
                }
            }
        };
        let thread = std::thread::Builder::new().name("lease".into()).spawn(work);
        let thread = thread.map_err(|source| Error::Database { doing: "watch the lease of", source: source.into() })?;
        Ok(Lease { term, lost, stop: Some(stop), thread: Some(thread) })
    }

    /// Whether it is known to be lost.
    pub fn lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }
}

/// So that the next owner need not wait for the end.
fn give_back(session: Option<Session>, cell: CellId, term: i64) {
    let end = "update quipu_lease set until = clock_timestamp() where cell = $1 and term = $2";
    let cell = i32::from(cell.0);
    let give = |mut session: Session| {
        session.run("give back the lease of", move |client| client.execute(end, &[&cell, &term]))
    };
    if let Some(Err(error)) = session.map(give) {
        tracing::warn!(%error, "the lease could not be given back; it runs out");
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
