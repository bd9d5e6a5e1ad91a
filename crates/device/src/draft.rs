//! Drafts: interviews begun. They hold names, so they are stored encrypted under a key that only reads.

use event::cipher;

use crate::record::DraftRecord;
use crate::step::{Batch, Now, Step};
use crate::{Device, Error, Result, key};

/// A draft in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What the app calls it, such as `12/3/2` (area, household, form).
    pub key: String,
    /// When it was saved, microseconds UTC by the phone's clock.
    pub saved_us: i64,
    /// Its length in clear.
    pub bytes: u64,
}

impl Device {
    /// Keeps an interview that is not finished; the same key again replaces it.
    ///
    /// # Errors
    /// [`Error::Locked`] before [`Device::unlock`].
    pub fn save_draft(&mut self, name: &str, bytes: &[u8], now: Now) -> Result<Step> {
        let reading = self.reading.as_ref().ok_or(Error::Locked)?;
        let sealed = cipher::encrypt(&reading.draft_key, name.as_bytes(), bytes);
        let record = DraftRecord { saved_us: now.us, sealed, bytes: bytes.len() as u64 };
        let mut batch = Batch::default();
        batch.put(key::draft(name), &record);
        self.drafts.insert(name.to_owned(), record);
        Ok(self.end(batch))
    }

    /// Reads a draft; `None` when there is none of this name.
    ///
    /// # Errors
    /// [`Error::Locked`] before [`Device::unlock`]; [`Error::Record`] when it does not decrypt.
    pub fn draft(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let reading = self.reading.as_ref().ok_or(Error::Locked)?;
        let Some(record) = self.drafts.get(name) else { return Ok(None) };
        let opened = cipher::decrypt(&reading.draft_key, name.as_bytes(), &record.sealed);
        opened.map(Some).map_err(|source| Error::Record { key: key::draft(name), source })
    }

    /// Drafts by name. Works while locked.
    pub fn drafts(&self) -> Vec<Draft> {
        let drafts = self.drafts.iter();
        drafts.map(|(key, r)| Draft { key: key.clone(), saved_us: r.saved_us, bytes: r.bytes }).collect()
    }

    /// Forgets a draft. The finished form it became is in the outbox; finish first, then discard.
    pub fn discard_draft(&mut self, name: &str) -> Step {
        let mut batch = Batch::default();
        if self.drafts.remove(name).is_some() {
            batch.delete(key::draft(name));
        }
        self.end(batch)
    }
}
