//! The truth: dwellings, households and how their doors behave, made from a seed.
//!
//! Shares follow the census's own experience: of 100 dwellings about 12 vacant and 4 not living quarters; of 100
//! households about 20 need a revisit, 3 refuse, 5 are answered by a proxy, 2 turn out to be two households at the
//! door; now and then an institution. An office that counts 100 % of this world has a bug.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use types::{AreaId, Occupancy};

/// Everything that is true of one enumeration area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumerationArea {
    /// Which.
    pub ea: AreaId,
    /// In walking order; the first is dwelling 1.
    pub dwellings: Vec<Dwelling>,
}

/// A place where somebody lives or could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dwelling {
    /// Building number in the enumeration area, from 1.
    pub building: u32,
    /// 1 conventional … 6 none, as [`event::operation::ListDwelling::kind`].
    pub kind: u32,
    /// What a good look finds.
    pub occupancy: Occupancy,
    /// The households that are seen at listing.
    pub households: Vec<Household>,
}

/// A household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// Everything about its persons follows from this.
    pub seed: u64,
    /// How many persons must be counted.
    pub persons: u32,
    /// How its door behaves.
    pub door: Door,
    /// A second household behind the same door, noticed only at the interview.
    pub behind: Option<Box<Household>>,
}

/// How a door behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Answers at the first visit.
    Opens,
    /// Nobody at home so many times, then answers.
    OpensAfter(u32),
    /// Refuses, always.
    Refuses,
    /// Never met; a neighbour answers after the contact rules.
    Proxy,
}

/// Counts of what is true, to compare with what was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// All dwellings.
    pub dwellings: u64,
    /// Dwellings somebody lives in.
    pub occupied: u64,
    /// All households.
    pub households: u64,
    /// All persons.
    pub persons: u64,
    /// Persons of households that refuse.
    pub persons_refusing: u64,
}

impl EnumerationArea {
    /// Makes the truth of one enumeration area with about `households` households. The same seed makes the same.
    pub fn generate(seed: u64, ea: AreaId, households: u32) -> EnumerationArea {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ u64::from(ea.0).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut dwellings = Vec::new();
        let (mut left, mut building, mut rooms_left) = (households, 0, 0);
        while left > 0 {
            if rooms_left == 0 {
                building += 1;
                rooms_left = if rng.random_bool(0.3) { rng.random_range(6..=24) } else { rng.random_range(1..=2) };
            }
            rooms_left -= 1;
            let institution = rng.random_bool(0.001);
            let occupancy = match rng.random_range(0..100) {
                _ if institution => Occupancy::Occupied,
                0..12 => Occupancy::Vacant,
                12..16 => Occupancy::NotLivingQuarters,
                16..17 => Occupancy::Seasonal,
                _ => Occupancy::Occupied,
            };
            let kind = match rng.random_range(0..100) {
                _ if institution => 2,
                0..3 => 3,
                3..5 => 4,
                5 => 5,
                _ => 1,
            };
            let mut behind_this_door = Vec::new();
            if occupancy == Occupancy::Occupied {
                let count = if institution || !rng.random_bool(0.03) { 1 } else { 2.min(left) };
                for _ in 0..count {
                    behind_this_door.push(Household::generate(&mut rng, institution));
                }
                left = left.saturating_sub(count);
            }
            dwellings.push(Dwelling { building, kind, occupancy, households: behind_this_door });
        }
        EnumerationArea { ea, dwellings }
    }

    /// Counts what is true here.
    pub fn truth(&self) -> Truth {
        let mut truth = Truth { dwellings: self.dwellings.len() as u64, ..Truth::default() };
        for dwelling in &self.dwellings {
            truth.occupied += u64::from(dwelling.occupancy == Occupancy::Occupied);
            for household in dwelling.households.iter().flat_map(Household::with_those_behind) {
                truth.households += 1;
                truth.persons += u64::from(household.persons);
                if household.door == Door::Refuses {
                    truth.persons_refusing += u64::from(household.persons);
                }
            }
        }
        truth
    }
}

impl Household {
    fn generate(rng: &mut ChaCha8Rng, institution: bool) -> Household {
        // Sizes of family households, per cent: 1 to 6 persons.
        const SIZES: [u32; 6] = [25, 30, 21, 13, 7, 4];
        let persons = if institution {
            rng.random_range(20..=120)
        } else {
            let mut at = rng.random_range(0..100);
            1 + SIZES
                .iter()
                .take_while(|share| {
                    at >= **share && {
                        at -= **share;
                        true
                    }
                })
                .count() as u32
        };
        let door = match rng.random_range(0..100) {
            _ if institution => Door::Opens,
            0..3 => Door::Refuses,
            3..8 => Door::Proxy,
            8..28 => Door::OpensAfter(rng.random_range(1..=3)),
            _ => Door::Opens,
        };
        let behind = (!institution && door == Door::Opens && rng.random_bool(0.02))
            .then(|| Box::new(Household { seed: rng.random(), persons: rng.random_range(1..=3), door, behind: None }));
        Household { seed: rng.random(), persons, door, behind }
    }

    /// This household and the ones behind its door.
    pub fn with_those_behind(&self) -> impl Iterator<Item = &Household> {
        std::iter::successors(Some(self), |household| household.behind.as_deref())
    }
}

impl std::ops::AddAssign for Truth {
    fn add_assign(&mut self, other: Truth) {
        self.dwellings += other.dwellings;
        self.occupied += other.occupied;
        self.households += other.households;
        self.persons += other.persons;
        self.persons_refusing += other.persons_refusing;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_has_the_shares_a_census_meets() {
        let areas: Vec<_> = (0..200).map(|ea| EnumerationArea::generate(7, AreaId(ea), 80)).collect();
        let dwellings: Vec<_> = areas.iter().flat_map(|area| &area.dwellings).collect();
        let households: Vec<_> = dwellings.iter().flat_map(|dwelling| &dwelling.households).collect();
        let dwelling_share = |is: &dyn Fn(&Dwelling) -> bool| {
            100.0 * dwellings.iter().filter(|d| is(d)).count() as f64 / dwellings.len() as f64
        };
        let household_share = |is: &dyn Fn(&Household) -> bool| {
            100.0 * households.iter().filter(|h| is(h)).count() as f64 / households.len() as f64
        };
        assert!((11.0..13.5).contains(&dwelling_share(&|d| d.occupancy == Occupancy::Vacant)));
        assert!((3.0..5.0).contains(&dwelling_share(&|d| d.occupancy == Occupancy::NotLivingQuarters)));
        assert!((18.0..22.0).contains(&household_share(&|h| matches!(h.door, Door::OpensAfter(_)))));
        assert!((2.3..3.7).contains(&household_share(&|h| h.door == Door::Refuses)));
        assert!((4.0..6.0).contains(&household_share(&|h| h.door == Door::Proxy)));
        assert!((1.0..2.5).contains(&household_share(&|h| h.behind.is_some())));
        assert!(dwellings.iter().any(|d| d.kind == 2));
        let mean = households.iter().map(|h| f64::from(h.persons)).sum::<f64>() / households.len() as f64;
        assert!((2.4..2.9).contains(&mean), "mean household size {mean}");
    }

    #[test]
    fn the_same_seed_makes_the_same_world() {
        assert_eq!(EnumerationArea::generate(7, AreaId(3), 80), EnumerationArea::generate(7, AreaId(3), 80));
        assert_ne!(EnumerationArea::generate(7, AreaId(3), 80), EnumerationArea::generate(8, AreaId(3), 80));
    }
}
