//! How fast are households folded, and how much memory does one take?
//!
//! `cargo run -p store --example households [households]`: lists and submits that many (1,000,000 unless told), 80 to an
//! enumeration area, one device each, six levels; 64 areas are worked at a time, so their events interleave. Prints the
//! time an event takes (its head ready in memory), memory by kind, a digest of the result, and what checkpoints cost: how
//! long they take, how long they hold the store up, how long a restart from them takes.

use std::time::{Duration, Instant};

use event::head::{
    AreaDefined, AreasDefined, CensusDefined, DeviceRegistered, FormPublished, LeaseGranted, PhaseOpened,
    StaffEnrolled, SubmissionReceived,
};
use event::operation::ListDwelling;
use event::{Fact, Head};
use store::Store;
use types::{AreaId, StaffId, Time};

const HOUSEHOLDS_AN_EA: u32 = 80;
const EAS_A_DISTRICT: u32 = 10;
/// Areas on levels 1 to 4 have so many children.
const CHILDREN: [u32; 4] = [2, 4, 8, 16];
const AT_A_TIME: u32 = 64;

struct Run {
    store: Store,
    applying: Duration,
    reading: Duration,
    events: u64,
}

impl Run {
    fn admin(&mut self, area: u32, fact: Fact) {
        let head = Head::of(AreaId(area), StaffId(0), fact);
        let applied = self.store.apply(self.store.next_offset(), Time(0), &head);
        assert_eq!(applied.verdict, types::Verdict::Accepted, "{applied:?}");
    }

    /// Heads are made in batches beforehand; reading their bytes and applying them are timed apart.
    fn batch(&mut self, encoded: &[Vec<u8>]) {
        let start = Instant::now();
        let heads: Vec<Head> = encoded.iter().map(|bytes| Head::read(bytes).expect("a head")).collect();
        self.reading += start.elapsed();
        let start = Instant::now();
        for head in &heads {
            let offset = self.store.next_offset();
            let applied = self.store.apply(offset, Time(offset as i64), head);
            assert_eq!(applied.verdict, types::Verdict::Accepted);
        }
        self.applying += start.elapsed();
        self.events += heads.len() as u64;
    }
}

fn main() {
    let households: u32 = std::env::args().nth(1).map_or(1_000_000, |count| count.parse().expect("a count"));
    let eas = households.div_ceil(HOUSEHOLDS_AN_EA);
    let mut run = Run { store: Store::new(), applying: Duration::ZERO, reading: Duration::ZERO, events: 0 };
    let first_ea = found(&mut run, eas);

    for group in (0..eas).step_by(AT_A_TIME as usize) {
        let group = group..(group + AT_A_TIME).min(eas);
        for number in 1..=HOUSEHOLDS_AN_EA {
            let encoded: Vec<Vec<u8>> = group
                .clone()
                .filter(|ea| ea * HOUSEHOLDS_AN_EA + number <= households)
                .flat_map(|ea| [listed(ea, first_ea + ea, number), submitted(ea, first_ea + ea, number)])
                .collect();
            run.batch(&encoded);
        }
    }
    report(&run, households);
    checkpoints(run.store, first_ea, eas);
}

/// A whole checkpoint beside the store, one of what changed after an event in every tenth area, and a restart.
fn checkpoints(store: Store, first_ea: u32, eas: u32) {
    let dir = tempfile::tempdir().expect("a folder");
    let store = parking_lot::RwLock::new(store);
    let mut checkpoints = store::Checkpoints::new(dir.path());
    let mut write = |what: &str| {
        let start = Instant::now();
        let written = checkpoints.write(&store).expect("a checkpoint");
        let (seconds, pause) = (start.elapsed().as_secs_f64(), written.pause.as_secs_f64() * 1e3);
        println!("{what:<16} {:>10} bytes in {seconds:.2} s, the store held up {pause:.2} ms at most", written.bytes);
    };
    write("checkpoint whole");
    for ea in (0..eas).step_by(10) {
        let mut store = store.write();
        let offset = store.next_offset();
        let granted = Fact::LeaseGranted(LeaseGranted { lease: 2, staff: ea + 1 });
        store.apply(offset, Time(offset as i64), &Head::of(AreaId(first_ea + ea), StaffId(0), granted));
    }
    write("of what changed");
    let start = Instant::now();
    let restored = Store::restore(dir.path()).expect("a folder").expect("a checkpoint");
    println!("restart          {:>10.2} s", start.elapsed().as_secs_f64());
    assert!(restored.digest() == store.read().digest(), "a restart gives the same store");
}

fn found(run: &mut Run, eas: u32) -> u32 {
    run.admin(0, Fact::CensusDefined(CensusDefined { id: 7, ..Default::default() }));
    let area = |id: u32, parent_plus_1: u32, level: u32| AreaDefined {
        id,
        parent_plus_1,
        level,
        code: format!("{id:06}"),
        ..Default::default()
    };
    let mut areas = vec![area(0, 0, 0)];
    let mut above = 0..1;
    for (level, children) in (1..).zip(CHILDREN) {
        let first = areas.len() as u32;
        for parent in above.clone() {
            let next = areas.len() as u32;
            areas.extend((next..next + children).map(|id| area(id, parent + 1, level)));
        }
        above = first..areas.len() as u32;
    }
    let districts = eas.div_ceil(EAS_A_DISTRICT);
    let first = areas.len() as u32;
    let parents = above.clone().cycle();
    areas.extend(parents.zip(0..districts).map(|(parent, at)| area(first + at, parent + 1, 5)));
    let first_ea = first + districts;
    for (at, district) in (0..).zip(&mut areas[first as usize..]) {
        (district.eas, district.eas_first) = (EAS_A_DISTRICT, first_ea + at * EAS_A_DISTRICT);
    }
    run.admin(0, Fact::AreasDefined(AreasDefined { areas }));
    let facts = ["persons", "male", "female", "slept_here", "registered_away", "births", "deaths"];
    let facts = facts.map(str::to_owned).to_vec();
    run.admin(0, Fact::FormPublished(FormPublished { form: 1, version: 1, purpose: 2, facts, ..Default::default() }));
    run.admin(0, Fact::PhaseOpened(PhaseOpened { phase: 1, names: Vec::new(), forms: vec![1] }));
    for ea in 0..eas {
        let (staff, area) = (ea + 1, first_ea + ea);
        run.admin(area, Fact::StaffEnrolled(StaffEnrolled { staff, role: 3, area, ..Default::default() }));
        let mut signing_key = vec![0; 32];
        signing_key[..4].copy_from_slice(&staff.to_le_bytes());
        let device = DeviceRegistered { device: staff, staff, signing_key, letter: Vec::new() };
        run.admin(area, Fact::DeviceRegistered(device));
        run.admin(area, Fact::LeaseGranted(LeaseGranted { lease: 1, staff }));
    }
    first_ea
}

fn operation(ea_index: u32, ea: u32, number: u64, fact: Fact) -> Vec<u8> {
    let digest = blake3::hash(&[ea_index.to_le_bytes(), (number as u32).to_le_bytes()].concat());
    let head = Head {
        origin: blake3::hash(&ea_index.to_le_bytes()).as_bytes()[..16].to_vec(),
        number,
        digest: digest.as_bytes().to_vec(),
        staff: ea_index + 1,
        device: ea_index + 1,
        area: ea,
        lease: 1,
        census: 7,
        fact: Some(fact),
        ..Head::default()
    };
    event::Protobuf::encode_to_vec(&head)
}

fn listed(ea_index: u32, ea: u32, number: u32) -> Vec<u8> {
    let dwelling = ListDwelling {
        dwelling: number,
        building: number / 4 + 1,
        kind: 1,
        occupancy: 1,
        households: vec![number],
        ..Default::default()
    };
    operation(ea_index, ea, u64::from(number) * 2 - 1, Fact::DwellingListed(dwelling))
}

fn submitted(ea_index: u32, ea: u32, number: u32) -> Vec<u8> {
    let persons = 1 + (ea + number) as i32 % 5;
    let submission = SubmissionReceived {
        household: number,
        form: 1,
        form_version: 1,
        phase: 1,
        source: 1,
        facts: vec![persons, persons / 2, persons - persons / 2, persons, 0, 0, 0],
        dwelling: number,
        ..Default::default()
    };
    operation(ea_index, ea, u64::from(number) * 2, Fact::SubmissionReceived(submission))
}

fn report(run: &Run, households: u32) {
    let count = f64::from(households);
    let sizes = run.store.bytes_resident();
    let each = |time: Duration| time.as_nanos() as f64 / run.events as f64;
    println!("{households} households listed and submitted: {} events", run.events);
    println!("fold             {:>10.0} ns an event", each(run.applying));
    println!("reading heads    {:>10.0} ns an event", each(run.reading));
    println!("fold             {:>10.0} households/s", count / run.applying.as_secs_f64());
    println!("read and fold    {:>10.0} households/s", count / (run.applying + run.reading).as_secs_f64());
    println!("pages            {:>10.1} bytes a household", sizes.pages as f64 / count);
    println!("operation ids    {:>10.1} bytes a household", sizes.operations as f64 / count);
    println!("counters         {:>10.1} bytes a household", sizes.counters as f64 / count);
    let sum = sizes.pages + sizes.operations + sizes.counters;
    println!("store_household  {:>10.1} bytes a household (without areas and staff)", sum as f64 / count);
    println!("areas, staff     {:>10.1} bytes a household", (sizes.areas + sizes.administration) as f64 / count);
    let nation = run.store.progress(AreaId(0));
    assert_eq!(
        (nation.households, nation.responses(types::Response::Complete)),
        (households.into(), households.into())
    );
    let start = Instant::now();
    let digest = run.store.digest();
    println!("digest {} in {:.2} s", hex(&digest[..8]), start.elapsed().as_secs_f64());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
