//! The area pack: a text file an office can write by hand or by script. The format is described in `docs/area-packs.md`.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use types::AreaId;

use crate::Boundaries;
use crate::tree::{AreaDef, AreaTree};

/// The only version so far.
pub const VERSION: u32 = 1;

/// A name in each language, by BCP 47 tag.
pub type Names = BTreeMap<String, String>;

/// The first line of a pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format: 1.
    pub quipu_area_pack: u32,
    /// What it is called, by language.
    pub title: Names,
    /// Where the areas come from, and as of when.
    pub source: String,
    /// Under which licence.
    pub licence: String,
    /// Names of the levels, top first, enumeration areas not among them unless the pack lists them.
    pub levels: Vec<Names>,
    /// Said beside every map of these areas, by language; empty when the boundaries are real.
    #[serde(default)]
    pub map_note: Names,
}

/// A line after the first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The official code.
    pub code: String,
    /// The parent's code; absent at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// From 0 at the top.
    pub level: u8,
    /// By language.
    pub names: Names,
    /// A GeoJSON Polygon or MultiPolygon, WGS 84.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<serde_json::Value>,
}

/// A mistake in a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub text: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// A pack as read: the tree with an index, and the boundaries.
#[derive(Debug, Default)]
pub struct Pack {
    /// Its first line.
    pub manifest: Manifest,
    /// The areas whose rows are good.
    pub tree: AreaTree,
    /// Their boundaries.
    pub boundaries: Boundaries,
}

/// Reads a pack. All mistakes are reported; rows that are good are kept whatever the others are.
pub fn read(text: &str) -> (Pack, Vec<Problem>) {
    let mut pack = Pack::default();
    let mut problems = Vec::new();
    let mut lines =
        text.lines().enumerate().map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.trim().is_empty());
    let mut problem = |line, text: String| problems.push(Problem { line, text });
    match lines.next().map(|(line, text)| (line, serde_json::from_str::<Manifest>(text))) {
        Some((_, Ok(manifest))) if manifest.quipu_area_pack == VERSION => pack.manifest = manifest,
        Some((line, Ok(manifest))) => {
            let version = manifest.quipu_area_pack;
            problem(line, format!("format version {version} is not known; this program reads version {VERSION}"));
        }
        // No line of another kind of file is worth a mistake of its own.
        Some((line, Err(error))) if !error.is_data() => {
            problem(line, format!("this is no area pack ({error}); docs/area-packs.md says how to make one"));
            return (pack, problems);
        }
        Some((line, Err(error))) => problem(line, format!("not a manifest ({error}); see docs/area-packs.md")),
        None => problem(1, "the pack is empty; its first line is the manifest".into()),
    }
    let mut ids: HashMap<String, AreaId> = HashMap::new();
    for (line, text) in lines {
        match row(text, &ids, &mut pack) {
            Ok((code, area)) => drop(ids.insert(code, area)),
            Err(text) => problem(line, text),
        }
    }
    pack.tree.shrink();
    pack.tree.rebuild_index();
    (pack, problems)
}

fn row(text: &str, ids: &HashMap<String, AreaId>, pack: &mut Pack) -> Result<(String, AreaId), String> {
    let row: Row = serde_json::from_str(text).map_err(|error| format!("not an area: {error}"))?;
    if row.code.is_empty() || row.code.len() > 64 {
        return Err("the code is empty or longer than 64 bytes".into());
    }
    if row.names.values().all(|name| name.trim().is_empty()) {
        return Err(format!("area `{}` has no name; give at least one language", row.code));
    }
    if row.names.values().map(String::len).sum::<usize>() > 4_000 {
        return Err(format!("the names of area `{}` are longer than 4,000 bytes together", row.code));
    }
    let parent = match &row.parent {
        None => None,
        Some(code) => match ids.get(code.as_str()) {
            Some(parent) => Some(*parent),
            None => return Err(format!("parent `{code}` of `{}` has no row above it; put parents first", row.code)),
        },
    };
    if row.level as usize >= pack.manifest.levels.len().max(1) {
        return Err(format!("level {} of `{}` has no name in the manifest's levels", row.level, row.code));
    }
    let def = AreaDef { code: row.code, parent, level: row.level, names: row.names.into_iter().collect() };
    let boundary = row.boundary.map(|boundary| Boundaries::check(&boundary).map(|()| boundary)).transpose()?;
    let area = pack.tree.insert(&def).map_err(|error| error.to_string())?;
    if let Some(boundary) = boundary {
        pack.boundaries.insert(area, boundary.to_string());
    }
    Ok((def.code, area))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"{"quipu_area_pack":1,"title":{"en":"Test"},"source":"made up","licence":"CC0-1.0","levels":[{"en":"country"},{"en":"province"},{"en":"district"},{"en":"sector"},{"en":"cell"}]}"#;

    #[test]
    fn five_levels_read_as_well_as_three() {
        let rows = (0..5).map(|level| {
            let parent = if level == 0 { String::new() } else { format!(r#""parent":"{}","#, level - 1) };
            format!(r#"{{"code":"{level}",{parent}"level":{level},"names":{{"en":"n{level}"}}}}"#)
        });
        let text = std::iter::once(MANIFEST.to_owned()).chain(rows).collect::<Vec<_>>().join("\n");
        let (pack, problems) = read(&text);
        assert_eq!(problems, []);
        assert_eq!((pack.tree.len(), pack.tree.levels()), (5, 5));
        assert!(pack.tree.contains(AreaId(0), AreaId(4)));
    }

    #[test]
    fn every_mistake_is_reported_with_its_line_and_good_rows_are_kept() {
        let text = [
            MANIFEST,
            r#"{"code":"A","level":0,"names":{"en":"A"}}"#,
            r#"{"code":"A","level":0,"names":{"en":"again"}}"#,
            r#"{"code":"B","parent":"Z","level":1,"names":{"en":"B"}}"#,
            r#"{"code":"C","parent":"A","level":0,"names":{"en":"C"}}"#,
            r#"{"code":"D","parent":"A","level":1,"names":{}}"#,
            r#"{"code":"E","parent":"A","level":1,"names":{"en":"E"},"boundary":{"type":"Point","coordinates":[0,0]}}"#,
            r#"{"code":"F","parent":"A","level":9,"names":{"en":"F"}}"#,
            "not json",
            r#"{"code":"G","parent":"A","level":1,"names":{"en":"G"}}"#,
        ]
        .join("\n");
        let (pack, problems) = read(&text);
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(pack.tree.len(), 2);
        assert!(pack.tree.by_code("G").is_some());
    }

    #[test]
    fn an_empty_file_and_a_newer_format_say_so() {
        assert_eq!(read("").1.len(), 1);
        let newer = MANIFEST.replace("\"quipu_area_pack\":1", "\"quipu_area_pack\":2");
        assert!(read(&newer).1[0].text.contains("version 2"));
    }
}
