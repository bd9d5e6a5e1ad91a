//! Names of questions as authors write them: `d4_sex of person 2`, `person 2 的 d4_sex`, `person[2]/d4_sex`.

use super::Speech;
use crate::check::Finding;
use crate::definition::{Definition, Kind};
use crate::diagnostic::closest;
use crate::form::Form;

/// A question in an instance of the form: the repeats around it with their positions, outermost first, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    pub around: Vec<(String, u32)>,
    pub name: String,
}

impl Located {
    /// Reads a place. An error is the part that cannot be understood.
    pub fn parse(text: &str) -> Result<Located, String> {
        let text = text.trim().trim_matches('`').trim();
        let wrong = || text.to_owned();
        if text.contains('[') {
            let mut parts: Vec<&str> = text.split('/').collect();
            let name = parts.pop().unwrap_or_default();
            let mut around = Vec::new();
            for part in parts {
                let (repeat, rest) = part.split_once('[').ok_or_else(wrong)?;
                around
                    .push((repeat.to_owned(), position(rest.strip_suffix(']').ok_or_else(wrong)?).ok_or_else(wrong)?));
            }
            // `person[2]` alone is the instance.
            if let Some((repeat, rest)) = name.split_once('[') {
                let at = rest.strip_suffix(']').and_then(position).ok_or_else(wrong)?;
                return Ok(Located { around: [around, vec![(repeat.to_owned(), at)]].concat(), name: String::new() });
            }
            return one_word(name).map(|name| Located { around, name }).ok_or_else(wrong);
        }
        if let Some((outer, inner)) = text.split_once('的') {
            let mut around = instance(outer).into_iter().collect::<Vec<_>>();
            if around.is_empty() {
                return Err(wrong());
            }
            let inner = Located::parse(inner)?;
            around.extend(inner.around);
            return Ok(Located { around, name: inner.name });
        }
        let mut parts = text.split(" of ").map(str::trim);
        let first = parts.next().unwrap_or_default();
        let mut around: Vec<(String, u32)> = parts.map(|p| instance(p).ok_or_else(wrong)).collect::<Result<_, _>>()?;
        around.reverse();
        match (one_word(first), instance(first)) {
            (Some(name), _) => Ok(Located { around, name }),
            (None, Some(own)) => {
                around.push(own);
                Ok(Located { around, name: String::new() })
            }
            _ => Err(wrong()),
        }
    }

    /// The path as [`crate::Instance::set`] takes it.
    pub fn path(&self) -> String {
        let mut parts: Vec<String> = self.around.iter().map(|(repeat, at)| format!("{repeat}[{at}]")).collect();
        if !self.name.is_empty() {
            parts.push(self.name.clone());
        }
        parts.join("/")
    }

    /// As it is said.
    pub fn say(&self, speech: Speech) -> String {
        let of = |(repeat, at): &(String, u32)| format!("{repeat} {at}");
        match speech {
            Speech::English => {
                let mut parts: Vec<String> = self.around.iter().rev().map(of).collect();
                if !self.name.is_empty() {
                    parts.insert(0, self.name.clone());
                }
                parts.join(" of ")
            }
            Speech::Chinese => {
                let mut parts: Vec<String> = self.around.iter().map(of).collect();
                if !self.name.is_empty() {
                    parts.push(self.name.clone());
                }
                parts.join(" 的 ")
            }
        }
    }

    /// The item in a form, and whether it lies in the repeats the place names. An error says which name is not there,
    /// with the closest one that is.
    pub fn item(&self, form: &Form, speech: Speech) -> Result<u32, String> {
        let definition = form.definition();
        let name = if self.name.is_empty() { self.around.last().map_or("", |(r, _)| r) } else { &self.name };
        let repeats: Vec<&str> = self.around.iter().map(|(repeat, _)| repeat.as_str()).collect();
        let wanted = if self.name.is_empty() { &repeats[..repeats.len().saturating_sub(1)] } else { &repeats[..] };
        let named = || (0..definition.items.len()).filter(|i| definition.items[*i].name == name);
        if let Some(found) = named().find(|i| around(definition, *i) == wanted) {
            return Ok(found as u32);
        }
        if let Some(elsewhere) = named().next() {
            let repeats = around(definition, elsewhere);
            let help =
                Located { around: repeats.iter().map(|r| ((*r).to_owned(), 1)).collect(), name: name.to_owned() };
            let help = help.say(speech);
            return Err(say!(
                speech,
                "`{name}` is found elsewhere: write `{help}`",
                "`{name}` 在别处：请写成 `{help}`"
            ));
        }
        let near = closest(name, definition.items.iter().map(|i| i.name.as_str()));
        let near = near.map_or(String::new(), |n| say!(speech, "; did you mean `{n}`?", "；是不是 `{n}`？"));
        Err(say!(speech, "no question of this form is called `{name}`{near}", "本表没有名为 `{name}` 的问题{near}"))
    }

    /// Where a broken rule is.
    pub fn of_finding(form: &Form, finding: &Finding) -> Located {
        let definition = form.definition();
        let repeats = around(definition, finding.item as usize);
        let around = repeats.iter().map(|r| (*r).to_owned()).zip(finding.position.iter().copied()).collect();
        Located { around, name: definition.items[finding.item as usize].name.clone() }
    }
}

use super::speech::say;

/// Names of the repeats around an item, outermost first.
pub(crate) fn around(definition: &Definition, item: usize) -> Vec<&str> {
    let mut out = Vec::new();
    let mut at = definition.items[item].parent;
    while let Some(parent) = at.map(|p| &definition.items[p as usize]) {
        if parent.kind == Kind::Repeat {
            out.push(parent.name.as_str());
        }
        at = parent.parent;
    }
    out.reverse();
    out
}

fn one_word(text: &str) -> Option<String> {
    (!text.is_empty() && !text.contains([' ', '[', ']', '=', '"'])).then(|| text.to_owned())
}

fn position(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|n| *n > 0)
}

/// `person 2`
fn instance(text: &str) -> Option<(String, u32)> {
    let (repeat, at) = text.trim().rsplit_once(' ')?;
    Some((one_word(repeat.trim())?, position(at)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_in_three_ways() {
        for text in ["pay of job 1 of person 2", "person 2 的 job 1 的 pay", "person[2]/job[1]/pay"] {
            let place = Located::parse(text).unwrap();
            assert_eq!(place.path(), "person[2]/job[1]/pay", "{text}");
            assert_eq!(place.say(Speech::English), "pay of job 1 of person 2");
            assert_eq!(place.say(Speech::Chinese), "person 2 的 job 1 的 pay");
        }
        assert_eq!(Located::parse("person 2").unwrap().path(), "person[2]");
        assert_eq!(Located::parse("job 3 of person 2").unwrap().path(), "person[2]/job[3]");
        assert_eq!(Located::parse("`rooms`").unwrap().path(), "rooms");
        for wrong in ["", "a b c", "pay of person", "person[x]/pay", "pay of person 0"] {
            assert!(Located::parse(wrong).is_err(), "{wrong}");
        }
    }
}
