//! Choice lists: secondary instances, and choices written into a question.

use std::collections::HashMap;

use super::Source;
use super::itext::{Itext, itext_id};
use super::nodeset::{Nodeset, absolute, nodeset};
use crate::definition::{Choice, ChoiceList, ITSELF, Item, Words};
use crate::form::ITEMS_MAX;

#[derive(Debug, Default)]
pub(super) struct Lists {
    pub lists: Vec<ChoiceList>,
    /// Elements of the secondary instances, by id.
    instances: HashMap<String, usize>,
    order: Vec<String>,
    /// By instance, value and label.
    made: HashMap<(String, String, String), usize>,
}

impl Lists {
    pub fn new(source: &mut Source<'_>, instances: &[usize]) -> Lists {
        let mut out = Lists::default();
        for element in instances {
            let id = source.dom.attribute(*element, "id").to_owned();
            if id == "__last-saved" {
                continue;
            }
            if id.is_empty() || out.instances.insert(id.clone(), *element).is_some() {
                let message = format!("there are two instances `{id}`, or one without an id");
                source.error("xform/duplicate-instance", *element, message);
                continue;
            }
            out.order.push(id);
        }
        out
    }

    /// Adds the instances no question takes its choices from: expressions look things up in them.
    pub fn rest(&mut self, source: &mut Source<'_>, itext: &Itext) {
        for id in std::mem::take(&mut self.order) {
            if self.made.keys().all(|(made, ..)| *made != id) {
                self.make(source, itext, &id, "name", "");
            }
        }
    }

    fn add(&mut self, source: &mut Source<'_>, element: usize, list: ChoiceList) -> usize {
        if self.lists.len() >= ITEMS_MAX {
            source.error("form/too-large", element, "there are too many choice lists".to_owned());
            return self.lists.len() - 1;
        }
        self.lists.push(list);
        self.lists.len() - 1
    }

    fn make(&mut self, source: &mut Source<'_>, itext: &Itext, id: &str, value: &str, label: &str) -> Option<usize> {
        let element = *self.instances.get(id)?;
        let key = (id.to_owned(), value.to_owned(), label.to_owned());
        if let Some(made) = self.made.get(&key) {
            return Some(*made);
        }
        let src = source.dom.attribute(element, "src").to_owned();
        let list = if src.is_empty() {
            internal(source, itext, element, id, value, label)
        } else {
            let file = src.rsplit('/').next().unwrap_or("").to_owned();
            let usual = if file.ends_with(".geojson") { ("id", "title") } else { ("name", "label") };
            let other = |column: &str, usual: &str| if column == usual { String::new() } else { column.to_owned() };
            ChoiceList {
                name: id.to_owned(),
                source: file,
                value_column: other(value, usual.0),
                label_column: other(label, usual.1),
                ..ChoiceList::default()
            }
        };
        let at = self.add(source, element, list);
        self.made.insert(key, at);
        Some(at)
    }

    /// The list of a select, with what its itemset says of filter and order.
    pub fn of_select(
        &mut self,
        source: &mut Source<'_>,
        itext: &Itext,
        control: usize,
        context: &str,
        item: &mut Item,
    ) -> Option<u16> {
        let Some(itemset) = source.dom.child(control, "itemset") else {
            return self.inline(source, itext, control, context, item).map(|at| at as u16);
        };
        let text = source.dom.attribute(itemset, "nodeset").to_owned();
        let reference = |name: &str| {
            source.dom.child(itemset, name).map_or(String::new(), |c| source.dom.attribute(c, "ref").to_owned())
        };
        let (value, label) = (reference("value"), reference("label"));
        let Some(Nodeset { instance, path, filter, randomize }) = nodeset(&text) else {
            source.error("xform/bad-itemset", itemset, format!("`{text}` is not the path of choices"));
            return None;
        };
        if let Some(seed) = randomize {
            item.parameters.push(("randomize".into(), "true".into()));
            if !seed.is_empty() {
                item.parameters.push(("seed".into(), seed));
            }
        }
        item.choice_filter = super::words::rewrite(&filter);
        let label = label.strip_prefix("jr:itext(").and_then(|l| l.strip_suffix(')')).unwrap_or(&label);
        match instance {
            Some(id) => {
                let found = self.make(source, itext, &id, &value, label);
                if found.is_none() {
                    source.error("xform/unknown-instance", itemset, format!("there is no instance `{id}`"));
                }
                found.map(|at| at as u16)
            }
            None => {
                // Answers of a repeat are the choices.
                let answers = absolute(&value, &absolute(&path, context)?)?;
                let name = answers.rsplit('/').next().unwrap_or("");
                let from = format!("${{{name}}}");
                // Instances without an answer are left out in any case.
                if item.choice_filter == format!("./{value} != ''") {
                    item.choice_filter.clear();
                }
                let list = ChoiceList {
                    name: from.clone(),
                    source: from,
                    value_column: if value.trim() == ITSELF { ITSELF.to_owned() } else { String::new() },
                    label_column: if label == value { String::new() } else { label.trim().to_owned() },
                    ..ChoiceList::default()
                };
                let same = self.lists.iter().position(|l| *l == list);
                Some(same.unwrap_or_else(|| self.add(source, itemset, list)) as u16)
            }
        }
    }

    /// Choices written into the question itself.
    fn inline(
        &mut self,
        source: &mut Source<'_>,
        itext: &Itext,
        control: usize,
        context: &str,
        item: &Item,
    ) -> Option<usize> {
        let items: Vec<usize> = source.dom.children(control).filter(|c| source.dom.name(*c) == "item").collect();
        let mut list = ChoiceList { name: item.name.clone(), ..ChoiceList::default() };
        for one in items {
            let value =
                source.dom.child(one, "value").map(|v| source.dom.text(v).trim().to_owned()).unwrap_or_default();
            let texts = source.dom.child(one, "label").map(|l| itext.label(source, l, context)).unwrap_or_default();
            if value.is_empty() {
                source.error("xform/bad-choice", one, "the choice has no value".to_owned());
                continue;
            }
            let media = (!texts.media.is_empty()).then(|| Box::new(texts.media));
            list.choices.push(Choice { name: value, label: texts.plain, media, ..Choice::default() });
        }
        if let Some(file) = search_file(&item.appearance) {
            // `search()` names the file's columns where choices have their values and labels.
            let column = list.choices.iter().find(|c| c.name.parse::<i64>().is_err()).cloned().unwrap_or_default();
            list.source = format!("{file}.csv");
            (list.value_column, list.label_column) = (column.name, column.label.get(0).to_owned());
            list.choices.clear();
        } else if list.choices.is_empty() && source.dom.attribute(control, "query").is_empty() {
            source.error("xform/no-choices", control, format!("`{}` offers no choices", item.name));
        }
        Some(self.add(source, control, list))
    }

    /// `<input query="instance('list')/root/item[…]">`: one choice from a table beside the form.
    pub fn of_query(&mut self, source: &mut Source<'_>, control: usize, item: &mut Item) -> Option<u16> {
        let found = nodeset(source.dom.attribute(control, "query"))?;
        let name = found.instance?;
        item.choice_filter = super::words::rewrite(&found.filter);
        let same = self.lists.iter().position(|l| l.name == name && l.source == "itemsets.csv");
        let list = ChoiceList { name, source: "itemsets.csv".into(), ..ChoiceList::default() };
        Some(same.unwrap_or_else(|| self.add(source, control, list)) as u16)
    }
}

fn internal(source: &mut Source<'_>, itext: &Itext, element: usize, id: &str, value: &str, label: &str) -> ChoiceList {
    let mut list = ChoiceList { name: id.to_owned(), ..ChoiceList::default() };
    let mut columns: HashMap<String, usize> = HashMap::new();
    let root = source.dom.children(element).next();
    let rows: Vec<usize> = root.map(|r| source.dom.children(r).collect()).unwrap_or_default();
    for row in rows {
        let mut choice = Choice::default();
        for cell in source.dom.children(row).collect::<Vec<_>>() {
            let (name, text) = (source.dom.name(cell), source.dom.text(cell).trim().to_owned());
            let texts = itext.get(itext_id(&text).as_deref().unwrap_or(&text));
            if name == value {
                choice.name = text;
            } else if name == "itextId" && (label == "itextId" || label.is_empty()) {
                if let Some(texts) = texts {
                    choice.label = texts.plain.clone();
                    choice.media = (!texts.media.is_empty()).then(|| Box::new(texts.media.clone()));
                }
            } else if name == label || (name == "label" && label.is_empty()) {
                choice.label = Words(vec![text]);
            } else if name == "weight" {
                choice.weight = text.parse().ok().filter(|weight: &f32| weight.is_finite());
            } else if !text.is_empty() {
                let count = columns.len();
                let at = *columns.entry(name.to_owned()).or_insert_with(|| {
                    list.columns.push(name.to_owned());
                    count
                });
                if choice.extra.len() <= at {
                    choice.extra.resize(at + 1, String::new());
                }
                choice.extra[at] = text;
            }
        }
        list.choices.push(choice);
    }
    let width = list.columns.len();
    // A wide list with many rows is bounded by what was written: rows times columns stays below the text's length
    // squared, so a list that is mostly holes is refused.
    if width.saturating_mul(list.choices.len()) > 20_000_000 {
        source.error("form/too-large", element, format!("the instance `{id}` has too many columns"));
        list.columns.clear();
        list.choices.iter_mut().for_each(|c| c.extra.clear());
        return list;
    }
    list.choices.iter_mut().for_each(|c| c.extra.resize(width, String::new()));
    list
}

/// The first argument of `search()` in an appearance.
fn search_file(appearance: &str) -> Option<&str> {
    let (_, rest) = appearance.split_once("search(")?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (file, _) = rest[1..].split_once(quote)?;
    Some(file.strip_suffix(".csv").unwrap_or(file))
}
