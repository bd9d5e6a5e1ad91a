//! A phone around the device: storage that survives, memory that does not, and a person who saw what was shown.

use std::collections::BTreeMap;

use device::{Device, Finished, Listing, Now, Request, Sheet, Step, Submission};
use types::{FormId, Occupancy, PhaseId};

use crate::server::{EA, Server};

pub const NOW: Now = Now { us: 1_000_000, offset_min: 480 };

/// Numbers that never repeat, spread over 32 bytes: stands for random ones.
pub struct Dice(pub u64);

impl Dice {
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        self.0 += 1;
        let digest = event::operation::digest(&self.0.to_le_bytes());
        std::array::from_fn(|at| digest[at % 32] ^ (at / 32) as u8)
    }
}

#[derive(Clone, Default)]
pub struct Storage(pub BTreeMap<String, Vec<u8>>);

impl Storage {
    /// One transaction, refused when another tab has written.
    pub fn commit(&mut self, step: &Step) -> bool {
        if step.generation == 0 {
            assert!(step.puts.is_empty() && step.deletes.is_empty());
            return true;
        }
        if device::generation(self.0.get("state").map(Vec::as_slice)) + 1 != step.generation {
            return false;
        }
        self.0.extend(step.puts.iter().cloned());
        step.deletes.iter().for_each(|key| drop(self.0.remove(key)));
        true
    }

    pub fn open(&self) -> Device {
        // As an app does: the large records stay where they are until one is wanted.
        Device::open(self.0.clone().into_iter().filter(|(key, _)| !key.starts_with("blob/"))).unwrap()
    }
}

/// Finished work that was shown as finished: its bytes must reach the office.
#[derive(Clone)]
pub struct Shown {
    pub number: u64,
    pub bytes: Vec<u8>,
}

pub struct Handset {
    pub device: Device,
    pub storage: Storage,
    pub shown: Vec<Shown>,
    /// Requests sent, and answers on their way.
    pub requests: Vec<Request>,
    pub answers: Vec<(u64, u16, Vec<u8>)>,
    /// The phone's clock.
    pub now: Now,
    /// Codes of everything it was told.
    pub notices: Vec<String>,
}

impl Handset {
    pub fn enrolled(server: &mut Server, dice: &mut Dice) -> Handset {
        let (device, step) = Device::create(dice.bytes(), NOW);
        let mut storage = Storage::default();
        assert!(storage.commit(&step));
        let mut phone = Handset {
            device,
            storage,
            shown: Vec::new(),
            requests: Vec::new(),
            answers: Vec::new(),
            now: NOW,
            notices: Vec::new(),
        };
        let step = phone.device.enrol(&server.code()).unwrap();
        let request = step.request.unwrap();
        let (status, body) = server.answer(&request);
        let step = phone.device.response(request.id, status, &body, NOW, dice.bytes()).unwrap();
        assert!(phone.storage.commit(&step));
        phone.sync_all(server, dice);
        phone
    }

    /// The battery dies, the page closes: only the storage is left.
    pub fn restart(&mut self) {
        self.device = self.storage.open();
        self.requests.clear();
        self.answers.clear();
    }

    /// Another phone with a copy of this one's storage.
    pub fn copy(&self) -> Handset {
        Handset {
            device: self.storage.open(),
            storage: self.storage.clone(),
            shown: self.shown.clone(),
            requests: Vec::new(),
            answers: Vec::new(),
            now: self.now,
            notices: Vec::new(),
        }
    }

    pub fn keep(&mut self, step: Step) {
        assert!(self.storage.commit(&step), "one tab only");
        self.requests.extend(step.request);
    }

    pub fn finish(&mut self, done: device::Result<(Step, Finished)>) -> Option<Finished> {
        let (step, finished) = done.ok()?;
        self.keep(step);
        let bytes = self.device.outgoing(finished.number).unwrap().to_vec();
        self.shown.push(Shown { number: finished.number, bytes });
        Some(finished)
    }

    pub fn list(&mut self, households: u32, dice: &mut Dice) -> Option<Finished> {
        let done = self.device.list_dwelling(&listing(households), NOW, dice.bytes());
        self.finish(done)
    }

    pub fn submit(&mut self, household: u32, dice: &mut Dice) -> Option<Finished> {
        let done = self.device.submit(&submission(household), NOW, dice.bytes());
        self.finish(done)
    }

    /// Time passes.
    pub fn later(&mut self, us: i64) {
        self.now.us += us;
    }

    /// Syncs over a good network until there is nothing left to ask.
    pub fn sync_all(&mut self, server: &mut Server, dice: &mut Dice) {
        self.sync_until(server, dice, true);
    }

    /// As [`Handset::sync_all`], and stops before the first photo.
    pub fn sync_work(&mut self, server: &mut Server, dice: &mut Dice) {
        self.sync_until(server, dice, false);
    }

    fn sync_until(&mut self, server: &mut Server, dice: &mut Dice, photos: bool) {
        let mut step = self.device.sync(self.now, dice.bytes());
        for _ in 0..200 {
            assert!(self.storage.commit(&step));
            self.notices.extend(step.notices.iter().map(|notice| notice.code.clone()));
            step = match (step.request, step.wanted.filter(|_| photos)) {
                (Some(sent), _) => {
                    let (status, body) = server.answer(&sent);
                    self.device.response(sent.id, status, &body, self.now, dice.bytes()).unwrap()
                }
                (None, Some(key)) => {
                    let blob = self.storage.0.get(&key).cloned().unwrap_or_default();
                    self.device.upload(&key, &blob, self.now, dice.bytes())
                }
                (None, None) => return,
            };
        }
        panic!("the phone never stops asking");
    }
}

pub fn listing(households: u32) -> Listing {
    Listing {
        ea: EA,
        occupancy: Occupancy::Occupied,
        kind: 1,
        households,
        form: FormId(1),
        version: 1,
        sheet: Sheet { answers: b"listing".to_vec(), identifiers: "红门, 王芳".as_bytes().to_vec() },
        ..Listing::default()
    }
}

pub fn submission(household: u32) -> Submission {
    Submission {
        ea: EA,
        household,
        form: FormId(2),
        version: 1,
        phase: PhaseId(1),
        sheet: Sheet { answers: b"answers".to_vec(), identifiers: "王芳".as_bytes().to_vec() },
        ..Submission::default()
    }
}
