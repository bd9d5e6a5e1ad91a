//! The nodes a form has that stand in no row of its survey: metadata and entities, as ODK XForms names them.
//!
//! Counts of repeats and heads of tables are added where the survey is read, since they stand between its questions.

use std::collections::HashMap;

use super::question;
use super::references::from_outside;
use super::table::Tables;
use crate::definition::{Definition, ENTITY, Entity, Item, Kind};
use crate::diagnostic::Place;

/// Adds the groups `meta`: of every entity, and of the form with its log and name. They come last, each in its group.
/// Gives the cells their expressions come from.
pub(super) fn nodes(
    definition: &mut Definition,
    rows: &mut Vec<u32>,
    meta: Vec<(Item, u32)>,
    entities: &[(Entity, u32)],
    tables: &Tables<'_>,
) -> HashMap<usize, Place> {
    let mut elsewhere = HashMap::new();
    for (one, row) in entities {
        let group = group(definition, one.parent);
        for (item, column) in entity(definition, one, group) {
            if !column.is_empty() {
                elsewhere.insert(definition.items.len(), tables.entities.place(*row, column));
            }
            definition.items.push(item);
        }
    }
    let wants_id = from_outside(definition).1;
    let instance_name = definition.setting("instance_name").to_owned();
    if !meta.is_empty() || wants_id || !instance_name.is_empty() {
        let parent = Some(group(definition, None));
        rows.resize(definition.items.len(), 0);
        for (item, row) in meta {
            definition.items.push(Item { parent, ..item });
            rows.push(row);
        }
        if wants_id {
            let name = "instanceID".to_owned();
            definition.items.push(Item { name, kind: Kind::Hidden, parent, ..Item::default() });
        }
        if !instance_name.is_empty() {
            let row = tables.settings.sheet.rows.first().map_or(0, |r| r.number);
            elsewhere.insert(definition.items.len(), tables.settings.place(row, "instance_name"));
            let (name, calculation) = ("instanceName".to_owned(), question::expression(&instance_name));
            definition.items.push(Item { name, kind: Kind::Calculate, calculation, parent, ..Item::default() });
        }
    }
    rows.resize(definition.items.len(), 0);
    elsewhere
}

/// The group `meta` in a group or in the root, made where there is none.
fn group(definition: &mut Definition, parent: Option<u32>) -> u32 {
    let is_meta = |i: &Item| i.parent == parent && i.name == "meta" && i.kind == Kind::Group;
    let found = definition.items.iter().position(is_meta);
    found.unwrap_or_else(|| {
        // That of the form can be named in expressions.
        let type_name = if parent.is_none() { "" } else { ENTITY }.to_owned();
        let item = Item { name: "meta".into(), kind: Kind::Group, parent, type_name, ..Item::default() };
        definition.items.push(item);
        definition.items.len() - 1
    }) as u32
}

/// The node `entity` of a `meta`, its attributes and its label, with the column each comes from (ODK entities
/// specification 2025.1.0). An attribute that is worked out is an item of its own; the others stand as they are.
fn entity(definition: &Definition, entity: &Entity, meta: u32) -> Vec<(Item, &'static str)> {
    let (known, own) = (!entity.id.is_empty(), definition.items.len() as u32);
    let mut node = Item {
        name: "entity".into(),
        kind: Kind::Group,
        parent: Some(meta),
        type_name: ENTITY.into(),
        ..Item::default()
    };
    let mut worked_out: Vec<(Item, &'static str)> = Vec::new();
    let mut attribute = |name: &str, usual: &str, calculation: &str, column: &'static str| {
        node.attributes.push((format!("instance::{name}"), usual.to_owned()));
        if !calculation.is_empty() {
            worked_out.push((computed(&format!("@{name}"), own, calculation), column));
        }
    };
    attribute("dataset", &entity.list, "", "");
    if !known || !entity.create_if.is_empty() {
        attribute("create", "1", &entity.create_if, "create_if");
    }
    if known {
        attribute("update", "1", &entity.update_if, "update_if");
        let is_here = definition.lists.iter().any(|l| l.name == entity.list);
        for (name, column) in
            [("baseVersion", "__version"), ("trunkVersion", "__trunkVersion"), ("branchId", "__branchId")]
        {
            let row = format!("instance('{}')/root/item[name={}]/{column}", entity.list, entity.id);
            attribute(name, "", if is_here { &row } else { "" }, "entity_id");
        }
    }
    attribute("id", "", &entity.id, "entity_id");
    if !known {
        let item = Item { kind: Kind::Hidden, default: "uuid()".into(), ..computed("@id", own, "") };
        worked_out.push((item, ""));
    }
    if !entity.label.is_empty() {
        worked_out.push((computed("label", own, &entity.label), "label"));
    }
    std::iter::once((node, "")).chain(worked_out).collect()
}

fn computed(name: &str, parent: u32, calculation: &str) -> Item {
    Item {
        name: name.to_owned(),
        kind: Kind::Calculate,
        parent: Some(parent),
        type_name: ENTITY.into(),
        calculation: calculation.to_owned(),
        read_only: true,
        ..Item::default()
    }
}
