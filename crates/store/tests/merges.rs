//! What fold decides about households that are part of another, as scenarios in the field's words.

mod common;

use common::check;
use types::AreaId;

#[test]
fn two_households_that_are_one_count_once_and_can_be_parted_again() {
    let world = check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1 2
        ana visits 3/2 2 nobody -> not_listed
        ana visits 3/1 2 refused
        ana merges 3/2 1
        household 3/2 = part of 1
        dwelling 3/1 = occupied not_started none
        ana submits 3/1 3
        dwelling 3/1 = occupied complete in_person
        ana merges 3/2 1
        ana finds 3/1 2
        household 3/2 = part of 1
        ana finds 3/1 3
        ana merges 3/3 1
        household 3/3 = part of 1
        ana merges 3/2 0
        household 3/2 = refused 0
        ana merges 3/2 0
        ",
    );
    assert_eq!((world.store.progress(AreaId(3)).households, world.store.progress(AreaId(3)).held), (2, 1));
}

#[test]
fn a_merge_that_makes_no_sense_or_would_put_answers_aside_is_held() {
    check(
        "
        grant 3 ana
        grant 4 ben
        ana lists 3/1 occupied 1 2 3 4
        ben lists 4/1 occupied 9
        ana merges 3/1 1 -> malformed
        ana merges 3/0 1 -> malformed
        ana merges 3/1 9 -> not_listed
        ana merges 3/9 1 -> not_listed
        ben merges 3/1 2 -> outside_area
        ana merges 3/2 1
        ana merges 3/2 3 -> merged
        ana merges 3/3 2 -> merged
        ana merges 3/1 2 -> merged
        ana submits 3/1 2
        ana submits 3/3 4
        ana merges 3/3 1 -> second_interview
        household 3/3 = complete 4
        ana merges 3/4 3
        sue merges 3/4 0
        household 3/4 = not_started 0
        ",
    );
}

#[test]
fn answers_of_a_household_that_is_part_of_another_wait_until_they_are_parted() {
    check(
        "
        grant 3 ana
        ana lists 3/1 occupied 1 2
        ana visits 3/1 2 nobody
        ana merges 3/2 1
        late: ana submits 3/2 3 -> merged
        household 3/2 = part of 1
        sue settles 3/2 contact -> merged
        sue approves 3/2 late -> merged
        sue merges 3/2 0
        sue approves 3/2 late
        household 3/2 = approved 3
        ",
    );
}
