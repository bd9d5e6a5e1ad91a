//! What the office decides about finished work, as the phone comes to know it.

use event::head::Fact;
use event::operation::Review;
use event::{Head, Protobuf};
use types::{Response, StaffId};

use crate::behaviour::start;
use crate::handset::NOW;
use crate::server::{EA, Server};

/// A supervisor's decision about the first household, told by the office.
fn decide(server: &mut Server, approved: bool) {
    let review = Review { household: 1, form: 2, phase: 1, ..Review::default() };
    let fact = if approved { Fact::SubmissionApproved(review) } else { Fact::SubmissionReturned(review) };
    server.tell(Head::of(EA, StaffId(9), fact), Vec::new());
}

#[test]
fn answers_that_come_upon_an_approval_wait_for_a_review_on_the_phone_as_at_the_office() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(1, &mut dice).unwrap();
    phone.submit(1, &mut dice).unwrap();
    phone.sync_all(&mut server, &mut dice);
    decide(&mut server, true);
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.response_of(EA, 1), Some(Response::Approved));
    phone.submit(1, &mut dice).unwrap();
    assert_eq!(phone.device.response_of(EA, 1), Some(Response::NeedsReview));
    // The office's echo changes nothing.
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.response_of(EA, 1), Some(Response::NeedsReview));
    phone.submit(1, &mut dice).unwrap();
    assert_eq!(phone.device.response_of(EA, 1), Some(Response::Complete));
    // Approved meanwhile, and the receipt is spoilt on its way.
    decide(&mut server, true);
    server.forge = true;
    let request = phone.device.sync(NOW, dice.bytes()).request.unwrap();
    let (status, body) = server.answer(&request);
    let step = phone.device.response(request.id, status, &body, NOW, dice.bytes()).unwrap();
    phone.keep(step);
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.response_of(EA, 1), Some(Response::NeedsReview));
}

#[test]
fn a_decision_about_work_whose_receipt_was_spoilt_is_not_passed_over() {
    let (mut server, mut dice, mut phone) = start();
    phone.list(1, &mut dice).unwrap();
    phone.sync_all(&mut server, &mut dice);
    phone.submit(1, &mut dice).unwrap();
    let request = phone.device.sync(NOW, dice.bytes()).request.unwrap();
    server.forge = true;
    server.answer(&request);
    decide(&mut server, false);
    server.forge = true;
    let (status, body) = server.answer(&request);
    let step = phone.device.response(request.id, status, &body, NOW, dice.bytes()).unwrap();
    phone.keep(step);
    assert_eq!(phone.device.outbox().count, 1, "no receipt yet");
    assert_eq!(phone.device.response_of(EA, 1), Some(Response::Returned));
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.response_of(EA, 1), Some(Response::Returned));
}

#[test]
fn a_phone_follows_an_office_that_was_restored_to_an_earlier_time() {
    let (mut server, mut dice, mut phone) = start();
    let before = server.changes.len();
    phone.list(1, &mut dice).unwrap();
    phone.sync_all(&mut server, &mut dice);
    server.changes.truncate(before);
    let request = phone.device.sync(NOW, dice.bytes()).request.unwrap();
    let (status, body) = server.answer(&request);
    let mut synced = event::wire::Synced::decode(body.as_slice()).unwrap();
    synced.cursor = 1;
    let step = phone.device.response(request.id, status, &synced.encode_to_vec(), NOW, dice.bytes()).unwrap();
    phone.keep(step);
    assert_eq!(phone.device.cursor(), 1);
}
