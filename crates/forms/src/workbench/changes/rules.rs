//! Cells that changed: texts, expressions, choices.

use super::questions::{Pairs, called};
use super::{Changes, Topic, Weight, short};
use crate::definition::{Choice, ChoiceList, Item, Words};
use crate::form::Form;
use crate::workbench::Speech;
use crate::workbench::speech::say;

/// A text in a language of one form, as another form would index it; empty when that form lacks the language.
fn text<'a>(form: &Form, words: &'a Words, language: &str) -> &'a str {
    let at = form.languages().iter().position(|l| l.name == language);
    at.and_then(|at| words.0.get(at)).map_or("", String::as_str)
}

fn languages(old: &Form, new: &Form) -> Vec<String> {
    let mut out: Vec<String> = new.languages().iter().map(|l| l.name.clone()).collect();
    for language in old.languages() {
        if !out.contains(&language.name) {
            out.push(language.name.clone());
        }
    }
    out
}

fn arrow(was: &str, is: &str, quote: (&str, &str), speech: Speech) -> String {
    let shown = |t: &str| match t {
        "" => speech.pick("nothing", "空").to_owned(),
        t => format!("{}{}{}", quote.0, short(t), quote.1),
    };
    format!("{} → {}", shown(was), shown(is))
}

type WordsOf = fn(&Item) -> &Words;
type CellOf = fn(&Item) -> &str;

const TEXT: (&str, &str) = ("“", "”");
const CODE: (&str, &str) = ("`", "`");

/// Labels, hints and messages, language by language.
pub(super) fn texts(old: &Form, new: &Form, pairs: &Pairs, speech: Speech, changes: &mut Changes) {
    let texts: [(&str, WordsOf); 6] = [
        ("label", |i| &i.label),
        ("hint", |i| &i.hint),
        ("guidance_hint", |i| &i.guidance),
        ("required_message", |i| &i.required_message),
        ("constraint_message", |i| &i.constraint_message),
        ("check_soft_message", |i| &i.check_soft_message),
    ];
    for (o, n) in &pairs.same {
        let (was, is) = (&old.definition().items[*o], &new.definition().items[*n]);
        for (column, of) in texts {
            for language in languages(old, new) {
                let (a, b) = (text(old, of(was), &language), text(new, of(is), &language));
                if a != b {
                    let (name, change) = (&is.name, arrow(a, b, TEXT, speech));
                    let line = say!(speech, "{name}, {column} in {language}:", "{name}，{language} 的 {column}：");
                    changes.add(Topic::Texts, Weight::Fine, format!("{line}\n{change}"));
                }
            }
        }
    }
}

/// Expressions, with what a change means for earlier answers.
pub(super) fn rules(old: &Form, new: &Form, pairs: &Pairs, speech: Speech, changes: &mut Changes) {
    let cells: [(&str, Weight, CellOf); 11] = [
        ("relevant", Weight::Fine, |i| &i.relevant),
        ("required", Weight::Fine, |i| &i.required),
        ("constraint", Weight::Fine, |i| &i.constraint),
        ("check_soft", Weight::Fine, |i| &i.check_soft),
        ("calculation", Weight::Look, |i| &i.calculation),
        ("choice_filter", Weight::Fine, |i| &i.choice_filter),
        ("repeat_count", Weight::Fine, |i| &i.repeat_count),
        ("default", Weight::Fine, |i| &i.default),
        ("appearance", Weight::Fine, |i| &i.appearance),
        ("type", Weight::Fine, |i| &i.type_name),
        ("save_to", Weight::Look, |i| &i.save_to),
    ];
    for (o, n) in &pairs.same {
        let (was, is) = (&old.definition().items[*o], &new.definition().items[*n]);
        for (column, weight, of) in cells {
            let (a, b) = (of(was), of(is));
            if a == b {
                continue;
            }
            let mut line = format!("{} {column}:\n{}", is.name, arrow(a, b, CODE, speech));
            if column == "calculation" && !a.is_empty() && !b.is_empty() {
                line.push('\n');
                line.push_str(speech.pick(
                    "earlier rows keep what was computed then, until they are extracted anew",
                    "以前的行保留当时的计算结果，直到重新提取",
                ));
            }
            changes.add(Topic::Rules, weight, line);
        }
        for (column, a, b) in
            [("parameters", &was.parameters, &is.parameters), ("attributes", &was.attributes, &is.attributes)]
        {
            let shown = |pairs: &[(String, String)]| {
                pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
            };
            if a != b {
                let change = arrow(&shown(a), &shown(b), CODE, speech);
                changes.add(Topic::Rules, Weight::Fine, format!("{} {column}:\n{change}", is.name));
            }
        }
        if was.trigger != is.trigger {
            let change = arrow(&was.trigger.join(", "), &is.trigger.join(", "), CODE, speech);
            changes.add(Topic::Rules, Weight::Fine, format!("{} trigger:\n{change}", is.name));
        }
        if was.read_only != is.read_only {
            let name = called(new, *n, speech);
            let text = match is.read_only {
                true => say!(speech, "{name} can no longer be edited", "{name} 不再可编辑"),
                false => say!(speech, "{name} can be edited now", "{name} 现在可编辑"),
            };
            changes.add(Topic::Rules, Weight::Fine, text);
        }
    }
}

/// Choice lists by name.
pub(super) fn choices(old: &Form, new: &Form, speech: Speech, changes: &mut Changes) {
    let lists = |form: &Form| -> Vec<ChoiceList> { form.definition().lists.clone() };
    let (before, after) = (lists(old), lists(new));
    for list in &after {
        match before.iter().find(|l| l.name == list.name) {
            Some(was) => one_list(old, new, was, list, speech, changes),
            None => {
                let (name, count) = (&list.name, list.choices.len());
                let text =
                    say!(speech, "the list `{name}` is new: {count} choices", "新增列表 `{name}`：{count} 个选项");
                changes.add(Topic::Choices, Weight::Fine, text);
            }
        }
    }
    for list in before.iter().filter(|l| after.iter().all(|n| n.name != l.name)) {
        let name = &list.name;
        changes.add(Topic::Choices, Weight::Fine, say!(speech, "the list `{name}` is gone", "删去列表 `{name}`"));
    }
}

fn one_list(old: &Form, new: &Form, was: &ChoiceList, is: &ChoiceList, speech: Speech, changes: &mut Changes) {
    let list = &is.name;
    if was.source != is.source {
        let change = arrow(&was.source, &is.source, CODE, speech);
        let text = say!(speech, "{list}: choices come from elsewhere: {change}", "{list}：选项来源变了：{change}");
        changes.add(Topic::Choices, Weight::Look, text);
    }
    let own = |form: &Form, choice: &Choice| {
        let at = form.languages().iter().position(|l| Speech::of(&l.code) == speech).unwrap_or(0);
        format!("{} “{}”", choice.name, short(choice.label.get(at)))
    };
    // Lookups by name: a list can have a hundred thousand choices.
    let index = |l: &ChoiceList| -> std::collections::HashMap<String, usize> {
        l.choices.iter().enumerate().map(|(at, c)| (c.name.clone(), at)).collect()
    };
    let (before, after) = (index(was), index(is));
    for choice in is.choices.iter().filter(|c| !before.contains_key(&c.name)) {
        let choice = own(new, choice);
        let text = say!(speech, "{list}: + {choice} is new", "{list}：+ 新增 {choice}");
        changes.add(Topic::Choices, Weight::Fine, text);
    }
    for choice in was.choices.iter().filter(|c| !after.contains_key(&c.name)) {
        let choice = own(old, choice);
        let text = say!(
            speech,
            "{list}: - {choice} is gone\nearlier rows keep the code; its label is only in the earlier version's codebook",
            "{list}：- 删去 {choice}\n以前的行保留该编码；其含义只见于旧版编码手册"
        );
        changes.add(Topic::Choices, Weight::Look, text);
    }
    let mut order: Vec<usize> = Vec::new();
    for choice in &is.choices {
        let Some(at) = before.get(&choice.name) else { continue };
        order.push(*at);
        let earlier = &was.choices[*at];
        let mut differ = Vec::new();
        let (mut kept, mut shared) = (false, false);
        for language in languages(old, new) {
            let (a, b) = (text(old, &earlier.label, &language), text(new, &choice.label, &language));
            shared |= !a.is_empty() && !b.is_empty();
            kept |= a == b && !a.is_empty();
            if a != b {
                differ.push(format!("{language}: {}", arrow(a, b, TEXT, speech)));
            }
        }
        if !differ.is_empty() {
            let (code, texts) = (&choice.name, differ.join("\n"));
            let mut line = format!("{list} {code}\n{texts}");
            // Every label changed: perhaps the code stands for something else now.
            let reused = shared && !kept;
            if reused {
                line.push('\n');
                line.push_str(speech.pick(
                    "if the code means something else now, take a new code instead",
                    "如果该编码的含义变了，请改用新编码",
                ));
            }
            changes.add(Topic::Choices, if reused { Weight::Look } else { Weight::Fine }, line);
        }
        if earlier.extra != choice.extra || was.columns != is.columns {
            let code = &choice.name;
            let text = say!(speech, "{list} {code}: other values to filter by", "{list} {code}：筛选用的值变了");
            changes.add(Topic::Choices, Weight::Fine, text);
        }
    }
    if order.windows(2).any(|w| w[0] > w[1]) {
        let text = say!(speech, "{list}: the choices stand in another order", "{list}：选项顺序变了");
        changes.add(Topic::Choices, Weight::Fine, text);
    }
}
