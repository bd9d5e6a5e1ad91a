//! The entities sheet and the `save_to` column (ODK entities specification 2025.1.0).
//!
//! An entity belongs to a group or repeat, so that each instance of a repeat makes one of its own. Which it is follows
//! from the questions it is made of; each group has room for one.

use std::collections::{HashMap, HashSet};

use super::references::references;
use super::table::{Table, Tables};
use super::{NAME_HELP, is_name, question};
use crate::definition::{Entity, Item, Kind};
use crate::diagnostic::{Diagnostic, Place};
use crate::workbook::Row;

/// Groups and repeats from the outermost to the innermost, by index of their items.
type Path = Vec<u32>;

/// A place in the form an entity is made from.
struct Source {
    path: Path,
    /// Row in the survey.
    row: u32,
    /// The property saved to, or `None` for a reference from the entities sheet.
    property: Option<String>,
    question: String,
}

struct Declared {
    entity: Entity,
    row: u32,
    sources: Vec<Source>,
}

/// Reads the sheet and places every entity; gives each with its row. Fills in the list's name where `save_to` leaves
/// it out.
pub(super) fn read(
    tables: &Tables<'_>,
    items: &mut [Item],
    rows: &[u32],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Entity, u32)> {
    let table = &tables.entities;
    let before = diagnostics.len();
    let mut declared = declarations(table, diagnostics);
    let saved: Vec<(usize, Place)> = (0..items.len())
        .filter(|i| !items[*i].save_to.is_empty())
        .map(|i| (i, tables.survey.place(rows[i], "save_to")))
        .collect();
    for (i, place) in saved {
        if let Some((list, property)) = property(&items[i], &declared, &place, diagnostics) {
            let sources = &mut declared[list].sources;
            let twice = sources.iter().find(|s| s.property.as_deref() == Some(property.as_str()));
            if let Some(other) = twice {
                let message = format!("row {} already saves to the property `{property}`", other.row);
                diagnostics.push(Diagnostic::error("form/duplicate-save-to", place, message));
                continue;
            }
            items[i].save_to = format!("{}#{property}", declared[list].entity.list);
            let path = path_of(items, i);
            declared[list].sources.push(Source {
                path,
                row: rows[i],
                property: Some(property),
                question: items[i].name.clone(),
            });
        }
    }
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    items.iter().enumerate().for_each(|(i, item)| by_name.entry(&item.name).or_default().push(i));
    for one in &mut declared {
        let mut names: HashSet<&str> = HashSet::new();
        let Entity { id, create_if, update_if, label, .. } = &one.entity;
        for name in [id, create_if, update_if, label].into_iter().flat_map(|text| references(text)).flatten() {
            if names.insert(name) {
                for i in by_name.get(name).into_iter().flatten() {
                    one.sources.push(Source {
                        path: path_of(items, *i),
                        row: rows[*i],
                        property: None,
                        question: name.to_owned(),
                    });
                }
            }
        }
    }
    // Where entities stand means little before it is clear which there are.
    if diagnostics.len() == before {
        place_all(&mut declared, items, tables, diagnostics);
    }
    declared.into_iter().map(|d| (d.entity, d.row)).collect()
}

fn declarations(table: &Table<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Declared> {
    let mut declared: Vec<Declared> = Vec::new();
    for row in &table.sheet.rows {
        let entity = declaration(table, row);
        let mut error = |code: &str, key: &str, message: String, help: &str| {
            let error = Diagnostic::error(code, table.place(row.number, key), message);
            diagnostics.push(if help.is_empty() { error } else { error.help(help) });
        };
        let list = entity.list.as_str();
        if list.is_empty() {
            error("form/missing-name", "list_name", "the entity list has no name".into(), "");
        } else if list.starts_with("__") {
            error("form/bad-name", "list_name", format!("`{list}` begins with two underscores"), "");
        } else if list.contains('.') || !is_name(list) {
            let help = "start with a letter or `_`; then letters, digits, `_` and `-`";
            error("form/bad-name", "list_name", format!("`{list}` cannot be the name of an entity list"), help);
        }
        if declared.iter().any(|d| d.entity.list == list && !list.is_empty()) {
            let message = format!("the entity list `{list}` is declared twice");
            error("form/duplicate-entity-list", "list_name", message, "");
            continue;
        }
        let (id, create, update) = (&entity.id, &entity.create_if, &entity.update_if);
        if id.is_empty() && !update.is_empty() {
            let message = format!("nothing says which entity of `{list}` is changed");
            let help = "give its `entity_id`, or use `create_if` to make one";
            error("form/entity-without-id", "entity_id", message, help);
        }
        if !id.is_empty() && !create.is_empty() && update.is_empty() {
            let message = format!("entities of `{list}` are made or changed, and nothing says when they are changed");
            error("form/entity-without-update-if", "update_if", message, "add `update_if`, or remove the `entity_id`");
        }
        if id.is_empty() && entity.label.is_empty() {
            let message = format!("new entities of `{list}` have no label");
            error("form/entity-without-label", "label", message, "say in `label` what they are called");
        }
        declared.push(Declared { entity, row: row.number, sources: Vec::new() });
    }
    declared
}

fn declaration(table: &Table<'_>, row: &Row) -> Entity {
    let expression = |key| question::expression(table.cell(row, key));
    Entity {
        list: table.cell(row, "list_name").to_owned(),
        id: expression("entity_id"),
        create_if: expression("create_if"),
        update_if: expression("update_if"),
        label: expression("label"),
        parent: None,
    }
}

/// The declaration and property a `save_to` means.
fn property(
    item: &Item,
    declared: &[Declared],
    place: &Place,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(usize, String)> {
    let mut refuse = |code: &str, message: String, help: &str| {
        let error = Diagnostic::error(code, place.clone(), message);
        diagnostics.push(if help.is_empty() { error } else { error.help(help) });
        None
    };
    if declared.is_empty() {
        let help = "add an `entities` sheet that declares one";
        return refuse("form/missing-entities", "there is no entity to save to".into(), help);
    }
    let mut parts = item.save_to.split('#');
    let (first, second) = (parts.next().unwrap_or(""), parts.next());
    if parts.next().is_some() {
        return refuse("form/bad-save-to", format!("`{}` has more than one `#`", item.save_to), "");
    }
    let (list, name) = match second {
        Some(name) => (declared.iter().position(|d| d.entity.list == first), name),
        None if declared.len() > 1 => {
            let message = format!("nothing says which entity list `{first}` belongs to");
            return refuse("form/save-to-without-list", message, "write the list in front, as in `trees#height`");
        }
        None => (Some(0), first),
    };
    let Some(list) = list else {
        let error =
            Diagnostic::error("form/unknown-entity-list", place.clone(), format!("`{first}` is no entity list"));
        diagnostics.push(error.did_you_mean(first, declared.iter().map(|d| d.entity.list.as_str())));
        return None;
    };
    if item.kind.is_group() {
        return refuse("form/save-to-group", "a group or repeat cannot be saved to an entity".into(), "");
    }
    if matches!(name.to_lowercase().as_str(), "name" | "label") {
        return refuse("form/bad-save-to", format!("the property `{name}` is kept for the entity itself"), "");
    }
    if name.starts_with("__") {
        return refuse("form/bad-save-to", format!("the property `{name}` begins with two underscores"), "");
    }
    if !is_name(name) {
        return refuse("form/bad-save-to", format!("`{name}` cannot be the name of a property"), NAME_HELP);
    }
    Some((list, name.to_owned()))
}

fn path_of(items: &[Item], item: usize) -> Path {
    let mut path = Path::new();
    let mut parent = items[item].parent;
    while let Some(group) = parent {
        path.push(group);
        parent = items[group as usize].parent;
    }
    path.reverse();
    path
}

/// The part of a path that ends with its innermost repeat.
fn scope<'p>(path: &'p [u32], items: &[Item]) -> &'p [u32] {
    let repeats = path.iter().rposition(|g| items[*g as usize].kind == Kind::Repeat);
    &path[..repeats.map_or(0, |at| at + 1)]
}

/// Where an entity would stand, and up to where it may move.
struct Request {
    declared: usize,
    wanted: Path,
    scope: Path,
    saved_from: Vec<Path>,
}

fn place_all(declared: &mut [Declared], items: &[Item], tables: &Tables<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let requests: Vec<Request> =
        (0..declared.len()).map(|i| request(i, &declared[i], items, tables, diagnostics)).collect();
    // A single entity of the form as a whole stands at its root, however deep its questions are.
    if let [only] = requests.as_slice()
        && only.scope.is_empty()
    {
        return;
    }
    // Group by group: which declaration stands there, or keeps it free for its own.
    let mut taken: HashMap<Path, usize> = HashMap::new();
    for request in &requests {
        let mut conflict = None;
        for depth in (request.scope.len()..=request.wanted.len()).rev() {
            let here = request.wanted[..depth].to_vec();
            if let Some(other) = taken.get(&here) {
                conflict = Some(*other);
                // What saves to an entity has to be inside its own group, so there is no moving up past another's.
                if let Some(other) = request.saved_from.iter().find_map(|p| taken.get(p)) {
                    conflict = Some(*other);
                    break;
                }
                continue;
            }
            conflict = None;
            declared[request.declared].entity.parent = here.last().copied();
            for path in &request.saved_from {
                (here.len()..=path.len()).for_each(|i| {
                    taken.insert(path[..i].to_vec(), request.declared);
                });
            }
            taken.insert(here, request.declared);
            break;
        }
        if let Some(other) = conflict {
            let row = declared[request.declared].row;
            let message = format!(
                "no group is left to hold an entity of `{}`: row {} has it",
                declared[request.declared].entity.list, declared[other].row
            );
            let error = Diagnostic::error("form/entity-place", tables.entities.place(row, "list_name"), message);
            diagnostics.push(error.help("put the questions of each entity into a group of their own"));
        }
    }
}

fn request(
    at: usize,
    declared: &Declared,
    items: &[Item],
    tables: &Tables<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Request {
    // The scope with most repeats is the one all sources have to lie in, or above.
    let repeats = |path: &[u32]| path.iter().filter(|g| items[**g as usize].kind == Kind::Repeat).count();
    let mut deepest: &[u32] = &[];
    for source in &declared.sources {
        let own = scope(&source.path, items);
        if repeats(own) > repeats(deepest) {
            deepest = own;
        }
    }
    let saved_from: Vec<Path> =
        declared.sources.iter().filter(|s| s.property.is_some()).map(|s| s.path.clone()).collect();
    let inside = |path: &&Path| scope(path, items) == deepest;
    let wanted: Path = match saved_from.split_first() {
        Some((first, rest)) => {
            let common = rest.iter().fold(first.as_slice(), |common, path| {
                &common[..common.iter().zip(path.iter()).take_while(|(a, b)| a == b).count()]
            });
            // Questions of different repeats have no group in common there; that is told below.
            if repeats(common) < repeats(deepest) && saved_from.iter().any(|p| inside(&p)) { deepest } else { common }
                .to_vec()
        }
        None => {
            let within = declared.sources.iter().map(|s| &s.path).filter(inside);
            // The first of the longest, as they stand in the form.
            within.fold(deepest.to_vec(), |best, path| if path.len() > best.len() { path.clone() } else { best })
        }
    };
    let wanted_scope = scope(&wanted, items).to_vec();
    for source in &declared.sources {
        let own = scope(&source.path, items);
        let apart = !deepest.starts_with(own);
        match &source.property {
            Some(_) if apart || own != wanted_scope => {
                let message = format!(
                    "`{}` is not in the repeat the other answers saved to `{}` are in",
                    source.question, declared.entity.list
                );
                let error = Diagnostic::error("form/entity-scope", tables.survey.place(source.row, "save_to"), message);
                diagnostics.push(error.help("bring the value there with a `calculate`, and save that"));
            }
            None if apart => {
                let message = format!(
                    "`{}` is not in the repeat the other answers of `{}` are in",
                    source.question, declared.entity.list
                );
                let place = tables.entities.place(declared.row, "label");
                let error = Diagnostic::error("form/entity-scope", place, message);
                diagnostics.push(error.help("bring the value there with a `calculate`, and refer to that"));
            }
            _ => {}
        }
    }
    let scope = deepest.to_vec();
    let wanted = if wanted.starts_with(&scope) { wanted } else { scope.clone() };
    Request { declared: at, wanted, scope, saved_from }
}
