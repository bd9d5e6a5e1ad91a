//! Photos: encrypted at finish, sent after the work they belong to, let go against a receipt of their own.
//!
//! A photo never holds up a submission: it goes when the outbox is empty, one at a time, smallest first, and waits by
//! itself when it fails. Its encrypted bytes lie in a record `blob/…`, which [`Device::open`] is not given: the caller
//! reads it when a step wants it ([`crate::Step::wanted`]), so that a store of hundreds of photos opens quickly.

use event::{Digest, Receipt, attachment};
use types::Message;

use crate::record::PhotoRecord;
use crate::step::{Batch, Now, Request, Step};
use crate::sync::{Entropy, FlightKind};
use crate::{Device, key};

/// The longest file, bytes: the server takes 8 MiB, encryption adds 28.
pub const PHOTO_BYTES_MAX: usize = (8 << 20) - 28;

/// A file as it was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Photo {
    /// Its name: the answer to its question.
    pub name: String,
    /// The file in clear, at most [`PHOTO_BYTES_MAX`].
    pub bytes: Vec<u8>,
}

impl Device {
    /// Photos whose submission is finished and that have no receipt.
    pub fn photos(&self) -> u32 {
        self.photos.len() as u32
    }

    /// The record that the next request needs, when there is nothing more important to send.
    pub(crate) fn wanted(&self, now: Now) -> Option<String> {
        if self.session.is_none() || now.us < self.state.photo_retry_at_us {
            return None;
        }
        let smallest = self.photos.iter().min_by_key(|(_, photo)| photo.bytes)?;
        Some(key::blob(smallest.0))
    }

    /// Sends the photo of a step's [`crate::Step::wanted`]; `blob` is that record, empty when it is gone.
    pub fn upload(&mut self, wanted: &str, blob: &[u8], now: Now, entropy: [u8; 32]) -> Step {
        let mut batch = Batch::default();
        let Some((name, photo)) = self.photos.iter().find(|(name, _)| key::blob(name) == wanted) else {
            return self.end(batch);
        };
        let name = name.clone();
        if attachment::address(blob) != photo.digest[..] {
            // Its bytes are gone or damaged: no attempt can ever succeed, and the person should know.
            self.forget_photo(&name, &mut batch);
            batch.notices.push(Message::new("sync/photo-damaged"));
            let step = batch.step(&mut self.state, None);
            return Step { wanted: self.wanted(now), ..step };
        }
        let request = self.headers(blob).map(|headers| {
            let id = self.fly(FlightKind::Photo { name: name.clone() }, &Entropy(entropy));
            Request { id, method: "PUT", path: format!("/v1/blobs/{name}"), headers, body: blob.to_vec() }
        });
        batch.step(&mut self.state, request)
    }

    /// Takes the answer to an upload; the photo is let go only when the receipt proves its bytes.
    pub(crate) fn uploaded(&mut self, name: &str, status: u16, body: &[u8], jitter: u32, now: Now) -> Step {
        let mut batch = Batch::default();
        if status == 200 && self.proved(name, body) {
            self.forget_photo(name, &mut batch);
            (self.state.photo_attempts, self.state.photo_retry_at_us) = (0, 0);
            let step = batch.step(&mut self.state, None);
            return Step { wanted: self.wanted(now), ..step };
        }
        if status == 401 {
            self.session = None;
        }
        self.wait_photo(jitter, now, &mut batch);
        self.end(batch)
    }

    pub(crate) fn wait_photo(&mut self, jitter: u32, now: Now, batch: &mut Batch) {
        self.state.photo_attempts = (self.state.photo_attempts + 1).min(30);
        self.state.photo_retry_at_us = now.us.saturating_add(crate::sync::wait_us(self.state.photo_attempts, jitter));
        batch.state = true;
    }

    fn proved(&self, name: &str, body: &[u8]) -> bool {
        let (Some(photo), Some(enrolment)) = (self.photos.get(name), &self.enrolment) else { return false };
        let Ok(digest) = Digest::try_from(photo.digest.as_slice()) else { return false };
        Receipt::read(body).is_ok_and(|receipt| receipt.verify(&digest, &enrolment.node_key).is_ok())
    }

    /// Keeps an encrypted photo until it has a receipt.
    pub(crate) fn keep_photo(&mut self, blob: Vec<u8>, batch: &mut Batch) {
        let digest = attachment::address(&blob);
        let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let photo = PhotoRecord { digest: digest.to_vec(), bytes: blob.len() as u64 };
        batch.put(key::photo(&name), &photo);
        batch.put_bytes(key::blob(&name), blob);
        self.photos.insert(name, photo);
    }

    fn forget_photo(&mut self, name: &str, batch: &mut Batch) {
        self.photos.remove(name);
        batch.delete(key::photo(name));
        batch.delete(key::blob(name));
    }
}
