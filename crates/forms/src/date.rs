//! Calendar days without a clock: days since 1970-01-01 in the proleptic Gregorian calendar.

use serde::{Deserialize, Serialize};

/// A calendar day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Date(pub i32);

impl Date {
    /// The day of a year, month (1-12) and day (1-31); `None` when there is no such day.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Date> {
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) || !(-9999..=9999).contains(&year)
        {
            return None;
        }
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let year_of_era = shifted.rem_euclid(400);
        let month_from_march = (month as i32 + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Date(era * 146_097 + day_of_era - 719_468))
    }

    /// Year, month (1-12) and day (1-31).
    pub fn ymd(self) -> (i32, u32, u32) {
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097) as u32;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = (i64::from(year_of_era) + era * 400) as i32 + i32::from(month <= 2);
        (year, month, day)
    }

    /// Reads `YYYY-MM-DD`, or `YYYY-MM` as the first of that month. A time after the day is ignored.
    pub fn parse(text: &str) -> Option<Date> {
        let text = text.split('T').next()?;
        let mut parts = text.splitn(3, '-');
        let year = digits(parts.next()?, 4)?;
        let month = digits(parts.next()?, 2)?;
        let day = match parts.next() {
            Some(day) => digits(day, 2)?,
            None => 1,
        };
        Date::new(year as i32, month, day)
    }

    /// Months since year 0, the whole month the day lies in.
    pub fn months(self) -> i32 {
        let (year, month, _) = self.ymd();
        year * 12 + month as i32 - 1
    }

    /// The first day of a month counted by [`Date::months`].
    pub fn from_months(months: i32) -> Option<Date> {
        Date::new(months.div_euclid(12), months.rem_euclid(12) as u32 + 1, 1)
    }

    /// Completed years from `self` to `at`; negative when `self` is later.
    pub fn years_until(self, at: Date) -> i32 {
        let (y0, m0, d0) = self.ymd();
        let (y1, m1, d1) = at.ymd();
        y1 - y0 - i32::from((m1, d1) < (m0, d0))
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_comes_back_as_itself() {
        for days in -150_000..150_000 {
            let (y, m, d) = Date(days).ymd();
            assert_eq!(Date::new(y, m, d), Some(Date(days)));
        }
        assert_eq!(Date(0).to_string(), "1970-01-01");
        assert_eq!(Date::parse("2020-11-01"), Some(Date(18_567)));
    }

    #[test]
    fn a_day_that_does_not_exist_is_not_a_date() {
        for text in ["2021-02-29", "2020-13-01", "2020-1-1", "", "20200101", "2020-11-"] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_birthday_on_the_reference_day_counts() {
        let reference = Date::parse("2020-11-01").unwrap();
        assert_eq!(Date::parse("2005-11-01").unwrap().years_until(reference), 15);
        assert_eq!(Date::parse("2005-11-02").unwrap().years_until(reference), 14);
    }
}
