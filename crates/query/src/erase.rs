//! `body.erased`: what may no longer be read leaves the tables, files that were written long before among them.
//!
//! A body is encrypted under a key of (area, wave), and a wave ends when its key is destroyed. So an event's wave follows
//! from its area and its place among the destroyed keys, and a row says both. What heads said of it stays: it is counted
//! as before, and is no longer readable.
//!
//! An area that has moved under another key's area since is taken to have been there all along: a cell's tree, as the
//! query side sees it, knows no earlier one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, RecordBatch};
use arrow::compute::filter_record_batch;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use types::{AreaId, Offset};

use crate::{Areas, Result};

/// The keys that are destroyed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Erased {
    /// By the key's area: the events that destroyed one, in order, and its wave.
    keys: BTreeMap<u32, Vec<(Offset, u32)>>,
}

impl Erased {
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Takes in an event. Again does nothing.
    pub fn put(&mut self, area: AreaId, wave: u32, at: Offset) {
        let of_area = self.keys.entry(area.0).or_default();
        if !of_area.contains(&(at, wave)) {
            of_area.push((at, wave));
        }
    }

    /// Whether the body of the event at `offset`, under a key of `area`, can never be read again.
    fn covers(&self, area: AreaId, offset: Offset) -> bool {
        let Some(of_area) = self.keys.get(&area.0) else { return false };
        let ended = |wave: u32| of_area.iter().any(|(at, ended)| *ended == wave && *at < offset);
        let wave = (1..).find(|wave| !ended(*wave)).unwrap_or(u32::MAX);
        of_area.iter().any(|(at, ended)| *ended == wave && *at > offset)
    }
}

/// Takes erased answers out of rows.
pub(crate) struct Eraser {
    erased: Arc<Erased>,
    areas: Arc<dyn Areas>,
    /// The area whose key encrypts bodies of an area.
    key_areas: HashMap<i64, AreaId>,
}

/// What a table loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loses {
    /// Nothing: it comes from heads.
    Nothing,
    /// Its rows are answers.
    Rows,
    /// It says whether answers could be read.
    Readable,
}

impl Eraser {
    pub fn new(erased: Arc<Erased>, areas: Arc<dyn Areas>) -> Eraser {
        Eraser { erased, areas, key_areas: HashMap::new() }
    }

    /// The rows that are left, or `None` when all stay as they are.
    pub fn apply(&mut self, loses: Loses, rows: &RecordBatch) -> Result<Option<RecordBatch>> {
        let integers = |name| rows.column_by_name(name)?.as_any().downcast_ref::<Int64Array>();
        let (Some(eas), Some(offsets)) = (integers("ea_id"), integers("journal_offset")) else { return Ok(None) };
        if loses == Loses::Nothing {
            return Ok(None);
        }
        let keep: BooleanArray = eas
            .values()
            .iter()
            .zip(offsets.values())
            .map(|(ea, offset)| {
                let area = *self.key_areas.entry(*ea).or_insert_with(|| self.areas.key_area(AreaId(*ea as u32)));
                Some(!self.erased.covers(area, *offset as Offset))
            })
            .collect();
        if keep.true_count() == keep.len() {
            return Ok(None);
        }
        if loses == Loses::Rows {
            return Ok(Some(filter_record_batch(rows, &keep)?));
        }
        let Ok(at) = rows.schema().index_of("readable") else { return Ok(None) };
        let Some(readable) = rows.column(at).as_any().downcast_ref::<BooleanArray>() else { return Ok(None) };
        let left: BooleanArray = readable.iter().zip(&keep).map(|(was, keep)| Some(was? && keep?)).collect();
        // Those that were not readable before change nothing.
        if left == *readable {
            return Ok(None);
        }
        let mut columns: Vec<ArrayRef> = rows.columns().to_vec();
        columns[at] = Arc::new(left);
        Ok(Some(RecordBatch::try_new(rows.schema(), columns)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_belongs_to_the_first_wave_whose_key_was_there() {
        let (here, elsewhere) = (AreaId(1), AreaId(2));
        let mut erased = Erased::default();
        assert!(!erased.covers(here, 5));
        erased.put(here, 1, 10);
        erased.put(here, 1, 10);
        erased.put(here, 2, 20);
        // The third wave's key went before any body was under it, so what comes later is under the fourth.
        erased.put(here, 3, 21);
        erased.put(here, 4, 40);
        let covered: Vec<Offset> = (0..50).filter(|offset| erased.covers(here, *offset)).collect();
        let expected: Vec<Offset> = (0..40).filter(|offset| ![10, 20, 21].contains(offset)).collect();
        assert_eq!(covered, expected);
        assert!(!erased.covers(elsewhere, 5));
        // A key that was never used takes nothing with it.
        let mut unused = Erased::default();
        unused.put(here, 2, 10);
        assert!(!unused.covers(here, 5) && !unused.covers(here, 15));
    }
}
