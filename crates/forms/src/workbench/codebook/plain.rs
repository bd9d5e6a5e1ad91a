//! Expressions in plain words: `${h5_dwelling} = '1'` becomes “What kind of place …?” is “An ordinary dwelling” (1).
//!
//! What has no plain form gives `None`; the reader then has the expression alone. A question is left as a mark around
//! its index, so that whoever writes the page can make a link of it: see [`linked`].

use crate::definition::{Definition, Item, Kind};
use crate::workbench::Speech;
use crate::workbench::speech::say;
use crate::xpath::{self, Axis, Expr, Operator, Path, Start};

const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// The words of a condition, or of a value, with marks for questions.
pub(super) fn condition(definition: &Definition, here: usize, source: &str, speech: Speech) -> Option<String> {
    let words = Words { definition, here, speech };
    xpath::parse(source).ok().and_then(|expr| words.condition(&expr, false))
}

/// The same for an expression that gives a value.
pub(super) fn value(definition: &Definition, here: usize, source: &str, speech: Speech) -> Option<String> {
    let words = Words { definition, here, speech };
    xpath::parse(source).ok().and_then(|expr| words.noun(&expr).or_else(|| words.condition(&expr, false)))
}

/// Puts a text in place of each mark.
pub(super) fn linked(text: &str, link: impl Fn(usize) -> String, escape: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        out.push_str(&escape(before));
        match after.split_once(CLOSE) {
            Some((index, after)) => {
                out.push_str(&index.parse().map_or(String::new(), &link));
                rest = after;
            }
            None => rest = after,
        }
    }
    out + &escape(rest)
}

struct Words<'a> {
    definition: &'a Definition,
    here: usize,
    speech: Speech,
}

impl Words<'_> {
    fn item(&self, index: usize) -> &Item {
        &self.definition.items[index]
    }

    /// The form's language nearest to the reader's.
    fn language(&self) -> usize {
        self.definition.languages.iter().position(|l| Speech::of(&l.code) == self.speech).unwrap_or(0)
    }

    /// The question a path leads to, when it does so by one name.
    fn question(&self, path: &Path) -> Option<usize> {
        // Names only: what goes back, sideways or through a list has no short name.
        let steps: Option<Vec<&str>> = path
            .steps
            .iter()
            .filter(|s| s.axis != Axis::Parent)
            .map(|s| match &s.axis {
                Axis::Child(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let up = path.steps.iter().take_while(|s| s.axis == Axis::Parent).count();
        match (&path.start, steps?.as_slice(), up) {
            (Start::Named(name), [], 0) => self.named(name),
            (Start::Here | Start::Current, [], 0) => Some(self.here),
            (Start::Here | Start::Current, [name], 1) => self.named(name),
            (Start::Root, [.., name], 0) => self.named(name),
            _ => None,
        }
    }

    fn named(&self, name: &str) -> Option<usize> {
        let all = || (0..self.definition.items.len()).filter(|i| self.item(*i).name == name);
        all().find(|i| self.item(*i).parent == self.item(self.here).parent).or_else(|| all().next())
    }

    /// A question's mark; `.` is the answer itself.
    fn mark(&self, path: &Path) -> Option<String> {
        if path.steps.is_empty() && matches!(path.start, Start::Here | Start::Current) {
            return Some(self.speech.pick("the answer", "答案").into());
        }
        Some(format!("{OPEN}{}{CLOSE}", self.question(path)?))
    }

    fn all(&self, expr: &Expr, operator: Operator, out: &mut Vec<String>) -> Option<()> {
        match expr {
            Expr::Binary(found, left, right) if *found == operator => {
                if let (Operator::And, Some(range)) = (operator, self.range(left, right)) {
                    out.push(range);
                    return Some(());
                }
                self.all(left, operator, out)?;
                self.all(right, operator, out)
            }
            expr => {
                out.push(self.condition(expr, true)?);
                Some(())
            }
        }
    }

    /// `. >= 1 and . <= 9`: the answer is from 1 to 9.
    fn range(&self, left: &Expr, right: &Expr) -> Option<String> {
        let bound = |expr: &Expr, at_least: bool| match expr {
            Expr::Binary(operator, what, bound) => {
                let fits = match operator {
                    Operator::GreaterOrEqual => at_least,
                    Operator::LessOrEqual => !at_least,
                    _ => false,
                };
                match (&**what, &**bound) {
                    (Expr::Path(_), Expr::Number(_)) if fits => Some(((**what).clone(), (**bound).clone())),
                    _ => None,
                }
            }
            _ => None,
        };
        let ((a, low), (b, high)) = (bound(left, true)?, bound(right, false)?);
        if self.noun(&a)? != self.noun(&b)? {
            return None;
        }
        let (what, low, high) = (self.noun(&a)?, self.noun(&low)?, self.noun(&high)?);
        Some(say!(self.speech, "{what} is from {low} to {high}", "{what}在 {low} 到 {high} 之间"))
    }

    fn condition(&self, expr: &Expr, inner: bool) -> Option<String> {
        let speech = self.speech;
        match expr {
            Expr::Binary(operator @ (Operator::And | Operator::Or), ..) => {
                let mut parts = Vec::new();
                self.all(expr, *operator, &mut parts)?;
                let and = *operator == Operator::And;
                let glue = if and { speech.pick(", and ", "，且") } else { speech.pick(", or ", "，或") };
                let text = parts.join(glue);
                Some(if inner && parts.len() > 1 {
                    speech.pick(format!("({text})"), format!("（{text}）"))
                } else {
                    text
                })
            }
            Expr::Binary(operator, left, right) => self.comparison(*operator, left, right),
            Expr::Call { name, args, .. } => self.call_condition(name, args),
            _ => None,
        }
    }

    fn comparison(&self, operator: Operator, left: &Expr, right: &Expr) -> Option<String> {
        let speech = self.speech;
        let equal = match operator {
            Operator::Equal => Some(true),
            Operator::NotEqual => Some(false),
            _ => None,
        };
        if let (Some(equal), Expr::Text(text)) = (equal, right) {
            return self.is_text(left, text, equal);
        }
        if let (Expr::Call { name, args, .. }, Expr::Number(n), Some(equal)) = (left, right, equal)
            && name == "position"
            && args.len() == 1
        {
            return self.position(*n, equal);
        }
        // Both sides are conditions: one holds exactly when the other does.
        if let (Some(equal), Expr::Binary(..), Expr::Binary(..)) = (equal, left, right)
            && let (Some(a), Some(b)) = (self.condition(left, false), self.condition(right, false))
        {
            return Some(match equal {
                true => say!(speech, "either both or neither: {a}; {b}", "两者同时成立或同时不成立：{a}；{b}"),
                false => say!(speech, "exactly one of: {a}; {b}", "两者恰有一个成立：{a}；{b}"),
            });
        }
        let (a, b) = (self.noun(left)?, self.noun(right)?);
        let day = self.is_day(left) || self.is_day(right);
        Some(match operator {
            Operator::Equal => say!(speech, "{a} is {b}", "{a}为 {b}"),
            Operator::NotEqual => say!(speech, "{a} is not {b}", "{a}不为 {b}"),
            Operator::Less if day => say!(speech, "{a} is before {b}", "{a}早于{b}"),
            Operator::LessOrEqual if day => say!(speech, "{a} is not after {b}", "{a}不晚于{b}"),
            Operator::Greater if day => say!(speech, "{a} is after {b}", "{a}晚于{b}"),
            Operator::GreaterOrEqual if day => say!(speech, "{a} is not before {b}", "{a}不早于{b}"),
            Operator::Less => say!(speech, "{a} is below {b}", "{a}小于 {b}"),
            Operator::LessOrEqual => say!(speech, "{a} is {b} or less", "{a}不超过 {b}"),
            Operator::Greater => say!(speech, "{a} is above {b}", "{a}大于 {b}"),
            Operator::GreaterOrEqual => say!(speech, "{a} is {b} or more", "{a}不小于 {b}"),
            _ => return None,
        })
    }

    fn is_day(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Path(path) => {
                self.question(path).is_some_and(|q| matches!(self.item(q).kind, Kind::Date | Kind::YearMonth))
            }
            Expr::Call { name, .. } => {
                matches!(name.as_str(), "today" | "date" | "reference-date" | "reference-moment" | "add-months")
            }
            _ => false,
        }
    }

    /// A comparison with a text: a choice by its label, or an empty answer.
    fn is_text(&self, left: &Expr, text: &str, equal: bool) -> Option<String> {
        let speech = self.speech;
        let what = self.noun(left)?;
        if text.is_empty() {
            return Some(match equal {
                true => say!(speech, "{what} has no answer", "{what}没有填"),
                false => say!(speech, "{what} has an answer", "{what}已填"),
            });
        }
        let shown = match left {
            Expr::Path(path) => self.choice(path, text),
            _ => format!("“{text}”"),
        };
        Some(match equal {
            true => say!(speech, "{what} is {shown}", "{what}为{shown}"),
            false => say!(speech, "{what} is not {shown}", "{what}不为{shown}"),
        })
    }

    /// `“Head” (0)`
    fn choice(&self, path: &Path, code: &str) -> String {
        let list = self.question(path).and_then(|q| self.definition.lists.get(self.item(q).kind.list()? as usize));
        let label = list.and_then(|l| l.choices.iter().find(|c| c.name == code)).map(|c| c.label.get(self.language()));
        match label {
            Some(label) if !label.is_empty() => {
                self.speech.pick(format!("“{label}” ({code})"), format!("“{label}”（{code}）"))
            }
            _ => format!("“{code}”"),
        }
    }

    fn position(&self, n: f64, equal: bool) -> Option<String> {
        let mut at = self.item(self.here).parent;
        while let Some(parent) = at.map(|p| p as usize) {
            if self.item(parent).kind == Kind::Repeat {
                let what = format!("{OPEN}{parent}{CLOSE}");
                return Some(match equal {
                    true => say!(self.speech, "this is number {n} of {what}", "这是{what}中的第 {n} 个"),
                    false => say!(self.speech, "this is not number {n} of {what}", "这不是{what}中的第 {n} 个"),
                });
            }
            at = self.item(parent).parent;
        }
        None
    }

    fn call_condition(&self, name: &str, args: &[Expr]) -> Option<String> {
        let speech = self.speech;
        match (name, args) {
            ("true", []) => Some(speech.pick("always", "总是").into()),
            ("false", []) => Some(speech.pick("never", "从不").into()),
            ("not", [one]) => {
                let one = self.condition(one, false)?;
                Some(say!(speech, "it is not so that {one}", "并非：{one}"))
            }
            ("boolean", [one]) => self.condition(one, false),
            ("selected", [Expr::Path(path), Expr::Text(code)]) => {
                let (what, shown) = (self.noun(&args[0])?, self.choice(path, code));
                Some(say!(speech, "{shown} is among the answers to {what}", "{what}中选了{shown}"))
            }
            ("regex", [what, Expr::Text(pattern)]) => {
                let what = self.noun(what)?;
                Some(say!(speech, "{what} has the form {pattern}", "{what}符合格式 {pattern}"))
            }
            ("cn-id-ok", [what]) => {
                let what = self.noun(what)?;
                Some(say!(speech, "{what} is a right ID number", "{what}是正确的身份号码"))
            }
            ("if", [test, then, otherwise]) => {
                let (test, then) = (self.condition(test, false)?, self.condition(then, false)?);
                // `if(a, b, true())` asks for nothing otherwise.
                if matches!(otherwise, Expr::Call { name, .. } if name == "true") {
                    return Some(say!(speech, "when {test}: {then}", "当{test}时：{then}"));
                }
                let otherwise = self.condition(otherwise, false)?;
                Some(say!(
                    speech,
                    "when {test}: {then}; otherwise: {otherwise}",
                    "当{test}时：{then}；否则：{otherwise}"
                ))
            }
            _ => None,
        }
    }

    fn noun(&self, expr: &Expr) -> Option<String> {
        let speech = self.speech;
        match expr {
            Expr::Number(n) => Some(n.to_string()),
            Expr::Text(text) => Some(format!("“{text}”")),
            Expr::Negate(inner) => Some(format!("-{}", self.noun(inner)?)),
            Expr::Path(path) if !path.has_predicate() => self.mark(path),
            Expr::Path(_) => None,
            Expr::Binary(operator, left, right) => {
                let sign = match operator {
                    Operator::Add => "+",
                    Operator::Subtract => "-",
                    Operator::Multiply => "×",
                    Operator::Divide => "÷",
                    _ => return None,
                };
                Some(format!("{} {sign} {}", self.noun(left)?, self.noun(right)?))
            }
            Expr::Call { name, args, .. } => match (name.as_str(), args.as_slice()) {
                ("today", []) => Some(speech.pick("today", "今天").into()),
                ("reference-date" | "reference-moment", []) => {
                    Some(speech.pick("the reference moment", "标准时点").into())
                }
                ("number" | "int" | "round" | "string" | "date" | "once", [one, ..]) => self.noun(one),
                ("count", [Expr::Path(path)]) => self.count(path),
                ("sum", [Expr::Path(path)]) => {
                    let what = self.mark(path)?;
                    Some(say!(speech, "the sum of {what}", "{what}的合计"))
                }
                ("count-selected", [what]) => {
                    let what = self.noun(what)?;
                    Some(say!(speech, "the number of choices in {what}", "{what}所选项数"))
                }
                ("string-length", [what]) => {
                    let what = self.noun(what)?;
                    Some(say!(speech, "the length of {what}", "{what}的长度"))
                }
                ("years-between", [from, to]) => {
                    let (from, to) = (self.noun(from)?, self.noun(to)?);
                    Some(say!(speech, "the completed years from {from} to {to}", "从{from}到{to}的周年数"))
                }
                ("months-between", [from, to]) => {
                    let (from, to) = (self.noun(from)?, self.noun(to)?);
                    Some(say!(speech, "the months from {from} to {to}", "从{from}到{to}的月数"))
                }
                ("coalesce", [first, second]) => {
                    let (first, second) = (self.noun(first)?, self.noun(second)?);
                    Some(say!(speech, "{first}, or {second} when there is none", "{first}，没有时为 {second}"))
                }
                ("if", [test, then, otherwise]) => {
                    let (test, then) = (self.condition(test, false)?, self.noun(then)?);
                    let chain = matches!(otherwise, Expr::Call { name, .. } if name == "if");
                    let is = if chain { "，" } else { "为 " };
                    let otherwise = self.noun(otherwise)?;
                    Some(say!(
                        speech,
                        "{then} when {test}; otherwise {otherwise}",
                        "当{test}时为 {then}；否则{is}{otherwise}"
                    ))
                }
                ("cn-id-birth", [what]) => {
                    let what = self.noun(what)?;
                    Some(say!(speech, "the date of birth in {what}", "{what}中的出生日期"))
                }
                ("cn-id-sex", [what]) => {
                    let what = self.noun(what)?;
                    Some(say!(speech, "the sex in {what}", "{what}中的性别"))
                }
                _ => None,
            },
        }
    }

    /// How many there are of a repeat, with what is asked of them.
    fn count(&self, path: &Path) -> Option<String> {
        let mut bare = path.clone();
        let mut tests = std::mem::take(&mut bare.predicates);
        bare.steps.iter_mut().for_each(|s| tests.append(&mut s.predicates));
        let what = self.mark(&bare)?;
        let [test] = tests.as_slice() else {
            if !tests.is_empty() {
                return None;
            }
            return Some(say!(self.speech, "the number of {what}", "{what}数"));
        };
        let test = self.condition(test, false)?;
        Some(say!(self.speech, "the number of {what} of whom {test}", "{test}的{what}数"))
    }
}

#[cfg(test)]
mod tests;
