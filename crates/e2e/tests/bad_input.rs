//! What cannot be taken is refused before work is done, with a reason; one bad operation spoils no batch.

use e2e::census::{Census, ea};
use e2e::courier::{Courier, Http};
use e2e::handset::Handset;
use e2e::journaled;
use e2e::server::{Server, printed, quipu};
use event::{Operation, Protobuf, wire};
use hyper::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use types::{Held, Verdict};

async fn found() -> Census {
    tokio::task::spawn_blocking(|| Census::found(2)).await.unwrap()
}

async fn next_offset(http: &Http) -> u64 {
    let ready = http.send("GET", "/readyz", &[], Vec::new()).await;
    let status: serde_json::Value = serde_json::from_slice(&ready.body).unwrap();
    status["next_offset"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_malformed_oversized_or_unsigned_is_refused_and_nothing_is_journaled() {
    let census = found().await;
    let server = Server::start(&census.data());
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    phone.list(&census, ea(0), "Zhang");
    let good = wire::Sync { operations: vec![phone.finished[&1].clone()], ..wire::Sync::default() }.encode_to_vec();
    let (courier, http) = (Courier::enrol(server.addr, &census.courier_code).await, Http::new(server.addr));
    let before = next_offset(&http).await;

    let check = async |headers: &[(&str, &str)], body: Vec<u8>, status: StatusCode, code: &str| {
        let answer = http.send("POST", "/v1/sync", headers, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(problem["help"].as_str().is_some_and(|help| !help.is_empty()), "{code} says what to do");
    };
    let headers = courier.headers(&good);
    let [(a, token), (m, mac)] = &headers;
    check(&[], good.clone(), StatusCode::UNAUTHORIZED, "auth/session-unknown").await;
    check(&[(a, "Quipu nobody"), (m, mac)], good.clone(), StatusCode::UNAUTHORIZED, "auth/session-unknown").await;
    check(&[(a, token)], good.clone(), StatusCode::UNAUTHORIZED, "auth/mac-wrong").await;
    let wrong = "0".repeat(64);
    check(&[(a, token), (m, &wrong)], good.clone(), StatusCode::UNAUTHORIZED, "auth/mac-wrong").await;
    let changed = [good.as_slice(), &[0]].concat();
    check(&[(a, token), (m, mac)], changed, StatusCode::UNAUTHORIZED, "auth/mac-wrong").await;

    let garbage = courier.send("POST", "/v1/sync", vec![0xFF; 40]).await;
    assert_eq!((garbage.status, garbage.code().as_str()), (StatusCode::BAD_REQUEST, "request/malformed"));
    let many = wire::Sync { operations: vec![Vec::new(); 4097], ..wire::Sync::default() }.encode_to_vec();
    let many = courier.send("POST", "/v1/sync", many).await;
    assert_eq!((many.status, many.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "sync/too-many-operations"));
    let huge = oversized(&server, &courier.headers(b"")).await;
    assert!(huge.starts_with("HTTP/1.1 413") && huge.contains("request/too-large"), "{huge}");

    assert_eq!(next_offset(&http).await, before, "nothing was journaled");
    // And the good request counts afterwards as if nothing had been.
    assert_eq!(courier.send("POST", "/v1/sync", good).await.status, StatusCode::OK);
    assert_eq!(next_offset(&http).await, before + 1);
}

/// Says that a body longer than the server takes follows, sends none of it, and reads the answer.
async fn oversized(server: &Server, headers: &[(&'static str, String); 2]) -> String {
    let [(a, token), (m, mac)] = headers;
    let bytes = (16 << 20) + 1;
    let head = format!(
        "POST /v1/sync HTTP/1.1\r\nhost: x\r\n{a}: {token}\r\n{m}: {mac}\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n"
    );
    let mut stream = tokio::net::TcpStream::connect(server.addr).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_another_area_or_without_a_session() {
    let census = found().await;
    let server = Server::start(&census.data());
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    let household = phone.list(&census, ea(0), "Zhang");
    phone.interview(&census, ea(0), household, 2, "Zhang");
    assert!(phone.sync_all().await);

    let http = Http::new(server.addr);
    let form = http.send("GET", "/v1/forms/2/1", &[], Vec::new()).await;
    assert_eq!((form.status, form.code().as_str()), (StatusCode::UNAUTHORIZED, "auth/session-unknown"));
    let summary = http.send("GET", &format!("/api/areas/{}", ea(0).0), &[], Vec::new()).await;
    assert_eq!(summary.status, StatusCode::UNAUTHORIZED, "the console's area page needs a sign-in");
    // Somebody enrolled in the village reads what everybody reads, and nothing that was finished in an area of others.
    let courier = Courier::enrol(server.addr, &census.courier_code).await;
    assert_eq!(courier.send("GET", "/v1/forms/2/1", Vec::new()).await.status, StatusCode::OK);
    let seen = |changes: &[wire::Change]| -> Vec<&'static str> {
        changes.iter().map(|change| event::Head::read(&change.head).unwrap().fact.unwrap().name()).collect()
    };
    let others = seen(&courier.sync(&[]).await.changes);
    assert!(others.contains(&"form.published"), "{others:?}");
    assert!(!others.contains(&"dwelling.listed") && !others.contains(&"submission.received"), "{others:?}");
    let mut neighbour = Handset::enrol(server.addr, &census.codes[1], 2).await;
    neighbour.sync().await;
    assert!(neighbour.device.page(ea(0)).is_none_or(|page| page.dwellings.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_operation_is_held_and_explained_and_the_others_count() {
    let census = found().await;
    let server = Server::start(&census.data());
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    let household = phone.list(&census, ea(0), "Zhang");
    let number = phone.interview(&census, ea(0), household, 2, "Zhang");
    phone.list(&census, ea(0), "Wang");
    let mut operations: Vec<Vec<u8>> = phone.finished.values().cloned().collect();
    operations.insert(1, b"no operation at all".to_vec());
    // Work in somebody else's area is taken in, and waits for a person.
    let elsewhere = Operation { number: 900, area: ea(1).0, ..Operation::read(&phone.finished[&number]).unwrap() };
    operations.push(elsewhere.encode_to_vec());

    let courier = Courier::enrol(server.addr, &census.codes[0]).await;
    let synced = courier.sync(&operations).await;
    let verdicts: Vec<u32> = synced.receipts.iter().map(|receipt| receipt.verdict).collect();
    let (accepted, held) = (Verdict::Accepted.code(), Verdict::Held.code());
    assert_eq!(verdicts, [accepted, held, accepted, accepted, held]);
    assert_eq!(synced.receipts[1].held, Held::Malformed.code());
    assert_ne!(synced.receipts[4].held, Held::Not.code(), "a reason is given");
    let again = courier.sync(&operations).await;
    assert_eq!(again.receipts, synced.receipts, "a resend gets the same receipts, the held ones too");
    assert!(server.stop().success());

    let data = census.data();
    let found = tokio::task::spawn_blocking(move || journaled::read(&data)).await.unwrap();
    assert_eq!((found.progress.dwellings, found.progress.submissions), (2, 1));
    assert_eq!(found.deposited.len(), 1, "what could not be read is kept");
    assert!(found.operations.values().all(|heads| heads.len() == 1));
}

#[test]
fn a_mistyped_folder_is_refused_and_not_made_into_a_census() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("nodata");
    let name = data.to_str().unwrap();
    let asked: [&[&str]; 3] =
        [&["sql", "--data", name, "SELECT 1"], &["store", "rebuild", "--data", name], &["serve", "--data", name]];
    for arguments in asked {
        let output = quipu(arguments);
        let said = printed(&output);
        assert!(!output.status.success() && said.contains("there is no census in"), "{arguments:?}: {said}");
        assert!(!data.exists(), "{arguments:?} made it");
    }
}
