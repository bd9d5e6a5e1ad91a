//! The `model` element: submission, texts, instances, binds and actions.

use super::Form;
use super::fields::Cell;
use super::item::{Action, CHANGED, NEW_REPEAT};
use super::itext::is_looked_up;
use super::kinds::Class;
use super::lexer::is_dynamic;
use super::tree::{Node, NodeId};
use super::xml::Xml;
use crate::xlsform::cell::truth;

impl Form<'_> {
    pub(super) fn model(&self) -> Xml {
        let mut model = Xml::new("model").with("odk:xforms-version", "1.0.0");
        if let Some(version) = self.entities_version {
            model.set("entities:entities-version", version);
        }
        if let Some(submission) = self.submission() {
            model.push(submission);
        }
        if let Some(itext) = self.itext() {
            model.push(itext);
        }
        model.push(self.primary_instance());
        for instance in self.secondary_instances() {
            model.push(instance);
        }
        for id in self.tree.ids() {
            if let Some(bind) = self.bind(id) {
                model.push(bind);
            }
            for action in self.actions(id, false) {
                model.push(action);
            }
        }
        model
    }

    fn submission(&self) -> Option<Xml> {
        let mut submission = Xml::new("submission");
        let mut any = false;
        for (attribute, setting) in [
            ("action", "submission_url"),
            ("base64RsaPublicKey", "public_key"),
            ("orx:auto-send", "auto_send"),
            ("orx:auto-delete", "auto_delete"),
        ] {
            if let Some(value) = self.settings.text(setting) {
                submission.set(attribute, value);
                any = true;
            }
        }
        if self.settings.text("submission_url").is_some() {
            submission.set("method", "post");
        }
        if self.settings.flag("client_editable", false) {
            submission.set("odk:client-editable", "true");
            any = true;
        }
        any.then_some(submission)
    }

    fn bind(&self, id: NodeId) -> Option<Xml> {
        let node = &self.tree.nodes[id];
        if node.class == Class::External {
            return None;
        }
        let fields = node.item.bind.as_ref()?;
        let mut bind = Xml::new("bind").with("nodeset", node.path.as_str());
        for (key, cell) in fields.iter() {
            // What a change of another question sets is an action, not a rule.
            if key == "calculate" && !node.item.trigger.is_empty() {
                continue;
            }
            let message = matches!(key, "jr:constraintMsg" | "jr:requiredMsg" | "jr:noAppErrorString");
            let value = if message && is_looked_up(key, cell) {
                format!("jr:itext('{}:{key}')", node.path)
            } else if let Cell::Text(text) = cell {
                let rule = matches!(key, "readonly" | "required" | "relevant" | "constraint" | "calculate");
                self.with_paths(if rule { truth(text) } else { text }, Some(id))
            } else {
                continue;
            };
            bind.set(key.to_owned(), value);
        }
        Some(bind)
    }

    /// The actions of a node: those of a new repeat instance, or the others.
    pub(super) fn actions(&self, id: NodeId, new_repeat: bool) -> Vec<Xml> {
        let node = &self.tree.nodes[id];
        let wanted = node.item.actions.iter().filter(|action| (action.event == NEW_REPEAT) == new_repeat);
        wanted.map(|action| self.action(action, node, id)).collect()
    }

    fn action(&self, action: &Action, node: &Node, id: NodeId) -> Xml {
        let mut xml = Xml::new(action.name).with("ref", node.path.as_str()).with("event", action.event);
        if action.name == "setvalue" {
            let value = match &node.item.default {
                Some(default) if is_dynamic(default, &node.item.kind) => Some(self.with_paths(default, Some(id))),
                Some(default) => Some(default.clone()),
                None => action.value.clone(),
            };
            if let Some(value) = value {
                xml.set("value", value);
            }
        }
        if let Some(quality) = &action.quality {
            xml.set("odk:quality", quality.as_str());
        }
        xml
    }

    /// What changes with a question, for its control.
    pub(super) fn changed_with(&self, id: NodeId) -> Vec<Xml> {
        let node = &self.tree.nodes[id];
        let changed = self.changes.get(&node.item.name).map(Vec::as_slice).unwrap_or_default();
        let mut actions = [Vec::new(), Vec::new()];
        for target in changed {
            let target = &self.tree.nodes[*target];
            let place = target.item.kind == "background-geopoint";
            let name = if place { "odk:setgeopoint" } else { "setvalue" };
            let mut xml = Xml::new(name).with("ref", target.path.as_str()).with("event", CHANGED);
            if let Some(value) = target.item.calculation()
                && !place
            {
                xml.set("value", self.with_paths(value, Some(id)));
            }
            actions[usize::from(place)].push(xml);
        }
        actions.concat()
    }
}
