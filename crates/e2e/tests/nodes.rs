//! Several nodes share a journal in a real PostgreSQL. Owners, connections, the network and the primary are cut while phones
//! send, and nothing that was acknowledged is ever missing.

#[path = "../../journal-postgres/tests/server/mod.rs"]
#[expect(dead_code, reason = "the tests of the journal use the rest")]
mod postgres_server;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use e2e::census::{Census, ea};
use e2e::courier::{Courier, Http};
use e2e::handset::Handset;
use e2e::journaled::{self, Journaled};
use e2e::network;
use e2e::relay::{Relay, ready};
use e2e::server::{Server, free_port, printed, quipu};
use event::{Fact, Operation};
use journal_postgres::Address;
use postgres_server::Server as Postgres;

const PHONES: u32 = 4;
const NODES: usize = 3;
/// Operations of one request when everything is asked for again.
const RESEND: usize = 500;
const DATABASE: &str = "census";

/// The nodes with their ways to the database, and the database.
struct Nodes {
    primary: Postgres,
    standby: Postgres,
    ways: Vec<[Relay; 2]>,
    data: Vec<PathBuf>,
    addresses: Vec<SocketAddr>,
    servers: Vec<Option<Server>>,
}

impl Nodes {
    fn address(&self, at: usize) -> String {
        let [first, second] = &self.ways[at];
        format!(
            "host={0},{0} port={1},{2} user=quipu dbname={DATABASE} target_session_attrs=read-write",
            line(at),
            first.addr.port(),
            second.addr.port()
        )
    }

    fn start(&mut self, at: usize) {
        let database = self.address(at);
        let server = Server::start_with(&self.data[at], self.addresses[at], |command| {
            command.args(["--journal", &database, "--node", &format!("node-{at}")]);
        });
        self.servers[at] = Some(server);
    }

    /// What `/readyz` says of each node.
    async fn ready(&self) -> Vec<serde_json::Value> {
        let mut all = Vec::new();
        for addr in &self.addresses {
            let answer = Http::new(*addr).send("GET", "/readyz", &[], Vec::new()).await;
            all.push(serde_json::from_slice(&answer.body).expect("JSON"));
        }
        all
    }

    /// Waits until a node that is not `other` takes work in.
    async fn owner_but(&self, other: Option<usize>) -> usize {
        let start = Instant::now();
        loop {
            for at in (0..NODES).filter(|at| Some(*at) != other && self.servers[*at].is_some()) {
                let answer = Http::new(self.addresses[at]).send("GET", "/readyz", &[], Vec::new()).await;
                if answer.status == 200 {
                    return at;
                }
            }
            assert!(start.elapsed() < Duration::from_secs(60), "no node takes over: {:?}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn logs(&self) -> Vec<String> {
        self.servers.iter().flatten().map(Server::log).collect()
    }

    /// The owner's process dies, and comes back to follow.
    async fn kill_owner(&mut self) {
        let owner = self.owner_but(None).await;
        self.servers[owner].take().expect("it runs").kill();
        self.owner_but(None).await;
        self.start(owner);
    }

    /// The owner hears nothing of the database any more, and phones still reach it. What it sent arrives when another one has
    /// taken over.
    async fn silence_owner(&mut self) {
        let owner = self.owner_but(None).await;
        network::cut(line(owner));
        self.owner_but(Some(owner)).await;
        network::mend();
    }

    /// The owner stands still, and wakes when another one has taken over.
    async fn freeze_owner(&mut self) {
        let owner = self.owner_but(None).await;
        let server = self.servers[owner].take().expect("it runs");
        server.signal("-STOP");
        self.owner_but(None).await;
        server.signal("-CONT");
        self.servers[owner] = Some(server);
    }

    /// Every connection to the database breaks.
    async fn cut_connections(&mut self) {
        for _ in 0..20 {
            let cut = || self.primary.cut(DATABASE);
            tokio::task::block_in_place(cut);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.owner_but(None).await;
    }

    /// The primary's machine is gone for good; its standby is promoted and gets a standby of its own.
    async fn lose_primary(&mut self) {
        tokio::task::block_in_place(|| {
            self.primary.kill();
            self.standby.promote();
            let next = self.standby.standby();
            self.primary = std::mem::replace(&mut self.standby, next);
        });
        (0..NODES).for_each(|at| self.mend(at));
        self.owner_but(None).await;
    }

    fn mend(&self, at: usize) {
        for (way, server) in self.ways[at].iter().zip([&self.primary, &self.standby]) {
            way.lead_to(SocketAddr::from(([127, 0, 0, 1], server.port)));
        }
    }

    /// Waits until one node owns the cell, every other one knows it, and the balancer leads there.
    async fn settled(&self, balancer: SocketAddr) {
        let start = Instant::now();
        loop {
            let said = self.ready().await;
            let owners = said.iter().filter(|said| said["role"] == "owner").count();
            if owners == 1 && ready(balancer).await == Some(200) {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "not one owner: {said:?} {:?}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until every node has what the owner has.
    async fn level(&self) {
        let start = Instant::now();
        loop {
            let ends: Vec<u64> = self.ready().await.iter().map(|said| said["next_offset"].as_u64().unwrap()).collect();
            if ends.iter().all(|end| *end == ends[0]) {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "the nodes stay apart: {ends:?} {:?}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The address at which a node reaches the database, and nobody else does.
fn line(at: usize) -> IpAddr {
    IpAddr::from([127, 0, 1, 1 + u8::try_from(at).expect("few nodes")])
}

/// A census whose journal is in PostgreSQL with a synchronous standby, and three nodes at work.
async fn set_up() -> (Arc<Census>, Nodes) {
    let (primary, standby, census) = tokio::task::block_in_place(|| {
        let primary = Postgres::start();
        let url = primary.database(DATABASE);
        let standby = primary.standby();
        let options = journal_postgres::Options::new(Address::read(&url, None).unwrap(), "the office");
        (primary, standby, Census::found_shared(&options, PHONES))
    });
    let mut ways = Vec::new();
    for at in 0..NODES {
        let [first, second] = [&primary, &standby].map(|server| SocketAddr::from(([127, 0, 0, 1], server.port)));
        ways.push([Relay::start(line(at), first).await, Relay::start(line(at), second).await]);
    }
    let data = (0..NODES).map(|at| census.node(&format!("node-{at}"))).collect();
    let addresses = (0..NODES).map(|_| free_port()).collect();
    let servers = (0..NODES).map(|_| None).collect();
    let mut nodes = Nodes { primary, standby, ways, data, addresses, servers };
    (0..NODES).for_each(|at| nodes.start(at));
    nodes.owner_but(None).await;
    (Arc::new(census), nodes)
}

/// Lists and interviews, household by household, and syncs after each, until told to end.
async fn count(mut phone: Handset, census: Arc<Census>, at: u32, over: Arc<AtomicBool>) -> Handset {
    while !over.load(Ordering::Relaxed) {
        if phone.device.outbox().count < 100 {
            let household = phone.list(&census, ea(at), "Zhang");
            phone.interview(&census, ea(at), household, 2, "Zhang");
        }
        phone.sync().await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    phone
}

/// Goal: whatever is cut, another node goes on; nothing acknowledged is lost, nothing takes effect twice, and every node
/// comes to the same.
/// Method: in a network of its own, phones count through a load balancer; the owner is killed, its packets dropped, it is
/// frozen, its connections broken, the primary lost; then every operation is sent again and its receipt compared with the
/// one the phone holds, and every copy is read. `CUTS` says how many cuts.
#[test]
fn cuts_of_owner_network_and_primary_lose_nothing_and_count_nothing_twice() {
    network::inside("cuts_of_owner_network_and_primary_lose_nothing_and_count_nothing_twice", count_through_cuts());
}

async fn count_through_cuts() {
    let cuts: usize = std::env::var("CUTS").map_or(5, |cuts| cuts.parse().expect("a number of cuts"));
    let (census, mut nodes) = set_up().await;
    let balancer = Relay::balance(Arc::new(Mutex::new(nodes.addresses.clone()))).await;
    let over = Arc::new(AtomicBool::new(false));
    let mut work = Vec::new();
    for at in 0..PHONES {
        let phone = Handset::enrol(balancer.addr, &census.codes[at as usize], at.into()).await;
        work.push(tokio::spawn(count(phone, census.clone(), at, over.clone())));
    }
    for cut in 0..cuts {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let start = Instant::now();
        let what = match cut % 5 {
            0 => (nodes.kill_owner().await, "the owner killed").1,
            1 => (nodes.silence_owner().await, "the owner cut off").1,
            2 => (nodes.lose_primary().await, "the primary lost").1,
            3 => (nodes.cut_connections().await, "connections broken").1,
            _ => (nodes.freeze_owner().await, "the owner frozen").1,
        };
        eprintln!("{what}: work is taken in again after {:.1?}", start.elapsed());
    }
    over.store(true, Ordering::Relaxed);
    let mut phones = Vec::new();
    for phone in work {
        phones.push(phone.await.unwrap());
    }
    nodes.settled(balancer.addr).await;
    let courier = Courier::enrol(balancer.addr, &census.courier_code).await;
    let mut sent: BTreeMap<_, Vec<u8>> = BTreeMap::new();
    for phone in &mut phones {
        assert!(phone.sync_all().await, "everything finished reaches a node in the end");
        let held = phone.receipted();
        assert_eq!(held.len(), phone.finished.len(), "one receipt for each operation");
        for some in held.chunks(RESEND) {
            let operations: Vec<Vec<u8>> = some.iter().map(|(operation, _)| operation.clone()).collect();
            for ((_, held), again) in some.iter().zip(&courier.receipts(&operations).await) {
                assert!(held == again, "a resend gets the receipt that was given first");
            }
        }
        let id = |bytes: &Vec<u8>| Operation::read(bytes).unwrap().id().unwrap();
        sent.extend(phone.finished.values().map(|bytes| (id(bytes), bytes.clone())));
    }
    nodes.level().await;
    let verified = quipu(&[
        "journal",
        "verify",
        "--data",
        &nodes.data[0].to_string_lossy(),
        "--journal",
        &nodes.primary.url(DATABASE),
    ]);
    assert!(verified.status.success(), "{}", printed(&verified));
    assert!(printed(&verified).contains("whole in PostgreSQL"), "{}", printed(&verified));
    // The owner last: another one would take over, and write so.
    let owner = nodes.owner_but(None).await;
    nodes.servers.swap(owner, NODES - 1);
    for server in nodes.servers.drain(..).flatten() {
        assert!(server.stop().success(), "each node ends well when asked to");
    }
    let data = nodes.data.clone();
    let found: Vec<Journaled> =
        tokio::task::spawn_blocking(move || data.iter().map(|data| journaled::read(data)).collect()).await.unwrap();
    let (mut ends, owners) = (Vec::new(), &found[0].facts);
    let takeovers = owners.iter().filter(|fact| matches!(fact, Fact::RulesActivated(_))).count();
    for (at, found) in found.iter().enumerate() {
        assert!(found.deposited.is_empty(), "nothing was damaged on its way");
        assert_eq!(found.operations.len(), sent.len(), "what the phones finished is what node {at} holds");
        for (id, heads) in &found.operations {
            assert!(sent.contains_key(id), "{id:?} was never finished on a phone");
            assert_eq!(heads.len(), 1, "{id:?} took effect once");
        }
        assert_eq!(found.progress.households, sent.len() as u64 / 2);
        assert_eq!(found.progress.submissions, sent.len() as u64 / 2);
        ends.push((found.facts.len(), found.digest));
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "every node comes to the same: {ends:?}");
    assert!(takeovers > cuts / 5 * 3, "owners were replaced: {takeovers}");
    eprintln!("{} operations, {cuts} cuts, {takeovers} owners, {NODES} equal nodes", sent.len());
}

/// Goal: a node that follows says so, answers questions, refuses what the owner alone can do, and needs what the others have.
#[tokio::test(flavor = "multi_thread")]
async fn a_follower_answers_questions_and_says_who_takes_work_in() {
    let (census, mut nodes) = set_up().await;
    let owner = nodes.owner_but(None).await;
    let follower = (owner + 1) % NODES;
    nodes.level().await;
    let said = nodes.ready().await;
    assert_eq!((&said[owner]["ready"], &said[owner]["role"]), (&true.into(), &"owner".into()));
    assert_eq!((&said[follower]["ready"], &said[follower]["role"]), (&false.into(), &"follower".into()));
    let reason = &said[follower]["reasons"][0];
    assert_eq!(reason["code"], "ready/follower");
    assert_eq!(reason["params"]["owner"], format!("node-{owner}"));
    let (http, asked) = (Http::new(nodes.addresses[follower]), "/readyz/reads");
    assert_eq!(http.send("GET", asked, &[], Vec::new()).await.status, 200);
    let metrics = String::from_utf8(http.send("GET", "/metrics", &[], Vec::new()).await.body).unwrap();
    assert!(metrics.contains("\nquipu_owner 0\n"), "{metrics}");

    // A session given by the owner reads on the follower, and sends to the owner alone.
    let mut phone = Handset::enrol(nodes.addresses[owner], &census.codes[0], 1).await;
    let household = phone.list(&census, ea(0), "Zhang");
    phone.interview(&census, ea(0), household, 2, "Zhang");
    let courier = Courier::enrol(nodes.addresses[owner], &census.courier_code).await;
    let there = courier.at(nodes.addresses[follower]);
    let operations: Vec<Vec<u8>> = phone.finished.values().cloned().collect();
    let refused = there.try_sync(&operations).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "server/follower"));
    assert!(phone.sync_all().await);
    nodes.level().await;
    assert_eq!(there.try_sync(&[]).await.status, 200);

    // A photo that came in at the owner is there for the others.
    let photo = vec![7; 100_000];
    let path = format!("/v1/blobs/{}", blake3::hash(&photo).to_hex());
    let refused = there.send("PUT", &path, photo.clone()).await;
    assert_eq!(refused.code(), "server/follower");
    assert_eq!(courier.send("PUT", &path, photo.clone()).await.status, 200);
    nodes.level().await;
    assert_eq!(there.send("GET", &path, Vec::new()).await.body, photo);

    // Without the nodes' key a node is none of theirs; without the address, its folder is only a copy.
    let (database, stranger) = (nodes.address(0), census.data().with_file_name("stranger"));
    let refused = Server::try_start(&stranger, free_port(), |command| {
        command.args(["--journal", &database]);
    });
    let Err(output) = refused else { panic!("a stranger is let in") };
    assert!(printed(&output).contains("copy that file from a node"), "{}", printed(&output));
    nodes.servers[follower].take().expect("it runs").kill();
    let Err(output) = Server::try_start(&nodes.data[follower], free_port(), |_| {}) else { panic!("a copy is served") };
    assert!(printed(&output).contains("--journal"), "{}", printed(&output));
    let closed = quipu(&[
        "staff",
        "list",
        "--data",
        &nodes.data[follower].to_string_lossy(),
        "--journal",
        "postgres://u@127.0.0.1:1/x",
    ]);
    assert!(printed(&closed).contains("nobody answers there"), "{}", printed(&closed));
}
