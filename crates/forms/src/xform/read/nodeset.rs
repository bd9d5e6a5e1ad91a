//! Paths of nodes, and where the choices of an itemset come from.

/// A path written in full, without prefixes and spaces: ` /data/orx:meta ` is `/data/meta`. `context` is the path a
/// relative one starts from. `None` when it is more than a path.
pub(super) fn absolute(path: &str, context: &str) -> Option<String> {
    let path = path.trim();
    let relative = !path.starts_with('/');
    let mut steps: Vec<&str> =
        if relative { context.split('/').filter(|s| !s.is_empty()).collect() } else { Vec::new() };
    for step in path.split('/').map(str::trim).filter(|s| !s.is_empty()) {
        match step {
            "." | "current()" if relative => {}
            ".." => {
                steps.pop()?;
            }
            step => {
                let name = crate::xform::xml::local(step);
                let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@');
                if name.is_empty() || !name.chars().all(plain) {
                    return None;
                }
                steps.push(name);
            }
        }
    }
    (!steps.is_empty()).then(|| format!("/{}", steps.join("/")))
}

/// `randomize(instance('list')/root/item[filter], seed)`, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Nodeset {
    /// The secondary instance, when it is one.
    pub instance: Option<String>,
    /// The path without predicates; behind the instance, when there is one.
    pub path: String,
    /// All predicates in one.
    pub filter: String,
    /// The seed, empty when there is none; `None` when the order is the list's.
    pub randomize: Option<String>,
}

pub(super) fn nodeset(text: &str) -> Option<Nodeset> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix("randomize").map(str::trim_start).and_then(|t| t.strip_prefix('(')) {
        let inner = inner.strip_suffix(')')?;
        let comma = top_level(inner, ',');
        let (nodes, seed) = comma.map_or((inner, ""), |at| (&inner[..at], inner[at + 1..].trim()));
        let inner = nodeset(nodes).filter(|n| n.randomize.is_none())?;
        return Some(Nodeset { randomize: Some(seed.to_owned()), ..inner });
    }
    let mut out = Nodeset::default();
    let mut rest = text;
    if let Some(call) = text.strip_prefix("instance").map(str::trim_start).and_then(|t| t.strip_prefix('(')) {
        let quote = call.trim_start().chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (id, after) = call.trim_start()[1..].split_once(quote)?;
        out.instance = Some(id.to_owned());
        rest = after.trim_start().strip_prefix(')')?;
    }
    let mut filters: Vec<String> = Vec::new();
    while let Some(open) = rest.find('[') {
        let inner = &rest[open + 1..];
        let close = top_level(inner, ']')?;
        filters.push(inner[..close].trim().to_owned());
        out.path.push_str(rest[..open].trim());
        rest = &inner[close + 1..];
    }
    out.path.push_str(rest.trim());
    out.filter = match filters.as_slice() {
        [one] => one.clone(),
        many => many.iter().map(|f| format!("({f})")).collect::<Vec<_>>().join(" and "),
    };
    Some(out)
}

/// Where a mark stands outside of quotes and brackets.
fn top_level(text: &str, mark: char) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(q) if q == c => quote = None,
            Some(_) => {}
            None if c == mark && depth == 0 => return Some(at),
            None => match c {
                '\'' | '"' => quote = Some(c),
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.checked_sub(1)?,
                _ => {}
            },
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_prefixes_and_relative_ones_find_their_place() {
        assert_eq!(absolute(" /data/orx:meta/orx:instanceID ", ""), Some("/data/meta/instanceID".into()));
        assert_eq!(absolute("../age", "/data/person/name"), Some("/data/person/age".into()));
        assert_eq!(absolute("age", "/data/person"), Some("/data/person/age".into()));
        assert_eq!(
            (absolute("/data/p[1]/x", ""), absolute("count(/data/p)", ""), absolute("../..", "/a")),
            (None, None, None)
        );
    }

    #[test]
    fn itemsets_are_taken_apart() {
        let found = nodeset("randomize(instance('a')/root/item[x = '],)' and f(y)][z], /data/seed)").unwrap();
        assert_eq!(found.instance.as_deref(), Some("a"));
        assert_eq!((found.path.as_str(), found.filter.as_str()), ("/root/item", "(x = '],)' and f(y)) and (z)"));
        assert_eq!(found.randomize.as_deref(), Some("/data/seed"));
        let found = nodeset(" /data/person[ ./name != ''] ").unwrap();
        assert_eq!(
            (found.path.as_str(), found.filter.as_str(), found.randomize),
            ("/data/person", "./name != ''", None)
        );
        assert_eq!(
            (nodeset("instance(x)/a"), nodeset("/a[b"), nodeset("randomize(randomize(/a))")),
            (None, None, None)
        );
    }
}
