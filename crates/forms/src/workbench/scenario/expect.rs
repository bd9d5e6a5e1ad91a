//! Judges one expectation.

use types::Outcome;

use super::play::code;
use super::recorded::{recorded, rows, sealed};
use super::{Expect, Located};
use crate::check::Finding;
use crate::form::Form;
use crate::instance::Instance;
use crate::interview::Interview;
use crate::program::RuleKind;
use crate::value::Value;
use crate::workbench::Speech;
use crate::workbench::speech::say;

/// What was expected and what was found; the first is empty when the expectation could not be tried.
pub(super) type Verdict = Result<(), (String, String)>;

pub(super) fn judge(expect: &Expect, instance: &mut Instance, speech: Speech) -> Verdict {
    let untried = |found: String| (String::new(), found);
    for place in mentioned(expect) {
        place.item(instance.form(), speech).map_err(untried)?;
        let there = place.name.is_empty() || instance.is_relevant(&place.path()).is_ok();
        if !there {
            let place = place.say(speech);
            return Err(untried(say!(speech, "there is no {place}", "没有 {place}")));
        }
    }
    match expect {
        Expect::Asks(places) => each(places, |p| asks(instance, p, true, speech)),
        Expect::DoesNotAsk(places) => each(places, |p| asks(instance, p, false, speech)),
        Expect::AsksInOrder(places) => in_order(instance, places, speech),
        Expect::Offers(place, values) => offers(instance, place, values, Offer::All, speech),
        Expect::OffersOnly(place, values) => offers(instance, place, values, Offer::Only, speech),
        Expect::DoesNotOffer(place, values) => offers(instance, place, values, Offer::None, speech),
        Expect::Requires(places) => each(places, |p| requires(instance, p, true, speech)),
        Expect::DoesNotRequire(places) => each(places, |p| requires(instance, p, false, speech)),
        Expect::Refuses(places, messages) => each(places, |p| broken(instance, p, true, messages, speech)),
        Expect::Warns(places, messages) => each(places, |p| broken(instance, p, false, messages, speech)),
        Expect::DoesNotRefuse(places) => each(places, |p| quiet(instance, p, Quiet::Unrefused, speech)),
        Expect::DoesNotWarn(places) => each(places, |p| quiet(instance, p, Quiet::Unwarned, speech)),
        Expect::Accepts(places) => each(places, |p| quiet(instance, p, Quiet::Accepted, speech)),
        Expect::CannotTake(place, values) => each(values, |v| cannot_take(instance, place, v, speech)),
        Expect::Recorded(pairs) => recorded(instance, pairs, speech),
        Expect::Rows(n, table) => rows(instance, *n, table, speech),
        Expect::Sealed(pairs) => sealed(instance, pairs, speech),
        Expect::Finishes(outcome) => finishes(instance, *outcome, speech),
    }
}

fn each<T>(all: &[T], mut one: impl FnMut(&T) -> Verdict) -> Verdict {
    all.iter().try_for_each(&mut one)
}

/// Places that must be in the form and in the instance for the expectation to mean anything.
fn mentioned(expect: &Expect) -> Vec<&Located> {
    match expect {
        Expect::Asks(p)
        | Expect::DoesNotAsk(p)
        | Expect::AsksInOrder(p)
        | Expect::Requires(p)
        | Expect::DoesNotRequire(p)
        | Expect::Refuses(p, _)
        | Expect::Warns(p, _)
        | Expect::DoesNotRefuse(p)
        | Expect::DoesNotWarn(p)
        | Expect::Accepts(p) => p.iter().collect(),
        Expect::Offers(p, _) | Expect::OffersOnly(p, _) | Expect::DoesNotOffer(p, _) | Expect::CannotTake(p, _) => {
            vec![p]
        }
        Expect::Recorded(_) | Expect::Rows(..) | Expect::Sealed(_) | Expect::Finishes(_) => Vec::new(),
    }
}

fn is_asked(instance: &Instance, place: &Located) -> bool {
    instance.is_relevant(&place.path()).unwrap_or(false)
}

fn asks(instance: &Instance, place: &Located, wanted: bool, speech: Speech) -> Verdict {
    if is_asked(instance, place) == wanted {
        return Ok(());
    }
    let place = place.say(speech);
    let asked = say!(speech, "{place} is asked", "询问 {place}");
    let not = say!(speech, "{place} is not asked", "不询问 {place}");
    Err(if wanted { (asked, not) } else { (not, asked) })
}

/// The page a question is on: its own, or the roster when it is the name there.
fn page(interview: &mut Interview, place: &Located) -> Option<String> {
    if interview.goto(&place.path()) {
        return Some(interview.id());
    }
    let mut roster = place.clone();
    roster.name = roster.around.pop()?.0;
    interview.goto(&roster.path()).then(|| interview.id())
}

fn in_order(instance: &Instance, places: &[Located], speech: Speech) -> Verdict {
    let mut interview = Interview::open(instance.clone(), 0);
    let mut pages = vec![interview.id()];
    while interview.next(true) {
        pages.push(interview.id());
    }
    let mut last: Option<(usize, &Located)> = None;
    for place in places {
        let at = page(&mut interview, place).filter(|_| is_asked(instance, place));
        let at = at.and_then(|id| pages.iter().position(|p| *p == id));
        let name = place.say(speech);
        let Some(at) = at else {
            return Err((
                say!(speech, "{name} is asked", "询问 {name}"),
                say!(speech, "{name} is not asked", "不询问 {name}"),
            ));
        };
        if let Some((before, other)) = last
            && before > at
        {
            let other = other.say(speech);
            return Err((
                say!(speech, "{other} comes before {name}", "先问 {other}，再问 {name}"),
                say!(speech, "{name} comes first", "先问的是 {name}"),
            ));
        }
        last = Some((at, place));
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Offer {
    All,
    Only,
    None,
}

fn offers(instance: &Instance, place: &Located, values: &[String], offer: Offer, speech: Speech) -> Verdict {
    let mut interview = Interview::open(instance.clone(), 0);
    let name = place.say(speech);
    if !is_asked(instance, place) || page(&mut interview, place).is_none() {
        return Err((
            say!(speech, "{name} is asked", "询问 {name}"),
            say!(speech, "{name} is not asked", "不询问 {name}"),
        ));
    }
    let item = place.item(instance.form(), speech).unwrap_or_default();
    let mut wanted = Vec::new();
    for value in values {
        let value = match instance.form().kind(item).list() {
            Some(list) => code(&instance.form().definition().lists[list as usize], value, speech),
            None => Err(say!(speech, "{name} has no choices", "{name} 没有选项")),
        };
        wanted.push(value.map_err(|found| (String::new(), found))?);
    }
    let found: Vec<String> = interview.screen().choices.into_iter().map(|c| c.value).collect();
    let holds = match offer {
        Offer::All => wanted.iter().all(|w| found.contains(w)),
        Offer::Only => wanted == found,
        Offer::None => !wanted.iter().any(|w| found.contains(w)),
    };
    if holds {
        return Ok(());
    }
    let (wanted, found) = (speech.list(wanted), speech.list(found));
    let expected = match offer {
        Offer::All => say!(speech, "{name} offers {wanted}", "{name} 可选 {wanted}"),
        Offer::Only => say!(speech, "{name} offers {wanted} and no other", "{name} 只可选 {wanted}"),
        Offer::None => say!(speech, "{name} does not offer {wanted}", "{name} 不可选 {wanted}"),
    };
    Err((expected, say!(speech, "it offers {found}", "可选 {found}")))
}

fn requires(instance: &Instance, place: &Located, wanted: bool, speech: Speech) -> Verdict {
    let mut without = instance.clone();
    let name = place.say(speech);
    if without.set(&place.path(), &Value::Empty).is_err() {
        return Err((String::new(), say!(speech, "{name} is not a question", "{name} 不是问题")));
    }
    let missing = here(&mut without, place).iter().any(|f| f.kind == RuleKind::Required);
    if missing == wanted {
        return Ok(());
    }
    let needed = say!(speech, "{name} may not stay empty", "{name} 不能空着");
    let free = if is_asked(&without, place) {
        say!(speech, "{name} may stay empty", "{name} 可以空着")
    } else {
        say!(speech, "{name} is not asked", "不询问 {name}")
    };
    Err(if wanted { (needed, free) } else { (free, needed) })
}

/// Broken rules at a place.
fn here(instance: &mut Instance, place: &Located) -> Vec<Finding> {
    let form = instance.form().clone();
    let path = place.path();
    let mut found = instance.findings();
    found.retain(|f| Located::of_finding(&form, f).path() == path);
    found
}

/// The messages of a broken rule, one a language.
fn messages_of<'a>(form: &'a Form, finding: &Finding) -> &'a [String] {
    let item = &form.definition().items[finding.item as usize];
    match finding.kind {
        RuleKind::Required => &item.required_message.0,
        RuleKind::Soft => &item.check_soft_message.0,
        _ => &item.constraint_message.0,
    }
}

/// `refuses d2_relationship of person 1 (“The first person …”)`
fn describe(form: &Form, finding: &Finding, speech: Speech) -> String {
    let place = Located::of_finding(form, finding).say(speech);
    let what = match finding.kind {
        RuleKind::Required => say!(speech, "{place} is missing", "缺 {place}"),
        RuleKind::Soft => say!(speech, "{place} is warned about", "提示 {place}"),
        RuleKind::Choice => say!(speech, "{place} holds a choice that is not offered", "{place} 选了不可选的项"),
        RuleKind::NotRelevant => say!(speech, "{place} is answered and not asked", "{place} 不该回答"),
        RuleKind::Count => say!(speech, "{place} has the wrong number of instances", "{place} 的个数不对"),
        RuleKind::Constraint => say!(speech, "{place} is refused", "不接受 {place}"),
    };
    match messages_of(form, finding).get(speech_index(form, speech)).filter(|m| !m.is_empty()) {
        Some(message) => format!("{what} “{message}”"),
        None => what,
    }
}

/// The form's language nearest to the workbench's own.
fn speech_index(form: &Form, speech: Speech) -> usize {
    form.languages().iter().position(|l| Speech::of(&l.code) == speech).unwrap_or(0)
}

fn all_of(form: &Form, findings: &[Finding], speech: Speech) -> String {
    if findings.is_empty() {
        return say!(speech, "no rule is broken there", "那里没有违反规则");
    }
    findings.iter().map(|f| describe(form, f, speech)).collect::<Vec<_>>().join("; ")
}

fn broken(instance: &mut Instance, place: &Located, hard: bool, messages: &[String], speech: Speech) -> Verdict {
    let form = instance.form().clone();
    let found = here(instance, place);
    let of_kind = |f: &&Finding| f.hard == hard && f.kind != RuleKind::Required;
    let said = |f: &&Finding| messages.iter().all(|m| messages_of(&form, f).contains(m));
    if found.iter().filter(of_kind).any(|f| said(&f)) {
        return Ok(());
    }
    let name = place.say(speech);
    let mut expected = match hard {
        true => say!(speech, "{name} is refused", "不接受 {name}"),
        false => say!(speech, "{name} is warned about", "提示 {name}"),
    };
    messages.iter().for_each(|m| expected.push_str(&format!(" “{m}”")));
    let text = match is_asked(instance, place) {
        true => all_of(&form, &found, speech),
        false => say!(speech, "{name} is not asked", "不询问 {name}"),
    };
    Err((expected, text))
}

#[derive(Clone, Copy, PartialEq)]
enum Quiet {
    Unrefused,
    Unwarned,
    Accepted,
}

fn quiet(instance: &mut Instance, place: &Located, quiet: Quiet, speech: Speech) -> Verdict {
    let form = instance.form().clone();
    let name = place.say(speech);
    let expected = match quiet {
        Quiet::Unrefused => say!(speech, "{name} is not refused", "不拒绝 {name}"),
        Quiet::Unwarned => say!(speech, "{name} is not warned about", "不提示 {name}"),
        Quiet::Accepted => say!(speech, "{name} is accepted", "接受 {name}"),
    };
    if !is_asked(instance, place) {
        return Err((expected, say!(speech, "{name} is not asked", "不询问 {name}")));
    }
    let mut found = here(instance, place);
    found.retain(|f| match quiet {
        Quiet::Unrefused => f.hard,
        Quiet::Unwarned => !f.hard,
        Quiet::Accepted => true,
    });
    if found.is_empty() { Ok(()) } else { Err((expected, all_of(&form, &found, speech))) }
}

fn cannot_take(instance: &Instance, place: &Located, value: &str, speech: Speech) -> Verdict {
    let mut trial = instance.clone();
    if trial.set(&place.path(), &Value::from(value)).is_err() {
        return Ok(());
    }
    let name = place.say(speech);
    Err((
        say!(speech, "{name} cannot take `{value}`", "{name} 填不进 `{value}`"),
        say!(speech, "it takes it", "填得进"),
    ))
}

fn word(outcome: Outcome, speech: Speech) -> &'static str {
    match outcome {
        Outcome::Clean => speech.pick("clean", "无问题"),
        Outcome::Warned => speech.pick("warned", "有提示"),
        _ => speech.pick("needs review", "需复核"),
    }
}

fn finishes(instance: &mut Instance, expected: Outcome, speech: Speech) -> Verdict {
    let found = instance.outcome();
    if found == expected {
        return door(instance, speech);
    }
    let form = instance.form().clone();
    let findings = instance.findings();
    let mut text = word(found, speech).to_owned();
    if !findings.is_empty() {
        text = format!("{text}: {}", all_of(&form, &findings, speech));
    }
    Err((word(expected, speech).to_owned(), text))
}

/// The door of the server must take in what the phone sends, see the same facts, and find nothing the phone does not.
pub(super) fn door(instance: &mut Instance, speech: Speech) -> Verdict {
    let form = instance.form().clone();
    let own = instance.findings();
    let split = instance.split_identifiers();
    let same = say!(speech, "the server sees what the phone sees", "服务器所见与手机一致");
    match form.check(&split.answers) {
        Err(error) => Err((same, error.to_string())),
        Ok(door) => {
            let more: Vec<Finding> = door.findings.into_iter().filter(|f| !own.contains(f)).collect();
            if !more.is_empty() {
                let more = all_of(&form, &more, speech);
                return Err((same, say!(speech, "only the server finds: {more}", "只有服务器发现：{more}")));
            }
            if door.facts != split.facts {
                let (door, phone) = (format!("{:?}", door.facts), format!("{:?}", split.facts));
                return Err((same, say!(speech, "facts {door}, not {phone}", "要点 {door}，而非 {phone}")));
            }
            Ok(())
        }
    }
}
