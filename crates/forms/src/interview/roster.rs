//! Who is on the roster, how far each of them is, and whose screen this is.

use super::pages::{self, Page};
use super::screen::{Member, Person, Progress};
use super::{Interview, Spot};
use crate::engine::Broken;
use crate::program::RuleKind;
use crate::state::NONE;

/// The person a block belongs to, or whose nested block it is.
pub(super) fn person(interview: &Interview, block: u32) -> Option<Person> {
    let state = &interview.instance.state;
    let shape = state.blocks[block as usize];
    if shape.parent == NONE {
        return None;
    }
    let kid = interview.instance.form.compiled.scopes[shape.scope as usize].kid;
    let count = state.kids(shape.parent, kid).count;
    Some(Person { index: shape.position, count, name: name(interview, block) })
}

pub(super) fn name(interview: &Interview, block: u32) -> String {
    let scope = interview.instance.state.blocks[block as usize].scope;
    let naming = pages::naming(&interview.instance, scope);
    naming.map_or(String::new(), |item| interview.instance.value_at(Spot { block, item }).text())
}

pub(super) fn members(interview: &mut Interview, roster: Spot) -> Vec<Member> {
    // By block, so that a dormitory of 800 is gone through once.
    let blocks = interview.instance.state.blocks.len();
    let mut missing = vec![false; blocks];
    for broken in interview.instance.broken() {
        missing[broken.block as usize] |= broken.kind == RuleKind::Required;
    }
    let mut firsts = vec![None; blocks];
    for page in interview.pages() {
        if let Page::Question(spot) = page {
            firsts[spot.block as usize].get_or_insert(page);
        }
    }
    let first = |block: u32| firsts[block as usize].map_or(String::new(), |page| pages::id(interview, page));
    let state = &interview.instance.state;
    let kid = interview.instance.form.compiled.scopes[interview.opens(roster) as usize].kid;
    let mut out = Vec::new();
    let mut here = state.kids(roster.block, kid).first;
    while here != NONE {
        let block = state.blocks[here as usize];
        let done = !missing[here as usize];
        out.push(Member { index: block.position, name: name(interview, here), done, first: first(here) });
        here = block.next;
    }
    out
}

pub(super) fn progress(interview: &mut Interview) -> Progress {
    let roster = match interview.at {
        Page::Question(_) | Page::Review => interview.roster().ok(),
        Page::Roster(spot) => Some(spot),
    };
    let Some(roster) = roster else { return Progress::default() };
    let members = members(interview, roster);
    Progress { persons_done: members.iter().filter(|m| m.done).count() as u32, persons: members.len() as u32 }
}

pub(super) fn names_missing(interview: &mut Interview, roster: Spot) -> Vec<Broken> {
    let scope = interview.opens(roster);
    let Some(item) = pages::naming(&interview.instance, scope) else { return Vec::new() };
    let mut all = interview.instance.broken();
    all.retain(|b| b.item == item && interview.instance.state.blocks[b.block as usize].parent == roster.block);
    all
}
