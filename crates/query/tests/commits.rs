//! What survives: restarts, crashes between the steps of a commit, repeated events, replays.

mod support;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use query::Query;
use support::folder::{add, all, manifests, parquet_files};
use support::{EA, World, lines};
use types::Occupancy;

fn world(households: u32) -> World {
    let mut world = World::new();
    for at in 0..households {
        add(&mut world, at);
    }
    world
}

#[tokio::test]
async fn a_replay_from_zero_and_a_restart_give_the_same_tables() {
    let (kept, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut world = world(100);
    drop(world.follow(kept.path()));
    for at in 100..200 {
        add(&mut world, at);
    }
    // The second half arrives after a restart: the model was made again from the files.
    let restarted = world.follow(kept.path());
    let replayed = world.follow(fresh.path());
    assert_eq!(all(&restarted).await, all(&replayed).await);
    drop(restarted);
    let reopened = world.open(kept.path());
    assert_eq!(all(&reopened).await, all(&replayed).await);
    assert_eq!(reopened.lag().behind_events, 0);
    assert!(reopened.verify().unwrap() > 5);
}

#[tokio::test]
async fn events_that_arrive_twice_are_passed_over() {
    let (once, twice) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let world = world(60);
    let expected = all(&world.follow(once.path())).await;
    world.feed.repeats.store(17, Ordering::Relaxed);
    assert_eq!(all(&world.follow(twice.path())).await, expected);
    assert_eq!(all(&world.follow(twice.path())).await, expected);
}

#[tokio::test]
async fn a_crash_between_data_files_and_manifest_leaves_the_commit_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = world(40);
    let before = all(&world.follow(dir.path())).await;
    let (files, manifest) = (parquet_files(dir.path()), manifests(dir.path()));
    let saved = fs::read(&manifest[0]).unwrap();
    for at in 40..80 {
        add(&mut world, at);
    }
    let after = all(&world.follow(dir.path())).await;
    assert_ne!(before, after);

    // The second commit's files are there, its manifest is not (or is only half written).
    for path in manifests(dir.path()) {
        fs::rename(&path, dir.path().join("commit.draft")).unwrap();
    }
    fs::write(&manifest[0], saved).unwrap();
    assert!(parquet_files(dir.path()).len() > files.len());
    let query = world.open(dir.path());
    assert_eq!(all(&query).await, before);
    assert_eq!(parquet_files(dir.path()), files);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(all(&query).await, after);
}

#[tokio::test]
async fn a_damaged_manifest_or_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(40);
    let query = world.follow(dir.path());
    let file = parquet_files(dir.path()).remove(0);
    let good = fs::read(&file).unwrap();
    let mut bad = good.clone();
    bad[10] ^= 1;
    fs::write(&file, &bad).unwrap();
    let error = query.verify().unwrap_err().to_string();
    assert!(error.contains(file.to_str().unwrap()), "{error}");
    fs::write(&file, &good[1..]).unwrap();
    drop(query);
    let open = || Query::open(dir.path(), world.feed.clone(), world.areas.clone()).err().map(|e| e.to_string());
    assert!(open().unwrap().contains(file.to_str().unwrap()));
    fs::write(&file, &good).unwrap();
    assert_eq!(open(), None);

    let manifest = manifests(dir.path()).remove(0);
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replacen("\"offset\": ", "\"offset\": 1", 1)).unwrap();
    assert!(open().unwrap().contains("checksum"));
}

#[tokio::test]
async fn many_commits_leave_few_files_and_lose_no_row() {
    let (many, one) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut world = World::new();
    let query = world.open(many.path());
    for at in 0..60 {
        add(&mut world, at);
        query.catch_up(|_, _| {}).unwrap();
    }
    let together = world.follow(one.path());
    assert_eq!(all(&query).await, all(&together).await);
    // Tables that say the same have one digest, whatever files they lie in.
    let digest = query.digest(|_| {}).await.unwrap();
    assert_eq!(together.digest(|_| {}).await.unwrap(), digest);
    add(&mut world, 60);
    together.catch_up(|_, _| {}).unwrap();
    assert_ne!(together.digest(|_| {}).await.unwrap(), digest);
    query.catch_up(|_, _| {}).unwrap();
    let files = parquet_files(many.path());
    let visits = files.iter().filter(|path| path.parent().unwrap().ends_with("visit")).count();
    assert!(visits <= 16, "{visits} files of one table");
    assert_eq!(manifests(many.path()).len(), 1);
    drop(query);
    assert_eq!(all(&world.open(many.path())).await, all(&world.follow(one.path())).await);
}

#[tokio::test]
async fn a_form_version_with_new_questions_adds_columns_to_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = world(10);
    let query = world.follow(dir.path());
    let (book, _) = forms::workbook::from_markdown(
        "
## survey
| type    | name | label::English (en) |
| integer | cars | Cars                |
## settings
| form_title | form_id | version | table     |
| Tiny       | tiny    | 2       | household |
",
    );
    world.form = Arc::new(forms::compile(&book).0.unwrap());
    world.publish(1, 2);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(lines(&query, "SELECT count(*), count(rooms), count(cars) FROM household").await, ["9 9 0"]);
    drop(query);
    let query = world.open(dir.path());
    assert_eq!(lines(&query, "SELECT count(*), count(rooms), count(cars) FROM household").await, ["9 9 0"]);
}

#[test]
fn a_join_reads_one_moment_while_the_follower_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let query = world.follow(dir.path());
    let stop = Arc::new(AtomicBool::new(false));
    let follower = std::thread::spawn({
        let (query, stop) = (query.clone(), stop.clone());
        move || query.run(&stop)
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut moments = std::collections::HashSet::new();
    for at in 0..400 {
        add(&mut world, at);
        if at.is_multiple_of(10) {
            // Each household's persons come from one event, so facts and rows agree in every single state.
            let answer = runtime.block_on(lines(
                &query,
                "SELECT (SELECT count(*) FROM person) - (SELECT sum(persons) FROM household),
                        (SELECT coalesce(sum(persons), 0) FROM household)
                      - (SELECT persons FROM area_progress WHERE level = 0)",
            ));
            assert!(matches!(answer[0].as_str(), "0 0" | "- 0"), "{answer:?}");
            moments.insert(query.lag().offset);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
    stop.store(true, Ordering::Release);
    follower.join().unwrap().unwrap();
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(query.lag().behind_events, 0);
    assert!(moments.len() > 3, "the follower never moved while reading");
}

/// Goal: what is erased in the journal is in no file of the tables after the next commit, and nothing else is gone.
/// Method: two counties counted over several commits; one's key is destroyed; more is counted there under the next key;
/// then the files are compared with a replay by a follower that finds the bodies erased, and with a restart.
#[tokio::test]
async fn an_erased_body_leaves_the_files_that_were_written_before() {
    let (kept, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut world = World::new();
    let query = world.open(kept.path());
    for at in 0..30 {
        add(&mut world, at);
        if at % 10 == 9 {
            query.catch_up(|_, _| {}).unwrap();
        }
    }
    let persons = async |query: &Query, county: &str| {
        let read = format!("SELECT count(*) FROM person WHERE ea LIKE '{county}%'");
        let readable = format!("SELECT count(*) FROM submission WHERE readable AND ea LIKE '{county}%'");
        (lines(query, &read).await.remove(0), lines(query, &readable).await.remove(0))
    };
    let totals = "SELECT area, persons, submissions FROM area_progress WHERE level < 2 ORDER BY area";
    let (before, elsewhere) = (lines(&query, totals).await, persons(&query, "12").await);
    assert_ne!(persons(&query, "11").await, ("0".into(), "0".into()));
    let old: Vec<_> = parquet_files(kept.path());

    let erased = world.erase(1, 1);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(persons(&query, "11").await, ("0".into(), "0".into()));
    assert_eq!(persons(&query, "12").await, elsewhere);
    assert_eq!(lines(&query, totals).await, before, "what heads say is counted as before");
    query.verify().unwrap();
    // Bodies under the next key are read, until that is destroyed too.
    world.list(EA, 900, Occupancy::Occupied, &[900]);
    world.submit(EA, 900, &[("1", 33), ("2", 34)]);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(persons(&query, "11").await, ("2".into(), "1".into()));
    world.forget(3..13, erased);
    let replayed = world.follow(fresh.path());
    assert_eq!(all(&query).await, all(&replayed).await);

    drop(query);
    let files = parquet_files(kept.path());
    let answers = |path: &&std::path::PathBuf| {
        let table = path.parent().unwrap().file_name().unwrap();
        table == "person" || table == "household"
    };
    // The second commit was of the other county alone: its files stay.
    let (had, has) = (old.iter().filter(answers).count(), files.iter().filter(answers));
    assert_eq!((had, has.filter(|path| old.contains(path)).count()), (2 * 3, 2));
    let query = world.open(kept.path());
    assert_eq!(all(&query).await, all(&replayed).await);
    // The key of the second wave goes after a restart: which wave a body is under is still known.
    world.erase(1, 2);
    world.list(EA, 901, Occupancy::Occupied, &[901]);
    world.submit(EA, 901, &[("1", 35)]);
    query.catch_up(|_, _| {}).unwrap();
    assert_eq!(persons(&query, "11").await, ("1".into(), "1".into()));
    assert_eq!(persons(&query, "12").await, elsewhere);
}

#[tokio::test]
async fn tables_of_another_journal_or_of_one_that_was_longer_are_not_served() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = world(40);
    drop(world.follow(dir.path()));
    let open = |world: &World| Query::open(dir.path(), world.feed.clone(), world.areas.clone()).map(drop);
    open(&world).unwrap();
    add(&mut world, 40);
    open(&world).unwrap();

    let time = world.feed.events.read()[5].time;
    world.feed.events.write()[5].time = types::Time(time.0 + 1);
    let other = open(&world).unwrap_err();
    assert!(matches!(other, query::Error::Elsewhere { .. }) && other.rebuilds(), "{other}");
    world.feed.events.write()[5].time = time;
    open(&world).unwrap();
    world.feed.events.write().truncate(30);
    let shorter = open(&world).unwrap_err();
    assert!(matches!(shorter, query::Error::Elsewhere { end: 30, .. }), "{shorter}");
}
