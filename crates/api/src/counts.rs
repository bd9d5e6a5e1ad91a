//! What has been counted, by name: as the console shows it, and as the cells of a divided census tell it the root cell, which
//! adds it up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use store::{Progress, Store};
use types::{AreaId, Occupancy, Response, Source};

/// The counters with a name of their own; see [`Progress`].
const NAMED: [(&str, fn(&Progress) -> u64); 13] = [
    ("dwellings", |of| of.dwellings),
    ("households", |of| of.households),
    ("persons", |of| of.persons),
    ("male", |of| of.male),
    ("female", |of| of.female),
    ("slept_here", |of| of.slept_here),
    ("registered_away", |of| of.registered_away),
    ("births", |of| of.births),
    ("deaths", |of| of.deaths),
    ("visits", |of| of.visits),
    ("submissions", |of| of.submissions),
    ("held", |of| of.held),
    ("held_submissions", |of| of.held_submissions),
];

/// Counts by name: households by [`Response`] behind `response.`, dwellings by [`Occupancy`] behind `occupancy.`, and by their
/// place in the reconciliation behind `place.`. Those of areas that do not overlap add up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(BTreeMap<String, u64>);

/// Nothing counted: every name, and 0.
impl Default for Counts {
    fn default() -> Counts {
        Counts::of(&Progress::default())
    }
}

impl Counts {
    /// The counters of an area, without the places of the reconciliation.
    pub fn of(progress: &Progress) -> Counts {
        let named = NAMED.iter().map(|(name, count)| ((*name).to_owned(), count(progress)));
        let response = Response::ALL.iter().map(|of| (format!("response.{}", of.as_str()), progress.responses(*of)));
        let occupancy =
            Occupancy::ALL.iter().map(|of| (format!("occupancy.{}", of.as_str()), progress.occupancies(*of)));
        Counts(named.chain(response).chain(occupancy).collect())
    }

    /// All that is counted in an area.
    pub fn whole(store: &Store, area: AreaId) -> Counts {
        let mut counts = Counts::of(&store.progress(area));
        for place in store.reconciliation(area) {
            let response = place.response.map_or("", |response| response.as_str());
            let name = format!("place.{}.{response}.{}", place.occupancy.as_str(), place.source.as_str());
            counts.0.insert(name, place.dwellings);
        }
        counts
    }

    /// Adds those of another area.
    pub fn add(&mut self, other: &Counts) {
        for (name, count) in &other.0 {
            *self.0.entry(name.clone()).or_default() += count;
        }
    }

    /// The count of this name; 0 for a name that is none.
    pub fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// All names but those of places, and their counts.
    pub fn named(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (name.as_str(), *count)).filter(|(name, _)| !name.starts_with("place."))
    }

    /// The reconciliation: dwellings by their places.
    pub(crate) fn places(&self) -> Vec<store::Cell> {
        self.0.iter().filter_map(|(name, dwellings)| place(name, *dwellings)).collect()
    }
}

fn place(name: &str, dwellings: u64) -> Option<store::Cell> {
    let mut parts = name.strip_prefix("place.")?.split('.');
    let (occupancy, response, source) = (parts.next()?, parts.next()?, parts.next()?);
    Some(store::Cell {
        occupancy: *Occupancy::ALL.iter().find(|one| one.as_str() == occupancy)?,
        response: Response::ALL.iter().find(|one| one.as_str() == response).copied(),
        source: *Source::ALL.iter().find(|one| one.as_str() == source)?,
        dwellings,
    })
}
