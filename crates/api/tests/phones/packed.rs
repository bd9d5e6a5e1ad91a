//! Syncs that travel compressed, and answers that do not repeat what was just sent.

use std::io::{Read, Write};

use event::{Protobuf, wire};
use hyper::{Method, StatusCode};

use crate::office::{ENUMERATOR, Office, Phone};

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(plain).unwrap();
    packer.finish().unwrap()
}

/// The request as a phone's browser sends it: signed as it is, then packed.
fn packed(
    phone: &Phone,
    office: &Office,
    sync: &wire::Sync,
) -> hyper::Request<http_body_util::Full<hyper::body::Bytes>> {
    let plain = sync.encode_to_vec();
    let mut request = phone.signed(office, "POST", "/v1/sync", plain.clone());
    assert_eq!(request.method(), Method::POST);
    request.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    request.headers_mut().insert("accept-encoding", "gzip, br".parse().unwrap());
    *request.body_mut() = http_body_util::Full::new(gzip(&plain).into());
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_sync_is_answered_packed_and_what_it_carried_is_not_repeated() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let first = phone.sync(&office, &[], 0).await;
    let operations: Vec<_> = (1..=8)
        .flat_map(|n| [phone.list(u64::from(2 * n - 1), n), phone.submit(&office, u64::from(2 * n), n, 3)])
        .collect();
    let sync =
        wire::Sync { operations: operations.clone(), cursor: first.cursor, brief: true, ..wire::Sync::default() };
    let reply = office.send(packed(&phone, &office, &sync)).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.headers["content-encoding"], "gzip");
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&reply.body[..]).read_to_end(&mut plain).unwrap();
    let synced = wire::Synced::decode(plain.as_slice()).unwrap();
    assert_eq!((synced.receipts.len(), synced.changes.len()), (16, 16));
    for (at, change) in synced.changes.iter().enumerate() {
        assert_eq!((change.sent as usize, change.body.len()), (at + 1, 0));
    }
    // Whoever did not send it is told all of it, and so is a phone that does not ask to be spared.
    let told = phone.sync(&office, &[], first.cursor).await;
    let again = phone.sync(&office, &operations, first.cursor).await;
    for synced in [told, again] {
        assert!(synced.changes.iter().all(|change| change.sent == 0));
        assert!(synced.changes.iter().any(|change| !change.body.is_empty()));
    }
    office.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_body_that_is_none_or_unpacks_beyond_bounds_is_refused_by_name() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let sync = wire::Sync::default();
    let mut request = packed(&phone, &office, &sync);
    *request.body_mut() = http_body_util::Full::new("no gzip".into());
    assert_eq!(office.send(request).await.code(), "request/malformed");
    let mut request = packed(&phone, &office, &sync);
    *request.body_mut() = http_body_util::Full::new(gzip(&vec![0; 17 << 20]).into());
    assert_eq!(office.send(request).await.code(), "request/too-large");
    // What was signed is the body as it was.
    let mut request = packed(&phone, &office, &sync);
    *request.body_mut() = http_body_util::Full::new(gzip(b"\x10\x05").into());
    assert_eq!(office.send(request).await.code(), "auth/mac-wrong");
    office.server.stop().await;
}
