//! One simulated phone: the real device core, a disk that survives its deaths, a clock and a network of its own.

use std::collections::BTreeMap;

use device::{Device, Now, Step};
use rand::{Rng, RngCore};
use rand_chacha::ChaCha8Rng;
use types::AreaId;

use crate::link::{Faults, Link, Reply};

/// Tries of one request on a bad network before the enumerator gives up for now.
const TRIES: u32 = 12;

/// What went wrong with a phone that no network explains.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The device core refused.
    #[error("the device core refused")]
    Device(#[from] device::Error),
    /// The form engine refused.
    #[error("the form engine refused")]
    Form(#[from] forms::Error),
    /// The office did not enrol the phone although the network was there.
    #[error("the phone could not be enrolled")]
    NotEnrolled,
    /// The phone has not learned what it needs.
    #[error("the phone has not learned {what}")]
    Missing {
        /// What.
        what: &'static str,
    },
}

/// The result of a phone's work.
pub type Result<T> = std::result::Result<T, Error>;

/// See the module's documentation.
pub struct Phone {
    /// The device core. Work is done on it; its steps go through [`Phone::commit`].
    pub device: Device,
    disk: BTreeMap<String, Vec<u8>>,
    link: Link,
    faults: Faults,
    rng: ChaCha8Rng,
    now_us: i64,
    /// How often it died and came back.
    pub deaths: u32,
    /// How often a request was lost on the way there or back.
    pub losses: u32,
}

impl Phone {
    /// A new phone that enrols with an activation code.
    pub async fn enrol(link: Link, faults: Faults, mut rng: ChaCha8Rng, now_us: i64, code: &str) -> Result<Phone> {
        let mut entropy = [0; 64];
        rng.fill_bytes(&mut entropy);
        let (device, step) = Device::create(entropy, Now { us: now_us, offset_min: 480 });
        let mut phone = Phone { device, disk: BTreeMap::new(), link, faults, rng, now_us, deaths: 0, losses: 0 };
        phone.store(&step);
        for _ in 0..TRIES {
            let step = phone.device.enrol(code)?;
            phone.commit(step).await?;
            if phone.device.enrolment().is_some() {
                return Ok(phone);
            }
        }
        Err(Error::NotEnrolled)
    }

    /// The phone's clock: a minute or so passes with every look.
    pub fn now(&mut self) -> Now {
        self.now_us += self.rng.random_range(20..120) * 1_000_000;
        Now { us: self.now_us, offset_min: 480 }
    }

    /// Random bytes for the device core.
    pub fn entropy(&mut self) -> [u8; 32] {
        let mut entropy = [0; 32];
        self.rng.fill_bytes(&mut entropy);
        entropy
    }

    /// A chance of `share`, from 0 to 1.
    pub fn chance(&mut self, share: f64) -> bool {
        self.rng.random_bool(share)
    }

    /// From now on the network is like this.
    pub fn network(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Writes a step to the phone's disk, as one transaction.
    pub fn store(&mut self, step: &Step) {
        for key in &step.deletes {
            self.disk.remove(key);
        }
        self.disk.extend(step.puts.iter().cloned());
    }

    /// Stores a step and follows its requests until none is left or the network fails.
    pub async fn commit(&mut self, step: Step) -> Result<()> {
        self.store(&step);
        let mut next = step.request;
        while let Some(request) = next {
            let reply = self.link.send(&request, self.faults, &mut self.rng).await;
            let now = self.now();
            let step = match reply {
                Reply::Answered { status, body } => {
                    let entropy = self.entropy();
                    self.device.response(request.id, status, &body, now, entropy)?
                }
                Reply::Lost => {
                    self.losses += 1;
                    self.device.failed(request.id, now)
                }
            };
            self.store(&step);
            next = step.request;
        }
        Ok(())
    }

    /// Syncs once, whatever comes of it.
    pub async fn sync(&mut self) -> Result<()> {
        let (now, entropy) = (self.now(), self.entropy());
        let step = self.device.sync(now, entropy);
        self.commit(step).await
    }

    /// Syncs until nothing finished is left on the phone, or the enumerator gives up. True when all was sent.
    pub async fn sync_all(&mut self) -> Result<bool> {
        for _ in 0..TRIES {
            self.sync().await?;
            if self.device.outbox().count == 0 {
                return Ok(true);
            }
        }
        Ok(self.device.outbox().count == 0)
    }

    /// Syncs until the phone knows that it may work here: no door is knocked at before.
    pub async fn learn(&mut self, ea: AreaId) -> Result<()> {
        for _ in 0..10 * TRIES {
            self.sync().await?;
            if self.device.eas().iter().any(|known| known.ea == ea && known.lease > 0) {
                return Ok(());
            }
        }
        Err(Error::Missing { what: "its lease" })
    }

    /// The battery is empty: what was in memory is gone, what was on disk comes back.
    pub fn die(&mut self) -> Result<()> {
        self.device = Device::open(self.disk.clone())?;
        self.deaths += 1;
        Ok(())
    }
}
