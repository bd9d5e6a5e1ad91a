//! The `parameters` column: `start=0 end=10; step=2`.

use crate::definition::Pairs;

/// Splits the column; `None` when it is not pairs. Keys come in lower case.
pub(crate) fn parse(text: &str) -> Option<Pairs> {
    let spaced = text.replace('=', " = ");
    let mut words = spaced.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|w| !w.is_empty());
    let mut out: Pairs = Vec::new();
    while let Some(key) = words.next() {
        let (Some("="), Some(value)) = (words.next(), words.next()) else { return None };
        if key == "=" || value == "=" {
            return None;
        }
        let key = key.to_lowercase();
        out.retain(|(k, _)| *k != key);
        out.push((key, value.to_owned()));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_separated_by_spaces_commas_or_semicolons() {
        let shown = |text| parse(text).map(|p| p.iter().map(|(k, v)| format!("{k}={v} ")).collect::<String>());
        assert_eq!(shown("Start=1, end = 10;step=0.5").unwrap(), "start=1 end=10 step=0.5 ");
        assert_eq!(shown("value=Id value=Code").unwrap(), "value=Code ");
        assert_eq!(shown("").unwrap(), "");
        for wrong in ["start", "start=", "=1", "start 1", "a=b=c"] {
            assert_eq!(shown(wrong), None, "{wrong}");
        }
    }
}
