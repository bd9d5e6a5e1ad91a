//! A phone: the real device core, storage that survives, memory that does not, and what its owner saw finished.

use std::collections::BTreeMap;

use device::{Device, Finished, Now, Request, Step};
use event::Digest;
use rand::{Rng, RngCore};
use rand_chacha::ChaCha8Rng;
use types::{StaffId, Verdict};

/// Work that was shown as finished.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The local number.
    pub number: u64,
    /// The bytes that must reach the office.
    pub bytes: Vec<u8>,
    /// Their digest.
    pub digest: Digest,
}

/// See the module's documentation.
pub struct Phone {
    /// The device core.
    pub device: Device,
    /// Whose it is.
    pub staff: StaffId,
    /// Counts its restarts: answers to an earlier run are for nobody.
    pub life: u32,
    /// Everything its owner saw finished.
    pub shown: Vec<Shown>,
    /// It, or a copy of it, was copied: its numbers may be used twice.
    pub copied: bool,
    /// It lies at the bottom of a river.
    pub lost: bool,
    storage: BTreeMap<String, Vec<u8>>,
    /// How far its clock is off, microseconds.
    skew_us: i64,
    rng: ChaCha8Rng,
}

impl Phone {
    /// A new phone.
    pub fn new(staff: StaffId, mut rng: ChaCha8Rng, now_us: i64) -> Phone {
        let skew_us = if rng.random_bool(0.1) { rng.random_range(-7..=7) * 3_600_000_000 } else { 0 };
        let mut entropy = [0; 64];
        rng.fill_bytes(&mut entropy);
        let (device, step) = Device::create(entropy, Now { us: now_us + skew_us, offset_min: 480 });
        let storage = BTreeMap::new();
        let (shown, copied, lost) = (Vec::new(), false, false);
        let mut phone = Phone { device, staff, life: 0, shown, copied, lost, storage, skew_us, rng };
        phone.store(step);
        phone
    }

    /// Another phone with a copy of this one's storage, in the same hands.
    pub fn copy(&mut self, rng: ChaCha8Rng) -> Result<Phone, String> {
        self.copied = true;
        let device = open(&self.storage)?;
        let (shown, storage) = (self.shown.clone(), self.storage.clone());
        Ok(Phone { device, shown, storage, rng, copied: true, ..*self })
    }

    /// What its clock says.
    pub fn now(&self, now_us: i64) -> Now {
        Now { us: now_us + self.skew_us, offset_min: 480 }
    }

    /// Somebody turns its clock.
    pub fn turn_clock(&mut self, by_us: i64) {
        self.skew_us += by_us;
    }

    /// Random bytes for the device core.
    pub fn entropy(&mut self) -> [u8; 32] {
        let mut entropy = [0; 32];
        self.rng.fill_bytes(&mut entropy);
        entropy
    }

    /// Chance, for its owner.
    pub fn rng(&mut self) -> &mut ChaCha8Rng {
        &mut self.rng
    }

    /// Commits a step in one transaction; returns what to send.
    pub fn store(&mut self, step: Step) -> Option<Request> {
        if step.generation > 0 {
            let before = device::generation(self.storage.get("state").map(Vec::as_slice));
            assert_eq!(before + 1, step.generation, "one writer only");
            self.storage.extend(step.puts);
            for key in step.deletes {
                self.storage.remove(&key);
            }
        }
        step.request
    }

    /// Finishes work, unless the battery dies before it is stored; then nobody saw it.
    pub fn finish(&mut self, done: device::Result<(Step, Finished)>) -> Result<Option<Finished>, String> {
        let Ok((step, finished)) = done else { return Ok(None) };
        if self.rng.random_bool(0.005) {
            self.die()?;
            return Ok(None);
        }
        self.store(step);
        let bytes = self.device.outgoing(finished.number).ok_or("finished work is not in the outbox")?.to_vec();
        let digest = event::operation::digest(&bytes);
        self.shown.push(Shown { number: finished.number, bytes, digest });
        Ok(Some(finished))
    }

    /// The battery is empty: what was in memory is gone.
    ///
    /// # Errors
    /// When what is stored cannot be opened, or work that was shown is neither waiting nor receipted.
    pub fn die(&mut self) -> Result<(), String> {
        self.device = open(&self.storage)?;
        self.life += 1;
        self.check()
    }

    /// Everything shown is on the phone as its very bytes, or as a receipt.
    pub fn check(&self) -> Result<(), String> {
        for shown in &self.shown {
            match (self.device.outgoing(shown.number), self.device.receipt(shown.number)) {
                (Some(bytes), None) if bytes == shown.bytes => {}
                (None, Some(receipt)) if receipt.verdict != Verdict::Duplicate => {}
                (waiting, receipt) => {
                    let (waiting, receipt) = (waiting.is_some(), receipt.is_some());
                    let staff = self.staff;
                    return Err(format!(
                        "finished work {} of staff {staff} was lost: waiting {waiting}, receipt {receipt}",
                        shown.number
                    ));
                }
            }
        }
        Ok(())
    }
}

fn open(storage: &BTreeMap<String, Vec<u8>>) -> Result<Device, String> {
    let records = storage.iter().map(|(key, bytes)| (key.clone(), bytes.clone()));
    Device::open(records).map_err(|error| format!("a phone's storage does not open: {error}"))
}
