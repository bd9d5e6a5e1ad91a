//! Times of day and moments as ODK writes them (XML Schema `time` and `dateTime`), kept as the text that was given.

use crate::date::Date;

const DAY_MS: i64 = 86_400_000;

/// Milliseconds since midnight and the zone's distance from UTC in minutes, of `HH:MM[:SS[.sss]][Z|±HH[:]MM]`.
fn time(text: &str) -> Option<(i64, i64)> {
    let zone_at = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone_at);
    let mut ms = 0;
    let mut parts = 0;
    for (part, (unit_ms, below)) in clock.split(':').zip([(3_600_000, 24), (60_000, 60), (1000, 60), (0, 0)]) {
        let (whole, fraction) = part.split_once('.').unwrap_or((part, ""));
        let seconds = unit_ms == 1000;
        if whole.len() != 2 || fraction.is_empty() == part.contains('.') || (!fraction.is_empty() && !seconds) {
            return None;
        }
        ms += number(whole, below)? * unit_ms;
        if !fraction.is_empty() {
            let padded = format!("{fraction:0<3}");
            ms += number(padded.get(..3)?, 1000)? * i64::from(fraction.bytes().all(|b| b.is_ascii_digit()));
        }
        parts += 1;
    }
    (2..=3).contains(&parts).then_some((ms, offset(zone)?))
}

fn offset(zone: &str) -> Option<i64> {
    let Some(sign) = zone.chars().next().filter(|c| *c != 'Z') else { return (zone.len() <= 1).then_some(0) };
    let digits = zone[1..].replacen(':', "", 1);
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "00"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let minutes = number(hours, 15)? * 60 + number(minutes, 60)?;
    Some(if sign == '-' { -minutes } else { minutes })
}

fn number(digits: &str, below: i64) -> Option<i64> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|n| plain && *n < below)
}

/// Whether a text is a time of day.
pub(crate) fn is_time(text: &str) -> bool {
    time(text).is_some()
}

/// Whether a text is a day with a time of day, or a day alone.
pub(crate) fn is_date_time(text: &str) -> bool {
    instant_ms(text).is_some()
}

/// Milliseconds since 1970-01-01 in UTC; without a zone the time is taken as UTC.
pub(crate) fn instant_ms(text: &str) -> Option<i64> {
    let (day, clock) = text.split_once('T').unwrap_or((text, "00:00"));
    let day = Date::parse(day).filter(|_| day.len() == 10)?;
    let (ms, offset) = time(clock)?;
    Some(i64::from(day.0) * DAY_MS + ms - offset * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_way_clients_write_them() {
        for right in
            ["10:30", "10:30:00", "10:30:59.9", "23:59:59.999+08:00", "00:00:00.000Z", "07:00-0330", "07:00+08"]
        {
            assert!(is_time(right), "{right}");
        }
        for wrong in
            ["", "24:00", "10", "10:60", "1:30", "10:30:00.", "10.5:30", "10:30:00:00", "10:30+8", "10:30 ", "10:3x"]
        {
            assert!(!is_time(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_moment_is_placed_in_utc() {
        assert_eq!(instant_ms("1970-01-01T08:00:00.250+08:00"), Some(250));
        assert_eq!(instant_ms("1970-01-01T23:00:00-01:30"), Some(DAY_MS + 30 * 60_000));
        assert_eq!(instant_ms("1970-01-02"), Some(DAY_MS));
        assert!(!is_date_time("1970-01T08:00") && !is_date_time("1970-13-01T08:00") && !is_date_time("08:00"));
    }
}
