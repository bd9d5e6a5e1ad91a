//! Phones against a real server over real HTTP.

mod doors;
mod files;
mod look_up;
#[path = "../office/mod.rs"]
mod office;
mod packed;

use event::head::DeviceRevoked;
use event::operation::ListDwelling;
use event::sign::PrivateKey;
use event::{Body, Fact, Head, Protobuf, wire};
use hyper::StatusCode;
use office::{
    EA, ENUMERATOR, Office, Phone, SUCCESSOR, SUPERVISOR, VILLAGE, enrol_request, session_request,
    session_request_in_time,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use types::{AreaId, Held, Outcome, Response, Role, StaffId, Verdict};

fn verdicts(synced: &wire::Synced) -> Vec<u32> {
    synced.receipts.iter().map(|receipt| receipt.verdict).collect()
}

fn facts(changes: &[wire::Change]) -> Vec<&'static str> {
    changes.iter().map(|change| Head::read(&change.head).unwrap().fact.unwrap().name()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_enrols_opens_a_session_and_its_work_is_counted_and_comes_back() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    assert_eq!(phone.enrolled.staff_name, "Li");
    assert_eq!(phone.enrolled.census.as_ref().unwrap().id, office::CENSUS);

    let first = phone.sync(&office, &[], 0).await;
    let seen = facts(&first.changes);
    for fact in ["census.defined", "form.published", "phase.opened", "lease.granted", "area.defined"] {
        assert!(seen.contains(&fact), "{fact} is not in {seen:?}");
    }
    assert!(!first.more);

    let work = [phone.list(1, 1), phone.submit(&office, 2, 1, 3)];
    let synced = phone.sync(&office, &work, first.cursor).await;
    assert_eq!(verdicts(&synced), [0, 0]);
    assert_eq!(facts(&synced.changes), ["dwelling.listed", "submission.received"]);
    let body = Body::read(&synced.changes[1].body).unwrap();
    assert_eq!(body.answers, office.answers(3));
    let progress = office.node.store().progress(VILLAGE);
    assert_eq!((progress.dwellings, progress.persons), (1, 3));
    assert!(phone.sync(&office, &[], synced.cursor).await.changes.is_empty());
    let handed_in = phone.sync(&office, &work, wire::RECEIPTS_ONLY).await;
    assert_eq!((handed_in.receipts.len(), handed_in.changes.len()), (work.len(), 0));
    office.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resend_gets_the_same_receipt_and_counts_once() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let work = [phone.list(1, 1), phone.submit(&office, 2, 1, 3)];
    let first = phone.sync(&office, &work, 0).await;
    phone.sync(&office, &[phone.list(3, 2)], 0).await;
    let again = phone.sync(&office, &work, 0).await;
    let receipts = |synced: &wire::Synced| -> Vec<Vec<u8>> {
        synced.receipts.iter().map(|r| r.receipt(&synced.frames).unwrap().encode_to_vec()).collect()
    };
    assert_eq!(receipts(&first), receipts(&again));
    // Twice in one request, too.
    let twice = phone.list(4, 3);
    let synced = phone.sync(&office, &[twice.clone(), twice], 0).await;
    let [a, b] = receipts(&synced).try_into().unwrap();
    assert_eq!(a, b);
    assert_eq!(office.node.store().progress(EA).dwellings, 3);
    assert_eq!(office.node.store().progress(EA).persons, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_operation_is_held_and_the_others_count() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let unreadable = phone.submit_body(3, 1, Body { answers: b"?".to_vec(), ..Body::default() }.encode_to_vec(), 1);
    let unknown_form = phone.submit_body(4, 2, Vec::new(), 9);
    let work = [phone.list(1, 1), b"not an operation".to_vec(), phone.list(2, 2), unreadable, unknown_form];
    let synced = phone.sync(&office, &work, 0).await;
    assert_eq!(verdicts(&synced)[..3], [0, Verdict::Held.code(), 0]);
    assert_eq!(synced.receipts[1].held, Held::Malformed.code());
    let outcomes: Vec<_> = synced
        .changes
        .iter()
        .filter_map(|change| match Head::read(&change.head).unwrap().fact {
            Some(Fact::SubmissionReceived(received)) => Some(received.outcome),
            _ => None,
        })
        .collect();
    assert_eq!(outcomes, [Outcome::Unreadable.code(); 2]);
    // Even bytes without a name are taken once.
    let before = office.node.store().next_offset();
    let again = phone.sync(&office, &work, 0).await;
    assert_eq!(office.node.store().next_offset(), before);
    assert_eq!(again.receipts[1].event, synced.receipts[1].event);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_for_another_reference_moment_count_and_wait_for_review() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let answers = |day| Body { answers: office.answers_for(day, 3), ..Body::default() }.encode_to_vec();
    let late = phone.submit_body(2, 1, answers("2020-11-02"), 1);
    phone.sync(&office, &[phone.list(1, 1), late], 0).await;
    let review = |office: &Office| office.node.store().household(EA, 1).unwrap().response;
    assert_eq!(review(&office), Response::NeedsReview);
    assert_eq!(office.node.store().progress(EA).persons, 3);
    phone.sync(&office, &[phone.submit_body(3, 1, answers("2020-11-01"), 1)], 0).await;
    assert_eq!(review(&office), Response::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_number_with_other_bytes_is_kept_with_a_receipt_of_its_own() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let first = phone.sync(&office, &[phone.list(1, 1)], 0).await;
    let other = phone.sync(&office, &[phone.list(1, 2)], 0).await;
    assert_eq!(verdicts(&other), [Verdict::IdConflict.code()]);
    assert_ne!(first.receipts[0].event, other.receipts[0].event);
    let again = phone.sync(&office, &[phone.list(1, 2)], 0).await;
    assert_eq!(again.receipts[0].event, other.receipts[0].event);
    assert_eq!(office.node.store().progress(EA).dwellings, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_still_sends_and_no_longer_reads() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let revoked = Fact::DeviceRevoked(DeviceRevoked { device: phone.device });
    office.node.admin(vec![(Head::of(VILLAGE, StaffId(0), revoked), Vec::new())]).await.unwrap();
    let synced = phone.sync(&office, &[phone.list(1, 1)], 0).await;
    assert_eq!(synced.receipts[0].held, Held::DeviceRevoked.code());
    assert_eq!(synced.reading_refused, "auth/device-revoked");
    assert!(synced.changes.is_empty());
    let form = office.send(phone.signed(&office, "GET", "/v1/forms/1/1", Vec::new())).await;
    assert_eq!(form.code(), "auth/device-revoked");
    // It may still open a session, to send.
    let request = session_request_in_time(&office, phone.device, &phone.key).await;
    let session = office.post("/v1/session", request.encode_to_vec()).await;
    assert_eq!(session.status, StatusCode::OK);
}

/// Goal: what is wrong with one operation's key concerns that one alone.
/// Method: the body key of one area cannot be read (a folder is in its place); a phone sends work for it and for another.
#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_cannot_be_kept_is_told_so_and_the_others_count() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let in_the_way = office.folder.path().join(format!("keys/bodies/{}-1.key", VILLAGE.0));
    std::fs::create_dir_all(&in_the_way).unwrap();
    // All that a dwelling's listing says is in the head: it needs no key.
    let work = [phone.list(1, 1), phone.submit(&office, 2, 1, 3), phone.list(3, 2)];
    let synced: wire::Synced = phone.sync_reply(&office, &work, 0).await.message();
    let not_taken: Vec<_> = synced.receipts.iter().map(|receipt| receipt.not_taken.as_str()).collect();
    assert_eq!(not_taken, ["", "server/not-taken", ""]);
    assert_eq!(synced.receipts[1].receipt(&synced.frames), None);
    assert_eq!(office.node.store().progress(VILLAGE).dwellings, 2);
    std::fs::remove_dir(&in_the_way).unwrap();
    let again = phone.sync(&office, &work, 0).await;
    assert_eq!(verdicts(&again), [0, 0, 0]);
    assert_eq!(office.node.store().progress(VILLAGE).persons, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_learns_the_whole_area_and_the_predecessor_that_it_is_gone() {
    let office = Office::open().await;
    let first = Phone::enrol(&office, ENUMERATOR).await;
    let mut second = Phone::enrol(&office, SUCCESSOR).await;
    second.lease = 2;
    let before = second.sync(&office, &[], 0).await;
    assert!(!facts(&before.changes).contains(&"lease.granted"));
    let work = [first.list(1, 1), first.submit(&office, 2, 1, 3)];
    let done = first.sync(&office, &work, 0).await;

    office.lease(SUCCESSOR, 2).await;
    let handover = second.sync(&office, &[], before.cursor).await;
    let seen = facts(&handover.changes);
    for fact in ["area.defined", "dwelling.listed", "submission.received"] {
        assert!(seen.contains(&fact), "{fact} is not in {seen:?}");
    }
    let gone = first.sync(&office, &[first.list(3, 2)], done.cursor).await;
    assert_eq!(facts(&gone.changes), ["lease.granted"]);
    assert_eq!(second.sync(&office, &[second.list(1, 7)], handover.cursor).await.receipts[0].held, 0);
    assert_eq!(facts(&first.sync(&office, &[], gone.cursor).await.changes), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_sees_the_subtree() {
    let office = Office::open().await;
    let enumerator = Phone::enrol(&office, ENUMERATOR).await;
    let supervisor = Phone::enrol(&office, SUPERVISOR).await;
    enumerator.sync(&office, &[enumerator.list(1, 1)], 0).await;
    let seen = supervisor.sync(&office, &[], 0).await;
    assert!(facts(&seen.changes).contains(&"dwelling.listed"));
}

/// Every change from a cursor on, asked for in pages of so many.
async fn pages(office: &Office, phone: &Phone, mut cursor: u64, changes_max: u32) -> Vec<wire::Change> {
    let mut changes = Vec::new();
    loop {
        let sync = wire::Sync { cursor, changes_max, ..wire::Sync::default() };
        let answer = office.send(phone.signed(office, "POST", "/v1/sync", sync.encode_to_vec())).await;
        let synced: wire::Synced = answer.message();
        assert_eq!(synced.reading_refused, "");
        changes.extend(synced.changes);
        if !synced.more {
            return changes;
        }
        assert!(synced.cursor > cursor);
        cursor = synced.cursor;
    }
}

/// Goal: a supervisor with many areas is told of all of them, each thing once and each area with its name.
/// Method: a dwelling in each of 700 areas, and in some a second one, read in pages of 64.
#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_of_many_areas_is_told_of_all_page_by_page() {
    let office = Office::open_with(700).await;
    let supervisor = Phone::enrol(&office, SUPERVISOR).await;
    let listed = |ea: u32, dwelling| {
        let it =
            ListDwelling { dwelling, kind: 1, occupancy: 1, households: vec![dwelling], ..ListDwelling::default() };
        (Head::of(AreaId(EA.0 + ea), SUPERVISOR, Fact::DwellingListed(it)), Vec::new())
    };
    let events: Vec<_> = (0..700).map(|ea| listed(ea, 1)).chain((0..700).step_by(7).map(|ea| listed(ea, 2))).collect();
    for ack in office.node.admin(events).await.unwrap() {
        assert_eq!(ack.held, Held::Not);
    }
    let changes = pages(&office, &supervisor, 0, 64).await;
    let mut dwellings = std::collections::BTreeSet::new();
    let mut named = std::collections::BTreeSet::new();
    for change in &changes {
        let head = Head::read(&change.head).unwrap();
        match head.fact.unwrap() {
            Fact::DwellingListed(it) => {
                assert!(named.contains(&head.area), "area {} has no name yet", head.area);
                assert!(dwellings.insert((head.area, it.dwelling)), "told twice");
            }
            Fact::AreasDefined(it) => named.extend(it.areas.iter().map(|area| area.id)),
            _ => {}
        }
    }
    assert_eq!(dwellings.len(), 800);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_of_more_areas_than_a_phone_holds_is_told_so_and_still_deposits() {
    let office = Office::open_with(node::office::SUPERVISED_MAX as u32 + 1).await;
    let mut supervisor = Phone::enrol(&office, SUPERVISOR).await;
    supervisor.lease = 0;
    let synced = supervisor.sync(&office, &[supervisor.list(1, 1)], 0).await;
    assert_eq!((synced.reading_refused.as_str(), synced.changes.len()), ("sync/too-many-areas", 0));
    assert_eq!(verdicts(&synced), [0]);
    let fewer = node::office::enrol_staff(SUPERVISOR, Role::Supervisor, EA, "He", "", "");
    office.node.admin(vec![fewer]).await.unwrap();
    let synced = supervisor.sync(&office, &[], 0).await;
    assert_eq!(synced.reading_refused, "");
    assert!(facts(&synced.changes).contains(&"dwelling.listed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_is_told_the_areas_history_once_however_small_the_pages() {
    let office = Office::open().await;
    let first = Phone::enrol(&office, ENUMERATOR).await;
    let mut second = Phone::enrol(&office, SUCCESSOR).await;
    second.lease = 2;
    let cursor = second.sync(&office, &[], 0).await.cursor;
    let work: Vec<_> = (1..=20).map(|n| first.list(n, n as u32)).collect();
    first.sync(&office, &work, 0).await;
    office.lease(SUCCESSOR, 2).await;
    let more: Vec<_> = (1..=20).map(|n| second.list(n, 20 + n as u32)).collect();
    second.sync(&office, &more, cursor).await;
    let told: Vec<u64> = pages(&office, &second, cursor, 3).await.iter().map(|change| change.offset).collect();
    let mut once = told.clone();
    once.sort_unstable();
    once.dedup();
    let areas = told.iter().filter(|offset| **offset == 0).count();
    assert_eq!((once.len() - 1, told.len() - areas), (2 + 40, 2 + 40), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_and_photos_travel_apart() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let form = office.send(phone.signed(&office, "GET", "/v1/forms/1/1", Vec::new())).await;
    assert_eq!(form.body, office.form.to_bytes());
    assert_eq!(office.send(phone.signed(&office, "GET", "/v1/forms/1/2", Vec::new())).await.code(), "form/unknown");

    let photo = b"an encrypted photo".to_vec();
    let digest = *blake3::hash(&photo).as_bytes();
    let path = format!("/v1/blobs/{}", blake3::Hash::from_bytes(digest));
    let put = office.send(phone.signed(&office, "PUT", &path, photo.clone())).await;
    let receipt: event::Receipt = put.message();
    receipt.verify(&digest, &phone.enrolled.node_key).unwrap();
    let again: event::Receipt = office.send(phone.signed(&office, "PUT", &path, photo.clone())).await.message();
    assert_eq!(receipt, again);
    assert_eq!(office.send(phone.signed(&office, "GET", &path, Vec::new())).await.body, photo);
    let damaged = office.send(phone.signed(&office, "PUT", &path, b"other".to_vec())).await;
    assert_eq!(damaged.code(), "blob/digest-wrong");
    let large = office.head_only(phone.signed(&office, "PUT", &path, Vec::new()), (8 << 20) + 1).await;
    assert!(large.starts_with("HTTP/1.1 413") && large.contains("request/too-large"), "{large}");
    let other = format!("/v1/blobs/{}", "0".repeat(64));
    assert_eq!(office.send(phone.signed(&office, "GET", &other, Vec::new())).await.code(), "blob/unknown");
}

/// Goal: a file is read by who put it, and by who may read what it belongs to; knowing its address is not enough.
/// Method: the enumerator sends a household with a photo and one without, and another enumerator, who enrolled too, a
/// photo of their own; then everybody asks for the first photo, naming nothing, the right event and wrong ones.
#[tokio::test(flavor = "multi_thread")]
async fn a_photo_is_read_by_those_who_may_read_its_household() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let mut other = Phone::enrol(&office, SUCCESSOR).await;
    let supervisor = Phone::enrol(&office, SUPERVISOR).await;
    let photo = b"an encrypted photo".to_vec();
    let digest = *blake3::hash(&photo).as_bytes();
    let path = format!("/v1/blobs/{}", blake3::Hash::from_bytes(digest));
    let attachment = event::Attachment { digest: digest.to_vec(), ..event::Attachment::default() };
    let with = Body { answers: office.answers(3), attachments: vec![attachment], ..Body::default() }.encode_to_vec();
    let work = [phone.list(1, 1), phone.submit_body(2, 1, with, 1), phone.list(3, 2), phone.submit(&office, 4, 2, 1)];
    let first = office.node.store().next_offset();
    phone.sync(&office, &work, 0).await;
    let (named, unnamed) = (first + 1, first + 3);
    assert_eq!(office.send(phone.signed(&office, "PUT", &path, photo.clone())).await.status, StatusCode::OK);

    let asks = async |who: &Phone, event: Option<u64>| {
        let path = event.map_or_else(|| path.clone(), |event| format!("{path}?event={event}"));
        let answer = office.send(who.signed(&office, "GET", &path, Vec::new())).await;
        if answer.status == StatusCode::OK { String::from_utf8(answer.body).unwrap() } else { answer.code() }
    };
    assert_eq!(asks(&phone, None).await, "an encrypted photo");
    assert_eq!(asks(&supervisor, Some(named)).await, "an encrypted photo");
    for event in [None, Some(unnamed), Some(first), Some(0), Some(u64::MAX)] {
        assert_eq!(asks(&supervisor, event).await, "auth/outside-area", "{event:?}");
        assert_eq!(asks(&other, event).await, "auth/outside-area", "{event:?}");
    }
    assert_eq!(asks(&other, Some(named)).await, "auth/outside-area");
    // Whoever is given the area reads it; who put it still does.
    other.lease = 2;
    office.lease(SUCCESSOR, 2).await;
    assert_eq!(asks(&other, Some(named)).await, "an encrypted photo");
    assert_eq!(asks(&other, None).await, "auth/outside-area");
    assert_eq!(asks(&phone, Some(named)).await, "an encrypted photo");
    // Bytes that come again from somebody else are the first one's file still.
    assert_eq!(office.send(other.signed(&office, "PUT", &path, photo)).await.status, StatusCode::OK);
    assert_eq!(asks(&other, None).await, "auth/outside-area");
}
