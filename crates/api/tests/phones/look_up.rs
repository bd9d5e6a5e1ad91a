//! Look-ups: where households stand, for who may know.

use event::head::DeviceRevoked;
use event::wire::{LookUp, LookedUp};
use event::{Fact, Head, Protobuf};
use types::{AreaId, Response, Source, StaffId};

use crate::office::{EA, ENUMERATOR, Office, Phone, Reply, SUCCESSOR, SUPERVISOR, VILLAGE};

async fn look_up(office: &Office, phone: &Phone, households: Vec<u64>) -> Reply {
    let body = LookUp { households }.encode_to_vec();
    office.send(phone.signed(office, "POST", "/v1/look-up", body)).await
}

/// Method: one household is counted, one is listed, the others are not; each is asked for in one request, twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_tells_where_each_household_stands_and_nothing_of_other_areas() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let work = [phone.list(1, 1), phone.submit(&office, 2, 1, 3), phone.list(3, 2)];
    let receipts = phone.sync(&office, &work, 0).await.receipts;
    let key = |ea: AreaId, number| LookUp::key(ea, number);
    let asked = vec![key(EA, 2), key(EA, 1), key(AreaId(3), 1), key(AreaId(99), 1), u64::MAX, key(EA, 3), key(EA, 1)];

    let found: LookedUp = look_up(&office, &phone, asked.clone()).await.message();
    let counted = 1 + Response::Complete.code() as u8;
    let listed = 1 + Response::NotStarted.code() as u8;
    assert_eq!(found.responses, [listed, counted, 0, 0, 0, 0, counted]);
    let in_person = Source::InPerson.code() as u8;
    assert_eq!(found.sources, [0, in_person, 0, 0, 0, 0, in_person]);
    assert_eq!(found.persons, [0, 3, 0, 0, 0, 0, 3]);
    let at = office.node.store().next_offset() - receipts.len() as u64 + 1;
    assert_eq!(found.submissions, [0, at + 1, 0, 0, 0, 0, at + 1]);

    let supervisor = Phone::enrol(&office, SUPERVISOR).await;
    let theirs: LookedUp = look_up(&office, &supervisor, asked.clone()).await.message();
    assert_eq!(theirs, found);
    let stranger = Phone::enrol(&office, SUCCESSOR).await;
    let nothing: LookedUp = look_up(&office, &stranger, asked).await.message();
    assert_eq!(
        nothing,
        LookedUp { responses: vec![0; 7], sources: vec![0; 7], persons: vec![0; 7], submissions: vec![0; 7] }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_needs_a_session_that_reads_and_has_its_limit() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    assert_eq!(office.post("/v1/look-up", vec![]).await.code(), "auth/session-unknown");
    let most = vec![LookUp::key(EA, 1); LookUp::KEYS_MAX];
    let found: LookedUp = look_up(&office, &phone, most.clone()).await.message();
    assert_eq!(found.responses.len(), LookUp::KEYS_MAX);
    assert_eq!(look_up(&office, &phone, [most, vec![0; 8]].concat()).await.code(), "request/too-large");
    let revoked = Fact::DeviceRevoked(DeviceRevoked { device: phone.device });
    office.node.admin(vec![(Head::of(VILLAGE, StaffId(0), revoked), Vec::new())]).await.unwrap();
    assert_eq!(look_up(&office, &phone, vec![LookUp::key(EA, 1)]).await.code(), "auth/device-revoked");
}
