//! The pages an interview has now, in order. They are listed anew whenever they are needed, so what has become
//! relevant is there and what has not is gone.

use super::Interview;
use crate::definition::Kind;
use crate::instance::{Instance, Spot};
use crate::state::NONE;

/// One page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Question(Spot),
    /// The names of a repeat's instances; the spot is the repeat's.
    Roster(Spot),
    Review,
}

impl Interview {
    /// All pages; the review is always there, and last.
    pub(super) fn pages(&self) -> Vec<Page> {
        let mut pages = Vec::new();
        block(&self.instance, 0, None, &mut pages);
        pages.push(Page::Review);
        pages
    }
}

fn block(instance: &Instance, id: u32, skip: Option<u32>, pages: &mut Vec<Page>) {
    let form = &instance.form;
    let scope = &form.compiled.scopes[instance.state.blocks[id as usize].scope as usize];
    for item in &scope.slots {
        let spot = Spot { block: id, item: *item };
        if Some(*item) == skip || !instance.relevant_at(spot) {
            continue;
        }
        let definition = &form.definition.items[*item as usize];
        if let Some(opens) = form.compiled.nodes[*item as usize].opens {
            let names = naming(instance, opens);
            if names.is_some() || definition.repeat_count.is_empty() {
                pages.push(Page::Roster(spot));
            }
            let mut here = instance.state.kids(id, form.compiled.scopes[opens as usize].kid).first;
            while here != NONE {
                block(instance, here, names, pages);
                here = instance.state.blocks[here as usize].next;
            }
        } else if instance.is_asked(*item) || is_text_to_read(instance, *item) {
            pages.push(Page::Question(spot));
        }
    }
}

/// Whether a question has a page now. One that names the instances of a repeat has none: it is on their roster.
pub(super) fn has_page(instance: &Instance, spot: Spot) -> bool {
    let scope = instance.state.blocks[spot.block as usize].scope;
    let names = instance.form.compiled.scopes[scope as usize].item.and_then(|_| naming(instance, scope));
    names != Some(spot.item)
        && instance.relevant_at(spot)
        && (instance.is_asked(spot.item) || is_text_to_read(instance, spot.item))
}

/// A note is a page of its own, unless it is there for a rule: then it shows in the review, when the rule is broken.
fn is_text_to_read(instance: &Instance, item: u32) -> bool {
    let definition = &instance.form.definition.items[item as usize];
    let rule = !definition.constraint.is_empty() || !definition.check_soft.is_empty();
    (definition.kind == Kind::Note || definition.read_only) && !rule && !definition.label.is_empty()
}

/// The question that names the instances of a repeat: its first text.
pub(super) fn naming(instance: &Instance, scope: u16) -> Option<u32> {
    let slots = &instance.form.compiled.scopes[scope as usize].slots;
    slots.iter().copied().find(|i| instance.form.kind(*i) == Kind::Text && instance.is_asked(*i))
}

/// The name a screen goes by.
pub(super) fn id(interview: &Interview, page: Page) -> String {
    match page {
        Page::Question(spot) | Page::Roster(spot) => interview.instance.path_of(spot),
        Page::Review => "review".into(),
    }
}
