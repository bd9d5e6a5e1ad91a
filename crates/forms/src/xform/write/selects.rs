//! Questions with choices.

use super::fields::Cell;
use super::item::Item;
use super::lists::Choice;
use super::names::has_reference;
use super::questions::{is_seed, unknown};
use super::rows::{Rows, TableList};
use crate::diagnostic::Diagnostic;
use crate::xlsform::types::{Choosing, Select};

/// A file's name without its extension, and the extension when a list can come from such a file.
pub(super) fn file(list: &str) -> Option<(&str, &str)> {
    let (stem, extension) = list.rsplit_once('.')?;
    (!stem.is_empty() && matches!(extension, "csv" | "xml" | "geojson")).then_some((stem, extension))
}

impl Rows<'_> {
    pub(super) fn select(&mut self, mut item: Item, select: &Select<'_>) {
        let row = item.row;
        let control = match select.choosing {
            Choosing::One => "select one",
            Choosing::Any => "select all that apply",
            Choosing::Ranked => "rank",
            Choosing::External => "select one external",
        };
        let kind = std::mem::replace(&mut item.kind, control.to_owned());
        let list = select.list.to_owned();
        let external = select.choosing == Choosing::External;
        let known = if external { self.external.get(&list) } else { self.lists.get(&list) };
        if known.is_none() && (external || !(file(&list).is_some() || has_reference(&list))) {
            let names: Vec<String> =
                if external { &self.external } else { &self.lists }.names().map(str::to_owned).collect();
            let place = self.sheet().place(row, self.sheet().column("type"));
            self.diagnostics.push(
                Diagnostic::error("form/unknown-list", place, format!("`{kind}` names no choice list"))
                    .did_you_mean(&list, names.iter().map(String::as_str)),
            );
            return;
        }
        let mut wrong = unknown(
            &item,
            if select.from_file { &["randomize", "seed", "value", "label"] } else { &["randomize", "seed"] },
        );
        if item.parameter("seed").is_some_and(|seed| !is_seed(seed)) {
            wrong.push("a seed is a number or a reference to a question".into());
        }
        for message in wrong {
            self.refuse(row, "form/bad-parameters", message);
        }
        if external {
            item.query = item.choice_filter.is_some().then(|| list.clone());
        } else {
            item.itemset = list.clone();
        }
        let mut specify = None;
        if select.or_other {
            if item.choice_filter.is_some() {
                self.refuse(row, "form/or-other-with-filter", "`or_other` cannot go with a choice filter");
            }
            match self.lists.get_mut(&list) {
                Some(list) => list.add_other(),
                None => self.refuse(row, "form/unknown-list", "`or_other` needs a list of the choices sheet"),
            }
            let mut other = Item::new(format!("{}_other", item.name), "text");
            other.row = row;
            other.label = Some(Cell::Text("Specify other.".into()));
            other.bind_mut().set_text("relevant", format!("selected(../{}, 'other')", item.name));
            specify = Some(other);
        }
        if select.choosing == Choosing::Any && self.settings.flag("add_none_option", false) {
            self.none_option(&mut item);
        }
        self.in_table(&mut item, &list);
        self.push(item);
        if let Some(other) = specify {
            self.push(other);
        }
    }

    /// `add_none_option`: the choice `none` goes with no other. As in pyxform, the rule is only for the first question
    /// of a list, and not when the list itself has the choice.
    fn none_option(&mut self, item: &mut Item) {
        let none = |choice: &Choice| {
            choice.name == "none" && choice.label == Some(Cell::Text("None".into())) && choice.extra.is_empty()
        };
        if self.with_none.contains(&item.itemset)
            || self.lists.get(&item.itemset).is_some_and(|list| list.choices.iter().any(none))
        {
            return;
        }
        self.with_none.push(item.itemset.clone());
        const RULE: &str = "(.='none' or not(selected(., 'none')))";
        let bind = item.bind_mut();
        let rule = bind.text("constraint").map_or(RULE.to_owned(), |old| format!("{old} and {RULE}"));
        bind.set_text("constraint", rule);
    }

    /// In a `table-list` group, the first select also makes the row of labels, and no select repeats them.
    fn in_table(&mut self, item: &mut Item, list: &str) {
        match &self.table_list {
            TableList::Outside => return,
            TableList::Begun => {
                if item.choice_filter.is_some() {
                    self.refuse(item.row, "form/table-list", "a choice filter cannot go with `table-list`");
                }
                let mut head = Item::new(format!("reserved_name_for_field_list_labels_{}", item.row), &item.kind);
                head.row = item.row;
                head.itemset = list.to_owned();
                head.control_mut().set_text("appearance", "label");
                self.push(head);
                self.table_list = TableList::Of(list.to_owned());
            }
            TableList::Of(other) if other != list => {
                let message = format!("a `table-list` is about one choice list: `{other}`, not `{list}`");
                self.refuse(item.row, "form/table-list", message);
            }
            TableList::Of(_) => {}
        }
        item.control_mut().set_text("appearance", "list-nolabel");
    }
}
