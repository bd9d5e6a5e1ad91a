//! Answers given to one version of a form, read as a later one.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use support::{EA, EA_ELSEWHERE, World, check, lines};
use types::Occupancy;

/// The second version: rooms may be a half, there is a new question, and who is grown up is worked out.
fn second() -> String {
    World::text()
        .replace("| integer        | rooms   |", "| decimal        | rooms   |")
        .replace(
            "| end repeat     |         |                     |                  |                              |            |         |",
            "| calculate      | grown   | Grown up            | 成年             | if(${age} >= 18, 1, 0)       |            |         |
| integer        | moved   | Year moved in       | 迁入年份         |                              |            |         |
| end repeat     |         |                     |                  |                              |            |         |",
        )
        .replace("| Tiny       | tiny    | 1       |", "| Tiny       | tiny    | 2       |")
}

/// Three households answered the first version, one of them twice; then the second came, and a household answered it.
fn census() -> World {
    let mut world = World::new();
    for household in 1..=3 {
        world.list(EA, household, Occupancy::Occupied, &[household]);
    }
    world.list(EA_ELSEWHERE, 1, Occupancy::Occupied, &[1]);
    world.submit(EA, 1, &[("1", 40), ("2", 7)]);
    world.submit(EA, 2, &[("2", 17)]);
    world.submit(EA, 2, &[("2", 81)]);
    world.submit(EA_ELSEWHERE, 1, &[("1", 30)]);
    world.publish_version(2, &second());
    world.submit(EA, 3, &[("2", 25)]);
    world
}

const PERSONS: &str = "SELECT ea, household, position, form_version, age, grown FROM person ORDER BY 1, 2, 3, 4";

const AS_GIVEN: [&str; 5] =
    ["11001 1 1 1 40 -", "11001 1 2 1 7 -", "11001 2 1 1 81 -", "11001 3 1 2 25 1", "12001 1 1 1 30 -"];
const READ_ANEW: [&str; 5] =
    ["11001 1 1 2 40 1", "11001 1 2 2 7 0", "11001 2 1 2 81 1", "11001 3 1 2 25 1", "12001 1 1 2 30 1"];

#[tokio::test]
async fn earlier_answers_stand_as_the_later_version_reads_them_and_each_household_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    let query = world.follow(dir.path());
    assert_eq!(lines(&query, PERSONS).await, AS_GIVEN);
    world.reread(1, 2);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(lines(&query, PERSONS).await, READ_ANEW);
    check(
        &query,
        "
        # Columns that say whether a row counts need not be asked for.
        SELECT count(*), sum(age) FROM person
        ----
        5 183

        # What was given is told as it was; so is what was counted.
        SELECT form_version, count(*) FROM submission GROUP BY 1 ORDER BY 1
        ----
        1 4
        2 1

        SELECT persons, submissions FROM area_progress WHERE level = 0
        ----
        5 5

        SELECT form, from_version, to_version, submissions FROM form_reread
        ----
        1 1 2 4
        ",
    )
    .await;
}

#[tokio::test]
async fn a_correction_of_what_was_read_anew_takes_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    world.reread(1, 2);
    world.submit(EA, 1, &[("1", 41)]);
    let query = world.follow(dir.path());
    let persons = lines(&query, "SELECT household, form_version, age FROM person WHERE ea_id = 3 ORDER BY 1, 3").await;
    assert_eq!(persons, ["1 2 41", "2 2 81", "3 2 25"]);
}

#[tokio::test]
async fn tables_say_the_same_after_a_restart_and_when_they_are_made_anew() {
    let (dir, anew) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut world = census();
    {
        let query = world.follow(dir.path());
        world.reread(1, 2);
        query.catch_up(|_, _| {}).unwrap();
    }
    world.visit(EA, 1, 1, 1);
    let (again, anew) = (world.follow(dir.path()), world.follow(anew.path()));
    assert_eq!(lines(&again, PERSONS).await, READ_ANEW);
    assert_eq!(again.digest(|_| {}).await.unwrap(), anew.digest(|_| {}).await.unwrap());
    assert!(again.verify().unwrap() > 0);
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_for_a_while_changes_nothing_by_halves() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    let query = world.follow(dir.path());
    let submission = 7;
    world.feed.leaves_out.store(submission, std::sync::atomic::Ordering::Relaxed);
    world.reread(1, 2);
    query.catch_up(|_, _| {}).unwrap_err();
    assert_eq!(lines(&query, PERSONS).await, AS_GIVEN);
    drop(query);
    world.feed.leaves_out.store(0, std::sync::atomic::Ordering::Relaxed);
    let query = world.follow(dir.path());
    assert_eq!(lines(&query, PERSONS).await, READ_ANEW);
}

/// Goal: whoever stops the node while answers are read anew does not wait for millions of them; nothing of it is lost.
/// Method: the stop comes with the first read of the pass; then the node runs again.
#[tokio::test]
async fn a_pass_that_is_stopped_leaves_nothing_behind_and_begins_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    let query = world.follow(dir.path());
    world.reread(1, 2);
    let (stop, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let heard = (stop.clone(), reads.clone());
    // The tables go on at the journal's end; only reading anew begins at its start.
    *world.feed.heard.lock() = Some(Box::new(move |from| {
        heard.1.fetch_add(usize::from(from == 0), Ordering::Relaxed);
        heard.0.fetch_or(from == 0, Ordering::Relaxed);
    }));
    query.run(&stop).unwrap();
    assert_eq!(reads.load(Ordering::Relaxed), 1);
    assert_eq!(lines(&query, PERSONS).await, AS_GIVEN);
    assert_eq!(lines(&query, "SELECT count(*) FROM form_reread").await, ["0"]);
    let read_anew = || {
        let tables = std::fs::read_dir(dir.path()).unwrap().filter_map(|table| table.unwrap().path().read_dir().ok());
        tables.flatten().filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains("-r")).count()
    };
    assert_eq!(read_anew(), 0);
    drop(query);
    *world.feed.heard.lock() = None;
    let query = world.follow(dir.path());
    assert_eq!(lines(&query, PERSONS).await, READ_ANEW);
    assert!(read_anew() > 0);
}

#[tokio::test]
async fn versions_follow_each_other_and_latecomers_go_where_their_version_went() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    let first = world.form.clone();
    let third =
        second().replace("${age} >= 18", "${age} >= 31").replace("| 2       | household", "| 3       | household");
    world.publish_version(3, &third);
    world.reread(1, 2);
    world.reread(2, 3);
    let query = world.follow(dir.path());
    let expected = ["11001 1 1 3 40 1", "11001 1 2 3 7 0", "11001 2 1 3 81 1", "11001 3 1 3 25 0", "12001 1 1 3 30 0"];
    assert_eq!(lines(&query, PERSONS).await, expected);
    // A phone that was away for long sends what it began on the second version.
    drop(first);
    world.publish_version(4, &third.replace("| 3       | household", "| 4       | household"));
    world.submit(EA_ELSEWHERE, 1, &[("1", 29)]);
    query.catch_up(|_, _| {}).unwrap();
    let late = lines(&query, "SELECT form_version, age, grown FROM person WHERE ea_id = 13").await;
    assert_eq!(late, ["4 29 0"]);
    // What stands as the third moves on; what was given to the fourth stays.
    world.reread(3, 4);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(lines(&query, "SELECT DISTINCT form_version FROM person").await, ["4"]);
    assert_eq!(lines(&query, "SELECT count(*) FROM person").await, ["5"]);
}
