//! Texts of cells: quotes made straight, and the ways to say yes and no.

/// Straight quotes for curly ones, which word processors put in and rules cannot read.
pub(crate) fn straight(text: &str) -> String {
    text.replace(['\u{2018}', '\u{2019}'], "'").replace(['\u{201c}', '\u{201d}'], "\"")
}

/// `yes`, `true()` and their like; `None` for anything else.
pub(crate) fn yes_no(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "true()" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "false()" => Some(false),
        _ => None,
    }
}

/// `yes` and `no` as rules say them; other texts as they are.
pub(crate) fn truth(text: &str) -> &str {
    match yes_no(text) {
        Some(true) => "true()",
        Some(false) => "false()",
        None => text,
    }
}
