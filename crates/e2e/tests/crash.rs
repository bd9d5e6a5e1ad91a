//! The server is killed again and again while phones send, and nothing that was acknowledged is ever missing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use e2e::census::{Census, ea};
use e2e::courier::Courier;
use e2e::handset::Handset;
use e2e::journaled;
use e2e::server::{Server, free_port};
use event::Operation;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use types::Response;

const KILLS: usize = 30;
const PHONES: u32 = 6;
/// Operations of one request when everything is asked for again.
const RESEND: usize = 500;

/// Goal: a server that dies at any moment loses nothing it acknowledged and counts nothing twice.
/// Method: phones list, interview and sync as fast as they can; `kill -9` at random moments, thirty times; then every
/// operation ever finished is sent again and its receipt compared with the one the phone holds, and the folder is read.
#[tokio::test(flavor = "multi_thread")]
async fn thirty_kills_under_load_lose_nothing_and_count_nothing_twice() {
    let census = Arc::new(tokio::task::spawn_blocking(|| Census::found(PHONES)).await.unwrap());
    let (data, addr) = (census.data(), free_port());
    let mut server = Server::start_with(&data, addr, |_| {});
    let over = Arc::new(AtomicBool::new(false));
    let mut work = Vec::new();
    for at in 0..PHONES {
        let phone = Handset::enrol(addr, &census.codes[at as usize], at.into()).await;
        work.push(tokio::spawn(count(phone, census.clone(), at, over.clone())));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(rng.random_range(50..600))).await;
        server.kill();
        server = Server::start_with(&data, addr, |_| {});
    }
    over.store(true, Ordering::Relaxed);
    let mut phones = Vec::new();
    for phone in work {
        phones.push(phone.await.unwrap());
    }

    let courier = Courier::enrol(addr, &census.courier_code).await;
    let mut sent: BTreeMap<_, Vec<u8>> = BTreeMap::new();
    for phone in &mut phones {
        assert!(phone.sync_all().await, "everything finished reaches the server in the end");
        let held = phone.receipted();
        assert_eq!(held.len(), phone.finished.len(), "one receipt for each operation");
        for some in held.chunks(RESEND) {
            let operations: Vec<Vec<u8>> = some.iter().map(|(operation, _)| operation.clone()).collect();
            let again = courier.receipts(&operations).await;
            for ((_, held), again) in some.iter().zip(&again) {
                assert!(held == again, "a resend gets the receipt that was given first");
            }
        }
        sent.extend(
            phone.finished.values().map(|bytes| (Operation::read(bytes).unwrap().id().unwrap(), bytes.clone())),
        );
    }
    assert!(server.stop().success(), "the server ends well when asked to");

    let found = tokio::task::spawn_blocking(move || journaled::read(&data)).await.unwrap();
    assert!(found.deposited.is_empty(), "nothing was damaged on its way");
    assert_eq!(found.operations.len(), sent.len(), "what the phones finished is what the journal holds");
    for (id, heads) in &found.operations {
        assert!(sent.contains_key(id), "{id:?} was never finished on a phone");
        assert_eq!(heads.len(), 1, "{id:?} took effect once");
    }
    let households = sent.len() as u64 / 2;
    assert!(households >= KILLS as u64 * 2, "there was load: {households} households");
    assert_eq!(found.progress.dwellings, households);
    assert_eq!(found.progress.households, households);
    assert_eq!(found.progress.submissions, households);
    assert_eq!(found.progress.held, 0);
    assert_eq!(found.progress.persons, 2 * households);
    assert_eq!(found.progress.responses(Response::NotStarted), 0);
    eprintln!("{households} households, {} operations, {KILLS} kills", sent.len());
}

/// Lists and interviews, household by household, and syncs after each, until told to end.
async fn count(mut phone: Handset, census: Arc<Census>, at: u32, over: Arc<AtomicBool>) -> Handset {
    while !over.load(Ordering::Relaxed) {
        let household = phone.list(&census, ea(at), "Zhang");
        phone.interview(&census, ea(at), household, 2, "Zhang");
        phone.sync().await;
        // An outbox that grows without end while the server is away would only test the phones' memory.
        while phone.device.outbox().count > 100 && !over.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
            phone.sync().await;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    phone
}
