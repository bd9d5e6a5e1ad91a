//! An interview, one question a screen: what a phone draws and what it sends back.
//!
//! Pages follow the form. A repeat opens with a roster (all names first), then each person in turn; the last page is
//! the review. Nothing blocks: a page with a broken rule holds the first `next`, and lets go when told to go anyway. A
//! draft can be saved after every keystroke and comes back on the same page.

mod choices;
mod family;
mod nodes;
mod pages;
mod roster;
mod screen;

use std::sync::Arc;

use serde::Serialize;
use types::Outcome;

use crate::check::Finding;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::instance::{Inputs, Instance, Spot};
use crate::split::Split;
use crate::state::NONE;
use crate::value::Value;

pub use family::{Family, Relative, Tie};
pub use nodes::Node;
use pages::Page;
pub use screen::{Member, Person, Problem, Progress, Screen, ScreenChoice, ScreenKind};

const DRAFT: &str = "quipu-draft/1";

/// A form being answered, and the page it is at.
#[derive(Clone, Debug)]
pub struct Interview {
    pub(crate) instance: Instance,
    pub(crate) language: usize,
    at: Page,
    /// Shuffles the choices of questions that name no seed.
    seed: u64,
}

/// What a finished interview gives. Finishing is never refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Answers, identifiers to be sealed (reasons for confirmed warnings among them), and facts.
    pub split: Split,
    /// Clean, warned or needs review.
    pub outcome: Outcome,
    /// Every broken rule.
    pub findings: Vec<Finding>,
}

#[derive(Default, Serialize)]
struct Draft {
    format: String,
    answers: Vec<u8>,
    at: String,
    language: usize,
    reasons: Vec<(String, String)>,
}

types::fields!(Draft {
    "format" => format,
    "answers" => answers,
    "at" => at,
    "language" => language,
    "reasons" => reasons,
});

impl Interview {
    /// Starts at the first question. `language` is an index into [`Form::languages`].
    pub fn new(form: Arc<Form>, inputs: &Inputs, language: usize) -> Interview {
        Interview::at_start(Instance::new(form, inputs), language)
    }

    /// Opens answers that are already there, such as a returned form put together by [`Instance::from_split`].
    pub fn open(instance: Instance, language: usize) -> Interview {
        Interview::at_start(instance, language)
    }

    fn at_start(instance: Instance, language: usize) -> Interview {
        let seed = instance.state.random;
        let mut interview = Interview { instance, language, at: Page::Review, seed };
        interview.at = interview.pages()[0];
        interview
    }

    /// The answers so far.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Changes the language of the screens. Where the form asks for the respondent's language (setting
    /// `language_question`) and that was answered, the answer stands.
    pub fn set_language(&mut self, language: usize) {
        self.language = self.preferred_language().unwrap_or(language);
    }

    /// The language the respondent chose.
    pub fn preferred_language(&self) -> Option<usize> {
        let form = &self.instance.form;
        let item = form.named(0, form.definition.setting("language_question"))?;
        let answer = self.instance.value_at(Spot { block: 0, item }).text();
        form.languages().iter().position(|l| l.code == answer || l.name == answer)
    }

    /// What to draw now.
    pub fn screen(&mut self) -> Screen {
        screen::draw(self)
    }

    /// Answers the question on the screen, as ODK writes values: codes, numbers, `YYYY-MM-DD` or `YYYY-MM`, codes
    /// separated by spaces. An empty text takes the answer away. What the question cannot hold is an error and changes
    /// nothing.
    pub fn answer(&mut self, value: &str) -> Result<()> {
        match self.at {
            Page::Question(spot) => {
                let put = self.instance.put(spot, &Value::from(value));
                self.set_language(self.language);
                put.ok_or_else(|| self.instance.wrong(spot, value.to_owned()))
            }
            _ => Err(Error::NoSuchPath(self.id())),
        }
    }

    /// Says why a warning on the screen's question is right all the same. Sealed with the identifiers.
    pub fn confirm(&mut self, reason: &str) {
        if let Page::Question(spot) = self.at {
            self.instance.keep_reason(spot, reason);
            for broken in screen::broken_here(self) {
                self.instance.keep_reason(Spot { block: broken.block, item: broken.item }, reason);
            }
        }
    }

    /// Goes to the next page. Stays, and gives `false`, when a rule of this page is broken and `anyway` is not set, or
    /// when this is the last page.
    pub fn next(&mut self, anyway: bool) -> bool {
        if !anyway && !screen::problems_here(self).is_empty() {
            return false;
        }
        self.step(1)
    }

    /// Goes to the page before; `false` on the first.
    pub fn back(&mut self) -> bool {
        self.step(-1)
    }

    fn step(&mut self, by: isize) -> bool {
        let pages = self.pages();
        let here = pages.iter().position(|p| *p == self.at).unwrap_or(0);
        match here.checked_add_signed(by).and_then(|to| pages.get(to)) {
            Some(page) => {
                self.at = *page;
                true
            }
            None => false,
        }
    }

    /// Goes to a page by the id of its screen; `false` when there is no such page now.
    pub fn goto(&mut self, id: &str) -> bool {
        let spot = self.instance.spot(id).ok();
        let there = |p: &Page| matches!(p, Page::Question(s) | Page::Roster(s) if Some(*s) == spot);
        // Two groups may use a name twice: then the id is that of the page there is.
        let named = |p: &Page| pages::id(self, *p) == id;
        let pages = self.pages();
        let found = pages.iter().copied().find(there).or_else(|| pages.iter().copied().find(named));
        if let Some(page) = found {
            self.at = page;
        }
        found.is_some()
    }

    /// The id of the screen.
    pub fn id(&self) -> String {
        pages::id(self, self.at)
    }

    /// Adds somebody to the roster on the screen (or of the form's first repeat); gives the position, from 1.
    pub fn add_person(&mut self, name: &str) -> Result<u32> {
        let roster = self.roster()?;
        let (block, scope) = (roster.block, self.opens(roster));
        let id = self.instance.open(block, scope);
        let position = self.instance.state.blocks[id as usize].position;
        self.name_person(position, name)?;
        Ok(position)
    }

    /// Changes the name of somebody on the roster.
    pub fn name_person(&mut self, position: u32, name: &str) -> Result<()> {
        let roster = self.roster()?;
        let block = self.member(roster, position)?;
        let Some(item) = pages::naming(&self.instance, self.opens(roster)) else { return Ok(()) };
        let spot = Spot { block, item };
        let put = self.instance.put(spot, &Value::from(name));
        put.ok_or_else(|| self.instance.wrong(spot, name.to_owned()))
    }

    /// Takes somebody off the roster, answers included. Later ones move up.
    pub fn remove_person(&mut self, position: u32) -> Result<()> {
        let roster = self.roster()?;
        self.member(roster, position)?;
        let path = self.instance.path_of(roster);
        self.instance.remove_repeat(&path, position)?;
        let block = match self.at {
            Page::Question(spot) | Page::Roster(spot) => spot.block,
            Page::Review => 0,
        };
        if !self.instance.state.blocks[block as usize].alive {
            self.at = Page::Roster(roster);
        }
        Ok(())
    }

    /// The roster persons are added to: that on the screen, else the first of the form.
    fn roster(&self) -> Result<Spot> {
        let own = match self.at {
            Page::Roster(spot) => Some(spot),
            _ => None,
        };
        let first = || {
            let items = self.instance.form.compiled.scopes[0].kids.iter();
            items
                .filter_map(|k| self.instance.form.compiled.scopes[*k as usize].item)
                .map(|item| Spot { block: 0, item })
                .next()
        };
        own.or_else(first).ok_or_else(|| Error::NoSuchPath("roster".into()))
    }

    fn opens(&self, roster: Spot) -> u16 {
        self.instance.form.compiled.nodes[roster.item as usize].opens.unwrap_or(0)
    }

    fn member(&self, roster: Spot, position: u32) -> Result<u32> {
        let kid = self.instance.form.compiled.scopes[self.opens(roster) as usize].kid;
        let found = self.instance.state.nth(roster.block, kid, position).filter(|b| *b != NONE);
        found.ok_or_else(|| Error::NoSuchPath(format!("{}[{position}]", self.instance.path_of(roster))))
    }

    /// Ends the interview: identifiers apart, every rule checked. The interview can go on and be finished again.
    pub fn finish(&mut self) -> Finished {
        self.instance.end();
        let findings = self.instance.findings();
        Finished { split: self.instance.split_identifiers(), outcome: self.instance.outcome(), findings }
    }

    /// The draft as bytes, with everything relevant that was answered, in the clear: encrypt it before storing it.
    pub fn save(&self) -> Vec<u8> {
        let reasons =
            self.instance.reasons.iter().filter(|(spot, _)| self.instance.state.blocks[spot.block as usize].alive);
        let draft = Draft {
            format: DRAFT.into(),
            answers: self.instance.to_answers(),
            at: self.id(),
            language: self.language,
            reasons: reasons.map(|(spot, reason)| (self.instance.path_of(*spot), reason.clone())).collect(),
        };
        // Texts, numbers and lists only: JSON can write them all.
        serde_json::to_vec(&draft).unwrap_or_default()
    }

    /// Goes on with a draft, on the page it was saved at.
    pub fn restore(form: Arc<Form>, bytes: &[u8], inputs: &Inputs) -> Result<Interview> {
        let draft: Draft = types::json::read(bytes).map_err(Error::NotADraft)?;
        if draft.format != DRAFT {
            return Err(Error::UnknownFormat { found: draft.format });
        }
        let mut interview = Interview::open(Instance::from_answers(form, &draft.answers, inputs)?, draft.language);
        for (path, reason) in draft.reasons {
            let spot = interview.instance.spot(&path)?;
            interview.instance.keep_reason(spot, &reason);
        }
        interview.goto(&draft.at);
        Ok(interview)
    }
}
