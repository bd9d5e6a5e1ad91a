//! Who is let in, who is kept waiting, and what the server says of itself.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn enrolling_twice_is_enrolling_once_and_a_used_letter_takes_no_other_device() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let again = Phone::enrol(&office, ENUMERATOR).await;
    assert_eq!(phone.enrolled, again.enrolled);
    let other = PrivateKey::from_bytes(&[1; 32]);
    let refused = office.post("/v1/enrol", enrol_request(ENUMERATOR, &other).encode_to_vec()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "enrol/letter-used"));
    let unknown = office.post("/v1/enrol", enrol_request(StaffId(99), &other).encode_to_vec()).await;
    assert_eq!(unknown.code(), "enrol/letter-unknown");
    let mut unsigned = enrol_request(SUPERVISOR, &other);
    unsigned.signature[0] ^= 1;
    assert_eq!(office.post("/v1/enrol", unsigned.encode_to_vec()).await.code(), "auth/signature-wrong");
    let stranger = session_request(phone.device, &other, 77);
    assert_eq!(office.post("/v1/session", stranger.encode_to_vec()).await.code(), "auth/signature-wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_letter_brings_no_phone_in_and_says_why() {
    let office = Office::open().await;
    let cancel = |staff| node::office::cancel_letter(VILLAGE, event::letter::lookup(&office::code_of(staff)));
    let phone = Phone::enrol(&office, SUPERVISOR).await;
    let acks = office.node.admin(vec![cancel(ENUMERATOR), cancel(SUPERVISOR)]).await.unwrap();
    assert_eq!(acks.iter().map(|ack| ack.held).collect::<Vec<_>>(), [Held::Not, Held::NumberTaken]);
    let key = PrivateKey::from_bytes(&[1; 32]);
    let refused = office.post("/v1/enrol", enrol_request(ENUMERATOR, &key).encode_to_vec()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::GONE, "enrol/letter-cancelled"));
    assert_eq!(office.node.store().devices().count(), 1);
    // Who is in already stays in.
    assert_eq!(Phone::enrol(&office, SUPERVISOR).await.device, phone.device);
    assert_eq!(node::office::waiting(&office.node).unwrap(), [ENUMERATOR]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guesser_is_slowed_down() {
    let office = Office::open().await;
    let key = PrivateKey::from_bytes(&[1; 32]);
    for _ in 0..20 {
        office.post("/v1/enrol", enrol_request(StaffId(99), &key).encode_to_vec()).await;
    }
    let refused = office.post("/v1/enrol", enrol_request(StaffId(99), &key).encode_to_vec()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "request/too-many"));
    assert!(refused.headers.contains_key("retry-after"));
    // Behind the same address others are right, and are let in.
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let synced = office.send(phone.signed(&office, "POST", "/v1/sync", Vec::new())).await;
    assert_eq!(synced.status, StatusCode::OK);
}

/// Goal: connections that say nothing shut nobody out, with or without a session.
/// Method: more requests without a session than there are slots for such, each with a body that never comes; then a phone
/// with a session syncs while they hang, and another enrols.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_dawdle_hold_no_slot() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let mut dawdling = Vec::new();
    for _ in 0..600 {
        let mut stream = TcpStream::connect(office.server.addr()).await.unwrap();
        stream.write_all(b"POST /v1/session HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n").await.unwrap();
        dawdling.push(stream);
    }
    let synced = office.send(phone.signed(&office, "POST", "/v1/sync", Vec::new())).await;
    assert_eq!(synced.status, StatusCode::OK);
    Phone::enrol(&office, SUPERVISOR).await;
    drop(dawdling);
}

/// Goal: whoever copied a request to open a session cannot open one with it.
/// Method: the same bytes are sent again, at once and after later ones; then more often than failures are told, after
/// which the phone still learns the right time.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_open_a_session_is_taken_once() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let copied = session_request_in_time(&office, phone.device, &phone.key).await.encode_to_vec();
    assert_eq!(office.post("/v1/session", copied.clone()).await.status, StatusCode::OK);
    let later = session_request_in_time(&office, phone.device, &phone.key).await.encode_to_vec();
    for _ in 0..30 {
        let again = office.post("/v1/session", copied.clone()).await;
        assert_eq!((again.status, again.code().as_str()), (StatusCode::CONFLICT, "auth/session-stale"));
    }
    assert_eq!(office.post("/v1/session", later).await.status, StatusCode::OK);
    // The time cannot be changed without the device's key.
    let mut moved = session_request(phone.device, &phone.key, 77);
    moved.at_us = office.node.now().0;
    assert_eq!(office.post("/v1/session", moved.encode_to_vec()).await.code(), "auth/signature-wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unsigned_malformed_or_oversized_is_refused_before_work_is_done() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let before = office.node.store().next_offset();
    let sync = wire::Sync { operations: vec![phone.list(1, 1)], ..wire::Sync::default() }.encode_to_vec();
    assert_eq!(office.post("/v1/sync", sync.clone()).await.code(), "auth/session-unknown");

    let mut tampered = phone.signed(&office, "POST", "/v1/sync", sync.clone());
    *tampered.body_mut() = http_body_util::Full::new(hyper::body::Bytes::from([sync.as_slice(), &[0]].concat()));
    assert_eq!(office.send(tampered).await.code(), "auth/mac-wrong");

    let garbage = phone.signed(&office, "POST", "/v1/sync", vec![0xFF; 40]);
    assert_eq!(office.send(garbage).await.code(), "request/malformed");
    // Its length alone is enough to refuse it: not a byte of the body is sent.
    let huge = office.head_only(phone.signed(&office, "POST", "/v1/sync", Vec::new()), (16 << 20) + 1).await;
    assert!(huge.starts_with("HTTP/1.1 413") && huge.contains("request/too-large"), "{huge}");
    let many = wire::Sync { operations: vec![Vec::new(); 4097], ..wire::Sync::default() }.encode_to_vec();
    assert_eq!(office.send(phone.signed(&office, "POST", "/v1/sync", many)).await.code(), "sync/too-many-operations");
    assert_eq!(office.node.store().next_offset(), before);
    assert_eq!(office.get("/v1/nothing").await.code(), "request/not-found");
}

/// Goal: a server that is not ready says why, without naming files of its machine.
/// Method: an operation that cannot be kept, and an alarm of another part. A stop is seen in the tests of a full disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_what_is_wrong_as_a_code() {
    let office = Office::open().await;
    let phone = Phone::enrol(&office, ENUMERATOR).await;
    let ready = async || -> serde_json::Value { serde_json::from_slice(&office.get("/readyz").await.body).unwrap() };
    let well = ready().await;
    assert_eq!(
        (&well["ready"], &well["reasons"], &well["alarms"]),
        (&true.into(), &[0; 0][..].into(), &[0; 0][..].into())
    );
    let in_the_way = office.folder.path().join(format!("keys/bodies/{}-1.key", VILLAGE.0));
    std::fs::create_dir_all(&in_the_way).unwrap();
    let answer: wire::Synced = phone.sync_reply(&office, &[phone.submit(&office, 1, 1, 3)], 0).await.message();
    assert_eq!(answer.receipts[0].not_taken, "server/not-taken");
    office.server.app().watch(Box::new(|| vec![types::Message::new("alarm/query-stopped").with("seconds", 5)]));
    let alarmed = ready().await;
    assert_eq!(alarmed["ready"], true);
    assert_eq!(alarmed["alarms"][0]["code"], "alarm/not-taken");
    assert_eq!(alarmed["alarms"][0]["params"]["count"], "1");
    assert_eq!(alarmed["alarms"][1]["params"]["seconds"], "5");
    assert!(!alarmed.to_string().contains("keys"), "{alarmed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_how_it_is_and_serves_its_apps() {
    api::install_metrics();
    let office = Office::open().await;
    assert_eq!(office.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(office.get("/readyz").await.status, StatusCode::OK);
    let metrics = String::from_utf8(office.get("/metrics").await.body).unwrap();
    assert!(metrics.contains("quipu_events_total"), "{metrics}");
    assert_eq!(office.get("/").await.headers["location"], "/console/");
    assert_eq!(office.get("/collect").await.headers["location"], "/collect/");
    let app = office.get("/collect/").await;
    assert!(app.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert_eq!(office.get("/ca.crt").await.code(), "request/not-found");

    tokio::task::spawn_blocking({
        let node = office.node.clone();
        move || node.stop()
    })
    .await
    .unwrap()
    .unwrap();
    assert_eq!(office.get("/healthz").await.status, StatusCode::OK);
}
