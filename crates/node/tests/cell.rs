//! A cell under repeats, crashes, a wrong clock, a full queue and a failing disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use areas::{AreaDef, AreaTree};
use crossbeam_channel::{Receiver, Sender, unbounded};
use event::frame::{Frame, Tip};
use event::head::{BodyErased, CensusDefined};
use event::operation::{ListDwelling, Submit};
use event::{Act, Body, Fact, Head, Operation, Protobuf};
use journal::{Journal, MemoryJournal, Reader};
use node::{Ack, Clock, Error, Node, Options, office};
use types::{AreaId, CellId, DeviceId, Held, Role, StaffId, Time, Verdict};

const TOP: AreaId = AreaId(0);
const EA: AreaId = AreaId(1);
const STAFF: StaffId = StaffId(1);

#[derive(Default)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::Relaxed))
    }
}

/// A journal whose appends wait for a permit, or fail.
struct Gated {
    inner: MemoryJournal,
    gate: Option<Receiver<()>>,
    broken: Arc<AtomicBool>,
}

impl Journal for Gated {
    fn tip(&self) -> Tip {
        self.inner.tip()
    }

    fn append(&mut self, frame: &Frame) -> journal::Result<()> {
        if let Some(gate) = &self.gate {
            let _ = gate.recv();
        }
        if self.broken.load(Ordering::Relaxed) {
            return Err(journal::Error::Stopped);
        }
        self.inner.append(frame)
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.inner.reader()
    }
}

fn options(folder: &Path) -> (Options, Arc<Hands>) {
    let clock = Arc::new(Hands(AtomicI64::new(1000)));
    (Options { clock: clock.clone(), ..Options::new(folder) }, clock)
}

fn open(folder: &Path) -> Node {
    Node::open(options(folder).0, &mut |_, _| {}).unwrap()
}

fn gated(folder: &Path, options: Options) -> (Arc<Node>, Sender<()>, Arc<AtomicBool>) {
    let (open, gate) = unbounded();
    let broken = Arc::new(AtomicBool::new(false));
    let journal = Gated { inner: MemoryJournal::new(options.cell), gate: Some(gate), broken: broken.clone() };
    // One permit for the first event of a new folder, some for the census.
    (0..2).for_each(|_| open.send(()).unwrap());
    let node = Node::open_with(options, Box::new(journal), &mut |_, _| {}).unwrap();
    assert!(node.folder() == folder);
    found(&node);
    (Arc::new(node), open, broken)
}

fn found(node: &Node) {
    let mut tree = AreaTree::new();
    tree.insert(&AreaDef { code: "1".into(), names: vec![("en".into(), "Town".into())], ..AreaDef::default() })
        .unwrap();
    tree.insert_eas(TOP, 2).unwrap();
    let census = CensusDefined { id: 7, census_key: vec![9; 32], ..CensusDefined::default() };
    let mut events = vec![office::define_census(census)];
    events.extend(office::define_areas(&tree));
    events.push(office::enrol_staff(STAFF, Role::Enumerator, TOP, "Li", "", ""));
    events.push(office::grant_lease(EA, STAFF, 1));
    for ack in node.admin_blocking(events).unwrap() {
        assert_eq!(ack.held, Held::Not);
    }
}

fn operation(number: u64, body: Vec<u8>, act: Act) -> Vec<u8> {
    let base = Operation { origin: vec![3; 16], number, staff: 1, area: EA.0, lease: 1, ..Operation::default() };
    Operation { body, act: Some(act), ..base }.encode_to_vec()
}

fn list(number: u64, dwelling: u32) -> Vec<u8> {
    let act = ListDwelling { dwelling, kind: 1, occupancy: 1, households: vec![dwelling], ..ListDwelling::default() };
    operation(number, Vec::new(), Act::ListDwelling(act))
}

fn submit(number: u64) -> Vec<u8> {
    let body = Body { answers: vec![1; 200], ..Body::default() }.encode_to_vec();
    operation(number, body, Act::Submit(Submit { household: 1, form: 1, form_version: 1, ..Submit::default() }))
}

async fn send(node: &Node, operations: &[Vec<u8>]) -> Vec<Ack> {
    node.submit(DeviceId(0), STAFF, operations.to_vec()).await.unwrap().into_iter().map(Result::unwrap).collect()
}

fn receipts(acks: &[Ack]) -> Vec<Vec<u8>> {
    acks.iter().map(|ack| ack.receipt().encode_to_vec()).collect()
}

#[test]
fn a_resend_after_a_crash_gets_the_same_receipt_and_counts_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let work: Vec<_> = (1..=100).map(|n| list(n.into(), n)).collect();
    let node = open(folder.path());
    found(&node);
    let first = receipts(&runtime.block_on(send(&node, &work)));
    let digest = node.store().digest();
    drop(node);
    let node = open(folder.path());
    assert_eq!(node.store().digest(), digest);
    let again = runtime.block_on(send(&node, &work));
    assert!(again.iter().all(|ack| ack.repeated && ack.verdict == Verdict::Accepted));
    assert_eq!(receipts(&again), first);
    node.stop().unwrap();
    drop(node);
    // From a checkpoint, too.
    let node = open(folder.path());
    assert_eq!(node.store().digest(), digest);
    assert_eq!(receipts(&runtime.block_on(send(&node, &work))), first);
    assert_eq!(node.store().progress(TOP).dwellings, 100);
}

#[test]
fn a_store_that_has_seen_more_than_the_journal_holds_is_an_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path());
    found(&node);
    node.stop().unwrap();
    drop(node);
    let (options, _) = options(folder.path());
    let empty = Box::new(MemoryJournal::new(options.cell));
    assert!(matches!(Node::open_with(options, empty, &mut |_, _| {}), Err(Error::JournalBehind { journal: 0, .. })));
}

#[test]
fn time_never_runs_backwards_even_when_the_clock_does() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (options, clock) = options(folder.path());
    let node = Node::open(options, &mut |_, _| {}).unwrap();
    found(&node);
    let mut times = Vec::new();
    for (number, now) in [(1, 5000), (2, 10), (3, -5), (4, 6000)] {
        clock.0.store(now, Ordering::Relaxed);
        times.push(runtime.block_on(send(&node, &[list(number, number as u32)]))[0].frame.time.0);
    }
    assert_eq!(times, [5000, 5000, 5000, 6000]);
}

#[test]
fn the_same_operation_twice_in_flight_is_one_event_with_one_receipt() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (node, open, _) = gated(folder.path(), options(folder.path()).0);
    let before = node.store().next_offset();
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let node = node.clone();
            runtime.spawn(async move { send(&node, &[list(1, 1), list(1, 2), list(1, 1)]).await })
        })
        .collect();
    (0..3).for_each(|_| open.send(()).unwrap());
    let acks: Vec<_> = waiting.into_iter().map(|task| runtime.block_on(task).unwrap()).collect();
    for acks in &acks {
        assert_eq!(receipts(acks), receipts(&[acks[0].clone(), acks[1].clone(), acks[0].clone()]));
    }
    // Whichever came first counts; the other is kept as a conflict; both have one receipt each.
    assert_eq!(receipts(&acks[0]), receipts(&acks[1]));
    assert_eq!(receipts(&acks[0]), receipts(&acks[2]));
    assert_eq!(acks[0][1].verdict, Verdict::IdConflict);
    assert_eq!(node.store().next_offset(), before + 2);
}

#[test]
fn a_full_queue_refuses_at_once_and_takes_more_later() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = Options { queue_bytes_max: 4000, ..options(folder.path()).0 };
    let (node, open, _) = gated(folder.path(), options);
    let waiting: Vec<_> = (1..=40)
        .map(|number| {
            let node = node.clone();
            runtime.spawn(async move { node.submit(DeviceId(0), STAFF, vec![submit(number)]).await })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(300));
    let refused = waiting.iter().filter(|task| task.is_finished()).count();
    assert!((10..40).contains(&refused), "{refused} refused while the disk stood still");
    (0..40).for_each(|_| open.send(()).unwrap());
    let mut taken = 0;
    for task in waiting {
        match runtime.block_on(task).unwrap() {
            Ok(_) => taken += 1,
            Err(Error::Busy { retry_after_ms }) => assert!(retry_after_ms > 0),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(taken, 40 - refused);
    assert_eq!(runtime.block_on(send(&node, &[submit(99)])).len(), 1);
}

#[test]
fn after_a_failed_append_nothing_is_acknowledged_and_the_node_says_so() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (node, open, broken) = gated(folder.path(), options(folder.path()).0);
    let before = node.store().next_offset();
    broken.store(true, Ordering::Relaxed);
    (0..9).for_each(|_| open.send(()).unwrap());
    for number in 1..=3 {
        let answer = runtime.block_on(node.submit(DeviceId(0), STAFF, vec![list(number, 1)]));
        assert!(matches!(answer, Err(Error::Stopped { .. })), "{answer:?}");
        broken.store(false, Ordering::Relaxed);
    }
    assert_eq!(node.status().stopped.map(|stop| stop.cause), Some(node::Cause::Program));
    assert_eq!(node.store().next_offset(), before);
}

#[test]
fn a_cursor_from_a_journal_that_was_longer_is_told_everything_anew() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path());
    found(&node);
    runtime.block_on(send(&node, &[list(1, 1)]));
    let end = node.store().next_offset();
    assert!(node.changes(STAFF, &[EA], end, 100).unwrap().changes.is_empty());
    assert_eq!((node.news(&[EA], end, 100), node.news(&[EA], end + 7, 100)), (0, node.news(&[EA], 0, 100)));
    let anew = node.changes(STAFF, &[EA], end + 7, 100).unwrap();
    assert_eq!(anew.cursor, end);
    assert!(anew.changes.iter().any(|change| change.offset == end - 1));
}

#[test]
fn an_erased_body_is_gone_for_ever_and_what_comes_later_is_not() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path());
    found(&node);
    let first = runtime.block_on(send(&node, &[submit(1)]))[0].offset();
    assert!(!node.body(first).unwrap().is_empty());
    // In this tree the enumeration area is on the level that keys belong to.
    let erased = (Head::of(EA, StaffId(0), Fact::BodyErased(BodyErased { wave: 1 })), Vec::new());
    runtime.block_on(node.admin(vec![erased])).unwrap();
    let second = runtime.block_on(send(&node, &[submit(2)]))[0].offset();
    drop(node);
    let node = open(folder.path());
    assert!(matches!(node.body(first), Err(Error::Erased { wave: 1, .. })));
    assert!(!node.body(second).unwrap().is_empty());
    let feed = node.feed(0, 1000).unwrap();
    assert_eq!(feed.iter().map(|event| event.offset).collect::<Vec<_>>(), (0..=second).collect::<Vec<_>>());
    assert!(feed[first as usize].body.is_empty());
    assert_eq!(feed[second as usize].head.wave, 2);
}

/// Goal: what is wrong with one operation's key concerns that one alone.
/// Method: the key file of one enumeration area cannot be read (a folder is in its place); work for it is sent between
/// work for another area, few at a time and many; then the file is right again and everything is sent once more.
#[test]
fn a_key_that_cannot_be_read_keeps_out_its_own_operations_and_no_others() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for count in [5, 100] {
        let folder = tempfile::tempdir().unwrap();
        let node = open(folder.path());
        found(&node);
        let in_the_way = folder.path().join("keys/bodies").join(format!("{}-1.key", EA.0));
        std::fs::create_dir_all(&in_the_way).unwrap();
        let other = |number| {
            let body = Body { answers: vec![1; 200], ..Body::default() }.encode_to_vec();
            let act = Act::Submit(Submit { household: 1, form: 1, form_version: 1, ..Submit::default() });
            let base = Operation { origin: vec![4; 16], number, staff: 1, area: EA.0 + 1, ..Operation::default() };
            Operation { body, act: Some(act), ..base }.encode_to_vec()
        };
        let work: Vec<_> = (1..=count).map(|n| if n % 3 == 1 { submit(n) } else { other(n) }).collect();
        let before = node.store().next_offset();
        let answers = runtime.block_on(node.submit(DeviceId(0), STAFF, work.clone())).unwrap();
        assert_eq!(answers.len(), work.len());
        let mut taken = 0;
        for (number, answer) in (1..=count).zip(&answers) {
            match answer {
                Ok(ack) => {
                    taken += 1;
                    let operation = Operation::read(&work[number as usize - 1]).unwrap();
                    let head = Head::read(&node.reader().record(ack.offset()).unwrap().1.head).unwrap();
                    assert_eq!((head.origin, head.number), (operation.origin, number));
                    assert_ne!(number % 3, 1);
                }
                Err(Error::NotTaken { why, retry_after_ms }) => {
                    assert_eq!(number % 3, 1);
                    assert!(why.contains("1-1.key") && why.contains("directory") && *retry_after_ms > 0, "{why}");
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(node.store().next_offset(), before + taken);
        let status = node.status();
        assert_eq!((status.not_taken, status.stopped), (count - taken, None));

        std::fs::remove_dir(&in_the_way).unwrap();
        let again = runtime.block_on(send(&node, &work));
        assert_eq!(again.iter().filter(|ack| ack.repeated).count() as u64, taken);
        assert_eq!(node.store().next_offset(), before + count);
    }
}

#[test]
fn frames_are_of_the_cell_and_signed_by_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path());
    found(&node);
    let public = node.keys().signing().public();
    for frame in node.reader().frames(0, usize::MAX).unwrap() {
        assert_eq!(frame.header.cell, CellId(1));
        frame.header.verify(&public).unwrap();
    }
}

/// Tells the time until it must not.
struct Trap(AtomicBool);

impl Clock for Trap {
    fn now(&self) -> Time {
        assert!(!self.0.load(Ordering::Relaxed), "the trap is set");
        Time(1000)
    }
}

#[test]
fn a_panic_in_the_cell_counts_as_a_stop_and_leaves_nobody_waiting() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let trap = Arc::new(Trap(AtomicBool::new(false)));
    let options = Options { clock: trap.clone(), ..Options::new(folder.path()) };
    let node = Node::open(options, &mut |_, _| {}).unwrap();
    found(&node);
    trap.0.store(true, Ordering::Relaxed);
    for number in 1..=3 {
        let answer = runtime.block_on(async {
            let answer = node.submit(DeviceId(0), STAFF, vec![list(number, 1)]);
            tokio::time::timeout(Duration::from_secs(10), answer).await.expect("an answer, not silence")
        });
        assert!(matches!(answer, Err(Error::Stopped { .. })), "{answer:?}");
    }
    let end = std::time::Instant::now() + Duration::from_secs(10);
    while node.status().stopped.is_none() && std::time::Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(node.status().stopped.is_some());
    node.stop().unwrap();
    // Nothing of it was acknowledged, and the folder opens again.
    assert_eq!(open(folder.path()).status().stopped, None);
}

#[test]
fn an_event_this_program_could_not_decide_about_is_never_journaled() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path());
    let end = node.status().next_offset;
    let rules = Fact::RulesActivated(event::head::RulesActivated { version: 99 });
    for head in [Head::of(TOP, StaffId(0), rules), Head::default()] {
        assert!(matches!(node.admin_blocking(vec![(head, Vec::new())]), Err(Error::Refused { .. })));
    }
    assert_eq!((node.status().next_offset, node.status().stopped), (end, None));
}
