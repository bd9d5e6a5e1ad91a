//! The Chinese lunar calendar, 1900 to 2050, from one number a year.
//!
//! The table is what scripts/calendar/lunar.py prints: an astronomical computation and the published tables of the Hong
//! Kong Observatory agree on every month of it. The rules behind it (GB/T 33661-2017) need the sun's and the moon's
//! positions, which a phone need not compute.

use std::ops::RangeInclusive;

use crate::date::Date;

/// The lunar years that are known.
pub const YEARS: RangeInclusive<i32> = 1900..=2050;

/// The first day of lunar year 1900: 31 January 1900.
const START: i32 = -25_537;

/// A year: bits 0-12 say which of its months, in order, have 30 days (the others 29); bits 13-16 which month is followed
/// by a leap month of the same number, 0 none.
#[rustfmt::skip]
const TABLE: [u32; 151] = [
    0x116d2, 0x00752, 0x00ea5, 0x0b64a, 0x0064b, 0x00a9b, 0x09556, 0x0056a, 0x00b59, 0x05752,
    0x00752, 0x0db25, 0x00b25, 0x00a4b, 0x0b4ab, 0x002ad, 0x0056b, 0x04b69, 0x00da9, 0x0fd92,
    0x00e92, 0x00d25, 0x0ba4d, 0x00a56, 0x002b6, 0x095b5, 0x006d4, 0x00ea9, 0x05e92, 0x00e92,
    0x0cd26, 0x0052b, 0x00a57, 0x0b2b6, 0x00b5a, 0x006d4, 0x06ec9, 0x00749, 0x0f693, 0x00a93,
    0x0052b, 0x0ca5b, 0x00aad, 0x0056a, 0x09b55, 0x00ba4, 0x00b49, 0x05a93, 0x00a95, 0x0f52d,
    0x00536, 0x00aad, 0x0b5aa, 0x005b2, 0x00da5, 0x07d4a, 0x00d4a, 0x10a95, 0x00a97, 0x00556,
    0x0cab5, 0x00ad5, 0x006d2, 0x08ea5, 0x00ea5, 0x0064a, 0x06c97, 0x00a9b, 0x0f55a, 0x0056a,
    0x00b69, 0x0b752, 0x00b52, 0x00b25, 0x0964b, 0x00a4b, 0x114ab, 0x002ad, 0x0056d, 0x0cb69,
    0x00da9, 0x00d92, 0x09d25, 0x00d25, 0x15a4d, 0x00a56, 0x002b6, 0x0c5b5, 0x006d5, 0x00ea9,
    0x0be92, 0x00e92, 0x00d26, 0x06a56, 0x00a57, 0x114d6, 0x0035a, 0x006d5, 0x0b6c9, 0x00749,
    0x00693, 0x0952b, 0x0052b, 0x00a5b, 0x0555a, 0x0056a, 0x0fb55, 0x00ba4, 0x00b49, 0x0ba93,
    0x00a95, 0x0052d, 0x08aad, 0x00ab5, 0x135aa, 0x005d2, 0x00da5, 0x0dd4a, 0x00d4a, 0x00c95,
    0x0952e, 0x00556, 0x00ab5, 0x055b2, 0x006d2, 0x0cea5, 0x00725, 0x0064b, 0x0ac97, 0x00cab,
    0x0055a, 0x06ad6, 0x00b69, 0x17752, 0x00b52, 0x00b25, 0x0da4b, 0x00a4b, 0x004ab, 0x0a55b,
    0x005ad, 0x00b6a, 0x05b52, 0x00d92, 0x0fd25, 0x00d25, 0x00a55, 0x0b4ad, 0x004b6, 0x005b5,
    0x06daa,
];

/// A day of the lunar calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lunar {
    /// 1900 to 2050. It begins in January or February of the same Gregorian year.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// Whether it is the second month of this number (闰月).
    pub leap: bool,
    /// 1 to 30.
    pub day: u32,
}

impl Lunar {
    /// The day of a year, month and day; `None` where there is no such day: another year than [`YEARS`], a leap month the
    /// year has not, a thirtieth in a month of 29 days.
    pub fn new(year: i32, month: u32, leap: bool, day: u32) -> Option<Lunar> {
        let length = Year::of(year)?.months().find(|one| (one.month, one.leap) == (month, leap))?.days;
        (1..=length).contains(&day).then_some(Lunar { year, month, leap, day })
    }

    /// The Gregorian day.
    pub fn date(self) -> Option<Date> {
        let year = Year::of(self.year)?;
        let before = year.months().take_while(|one| (one.month, one.leap) < (self.month, self.leap));
        Some(Date(year.start() + before.map(|one| one.days as i32).sum::<i32>() + self.day as i32 - 1))
    }

    /// The lunar day of a Gregorian one; `None` outside [`YEARS`].
    pub fn of(date: Date) -> Option<Lunar> {
        let (gregorian, ..) = date.ymd();
        let year = [gregorian, gregorian - 1].into_iter().filter_map(Year::of).find(|year| year.start() <= date.0)?;
        let mut day = (date.0 - year.start()) as u32;
        for one in year.months() {
            if day < one.days {
                return Some(Lunar { year: year.number, month: one.month, leap: one.leap, day: day + 1 });
            }
            day -= one.days;
        }
        None
    }

    /// The leap month of a year, if it has one.
    pub fn leap_month(year: i32) -> Option<u32> {
        Some(Year::of(year)?.leap()).filter(|month| *month > 0)
    }

    /// Days of a month; `None` where the year has no such month.
    pub fn days_of(year: i32, month: u32, leap: bool) -> Option<u32> {
        Year::of(year)?.months().find(|one| (one.month, one.leap) == (month, leap)).map(|one| one.days)
    }
}

struct Month {
    month: u32,
    leap: bool,
    days: u32,
}

#[derive(Clone, Copy)]
struct Year {
    number: i32,
    bits: u32,
}

impl Year {
    fn of(number: i32) -> Option<Year> {
        let at = usize::try_from(number - YEARS.start()).ok()?;
        Some(Year { number, bits: *TABLE.get(at)? })
    }

    fn leap(self) -> u32 {
        self.bits >> 13
    }

    fn days(self) -> i32 {
        let months = 12 + (self.leap() > 0) as u32;
        (29 * months + (self.bits & 0x1fff).count_ones()) as i32
    }

    /// Its first day, counted from 1970-01-01.
    fn start(self) -> i32 {
        let before = (*YEARS.start()..self.number).filter_map(Year::of);
        START + before.map(Year::days).sum::<i32>()
    }

    fn months(self) -> impl Iterator<Item = Month> {
        let leap = self.leap();
        let second = move |at: u32| leap > 0 && at == leap;
        (0..12 + (leap > 0) as u32).map(move |at| {
            let after = leap > 0 && at >= leap;
            Month { month: at + 1 - after as u32, leap: second(at), days: 29 + (self.bits >> at & 1) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONTHS: &str = include_str!("../../../../fixtures/calendar/lunar.tsv");

    #[test]
    fn every_month_of_a_century_and_a_half_begins_on_its_day() {
        let mut count = 0;
        for line in MONTHS.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [year, month, leap, day] = cells.as_slice() else { panic!("{line}") };
            let lunar = Lunar::new(year.parse().unwrap(), month.parse().unwrap(), *leap == "1", 1).unwrap();
            assert_eq!(lunar.date().unwrap().to_string(), *day, "{line}");
            count += 1;
        }
        assert_eq!(count, 1868);
    }

    #[test]
    fn every_day_comes_back_as_itself() {
        let first = Date(START);
        let last = Date::new(2051, 2, 10).unwrap();
        for day in first.0..=last.0 {
            let lunar = Lunar::of(Date(day)).unwrap();
            assert_eq!(lunar.date(), Some(Date(day)), "{lunar:?}");
            assert_eq!(Lunar::new(lunar.year, lunar.month, lunar.leap, lunar.day), Some(lunar));
        }
        assert_eq!(Lunar::of(Date(first.0 - 1)), None);
        assert_eq!(Lunar::of(Date(last.0 + 1)), None);
    }

    #[test]
    fn the_reference_night_of_2020_was_the_sixteenth_of_the_ninth_month() {
        let lunar = Lunar::of(Date::new(2020, 11, 1).unwrap()).unwrap();
        assert_eq!(lunar, Lunar { year: 2020, month: 9, leap: false, day: 16 });
        assert_eq!(Lunar::leap_month(2020), Some(4));
        assert_eq!(Lunar::days_of(2020, 4, true), Some(29));
        assert_eq!(Lunar::leap_month(2021), None);
    }

    #[test]
    fn a_day_that_does_not_exist_is_none() {
        assert_eq!(Lunar::new(2020, 3, true, 1), None);
        assert_eq!(Lunar::new(2020, 4, true, 30), None);
        assert_eq!(Lunar::new(2020, 13, false, 1), None);
        assert_eq!(Lunar::new(2020, 1, false, 0), None);
        assert_eq!(Lunar::new(1899, 1, false, 1), None);
        assert_eq!(Lunar::new(2051, 1, false, 1), None);
    }
}
