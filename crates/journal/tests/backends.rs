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

/// The same code over a simulated disk.
#[cfg(feature = "simulated")]
mod simulated {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU64, Ordering};

    use journal::simulated::disk::{DiskJournal, Options};
    use journal::simulated::{Cut, Disk};
    use journal::{Journal, Result};

    use crate::common::{CELL, append, assert_serves};

    const OPTIONS: Options = Options { segment_bytes: 4 << 10, keys: Vec::new(), check_bytes: u64::MAX };

    fn mounted() -> (Disk, PathBuf) {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let root = PathBuf::from(format!("/simulated/journal-{number}"));
        (Disk::mount(&root, number), root)
    }

    fn open(root: &std::path::Path) -> Result<DiskJournal> {
        DiskJournal::open(&root.join("journal"), CELL, OPTIONS).map(|(journal, _)| journal)
    }

    fn on_simulated_disk() -> (DiskJournal, Disk) {
        let (disk, root) = mounted();
        (open(&root).unwrap(), disk)
    }

    crate::journal_suite!(simulated_disk, on_simulated_disk());

    #[test]
    fn a_mark_that_a_crash_cut_short_at_the_end_of_a_segment_is_written_again() {
        for kept in 0..56 {
            let (disk, root) = mounted();
            let mut journal = open(&root).unwrap();
            let mut frames = Vec::new();
            while disk.files().iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "qseg")).count() < 2 {
                frames.push(append(&mut journal, 2, 300));
            }
            drop(journal);
            let (path, bytes) =
                disk.files().into_iter().find(|(path, _)| path.ends_with(format!("{:020}.qseg", 0))).unwrap();
            let mark = bytes.windows(4).rposition(|four| four == b"QMRK").unwrap();
            disk.overwrite(&path, mark + kept, &vec![0; 56 - kept]);
            let journal = open(&root).unwrap_or_else(|error| panic!("{kept} bytes kept: {error}"));
            assert_serves(journal.reader().as_ref(), &frames);
            let again = disk.files().into_iter().find(|(known, _)| *known == path).unwrap().1;
            assert!(again == bytes, "{kept} bytes kept: the mark is whole again");
        }
    }

    #[test]
    fn what_was_appended_survives_every_cut_of_the_power() {
        for cut in [Cut::Everything, Cut::Torn, Cut::Nothing] {
            let (disk, root) = mounted();
            let mut journal = open(&root).unwrap();
            let mut frames = Vec::new();
            for round in 0..20 {
                frames.extend((0..3).map(|_| append(&mut journal, 2, 300 + round)));
                drop(journal);
                disk.power_cut(cut);
                journal = open(&root).unwrap();
                assert_serves(journal.reader().as_ref(), &frames);
            }
        }
    }
}
