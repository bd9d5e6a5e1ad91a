//! One behaviour a test.

use device::{Decision, Device, Error, NewHousehold, Now, Visit};
use event::head::{AreaDefined, AreasDefined, Fact, FormPublished, Text};
use event::{Body, Envelope, Head, Operation, Protobuf};
use types::{AreaId, FormId, HouseholdKey, PhaseId, Response, StaffId, Verdict};

use crate::handset::{Dice, Handset, NOW, listing, submission};
use crate::server::{EA, Server};

pub fn start() -> (Server, Dice, Handset) {
    let (mut server, mut dice) = (Server::new(), Dice(1));
    let phone = Handset::enrolled(&mut server, &mut dice);
    (server, dice, phone)
}

#[test]
fn numbers_go_on_from_what_is_known_and_are_never_given_twice() {
    let (mut server, mut dice, mut phone) = start();
    let first = phone.list(2, &mut dice).unwrap();
    assert_eq!((first.dwelling, first.households.as_slice()), (1, [1, 2].as_slice()));
    phone.sync_all(&mut server, &mut dice);
    let mut successor = Handset::enrolled(&mut server, &mut dice);
    let second = successor.list(1, &mut dice).unwrap();
    assert_eq!((second.dwelling, second.households.as_slice()), (2, [3].as_slice()));
    let step = successor.device.wipe();
    successor.keep(step);
    successor.restart();
    let third = successor.list(1, &mut dice).unwrap();
    assert_eq!((third.dwelling, third.households.as_slice()), (3, [4].as_slice()));
}

#[test]
fn a_correction_keeps_the_numbers_it_has_and_adds_what_is_missing() {
    let (_, mut dice, mut phone) = start();
    phone.list(1, &mut dice).unwrap();
    phone.list(1, &mut dice).unwrap();
    let correction = device::Listing { dwelling: Some(1), ..listing(3) };
    let done = phone.device.list_dwelling(&correction, NOW, dice.bytes());
    assert_eq!(phone.finish(done).unwrap().households, [1, 3, 4]);
    let unknown = device::Listing { dwelling: Some(9), ..listing(1) };
    let refused = phone.device.list_dwelling(&unknown, NOW, dice.bytes());
    assert!(matches!(refused, Err(Error::NoDwelling { dwelling: 9, .. })));
}

#[test]
fn identifiers_leave_the_phone_sealed_for_the_vault_and_the_area_and_nobody_else() {
    let (server, mut dice, mut phone) = start();
    let finished = phone.list(1, &mut dice).unwrap();
    let bytes = phone.device.outgoing(finished.number).unwrap().to_vec();
    let name = "王芳".as_bytes();
    let clear = |bytes: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    assert!(!clear(&bytes));
    for (key, record) in &phone.storage.0 {
        assert!(!clear(record), "`{key}` holds a name");
    }
    let operation = Operation::read(&bytes).unwrap();
    let envelope = Envelope::read(&Body::read(&operation.body).unwrap().sealed).unwrap();
    assert!(clear(&envelope.open_census(operation.id().unwrap(), EA, server.census()).unwrap()));
}

#[test]
fn a_successor_finds_every_door_and_name() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(2, &mut dice).unwrap();
    phone.submit(1, &mut dice).unwrap();
    phone.sync_all(&mut server, &mut dice);
    let successor = Handset::enrolled(&mut server, &mut dice);
    let page = successor.device.page(EA).unwrap();
    let listed = page.dwellings[0].listing.as_ref().unwrap();
    assert_eq!(listed.identifiers.as_deref(), Some("红门, 王芳".as_bytes()));
    let responses: Vec<_> = page.dwellings[0].households.iter().map(|h| h.response).collect();
    assert_eq!(responses, [Response::Complete, Response::NotStarted]);
    let answers = successor.device.answers(EA, 1, 2).unwrap();
    assert_eq!(answers.identifiers.as_deref(), Some("王芳".as_bytes()));
    assert_eq!(answers.answers, b"answers");
}

#[test]
fn what_the_office_does_not_repeat_the_phone_still_knows_as_a_successor_does() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(2, &mut dice).unwrap();
    phone.submit(1, &mut dice).unwrap();
    phone.sync_all(&mut server, &mut dice);
    let successor = Handset::enrolled(&mut server, &mut dice);
    let known = |phone: &Handset| {
        let page = phone.device.page(EA).unwrap();
        let door = page.dwellings[0].clone();
        let names = door.listing.unwrap().identifiers;
        let households: Vec<_> = door.households.iter().map(|h| (h.household, h.response, h.submission)).collect();
        let answers = phone.device.answers(EA, 1, 2).unwrap();
        (names, households, answers.answers, answers.identifiers, answers.submission)
    };
    assert_eq!(known(&phone), known(&successor));
    phone.restart();
    assert_eq!(known(&phone), known(&successor));
}

#[test]
fn the_supervisors_telephone_comes_with_a_sync_and_stays() {
    let (_, _, mut phone) = start();
    phone.restart();
    let supervisor = phone.device.enrolment().unwrap().supervisor.unwrap();
    assert_eq!((supervisor.name.as_str(), supervisor.phone.as_str()), ("He", "044"));
}

#[test]
fn a_locked_phone_finishes_and_sends_but_shows_no_name() {
    let (mut server, mut dice, mut phone) = start();
    let mut records = phone.storage.0.clone();
    let working = records.remove("secret/working").unwrap();
    phone.device = Device::open(records).unwrap();
    assert!(phone.device.locked());
    phone.list(1, &mut dice).unwrap();
    assert!(matches!(phone.device.save_draft("a", b"x", NOW), Err(Error::Locked)));
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.outbox().count, 0);
    let listed = |phone: &Handset| phone.device.page(EA).unwrap().dwellings[0].listing.clone().unwrap();
    assert_eq!(listed(&phone).identifiers, None);
    phone.device.unlock(&working).unwrap();
    assert!(listed(&phone).identifiers.is_some());
}

#[test]
fn a_spoilt_receipt_keeps_the_work_and_is_told() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(1, &mut dice).unwrap();
    server.forge = true;
    let request = phone.device.sync(NOW, dice.bytes()).request.unwrap();
    let (status, body) = server.answer(&request);
    let step = phone.device.response(request.id, status, &body, NOW, dice.bytes()).unwrap();
    assert_eq!(step.notices[0].code, "sync/receipt-unverified");
    assert_eq!(step.request, None);
    phone.keep(step);
    assert_eq!(phone.device.outbox().count, 1);
    assert!(phone.device.next_sync_us() > NOW.us);
    phone.sync_all(&mut server, &mut dice);
    assert_eq!((phone.device.outbox().count, phone.device.next_sync_us()), (0, 0));
}

#[test]
fn a_phone_with_a_wrong_clock_signs_again_with_the_offices_time() {
    let (mut server, mut dice, mut phone) = start();
    server.forget_sessions();
    server.sessions_from_us = NOW.us + 1_000_000_000;
    phone.restart();
    phone.list(1, &mut dice).unwrap();
    phone.sync_all(&mut server, &mut dice);
    assert_eq!((phone.device.outbox().count, phone.device.next_sync_us()), (0, 0));
    // A server that is never satisfied is not asked for ever.
    phone.restart();
    phone.list(1, &mut dice).unwrap();
    let request = phone.device.sync(NOW, dice.bytes()).request.unwrap();
    let refusal = br#"{"code":"auth/session-stale","params":{"at_us":"5"}}"#;
    let again = phone.device.response(request.id, 409, refusal, NOW, dice.bytes()).unwrap().request.unwrap();
    let step = phone.device.response(again.id, 409, refusal, NOW, dice.bytes()).unwrap();
    assert_eq!((step.request, step.notices[0].code.as_str()), (None, "sync/refused"));
    assert!(phone.device.next_sync_us() > NOW.us);
}

#[test]
fn what_the_office_cannot_keep_stays_and_holds_nothing_else_up() {
    let (mut server, mut dice, mut phone) = start();
    let stuck = phone.list(1, &mut dice).unwrap();
    phone.list(1, &mut dice).unwrap();
    phone.submit(1, &mut dice).unwrap();
    server.cannot_keep = Some(1);
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.outbox().count, 1);
    assert!(phone.device.outgoing(stuck.number).is_some());
    assert!(phone.notices.contains(&"sync/not-taken".to_owned()), "{:?}", phone.notices);
    assert!(!phone.notices.contains(&"sync/receipt-unverified".to_owned()), "{:?}", phone.notices);
    assert!(phone.device.next_sync_us() > NOW.us);
    server.cannot_keep = None;
    phone.sync_all(&mut server, &mut dice);
    assert_eq!((phone.device.outbox().count, phone.device.next_sync_us()), (0, 0));
}

#[test]
fn who_may_not_read_still_deposits_and_gets_receipts() {
    let (mut server, mut dice, mut phone) = start();
    server.refuse_reading = "sync/device-revoked".to_owned();
    let finished = phone.list(1, &mut dice).unwrap();
    let cursor = phone.device.cursor();
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.receipt(finished.number).unwrap().verdict, Verdict::Accepted);
    assert_eq!((phone.device.cursor(), phone.device.reading_refused()), (cursor, "sync/device-revoked"));
    server.refuse_reading.clear();
    phone.sync_all(&mut server, &mut dice);
    assert!(phone.device.cursor() > cursor);
    assert_eq!(phone.device.reading_refused(), "");
}

#[test]
fn a_copied_phone_makes_itself_a_new_origin_at_the_first_conflict() {
    let (mut server, mut dice, mut phone) = start();
    let mut copy = phone.copy();
    let origin = phone.device.origin();
    phone.list(1, &mut dice).unwrap();
    let doubled = copy.list(2, &mut dice).unwrap();
    phone.sync_all(&mut server, &mut dice);
    copy.sync_all(&mut server, &mut dice);
    assert_eq!(copy.device.receipt(doubled.number).unwrap().verdict, Verdict::IdConflict);
    assert_ne!(copy.device.origin(), origin);
    assert_eq!(phone.device.origin(), origin);
    copy.restart();
    let next = copy.list(1, &mut dice).unwrap();
    assert_eq!((next.operation.number, next.operation.origin), (1, copy.device.origin()));
    copy.sync_all(&mut server, &mut dice);
    assert_eq!(copy.device.receipt(next.number).unwrap().verdict, Verdict::Accepted);
}

#[test]
fn of_two_tabs_the_second_to_write_is_refused_and_does_it_again() {
    let (_, mut dice, phone) = start();
    let mut storage = phone.storage.clone();
    let (mut one, mut two) = (storage.open(), storage.open());
    let (step, first) = one.list_dwelling(&listing(1), NOW, dice.bytes()).unwrap();
    assert!(storage.commit(&step));
    let (step, _) = two.list_dwelling(&listing(1), NOW, dice.bytes()).unwrap();
    assert!(!storage.commit(&step));
    let mut two = storage.open();
    let (step, second) = two.list_dwelling(&listing(1), NOW, dice.bytes()).unwrap();
    assert!(storage.commit(&step));
    assert_ne!(first.operation, second.operation);
    assert_eq!(storage.open().outbox().count, 2);
}

#[test]
fn drafts_come_back_and_are_gone_after_a_wipe_while_finished_work_stays() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(1, &mut dice).unwrap();
    let step = phone.device.save_draft("7/1/2", "王芳".as_bytes(), NOW).unwrap();
    phone.keep(step);
    phone.restart();
    assert_eq!(phone.device.draft("7/1/2").unwrap().as_deref(), Some("王芳".as_bytes()));
    assert_eq!(phone.device.drafts().len(), 1);
    let step = phone.device.wipe();
    phone.keep(step);
    phone.restart();
    assert!(phone.device.locked() && phone.device.drafts().is_empty());
    assert_eq!(phone.device.outbox().count, 1);
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.outbox().count, 0);
}

#[test]
fn each_household_is_in_one_place_of_what_is_left_to_do() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(3, &mut dice).unwrap();
    phone.submit(1, &mut dice).unwrap();
    let visit = Visit { ea: EA, dwelling: 1, household: 2, outcome: 2, at_us: None };
    let done = phone.device.record_visit(&visit, NOW, dice.bytes());
    phone.finish(done);
    let split = NewHousehold { ea: EA, dwelling: 1, split_from: 1, ..NewHousehold::default() };
    let done = phone.device.list_household(&split, NOW, dice.bytes());
    assert_eq!(phone.finish(done).unwrap().households, [4]);
    let before = phone.device.todo();
    let todo = before.eas[0];
    assert_eq!((todo.listed, todo.done, todo.to_call_back, todo.to_interview, todo.returned), (1, 1, 1, 2, 0));
    assert_eq!(before.unsent, 4);
    // The office's echo of the phone's own work counts nothing twice.
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.todo().eas[0], todo);
    assert_eq!(phone.device.page(EA).unwrap().dwellings[0].households[1].visits, 1);
    let household = HouseholdKey { ea: EA, household: 1 };
    let back = Decision {
        household,
        form: FormId(2),
        phase: PhaseId(1),
        reason: 3,
        submission: 1,
        marks: vec!["/f/p[2]/age".into()],
    };
    let done = phone.device.return_(&back, NOW, dice.bytes());
    phone.finish(done);
    assert_eq!(phone.device.todo().eas[0].returned, 1);
    let done = phone.device.submit(&submission(1), Now { us: 5, ..NOW }, dice.bytes());
    phone.finish(done);
    // The return is told by the office only now; the phone's later work stands.
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.todo().eas[0], todo);
}

#[test]
fn a_token_that_no_header_takes_is_an_unreadable_answer() {
    let (mut server, mut dice, mut phone) = start();
    server.forget_sessions();
    phone.restart();
    phone.list(1, &mut dice).unwrap();
    let request = phone.device.sync(NOW, dice.bytes()).request.unwrap();
    let (_, body) = server.answer(&request);
    let mut session = event::wire::Session::decode(body.as_slice()).unwrap();
    session.token.push('\n');
    let step = phone.device.response(request.id, 200, &session.encode_to_vec(), NOW, dice.bytes()).unwrap();
    assert_eq!((&step.request, step.notices[0].code.as_str()), (&None, "sync/answer-unreadable"));
    phone.keep(step);
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.outbox().count, 0);
}

#[test]
fn waiting_grows_with_each_failure_and_differs_between_phones() {
    let (_, mut dice, mut phone) = start();
    let mut waits = Vec::new();
    for _ in 0..12 {
        let step = phone.device.sync(NOW, dice.bytes());
        let id = step.request.unwrap().id;
        let step = phone.device.failed(id, NOW);
        phone.keep(step);
        waits.push(phone.device.next_sync_us() - NOW.us);
    }
    assert!(waits[0] >= 1_000_000 && waits[0] <= 2_000_000, "{waits:?}");
    assert!(waits[4] > waits[0] && waits[11] <= 15 * 60 * 1_000_000, "{waits:?}");
    assert_ne!(waits[10], waits[11]);
}

#[test]
fn a_sign_in_page_in_the_offices_place_is_waited_out_like_a_lost_network() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(1, &mut dice).unwrap();
    let mut waits = Vec::new();
    for _ in 0..4 {
        let id = phone.device.sync(NOW, dice.bytes()).request.unwrap().id;
        let step = phone.device.response(id, 200, b"<html>Welcome to the hotel", NOW, dice.bytes()).unwrap();
        assert_eq!(step.notices[0].code, "sync/answer-unreadable");
        assert!(step.request.is_none());
        phone.keep(step);
        waits.push(phone.device.next_sync_us() - NOW.us);
    }
    assert!(waits[0] > 0 && waits[3] > 2 * waits[0], "{waits:?}");
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.outbox().count, 0);
}

#[test]
fn areas_without_a_code_of_their_own_are_named_by_their_place() {
    let (mut server, mut dice, mut phone) = start();
    let names = |text: &str| vec![Text { language: "en".to_owned(), text: text.to_owned() }];
    let county = AreaDefined { id: 1, code: "11".to_owned(), names: names("County"), ..AreaDefined::default() };
    let village = AreaDefined {
        id: 2,
        parent_plus_1: 2,
        code: "1101".to_owned(),
        names: names("Village"),
        eas: 10,
        eas_first: 5,
        ..AreaDefined::default()
    };
    let fact = Fact::AreasDefined(AreasDefined { areas: vec![county, village] });
    server.tell(Head::of(AreaId(0), StaffId(0), fact), Vec::new());
    phone.sync_all(&mut server, &mut dice);
    let ea = &phone.device.eas()[0];
    assert_eq!((ea.code.as_str(), ea.names[0].text.as_str()), ("1101003", "County · Village · 003"));
}

#[test]
fn a_published_form_arrives_with_its_bytes() {
    let (mut server, mut dice, mut phone) = start();
    let head = FormPublished { form: 2, version: 3, name: "short".to_owned(), purpose: 2, facts: vec![] };
    server.tell(Head::of(AreaId(0), StaffId(0), Fact::FormPublished(head)), b"compiled".to_vec());
    phone.sync_all(&mut server, &mut dice);
    phone.restart();
    assert_eq!(phone.device.form(2, 3), Some(b"compiled".as_slice()));
    assert_eq!(phone.device.form(2, 4), None);
}

#[test]
fn a_forgotten_session_is_opened_again_once_and_then_waited_for() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(1, &mut dice).unwrap();
    server.forget_sessions();
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.outbox().count, 0);
    phone.list(1, &mut dice).unwrap();
    server.deaf = true;
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.outbox().count, 1);
    assert!(phone.device.next_sync_us() > NOW.us);
    server.deaf = false;
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.outbox().count, 0);
}
