//! Every backend behind the one behaviour suite.

mod common;
mod suite;

use common::CELL;
use journal::disk::Options;
use journal::{DiskJournal, MemoryJournal};

fn on_disk(segment_bytes: u64) -> (DiskJournal, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes, ..Options::default() };
    (DiskJournal::open(dir.path(), CELL, options).unwrap().0, dir)
}

journal_suite!(memory, (MemoryJournal::new(CELL), ()));
journal_suite!(disk, on_disk(1 << 20));
// Segments so small that nearly every frame begins a new one.
journal_suite!(disk_in_small_segments, on_disk(4 << 10));
