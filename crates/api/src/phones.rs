//! When each phone was last heard of and what it still has, for the office's list of phones that have not sent.
//!
//! Kept in memory: it says nothing about what was counted, and fills up again as phones sync.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use types::{DeviceId, Time};

use crate::fresh::Fresh;

/// What a phone said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// When, the server's time.
    pub at: Time,
    /// Finished work it still had after that request.
    pub unsent: u32,
    /// What its app calls itself: `collect/0.1.0`.
    pub app: String,
}

/// Every phone heard of since the server started. A clone is the same list: listeners over one cell share it.
#[derive(Clone, Debug, Default)]
pub struct Phones {
    heard: Arc<Mutex<HashMap<DeviceId, Phone>>>,
    pub(crate) fresh: Fresh,
}

impl Phones {
    /// A phone was heard of.
    pub(crate) fn heard(&self, device: DeviceId, at: Time, unsent: u32, app: &str) {
        let mut phones = self.heard.lock();
        match phones.get_mut(&device) {
            Some(phone) if phone.app == app => (phone.at, phone.unsent) = (at, unsent),
            _ => {
                let app = app.chars().take(64).collect();
                phones.insert(device, Phone { at, unsent, app });
            }
        }
    }

    /// What a phone said last; `None` when it has not been heard of since the server started.
    pub fn get(&self, device: DeviceId) -> Option<Phone> {
        self.heard.lock().get(&device).cloned()
    }
}
