//! What fold decides, as scenarios in the field's words.

mod common;

use common::check;
use event::Fact;
use event::head::OperationDismissed;
use types::{AreaId, Held, Response, Verdict};

#[test]
fn a_household_is_listed_visited_interviewed_and_approved() {
    let world = check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        household 3/1 = not_started 0
        dwelling 3/1 = occupied not_started none
        ana visits 3/1 1 nobody
        household 3/1 = call_back 0
        first: ana submits 3/1 4
        household 3/1 = complete 4
        dwelling 3/1 = occupied complete in_person
        sue approves 3/1 first
        household 3/1 = approved 4
        ",
    );
    let nation = world.store.progress(AreaId(0));
    assert_eq!((nation.dwellings, nation.households, nation.persons, nation.visits), (1, 1, 4, 1));
    assert_eq!((nation.male, nation.female, nation.submissions, nation.held), (2, 2, 1, 0));
    assert_eq!(nation.responses(Response::Approved), 1);
}

#[test]
fn a_resend_changes_nothing_and_other_bytes_under_the_same_id_are_a_conflict() {
    let world = check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        again -> duplicate
        forged -> id_conflict
        again -> duplicate
        ana submits 3/1 4
        again -> duplicate
        household 3/1 = complete 4
        ",
    );
    let progress = world.store.progress(AreaId(3));
    assert_eq!((progress.dwellings, progress.submissions, progress.held), (1, 1, 1));
    assert_eq!(world.store.held(AreaId(0), 10)[0].verdict, Verdict::IdConflict);
}

#[test]
fn work_under_an_earlier_lease_counts_until_the_successor_has_done_it() {
    check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        ana lists 3/2 occupied 2
        grant 3 ben
        ben submits 3/1 3
        ana submits 3/1 4 -> stale_lease
        ana submits 3/2 5
        ben submits 3/2 6 -> second_interview
        household 3/1 = complete 3
        household 3/2 = complete 5
        ana lists 3/3 occupied 3
        ben lists 3/3 vacant -> number_taken
        ",
    );
}

#[test]
fn a_lease_that_ended_without_a_successor_still_delivers() {
    check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        end 3
        ana submits 3/1 2
        household 3/1 = complete 2
        ",
    );
}

#[test]
fn nobody_counts_in_an_area_that_was_never_theirs() {
    let world = check(
        "
        grant 3 ana
        ben lists 3/1 occupied 1 -> outside_area
        ana lists 4/1 occupied 1 -> outside_area
        ana lists 1/1 occupied 1 -> unknown_area
        ana lists 99/1 occupied 1 -> unknown_area
        sue lists 4/1 occupied 1
        sue lists 5/1 occupied 1 -> outside_area
        ana is of another census -> wrong_census
        ",
    );
    assert_eq!(world.store.progress(AreaId(0)).held, 4, "work that names no enumeration area is in the list only");
    assert_eq!(world.store.held(AreaId(0), 10).len(), 6);
    assert_eq!(world.store.held(AreaId(2), 10).len(), 1);
}

#[test]
fn a_revoked_device_is_held_and_a_supervisor_can_let_its_work_count() {
    let world = check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        revoke ana
        late: ana submits 3/1 4 -> device_revoked
        household 3/1 = not_started 0
        sue approves 3/1 late
        household 3/1 = approved 4
        ",
    );
    let progress = world.store.progress(AreaId(1));
    assert_eq!((progress.held, progress.held_submissions, progress.submissions), (0, 0, 1));
}

#[test]
fn what_the_office_dismisses_waits_for_nobody_and_only_who_oversees_the_area_may_dismiss() {
    let mut world = check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        ana submits 3/1 4
        second: ben submits 3/1 9 -> outside_area
        ben lists 5/1 occupied 1 -> outside_area
        ana lists 99/1 occupied 1 -> unknown_area
        ",
    );
    let held: Vec<_> = world.store.held(AreaId(0), 10).iter().map(|item| (item.offset, item.area.0)).collect();
    let [second, south, stray] = held[..] else { panic!("three are held: {held:?}") };
    let mut dismiss = |who: &str, (operation, area): (u64, u32)| {
        world.desk(who, area, Fact::OperationDismissed(OperationDismissed { operation })).held
    };
    assert_eq!(dismiss("ana", second), Held::OutsideArea, "an enumerator decides nothing");
    assert_eq!(dismiss("sue", south), Held::OutsideArea, "Sue supervises north");
    assert_eq!(dismiss("sue", stray), Held::OutsideArea, "what names no area is for administrators");
    assert_eq!(dismiss("sue", (south.0, second.1)), Held::Malformed, "the area is the operation's");
    assert_eq!(dismiss("sue", second), Held::Not);
    assert_eq!(dismiss("sue", second), Held::Malformed, "nothing waits there any more");
    assert_eq!(dismiss("adam", stray), Held::Not);
    let progress = world.store.progress(AreaId(0));
    assert_eq!((progress.held, progress.held_submissions, progress.persons), (1, 0, 4));
    let left: Vec<_> = world.store.held(AreaId(0), 10).iter().map(|item| item.offset).collect();
    assert_eq!(left, [south.0], "and what the office tried in vain waits for nobody either");
}

#[test]
fn the_first_interview_counts_until_a_supervisor_chooses_the_second() {
    check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        first: ana submits 3/1 4
        ana wipes the phone
        second: ana submits 3/1 5 -> second_interview
        household 3/1 = complete 4
        sue approves 3/1 second
        household 3/1 = approved 5
        sue approves 3/1 first -> second_interview
        ",
    );
}

#[test]
fn a_new_version_replaces_the_old_one_and_a_returned_case_may_come_from_the_successor() {
    check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        one: ana submits 3/1 4 broken
        household 3/1 = needs_review 4
        two: ana submits 3/1 5
        household 3/1 = complete 5
        sue returns 3/1 one -> second_interview
        sue returns 3/1 two
        household 3/1 = returned 5
        ana visits 3/1 1 nobody
        household 3/1 = returned 5
        grant 3 ben
        three: ben submits 3/1 6
        household 3/1 = complete 6
        sue approves 3/1 three
        ben submits 3/1 7
        household 3/1 = needs_review 7
        ",
    );
}

#[test]
fn only_a_supervisor_of_the_area_reviews() {
    check(
        "
        grant 3 ana
        grant 5 ben
        ana lists 3/1 occupied 1
        ben lists 5/1 occupied 1
        north: ana submits 3/1 4
        south: ben submits 5/1 4
        ana approves 3/1 north -> outside_area
        sue approves 5/1 south -> outside_area
        adam approves 5/1 south
        sue approves 3/1 north
        sue returns 3/1 north -> malformed
        ",
    );
}

#[test]
fn a_refusal_becomes_final_only_by_a_supervisor_and_stays_final_at_the_door() {
    check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        sue settles 3/1 refusal -> malformed
        ana visits 3/1 1 refused
        household 3/1 = refused 0
        ana settles 3/1 refusal -> outside_area
        sue settles 3/1 contact -> malformed
        sue settles 3/1 refusal
        household 3/1 = refused_final 0
        ana visits 3/1 1 appointment
        household 3/1 = refused_final 0
        dwelling 3/1 = occupied refused_final none
        ana submits 3/1 2
        household 3/1 = needs_review 2
        sue settles 3/1 refusal -> second_interview
        ",
    );
}

#[test]
fn an_appointment_softens_a_refusal_and_finding_nobody_does_not() {
    check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        ana visits 3/1 1 refused
        ana visits 3/1 1 nobody
        household 3/1 = refused 0
        ana visits 3/1 1 appointment
        household 3/1 = call_back 0
        sue settles 3/1 contact
        household 3/1 = non_contact_final 0
        ",
    );
}

#[test]
fn a_dwelling_stands_where_its_least_finished_household_does() {
    check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        ana submits 3/1 2
        ana finds 3/1 2
        dwelling 3/1 = occupied not_started none
        ana submits 3/2 3 proxy broken
        dwelling 3/1 = occupied needs_review proxy
        ana submits 3/2 3 proxy
        dwelling 3/1 = occupied complete in_person
        ana finds 3/9 3 -> not_listed
        ana lists 3/2 occupied 2 -> number_taken
        ",
    );
}

#[test]
fn what_visits_found_before_a_household_was_listed_is_not_forgotten() {
    check(
        "
        grant 3 ana
        ana lists 3/1 occupied
        ana visits 3/1 0 nobody
        dwelling 3/1 = occupied call_back none
        ana finds 3/1 1
        household 3/1 = call_back 0
        ana visits 3/2 0 nobody -> not_listed
        ",
    );
}

#[test]
fn an_unoccupied_dwelling_has_no_response_and_a_correction_moves_it() {
    let world = check(
        "
        grant 3 ana
        ana lists 3/1 vacant
        dwelling 3/1 = vacant - none
        ana lists 3/1 occupied 1
        dwelling 3/1 = occupied not_started none
        ana lists 3/1 seasonal
        dwelling 3/1 = seasonal - none
        ana lists 3/2 occupied 2
        ana submits 3/2 3
        ana lists 3/2 demolished
        dwelling 3/2 = demolished complete in_person
        ",
    );
    let progress = world.store.progress(AreaId(3));
    assert_eq!((progress.dwellings, progress.households, progress.persons), (2, 1, 3));
}

#[test]
fn the_nearest_decision_about_a_phase_counts() {
    let world = check(
        "
        grant 3 ana
        grant 5 ana
        ana lists 3/1 occupied 1
        ana lists 5/1 occupied 1
        close 1 in 1
        ana submits 3/1 1 -> phase_closed
        ana submits 5/1 1
        open 1 in 3 1
        ana submits 3/1 1
        open 1 in 0 1
        ana lists 4/1 occupied 1 -> outside_area
        ana submits 5/1 1 long -> form_not_open
        ana submits 5/1 1 phase2 -> phase_closed
        ",
    );
    let open = |area| world.store.phase_open(types::PhaseId(1), AreaId(area));
    assert_eq!([0, 1, 2, 3, 4, 5].map(open), [true, false, true, true, false, true]);
}

#[test]
fn a_further_form_of_a_household_is_kept_beside_the_first() {
    let world = check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        open 1 in 0 1 2
        ana submits 3/1 4
        ana submits 3/1 9 long
        household 3/1 = complete 4
        ana wipes the phone
        ana submits 3/1 9 long -> second_interview
        ana submits 3/7 2 -> not_listed
        ",
    );
    assert_eq!(world.store.progress(AreaId(0)).persons, 4);
    assert_eq!(world.store.held(AreaId(3), 10).last().map(|item| item.held), Some(Held::NotListed));
}

#[test]
fn a_lease_is_granted_with_the_next_fencing_number_only() {
    let mut world = common::World::new();
    world.grant(3, "ana");
    let stale = event::Fact::LeaseGranted(event::head::LeaseGranted { lease: 1, staff: 20 });
    assert_eq!(world.admin(3, stale).held, Held::StaleLease);
    let applied = world.grant(3, "ben");
    let ended = fold::Effect::LeaseEnded { ea: AreaId(3), lease: 1, staff: types::StaffId(10) };
    assert_eq!(applied.effects, [ended]);
    assert_eq!(world.store.leases_of(types::StaffId(10)), []);
    assert_eq!(world.store.leases_of(types::StaffId(20)), [AreaId(3)]);
    assert_eq!(world.store.lease(AreaId(3)).map(|lease| lease.lease), Some(2));
}

#[test]
#[should_panic(expected = "a newer program wrote it")]
fn an_event_of_a_newer_program_is_refused_loudly() {
    let mut world = common::World::new();
    world.take(event::Head::default());
}

#[test]
fn an_earlier_version_that_arrives_after_a_later_one_does_not_replace_it() {
    let mut world = check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1
        ",
    );
    let mut version = |persons| {
        let submission = event::head::SubmissionReceived {
            household: 1,
            form: 1,
            form_version: 1,
            phase: 1,
            source: 1,
            facts: vec![persons],
            ..Default::default()
        };
        world.operation("ana", 3, event::Fact::SubmissionReceived(submission))
    };
    let (first, second) = (version(4), version(5));
    assert_eq!(world.take(second).verdict, Verdict::Accepted);
    assert_eq!(world.take(first).verdict, Verdict::Accepted);
    assert_eq!(world.store.progress(AreaId(0)).persons, 5);
    assert_eq!(world.store.progress(AreaId(0)).submissions, 2);
}
