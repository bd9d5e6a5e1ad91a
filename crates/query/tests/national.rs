//! The tables of two cells, copied and read together.

mod support;

use std::path::Path;
use std::sync::Arc;

use query::{National, Part, Query, pretty};
use support::{EA, EA_ELSEWHERE, World};
use types::{CellId, Occupancy};

const CELLS: [CellId; 2] = [CellId(1), CellId(2)];

/// Work in one county.
fn county(ea: u32, persons: &[(&str, i32)]) -> World {
    let mut world = World::new();
    world.list(ea, 1, Occupancy::Occupied, &[1]);
    world.visit(ea, 1, 1, 1);
    world.submit(ea, 1, &[("1", 20)]);
    // Counts in place of the one before.
    world.submit(ea, 1, persons);
    world
}

/// Copies what a cell handed out, as its file travels.
fn copy(national: &National, cell: CellId, query: &Query) -> usize {
    let part = Part::from_bytes(&query.part(None).unwrap().unwrap().to_bytes().unwrap()).unwrap();
    let missing = national.missing(cell, &part);
    for (table, name) in &missing {
        let mut file = query.part_file(table, name).unwrap().unwrap();
        std::io::copy(&mut file, &mut std::fs::File::create(national.draft(cell).unwrap()).unwrap()).unwrap();
        national.accept(cell, &part, table, name).unwrap();
    }
    national.show(cell, &part).unwrap();
    missing.len()
}

async fn ask(national: &National, sql: &str) -> String {
    let text = pretty(&national.sql(sql).await.unwrap()).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|')).skip(1);
    let row = |row: &str| row.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ");
    rows.map(row).collect::<Vec<_>>().join("\n")
}

fn open(dir: &Path, world: &World) -> Arc<National> {
    National::open(dir, world.areas.clone()).unwrap()
}

#[tokio::test]
async fn the_tables_of_all_cells_are_read_together_and_say_of_which_cell_a_row_is() {
    let dir = tempfile::tempdir().unwrap();
    let mut worlds = [county(EA, &[("1", 40), ("2", 38), ("2", 7)]), county(EA_ELSEWHERE, &[("2", 81), ("1", 30)])];
    let queries: Vec<_> = (0..2).map(|at| worlds[at].follow(&dir.path().join(format!("own-{at}")))).collect();
    let folder = dir.path().join("national");
    let national = open(&folder, &worlds[0]);
    assert!(national.offsets().is_empty());
    for (cell, query) in CELLS.iter().zip(&queries) {
        assert!(copy(&national, *cell, query) > 0);
        assert_eq!(national.offset(*cell), Some(query.lag().offset));
    }
    // What is replaced does not count, in either.
    let persons = "SELECT cell, count(*), sum(age) FROM person GROUP BY cell ORDER BY cell";
    assert_eq!(ask(&national, persons).await, "1 3 85\n2 2 111");
    assert_eq!(ask(&national, "SELECT count(*) FROM submission").await, "4");
    assert_eq!(ask(&national, "SELECT age FROM person WHERE cell = 2 AND age > 50").await, "81");
    let progress = "SELECT code, households, persons, male FROM area_progress WHERE persons > 0 ORDER BY level, code";
    assert_eq!(ask(&national, progress).await, "0 2 5 2\n11 1 3 1\n12 1 2 1\n11001 1 3 1\n12001 1 2 1");
    let joined = "SELECT p.cell, count(*) FROM person p JOIN household h ON p.cell = h.cell \
                  AND p.journal_offset = h.journal_offset GROUP BY p.cell ORDER BY p.cell";
    assert_eq!(ask(&national, joined).await, "1 3\n2 2");
    let lag = "SELECT cell, journal_offset, behind_events FROM quipu_lag ORDER BY cell";
    let (one, two) = (queries[0].lag().offset, queries[1].lag().offset);
    assert_eq!(ask(&national, lag).await, format!("1 {one} 0\n2 {two} 0"));
    let described = "SELECT column_name FROM dictionary WHERE table_name = 'person' ORDER BY position LIMIT 2";
    assert_eq!(ask(&national, described).await, "cell\nea_id");
    assert!(queries[1].part(Some(two)).unwrap().is_none(), "nothing is new");
    assert!(national.sql("DELETE FROM person").await.is_err());

    // One goes on; only what is new is copied, and the other stands where it stood.
    worlds[1].list(EA_ELSEWHERE, 2, Occupancy::Occupied, &[2]);
    worlds[1].submit(EA_ELSEWHERE, 2, &[("1", 3)]);
    queries[1].catch_up(|_, _| {}).unwrap();
    let part = queries[1].part(Some(two)).unwrap().unwrap();
    assert!(national.show(CELLS[1], &part).is_err(), "a part whose files are not here is not shown");
    assert_eq!(national.offset(CELLS[1]), Some(two));
    copy(&national, CELLS[1], &queries[1]);
    assert_eq!(copy(&national, CELLS[1], &queries[1]), 0);
    assert_eq!(ask(&national, persons).await, "1 3 85\n2 3 114");

    // The same again from the folder; a copy that is damaged goes, the other stays.
    drop(national);
    let stray = folder.join("cell-00001").join("person").join("left behind");
    std::fs::write(&stray, b"of a copy that was not finished").unwrap();
    let national = open(&folder, &worlds[0]);
    assert_eq!(ask(&national, persons).await, "1 3 85\n2 3 114");
    assert!(!stray.exists());
    drop(national);
    std::fs::write(folder.join("cell-00002").join("part"), b"quipu-part/1 not so").unwrap();
    let national = open(&folder, &worlds[0]);
    assert_eq!(ask(&national, persons).await, "1 3 85");
    assert_eq!(national.offset(CELLS[1]), None);
    copy(&national, CELLS[1], &queries[1]);
    assert_eq!(ask(&national, persons).await, "1 3 85\n2 3 114");
}

#[tokio::test]
async fn a_file_that_is_not_what_the_part_names_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let world = county(EA, &[("1", 40)]);
    let query = world.follow(&dir.path().join("own"));
    let national = open(&dir.path().join("national"), &world);
    let part = query.part(None).unwrap().unwrap();
    let (table, name) = national.missing(CELLS[0], &part).remove(0);
    std::fs::write(national.draft(CELLS[0]).unwrap(), b"something else").unwrap();
    let refused = national.accept(CELLS[0], &part, &table, &name).unwrap_err().to_string();
    assert!(refused.contains(&name), "{refused}");
    assert!(query.part_file("form_published", &name).unwrap().is_none(), "what SQL does not show is not handed out");
    assert!(query.part_file(&table, "../../own/secret").unwrap().is_none());
    let mut bytes = part.to_bytes().unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    assert!(Part::from_bytes(&bytes).is_err());
}
