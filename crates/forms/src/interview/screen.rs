//! What a phone draws.

use serde::{Deserialize, Serialize};

use super::pages::{Page, has_page};
use super::roster::{members, name, names_missing, person, progress};
use super::{Interview, Spot, choices};
use crate::check::is_hard;
use crate::definition::{Item, Kind};
use crate::engine::Broken;
use crate::program::RuleKind;
use crate::state::NONE;

/// What stands on a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScreenKind {
    /// Free text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A day.
    Date,
    /// A month.
    YearMonth,
    /// One choice.
    SelectOne,
    /// Any choices.
    SelectMultiple,
    /// A place.
    Geopoint,
    /// A line.
    Geotrace,
    /// An area.
    Geoshape,
    /// A time of day.
    Time,
    /// A day and a time.
    DateTime,
    /// Choices in order of preference.
    Rank,
    /// A photo.
    Image,
    /// A sound.
    Audio,
    /// A film.
    Video,
    /// Any file.
    File,
    /// A box to tick.
    Acknowledge,
    /// Text to read.
    Note,
    /// Names of persons, to add and remove.
    Roster,
    /// What is left to look at before finishing.
    Review,
}

/// A choice to offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenChoice {
    /// The code to answer with.
    pub value: String,
    /// What to show.
    pub label: String,
}

/// Whom a question is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Position on the roster, from 1.
    pub index: u32,
    /// How many are on it.
    pub count: u32,
    /// The name; empty when there is none yet.
    pub name: String,
}

/// A line of a roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Position, from 1.
    pub index: u32,
    /// The name.
    pub name: String,
    /// Whether every required answer is there.
    pub done: bool,
    /// Id of the first of this person's questions, for `goto`; empty when there is none.
    pub first: String,
}

/// A broken rule to tell about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which rule; the words for [`RuleKind::Required`] are the client's when `message` is empty.
    pub kind: RuleKind,
    /// Whether finishing like this means "needs review".
    pub hard: bool,
    /// The form's own words, in the language of the screen.
    pub message: String,
    /// Id of the screen it can be mended on; empty when several answers are involved.
    pub id: String,
    /// The question.
    pub label: String,
    /// Whom it is about; empty for the household.
    pub person: String,
}

/// How far the interview is: "2 of 5 people done".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Persons with every required answer.
    pub persons_done: u32,
    /// Persons on the roster.
    pub persons: u32,
}

/// A screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    /// Where it is: `h1_type`, `person` (the roster), `person[2]/d4_sex`, `review`.
    pub id: String,
    /// What it asks for.
    pub kind: ScreenKind,
    /// Label of the group it is in.
    pub section: String,
    /// Whom it is about.
    pub person: Option<Person>,
    /// The question.
    pub label: String,
    /// Help.
    pub hint: String,
    /// The form's appearance column.
    pub appearance: String,
    /// Choices after the choice filter; of a date, local events, each with its day, month or year as the value.
    pub choices: Vec<ScreenChoice>,
    /// The answer as ODK writes it; empty when there is none.
    pub value: String,
    /// Whether an answer is wanted now.
    pub required: bool,
    /// Whether the answer is sealed at finish.
    pub identifier: bool,
    /// Broken rules: of this question, or on the review all there are.
    pub problems: Vec<Problem>,
    /// Lines of a roster.
    pub members: Vec<Member>,
    /// How far the interview is.
    pub progress: Progress,
    /// Whether there is a page before.
    pub can_go_back: bool,
}

pub(super) fn draw(interview: &mut Interview) -> Screen {
    let page = interview.at;
    let mut screen = Screen {
        id: interview.id(),
        kind: ScreenKind::Review,
        section: String::new(),
        person: None,
        label: String::new(),
        hint: String::new(),
        appearance: String::new(),
        choices: Vec::new(),
        value: String::new(),
        required: false,
        identifier: false,
        problems: problems_here(interview),
        members: Vec::new(),
        progress: progress(interview),
        can_go_back: interview.pages().first() != Some(&page),
    };
    let (Page::Question(spot) | Page::Roster(spot)) = page else { return screen };
    let form = interview.instance.form.clone();
    let item = &form.definition.items[spot.item as usize];
    let language = interview.language;
    screen.kind = kind(item.kind);
    screen.label = filled(interview, item.label.get(language), spot.block);
    screen.hint = filled(interview, item.hint.get(language), spot.block);
    screen.appearance = item.appearance.clone();
    screen.identifier = item.identifier;
    screen.section = filled(interview, section(&form.definition.items, item, language), spot.block);
    screen.person = person(interview, spot.block);
    if let Page::Roster(roster) = page {
        screen.members = members(interview, roster);
        return screen;
    }
    screen.value = interview.instance.value_at(spot).text();
    screen.required = required(interview, spot);
    screen.choices = choices::offered(interview, spot);
    screen
}

fn kind(kind: Kind) -> ScreenKind {
    match kind {
        Kind::Integer => ScreenKind::Integer,
        Kind::Decimal => ScreenKind::Decimal,
        Kind::Date => ScreenKind::Date,
        Kind::YearMonth => ScreenKind::YearMonth,
        Kind::SelectOne(_) => ScreenKind::SelectOne,
        Kind::SelectMultiple(_) => ScreenKind::SelectMultiple,
        Kind::Geopoint => ScreenKind::Geopoint,
        Kind::Geotrace => ScreenKind::Geotrace,
        Kind::Geoshape => ScreenKind::Geoshape,
        Kind::Time => ScreenKind::Time,
        Kind::DateTime => ScreenKind::DateTime,
        Kind::Rank(_) => ScreenKind::Rank,
        Kind::Image => ScreenKind::Image,
        Kind::Audio => ScreenKind::Audio,
        Kind::Video => ScreenKind::Video,
        Kind::File => ScreenKind::File,
        Kind::Acknowledge => ScreenKind::Acknowledge,
        Kind::Note | Kind::Group | Kind::Calculate => ScreenKind::Note,
        Kind::Repeat => ScreenKind::Roster,
        Kind::Text | Kind::Hidden => ScreenKind::Text,
    }
}

fn section<'a>(items: &'a [Item], item: &Item, language: usize) -> &'a str {
    let mut group = item.parent;
    while let Some(parent) = group.and_then(|p| items.get(p as usize)) {
        if !parent.label.is_empty() {
            return parent.label.get(language);
        }
        group = parent.parent;
    }
    ""
}

/// A text with the answers its `${name}` stand for, as they are now: those of this instance and of what is around it.
pub(super) fn filled(interview: &Interview, text: &str, block: u32) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("${")
        && let Some((name, after)) = from.split_once('}')
    {
        out.push_str(before);
        out.push_str(&answer_named(interview, name.trim(), block));
        rest = after;
    }
    out + rest
}

fn answer_named(interview: &Interview, name: &str, mut block: u32) -> String {
    let instance = &interview.instance;
    while block != NONE {
        let shape = instance.state.blocks[block as usize];
        if let Some(item) = instance.form.named(shape.scope, name) {
            return instance.value_at(Spot { block, item }).text();
        }
        block = shape.parent;
    }
    String::new()
}

pub(super) fn required(interview: &mut Interview, spot: Spot) -> bool {
    let form = interview.instance.form.clone();
    let node = form.compiled.nodes[spot.item as usize];
    let rules = form.compiled.rules[node.scope as usize].iter();
    let rule = rules.clone().find(|r| r.item == spot.item && r.kind == RuleKind::Required);
    rule.is_some_and(|r| interview.instance.with(|vm, _| vm.truth(&r.program, spot.block)))
}

/// Broken rules that are mended on this page; on the review, of the whole form. A rule in a note is mended at the question
/// that the note follows.
pub(super) fn broken_here(interview: &mut Interview) -> Vec<Broken> {
    match interview.at {
        Page::Question(spot) => {
            let mut broken = interview.instance.broken_at(spot);
            let form = interview.instance.form.clone();
            let items = &form.definition.items;
            for item in spot.item + 1..items.len() as u32 {
                let (note, before) = (&items[item as usize], &items[item as usize - 1]);
                if interview.instance.is_asked(item) || note.parent != before.parent {
                    break;
                }
                broken.extend(interview.instance.broken_at(Spot { block: spot.block, item }));
            }
            broken
        }
        Page::Roster(spot) => names_missing(interview, spot),
        Page::Review => interview.instance.broken(),
    }
}

/// Where a rule is mended: at its own question or, when it stands in a note, at the question that the note follows.
fn home(interview: &Interview, broken: &Broken) -> Spot {
    let items = &interview.instance.form.definition.items;
    let mut item = broken.item;
    while !interview.instance.is_asked(item) && item > 0 {
        if items[item as usize - 1].parent != items[item as usize].parent {
            break;
        }
        item -= 1;
    }
    Spot { block: broken.block, item }
}

/// Broken rules of this page; on the review, of the whole form.
pub(super) fn problems_here(interview: &mut Interview) -> Vec<Problem> {
    let broken = broken_here(interview);
    let at = interview.at;
    let reasons = &interview.instance.reasons;
    let confirmed = |b: &Broken| {
        let spot = Spot { block: b.block, item: b.item };
        b.kind == RuleKind::Soft && at != Page::Review && reasons.iter().any(|(s, _)| *s == spot)
    };
    broken.iter().filter(|b| !confirmed(b)).map(|b| problem(interview, b)).collect()
}

fn problem(interview: &Interview, broken: &Broken) -> Problem {
    let form = &interview.instance.form;
    let item = &form.definition.items[broken.item as usize];
    let words = match broken.kind {
        RuleKind::Required => &item.required_message,
        RuleKind::Soft => &item.check_soft_message,
        _ => &item.constraint_message,
    };
    let block = interview.instance.state.blocks[broken.block as usize];
    let home = home(interview, broken);
    let page = match has_page(&interview.instance, home) {
        true => interview.instance.path_of(home),
        // A name is mended on its roster.
        false => match form.compiled.scopes[block.scope as usize].item {
            Some(repeat) => interview.instance.path_of(Spot { block: block.parent, item: repeat }),
            None => String::new(),
        },
    };
    Problem {
        kind: broken.kind,
        hard: is_hard(broken.kind),
        message: filled(interview, words.get(interview.language), broken.block),
        id: page,
        label: filled(interview, item.label.get(interview.language), broken.block),
        person: if block.parent == NONE { String::new() } else { name(interview, broken.block) },
    }
}
