//! Which files to merge: eight neighbours of about one size become one, so a table of n commits has about 8 log₈ n files.

use std::ops::Range;
use std::sync::Arc;

use crate::snapshot::DataFile;

/// Files merged at once.
const FAN: usize = 8;
/// Rows above which a file is left alone: it is large enough to be read in parallel and pruned by area.
const ROWS_MAX: u64 = 2_000_000;

/// A run of neighbouring files to merge; `None` when there are few enough.
pub(crate) fn choose(files: &[Arc<DataFile>]) -> Option<Range<usize>> {
    let rows: Vec<u64> = files.iter().map(|file| file.entry.rows).collect();
    run(&rows)
}

fn run(rows: &[u64]) -> Option<Range<usize>> {
    // The newest files are the smallest, so the run is looked for from the end.
    let mut end = rows.len();
    while end >= FAN {
        let tier = tier(rows[end - 1]);
        let start = rows[..end].iter().rposition(|rows| self::tier(*rows) > tier).map_or(0, |at| at + 1);
        if end - start >= FAN && rows[start..end].iter().all(|rows| *rows < ROWS_MAX) {
            return Some(start..end);
        }
        end = start;
    }
    None
}

/// 0 up to 4,096 rows, then one more for every eightfold.
fn tier(rows: u64) -> u32 {
    let mut tier = 0;
    let mut limit = 4096;
    while rows > limit && tier < 16 {
        limit *= 8;
        tier += 1;
    }
    tier
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_neighbours_of_one_size_are_merged_and_large_files_are_left_alone() {
        assert_eq!(run(&[10; 7]), None);
        assert_eq!(run(&[10; 8]), Some(0..8));
        assert_eq!(run(&[50_000, 10, 10, 10, 10, 10, 10, 10, 10]), Some(1..9));
        assert_eq!(run(&[3_000_000; 20]), None);
    }

    #[test]
    fn a_thousand_small_commits_leave_few_files() {
        let mut rows = Vec::new();
        for commit in std::iter::repeat_n(1000, 1000) {
            rows.push(commit);
            while let Some(run) = run(&rows) {
                let merged = rows.drain(run.clone()).sum();
                rows.insert(run.start, merged);
            }
        }
        assert_eq!(rows.iter().sum::<u64>(), 1_000_000);
        assert!(rows.len() <= 24, "{} files", rows.len());
    }
}
