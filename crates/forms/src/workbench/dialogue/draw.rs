//! A screen as lines of text, and what a typed line means on it.

use super::{Line, Style};
use crate::form::Form;
use crate::interview::{Problem, Screen, ScreenKind};
use crate::program::RuleKind;
use crate::workbench::Speech;
use crate::workbench::speech::say;

/// More choices than this are shown in part.
const CHOICES_MAX: usize = 60;

pub(super) fn screen(form: &Form, screen: &Screen, speech: Speech) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut place = vec![screen.id.clone()];
    if !screen.section.is_empty() && screen.kind != ScreenKind::Roster {
        place.push(screen.section.clone());
    }
    if let Some(person) = &screen.person {
        let (at, of, name) = (person.index, person.count, &person.name);
        place.push(say!(speech, "{at} of {of} {name}", "第 {at} 个，共 {of} 个 {name}").trim_end().to_owned());
    }
    if screen.progress.persons > 0 {
        let (done, of) = (screen.progress.persons_done, screen.progress.persons);
        place.push(say!(speech, "{done} of {of} people done", "已完成 {done}/{of} 人"));
    }
    lines.push(Line::new(Style::Faint, place.join(" · ")));
    match screen.kind {
        ScreenKind::Review => review(form, screen, speech, &mut lines),
        ScreenKind::Roster => roster(screen, speech, &mut lines),
        _ => question(screen, speech, &mut lines),
    }
    lines
}

fn question(screen: &Screen, speech: Speech, lines: &mut Vec<Line>) {
    let mut title = screen.label.clone();
    if screen.required {
        title.push_str(" *");
    }
    if screen.identifier {
        title.push_str(speech.pick("  (sealed)", "（封存）"));
    }
    // A label may have line breaks of its own.
    lines.extend(title.lines().map(|t| Line::new(Style::Title, t)));
    lines.extend(screen.hint.lines().map(|t| Line::new(Style::Faint, t)));
    let width = screen.choices.iter().map(|c| width(&c.value)).max().unwrap_or(0).min(24);
    let by_number = numbered(screen);
    for (at, choice) in screen.choices.iter().take(CHOICES_MAX).enumerate() {
        let key = if by_number { (at + 1).to_string() } else { padded(&choice.value, width) };
        let code = if by_number { format!("  [{}]", choice.value) } else { String::new() };
        lines.push(Line::new(Style::Plain, format!("  {key:>2}  {}{code}", choice.label)));
    }
    if let Some(more) = screen.choices.len().checked_sub(CHOICES_MAX).filter(|n| *n > 0) {
        lines.push(Line::new(Style::Faint, say!(speech, "  … and {more} more", "  …… 另有 {more} 项")));
    }
    if !screen.value.is_empty() {
        let shown = screen.choices.iter().find(|c| c.value == screen.value).map(|c| format!("{} {}", c.value, c.label));
        let value = shown.unwrap_or_else(|| screen.value.clone());
        lines.push(Line::new(Style::Good, say!(speech, "  answered: {value}", "  已答：{value}")));
    }
    if screen.kind == ScreenKind::Note {
        lines.push(Line::new(Style::Faint, speech.pick("  Enter goes on", "  按回车继续")));
    }
}

fn roster(screen: &Screen, speech: Speech, lines: &mut Vec<Line>) {
    lines.push(Line::new(Style::Title, screen.label.clone()));
    for member in &screen.members {
        let done = if member.done { speech.pick("done", "已完成") } else { speech.pick("open", "未完成") };
        let text = format!("  {:>2}  {}  ({done})", member.index, member.name);
        lines.push(Line::new(if member.done { Style::Good } else { Style::Plain }, text));
    }
    let text = speech.pick(
        "  type a name to add somebody; `:remove 2`, `:rename 2 NAME`; Enter goes on",
        "  输入姓名可添加；`:删除 2`、`:改名 2 姓名`；按回车继续",
    );
    lines.push(Line::new(Style::Faint, text));
}

fn review(form: &Form, screen: &Screen, speech: Speech, lines: &mut Vec<Line>) {
    let language = form.languages().iter().position(|l| Speech::of(&l.code) == speech).unwrap_or(0);
    let title = form.title(language);
    lines.push(Line::new(Style::Title, say!(speech, "{title}: review", "{title}：核对")));
    if screen.problems.is_empty() {
        lines.push(Line::new(
            Style::Good,
            speech.pick("  Nothing is open. Enter finishes.", "  没有问题。按回车结束。"),
        ));
        return;
    }
    for (at, line) in problems(&screen.problems, speech).into_iter().enumerate() {
        lines.push(Line::new(line.style, format!("  {:>2} {}", at + 1, line.text.trim_start())));
    }
    let text = speech.pick("  A number goes there; Enter finishes all the same.", "  输入序号前往；按回车照样结束。");
    lines.push(Line::new(Style::Faint, text));
}

/// A line for each problem.
pub(super) fn problems(problems: &[Problem], speech: Speech) -> Vec<Line> {
    let line = |p: &Problem| {
        let message = match (p.message.as_str(), p.kind) {
            ("", RuleKind::Required) => speech.pick("An answer is wanted.", "请作答。").to_owned(),
            ("", _) => speech.pick("This does not fit.", "与其他答案不符。").to_owned(),
            (message, _) => message.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        let whom = if p.person.is_empty() { String::new() } else { format!("{}: ", p.person) };
        Line::new(if p.hard { Style::Wrong } else { Style::Warning }, format!("! {whom}{} {message}", p.label))
    };
    problems.iter().map(line).collect()
}

/// Whether choices are picked by their number on the screen: when no code could be taken for one.
fn numbered(screen: &Screen) -> bool {
    !screen.choices.is_empty() && screen.choices.iter().all(|c| c.value.parse::<f64>().is_err())
}

/// What a typed line answers: codes as they are, labels and numbers as their codes.
pub(super) fn value(screen: &Screen, line: &str) -> String {
    let one = |text: &str| {
        let by_code = screen.choices.iter().find(|c| c.value == text);
        let by_label = || screen.choices.iter().find(|c| c.label == text);
        let by_number = || {
            let at = text.parse::<usize>().ok().filter(|_| numbered(screen))?;
            screen.choices.get(at.checked_sub(1)?)
        };
        by_code.or_else(by_label).or_else(by_number).map_or_else(|| text.to_owned(), |c| c.value.clone())
    };
    match screen.kind {
        ScreenKind::SelectOne => one(line),
        ScreenKind::SelectMultiple => {
            let parts = line.split([' ', ',', '，', '、']).filter(|p| !p.is_empty());
            parts.map(one).collect::<Vec<_>>().join(" ")
        }
        ScreenKind::Acknowledge => "OK".into(),
        _ => line.to_owned(),
    }
}

/// What is wanted instead of a line that was not taken.
pub(super) fn wanted(screen: &Screen, line: &str, speech: Speech) -> String {
    let wanted = match screen.kind {
        ScreenKind::Integer => speech.pick("a whole number, such as 3", "整数，例如 3"),
        ScreenKind::Decimal => speech.pick("a number, such as 88.5", "数值，例如 88.5"),
        ScreenKind::Date => speech.pick("a day, such as 2020-11-01", "日期，例如 2020-11-01"),
        ScreenKind::YearMonth => speech.pick("a month, such as 1980-05", "年月，例如 1980-05"),
        ScreenKind::SelectOne => speech.pick("one of the choices", "选项之一"),
        ScreenKind::SelectMultiple => speech.pick("choices, with spaces between", "若干选项，以空格分隔"),
        ScreenKind::Geopoint => {
            speech.pick("latitude and longitude, such as 39.90 116.40", "纬度和经度，例如 39.90 116.40")
        }
        _ => speech.pick("another answer", "其他答案"),
    };
    say!(speech, "! `{line}` cannot be taken here: give {wanted}", "! 填不进 `{line}`：请填{wanted}")
}

/// How many columns of a terminal a text takes; a Chinese character takes two.
pub(in crate::workbench) fn width(text: &str) -> usize {
    text.chars().map(|c| if matches!(c as u32, 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6) { 2 } else { 1 }).sum()
}

/// A text with spaces to a width.
pub(super) fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}
