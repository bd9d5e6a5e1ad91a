//! `${name}` becomes a path: relative where the reference and its target share a repeat, absolute otherwise.
//!
//! Source: pyxform's rules (`survey.py`, `insert_xpaths`), which the ODK documentation leaves unsaid. Some look at the
//! whole text a reference stands in rather than at the expression around it; so does this.

use super::Form;
use super::names::{Reference, references};
use super::tree::{Named, NodeId};

impl Form<'_> {
    /// Replaces every reference in a text. `from` is the node the text belongs to.
    pub(super) fn with_paths(&self, text: &str, from: Option<NodeId>) -> String {
        self.with_paths_as(text, from, false, false)
    }

    /// As [`Form::with_paths`]; `current` begins relative paths at `current()`, `over_repeat` see [`super::tree::Tree::relative`].
    pub(super) fn with_paths_as(&self, text: &str, from: Option<NodeId>, current: bool, over_repeat: bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for reference in references(text) {
            out.push_str(&text[at..reference.range.start]);
            match self.path(text, &reference, from, current, over_repeat) {
                Some(path) => out.push_str(&path),
                None => out.push_str(&text[reference.range.clone()]),
            }
            at = reference.range.end;
        }
        out.push_str(&text[at..]);
        out
    }

    /// The path of one reference, with a space on either side. `None` when the name leads nowhere, which is noted.
    pub(super) fn path(
        &self,
        text: &str,
        reference: &Reference<'_>,
        from: Option<NodeId>,
        current: bool,
        over_repeat: bool,
    ) -> Option<String> {
        let target = match self.tree.named(reference.name) {
            Named::One(id) => id,
            Named::Several => {
                self.refuse(
                    from,
                    "form/ambiguous-reference",
                    format!("`${{{}}}` names several questions", reference.name),
                );
                return None;
            }
            Named::None => {
                self.unknown_name(from, reference.name);
                return None;
            }
        };
        if let Some(from) = from
            && !reference.last_saved
            && may_be_relative(text, reference)
        {
            let current = current || in_instance_predicate(text, reference);
            if let Some((steps, way)) = self.tree.relative(from, target, over_repeat) {
                let start = if current { " current()/" } else { " " };
                return Some(format!("{start}{}{way} ", vec![".."; steps].join("/")));
            }
        }
        let saved = if reference.last_saved { "instance('__last-saved')" } else { "" };
        Some(format!(" {saved}{} ", self.tree.nodes[target].path))
    }
}

/// Whether a reference is in square brackets somewhere after `instance(`: there, the context is a row of the instance.
fn in_instance_predicate(text: &str, reference: &Reference<'_>) -> bool {
    let called = text.match_indices("instance(").any(|(at, call)| {
        let mut rest = text[at + call.len()..].chars();
        rest.next().is_some_and(|c| c != ')') && rest.next().is_some()
    });
    if !called {
        return false;
    }
    let mut from = 0;
    while let Some(start) = text[from..].find('[').map(|at| at + from) {
        let Some(len) = text[start + 1..].find(']') else { return false };
        let end = start + 1 + len + 1;
        if len > 0 && reference.range.start >= start && reference.range.end <= end {
            return true;
        }
        from = if len > 0 { end } else { start + 1 };
    }
    false
}

/// Whether a reference may be a relative path: always, except as the node, repeat or group argument of
/// `indexed-repeat()`, which takes absolute ones.
fn may_be_relative(text: &str, reference: &Reference<'_>) -> bool {
    const CALL: &str = "indexed-repeat(";
    if !text.contains(CALL) {
        return true;
    }
    let mut calls = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(CALL).map(|at| at + from) {
        let inner = start + CALL.len();
        let Some(len) = text[inner..].find(')') else { break };
        // The text of a call ends with its first closing bracket, nested or not.
        if len > 0 {
            calls.push((start, inner + len + 1, &text[inner..inner + len]));
            from = inner + len + 1;
        } else {
            from = inner;
        }
    }
    let mut calls = calls.into_iter();
    while let Some((start, end, arguments)) = calls.next() {
        if reference.range.end > end {
            // The call after one that is passed over is passed over with it.
            if calls.next().is_none() {
                return true;
            }
            continue;
        }
        if reference.range.end < start || reference.range.start > end {
            return true;
        }
        let own = &text[reference.range.clone()];
        let index = arguments.split(',').enumerate().filter(|(_, arg)| arg.contains(own)).map(|(i, _)| i).last();
        return index.is_some_and(|index| ![0, 1, 3, 5].contains(&index));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(text: &str) -> Vec<bool> {
        references(text).map(|reference| may_be_relative(text, &reference)).collect()
    }

    #[test]
    fn the_position_in_indexed_repeat_is_relative_and_the_nodes_are_not() {
        assert_eq!(relative("indexed-repeat(${a}, ${r}, ${i})"), [false, false, true]);
        let deep = "indexed-repeat(${n}, ${r}, ${i}, ${s}, ${j}, ${t}, ${k})";
        assert_eq!(relative(deep), [false, false, true, false, true, false, true]);
        assert_eq!(relative("${x} + indexed-repeat(${a}, ${r}, 1) + ${y}"), [true, false, false, true]);
    }

    #[test]
    fn only_a_predicate_after_instance_has_another_context() {
        let text = "instance('a')/root/item[x = ${b}]/c = ${d}";
        assert_eq!(references(text).map(|r| in_instance_predicate(text, &r)).collect::<Vec<_>>(), [true, false]);
        let plain = "/data/a[x = ${b}]";
        assert!(!in_instance_predicate(plain, &references(plain).next().unwrap()));
    }
}
