//! A day and a time of day as they were written down.
//!
//! The zone is left out: a form shows the hour the enumerator saw, wherever it is read later.

use crate::date::Date;

const WEEKDAYS: &str = "SunMonTueWedThuFriSat";
const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// A day and the milliseconds since its midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub date: Date,
    pub ms: u32,
}

impl Moment {
    /// Reads `YYYY-MM-DD`, with or without `THH:MM:SS.sss` and a zone.
    pub fn parse(text: &str) -> Option<Moment> {
        let date = Date::parse(text)?;
        let Some((_, time)) = text.split_once('T') else { return Some(Moment { date, ms: 0 }) };
        let time = time.split(['Z', '+', '-']).next().unwrap_or("");
        let mut ms = 0.0;
        for (part, unit) in time.split(':').zip([3_600_000.0, 60_000.0, 1000.0]) {
            let number = crate::vm::parse_number(part);
            if !(0.0..60.0).contains(&number) {
                return None;
            }
            ms += number * unit;
        }
        (ms < 86_400_000.0).then_some(Moment { date, ms: ms.round() as u32 })
    }

    /// Writes the moment by a pattern of `format-date-time()`; English names, as JavaRosa's.
    pub fn format(self, pattern: &str) -> String {
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
                Some('b') => {
                    out.push_str(&name(MONTHS, month as usize - 1));
                    continue;
                }
                Some('a') => {
                    out.push_str(&name(WEEKDAYS, weekday));
                    continue;
                }
                Some(other) => {
                    out.push(other);
                    continue;
                }
                None => break,
            };
            out.push_str(&format!("{number:0width$}"));
        }
        out
    }
}
