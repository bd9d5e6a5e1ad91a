//! Entities a form makes or changes (ODK entities specification 2025.1.0).

use super::items::Items;
use super::words;
use crate::definition::{ENTITY, Entity};

impl Items<'_, '_> {
    /// Notes an entity whose nodes have been read: the last items, from `at`.
    pub fn entity(&mut self, at: usize, meta: usize, path: &str) {
        let group = self.items[meta].parent;
        self.entities.push((self.origins[at].node, group, path.to_owned()));
        for item in &mut self.items[at..] {
            item.type_name = ENTITY.into();
        }
        if group.is_some() {
            self.items[meta].type_name = ENTITY.into();
        }
    }

    /// The entities, and the lists `save_to` means.
    pub fn entities(&mut self) -> Vec<Entity> {
        let found = std::mem::take(&mut self.entities);
        let mut out: Vec<Entity> = Vec::new();
        for (element, parent, path) in &found {
            let dom = &self.source.dom;
            let calculation = |node: &str| {
                let bind = self.binds.get(&format!("{path}/{node}"));
                bind.map_or(String::new(), |b| words::rewrite(dom.attribute(*b, "calculate")))
            };
            let when = |node: &str| match calculation(node) {
                always if matches!(always.as_str(), "1" | "true()") => String::new(),
                expression => expression,
            };
            let entity = Entity {
                list: dom.attribute(*element, "dataset").to_owned(),
                id: calculation("@id"),
                create_if: when("@create"),
                update_if: when("@update"),
                label: calculation("label"),
                parent: *parent,
            };
            if entity.list.is_empty() {
                self.source.error("xform/bad-entity", *element, "the entity names no list".to_owned());
            }
            out.push(entity);
        }
        for i in 0..self.items.len() {
            if self.items[i].save_to.is_empty() || self.items[i].save_to.contains('#') {
                continue;
            }
            let mut group = self.items[i].parent;
            let list = loop {
                match (out.iter().find(|e| e.parent == group), group) {
                    (Some(entity), _) => break Some(entity.list.clone()),
                    (None, Some(inner)) => group = self.items[inner as usize].parent,
                    (None, None) => break None,
                }
            };
            match list {
                Some(list) => self.items[i].save_to = format!("{list}#{}", self.items[i].save_to),
                None => {
                    let at = self.origins[i].bind.unwrap_or(self.origins[i].node);
                    let message = format!("`{}` is saved to an entity, and there is none", self.items[i].name);
                    self.source.error("xform/missing-entity", at, message);
                }
            }
        }
        out
    }
}
