//! Reads a file of scenarios. Everything that cannot be understood is told at once, with its line.

use types::Outcome;

use super::lines::{cut, quotes, split, unquote};
use super::words::{AND, NOTHING, OR, WHEN, WORDS, Word, keyword};
use super::{Act, Expect, Located, Scenario, Scenarios, Step, When};
use crate::diagnostic::closest;
use crate::workbench::Speech;
use crate::workbench::speech::say;

/// A line that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: u32,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// Reads scenarios from Markdown. Headings of the second level and deeper open them.
pub fn read(text: &str, speech: Speech) -> (Scenarios, Vec<Mistake>) {
    let mut out = Scenarios::default();
    let mut mistakes = Vec::new();
    let mut table: Option<Vec<String>> = None;
    let mut fenced = false;
    for (at, raw) in text.lines().enumerate() {
        let line = at as u32 + 1;
        let text = raw.trim();
        if text.starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let mut note = |message: String| mistakes.push(Mistake { line, message });
        if !text.starts_with('|') {
            table = None;
        }
        if let Some(heading) = text.strip_prefix("##") {
            let name = heading.trim_start_matches('#').trim().to_owned();
            if let Some(first) = out.list.iter().find(|s| s.name == name) {
                let first = first.line;
                note(say!(
                    speech,
                    "`{name}` is the name of the scenario in line {first} already",
                    "`{name}` 与第 {first} 行的场景重名"
                ));
            }
            out.list.push(Scenario { name, line, steps: Vec::new() });
            continue;
        }
        let bullet = text.strip_prefix("- ").or_else(|| text.strip_prefix("* ")).map(str::trim);
        let acts = match bullet {
            Some(bullet) => statement(bullet, speech).map(|act| vec![act]),
            None if text.starts_with('|') => row(text, &mut table, speech),
            None => {
                if looks_like_a_step(text) {
                    note(say!(
                        speech,
                        "this looks like a line of a scenario: start it with `- `",
                        "这一行像是场景的内容：请以 `- ` 开头"
                    ));
                }
                continue;
            }
        };
        let acts = acts.unwrap_or_else(|message| {
            note(message);
            Vec::new()
        });
        match out.list.last_mut() {
            Some(scenario) => scenario.steps.extend(acts.into_iter().map(|act| Step { line, act })),
            None if acts.is_empty() => {}
            None => note(say!(
                speech,
                "this line stands before the first scenario: write a heading `## Name` above it",
                "这一行在第一个场景之前：请在上面写标题 `## 名称`"
            )),
        }
    }
    for scenario in &out.list {
        if !scenario.steps.iter().any(|s| matches!(s.act, Act::Expect(..))) {
            let name = &scenario.name;
            let message = say!(
                speech,
                "`{name}` expects nothing, so it can never fail: add a line such as `- clean`",
                "`{name}` 没有任何期望，永远不会失败：请加一行，例如 `- 无问题`"
            );
            mistakes.push(Mistake { line: scenario.line, message });
        }
    }
    mistakes.sort_by_key(|m| m.line);
    (out, mistakes)
}

/// Prose that was meant as a line: a keyword with a colon, or a name with a value.
fn looks_like_a_step(text: &str) -> bool {
    let assigns = text.split_once('=').is_some_and(|(left, _)| Located::parse(left).is_ok());
    assigns || matches!(keyword(text), Some((_, Some(_))))
}

/// A line of a table: the header names the repeat and its questions, a row answers them for one instance.
fn row(text: &str, table: &mut Option<Vec<String>>, speech: Speech) -> Result<Vec<Act>, String> {
    let cells: Vec<String> = crate::workbook::cells_of(text);
    let Some(header) = table else {
        *table = Some(cells);
        return Ok(Vec::new());
    };
    if cells.iter().all(|c| c.bytes().all(|b| matches!(b, b'-' | b':'))) {
        return Ok(Vec::new());
    }
    let (repeat, rest) = header.split_first().ok_or_else(String::new)?;
    let first = cells.first().map_or("", String::as_str);
    let outer = repeat.split_once(" of ").map(|(inner, outer)| (inner.to_owned(), outer.to_owned()));
    let whole = match &outer {
        Some((inner, outer)) => format!("{inner} {first} of {outer}"),
        None => format!("{repeat} {first}"),
    };
    let whole = Located::parse(&whole).map_err(|_| {
        say!(
            speech,
            "a table starts with the repeat's name and each row with a number; found `{first}`",
            "表格第一列的标题是重复组的名称，每行以序号开头；此处是 `{first}`"
        )
    })?;
    let mut answers = Vec::new();
    for (name, value) in rest.iter().zip(cells.iter().skip(1)).filter(|(n, v)| !n.is_empty() && !v.is_empty()) {
        answers
            .push((Located { around: whole.around.clone(), name: name.trim_matches('`').to_owned() }, answer(value)));
    }
    Ok(vec![Act::Add(whole), Act::Answer(answers)])
}

/// A value: quotes are taken off, the word for no answer becomes none.
fn answer(text: &str) -> String {
    let text = text.trim().trim_matches('`');
    if NOTHING.contains(&text.to_lowercase().as_str()) { String::new() } else { unquote(text).to_owned() }
}

fn statement(text: &str, speech: Speech) -> Result<Act, String> {
    match keyword(text) {
        Some((word, rest)) => said(word, rest.unwrap_or_default(), speech),
        None => {
            // `needs review when …` has no colon.
            if let Some((head, rest)) = cut(text, WHEN)
                && let Some((word, None)) = keyword(head)
            {
                return Ok(Act::Expect(outcome(word).ok_or_else(|| unknown(head, speech))?, whens(rest, speech)?));
            }
            if cut(text, &["="]).is_none() {
                return Err(unknown(text, speech));
            }
            split(text, &[";", "；"]).into_iter().map(|p| pair(p, speech)).collect::<Result<_, _>>().map(Act::Answer)
        }
    }
}

fn unknown(text: &str, speech: Speech) -> String {
    let head = text.split([':', '：']).next().unwrap_or(text).trim().to_lowercase();
    let near = closest(&head, WORDS.iter().flat_map(|(_, names)| names.iter().copied()));
    match near {
        Some(near) => {
            say!(speech, "`{head}` is not understood; did you mean `{near}`?", "不懂 `{head}`；是不是 `{near}`？")
        }
        None => say!(
            speech,
            "not understood: write an answer `name = value`, or one of asks, does not ask, refuses, warns, accepts, \
             recorded, needs review (docs/form-scenarios.md has all)",
            "看不懂：请写答案 `名称 = 值`，或 询问、不询问、不接受、提示、接受、记录、需复核 等（见 docs/form-scenarios.md）"
        ),
    }
}

fn place(text: &str, speech: Speech) -> Result<Located, String> {
    Located::parse(text).map_err(|wrong| {
        say!(
            speech,
            "`{wrong}` is not a question: write `name`, or `name of person 2` inside a repeat",
            "`{wrong}` 不是问题：请写 `名称`，在重复组内写 `person 2 的 名称`"
        )
    })
}

fn places(text: &str, speech: Speech) -> Result<Vec<Located>, String> {
    let found: Vec<Located> =
        split(text, &[",", "，", "、", " and "]).into_iter().map(|p| place(p, speech)).collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Err(say!(speech, "name the questions after the colon", "请在冒号后写问题的名称"));
    }
    Ok(found)
}

fn pair(text: &str, speech: Speech) -> Result<(Located, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| {
        say!(speech, "`{text}` gives no value: write `name = value`", "`{text}` 没有值：请写 `名称 = 值`")
    })?;
    Ok((place(name, speech)?, answer(value)))
}

fn whens(text: &str, speech: Speech) -> Result<Vec<When>, String> {
    let one = |part: &str| {
        let (name, values) = part
            .split_once('=')
            .ok_or_else(|| say!(speech, "`{part}` after `when` gives no value", "“当”后的 `{part}` 没有值"))?;
        Ok(When { place: place(name, speech)?, values: values_of(values) })
    };
    split(text, AND).into_iter().map(one).collect()
}

fn values_of(text: &str) -> Vec<String> {
    let values: Vec<String> = split(text, OR).into_iter().map(answer).collect();
    if values.is_empty() { vec![String::new()] } else { values }
}

fn outcome(word: Word) -> Option<Expect> {
    Some(Expect::Finishes(match word {
        Word::NeedsReview => Outcome::NeedsReview,
        Word::Warned => Outcome::Warned,
        Word::Clean => Outcome::Clean,
        _ => return None,
    }))
}

fn said(word: Word, rest: &str, speech: Speech) -> Result<Act, String> {
    match word {
        Word::Given => {
            let all = split(rest, &[";", "；"]).into_iter().map(|p| {
                let (name, value) = p.split_once('=').ok_or_else(|| {
                    say!(
                        speech,
                        "`{p}` gives no value: write `today = 2020-11-05`",
                        "`{p}` 没有值：请写 `today = 2020-11-05`"
                    )
                })?;
                Ok((name.trim().to_owned(), answer(value)))
            });
            return all.collect::<Result<_, _>>().map(Act::Given);
        }
        Word::AsIn => return Ok(Act::AsIn(unquote(rest).to_owned())),
        Word::Add => return place(rest, speech).map(Act::Add),
        Word::Remove => return place(rest, speech).map(Act::Remove),
        Word::Confirm => {
            let (name, mut reasons) = quotes(rest);
            let reason = reasons.pop().ok_or_else(|| {
                say!(speech, "write the reason in quotes behind the question", "请在问题后用引号写出理由")
            })?;
            return Ok(Act::Confirm(place(name, speech)?, reason));
        }
        _ => {}
    }
    let (rest, when) = match cut(rest, WHEN) {
        Some((rest, when)) => (rest, whens(when, speech)?),
        None => (rest, Vec::new()),
    };
    if let Some(expect) = outcome(word) {
        return Ok(Act::Expect(expect, when));
    }
    expectation(word, rest, when, speech)
}

/// `name = values` of a choice question.
fn offered(rest: &str, speech: Speech) -> Result<(Located, Vec<String>), String> {
    let (name, values) = rest.split_once('=').ok_or_else(|| {
        say!(speech, "write the choices behind `=`: `name = 1, 2 or 3`", "请在 `=` 后写选项：`名称 = 1、2 或 3`")
    })?;
    Ok((place(name, speech)?, values_of(values)))
}

fn expectation(word: Word, rest: &str, mut when: Vec<When>, speech: Speech) -> Result<Act, String> {
    // `refuses: rooms = 0 or 101 "…"` tries the values at the question itself.
    let judged = |when: &mut Vec<When>| -> Result<(Vec<Located>, Vec<String>), String> {
        let (rest, messages) = quotes(rest);
        match rest.split_once('=') {
            Some((name, values)) => {
                let place = place(name, speech)?;
                when.push(When { place: place.clone(), values: values_of(values) });
                Ok((vec![place], messages))
            }
            None => Ok((places(rest, speech)?, messages)),
        }
    };
    let expect = match word {
        Word::Asks => Expect::Asks(places(rest, speech)?),
        Word::DoesNotAsk => Expect::DoesNotAsk(places(rest, speech)?),
        Word::AsksInOrder => Expect::AsksInOrder(places(rest, speech)?),
        Word::Requires => Expect::Requires(places(rest, speech)?),
        Word::DoesNotRequire => Expect::DoesNotRequire(places(rest, speech)?),
        Word::DoesNotRefuse => Expect::DoesNotRefuse(judged(&mut when)?.0),
        Word::DoesNotWarn => Expect::DoesNotWarn(judged(&mut when)?.0),
        Word::Accepts => Expect::Accepts(judged(&mut when)?.0),
        Word::Refuses => judged(&mut when).map(|(places, messages)| Expect::Refuses(places, messages))?,
        Word::Warns => judged(&mut when).map(|(places, messages)| Expect::Warns(places, messages))?,
        Word::Offers => offered(rest, speech).map(|(p, v)| Expect::Offers(p, v))?,
        Word::OffersOnly => offered(rest, speech).map(|(p, v)| Expect::OffersOnly(p, v))?,
        Word::DoesNotOffer => offered(rest, speech).map(|(p, v)| Expect::DoesNotOffer(p, v))?,
        Word::CannotTake => offered(rest, speech).map(|(p, v)| Expect::CannotTake(p, v))?,
        Word::Recorded => recorded(rest, speech)?,
        _ => sealed(rest, speech)?,
    };
    Ok(Act::Expect(expect, when))
}

fn recorded(rest: &str, speech: Speech) -> Result<Expect, String> {
    // `2 rows in person`, `person 2 行`
    let words: Vec<&str> = rest.split_whitespace().collect();
    let rows = match words[..] {
        [n, "row" | "rows", "in", table] => Some((n, table)),
        [table, n, "行"] => Some((n, table)),
        _ => None,
    };
    if let Some((n, table)) = rows {
        let n = n.parse().map_err(|_| say!(speech, "`{n}` is not a number of rows", "`{n}` 不是行数"))?;
        return Ok(Expect::Rows(n, table.trim_matches('`').to_owned()));
    }
    let pairs = split(rest, &[";", "；", ",", "，"]).into_iter().map(|p| pair(p, speech));
    pairs.collect::<Result<_, _>>().map(Expect::Recorded)
}

fn sealed(rest: &str, speech: Speech) -> Result<Expect, String> {
    let one = |part: &str| match part.split_once('=') {
        Some((name, value)) => Ok((place(name, speech)?, Some(answer(value)))),
        None => Ok((place(part, speech)?, None)),
    };
    split(rest, &[";", "；", ",", "，"]).into_iter().map(one).collect::<Result<_, _>>().map(Expect::Sealed)
}
