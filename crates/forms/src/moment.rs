//! A day and a time of day as they were written down.
//!
//! A form shows the hour the enumerator saw, wherever it is read later. Two moments are compared in universal time.

use crate::date::Date;

const WEEKDAYS: &str = "SunMonTueWedThuFriSat";
const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// A day and the milliseconds since its midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub date: Date,
    pub ms: u32,
    /// How far the clock was ahead of universal time.
    pub zone_minutes: i32,
}

impl Moment {
    /// The start of a day.
    pub fn midnight(date: Date) -> Moment {
        Moment { date, ms: 0, zone_minutes: 0 }
    }

    /// Reads `YYYY-MM-DD`, with or without `THH:MM:SS.sss` and a zone; or a time alone, as that of the first day.
    pub fn parse(text: &str) -> Option<Moment> {
        let text = text.trim();
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (Date::parse(date)?, time),
            None if text.contains(':') => (Date(0), text),
            None => return Some(Moment::midnight(Date::parse(text)?)),
        };
        let (time, zone) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
        let (mut ms, mut parts) = (0.0, 0);
        for (part, unit) in time.split(':').zip([3_600_000.0, 60_000.0, 1000.0]) {
            let number = crate::vm::parse_number(part);
            if !(0.0..60.0).contains(&number) {
                return None;
            }
            ms += number * unit;
            parts += 1;
        }
        let mut zone_minutes = 0;
        if let Some(sign) = zone.bytes().next().filter(|z| *z != b'Z') {
            let (hours, minutes) = zone[1..].split_once(':').unwrap_or((&zone[1..], "0"));
            zone_minutes = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?;
            zone_minutes *= if sign == b'-' { -1 } else { 1 };
        }
        (parts > 1 && ms < 86_400_000.0).then_some(Moment { date, ms: ms.round() as u32, zone_minutes })
    }

    /// Days since 1970-01-01 in universal time, with a fraction.
    pub fn days(self) -> f64 {
        f64::from(self.date.0) + self.time() - f64::from(self.zone_minutes) / 1440.0
    }

    /// The time of day as a fraction of a day, in its own zone.
    pub fn time(self) -> f64 {
        f64::from(self.ms) / 86_400_000.0
    }

    /// Writes the moment by a pattern of `format-date-time()`, with JavaRosa's English names; nothing for a letter it does
    /// not know.
    pub fn format(self, pattern: &str) -> Option<String> {
        let (year, month, day) = self.date.ymd();
        let (hour, minute, second) = (self.ms / 3_600_000, self.ms / 60_000 % 60, self.ms / 1000 % 60);
        let weekday = (self.date.0 + 4).rem_euclid(7) as usize;
        let name = |names: &str, at: usize| names.get(at * 3..at * 3 + 3).unwrap_or("").to_owned();
        let mut out = String::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let (number, width) = match chars.next() {
                Some('Y') => (year.unsigned_abs(), 4),
                Some('y') => (year.rem_euclid(100) as u32, 2),
                Some('m') => (month, 2),
                Some('n') => (month, 1),
                Some('d') => (day, 2),
                Some('e') => (day, 1),
                Some('H') => (hour, 2),
                Some('h') => (hour, 1),
                Some('M') => (minute, 2),
                Some('S') => (second, 2),
                Some('3') => (self.ms % 1000, 3),
                Some('W') => (self.week(), 1),
                Some('b') => {
                    out.push_str(&name(MONTHS, month as usize - 1));
                    continue;
                }
                Some('a') => {
                    out.push_str(&name(WEEKDAYS, weekday));
                    continue;
                }
                Some('%') => {
                    out.push('%');
                    continue;
                }
                Some(_) => return None,
                None => break,
            };
            out.push_str(&format!("{number:0width$}"));
        }
        Some(out)
    }

    /// Week of the year: weeks begin on Sunday, and the one with January 1 is the first.
    fn week(self) -> u32 {
        let weekday = |date: Date| (date.0 + 4).rem_euclid(7);
        let (year, ..) = self.date.ymd();
        let first = |year| Date::new(year, 1, 1).unwrap_or(self.date);
        let sunday = self.date.0 - weekday(self.date);
        if sunday + 6 >= first(year + 1).0 && self.date < first(year + 1) {
            return 1;
        }
        let start = first(year).0 - weekday(first(year));
        ((sunday - start) / 7 + 1).unsigned_abs()
    }
}
