//! What the tables say after field work.

mod support;

use event::head::{OperationDeposited, OperationDismissed};
use event::{Fact, Head};
use support::{EA, EA_ELSEWHERE, World, check};
use types::{Held, Occupancy, Verdict};

/// Four dwellings: two interviewed, one refused, one vacant; one more in another county.
fn census() -> World {
    let mut world = World::new();
    world.list(EA, 1, Occupancy::Occupied, &[1]);
    world.list(EA, 2, Occupancy::Occupied, &[2]);
    world.list(EA, 3, Occupancy::Occupied, &[3]);
    world.list(EA, 4, Occupancy::Vacant, &[]);
    world.visit(EA, 1, 1, 1);
    world.submit(EA, 1, &[("1", 40), ("2", 38), ("2", 7)]);
    world.visit(EA, 2, 2, 2);
    world.visit(EA, 2, 2, 1);
    world.submit(EA, 2, &[("2", 81)]);
    world.visit(EA, 3, 3, 4);
    world.list(EA_ELSEWHERE, 1, Occupancy::Occupied, &[1]);
    world.submit(EA_ELSEWHERE, 1, &[("1", 30)]);
    world
}

#[tokio::test]
async fn every_level_adds_up_and_a_refused_household_still_counts_as_visited() {
    let dir = tempfile::tempdir().unwrap();
    let query = census().follow(dir.path());
    check(
        &query,
        "
        # The enumeration area, its county, the nation.
        SELECT code, level, dwellings, dwellings_vacant, households, households_visited, complete, refused, not_started,
               persons, male, female, visits, submissions, eas, eas_listed
        FROM area_progress WHERE dwellings > 0 ORDER BY level, code
        ----
        0 0 5 1 4 4 3 1 0 5 2 3 4 3 20 2
        11 1 4 1 3 3 2 1 0 4 1 3 4 2 10 1
        12 1 1 0 1 1 1 0 0 1 1 0 0 1 10 1
        11001 2 4 1 3 3 2 1 0 4 1 3 4 2 1 1
        12001 2 1 0 1 1 1 0 0 1 1 0 0 1 1 1

        # Areas where nothing has happened are there too.
        SELECT count(*), sum(dwellings) FROM area_progress WHERE level = 2
        ----
        20 5

        SELECT code, name_zh, parent, path_0, path_1, path_2 FROM area WHERE id = 13
        ----
        12001 - 12 0 12 12001
        "
        .replace("12001 - 12", "12001  12")
        .as_str(),
    )
    .await;
}

#[tokio::test]
async fn the_forms_tables_hold_typed_answers_and_never_an_identifier() {
    let dir = tempfile::tempdir().unwrap();
    let query = census().follow(dir.path());
    check(
        &query,
        "
        SELECT ea, household, position, name, sex, age FROM person ORDER BY ea, household, position
        ----
        11001 1 1 true 1 40
        11001 1 2 true 2 38
        11001 1 3 true 2 7
        11001 2 1 true 2 81
        12001 1 1 true 1 30

        SELECT ea, dwelling, household, address, rooms, persons, source, verdict FROM household ORDER BY ea, household
        ----
        11001 1 1 true 3 3 in_person accepted
        11001 2 2 true 3 1 in_person accepted
        12001 1 1 true 3 1 in_person accepted

        SELECT label_zh, count(*) FROM person JOIN codes ON codes.list = 'person.sex' AND codes.code = person.sex
        GROUP BY label_zh ORDER BY 1
        ----
        女 3
        男 2

        SELECT column_name, type, identifier, label_en FROM dictionary
        WHERE table_name = 'person' AND position > 14 ORDER BY position
        ----
        name boolean true Name
        sex text false Sex
        age integer false Age
        ",
    )
    .await;
    let columns = support::lines(&query, "SELECT table_name, column_name FROM dictionary WHERE label_en IS NULL").await;
    assert!(columns.is_empty(), "columns without a meaning: {columns:?}");
    for table in support::lines(&query, "SELECT DISTINCT table_name FROM dictionary").await {
        for line in support::lines(&query, &format!("SELECT * FROM {table}")).await {
            assert!(!line.contains("Wang") && !line.contains("Secret"), "{table}: {line}");
        }
    }
}

#[tokio::test]
async fn only_the_latest_version_of_a_case_is_shown_and_all_of_them_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    let first = world.feed.events.read().len() as u64 - 1;
    world.send_back(EA_ELSEWHERE, 1, first);
    let query = world.follow(dir.path());
    let stand = "SELECT returned, complete, approved, persons, male FROM area_progress WHERE id = 13";
    // A returned submission goes on counting until a new version replaces it.
    assert_eq!(support::lines(&query, stand).await, ["1 0 0 1 1"]);

    let second = world.submit(EA_ELSEWHERE, 1, &[("1", 30), ("2", 29)]);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(support::lines(&query, stand).await, ["0 1 0 2 1"]);
    world.approve(EA_ELSEWHERE, 1, second);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(support::lines(&query, stand).await, ["0 0 1 2 1"]);
    check(
        &query,
        &format!(
            "
        SELECT count(*) FROM person WHERE ea_id = 13
        ----
        2

        SELECT DISTINCT journal_offset FROM household WHERE ea_id = 13
        ----
        {second}

        SELECT journal_offset, persons FROM submission WHERE ea_id = 13 ORDER BY 1
        ----
        {first} 1
        {second} 2

        SELECT journal_offset, counts, since FROM counting
        ----
        {first} false {second}
        "
        ),
    )
    .await;
}

#[tokio::test]
async fn a_held_second_interview_counts_once_a_supervisor_approves_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    let held = world.submit_held(EA_ELSEWHERE, 1, &[("2", 50), ("2", 51), ("2", 52)]);
    let query = world.follow(dir.path());
    let stand = "SELECT persons, female, held, held_submissions, complete, approved FROM area_progress WHERE id = 13";
    let persons = "SELECT count(*), min(journal_offset) FROM person WHERE ea_id = 13";
    assert_eq!(support::lines(&query, stand).await, ["1 0 1 1 1 0"]);
    assert_eq!(support::lines(&query, persons).await, [format!("1 {}", held - 1)]);

    world.approve(EA_ELSEWHERE, 1, held);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(support::lines(&query, stand).await, ["3 3 0 0 0 1"]);
    assert_eq!(support::lines(&query, persons).await, [format!("3 {held}")]);
}

#[tokio::test]
async fn what_the_office_dismisses_is_held_no_longer_and_never_counts() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    let held = world.submit_held(EA_ELSEWHERE, 1, &[("2", 50), ("2", 51), ("2", 52)]);
    world.dismiss(EA_ELSEWHERE, held);
    // Desk work that took no effect says nothing.
    let fact = Fact::OperationDismissed(OperationDismissed { operation: held });
    let late = Head { device: 0, ..world.head(EA_ELSEWHERE, fact) };
    world.happen_as(late, Vec::new(), Verdict::Held, Held::Malformed);
    let stand = "SELECT persons, held, held_submissions, complete FROM area_progress WHERE id = 13";
    let query = world.follow(dir.path());
    assert_eq!(support::lines(&query, stand).await, ["1 0 0 1"]);
    let review = format!("SELECT decision, submission = {held} FROM review WHERE ea_id = 13");
    assert_eq!(support::lines(&query, &review).await, ["dismissed true"]);
    world.approve(EA_ELSEWHERE, 1, held);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(support::lines(&query, "SELECT persons, held FROM area_progress WHERE id = 13").await, ["1 0"]);
}

#[tokio::test]
async fn an_earlier_version_that_arrives_late_does_not_replace_a_later_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    let (earlier, earlier_body) = world.submission(EA_ELSEWHERE, 1, &[("1", 1), ("1", 2), ("1", 3)]);
    let later = world.submit(EA_ELSEWHERE, 1, &[("2", 4)]);
    world.happen(earlier, earlier_body);
    let query = world.follow(dir.path());
    let persons = "SELECT count(*), min(journal_offset) FROM person WHERE ea_id = 13";
    assert_eq!(support::lines(&query, persons).await, [format!("1 {later}")]);
    assert_eq!(support::lines(&query, "SELECT persons FROM area_progress WHERE id = 13").await, ["1"]);
}

#[tokio::test]
async fn a_dwelling_corrected_and_a_household_split_count_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    world.list(EA, 4, Occupancy::Occupied, &[4]);
    world.split(EA, 4, 5, 4);
    let (head, _) = world.submission(EA, 9, &[]);
    world.happen_as(head, Vec::new(), Verdict::Held, Held::NotListed);
    let query = world.follow(dir.path());
    check(
        &query,
        "
        SELECT dwellings, dwellings_vacant, dwellings_occupied, households, not_started, held FROM area_progress
        WHERE id = 3
        ----
        4 0 4 5 2 1

        SELECT dwelling, occupancy FROM dwelling WHERE ea = '11001' ORDER BY 1
        ----
        1 occupied
        2 occupied
        3 occupied
        4 occupied

        SELECT household, verdict, held, readable FROM submission WHERE verdict <> 'accepted'
        ----
        9 held not_listed false
        ",
    )
    .await;
}

#[tokio::test]
async fn a_household_that_is_part_of_another_counts_once_and_both_turns_stay_on_record() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    world.list(EA, 5, Occupancy::Occupied, &[5, 6, 7]);
    world.merge(EA, 6, 5);
    world.merge(EA, 7, 5);
    world.merge(EA, 7, 0);
    let query = world.follow(dir.path());
    check(
        &query,
        "
        SELECT dwellings, households, not_started, complete, refused FROM area_progress WHERE id = 3
        ----
        5 5 2 2 1

        SELECT household, merged_into FROM household_merged ORDER BY journal_offset
        ----
        6 5
        7 5
        7 -
        ",
    )
    .await;
}

#[tokio::test]
async fn what_is_held_outside_an_enumeration_area_is_listed_and_counts_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    for area in [1, EA, 4_000_000_000] {
        let deposited = Fact::OperationDeposited(OperationDeposited { held: Held::Malformed.code(), conflict: false });
        let head = world.head(area, deposited);
        world.happen_as(head, Vec::new(), Verdict::Held, Held::Malformed);
    }
    let expect = "
        SELECT ea_id, event, held FROM held_other ORDER BY 1
        ----
        1 operation.deposited malformed
        3 operation.deposited malformed
        4000000000 operation.deposited malformed

        SELECT level, held FROM area_progress WHERE held > 0 ORDER BY 1
        ----
        0 1
        1 1
        2 1
        ";
    let query = world.follow(dir.path());
    check(&query, expect).await;
    drop(query);
    check(&world.open(dir.path()), expect).await;
}

#[tokio::test]
async fn statements_that_would_change_something_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let query = census().follow(dir.path());
    for statement in [
        "INSERT INTO visit SELECT * FROM visit",
        "DELETE FROM visit",
        "UPDATE visit SET staff = 1",
        "CREATE TABLE x AS SELECT 1",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE VIEW x AS SELECT 1",
        "DROP TABLE visit",
        "COPY visit TO '/tmp/visit.csv'",
        "SET datafusion.execution.batch_size = 1",
        "EXPLAIN ANALYZE INSERT INTO visit SELECT * FROM visit",
    ] {
        let error = query.sql(statement).await.unwrap_err();
        assert!(error.to_string().contains("read-only"), "{statement}: {error}");
    }
    assert!(query.sql("SELECT * FROM '/etc/passwd'").await.is_err());
    assert!(query.sql("SELECT 1; SELECT 2").await.is_err());
    assert_eq!(support::lines(&query, "SELECT count(*) FROM visit").await, ["4"]);
    assert!(!support::lines(&query, "SHOW TABLES").await.is_empty());
    assert!(!support::lines(&query, "EXPLAIN SELECT * FROM visit").await.is_empty());
}

#[tokio::test]
async fn the_lag_is_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = census();
    let query = world.follow(dir.path());
    let end = world.feed.events.read().len();
    let lag = "SELECT journal_offset, journal_end, behind_events FROM quipu_lag";
    assert_eq!(support::lines(&query, lag).await, [format!("{end} {end} 0")]);
    world.visit(EA, 3, 3, 2);
    assert_eq!(support::lines(&query, lag).await, [format!("{end} {} 1", end + 1)]);
    assert_eq!(query.lag().behind_events, 1);
}
