//! Who owns a cell. Time is the database's alone: no node's clock decides anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use journal::{Error, Result};
use types::CellId;

use crate::Options;
use crate::session::{Session, failed};

/// Takes the lease if it is free, run out or this node's own from before. `None`: somebody else has it.
pub(crate) fn take(session: &mut Session, options: &Options, cell: CellId) -> Result<Option<i64>> {
    let row = session.client.query_opt(
        "insert into quipu_lease as lease (cell, owner, term, until)
         values ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
         on conflict (cell) do update
         set owner = $2, term = lease.term + 1, until = clock_timestamp() + $3 * interval '1 millisecond'
         where lease.until < clock_timestamp() or lease.owner = $2
         returning term",
        &[&i32::from(cell.0), &options.node, &millis(options.lease)],
    );
    Ok(row.map_err(failed("take the lease of"))?.map(|row| row.get(0)))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Prolongs the lease; says whether it is still held. A write, so that it also confirms every commit before it.
pub(crate) fn prolong(session: &mut Session, options: &Options, cell: CellId, term: i64) -> Result<bool> {
    let rows = session.client.execute(
        "update quipu_lease set until = clock_timestamp() + $3 * interval '1 millisecond' where cell = $1 and term = $2",
        &[&i32::from(cell.0), &term, &millis(options.lease)],
    );
    Ok(rows.map_err(failed("prolong the lease of"))? == 1)
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
                    None => Session::connect(&options.url).map(|new| session = Some(new)).map(|()| true),
                };
                match held {
                    Ok(true) => alive = asked,
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
    if let Some(Err(error)) = session.map(|mut session| session.client.execute(end, &[&i32::from(cell.0), &term])) {
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
