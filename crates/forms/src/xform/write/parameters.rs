//! The `parameters` column: `start=0 end=10; step=2`.

/// Pairs in order, the last of a name counting. Values are in lower case, but for `label` and `value`, which name
/// columns of a file. `None` when the text is not made of pairs.
pub(super) fn parse(text: &str) -> Option<Vec<(String, String)>> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if c == '=' || c == ',' || c == ';' || c.is_whitespace() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if c == '=' {
                words.push("=".into());
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in words.chunks(3) {
        let [key, equals, value] = pair else { return None };
        if equals != "=" || key == "=" || value == "=" {
            return None;
        }
        let key = key.to_lowercase();
        let value = if key == "label" || key == "value" { value.clone() } else { value.to_lowercase() };
        match pairs.iter_mut().find(|(k, _)| *k == key) {
            Some((_, old)) => *old = value,
            None => pairs.push((key, value)),
        }
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_parted_by_spaces_commas_and_semicolons() {
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(
            parse("Start=0;end = 10, step=A"),
            Some(vec![pair("start", "0"), pair("end", "10"), pair("step", "a")])
        );
        assert_eq!(parse("value=Code label=Name"), Some(vec![pair("value", "Code"), pair("label", "Name")]));
        assert_eq!(parse(" "), Some(Vec::new()));
        assert_eq!(parse("a"), None);
        assert_eq!(parse("a=b=c"), None);
    }
}
