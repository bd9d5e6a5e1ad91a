//! A phone with the real device core, a store that can be copied, and a memory of every byte it finished.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use device::{Device, Finished, Listing, Now, Step, Submission};
use fleet::link::{Faults, Link, Reply};
use forms::Value;
use forms::generator::{Mix, generate};
use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use types::{AreaId, Occupancy, Outcome, Source};

use crate::census::{Census, HOUSEHOLD, LISTING, PHASE};

/// Tries of a sync before the enumerator gives up.
const TRIES: usize = 20;

/// See the module's documentation.
pub struct Handset {
    /// The device core.
    pub device: Device,
    /// Every operation finished here, by number, as the bytes that are sent.
    pub finished: BTreeMap<u64, Vec<u8>>,
    disk: BTreeMap<String, Vec<u8>>,
    link: Link,
    rng: ChaCha8Rng,
    now_us: i64,
}

impl Handset {
    /// A new phone that enrols with a code.
    pub async fn enrol(server: SocketAddr, code: &str, seed: u64) -> Handset {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut entropy = [0; 64];
        rng.fill_bytes(&mut entropy);
        let now_us = 1_604_200_000_000_000;
        let (device, step) = Device::create(entropy, Now { us: now_us, offset_min: 480 });
        let link = Link::new(server);
        let mut phone = Handset { device, finished: BTreeMap::new(), disk: BTreeMap::new(), link, rng, now_us };
        phone.store(&step);
        let step = phone.device.enrol(code).expect("the code is well typed");
        phone.commit(step).await;
        assert!(phone.device.enrolment().is_some(), "the phone is enrolled");
        phone.sync().await;
        phone
    }

    /// Enrols with the office that was set up again after the first was lost, and learns what it knows.
    pub async fn enrol_again(&mut self, server: SocketAddr, code: &str) {
        self.link = Link::new(server);
        let step = self.device.enrol_again(code).expect("the code is well typed");
        self.commit(step).await;
        self.sync().await;
    }

    /// A copy of this phone's store on another phone, as a thief or a backup makes one.
    pub fn copy(&self, seed: u64) -> Handset {
        Handset {
            device: Device::open(self.disk.clone()).expect("the copied store opens"),
            finished: self.finished.clone(),
            disk: self.disk.clone(),
            link: self.link.clone(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            now_us: self.now_us,
        }
    }

    /// What was finished here and has a receipt: operation and receipt, as bytes, by number.
    pub fn receipted(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let receipts: BTreeMap<u64, Vec<u8>> = self.device.receipts().map(|r| (r.number, r.bytes)).collect();
        receipts.into_iter().map(|(number, receipt)| (self.finished[&number].clone(), receipt)).collect()
    }

    fn now(&mut self) -> Now {
        self.now_us += 60_000_000;
        Now { us: self.now_us, offset_min: 480 }
    }

    fn entropy(&mut self) -> [u8; 32] {
        let mut entropy = [0; 32];
        self.rng.fill_bytes(&mut entropy);
        entropy
    }

    fn store(&mut self, step: &Step) {
        for key in &step.deletes {
            self.disk.remove(key);
        }
        self.disk.extend(step.puts.iter().cloned());
    }

    async fn commit(&mut self, step: Step) {
        self.store(&step);
        let mut next = step.request;
        while let Some(request) = next {
            let reply = self.link.send(&request, Faults::NONE, &mut self.rng).await;
            let (now, entropy) = (self.now(), self.entropy());
            let step = match reply {
                Reply::Answered { status, body } => self
                    .device
                    .response(request.id, status, &body, now, entropy)
                    .unwrap_or_else(|error| panic!("the phone cannot use an answer of status {status}: {error}")),
                Reply::Lost => self.device.failed(request.id, now),
            };
            self.store(&step);
            next = step.request;
        }
    }

    /// Syncs once, whatever comes of it.
    pub async fn sync(&mut self) {
        let (now, entropy) = (self.now(), self.entropy());
        let step = self.device.sync(now, entropy);
        self.commit(step).await;
    }

    /// Syncs until everything finished has a receipt. True when that came to be.
    pub async fn sync_all(&mut self) -> bool {
        for _ in 0..TRIES {
            if self.device.outbox().count == 0 {
                return true;
            }
            self.sync().await;
        }
        self.device.outbox().count == 0
    }

    fn keep(&mut self, step: Step, finished: Finished) -> Finished {
        // Nothing is sent at finish: the step's request waits for the next sync.
        self.store(&step);
        let bytes = self.device.outgoing(finished.number).expect("what is finished is in the outbox").to_vec();
        self.finished.insert(finished.number, bytes);
        finished
    }

    /// Lists an occupied dwelling with one household; returns the household's number.
    pub fn list(&mut self, census: &Census, ea: AreaId, head_name: &str) -> u32 {
        let mix = Mix { inputs: census.inputs(), ..Mix::default() };
        let mut sheet = generate(&census.listing, self.rng.next_u64(), &mix);
        for (question, value) in [("kind", "conventional"), ("occupancy", "occupied")] {
            sheet.set(question, &Value::Choice(value.into())).expect(question);
        }
        sheet.set("households", &Value::Number(1.0)).expect("households");
        sheet.set("head_name", &Value::Text(head_name.into())).expect("head_name");
        let listing = Listing {
            ea,
            building: 1,
            kind: 1,
            occupancy: Occupancy::Occupied,
            households: 1,
            form: LISTING,
            version: 1,
            sheet: sheet.split_identifiers().into(),
            ..Listing::default()
        };
        let (now, entropy) = (self.now(), self.entropy());
        let (step, finished) = self.device.list_dwelling(&listing, now, entropy).expect("a dwelling is listed");
        self.keep(step, finished).households[0]
    }

    /// Interviews a household of so many persons; the first has this name. Returns the operation's number.
    pub fn interview(&mut self, census: &Census, ea: AreaId, household: u32, persons: u32, head_name: &str) -> u64 {
        let mix = Mix { inputs: census.inputs(), persons: Some(persons), ..Mix::default() };
        let mut instance = generate(&census.household, self.rng.next_u64(), &mix);
        instance.set("person[1]/d1_name", &Value::Text(head_name.into())).expect("d1_name");
        let submission = Submission {
            ea,
            household,
            form: HOUSEHOLD,
            version: 1,
            phase: PHASE,
            source: Source::InPerson,
            started_us: self.now().us,
            outcome: Outcome::Clean,
            sheet: instance.split_identifiers().into(),
            ..Submission::default()
        };
        let (now, entropy) = (self.now(), self.entropy());
        let (step, finished) = self.device.submit(&submission, now, entropy).expect("an interview is finished");
        self.keep(step, finished).number
    }
}
