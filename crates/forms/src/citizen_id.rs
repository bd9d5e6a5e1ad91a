//! The citizen identity number of GB 11643: six digits of area, eight of birth date, three of sequence (odd for men) and
//! a check character of ISO 7064 MOD 11-2.

use crate::date::Date;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: [u8; 11] = *b"10X98765432";

/// The check character of the first 17 digits; `None` when they are not 17 digits.
pub fn check_character(digits: &str) -> Option<char> {
    let bytes = digits.as_bytes();
    if bytes.len() < 17 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    Some(char::from(CHECK[(sum % 11) as usize]))
}

/// Whether the text has 18 characters, a real birth date and the right check character (`x` counts as `X`).
pub fn is_ok(id: &str) -> bool {
    id.len() == 18
        && birth(id).is_some()
        && check_character(id) == id.chars().next_back().map(|c| c.to_ascii_uppercase())
}

/// The date of birth written in the number.
pub fn birth(id: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| -> Option<u32> {
        let text = id.get(range)?;
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
    };
    Date::new(part(6..10)? as i32, part(10..12)?, part(12..14)?)
}

/// 1 for a man, 2 for a woman.
pub fn sex(id: &str) -> Option<u32> {
    let digit = id.as_bytes().get(16)?;
    digit.is_ascii_digit().then(|| if (digit - b'0') % 2 == 1 { 1 } else { 2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_right_and_any_changed_digit_is_noticed() {
        // The examples printed in GB 11643-1999.
        let id = "11010519491231002X";
        assert!(is_ok(id) && is_ok("440524188001010014"));
        assert_eq!((birth(id).unwrap().to_string().as_str(), sex(id)), ("1949-12-31", Some(2)));
        for at in 0..17 {
            for digit in b'0'..=b'9' {
                let mut other = id.as_bytes().to_vec();
                if other[at] != digit {
                    other[at] = digit;
                    assert!(!is_ok(std::str::from_utf8(&other).unwrap()));
                }
            }
        }
    }

    #[test]
    fn text_that_is_no_number_is_not_ok() {
        for id in ["", "1101051949123100", "11010519491231002XX", "身份证身份证", "110105194912310x2X"] {
            assert!(!is_ok(id), "{id}");
        }
    }
}
