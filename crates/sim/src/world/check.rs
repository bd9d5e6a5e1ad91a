//! The rules that must never break, looked at while the server runs.

use event::Head;
use store::Store;

use super::World;
use crate::model::Counts;
use crate::server::Server;
use crate::tape::{Tape, event_digest};

impl World {
    /// Reads on in the journal as the server serves it, and works out what it comes to.
    pub fn observe(&mut self) -> Result<(), String> {
        let Some(node) = self.server.node().cloned() else { return Ok(()) };
        while (self.model.verdicts.len() as u64) < node.reader().end() {
            let frames = match node.reader().frames(self.model.verdicts.len() as u64, 1 << 20) {
                Ok(frames) => frames,
                Err(_) if self.rot.is_some() => return Ok(()),
                Err(error) => return Err(format!("the journal cannot be read: {error}")),
            };
            for frame in frames {
                self.hashes.push(frame.header.hash());
                for record in frame.records.iter() {
                    let head = Head::read(&record.head).map_err(|error| error.to_string())?;
                    self.model.take(&head)?;
                }
            }
        }
        Ok(())
    }

    /// The journal as it lies on the disk.
    pub fn tape(&self) -> Result<Tape, String> {
        Tape::read(&self.server.disk.files(), &Server::node_key(), &self.hashes)
    }

    /// Whatever was acknowledged is on the disk, in an unbroken chain that only grew.
    pub fn check_disk(&self) -> Result<(), String> {
        let tape = self.tape()?;
        let same = tape.frames.iter().zip(&self.hashes).take_while(|(frame, hash)| frame.hash == **hash).count();
        if same < self.hashes.len() {
            return Err(format!("frame {same} of {} that were there is gone or another", self.hashes.len()));
        }
        for (operation, ack) in &self.ledger.acks {
            let event = tape.event(ack.offset);
            let there = event.is_some_and(|(head, body)| {
                event_digest(head, body) == ack.event && Head::read(head).is_ok_and(|head| head.digest == operation)
            });
            if !there {
                return Err(format!("what was acknowledged at offset {} is lost", ack.offset));
            }
        }
        Ok(())
    }

    /// Counts add up at every area, and are those of the journal's events. `digests`: also, a replay from the first event
    /// gives the same store.
    pub fn check_store(&mut self, digests: bool) -> Result<(), String> {
        let Some(node) = self.server.node().cloned() else { return Ok(()) };
        if self.server.stopped().is_some() || self.rot.is_some() {
            return Ok(());
        }
        self.observe()?;
        let store = node.store();
        if store.next_offset() != node.reader().end() {
            return Err(format!("the store is at {}, the journal at {}", store.next_offset(), node.reader().end()));
        }
        let expected = self.model.counts();
        for (area, expected) in &expected {
            let counted = counted(&store, *area);
            if counted != *expected {
                return Err(format!("area {area} does not add up: {}", counted.differences(expected)));
            }
        }
        let waiting: Vec<u64> = store.held(crate::office::COUNTRY, usize::MAX).iter().map(|item| item.offset).collect();
        if waiting != self.model.held.keys().copied().collect::<Vec<_>>() {
            return Err(format!(
                "{} operations wait for a person, it should be {}",
                waiting.len(),
                self.model.held.len()
            ));
        }
        if digests {
            let mut replayed = Store::new();
            replayed.replay(node.reader(), &mut |_, _| {}).map_err(|error| error.to_string())?;
            if replayed.digest() != store.digest() {
                return Err("a replay gives another store than the one in memory".into());
            }
        }
        Ok(())
    }
}

fn counted(store: &Store, area: types::AreaId) -> Counts {
    let progress = store.progress(area);
    let places = store.reconciliation(area);
    Counts {
        dwellings: progress.dwellings,
        households: progress.households,
        response: progress.response,
        occupancy: progress.occupancy,
        persons: progress.persons,
        males: progress.male,
        visits: progress.visits,
        submissions: progress.submissions,
        held: progress.held,
        held_submissions: progress.held_submissions,
        places: places.iter().map(|cell| ((cell.occupancy, cell.response, cell.source), cell.dwellings)).collect(),
    }
}
