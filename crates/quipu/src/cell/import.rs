//! Takes over what is national from the root cell, while the server runs.
//!
//! How far it has come is what this cell has journaled: after a crash, or when another node takes the cell over, it asks
//! from there. The last event taken over comes along once more, to know the root cell again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use api::cells::Asks;
use event::{Digest, Fact, Head, wire};
use node::{Node, office};
use types::{Message, Offset};

use super::{Client, Member, Subtree};
use crate::error::{Error, Result};

/// The root cell is asked so often when there is nothing new.
const PAUSE: Duration = Duration::from_secs(1);
/// And so often while that fails.
const PAUSE_FAILED: Duration = Duration::from_secs(5);
/// Somebody should look when it has failed for so long.
const ALARM: Duration = Duration::from_secs(60);

/// See the module's documentation. A clone is the same.
#[derive(Clone)]
pub struct Import {
    client: Client,
    node: Arc<Node>,
    asks: Asks,
    root: String,
    /// Since when it fails.
    failing: Arc<Mutex<Option<Instant>>>,
}

impl Import {
    /// Of a cell that is not the root; `None` for the root itself.
    pub fn new(member: &Member, client: &Client, node: &Arc<Node>) -> Option<Import> {
        let Subtree { area, root, address } = member.subtree.clone()?;
        let asks = Asks { from: 0, cell: member.number, area, address };
        Some(Import { client: client.clone(), node: node.clone(), asks, root, failing: Arc::default() })
    }

    /// Asks for ever.
    pub async fn run(mut self) {
        let mut known = false;
        loop {
            if self.node.must_own().is_err() {
                // The owner takes over. What it journals, this node copies.
                known = false;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            if !known {
                self.asks.from = self.node.imported().unwrap_or(0);
            }
            match self.step().await {
                Ok(more) => {
                    known = true;
                    *self.since() = None;
                    if !more {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                Err(error) => {
                    known = false;
                    let first = {
                        let mut failing = self.since();
                        let first = failing.is_none();
                        failing.get_or_insert_with(Instant::now);
                        first
                    };
                    if first {
                        tracing::warn!(%error, "nothing is taken over from the root cell; it is asked again");
                    }
                    tokio::time::sleep(PAUSE_FAILED).await;
                }
            }
        }
    }

    /// Asks once; says whether there is more.
    async fn step(&mut self) -> Result<bool> {
        let reference = self.client.reference(&self.root, &self.asks).await?;
        let (next, end) = (reference.next, reference.end);
        self.files(&reference).await?;
        let count = self.node.import(reference).await?;
        if count > 0 {
            tracing::info!(count, next, "taken over from the root cell");
        }
        self.asks.from = next;
        Ok(next < end)
    }

    /// Fetches the files that new forms list, before phones hear of the forms.
    async fn files(&self, reference: &wire::Reference) -> Result<()> {
        for event in &reference.events {
            if !matches!(Head::read(&event.head)?.fact, Some(Fact::FormPublished(_))) {
                continue;
            }
            for (name, digest) in forms::Form::from_bytes(&event.body)?.files_listed() {
                let wrong = || Error::Refused(format!("the file `{name}` did not arrive as the form lists it"));
                let expected = digest_of(digest).ok_or_else(wrong)?;
                if self.node.blob(&expected)?.is_some() {
                    continue;
                }
                let bytes = self.client.file(&self.root, digest).await?;
                if office::keep_file(&self.node, name, &bytes)? != digest {
                    return Err(wrong());
                }
            }
        }
        Ok(())
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The alarm, if it fails for long.
    pub fn alarm(&self) -> Option<Message> {
        let since = (*self.since())?.elapsed();
        (since > ALARM).then(|| Message::new("alarm/root-cell").with("seconds", since.as_secs()))
    }
}

fn digest_of(hex: &str) -> Option<Digest> {
    let byte = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
    bytes?.try_into().ok()
}

/// Takes over everything that the root cell has now.
pub async fn take_over(mut import: Import) -> Result<Offset> {
    import.asks.from = import.node.imported().unwrap_or(0);
    while import.step().await? {}
    Ok(import.asks.from)
}
