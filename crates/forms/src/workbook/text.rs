//! Cells as the text their author sees, as far as XLSForm wants it.

use crate::date::Date;

/// Trimmed, with spaces that do not break made plain ones.
pub(super) fn clean(text: &str) -> String {
    match text.contains('\u{a0}') {
        true => text.replace('\u{a0}', " ").trim().to_owned(),
        false => text.trim().to_owned(),
    }
}

/// A number; whole ones without a decimal point.
pub(super) fn number(n: f64) -> String {
    n.to_string()
}

/// As spreadsheets show it.
pub(super) fn truth(b: bool) -> String {
    if b { "TRUE" } else { "FALSE" }.to_owned()
}

/// Days since 1899-12-30 as a day, a day and a time, or a time alone.
pub(super) fn moment(serial: f64) -> String {
    if !serial.is_finite() || serial.abs() > 3e6 {
        return String::new();
    }
    let seconds = (serial * 86_400.0).round() as i64;
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let time = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    match (day, second) {
        (0, _) => time,
        (day, 0) => Date(day as i32 - 25_569).to_string(),
        (day, _) => format!("{} {time}", Date(day as i32 - 25_569)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_written_as_forms_want_them() {
        assert_eq!(moment(44_136.0), "2020-11-01");
        assert_eq!(moment(44_136.25), "2020-11-01 06:00:00");
        assert_eq!(moment(0.75), "18:00:00");
        assert_eq!(moment(f64::INFINITY), "");
        assert_eq!((number(3.0), number(1.5)), ("3".into(), "1.5".into()));
    }
}
