//! Who is what to whom in the roster, as far as it is known: what a picture of the family is drawn from.
//!
//! A choice list says what its choices mean in a column `relationship` (`child`, `spouse`), with `generation` beside it.
//! In a matrix the answers stand between two persons; a question of the roster itself is about the first person.

use serde::Serialize;

use super::{Interview, Page, roster};
use crate::author::matrix::APPEARANCE;
use crate::program::Val;
use crate::state::NONE;

/// The persons of a roster, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Family {
    /// Everybody on the roster.
    pub persons: Vec<Relative>,
    /// Whether the screen asks about two of them.
    pub asked: bool,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Relative {
    /// The name; empty when there is none yet.
    pub name: String,
    /// What this person is to others.
    pub ties: Vec<Tie>,
}

/// What a person is to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tie {
    /// Position of the other on the roster, from 1.
    pub to: u32,
    /// A word of the column `relationship`.
    pub relationship: String,
    /// How many generations the person stands above the other; empty where that is not known.
    pub generation: String,
}

impl Interview {
    /// The family as it was told so far.
    pub fn family(&self) -> Family {
        let mut family = Family::default();
        let Ok(roster) = self.roster() else { return family };
        let (state, compiled) = (&self.instance.state, &self.instance.form.compiled);
        let scope = &compiled.scopes[self.opens(roster) as usize];
        let mut person = state.kids(roster.block, scope.kid).first;
        while person != NONE {
            let mut ties = Vec::new();
            self.ties(person, 1, &mut ties);
            for kid in scope.kids.iter().filter(|kid| self.is_matrix(**kid)) {
                let mut pair = state.kids(person, compiled.scopes[*kid as usize].kid).first;
                while pair != NONE {
                    self.ties(pair, state.blocks[pair as usize].position, &mut ties);
                    pair = state.blocks[pair as usize].next;
                }
            }
            family.persons.push(Relative { name: roster::name(self, person), ties });
            person = state.blocks[person as usize].next;
        }
        let here = match self.at {
            Page::Question(spot) => state.blocks[spot.block as usize].scope,
            _ => 0,
        };
        family.asked = self.is_matrix(here);
        family
    }

    fn is_matrix(&self, scope: u16) -> bool {
        let form = &self.instance.form;
        let item = form.compiled.scopes[scope as usize].item;
        item.is_some_and(|item| form.definition.items[item as usize].appearance == APPEARANCE)
    }

    /// What the answers of a block say somebody is to another.
    fn ties(&self, block: u32, to: u32, ties: &mut Vec<Tie>) {
        let (state, form) = (&self.instance.state, &self.instance.form);
        for slot in 0..form.compiled.scopes[state.blocks[block as usize].scope as usize].slots.len() {
            let Val::Choice(list, index) = state.load(block, slot as u16) else { continue };
            let list = &form.definition.lists[list as usize];
            let extra = |column: &str| {
                let at = list.columns.iter().position(|c| c == column)?;
                list.choices[index as usize].extra.get(at).cloned()
            };
            if let Some(relationship) = extra("relationship").filter(|word| !word.is_empty()) {
                ties.push(Tie { to, relationship, generation: extra("generation").unwrap_or_default() });
            }
        }
    }
}
