//! Animals of the zodiac, and the sixty years of stems and branches.

use super::lunar::{Lunar, YEARS};
use crate::date::Date;

/// An animal of the zodiac, in its order; the number is its place from 0, the rat's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Animal {
    /// 鼠
    Rat,
    /// 牛
    Ox,
    /// 虎
    Tiger,
    /// 兔
    Rabbit,
    /// 龙
    Dragon,
    /// 蛇
    Snake,
    /// 马
    Horse,
    /// 羊
    Goat,
    /// 猴
    Monkey,
    /// 鸡
    Rooster,
    /// 狗
    Dog,
    /// 猪
    Pig,
}

impl Animal {
    /// In their order.
    pub const ALL: [Animal; 12] = {
        use Animal::*;
        [Rat, Ox, Tiger, Rabbit, Dragon, Snake, Horse, Goat, Monkey, Rooster, Dog, Pig]
    };

    /// The animal of a lunar year: 2020 was a year of the rat.
    pub fn of(lunar_year: i32) -> Animal {
        Animal::ALL[(lunar_year - 4).rem_euclid(12) as usize]
    }
}

/// The place of a lunar year among the sixty of stems and branches, from 0 (甲子): 2020 was 庚子, 36.
pub fn cycle(lunar_year: i32) -> u32 {
    (lunar_year - 4).rem_euclid(60) as u32
}

/// The lunar years of an animal in which somebody was born who is between `youngest` and `oldest` whole years old on
/// `reference`, the latest first: what to offer to a person who knows the animal and about how old they are.
pub fn years_of(animal: Animal, reference: Date, youngest: i32, oldest: i32) -> Vec<i32> {
    let could_be = |year: i32| {
        let first = Lunar::new(year, 1, false, 1).and_then(Lunar::date)?;
        let next = Lunar::new(year + 1, 1, false, 1).and_then(Lunar::date)?;
        // Born on the first day of the lunar year, or on its last.
        let ages = Date(next.0 - 1).years_until(reference)..=first.years_until(reference);
        Some(*ages.start() <= oldest && *ages.end() >= youngest)
    };
    let (year, ..) = reference.ymd();
    let mut years: Vec<i32> = (year - oldest - 1..=year - youngest)
        .filter(|year| YEARS.contains(year) && Animal::of(*year) == animal)
        .collect();
    years.retain(|year| could_be(*year).unwrap_or(false));
    years.reverse();
    years
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_years_of_an_animal_are_twelve_apart() {
        let reference = Date::new(2020, 11, 1).unwrap();
        assert_eq!(Animal::of(2020), Animal::Rat);
        assert_eq!(cycle(2020), 36);
        assert_eq!(cycle(1984), 0);
        assert_eq!(years_of(Animal::Pig, reference, 20, 50), [1995, 1983, 1971]);
        assert_eq!(years_of(Animal::Pig, reference, 0, 3), [2019]);
        assert_eq!(years_of(Animal::Rat, reference, 0, 3), [2020]);
    }

    #[test]
    fn a_year_counts_when_only_some_of_its_births_are_of_that_age() {
        // Lunar 2002 (horse) ended on 31 January 2003: born in that January, one is 17 on 1 November 2020.
        let reference = Date::new(2020, 11, 1).unwrap();
        assert_eq!(years_of(Animal::Horse, reference, 17, 17), [2002]);
        assert_eq!(years_of(Animal::Horse, reference, 19, 19), [] as [i32; 0]);
    }
}
