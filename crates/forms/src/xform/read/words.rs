//! Expressions as workbooks write them, where XForms say the same in longer words.
//!
//! `instance('__last-saved')/data/name` is the answer to the form as it was finished here last, `${last-saved#name}`;
//! the second argument of `jr:choice-name()` is the path of a question, `'${name}'`.

/// An expression in a workbook's words.
pub(super) fn rewrite(text: &str) -> String {
    choice_names(last_saved(text.trim()))
}

fn choice_names(text: String) -> String {
    if !text.contains("jr:choice-name(") {
        return text;
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, call)) = rest.split_once("jr:choice-name(") {
        out.extend([before, "jr:choice-name("]);
        rest = call;
        // The value comes first, and may hold quotes itself; the path is quoted and begins with a slash or dots.
        let is_path = |text: &str| text.trim_start().starts_with(['/', '.']);
        let found = call.match_indices(['\'', '"']).find(|(at, _)| is_path(&call[at + 1..]));
        let Some((at, quote)) = found else { continue };
        let Some((path, behind)) = call[at + 1..].split_once(quote) else { continue };
        let name = crate::xform::xml::local(path.trim().rsplit('/').next().unwrap_or(""));
        out.extend([&call[..at], quote, "${", name, "}", quote]);
        rest = behind;
    }
    out + rest
}

fn last_saved(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((start, after)) = find(rest) {
        let end = after.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':')));
        let (path, behind) = after.split_at(end.unwrap_or(after.len()));
        let name = crate::xform::xml::local(path.rsplit('/').next().unwrap_or(""));
        out.push_str(&rest[..start]);
        out.extend(["${last-saved#", name, "}"]);
        rest = behind;
    }
    out + rest
}

/// The names a text takes from there.
pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("${last-saved#").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

fn find(text: &str) -> Option<(usize, &str)> {
    for call in ["instance('__last-saved')", "instance(\"__last-saved\")"] {
        if let Some(start) = text.find(call) {
            let after = &text[start + call.len()..];
            return after.starts_with('/').then_some((start, after));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_into_the_last_submission_are_written_as_workbooks_do() {
        let text = rewrite(" instance('__last-saved')/data/g/n  + 1 > instance('__last-saved')/data/m");
        assert_eq!(text, "${last-saved#n}  + 1 > ${last-saved#m}");
        assert_eq!(names(&text).collect::<Vec<_>>(), ["n", "m"]);
        assert_eq!(rewrite("instance('x')/root/item"), "instance('x')/root/item");
    }

    #[test]
    fn questions_of_choice_names_go_by_name() {
        let text = "concat('a', jr:choice-name( /data/crop , ' /data/crop '), jr:choice-name('x', \"/data/g/y\"))";
        assert_eq!(
            rewrite(text),
            "concat('a', jr:choice-name( /data/crop , '${crop}'), jr:choice-name('x', \"${y}\"))"
        );
        assert_eq!(rewrite("jr:choice-name(. , '${x}')"), "jr:choice-name(. , '${x}')");
    }
}
