//! What keeps the tables from following or from being written, while it does; and how long to wait before trying again.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::Error;

/// The first wait, doubled by each further failure in a row.
const WAIT_FIRST: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(60);

/// How long to wait after so many failures in a row, from 1.
pub(crate) fn wait(failures: u32) -> Duration {
    (WAIT_FIRST * (1 << failures.saturating_sub(1).min(10))).min(WAIT_MAX)
}

/// What is wrong now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Events are still taken in, and what they say is in SQL; only writing it to disk fails. Otherwise nothing new is
    /// taken in.
    pub follows: bool,
    /// What the last attempt said, file names included: for this machine's people.
    pub what: String,
    /// For how long it has been so, whole seconds.
    pub seconds: u64,
    /// When it is tried again, whole seconds from now.
    pub retry_seconds: u64,
}

/// Remembers what is wrong.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<Option<Failing>>);

#[derive(Debug)]
struct Failing {
    follows: bool,
    what: String,
    since: Instant,
    retry_at: Instant,
}

impl Troubles {
    /// An attempt failed; the next comes after `wait`.
    pub fn fails(&self, error: &Error, follows: bool, wait: Duration) {
        let mut what = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            what = format!("{what}: {inner}");
            cause = inner.source();
        }
        tracing::error!(error = %what, follows, retry_s = wait.as_secs(), "the query database is in trouble");
        metrics::counter!("quipu_query_errors_total").increment(1);
        metrics::gauge!("quipu_query_failing").set(1.0);
        let now = Instant::now();
        let mut failing = self.0.lock();
        let since = failing.as_ref().map_or(now, |failing| failing.since);
        *failing = Some(Failing { follows, what, since, retry_at: now + wait });
    }

    /// It works again.
    pub fn recovers(&self) {
        if self.0.lock().take().is_some() {
            tracing::info!("the query database works again");
        }
        metrics::gauge!("quipu_query_failing").set(0.0);
    }

    /// What is wrong now; `None` when nothing is.
    pub fn now(&self) -> Option<Trouble> {
        let now = Instant::now();
        self.0.lock().as_ref().map(|failing| Trouble {
            follows: failing.follows,
            what: failing.what.clone(),
            seconds: now.saturating_duration_since(failing.since).as_secs(),
            retry_seconds: failing.retry_at.saturating_duration_since(now).as_secs(),
        })
    }
}
