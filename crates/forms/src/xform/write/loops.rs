//! `begin loop over list`: the questions once for every choice, in groups of their own.

use super::fields::{Cell, Fields};
use super::item::Item;
use super::lists::{Choice, Lists};

/// Replaces loops by groups.
pub(super) fn unroll(mut item: Item, lists: &Lists) -> Item {
    let children = std::mem::take(&mut item.children);
    if item.kind != "loop" {
        item.children = children.into_iter().map(|child| unroll(child, lists)).collect();
        return item;
    }
    let choices = lists.get(&item.columns).map(|list| list.choices.as_slice()).unwrap_or_default();
    for choice in choices.iter().filter(|choice| choice.name != "none") {
        let mut group = Item::new(choice.name.clone(), "group");
        (group.row, group.label, group.media) = (item.row, choice.label.clone(), choice.media.clone());
        group.children = children.iter().map(|child| unroll(said_of(child.clone(), choice), lists)).collect();
        item.children.push(group);
    }
    item
}

/// `%(name)s` and `%(label)s` in the question's texts become the choice's. Questions in groups keep theirs.
fn said_of(mut item: Item, choice: &Choice) -> Item {
    let mut f = |language: &str, text: &mut String| {
        if text.contains('%') {
            let label = match &choice.label {
                Some(Cell::Text(label)) => label.as_str(),
                Some(Cell::Map(labels)) => labels.text(language).unwrap_or_default(),
                None => "",
            };
            let said = text.replace("%(name)s", &choice.name).replace("%(label)s", label);
            *text = said.replace("%%", "%");
        }
    };
    let Item {
        name,
        default,
        choice_filter,
        query,
        itemset,
        label,
        hint,
        guidance,
        media,
        bind,
        control,
        instance,
        ..
    } = &mut item;
    f("", name);
    for text in [default, choice_filter, query].into_iter().flatten().chain([itemset]) {
        f("", text);
    }
    for cell in [label, hint, guidance].into_iter().flatten() {
        cell.each_text("", &mut f);
    }
    for fields in [media, bind, control, instance].into_iter().flatten() {
        Fields::each_text(fields, &mut f);
    }
    item
}
