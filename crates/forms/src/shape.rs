//! Points, lines and areas as ODK writes them: `latitude longitude [altitude [accuracy]]`, points separated by `;`.

use crate::vm::parse_number;

/// Whether a text is a point with two to four numbers, in degrees and metres.
pub(crate) fn is_point(text: &str) -> bool {
    let mut count = 0;
    for number in text.split_whitespace() {
        let number = parse_number(number);
        let most = [90.0, 180.0].get(count).copied().unwrap_or(f64::INFINITY);
        count += 1;
        if !number.is_finite() || number.abs() > most {
            return false;
        }
    }
    (2..=4).contains(&count)
}

/// Whether a text is a line of at least two points.
pub(crate) fn is_line(text: &str) -> bool {
    points(text).count() >= 2 && points(text).all(is_point)
}

/// Whether a text is an area: at least three points, then the first again.
pub(crate) fn is_area(text: &str) -> bool {
    let place = |point: Option<&str>| {
        let mut numbers = point.unwrap_or_default().split_whitespace().map(parse_number);
        (numbers.next(), numbers.next())
    };
    points(text).count() >= 4 && is_line(text) && place(points(text).next()) == place(points(text).last())
}

fn points(text: &str) -> impl Iterator<Item = &str> {
    text.trim().trim_end_matches(';').split(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_two_points_and_areas_are_closed() {
        assert!(is_point("39.9 116.4") && is_point("39.9 116.4 40 5.5"));
        assert!(!is_point("39.9") && !is_point("99.9 116.4") && !is_point("1 2 3 4 5") && !is_point("a b"));
        assert!(is_line("1 2; 3 4") && is_line("1 2 0 0;3 4 0 0;") && !is_line("1 2") && !is_line("1 2;;3 4"));
        assert!(is_area("0 0; 0 1; 1 1; 0.0 0") && !is_area("0 0; 0 1; 1 1") && !is_area("0 0; 1 1; 0 0"));
    }
}
