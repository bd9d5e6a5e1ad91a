//! Everything added up from scratch, for every area.

use std::collections::BTreeMap;

use types::{AreaId, Occupancy, Response, Source};

use super::Model;

/// What is counted in an area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// As [`store::Progress`].
    pub dwellings: u64,
    /// As [`store::Progress`].
    pub households: u64,
    /// By code of the response.
    pub response: [u64; 9],
    /// By code of the occupancy.
    pub occupancy: [u64; 7],
    /// As [`store::Progress`].
    pub persons: u64,
    /// As [`store::Progress`].
    pub males: u64,
    /// As [`store::Progress`].
    pub visits: u64,
    /// As [`store::Progress`].
    pub submissions: u64,
    /// As [`store::Progress`].
    pub held: u64,
    /// As [`store::Progress`].
    pub held_submissions: u64,
    /// Dwellings by occupancy, response of the least finished household, and its source.
    pub places: BTreeMap<(Occupancy, Option<Response>, Source), u64>,
}

impl Counts {
    /// In what these differ from what is expected, in words.
    pub fn differences(&self, expected: &Counts) -> String {
        let sums = |counts: &Counts| {
            let Counts { dwellings, households, persons, males, visits, submissions, held, held_submissions, .. } =
                *counts;
            [dwellings, households, persons, males, visits, submissions, held, held_submissions]
        };
        let names =
            ["dwellings", "households", "persons", "males", "visits", "submissions", "held", "held submissions"];
        let sums = names.into_iter().zip(sums(self).into_iter().zip(sums(expected)));
        let mut differences: Vec<String> = sums
            .filter(|(_, (counted, expected))| counted != expected)
            .map(|(name, (counted, expected))| format!("{name} {counted}, not {expected}"))
            .collect();
        if self.response != expected.response {
            differences.push(format!("responses {:?}, not {:?}", self.response, expected.response));
        }
        if self.occupancy != expected.occupancy || self.places != expected.places {
            differences.push("dwellings are in other places".into());
        }
        differences.join("; ")
    }
}

impl Model {
    /// What is counted in every area, added up anew.
    pub fn counts(&self) -> BTreeMap<AreaId, Counts> {
        let mut all: BTreeMap<AreaId, Counts> =
            self.parents.keys().map(|area| (AreaId(*area), Counts::default())).collect();
        let mut add = |ea: u32, change: &dyn Fn(&mut Counts)| {
            for area in self.upwards(ea) {
                all.get_mut(&AreaId(area)).into_iter().for_each(change);
            }
        };
        for ((ea, number), dwelling) in &self.dwellings {
            let inside =
                self.households.range((*ea, 0)..=(*ea, u32::MAX)).filter(|(_, known)| known.dwelling == *number);
            let inside: Vec<_> = inside.map(|((_, number), known)| (*number, known)).collect();
            let lived_in =
                matches!(dwelling.occupancy, Occupancy::Unknown | Occupancy::Occupied | Occupancy::HouseholdAbsent);
            let due: Vec<_> = inside
                .into_iter()
                .filter(|(_, known)| (lived_in || known.counted.is_some()) && known.merged_into == 0)
                .collect();
            let least = due.iter().min_by_key(|(number, known)| (rank(known.response), *number));
            let place = match least {
                Some((_, known)) => (dwelling.occupancy, Some(known.response), known.source),
                None => (dwelling.occupancy, lived_in.then_some(dwelling.own), Source::None),
            };
            add(*ea, &|counts| {
                counts.dwellings += 1;
                counts.occupancy[dwelling.occupancy.code() as usize] += 1;
                *counts.places.entry(place).or_default() += 1;
                for (_, known) in &due {
                    counts.households += 1;
                    counts.response[known.response.code() as usize] += 1;
                    counts.persons += known.persons;
                    counts.males += known.males;
                }
            });
        }
        for (ea, visits) in &self.visits {
            add(*ea, &|counts| counts.visits += visits);
        }
        for (ea, submissions) in &self.submissions {
            add(*ea, &|counts| counts.submissions += submissions);
        }
        for (area, submission) in self.held.values().filter(|(area, _)| self.is_ea(*area)) {
            add(*area, &|counts| {
                counts.held += 1;
                counts.held_submissions += u64::from(*submission);
            });
        }
        all
    }
}

/// From least to most finished.
fn rank(response: Response) -> usize {
    use Response::{
        Approved, CallBack, Complete, NeedsReview, NonContactFinal, NotStarted, Refused, RefusedFinal, Returned,
    };
    let order =
        [NotStarted, CallBack, Refused, Returned, NeedsReview, NonContactFinal, RefusedFinal, Complete, Approved];
    order.iter().position(|known| *known == response).unwrap_or(order.len())
}
