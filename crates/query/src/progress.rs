//! `area` and `area_progress`: a row for each area, the counters of all enumeration areas below it added up.

use std::sync::Arc;

use hashbrown::HashMap;
use types::{AreaId, Occupancy, Response, Source};

use crate::batch::{TableBuilder, Value};
use crate::counts::Counts;
use crate::derived::Wanted;
use crate::form::{Column, Kind};
use crate::places::{Eas, Places};
use crate::schema::{FACTS, TableDef, column};
use crate::snapshot::Snapshot;
use crate::{Areas, RecordBatch, Result};

/// Levels whose codes have a column of their own in `area`.
const PATH: usize = 8;
/// Areas in one batch.
const BATCH: u32 = 8192;

fn area() -> Vec<Column> {
    vec![
        column("id", Kind::Integer, "Permanent id"),
        column("code", Kind::Text, "Official code"),
        column("name_zh", Kind::Text, "Name in Chinese, or in the language there is"),
        column("name_en", Kind::Text, "Name in English, or in the language there is"),
        column("level", Kind::Integer, "Level, 0 at the top"),
        column("parent_id", Kind::Integer, "Permanent id of the parent; null at the top"),
        column("parent", Kind::Text, "Code of the parent; null at the top"),
    ]
}

pub(crate) fn area_columns() -> Vec<Column> {
    let path = (0..PATH)
        .map(|level| column(&format!("path_{level}"), Kind::Text, "Code of the area above (or itself) at this level"));
    area().into_iter().chain(path).collect()
}

pub(crate) fn columns() -> Vec<Column> {
    let mut columns = area();
    let mut add = |name: &str, about: &str| columns.push(column(name, Kind::Integer, about));
    add("eas", "Enumeration areas");
    add("eas_listed", "Of these, with at least one dwelling listed");
    add("dwellings", "Dwellings listed; each is in exactly one of the next seven");
    for occupancy in Occupancy::ALL {
        add(&format!("dwellings_{}", occupancy.as_str()), "Dwellings found to be this");
    }
    add("dwellings_visited", "Dwellings somebody went to, or from which answers came");
    add("households", "Households where somebody lives or that answered; each is in exactly one of the next nine");
    for response in Response::ALL {
        add(response.as_str(), "Households whose form stands here");
    }
    add("households_visited", "Households somebody went to, or that answered; one that refused counts");
    for source in &Source::ALL[1..] {
        add(&format!("source_{}", source.as_str()), "Households whose answers come from here");
    }
    for (name, about) in FACTS {
        add(name, about);
    }
    add("visits", "Visits");
    add("submissions", "Submissions accepted, replaced versions included");
    add("held", "Operations held for review");
    add("held_submissions", "Of these, submissions");
    columns
}

/// An area's first columns, owned.
struct Named {
    id: i64,
    code: String,
    zh: String,
    en: String,
    level: i64,
    parent: Option<(i64, String)>,
}

impl Named {
    fn of(areas: &dyn Areas, id: AreaId) -> Named {
        Named {
            id: id.0.into(),
            code: areas.code(id),
            zh: areas.name(id, "zh"),
            en: areas.name(id, "en"),
            level: areas.level(id).unwrap_or_default().into(),
            parent: areas.parent(id).map(|parent| (parent.0.into(), areas.code(parent))),
        }
    }

    fn values(&self) -> [Value<'_>; 7] {
        [
            Value::Integer(self.id),
            Value::Text(&self.code),
            Value::Text(&self.zh),
            Value::Text(&self.en),
            Value::Integer(self.level),
            self.parent.as_ref().map_or(Value::Null, |(id, _)| Value::Integer(*id)),
            self.parent.as_ref().map_or(Value::Null, |(_, code)| Value::Text(code)),
        ]
    }
}

fn is_wanted(areas: &dyn Areas, wanted: &Wanted, id: AreaId) -> bool {
    wanted.id.is_none_or(|only| only == i64::from(id.0))
        && wanted.level.is_none_or(|only| areas.level(id).is_some_and(|level| only == i64::from(level)))
        && wanted.parent_id.is_none_or(|only| areas.parent(id).is_some_and(|parent| only == i64::from(parent.0)))
}

/// Rows of areas in batches, made as they are asked for.
fn batches(
    places: Arc<Places>,
    def: TableDef,
    wanted: Wanted,
    mut push: impl FnMut(&dyn Areas, AreaId, &Named, &mut TableBuilder) + Send,
) -> impl Iterator<Item = Result<RecordBatch>> + Send {
    let count = places.areas.count();
    let mut next = 0;
    std::iter::from_fn(move || {
        let mut rows = TableBuilder::new(&def);
        while next < count {
            let until = count.min(next + BATCH);
            for id in (next..until).map(AreaId) {
                if is_wanted(&*places.areas, &wanted, id) {
                    push(&*places.areas, id, &Named::of(&*places.areas, id), &mut rows);
                }
            }
            next = until;
            if let Some(batch) = rows.take().transpose() {
                return Some(batch);
            }
        }
        None
    })
}

pub(crate) fn areas(
    places: Arc<Places>,
    def: TableDef,
    wanted: Wanted,
) -> impl Iterator<Item = Result<RecordBatch>> + Send {
    batches(places, def, wanted, |areas, id, named, rows| {
        let mut path: [Option<String>; PATH] = Default::default();
        for above in areas.path(id) {
            if let Some(slot) = areas.level(above).and_then(|level| path.get_mut(usize::from(level))) {
                *slot = Some(areas.code(above));
            }
        }
        let path = path.iter().map(|code| code.as_deref().map_or(Value::Null, Value::Text));
        rows.push(named.values().into_iter().chain(path));
    })
}

/// The counters of every area that has any, added up to the top. What was sent to an area that is no enumeration area is
/// in the tables of what is held, and counts nowhere.
pub(crate) fn totals(places: &Places, eas: &Eas, snapshot: &Snapshot) -> HashMap<AreaId, Counts> {
    let areas = &*places.areas;
    let mut totals: HashMap<AreaId, Counts> = HashMap::new();
    // Enumeration areas of one parent follow one another, so their sum is carried up once.
    let mut carried: Option<(Option<AreaId>, Counts)> = None;
    let carry = |totals: &mut HashMap<AreaId, Counts>, parent: Option<AreaId>, counts: &Counts| {
        for above in parent.map(|parent| areas.path(parent)).unwrap_or_default() {
            totals.entry(above).or_default().add(counts);
        }
    };
    for (ea, counts) in snapshot.counts.iter().filter(|(ea, _)| !eas.inner.contains(ea.0)) {
        totals.entry(ea).or_default().add(counts);
        let parent = areas.parent(ea);
        match &mut carried {
            Some((same, sum)) if *same == parent => sum.add(counts),
            _ => {
                if let Some((before, sum)) = carried.replace((parent, *counts)) {
                    carry(&mut totals, before, &sum);
                }
            }
        }
    }
    if let Some((parent, sum)) = carried {
        carry(&mut totals, parent, &sum);
    }
    totals
}

pub(crate) fn rows(
    places: Arc<Places>,
    snapshot: &Snapshot,
    def: TableDef,
    wanted: Wanted,
) -> impl Iterator<Item = Result<RecordBatch>> + Send + use<> {
    let eas = places.eas();
    let totals = totals(&places, &eas, snapshot);
    batches(places, def, wanted, move |_, id, named, rows| {
        let none = Counts::default();
        let counts = totals.get(&id).unwrap_or(&none);
        let integer = |n: &u64| Value::Integer(*n as i64);
        let eas = eas.under.get(id.0 as usize).copied().unwrap_or_default();
        rows.push(
            named
                .values()
                .into_iter()
                .chain([Value::Integer(eas.into()), integer(&counts.eas_listed), integer(&counts.dwellings)])
                .chain(counts.occupancy.iter().map(integer))
                .chain([integer(&counts.dwellings_visited), integer(&counts.households)])
                .chain(counts.response.iter().map(integer))
                .chain([integer(&counts.households_visited)])
                .chain(counts.source[1..].iter().map(integer))
                .chain(counts.facts.iter().map(integer))
                .chain([&counts.visits, &counts.submissions, &counts.held, &counts.held_submissions].map(integer)),
        );
    })
}
