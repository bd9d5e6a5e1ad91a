//! Two entries that are one household, on the phone of who found out and of who comes after.

use event::Head;
use event::head::Fact;
use event::operation::MergeHousehold;
use types::{HouseholdKey, StaffId};

use crate::behaviour::start;
use crate::handset::{Handset, NOW};
use crate::server::EA;

fn key(household: u16) -> HouseholdKey {
    HouseholdKey { ea: EA, household }
}

/// Each household with the one it is part of.
fn merged(phone: &Handset) -> Vec<(u32, u32)> {
    let page = phone.device.page(EA).unwrap();
    page.dwellings.iter().flat_map(|d| &d.households).map(|h| (h.household, h.merged_into)).collect()
}

#[test]
fn a_merged_household_is_nobodys_work_and_its_number_is_not_given_again() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(2, &mut dice).unwrap();
    assert!(phone.device.merge_household(key(2), 2, NOW, dice.bytes()).is_err(), "into itself");
    assert!(phone.device.merge_household(key(2), 9, NOW, dice.bytes()).is_err(), "into one that is not listed");
    assert!(phone.device.merge_household(key(9), 1, NOW, dice.bytes()).is_err(), "one that is not listed");
    let done = phone.device.merge_household(key(2), 1, NOW, dice.bytes());
    phone.finish(done).unwrap();
    assert_eq!(merged(&phone), [(1, 0), (2, 1)]);
    assert_eq!(phone.device.todo().eas[0].to_interview, 1);
    assert_eq!(phone.device.eas()[0].households, 1);
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(merged(&phone), [(1, 0), (2, 1)], "the office's echo changes nothing");
    assert_eq!(phone.list(1, &mut dice).unwrap().households, [3]);
    let done = phone.device.merge_household(key(2), 0, NOW, dice.bytes());
    phone.finish(done).unwrap();
    assert_eq!(merged(&phone), [(1, 0), (2, 0), (3, 0)]);
    assert_eq!(phone.device.todo().eas[0].to_interview, 3);
}

#[test]
fn what_the_office_tells_of_a_merge_shows_unless_later_work_waits_here() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(2, &mut dice).unwrap();
    phone.sync_all(&mut server, &mut dice);
    let tell = |into| Head::of(EA, StaffId(9), Fact::HouseholdMerged(MergeHousehold { household: 2, into }));
    server.tell(tell(1), Vec::new());
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(merged(&phone), [(1, 0), (2, 1)]);
    server.tell(tell(0), Vec::new());
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(merged(&phone), [(1, 0), (2, 0)]);
}
