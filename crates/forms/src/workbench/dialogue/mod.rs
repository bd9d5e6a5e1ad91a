//! An interview in lines of text: what `quipu form run` shows and understands. It drives the same [`Interview`] as the
//! phone, so what is asked, held and recorded here is what will be there.
//!
//! [`Dialogue::screen`] is what to show, [`Dialogue::enter`] takes one line typed, [`Dialogue::record`] says what would
//! be recorded. Reading lines, colours and files are the caller's.

mod commands;
mod draw;
mod record;

use std::sync::Arc;

use super::Speech;
use super::speech::say;
use crate::error::Result;
use crate::form::Form;
use crate::instance::Inputs;
use crate::interview::{Interview, Screen, ScreenKind};
use commands::Command;
pub(super) use draw::width;

/// How a line is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The question.
    Title,
    /// Plain text.
    Plain,
    /// Hints, keys, where one is.
    Faint,
    /// A broken hard rule, or an answer that was not taken.
    Wrong,
    /// A warning.
    Warning,
    /// What went well.
    Good,
}

/// A line to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How it looks.
    pub style: Style,
    /// What it says; no line break in it.
    pub text: String,
}

impl Line {
    fn new(style: Style, text: impl Into<String>) -> Line {
        Line { style, text: text.into() }
    }
}

/// What the caller does after a line was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Show the screen and read the next line.
    Go,
    /// Save [`Dialogue::draft`] to this file (the caller's own when `None`), then go on.
    Save(Option<String>),
    /// The interview is over: show [`Dialogue::record`].
    Finish,
    /// The user leaves without finishing.
    Quit,
}

/// A form being answered line by line.
#[derive(Debug)]
pub struct Dialogue {
    form: Arc<Form>,
    interview: Interview,
    speech: Speech,
    language: usize,
    /// The page that held the last `next`: it lets go the second time.
    held: Option<String>,
}

impl Dialogue {
    /// Begins at the first question. `language` is an index into [`Form::languages`].
    pub fn new(form: Arc<Form>, inputs: &Inputs, language: usize) -> Dialogue {
        let interview = Interview::new(form.clone(), inputs, language);
        Dialogue::with(form, interview, language)
    }

    /// Goes on with a draft, where it was left.
    pub fn resume(form: Arc<Form>, draft: &[u8], inputs: &Inputs, language: usize) -> Result<Dialogue> {
        let mut interview = Interview::restore(form.clone(), draft, inputs)?;
        interview.set_language(language);
        Ok(Dialogue::with(form, interview, language))
    }

    fn with(form: Arc<Form>, interview: Interview, language: usize) -> Dialogue {
        let speech = form.languages().get(language).map_or(Speech::English, |l| Speech::of(&l.code));
        Dialogue { form, interview, speech, language, held: None }
    }

    /// The language of the workbench's own words: that of the interview.
    pub fn speech(&self) -> Speech {
        self.speech
    }

    /// The draft, identifiers in the clear.
    pub fn draft(&self) -> Vec<u8> {
        self.interview.save()
    }

    /// What to show now, and what to show as the prompt.
    pub fn screen(&mut self) -> Vec<Line> {
        let screen = self.interview.screen();
        draw::screen(&self.form, &screen, self.speech)
    }

    /// Takes a line: an answer, or a command with a colon before it. Gives what to say about it, and what to do next.
    pub fn enter(&mut self, line: &str) -> (Vec<Line>, Effect) {
        let line = line.trim();
        let held = self.held.take();
        match Command::parse(line) {
            Some(Ok(command)) => self.command(command),
            Some(Err(word)) => {
                let text = say!(
                    self.speech,
                    "`{word}` is no command; `:help` lists them",
                    "没有命令 `{word}`；`:help` 列出全部"
                );
                (vec![Line::new(Style::Wrong, text)], Effect::Go)
            }
            None => {
                let screen = self.interview.screen();
                match (screen.kind, line) {
                    (ScreenKind::Review, "") => (Vec::new(), Effect::Finish),
                    (ScreenKind::Review, number) => (self.jump(&screen, number), Effect::Go),
                    (_, "") => (self.forward(held.as_deref() == Some(screen.id.as_str())), Effect::Go),
                    (ScreenKind::Note, _) => (self.forward(true), Effect::Go),
                    (ScreenKind::Roster, name) => (self.add(name), Effect::Go),
                    (_, answer) => (self.answer(&screen, answer), Effect::Go),
                }
            }
        }
    }

    fn said(&self, style: Style, english: &str, chinese: &str) -> Vec<Line> {
        vec![Line::new(style, self.speech.pick(english, chinese))]
    }

    /// To the next page. The first time a broken rule holds the page, the second time it lets go.
    fn forward(&mut self, anyway: bool) -> Vec<Line> {
        if self.interview.next(anyway) {
            return Vec::new();
        }
        let screen = self.interview.screen();
        self.held = Some(screen.id);
        let mut lines = draw::problems(&screen.problems, self.speech);
        lines.extend(self.said(
            Style::Faint,
            "Enter again goes on all the same; or answer anew",
            "再按一次回车照样继续；也可重新作答",
        ));
        lines
    }

    fn answer(&mut self, screen: &Screen, line: &str) -> Vec<Line> {
        let value = draw::value(screen, line);
        if self.interview.answer(&value).is_err() {
            return vec![Line::new(Style::Wrong, draw::wanted(screen, line, self.speech))];
        }
        self.forward(false)
    }

    fn add(&mut self, name: &str) -> Vec<Line> {
        match self.interview.add_person(name) {
            Ok(at) => {
                vec![Line::new(Style::Good, say!(self.speech, "{at}  {name} is on the list", "{at}  已登记 {name}"))]
            }
            Err(error) => vec![Line::new(Style::Wrong, error.to_string())],
        }
    }

    /// From the review to a problem by its number.
    fn jump(&mut self, screen: &Screen, number: &str) -> Vec<Line> {
        let problem = number.parse::<usize>().ok().and_then(|n| screen.problems.get(n.checked_sub(1)?));
        match problem.filter(|p| !p.id.is_empty()) {
            Some(problem) => {
                self.interview.goto(&problem.id);
                Vec::new()
            }
            None => self.said(
                Style::Wrong,
                "type the number of a problem, or Enter to finish",
                "请输入问题的序号，或按回车结束",
            ),
        }
    }
}
