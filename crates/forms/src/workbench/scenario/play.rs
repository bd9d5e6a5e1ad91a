//! Plays scenarios: answers go into an instance of the form, expectations are judged where they stand.

use std::sync::Arc;

use super::expect::{self, Verdict};
use super::outcome::{Failure, Report, Told};
use super::{Act, Expect, Located, Scenario, Scenarios, When};
use crate::date::Date;
use crate::definition::{ChoiceList, Kind};
use crate::error::Error;
use crate::form::Form;
use crate::instance::{Inputs, Instance};
use crate::value::Value;
use crate::workbench::Speech;
use crate::workbench::speech::say;

/// Combinations of answers behind one `when`, at most.
const TRIES_MAX: usize = 10_000;

/// Plays every scenario.
pub fn run(form: &Arc<Form>, scenarios: &Scenarios, speech: Speech) -> Report {
    Report { scenarios: scenarios.list.iter().map(|s| Stage::new(form, scenarios, speech).play(s)).collect() }
}

/// Whether any line of any scenario fails; stops at the first.
pub(super) fn fails(form: &Arc<Form>, scenarios: &Scenarios) -> bool {
    let speech = Speech::English;
    scenarios.list.iter().any(|s| !Stage::new(form, scenarios, speech).play(s).failures.is_empty())
}

struct Stage<'a> {
    scenarios: &'a Scenarios,
    speech: Speech,
    inputs: Inputs,
    instance: Instance,
    /// Whether there are answers already.
    begun: bool,
    /// The scenarios being played: this one, and those taken over inside each other.
    within: Vec<&'a str>,
    told: Told,
}

impl<'a> Stage<'a> {
    fn new(form: &Arc<Form>, scenarios: &'a Scenarios, speech: Speech) -> Stage<'a> {
        let inputs = Inputs::default();
        let told = Told { name: String::new(), line: 0, tried: 0, failures: Vec::new() };
        let instance = Instance::new(form.clone(), &inputs);
        Stage { scenarios, speech, instance, inputs, begun: false, within: Vec::new(), told }
    }

    fn play(mut self, scenario: &'a Scenario) -> Told {
        (self.told.name, self.told.line) = (scenario.name.clone(), scenario.line);
        self.steps(scenario, None);
        // Whatever is expected, the door of the server must see what the phone sees.
        let verdict = expect::door(&mut self.instance, self.speech);
        self.judge(scenario.steps.last().map_or(scenario.line, |s| s.line), "", verdict);
        self.told
    }

    /// Runs the lines; those of a scenario taken over by `as in` answer only, and speak at the line that took it over.
    fn steps(&mut self, scenario: &'a Scenario, taken_at: Option<u32>) {
        self.within.push(&scenario.name);
        for step in &scenario.steps {
            let line = taken_at.unwrap_or(step.line);
            match &step.act {
                Act::Expect(..) if taken_at.is_some() => {}
                Act::Expect(expect, when) => self.expect(line, expect, when),
                Act::AsIn(name) => self.as_in(line, name),
                act => {
                    let done = self.act(act);
                    self.note(line, done);
                }
            }
        }
        self.within.pop();
    }

    fn note(&mut self, line: u32, done: Result<(), String>) {
        if let Err(found) = done {
            self.told.failures.push(Failure { line, expected: String::new(), found });
        }
    }

    fn as_in(&mut self, line: u32, name: &str) {
        let speech = self.speech;
        let Some(other) = self.scenarios.list.iter().find(|s| s.name == name) else {
            return self.note(line, Err(say!(speech, "there is no scenario `{name}`", "没有名为 `{name}` 的场景")));
        };
        if self.within.contains(&name) {
            return self.note(line, Err(say!(speech, "`{name}` leads back to itself", "`{name}` 绕回了自己")));
        }
        self.steps(other, Some(line));
    }

    fn act(&mut self, act: &Act) -> Result<(), String> {
        let speech = self.speech;
        match act {
            Act::Given(all) => self.given(all),
            Act::Answer(answers) => {
                self.begun = true;
                give(&mut self.instance, answers, speech)
            }
            Act::Add(place) => {
                self.begun = true;
                place.item(self.instance.form(), speech)?;
                ensure(&mut self.instance, place, speech)
            }
            Act::Remove(place) => {
                place.item(self.instance.form(), speech)?;
                let mut outer = place.clone();
                let gone = outer.around.pop().filter(|_| place.name.is_empty());
                let Some((repeat, at)) = gone else {
                    return Err(say!(speech, "say whom: `remove: person 2`", "请写明删除谁：`删除：person 2`"));
                };
                outer.name = repeat;
                self.instance.remove_repeat(&outer.path(), at).map_err(|e| absent(&e, place, speech))
            }
            Act::Confirm(place, reason) => {
                place.item(self.instance.form(), speech)?;
                self.instance.set_reason(&place.path(), reason).map_err(|e| absent(&e, place, speech))
            }
            Act::AsIn(_) | Act::Expect(..) => Ok(()),
        }
    }

    fn given(&mut self, all: &[(String, String)]) -> Result<(), String> {
        let speech = self.speech;
        if self.begun {
            return Err(say!(speech, "write `given` before the first answer", "“已知”要写在第一个答案之前"));
        }
        let date = |value: &str| {
            Date::parse(value).ok_or_else(|| {
                say!(speech, "`{value}` is not a date YYYY-MM-DD", "`{value}` 不是 YYYY-MM-DD 格式的日期")
            })
        };
        for (name, value) in all {
            match name.to_lowercase().as_str() {
                "today" | "今天" => self.inputs.today = Some(date(value)?),
                "reference date" | "标准时点" => self.inputs.reference = Some(date(value)?),
                _ => {
                    let place = Located { around: Vec::new(), name: name.clone() };
                    place.item(self.instance.form(), speech)?;
                    self.inputs.prefill.push((name.clone(), value.clone()));
                }
            }
        }
        self.instance = Instance::new(self.instance.form().clone(), &self.inputs);
        Ok(())
    }

    fn expect(&mut self, line: u32, expect: &Expect, when: &[When]) {
        let total: usize = when.iter().map(|w| w.values.len()).product();
        if total > TRIES_MAX {
            let speech = self.speech;
            let found = say!(speech, "{total} combinations of answers are too many", "{total} 种答案组合，太多了");
            return self.note(line, Err(found));
        }
        for number in 0..total {
            let (mut left, mut answers, mut with) = (number, Vec::new(), Vec::new());
            for w in when {
                let value = &w.values[left % w.values.len()];
                left /= w.values.len();
                let shown = if value.is_empty() { self.speech.pick("nothing", "空") } else { value };
                with.push(format!("{} = {shown}", w.place.say(self.speech)));
                answers.push((w.place.clone(), value.clone()));
            }
            let mut trial = self.instance.clone();
            let verdict = match expect {
                // What cannot be taken cannot be given first.
                Expect::CannotTake(..) => expect::judge(expect, &mut trial, self.speech),
                _ => match give(&mut trial, &answers, self.speech) {
                    Ok(()) => expect::judge(expect, &mut trial, self.speech),
                    Err(found) => Err((String::new(), found)),
                },
            };
            self.told.tried += 1;
            self.judge(line, &with.join(self.speech.pick(" and ", " 且 ")), verdict);
        }
    }

    fn judge(&mut self, line: u32, with: &str, verdict: Verdict) {
        let speech = self.speech;
        if let Err((mut expected, mut found)) = verdict {
            let field = if expected.is_empty() { &mut found } else { &mut expected };
            if !with.is_empty() {
                *field = say!(speech, "{field} when {with}", "当 {with} 时，{field}");
            }
            self.told.failures.push(Failure { line, expected, found });
        }
    }
}

/// Gives answers together, then looks whether each was asked.
fn give(instance: &mut Instance, answers: &[(Located, String)], speech: Speech) -> Result<(), String> {
    for (place, value) in answers {
        let item = place.item(instance.form(), speech)?;
        ensure(instance, place, speech)?;
        let kind = instance.form().kind(item);
        let value = match kind {
            Kind::SelectOne(list) => code(&instance.form().definition().lists[list as usize], value, speech)?,
            _ => value.clone(),
        };
        let done = instance.set(&place.path(), &Value::from(value.as_str()));
        done.map_err(|_| {
            let place = place.say(speech);
            say!(speech, "`{value}` is not an answer to {place}", "{place} 不能填 `{value}`")
        })?;
    }
    for (place, value) in answers {
        if !value.is_empty() && !instance.is_relevant(&place.path()).unwrap_or(false) {
            let place = place.say(speech);
            return Err(say!(
                speech,
                "{place} is not asked here, so it cannot be answered",
                "此处不询问 {place}，不能作答"
            ));
        }
    }
    Ok(())
}

/// The code of a choice given by code, by `code (label)` or by label in any language.
pub(super) fn code(list: &ChoiceList, text: &str, speech: Speech) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || list.takes_any() || list.choices.iter().any(|c| c.name == text) {
        return Ok(text.to_owned());
    }
    if let Some(choice) = list.choices.iter().find(|c| c.label.0.iter().any(|l| l == text)) {
        return Ok(choice.name.clone());
    }
    let bracket = text.split_once(['(', '（']).and_then(|(code, rest)| {
        let label = rest.strip_suffix([')', '）'])?.trim();
        let choice = list.choices.iter().find(|c| c.name == code.trim())?;
        Some((choice, label))
    });
    match bracket {
        Some((choice, label)) if choice.label.0.iter().any(|l| l == label) => Ok(choice.name.clone()),
        Some((choice, label)) => {
            let (code, is) = (&choice.name, speech.list(&choice.label.0));
            Err(say!(speech, "{code} is not `{label}` but `{is}`", "{code} 不是 `{label}`，而是 `{is}`"))
        }
        None => {
            let (name, codes) = (&list.name, speech.list(list.choices.iter().map(|c| &c.name).take(12)));
            Err(say!(speech, "`{text}` is no choice of `{name}`: {codes}", "`{text}` 不是 `{name}` 的选项：{codes}"))
        }
    }
}

/// Adds the instances a place needs, when each is the next one of its repeat.
fn ensure(instance: &mut Instance, place: &Located, speech: Speech) -> Result<(), String> {
    let mut path = Located { around: Vec::new(), name: String::new() };
    for (repeat, at) in &place.around {
        path.name.clone_from(repeat);
        let item = path.item(instance.form(), speech)?;
        let count = instance.count(&path.path()).map_err(|e| absent(&e, place, speech))?;
        let counted = !instance.form().definition().items[item as usize].repeat_count.is_empty();
        if *at > count {
            if counted {
                return Err(say!(
                    speech,
                    "there are {count} instances of `{repeat}`, as its repeat_count says",
                    "按 repeat_count，`{repeat}` 只有 {count} 个"
                ));
            }
            if *at > count + 1 {
                let next = count + 1;
                return Err(say!(
                    speech,
                    "{repeat} {at} comes before {repeat} {next}",
                    "{repeat} {at} 之前还缺 {repeat} {next}"
                ));
            }
            instance.add_repeat(&path.path()).map_err(|e| absent(&e, place, speech))?;
        }
        path.around.push((repeat.clone(), *at));
    }
    Ok(())
}

fn absent(_: &Error, place: &Located, speech: Speech) -> String {
    let place = place.say(speech);
    say!(speech, "there is no {place}", "没有 {place}")
}
