//! The device: its state, how a new one is made and how a stored one is opened.

use event::letter::WorkingKey;
use event::seal::OpeningKey;
use event::sign::PrivateKey;
use event::{Digest, Protobuf};
use types::{AreaId, Origin};

use crate::page::Page;
use crate::record::{
    AreaRecord, DraftRecord, Enrolment, FormRecord, PhaseRecord, PhotoRecord, Receipted, SecretDevice, SecretWorking,
    State,
};
use crate::sorted::Sorted;
use crate::step::{Batch, Now, Step};
use crate::sync::{Flight, Session};
use crate::{Error, Result, key};

/// A phone's store and what it does with it. One person's; people who share a phone have a store each.
///
/// Calls that change something return a [`Step`]; calls that fail change nothing.
pub struct Device {
    pub(crate) state: State,
    pub(crate) origin: Origin,
    pub(crate) signing_key: PrivateKey,
    pub(crate) enrolment: Option<Enrolment>,
    /// `None` while locked.
    pub(crate) reading: Option<Reading>,
    pub(crate) outbox: Sorted<u64, Outgoing>,
    pub(crate) receipts: Sorted<u64, Receipted>,
    /// Operations with a receipt, byte for byte as sent: should the office lose all it has, they are sent to the next.
    pub(crate) sent: Sorted<u64, Vec<u8>>,
    pub(crate) drafts: Sorted<String, DraftRecord>,
    /// By the digest of their encrypted bytes, in hexadecimal digits.
    pub(crate) photos: Sorted<String, PhotoRecord>,
    pub(crate) areas: Sorted<u32, AreaRecord>,
    pub(crate) pages: Sorted<AreaId, Page>,
    pub(crate) forms: Sorted<(u32, u32), FormRecord>,
    pub(crate) phases: Sorted<u32, PhaseRecord>,
    pub(crate) session: Option<Session>,
    /// The server forgot a session since the last good sync.
    pub(crate) renewed: bool,
    pub(crate) flights: Sorted<u64, Flight>,
    /// The code typed last, until the server answers.
    pub(crate) enrolling: Option<[u8; 10]>,
    pub(crate) next_enrol_request: u64,
}

/// Keys that read: the working keys, and the key of drafts.
pub(crate) struct Reading {
    pub(crate) draft_key: [u8; 32],
    pub(crate) working: Sorted<AreaId, OpeningKey>,
}

/// Finished work that has no receipt yet.
pub(crate) struct Outgoing {
    /// The operation, byte for byte as made at finish.
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: Digest,
    pub(crate) made_us: i64,
}

impl Outgoing {
    pub(crate) fn new(bytes: Vec<u8>) -> Result<Outgoing, event::Error> {
        let made_us = event::Operation::read(&bytes)?.sent_at_us;
        Ok(Outgoing { digest: event::operation::digest(&bytes), bytes, made_us })
    }
}

impl Device {
    /// A new store. The 64 random bytes become the origin (16), the signing key (32) and part of the drafts' key.
    pub fn create(entropy: [u8; 64], _now: Now) -> (Device, Step) {
        let origin: [u8; 16] = std::array::from_fn(|at| entropy[at]);
        let signing_key: [u8; 32] = std::array::from_fn(|at| entropy[16 + at]);
        let draft_key = blake3_key(&entropy);
        let mut device = Device {
            state: State { origin: origin.to_vec(), next_operation: 1, next_local: 1, ..State::default() },
            origin: Origin(origin),
            signing_key: PrivateKey::from_bytes(&signing_key),
            enrolment: None,
            reading: Some(Reading { draft_key, working: Sorted::new() }),
            outbox: Sorted::new(),
            receipts: Sorted::new(),
            sent: Sorted::new(),
            drafts: Sorted::new(),
            photos: Sorted::new(),
            areas: Sorted::new(),
            pages: Sorted::new(),
            forms: Sorted::new(),
            phases: Sorted::new(),
            session: None,
            renewed: false,
            flights: Sorted::new(),
            enrolling: None,
            next_enrol_request: 1,
        };
        let mut batch = Batch::default();
        batch.state = true;
        batch.put(key::SECRET_DEVICE.to_owned(), &SecretDevice { signing_key: signing_key.to_vec() });
        batch.put(key::SECRET_WORKING.to_owned(), &device.secret_working().unwrap_or_default());
        let step = device.end(batch);
        (device, step)
    }

    /// Opens a store from all its records but those named `blob/…`, in any order. Without `secret/working` it opens locked: finishing and
    /// sending work, names and drafts wait for [`Device::unlock`].
    pub fn open(records: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Device> {
        let mut records: Sorted<String, Vec<u8>> = records.into_iter().collect();
        let state: State = take(&mut records, key::STATE)?.ok_or(Error::Missing { key: key::STATE })?;
        let secret: SecretDevice =
            take(&mut records, key::SECRET_DEVICE)?.ok_or(Error::Missing { key: key::SECRET_DEVICE })?;
        let wrong = |key: &str, field| Error::Record {
            key: key.to_owned(),
            source: event::Error::Field { what: "stored record", field },
        };
        let signing_key: [u8; 32] =
            secret.signing_key.as_slice().try_into().map_err(|_| wrong(key::SECRET_DEVICE, "signing_key"))?;
        let mut device = Device {
            origin: Origin::from_slice(&state.origin).ok_or_else(|| wrong(key::STATE, "origin"))?,
            state,
            signing_key: PrivateKey::from_bytes(&signing_key),
            enrolment: take(&mut records, key::ENROLMENT)?,
            reading: None,
            outbox: Sorted::new(),
            receipts: Sorted::new(),
            sent: Sorted::new(),
            drafts: Sorted::new(),
            photos: Sorted::new(),
            areas: Sorted::new(),
            pages: Sorted::new(),
            forms: Sorted::new(),
            phases: Sorted::new(),
            session: None,
            renewed: false,
            flights: Sorted::new(),
            enrolling: None,
            next_enrol_request: 1,
        };
        if let Some(bytes) = records.remove(key::SECRET_WORKING) {
            device.unlock(&bytes)?;
        }
        for (key, bytes) in records {
            device.load(&key, bytes).map_err(|source| Error::Record { key, source })?;
        }
        Ok(device)
    }

    fn load(&mut self, key: &str, bytes: Vec<u8>) -> Result<(), event::Error> {
        let wrong = || event::Error::Field { what: "stored record", field: "key" };
        let (folder, rest) = key.split_once('/').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
        match folder {
            #[cfg(feature = "plant")]
            "outbox" if types::planted("forget-the-outbox") && rest.ends_with('3') => {}
            "outbox" => self.outbox.insert(rest.parse().map_err(|_| wrong())?, Outgoing::new(bytes)?),
            "receipt" => self.receipts.insert(rest.parse().map_err(|_| wrong())?, decode(&bytes)?),
            "sent" => self.sent.insert(rest.parse().map_err(|_| wrong())?, bytes),
            "draft" => self.drafts.insert(rest.to_owned(), decode(&bytes)?),
            "photo" => self.photos.insert(rest.to_owned(), decode(&bytes)?),
            "area" => self.areas.insert(number(rest)?, decode(&bytes)?),
            "phase" => self.phases.insert(number(rest)?, decode(&bytes)?),
            "form" => {
                let (form, version) = rest.split_once('/').ok_or_else(wrong)?;
                self.forms.insert((number(form)?, number(version)?), decode(&bytes)?);
            }
            "ea" => {
                let mut parts = rest.split('/');
                let page = self.pages.or_default(AreaId(number(parts.next().unwrap_or_default())?));
                let (entity, form) = (parts.next(), parts.next());
                match (entity.and_then(|e| e.split_at_checked(1)), form.and_then(|f| f.strip_prefix('f'))) {
                    (None, None) => page.ea = decode(&bytes)?,
                    (Some(("d", n)), None) => page.dwellings.insert(number(n)?, decode(&bytes)?),
                    (Some(("h", n)), None) => page.households.insert(number(n)?, decode(&bytes)?),
                    (Some(("h", n)), Some(f)) => page.cases.insert((number(n)?, number(f)?), decode(&bytes)?),
                    _ => return Err(wrong()),
                }
            }
            // A record of a newer version of the app: it stays where it is.
            _ => {}
        }
        Ok(())
    }

    /// Opens names and drafts with the stored `secret/working` record, unwrapped by the caller.
    pub fn unlock(&mut self, secret_working: &[u8]) -> Result<()> {
        let record = |source| Error::Record { key: key::SECRET_WORKING.to_owned(), source };
        let secret: SecretWorking = decode(secret_working).map_err(record)?;
        let field = || record(event::Error::Field { what: "stored record", field: "draft_key" });
        let draft_key = secret.draft_key.as_slice().try_into().map_err(|_| field())?;
        let working = secret.working.iter().map(|w| Ok((AreaId(w.ea), OpeningKey::from_bytes(&w.key)?)));
        self.reading = Some(Reading { draft_key, working: working.collect::<Result<_, _>>().map_err(record)? });
        Ok(())
    }

    /// Whether names and drafts are closed.
    pub fn locked(&self) -> bool {
        self.reading.is_none()
    }

    /// The origin new work is numbered under.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The public half of the key that signs for this device.
    pub fn public_key(&self) -> [u8; 32] {
        self.signing_key.public()
    }

    /// The last stored generation, see [`Step::generation`].
    pub fn generation(&self) -> u64 {
        self.state.generation
    }

    /// Removes what reads: working keys, drafts, pages, forms, work that has arrived. Finished work without a receipt stays
    /// with its photos, and so does what sends it. The office's changes are learned from the start again, should reading be allowed again.
    pub fn wipe(&mut self) -> Step {
        let mut batch = Batch::default();
        self.wipe_into(&mut batch);
        self.end(batch)
    }

    pub(crate) fn wipe_into(&mut self, batch: &mut Batch) {
        batch.delete(key::SECRET_WORKING.to_owned());
        self.reading = None;
        std::mem::take(&mut self.drafts).into_keys().for_each(|name| batch.delete(key::draft(&name)));
        std::mem::take(&mut self.sent).into_keys().for_each(|local| batch.delete(key::sent(local)));
        self.forget_changes(batch);
    }

    /// Removes what the office's changes brought: they are learned from the start again.
    pub(crate) fn forget_changes(&mut self, batch: &mut Batch) {
        std::mem::take(&mut self.areas).into_keys().for_each(|area| batch.delete(key::area(area)));
        std::mem::take(&mut self.phases).into_keys().for_each(|phase| batch.delete(key::phase(phase)));
        std::mem::take(&mut self.forms).into_keys().for_each(|(f, v)| batch.delete(key::form(f, v)));
        for (ea, page) in std::mem::take(&mut self.pages) {
            page.dwellings.into_keys().for_each(|d| batch.delete(key::dwelling(ea, d)));
            page.households.into_keys().for_each(|h| batch.delete(key::household(ea, h)));
            page.cases.into_keys().for_each(|(h, f)| batch.delete(key::case(ea, h, f)));
            // What is left are the highest numbers, without which finished work could be numbered twice.
            let marks = Page { ea: page.ea, ..Page::default() };
            batch.put(key::ea(ea), &marks.ea);
            self.pages.insert(ea, marks);
        }
        self.state.cursor = 0;
        batch.state = true;
    }

    pub(crate) fn secret_working(&self) -> Option<SecretWorking> {
        let reading = self.reading.as_ref()?;
        let working = reading.working.iter();
        Some(SecretWorking {
            draft_key: reading.draft_key.to_vec(),
            working: working.map(|(ea, k)| WorkingKey { ea: ea.0, key: k.to_bytes().to_vec() }).collect(),
        })
    }

    pub(crate) fn enrolled_as(&self) -> Result<&Enrolment> {
        self.enrolment.as_ref().ok_or(Error::NotEnrolled)
    }

    pub(crate) fn page_mut(&mut self, ea: AreaId) -> &mut Page {
        self.pages.or_default(ea)
    }

    pub(crate) fn end(&mut self, batch: Batch) -> Step {
        batch.step(&mut self.state, None)
    }
}

fn blake3_key(entropy: &[u8; 64]) -> [u8; 32] {
    event::operation::digest(&[b"drafts".as_slice(), entropy].concat())
}

pub(crate) fn decode<M: Protobuf + Default>(bytes: &[u8]) -> Result<M, event::Error> {
    M::decode(bytes).map_err(|source| event::Error::Decode { what: "stored record", source })
}

fn take<M: Protobuf + Default>(records: &mut Sorted<String, Vec<u8>>, key: &str) -> Result<Option<M>> {
    let record = |source| Error::Record { key: key.to_owned(), source };
    records.remove(key).map(|bytes| decode(&bytes).map_err(record)).transpose()
}
