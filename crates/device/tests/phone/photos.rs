//! Photos: sealed, sent after the work, let go against a receipt, never in the way.

use device::{Error, Listing, PHOTO_BYTES_MAX, Photo};
use event::seal::OpeningKey;
use event::{Body, Envelope, Operation};

use crate::handset::{Dice, Handset, NOW, listing};
use crate::server::{EA, Server};

fn photo(name: &str, bytes: &[u8]) -> Photo {
    Photo { name: name.to_owned(), bytes: bytes.to_vec() }
}

/// A phone with a listed door and two photos of it, nothing sent.
fn start() -> (Server, Dice, Handset, Vec<u8>) {
    let (mut server, mut dice) = (Server::new(), Dice(1));
    let mut phone = Handset::enrolled(&mut server, &mut dice);
    let photos = vec![photo("door.jpg", &[7; 5000]), photo("sign.jpg", &[8; 300])];
    let done = phone.device.list_dwelling(&Listing { photos, ..listing(1) }, NOW, dice.bytes());
    let number = phone.finish(done).unwrap().number;
    let operation = phone.device.outgoing(number).unwrap().to_vec();
    (server, dice, phone, operation)
}

fn blobs(phone: &Handset) -> usize {
    phone.storage.0.keys().filter(|key| key.starts_with("blob/") || key.starts_with("photo/")).count()
}

#[test]
fn a_photo_leaves_the_phone_sealed_and_its_receipt_lets_it_go() {
    let (mut server, mut dice, mut phone, operation) = start();
    assert_eq!((phone.device.photos(), blobs(&phone)), (2, 4));
    phone.sync_all(&mut server, &mut dice);
    assert_eq!((phone.device.photos(), blobs(&phone), server.blobs.len()), (0, 0, 2));

    let operation = Operation::read(&operation).unwrap();
    let (id, body) = (operation.id().unwrap(), Body::read(&operation.body).unwrap());
    let working = OpeningKey::working(&[3; 32], EA);
    for (attachment, plain) in body.attachments.iter().zip([vec![7; 5000], vec![8; 300]]) {
        let address: String = attachment.digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let blob = &server.blobs[&address];
        assert!(!blob.windows(16).any(|window| window == &plain[..16]), "in clear");
        let envelope = Envelope::read(&attachment.sealed).unwrap();
        let keys = [envelope.open_census(id, EA, server.census()), envelope.open_working(id, EA, &working)];
        for key in keys {
            assert_eq!(attachment.open(&key.unwrap(), id, blob).unwrap(), plain);
        }
    }
    // No two things are sealed under one key.
    let sealed: Vec<&[u8]> = body.attachments.iter().map(|a| a.sealed.as_slice()).chain([&*body.sealed]).collect();
    let encapsulated: Vec<Vec<u8>> =
        sealed.iter().map(|s| Envelope::read(s).unwrap().census.unwrap().encapsulated).collect();
    assert!(encapsulated[0] != encapsulated[1] && encapsulated[1] != encapsulated[2]);
}

#[test]
fn a_photo_that_cannot_go_waits_alone_and_survives_a_restart() {
    let (mut server, mut dice, mut phone, _) = start();
    server.blob_status = 507;
    phone.sync_all(&mut server, &mut dice);
    assert_eq!((phone.device.outbox().count, phone.device.photos()), (0, 2));
    assert_eq!(phone.device.next_sync_us(), 0, "work does not wait for a photo");
    phone.list(1, &mut dice).unwrap();
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.outbox().count, 0);

    phone.restart();
    let step = phone.device.wipe();
    phone.keep(step);
    assert_eq!(phone.device.photos(), 2, "finished photos are not wiped");
    server.blob_status = 200;
    // Before its time only work is sent.
    phone.sync_all(&mut server, &mut dice);
    assert_eq!(phone.device.photos(), 2);
    phone.later(60_000_000);
    phone.sync_all(&mut server, &mut dice);
    assert_eq!((phone.device.photos(), server.blobs.len()), (0, 2));
}

#[test]
fn a_receipt_for_something_else_lets_nothing_go_and_a_lost_reply_is_sent_again() {
    let (mut server, mut dice, mut phone, _) = start();
    phone.sync_work(&mut server, &mut dice);
    server.forge_photos = true;
    phone.sync_all(&mut server, &mut dice);
    assert_eq!((phone.device.photos(), blobs(&phone)), (2, 4));
    server.forge_photos = false;
    phone.later(60_000_000);
    phone.sync_all(&mut server, &mut dice);
    assert_eq!((phone.device.photos(), server.blobs.len()), (0, 2));
}

#[test]
fn a_photo_whose_bytes_are_damaged_is_said_and_does_not_stop_the_others() {
    let (mut server, mut dice, mut phone, _) = start();
    let key = phone.storage.0.keys().find(|key| key.starts_with("blob/")).unwrap().clone();
    phone.storage.0.get_mut(&key).unwrap()[20] ^= 1;
    phone.sync_all(&mut server, &mut dice);
    assert_eq!((phone.device.photos(), server.blobs.len()), (0, 1));
    assert!(phone.notices.contains(&"sync/photo-damaged".to_owned()));
}

#[test]
fn a_photo_the_server_would_not_take_is_refused_before_anything_is_finished() {
    let (_, mut dice, mut phone, _) = start();
    let before = phone.device.outbox().count;
    let large = vec![photo("large.jpg", &vec![0; PHOTO_BYTES_MAX + 1])];
    let refused = phone.device.list_dwelling(&Listing { photos: large, ..listing(1) }, NOW, dice.bytes());
    assert!(matches!(refused, Err(Error::PhotoTooLong { max: PHOTO_BYTES_MAX, .. })));
    assert_eq!(phone.device.outbox().count, before);
}
