//! What goes down to a device: the events of its enumeration areas, and what everybody must know (forms, phases).

use std::collections::{BTreeSet, HashMap};

use event::head::{AreaDefined, AreasDefined};
use event::wire::Change;
use event::{Fact, Head, Protobuf};
use types::{AreaId, Offset, StaffId};

use crate::bodies;
use crate::error::{Error, Result};
use crate::node::Node;

/// Events of one enumeration area looked at together.
const EA_EVENTS_MAX: usize = 100_000;

/// A page of changes.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// In order of offset.
    pub changes: Vec<Change>,
    /// Ask from here next time.
    pub cursor: Offset,
    /// More are waiting.
    pub more: bool,
}

impl Node {
    /// How many events about these enumeration areas and for everybody there are since `cursor`; counts to a little
    /// over `max` at most, and reads no disk. A cursor beyond the end is as one at the beginning; see [`Node::changes`].
    pub fn news(&self, eas: &[AreaId], cursor: Offset, max: usize) -> usize {
        let store = self.store();
        let cursor = if cursor > store.next_offset() { 0 } else { cursor };
        let mut count = self.bulletin(cursor).len();
        for ea in eas {
            if count > max {
                break;
            }
            count += store.events_of(*ea, cursor, max + 1).len();
        }
        count
    }

    /// What `staff`, who may read the enumeration areas `eas`, has not seen since `cursor`; about `max` changes, in order
    /// of offset over all areas, so that the cursor pages through any number of them.
    ///
    /// An area leased to them since then comes with its whole history, so that a successor sees every door. The end of a
    /// lease of theirs is told too, though the area is no longer among `eas`.
    ///
    /// A cursor beyond the end was given by a journal that is no longer this one, such as one restored to an earlier time:
    /// everything is told anew, and the cursor goes back.
    pub fn changes(&self, staff: StaffId, eas: &[AreaId], cursor: Offset, max: usize) -> Result<Changes> {
        let end = self.store().next_offset();
        #[cfg(feature = "plant")]
        let (eas, cursor) = (
            &[
                eas,
                &[AreaId(eas.first().map_or(0, |ea| ea.0) + 1)][usize::from(!types::planted("read-the-neighbours"))..],
            ]
            .concat()[..],
            cursor + u64::from(types::planted("skip-a-change") && cursor > 0 && cursor < end),
        );
        let cursor = if cursor > end { 0 } else { cursor };
        let begun = self.leases_begun(staff, cursor)?;
        let mut fresh = Lowest::new(max.saturating_add(1));
        fresh.extend(self.bulletin(cursor));
        fresh.extend(self.leases_lost(staff, cursor));
        for ea in eas {
            // What came before the lease comes with it.
            let from = begun.get(ea).copied().unwrap_or(cursor);
            fresh.extend(self.store().events_of(*ea, from, EA_EVENTS_MAX));
        }
        let mut page = fresh.into_sorted();
        page.retain(|offset| *offset < end);
        let more = page.len() > max;
        page.truncate(max);
        let next = match page.last() {
            Some(last) if more => last + 1,
            _ => end,
        };
        let mut offsets: BTreeSet<Offset> = page.into_iter().collect();
        let mut new_here = Vec::new();
        for ea in eas {
            let begins = begun.get(ea).is_some_and(|granted| *granted < next);
            if begins {
                // A history is given whole: an area has some hundreds of events.
                let history = self.store().events_of(*ea, 0, EA_EVENTS_MAX);
                offsets.extend(history.into_iter().filter(|offset| *offset < next));
            }
            let first = self.store().first_event_of(*ea);
            if begins || first.is_some_and(|first| (cursor..next).contains(&first)) {
                new_here.push(*ea);
            }
        }
        let mut changes: Vec<Change> = self.area_excerpt(&new_here).into_iter().collect();
        for offset in offsets {
            changes.push(self.change(offset)?);
        }
        Ok(Changes { changes, cursor: next, more })
    }

    /// These areas and those above them as `area.defined` would tell them: the events that defined them hold thousands
    /// of others.
    fn area_excerpt(&self, eas: &[AreaId]) -> Option<Change> {
        let store = self.store();
        let areas = store.areas();
        // A parent is defined before its children, and so has the lower id.
        let wanted: BTreeSet<AreaId> = eas.iter().flat_map(|ea| areas.upwards(*ea)).collect();
        let languages = store.census().map(|census| census.languages.clone()).unwrap_or_default();
        let define = |area: AreaId| {
            let mut names = areas.names(area);
            if names.is_empty() {
                let name = |language: &String| Some((language.clone(), areas.name(area, &[language])?));
                names = languages.iter().filter_map(name).collect();
            }
            AreaDefined {
                id: area.0,
                parent_plus_1: areas.parent(area).map_or(0, |parent| parent.0 + 1),
                level: areas.level(area).unwrap_or(0).into(),
                code: areas.code(area).unwrap_or_default(),
                names: crate::office::texts(names.iter().map(|(language, name)| (language.as_str(), name.as_str()))),
                ..AreaDefined::default()
            }
        };
        let top = *wanted.first()?;
        let fact = Fact::AreasDefined(AreasDefined { areas: wanted.into_iter().map(define).collect() });
        Some(Change { head: Head::of(top, StaffId(0), fact).encode_to_vec(), ..Change::default() })
    }

    /// The enumeration areas leased to `staff` since `cursor` that are theirs still, each with the last event that did.
    fn leases_begun(&self, staff: StaffId, cursor: Offset) -> Result<HashMap<AreaId, Offset>> {
        let mut begun = HashMap::new();
        let leased = self.store().leases_of(staff);
        for ea in leased {
            let new = self.store().events_of(ea, cursor, EA_EVENTS_MAX);
            for offset in new.into_iter().rev() {
                let head = Head::read(&self.reader().record(offset)?.1.head)?;
                if matches!(head.fact, Some(Fact::LeaseGranted(granted)) if granted.staff == staff.0) {
                    begun.insert(ea, offset);
                    break;
                }
            }
        }
        Ok(begun)
    }

    fn change(&self, offset: Offset) -> Result<Change> {
        let (header, record) = self.reader().record(offset)?;
        let body = match bodies::open(self.keys(), offset, &record) {
            Err(Error::Erased { .. }) => Vec::new(),
            body => body?,
        };
        let (verdict, held) = self.decided(offset, &Head::read(&record.head)?);
        let (verdict, held) = (verdict.code(), held.code());
        Ok(Change { offset, at_us: header.time.0, head: record.head, body, verdict, held, sent: 0 })
    }
}

/// The lowest of many offsets, each once.
struct Lowest {
    count: usize,
    offsets: Vec<Offset>,
}

impl Lowest {
    fn new(count: usize) -> Lowest {
        Lowest { count, offsets: Vec::new() }
    }

    fn extend(&mut self, offsets: impl IntoIterator<Item = Offset>) {
        self.offsets.extend(offsets);
        if self.offsets.len() > self.count.saturating_mul(4) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.offsets.sort_unstable();
        self.offsets.dedup();
        self.offsets.truncate(self.count);
    }

    fn into_sorted(mut self) -> Vec<Offset> {
        self.settle();
        self.offsets
    }
}
