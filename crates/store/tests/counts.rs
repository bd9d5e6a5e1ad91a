//! Goal: whatever the field sends, in whatever order and how often, counts add up and rebuild to the same bytes.
//! Method: random work of four people in four enumeration areas, resent, late and shuffled, with leases changing hands and
//! phases closing; then an independent recount from pages and events, a replay, and a checkpoint with a tail.

mod common;

use std::collections::BTreeMap;

use common::{NAMES, World, time};
use event::head::{
    AreaDefined, AreasDefined, LeaseEnded, OperationDismissed, PhaseClosed, PhaseOpened, SubmissionReceived,
};
use event::operation::{ConfirmNonresponse, ListDwelling, ListHousehold, MergeHousehold, RecordVisit, Review};
use event::{Fact, Head};
use proptest::prelude::*;
use store::{Cell, PageView, Progress, Store};
use types::{AreaId, Occupancy, Response, Source, Verdict};

/// One random deed: who, what, where, which, how.
type Deed = [u8; 5];

fn work(deeds: &[Deed]) -> World {
    let mut world = World::new();
    let mut outbox: Vec<Head> = Vec::new();
    for [who, what, place, which, how] in deeds {
        let ea = 3 + u32::from(place % 4);
        let who = NAMES[usize::from(who % 4)];
        let which = u32::from(which % 8);
        let how = u32::from(*how);
        let head = match what % 22 {
            0 => {
                world.grant(ea, NAMES[usize::from(place / 4 % 2)]);
                continue;
            }
            1 if how < 60 => {
                let lease = world.store.lease_last(AreaId(ea));
                world.admin(ea, Fact::LeaseEnded(LeaseEnded { lease }));
                continue;
            }
            1 if how < 90 => {
                world.admin(1, Fact::PhaseClosed(PhaseClosed { phase: 1 }));
                continue;
            }
            1 => {
                let forms = if how < 150 { vec![1, 2] } else { vec![1] };
                world.admin(how % 7, Fact::PhaseOpened(PhaseOpened { phase: 1, names: Vec::new(), forms }));
                continue;
            }
            2 => {
                // A resend of anything, at any time.
                let sent: Vec<&Head> = world.heads.iter().filter(|head| head.operation().is_some()).collect();
                if !sent.is_empty() {
                    let mut again = sent[usize::from(*place) * 7 % sent.len()].clone();
                    if how == 0 {
                        again.digest[3] ^= 1;
                    }
                    let before = (everything(&world.store), world.store.held(AreaId(0), 9_999).len());
                    let applied = world.take(again);
                    if applied.verdict == Verdict::Duplicate {
                        let after = (everything(&world.store), world.store.held(AreaId(0), 9_999).len());
                        assert_eq!(after, before, "a resend changes nothing");
                    }
                }
                continue;
            }
            3 => {
                // What waited in an outbox arrives late, and not in order.
                if !outbox.is_empty() {
                    let late = outbox.swap_remove(usize::from(*place) % outbox.len());
                    world.take(late);
                }
                continue;
            }
            4..=7 => {
                let occupancy = how % 7;
                let households = if occupancy == 1 { (0..how / 64).map(|at| which * 3 + at).collect() } else { vec![] };
                let dwelling = ListDwelling { dwelling: which, kind: 1, occupancy, households, ..Default::default() };
                world.operation(who, ea, Fact::DwellingListed(dwelling))
            }
            8 => {
                let household = ListHousehold { dwelling: which, household: how % 26, split_from: 0 };
                world.operation(who, ea, Fact::HouseholdListed(household))
            }
            9..=11 => {
                let visit = RecordVisit {
                    dwelling: which,
                    household: (which * 3 + how % 4) * (how & 1),
                    outcome: how % 8,
                    at_us: 0,
                };
                world.operation(who, ea, Fact::VisitRecorded(visit))
            }
            12..=16 => {
                let persons = if how == 9 { 700 } else { how as i32 % 9 };
                let submission = SubmissionReceived {
                    household: which * 3 + how % 4,
                    form: 1 + how % 11 / 10,
                    form_version: 1,
                    phase: 1,
                    source: how % 7,
                    outcome: how / 7 % 4,
                    facts: vec![persons, persons / 3, persons - persons / 3, i32::from(how == 8) * 40],
                    ..Default::default()
                };
                world.operation(who, ea, Fact::SubmissionReceived(submission))
            }
            21 => {
                let merge =
                    MergeHousehold { household: which * 3 + how % 4, into: (which * 3 + how / 4 % 4) * (how & 1) };
                world.operation(who, ea, Fact::HouseholdMerged(merge))
            }
            20 => {
                let held = world.store.held(AreaId(0), 9_999);
                if let Some(item) = held.get(usize::from(*place) % held.len().max(1)) {
                    let fact = Fact::OperationDismissed(OperationDismissed { operation: item.offset });
                    world.desk(if how % 3 == 0 { who } else { "adam" }, item.area.0, fact);
                }
                continue;
            }
            kind => {
                let latest = world.store.latest(200);
                let Some(about) = latest.get(usize::from(*place) % latest.len().max(1)) else { continue };
                let review = Review {
                    household: about.household.into(),
                    form: 1,
                    phase: 1,
                    reason: 0,
                    submission: about.offset,
                    marks: Vec::new(),
                };
                let fact = match kind {
                    17 => Fact::SubmissionApproved(review),
                    18 => Fact::SubmissionReturned(review),
                    _ => Fact::NonresponseConfirmed(ConfirmNonresponse { household: which * 3, response: 7 + how % 2 }),
                };
                let ea = if kind == 19 { ea } else { about.ea.0 };
                world.operation(if how % 3 == 0 { who } else { "adam" }, ea, fact)
            }
        };
        if how % 5 == 0 {
            outbox.push(head);
        } else {
            world.take(head);
        }
    }
    world
}

/// What the office sees everywhere.
fn everything(store: &Store) -> Vec<(Progress, Vec<Cell>, Option<PageView>)> {
    (0..7).map(AreaId).map(|area| (store.progress(area), store.reconciliation(area), store.page(area))).collect()
}

fn lived_in(occupancy: Occupancy) -> bool {
    !matches!(occupancy, Occupancy::Vacant | Occupancy::Seasonal | Occupancy::NotLivingQuarters | Occupancy::Demolished)
}

/// Counts an enumeration area from its rows and the events they point at.
fn recount(world: &World, ea: AreaId) {
    let store = &world.store;
    let page = store.page(ea).unwrap_or_default();
    let mut progress = Progress { dwellings: page.dwellings.len() as u64, ..Progress::default() };
    let mut places: BTreeMap<(Occupancy, Option<Response>, Source), u64> = BTreeMap::new();
    let finished = [
        Response::NotStarted,
        Response::CallBack,
        Response::Refused,
        Response::Returned,
        Response::NeedsReview,
        Response::NonContactFinal,
        Response::RefusedFinal,
        Response::Complete,
        Response::Approved,
    ];
    for dwelling in &page.dwellings {
        progress.occupancy[dwelling.occupancy as usize] += 1;
        *places.entry((dwelling.occupancy, dwelling.response, dwelling.source)).or_default() += 1;
        let households: Vec<_> = page
            .households
            .iter()
            .filter(|household| household.dwelling == dwelling.dwelling)
            .filter(|household| lived_in(dwelling.occupancy) || household.counted.is_some())
            .filter(|household| household.merged_into == 0)
            .collect();
        for household in &households {
            progress.households += 1;
            progress.response[household.response as usize] += 1;
        }
        let least = finished.iter().find(|response| households.iter().any(|row| row.response == **response));
        match least {
            Some(least) => assert_eq!(dwelling.response, Some(*least)),
            None => assert_eq!(dwelling.response.is_some(), lived_in(dwelling.occupancy)),
        }
    }
    for household in &page.households {
        assert!(page.dwellings.iter().any(|dwelling| dwelling.dwelling == household.dwelling));
        let Some(counted) = household.counted else { continue };
        let Some(Fact::SubmissionReceived(event)) = &world.heads[counted.offset as usize].fact else {
            panic!("a counted submission is a submission");
        };
        assert_eq!((event.household, event.form), (household.household.into(), counted.form.0.into()));
        progress.persons += event.facts[0] as u64;
        progress.male += event.facts[1] as u64;
        progress.female += event.facts[2] as u64;
        progress.births += event.facts[3] as u64;
    }
    let given = store.progress(ea);
    let same = Progress {
        visits: given.visits,
        submissions: given.submissions,
        held: given.held,
        held_submissions: given.held_submissions,
        ..progress
    };
    assert_eq!(given, same);
    assert_eq!(given.held, store.held(ea, 9_999).len() as u64);
    let cells: BTreeMap<_, _> = store
        .reconciliation(ea)
        .iter()
        .map(|cell| ((cell.occupancy, cell.response, cell.source), cell.dwellings))
        .collect();
    assert_eq!(cells, places, "every dwelling is in exactly one place");
}

fn parents_are_sums(store: &Store) {
    for (parent, children) in [(0, vec![1, 2]), (1, vec![3, 4]), (2, vec![5, 6])] {
        let mut total: BTreeMap<(Occupancy, Option<Response>, Source), u64> = BTreeMap::new();
        let mut persons = [0; 8];
        let figures = |area| {
            let Progress {
                dwellings, households, persons, visits, submissions, held, held_submissions, births, ..
            } = store.progress(AreaId(area));
            [dwellings, households, persons, visits, submissions, held, held_submissions, births]
        };
        for child in children {
            for cell in store.reconciliation(AreaId(child)) {
                *total.entry((cell.occupancy, cell.response, cell.source)).or_default() += cell.dwellings;
            }
            persons.iter_mut().zip(figures(child)).for_each(|(sum, figure)| *sum += figure);
        }
        assert_eq!(figures(parent), persons);
        let cells = store.reconciliation(AreaId(parent));
        let given = cells.iter().map(|cell| ((cell.occupancy, cell.response, cell.source), cell.dwellings)).collect();
        assert_eq!(total, given);
        assert_eq!(store.progress(AreaId(parent)).dwellings, cells.iter().map(|cell| cell.dwellings).sum::<u64>());
    }
}

fn replayed(heads: &[Head]) -> Store {
    let mut store = Store::new();
    for (offset, head) in (0..).zip(heads) {
        store.apply(offset, time(offset), head);
    }
    store
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn counts_add_up_at_every_area_and_every_dwelling_is_in_one_place(
        deeds in proptest::collection::vec(any::<Deed>(), 0..300),
    ) {
        let world = work(&deeds);
        (3..7).map(AreaId).for_each(|ea| recount(&world, ea));
        parents_are_sums(&world.store);
    }

    #[test]
    fn a_replay_and_a_checkpoint_with_its_tail_give_the_same_digest(
        deeds in proptest::collection::vec(any::<Deed>(), 1..200),
        cut in any::<prop::sample::Index>(),
    ) {
        let world = work(&deeds);
        let digest = world.store.digest();
        prop_assert_eq!(replayed(&world.heads).digest(), digest);

        let cut = cut.index(world.heads.len());
        let dir = tempfile::tempdir().unwrap();
        let early = replayed(&world.heads[..cut]);
        prop_assert_eq!(early.checkpoint(dir.path()).unwrap(), cut as u64);
        let mut restored = Store::restore(dir.path()).unwrap().unwrap();
        prop_assert_eq!(restored.digest(), early.digest());
        for offset in cut..world.heads.len() {
            restored.apply(offset as u64, time(offset as u64), &world.heads[offset]);
        }
        prop_assert_eq!(restored.digest(), digest);
        prop_assert_eq!(everything(&restored), everything(&world.store));
    }

    #[test]
    fn every_operation_is_remembered_with_what_it_came_to(deeds in proptest::collection::vec(any::<Deed>(), 0..200)) {
        let world = work(&deeds);
        for (offset, head) in (0u64..).zip(&world.heads) {
            let Some(id) = head.operation() else { continue };
            let digest = head.digest.as_slice().try_into().unwrap();
            let known = world.store.operation(id).filter(|known| known.is(&digest));
            let known = known.or_else(|| world.store.conflict(id, &digest));
            prop_assert!(known.is_some_and(|known| known.offset <= offset));
        }
    }

    #[test]
    fn an_area_that_moves_takes_its_counts_along(deeds in proptest::collection::vec(any::<Deed>(), 0..200)) {
        let mut world = work(&deeds);
        let before = everything(&world.store);
        let moved = AreaDefined { id: 4, parent_plus_1: 3, level: 2, code: "A4".into(), ..Default::default() };
        let applied = world.admin(0, Fact::AreasDefined(AreasDefined { areas: vec![moved] }));
        prop_assert_eq!(applied.verdict, Verdict::Accepted);
        world.store.refresh();
        let (north, south, ea) = (world.store.progress(AreaId(1)), world.store.progress(AreaId(2)), &before[4].0);
        prop_assert_eq!(north.dwellings + ea.dwellings, before[1].0.dwellings);
        prop_assert_eq!(south.persons, before[2].0.persons + ea.persons);
        prop_assert_eq!(world.store.progress(AreaId(0)), before[0].0);
        prop_assert_eq!(replayed(&world.heads).digest(), world.store.digest());
    }
}
