//! A census of several cells: what is national reaches each of them once, whatever dies in between, phones work on, and what
//! the cells count adds up.

#[path = "../../journal-postgres/tests/server/mod.rs"]
#[expect(dead_code, reason = "the tests of the journal use the rest")]
mod postgres_server;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use e2e::cells::{COUNTRY, Divided, EAS, PROVINCES, SECRET, ea, province};
use e2e::census::Census;
use e2e::courier::{Courier, Http};
use e2e::handset::Handset;
use e2e::journaled;
use e2e::relay::ready;
use e2e::server::Server;
use event::sign::PrivateKey;
use event::{Operation, Protobuf, letter, operation, wire};
use node::office;
use postgres_server::{Server as Postgres, certificates};
use types::{CellId, Held, Origin, Role, StaffId};

/// Staff enrolled while the cells work, half of them in each province.
const STAFF: u32 = 3_000;
/// Their numbers begin here.
const STAFF_FIRST: u32 = 1_000;
/// Operations of one request when everything is asked for again.
const RESEND: usize = 500;
const PATIENCE: Duration = Duration::from_secs(60);

/// Goal: dividing a census loses nothing and doubles nothing, whenever a cell dies.
/// Method: phones of two provinces list, interview and sync; meanwhile the root cell's office enrols thousands, and each
/// province's server is killed whenever it has taken some of them over but not all. Then every operation is sent again and
/// its receipt compared, and each cell's folder is read.
#[tokio::test(flavor = "multi_thread")]
async fn cells_that_die_while_they_take_over_lose_nothing_and_count_nothing_twice() {
    let mut divided = tokio::task::spawn_blocking(Divided::found).await.unwrap();
    let mut servers: Vec<Server> = (1..=PROVINCES).map(|cell| divided.serve(cell)).collect();
    for (code, why) in [("1", "server/other-cell"), ("99", "no area")] {
        let refused = tokio::task::block_in_place(|| divided.try_join(3, code)).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    a_letter_at_another_cell_is_told_where_it_belongs(&divided).await;
    nobody_sends_under_a_cells_name(&divided).await;

    let over = Arc::new(AtomicBool::new(false));
    let mut work = Vec::new();
    for at in 0..PROVINCES {
        for index in 0..EAS {
            let census = divided.provinces[at].clone();
            let seed = (at as u32 * EAS + index).into();
            let phone = Handset::enrol(divided.addresses[at + 1], &census.codes[index as usize], seed).await;
            work.push((at, tokio::spawn(count(phone, census, at, index, over.clone()))));
        }
    }

    divided.root.take().expect("it serves").kill();
    let enrol = |staff, at| {
        let login = format!("staff-{staff}");
        office::enrol_staff(StaffId(staff), Role::Enumerator, province(at), "Somebody", &login, "")
    };
    let mut events: Vec<_> = (0..STAFF).map(|n| enrol(STAFF_FIRST + n, n as usize % PROVINCES)).collect();
    // Somebody moves from one province to the other.
    events.push(enrol(STAFF_FIRST, 1));
    events.push(divided.renamed("Another name"));
    let end = tokio::task::block_in_place(|| divided.office(events));
    tokio::task::block_in_place(|| divided.serve_root());

    let mut kills = 0;
    for at in 0..PROVINCES {
        let start = Instant::now();
        let mut before = standing(&divided, at + 1).await["imported"].as_u64().unwrap();
        while before + 1 < end {
            assert!(start.elapsed() < PATIENCE, "cell {} stays at {before} of {end}: {}", at + 1, servers[at].log());
            let now = standing(&divided, at + 1).await["imported"].as_u64().unwrap();
            if now > before && now + 1 < end {
                kills += 1;
                servers.remove(at).kill();
                let server = tokio::task::block_in_place(|| divided.serve(at + 1));
                servers.insert(at, server);
            }
            before = now;
        }
    }
    assert!(kills > 0, "no cell was killed in the middle of taking over");
    // The root cell is away, and nobody notices.
    divided.root.take().expect("it serves").kill();
    tokio::time::sleep(Duration::from_millis(500)).await;
    over.store(true, Ordering::Relaxed);

    let mut sent: Vec<BTreeMap<_, Vec<u8>>> = vec![BTreeMap::new(); PROVINCES];
    for (at, phone) in work {
        let mut phone = phone.await.unwrap();
        assert!(phone.sync_all().await, "everything finished reaches its cell in the end");
        let courier = Courier::enrol(divided.addresses[at + 1], &divided.provinces[at].courier_code).await;
        let held = phone.receipted();
        assert_eq!(held.len(), phone.finished.len(), "one receipt for each operation");
        for some in held.chunks(RESEND) {
            let operations: Vec<Vec<u8>> = some.iter().map(|(operation, _)| operation.clone()).collect();
            let again = courier.receipts(&operations).await;
            assert!(some.iter().zip(&again).all(|((_, held), again)| held == again), "a resend gets the same receipt");
        }
        let named = |bytes: &Vec<u8>| (Operation::read(bytes).unwrap().id().unwrap(), bytes.clone());
        sent[at].extend(phone.finished.values().map(named));
    }

    tokio::task::block_in_place(|| divided.serve_root());
    let shown = tokio::task::block_in_place(|| shown(&divided));
    let counts: Vec<usize> = sent.iter().map(|sent| sent.len() / 2).collect();
    tokio::task::block_in_place(|| tables_are_read_together(&mut divided, &counts));
    for server in servers {
        assert!(server.stop().success(), "a cell ends well when asked to");
    }
    let households = tokio::task::block_in_place(|| read(&divided, &sent, end));
    let total: u64 = households.iter().sum();
    assert!(shown.contains(&format!("households {total}")), "{total} in all: {shown}");
    assert!(shown.contains(&format!("persons {}", 2 * total)), "{total} in all: {shown}");
    eprintln!("{total} households in {PROVINCES} cells, {STAFF} staff taken over, {kills} kills meanwhile");
}

/// Goal: a cell that answers nobody keeps nobody waiting for the tables of the others.
/// Method: the server of the first cell stands still, a phone of the second works, and the root cell's folder has what it
/// counted long before the first cell would be given up.
#[tokio::test(flavor = "multi_thread")]
async fn a_cell_that_stands_still_keeps_no_other_waiting() {
    let mut divided = tokio::task::spawn_blocking(Divided::found).await.unwrap();
    let servers: Vec<Server> = (1..=PROVINCES).map(|cell| divided.serve(cell)).collect();
    // The root cell hears of both, and asks both.
    tokio::time::sleep(Duration::from_secs(3)).await;
    servers[0].signal("-STOP");
    let census = divided.provinces[1].clone();
    let mut phone = Handset::enrol(divided.addresses[2], &census.codes[0], 1).await;
    let household = phone.list(&census, ea(1, 0), "Zhang");
    phone.interview(&census, ea(1, 0), household, 2, "Zhang");
    assert!(phone.sync_all().await);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(divided.root.take().expect("it serves").stop().success());
    let said = tokio::task::block_in_place(|| divided.sql("SELECT cell FROM submission")).expect("SQL");
    assert!(said.contains("| 2 "), "the second cell's household is not there: {said}");
    servers.into_iter().for_each(Server::kill);
}

/// Goal: cells whose journals lie in one database, reached over TLS, are as good as those with journals in folders.
/// Method: both provinces work while each cell's server is killed and the database breaks every connection; then every
/// journal has what the phones finished, once, and the root cell's sums are theirs.
#[tokio::test(flavor = "multi_thread")]
async fn cells_share_a_database_and_none_takes_anothers_households() {
    let (authority, certificate, key) = certificates();
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("authority.pem");
    std::fs::write(&trusted, authority).unwrap();
    let (postgres, mut divided) = tokio::task::block_in_place(|| {
        let postgres = Postgres::start_secure(&certificate, &key);
        postgres.sql("postgres", "create database census");
        let way = format!("host=localhost hostaddr=127.0.0.1 port={} user=quipu dbname=census", postgres.port);
        let database = format!("{way} sslmode=verify-full sslrootcert={}", trusted.display());
        (postgres, Divided::found_in(Some(database)))
    });
    let mut servers: Vec<Server> = (1..=PROVINCES).map(|cell| divided.serve(cell)).collect();
    let over = Arc::new(AtomicBool::new(false));
    let mut work = Vec::new();
    for at in 0..PROVINCES {
        let census = divided.provinces[at].clone();
        let phone = Handset::enrol(divided.addresses[at + 1], &census.codes[0], at as u64).await;
        work.push(tokio::spawn(count(phone, census, at, 0, over.clone())));
    }
    for at in 0..PROVINCES {
        tokio::time::sleep(Duration::from_secs(1)).await;
        servers.remove(at).kill();
        tokio::task::block_in_place(|| postgres.cut("census"));
        servers.insert(at, tokio::task::block_in_place(|| divided.serve(at + 1)));
    }
    // The lease of a server that was killed runs out first.
    let start = Instant::now();
    for addr in &divided.addresses[1..] {
        while ready(*addr).await != Some(200) {
            assert!(
                start.elapsed() < PATIENCE,
                "{addr} takes no work in: {:?}",
                servers.iter().map(Server::log).collect::<Vec<_>>()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    over.store(true, Ordering::Relaxed);
    let mut sent = Vec::new();
    for phone in work {
        let mut phone = phone.await.unwrap();
        assert!(phone.sync_all().await, "everything finished reaches its cell in the end");
        let ids = phone.finished.values().map(|bytes| Operation::read(bytes).unwrap().id().unwrap());
        sent.push(ids.collect::<BTreeSet<_>>());
    }
    let shown = tokio::task::block_in_place(|| shown(&divided));
    for server in servers {
        assert!(server.stop().success(), "a cell ends well when asked to");
    }
    assert!(divided.root.take().expect("it serves").stop().success());
    let mut total = 0;
    for (at, sent) in sent.iter().enumerate() {
        let node = tokio::task::block_in_place(|| divided.open(at + 1));
        let found = tokio::task::block_in_place(|| journaled::of(&node, COUNTRY));
        assert!(
            !sent.is_empty() && found.operations.keys().copied().collect::<BTreeSet<_>>() == *sent,
            "what the phones finished, and no more"
        );
        assert!(found.operations.values().all(|heads| heads.len() == 1), "each took effect once");
        assert_eq!(found.progress.households, sent.len() as u64 / 2);
        assert_eq!(node.store().progress(province(1 - at)).households, 0);
        total += found.progress.households;
    }
    assert!(shown.contains(&format!("households {total}")), "{total} in all: {shown}");
    eprintln!("{total} households of {PROVINCES} cells in one database");
}

/// What each cell's folder holds; the households of each.
fn read(divided: &Divided, sent: &[BTreeMap<types::OperationId, Vec<u8>>], end: u64) -> Vec<u64> {
    let mut households = Vec::new();
    for (at, sent) in sent.iter().enumerate() {
        let node = divided.open(at + 1);
        // It replays the journal, too, and compares.
        let found = journaled::of(&node, COUNTRY);
        assert_eq!(found.operations.len(), sent.len(), "what the phones finished is what the journal holds");
        for (id, heads) in &found.operations {
            assert!(sent.contains_key(id) && heads.len() == 1, "{id:?} took effect once");
        }
        assert_eq!(found.imported.last(), Some(&(end - 1)));
        assert!(found.imported.is_sorted_by(|one, next| one < next), "each event is taken over once, in order");
        let store = node.store();
        assert_eq!(store.census().unwrap().names[0].text, "Another name");
        let here = |staff: &&store::Staff| staff.staff.0 >= STAFF_FIRST && staff.area == province(at);
        let enrolled = STAFF as usize / PROVINCES;
        let expected = if at == 0 { enrolled - 1 } else { enrolled + 1 };
        assert_eq!(store.staff_list().filter(here).count(), expected);
        assert_eq!(store.staff(StaffId(STAFF_FIRST)).unwrap().area, province(1), "whoever moved is known to have");
        let neighbour = StaffId(STAFF_FIRST + 2 + (1 - at as u32));
        assert!(store.staff(neighbour).is_none(), "the other province's staff stay there");
        households.push(sent.len() as u64 / 2);
        assert_eq!(found.progress.households, households[at]);
        assert_eq!(found.progress.submissions, households[at]);
        assert_eq!(store.progress(province(at)).households, households[at]);
        assert_eq!(store.progress(province(1 - at)).households, 0);
        assert_eq!(found.deposited.len(), usize::from(at == 0), "the forged operation alone was put aside");
    }
    households
}

/// What `quipu cell show` prints, its spaces and separators of thousands taken out.
fn shown(divided: &Divided) -> String {
    let start = Instant::now();
    loop {
        let shown = divided.show();
        if let Ok(shown) = shown {
            return shown.replace(',', "").split_whitespace().collect::<Vec<_>>().join(" ");
        }
        // Since its start, the root cell has not heard of every cell yet.
        assert!(start.elapsed() < PATIENCE, "{shown:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The root cell's folder has copies of all tables within seconds of the last submission, and SQL reads them as one.
fn tables_are_read_together(divided: &mut Divided, counts: &[usize]) {
    // Without the lines of the table that is printed.
    let words = |said: String| said.replace(['|', '+', '-'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let submissions = "SELECT cell, count(*) AS n FROM submission GROUP BY cell ORDER BY cell";
    let expected = format!("cell n 1 {} 2 {}", counts[0], counts[1]);
    let start = Instant::now();
    loop {
        std::thread::sleep(Duration::from_secs(3));
        assert!(divided.root.take().expect("it serves").stop().success());
        let said = words(divided.sql(submissions).expect("SQL"));
        if said.contains(&expected) {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{counts:?} are not there yet: {said}");
        divided.serve_root();
    }
    let total: usize = counts.iter().sum();
    let national = "SELECT households AS h, persons AS p FROM area_progress WHERE level = 0";
    let said = words(divided.sql(national).expect("SQL"));
    assert!(said.contains(&format!("h p {total} {}", 2 * total)), "{total} in all: {said}");
    let lag = words(divided.sql("SELECT cell AS c FROM quipu_lag ORDER BY cell").expect("SQL"));
    assert!(lag.contains("cell 1 as of offset") && lag.contains("cell 2 as of offset"), "{lag}");
}

async fn standing(divided: &Divided, cell: usize) -> serde_json::Value {
    let headers = [("authorization", format!("Bearer {SECRET}"))];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = Http::new(divided.addresses[cell]).send("GET", "/v1/cell", &headers, Vec::new()).await;
    serde_json::from_slice(&answer.body).expect("JSON")
}

async fn a_letter_at_another_cell_is_told_where_it_belongs(divided: &Divided) {
    let key = PrivateKey::from_bytes(&[9; 32]);
    let ask = |code: &str| {
        let lookup = letter::lookup(&letter::read_code(code).expect("a code"));
        let (signing_key, signature) = (key.public().to_vec(), key.sign("enrol", &lookup).to_vec());
        wire::Enrol { lookup: lookup.to_vec(), signing_key, signature }.encode_to_vec()
    };
    let code = &divided.provinces[0].codes[0];
    for wrong in [0, 2] {
        let start = Instant::now();
        let refusal = loop {
            let answer = Http::new(divided.addresses[wrong]).send("POST", "/v1/enrol", &[], ask(code)).await;
            // The root cell hears of a cell within a second.
            if answer.code() != "enrol/letter-unknown" || start.elapsed() > PATIENCE {
                break answer.refusal();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert_eq!(refusal.code, "enrol/letter-elsewhere");
        assert_eq!(refusal.params["address"], divided.address(1));
    }
    let stranger = Http::new(divided.addresses[0]).send("GET", "/v1/cells", &[], Vec::new()).await;
    assert_eq!(stranger.status, 404, "whoever lacks the secret finds nothing");
}

/// An operation that names a cell as its origin would keep a national event out. It is put aside.
async fn nobody_sends_under_a_cells_name(divided: &Divided) {
    let courier = Courier::enrol(divided.addresses[1], &divided.provinces[0].courier_code).await;
    let number = standing(divided, 0).await["next_offset"].as_u64().unwrap() + 1;
    let act = operation::Act::RecordVisit(operation::RecordVisit { household: 1, ..Default::default() });
    let origin = Origin::of_cell(CellId(0)).0.to_vec();
    let forged = Operation { origin, number, area: ea(0, 0).0, act: Some(act), ..Operation::default() };
    let synced = courier.sync(&[forged.encode_to_vec()]).await;
    assert_eq!(synced.receipts[0].held, Held::Malformed.code());
}

/// Lists and interviews, household by household, and syncs after each, until told to end.
async fn count(mut phone: Handset, census: Arc<Census>, at: usize, index: u32, over: Arc<AtomicBool>) -> Handset {
    while !over.load(Ordering::Relaxed) {
        if phone.device.outbox().count < 100 {
            let household = phone.list(&census, ea(at, index), "Zhang");
            phone.interview(&census, ea(at, index), household, 2, "Zhang");
        }
        phone.sync().await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    phone
}
