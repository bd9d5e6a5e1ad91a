//! Staff, letters, devices and leases, as fold reads and writes them.

use event::head::{DeviceRegistered, LetterIssued, StaffEnrolled};
use fold::At;
use fold::tables::{self, LeaseRow, LetterRow, Post};
use types::{AreaId, DeviceId, Role, StaffId};

use super::Tables;
use crate::view::{Device, Letter, Staff};

impl tables::People for Tables {
    fn post(&self, staff: StaffId) -> Option<Post> {
        self.people.staff.get(&staff.0).map(|staff| Post { role: staff.role, area: staff.area })
    }

    fn login(&self, login: &str) -> Option<StaffId> {
        self.people.logins.get(login).copied()
    }

    fn put_staff(&mut self, staff: &StaffEnrolled) {
        self.people.put_staff(Staff {
            staff: StaffId(staff.staff),
            role: Role::from_code(staff.role),
            area: AreaId(staff.area),
            name: staff.name.clone(),
            login: staff.login.clone(),
            password_hash: staff.password_hash.clone(),
            phone: staff.phone.clone(),
        });
    }

    fn letter_row(&self, lookup: &[u8; 32]) -> Option<LetterRow> {
        self.people.letters.get(lookup).map(|letter| LetterRow {
            staff: letter.staff,
            devices_max: letter.devices_max,
            devices: letter.devices.len() as u32,
        })
    }

    fn put_letter(&mut self, at: At, lookup: [u8; 32], letter: &LetterIssued) {
        let row = Letter {
            staff: StaffId(letter.staff),
            wrapped_keys: letter.wrapped_keys.clone(),
            devices_max: letter.devices_max.max(1),
            devices: Vec::new(),
            offset: at.offset,
        };
        self.people.letters.insert(lookup, row);
    }

    fn cancel_letter(&mut self, lookup: &[u8; 32]) {
        if let Some(letter) = self.people.letters.get_mut(lookup) {
            letter.devices_max = 0;
        }
    }

    fn device_revoked(&self, device: DeviceId) -> Option<bool> {
        self.people.devices.get(&device.0).map(|device| device.revoked)
    }

    fn put_device(&mut self, at: At, device: &DeviceRegistered, signing_key: [u8; 32]) {
        let letter = <[u8; 32]>::try_from(device.letter.as_slice()).unwrap_or_default();
        let (device, staff) = (DeviceId(device.device), StaffId(device.staff));
        if let Some(letter) = self.people.letters.get_mut(&letter) {
            letter.devices.push(device);
        }
        self.people.put_device(Device { device, staff, signing_key, letter, revoked: false, registered: at.time });
    }

    fn revoke_device(&mut self, device: DeviceId) {
        if let Some(device) = self.people.devices.get_mut(&device.0) {
            device.revoked = true;
        }
    }

    fn lease_row(&self, ea: AreaId) -> LeaseRow {
        self.page(ea).map_or(LeaseRow::default(), |page| page.lease)
    }

    fn earlier_holder(&self, ea: AreaId, lease: u32) -> Option<StaffId> {
        self.earlier_leases.get(&(ea, lease)).copied()
    }

    fn put_lease(&mut self, ea: AreaId, lease: LeaseRow) {
        let page = self.page_mut(ea);
        let last = std::mem::replace(&mut page.lease, lease);
        if last.lease != 0 {
            self.people.leases.remove(&(last.staff, ea));
            if last.lease != lease.lease {
                self.earlier_leases.insert((ea, last.lease), last.staff);
            }
        }
        if !lease.ended {
            self.people.leases.insert((lease.staff, ea));
        }
    }
}
