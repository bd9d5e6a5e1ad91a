//! Whether the server is ready, and if not, why: as codes with parameters, like every other message.
//!
//! A *reason* keeps it from taking work in. An *alarm* does not, and somebody should look all the same.

use std::time::{Duration, Instant};

use node::{Cause, Standing, Stands, Status};
use parking_lot::Mutex;
use types::Message;

/// Asks another part of the program for its alarms.
pub type Watch = Box<dyn Fn() -> Vec<Message> + Send + Sync>;

/// An operation that could not be kept is an alarm for so long, microseconds.
const NOT_TAKEN_SHOWN_US: i64 = 3600 * types::Time::SECOND_US;

/// A follower that has not reached the journal's database for longer answers questions no more: what it knows is old.
const STALE: Duration = Duration::from_secs(10);

/// Other parts of the program that may have alarms.
#[derive(Default)]
pub(crate) struct Watches(Mutex<Vec<Watch>>);

impl Watches {
    pub fn add(&self, watch: Watch) {
        self.0.lock().push(watch);
    }

    fn alarms(&self) -> Vec<Message> {
        self.0.lock().iter().flat_map(|watch| watch()).collect()
    }
}

/// Whether the server is ready.
#[derive(serde::Serialize)]
pub(crate) struct Readiness {
    /// Whether it takes work in.
    pub ready: bool,
    /// Whether it answers questions with what is known now.
    pub reads: bool,
    /// Of the nodes that share a journal, one is the owner; a server alone is.
    pub role: &'static str,
    /// Why not; empty when it is.
    pub reasons: Vec<Message>,
    /// What else somebody should look at.
    pub alarms: Vec<Message>,
}

/// Why a node that does not own the cell takes nothing in.
fn apart(stands: &Stands) -> Option<Message> {
    let Standing::Follower { owner } = &stands.standing else { return None };
    Some(match stands.unreachable {
        Some(since) => Message::new("ready/journal-unreachable").with("seconds", since.elapsed().as_secs()),
        None if owner.is_empty() => Message::new("ready/no-owner"),
        None => Message::new("ready/follower").with("owner", owner),
    })
}

impl Readiness {
    /// How a cell and the parts beside it are.
    pub fn of(status: &Status, now: types::Time, watches: &Watches) -> Readiness {
        let mut reasons: Vec<Message> = status
            .stopped
            .iter()
            .map(|stop| {
                // The reason itself names files of this machine: it is in the log.
                let code = match stop.cause {
                    Cause::DiskFull => "ready/disk-full",
                    Cause::Disk => "ready/disk-failed",
                    Cause::Program => "ready/stopped",
                };
                Message::new(code).with("seconds", Instant::now().saturating_duration_since(stop.at).as_secs())
            })
            .collect();
        let stopped = !reasons.is_empty();
        reasons.extend(apart(&status.stands));
        let mut alarms = Vec::new();
        if status.not_taken > 0 && now.0.saturating_sub(status.not_taken_at.0) < NOT_TAKEN_SHOWN_US {
            let seconds = (now.0 - status.not_taken_at.0).max(0) / types::Time::SECOND_US;
            alarms.push(Message::new("alarm/not-taken").with("count", status.not_taken).with("seconds", seconds));
        }
        alarms.extend(watches.alarms());
        let stale = status.stands.unreachable.is_some_and(|since| since.elapsed() > STALE);
        Readiness {
            ready: reasons.is_empty(),
            reads: !stopped && !stale,
            role: if status.stands.standing == Standing::Owner { "owner" } else { "follower" },
            reasons,
            alarms,
        }
    }
}
