//! The controls of the body, by the path of the node each is bound to.

use std::collections::HashMap;

use super::Source;
use super::nodeset::absolute;

/// What asks for a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    Group,
    Repeat,
    Input,
    SelectOne,
    SelectMultiple,
    Rank,
    Range,
    Upload,
    Trigger,
}

/// An action that sets a node.
#[derive(Clone, Debug)]
pub(super) struct Action {
    pub element: usize,
    /// The question that sets it off, when it stands in one.
    pub trigger: Option<String>,
    pub target: String,
}

/// Everything the body says of one node.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub control: Control,
    /// Elements bound to the node, the outermost first: the group around a repeat before the repeat.
    pub elements: Vec<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Body {
    pub asked: HashMap<String, Asked>,
    pub actions: Vec<Action>,
}

impl Body {
    /// Reads the body; `ids` are the paths of binds that have an `id`.
    pub fn read(source: &mut Source<'_>, body: usize, root: &str, ids: &HashMap<String, String>) -> Body {
        let mut out = Body::default();
        out.walk(source, body, root, None, ids);
        out
    }

    fn walk(
        &mut self,
        source: &mut Source<'_>,
        element: usize,
        context: &str,
        trigger: Option<&str>,
        ids: &HashMap<String, String>,
    ) {
        for child in source.dom.children(element).collect::<Vec<_>>() {
            let control = match source.dom.name(child) {
                "group" => Control::Group,
                "repeat" => Control::Repeat,
                "input" | "secret" | "textarea" => Control::Input,
                "select1" => Control::SelectOne,
                "select" => Control::SelectMultiple,
                "rank" => Control::Rank,
                "range" => Control::Range,
                "upload" => Control::Upload,
                "trigger" => Control::Trigger,
                "setvalue" | "setgeopoint" | "recordaudio" => {
                    self.action(source, child, context, trigger);
                    continue;
                }
                "label" | "hint" | "item" | "itemset" | "value" | "help" | "alert" | "filename" | "mediatype" => {
                    continue;
                }
                other => {
                    source.warning("xform/unsupported-element", child, format!("`{other}` in the body is left out"));
                    continue;
                }
            };
            let dom = &source.dom;
            let bound = ids.get(dom.attribute(child, "bind")).cloned();
            let written = ["ref", "nodeset"].map(|name| dom.attribute(child, name)).into_iter().find(|r| !r.is_empty());
            let path = bound.or_else(|| absolute(written?, context));
            let Some(path) = path else {
                if control == Control::Group && written.is_none() {
                    let shown = source.dom.child(child, "label").is_some()
                        || !source.dom.attribute(child, "appearance").is_empty();
                    if shown {
                        let message = "a group that is bound to no node has its label and appearance left out";
                        source.warning("xform/group-without-node", child, message.to_owned());
                    }
                    self.walk(source, child, context, None, ids);
                    continue;
                }
                let message = match written {
                    Some(reference) => format!("`{reference}` is not the path of a node"),
                    None => "it is bound to no node".to_owned(),
                };
                source.error("xform/bad-reference", child, message);
                continue;
            };
            let known = self.asked.get_mut(&path);
            match known {
                Some(group)
                    if group.control == Control::Group && matches!(control, Control::Group | Control::Repeat) =>
                {
                    group.control = control;
                    group.elements.push(child);
                }
                Some(repeat) if repeat.control == Control::Repeat && control == Control::Group => {
                    repeat.elements.push(child);
                }
                Some(_) => {
                    // Clients show the same question twice to put choices beside labels.
                    if !source.dom.attribute(child, "appearance").contains("label") {
                        let message = format!("a second control is bound to `{path}` and is left out");
                        source.warning("xform/second-control", child, message);
                    }
                }
                None => {
                    self.asked.insert(path.clone(), Asked { control, elements: vec![child] });
                }
            }
            let inner = (!matches!(control, Control::Group | Control::Repeat)).then_some(path.as_str());
            self.walk(source, child, &path, inner, ids);
        }
    }

    /// Notes an action of the model or the body.
    pub fn action(&mut self, source: &mut Source<'_>, element: usize, context: &str, trigger: Option<&str>) {
        match absolute(source.dom.attribute(element, "ref"), context) {
            Some(target) => self.actions.push(Action { element, trigger: trigger.map(str::to_owned), target }),
            None => {
                let message = format!("`{}` is not the path of a node", source.dom.attribute(element, "ref"));
                source.error("xform/bad-reference", element, message);
            }
        }
    }
}
