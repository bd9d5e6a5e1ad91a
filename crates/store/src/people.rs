//! Staff, letters and devices.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use types::{AreaId, DeviceId, Role, StaffId};

use crate::table::Table;
use crate::view::{Device, Letter, Staff};

/// Who may do what, with which device.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    pub staff: Table<u32, Staff>,
    pub logins: HashMap<String, StaffId>,
    /// Who supervises a subtree, by its top.
    pub supervisors: BTreeSet<(AreaId, StaffId)>,
    pub letters: Table<[u8; 32], Letter>,
    pub devices: Table<u32, Device>,
    pub keys: HashMap<[u8; 32], DeviceId>,
    /// Enumeration areas leased now, by who holds them.
    pub leases: BTreeSet<(StaffId, AreaId)>,
}

impl People {
    pub fn put_staff(&mut self, staff: Staff) {
        if let Some(old) = self.staff.get(&staff.staff.0) {
            if self.logins.get(&old.login) == Some(&staff.staff) {
                self.logins.remove(&old.login);
            }
            self.supervisors.remove(&(old.area, old.staff));
        }
        if staff.role == Role::Supervisor {
            self.supervisors.insert((staff.area, staff.staff));
        }
        if !staff.login.is_empty() {
            self.logins.insert(staff.login.clone(), staff.staff);
        }
        self.staff.insert(staff.staff.0, staff);
    }

    /// Who supervises the subtree with this top; of several, the first by number.
    pub fn supervisor(&self, top: AreaId) -> Option<&Staff> {
        let (_, staff) = self.supervisors.range((top, StaffId(0))..=(top, StaffId(u32::MAX))).next()?;
        self.staff.get(&staff.0)
    }

    /// Adds a device; says which letter registered it.
    pub fn put_device(&mut self, device: Device) {
        self.keys.insert(device.signing_key, device.device);
        self.devices.insert(device.device.0, device);
    }

    /// In order of the event that issued them.
    pub fn letter_list(&self) -> Vec<(&[u8; 32], &Letter)> {
        let mut list: Vec<_> = self.letters.iter().collect();
        list.sort_unstable_by_key(|(_, letter)| letter.offset);
        list
    }

    pub fn bytes(&self) -> usize {
        let texts =
            |staff: &Staff| staff.name.len() + staff.login.len() * 2 + staff.password_hash.len() + staff.phone.len();
        self.staff.values().map(|staff| texts(staff) + size_of::<Staff>() + 40).sum::<usize>()
            + self.letters.values().map(|letter| letter.wrapped_keys.len() + size_of::<Letter>() + 48).sum::<usize>()
            + self.devices.len() * (size_of::<Device>() + 16)
            + self.keys.capacity() * 40
            + self.leases.len() * 12
    }
}
