//! `search('drugs', 'contains', 'name,brand', ${typed}, 'clinic', ${clinic})`: the rows of a file that an appearance asks
//! for.
//!
//! It becomes the filter that a `choice_filter` would be. As in ODK Collect, several columns are searched with commas
//! between them, letters without accents are found in either case, and what is no known way to search is `contains`.
//! `matches` and the last two arguments, which keep rows with a value in a column, are exact, so that rows are found
//! without looking through all of them.

use crate::xlsform::cell::straight;
use crate::xpath::{self, Axis, Expr, Mistake, Operator, Path, Start, Step};

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";

/// The call in an appearance, as text.
pub(super) fn call(appearance: &str) -> Option<String> {
    let appearance = straight(appearance);
    let start = appearance.find("search(")?;
    let mut open = 0usize;
    let mut quote = None;
    for (at, c) in appearance[start..].char_indices() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => open += 1,
            (None, ')') if open == 1 => return Some(appearance[start..=start + at].to_owned()),
            (None, ')') => open -= 1,
            _ => {}
        }
    }
    None
}

/// The filter of a call; `None` when all rows are asked for.
pub(super) fn filter(call: &str) -> Result<Option<Expr>, Mistake> {
    let wrong = |what: &str| Err(Mistake::new(0, what));
    let Expr::Call { args, .. } = xpath::parse(call)? else { return wrong("`search()` stands alone") };
    let (how, columns, text, rest) = match args.as_slice() {
        [_] => return Ok(None),
        [_, Expr::Text(how), Expr::Text(columns), text] => (how, columns, text, None),
        [_, Expr::Text(how), Expr::Text(columns), text, Expr::Text(column), value] => {
            (how, columns, text, Some((column, value)))
        }
        [_, _, _, _] | [_, _, _, _, _, _] => return wrong("how to search, and the columns, must be texts in quotes"),
        _ => {
            return wrong("`search()` takes a file; then how, columns and a text to find; then a column and its value");
        }
    };
    let how = how.trim().to_lowercase();
    let found = |name: &str| match how.as_str() {
        "matches" => binary(Operator::Equal, column(name), text.clone()),
        "startswith" => called("starts-with", vec![lower(column(name)), lower(text.clone())]),
        "endswith" => called("ends-with", vec![lower(column(name)), lower(text.clone())]),
        _ => called("contains", vec![lower(column(name)), lower(text.clone())]),
    };
    let names = columns.split(',').map(str::trim).filter(|name| !name.is_empty());
    let searched = names.map(found).reduce(|one, other| binary(Operator::Or, one, other));
    let kept = rest.map(|(name, value)| binary(Operator::Equal, column(name.trim()), value.clone()));
    // What is equal comes first: by it rows of a long list are found, not looked through.
    Ok(kept.into_iter().chain(searched).reduce(|one, other| binary(Operator::And, one, other)))
}

fn column(name: &str) -> Expr {
    let step = Step { axis: Axis::Child(name.to_owned()), predicates: Vec::new() };
    Expr::Path(Path { start: Start::Bare, predicates: Vec::new(), steps: vec![step], at: 0 })
}

fn lower(text: Expr) -> Expr {
    called("translate", vec![text, Expr::Text(UPPER.into()), Expr::Text(LOWER.into())])
}

fn called(name: &str, args: Vec<Expr>) -> Expr {
    Expr::Call { name: name.into(), args, at: 0 }
}

fn binary(operator: Operator, left: Expr, right: Expr) -> Expr {
    Expr::Binary(operator, Box::new(left), Box::new(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_where_its_bracket_closes() {
        let found = |text| call(text).unwrap_or_default();
        assert_eq!(
            found("minimal search('a)', 'matches', 'b', string(${c})) likert"),
            "search('a)', 'matches', 'b', string(${c}))"
        );
        assert_eq!(found("search(\u{2018}a\u{2019})"), "search('a')");
        assert_eq!((found("minimal"), found("search('a'")), (String::new(), String::new()));
    }
}
