//! Texts that match a regular expression, as far as forms use those: classes, groups, alternatives and repetition.

/// Longer texts are not made.
const LENGTH_MAX: usize = 200;
const DEPTH_MAX: usize = 20;
/// How many more than the least an open repetition makes, at most.
const MORE: u64 = 4;

/// The pattern of the `regex(., '…')` in a rule.
pub(super) fn of(constraint: &str) -> Option<String> {
    let (_, call) = constraint.split_once("regex(")?;
    let (_, rest) = call.split_once(',')?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    Some(rest[1..].split_once(quote)?.0.to_owned())
}

/// A text that matches; `None` for patterns this does not read.
pub(super) fn sample(pattern: &str, seed: u64) -> Option<String> {
    let mut sampler = Sampler { chars: pattern.chars().collect(), at: 0, random: seed | 1, out: String::new() };
    sampler.alternatives(0)?;
    (sampler.at == sampler.chars.len()).then_some(sampler.out)
}

struct Sampler {
    chars: Vec<char>,
    at: usize,
    random: u64,
    out: String,
}

impl Sampler {
    fn next(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below.max(1)
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Writes one of the alternatives up to a closing bracket or the end.
    fn alternatives(&mut self, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        let before = self.out.clone();
        let mut made: Vec<String> = Vec::new();
        loop {
            self.out.clone_from(&before);
            self.sequence(depth)?;
            made.push(std::mem::take(&mut self.out));
            if self.peek() != Some('|') {
                break;
            }
            self.at += 1;
        }
        let pick = self.next(made.len() as u64) as usize;
        self.out = made.swap_remove(pick);
        Some(())
    }

    fn sequence(&mut self, depth: usize) -> Option<()> {
        while let Some(c) = self.peek() {
            match c {
                '|' | ')' => break,
                '^' | '$' => self.at += 1,
                _ => self.piece(depth)?,
            }
        }
        Some(())
    }

    /// An atom, as often as what follows it says.
    fn piece(&mut self, depth: usize) -> Option<()> {
        let (start, before) = (self.at, self.out.clone());
        self.atom(depth)?;
        let end = self.at;
        let (least, most) = self.repetition()?;
        let after = self.at;
        let count = least + self.next(most - least + 1);
        self.out = before;
        for _ in 0..count {
            if self.out.len() > LENGTH_MAX {
                return None;
            }
            self.at = start;
            self.atom(depth)?;
            debug_assert_eq!(self.at, end);
        }
        self.at = after;
        Some(())
    }

    fn repetition(&mut self) -> Option<(u64, u64)> {
        let (least, most) = match self.peek() {
            Some('?') => (0, 1),
            Some('*') => (0, MORE),
            Some('+') => (1, 1 + MORE),
            Some('{') => {
                let close = self.chars[self.at..].iter().position(|c| *c == '}')? + self.at;
                let inner: String = self.chars[self.at + 1..close].iter().collect();
                self.at = close;
                match inner.split_once(',') {
                    None => (inner.parse().ok()?, inner.parse().ok()?),
                    Some((least, "")) => (least.parse().ok()?, least.parse::<u64>().ok()? + MORE),
                    Some((least, most)) => (least.parse().unwrap_or(0), most.parse().ok()?),
                }
            }
            _ => return Some((1, 1)),
        };
        self.at += 1;
        if self.peek() == Some('?') {
            self.at += 1;
        }
        (least <= most && most <= LENGTH_MAX as u64).then_some((least, most))
    }

    fn atom(&mut self, depth: usize) -> Option<()> {
        let c = self.peek()?;
        self.at += 1;
        match c {
            '(' => {
                if self.peek() == Some('?') {
                    // Only groups that are not numbered; looking around is not for sampling.
                    self.at += 1;
                    (self.peek() == Some(':')).then_some(())?;
                    self.at += 1;
                }
                self.alternatives(depth + 1)?;
                (self.peek() == Some(')')).then_some(())?;
                self.at += 1;
            }
            '[' => self.class()?,
            '.' => self.one_of("abcdefghijklmnopqrstuvwxyz0123456789"),
            '\\' => {
                let escaped = self.peek()?;
                self.at += 1;
                match set(escaped) {
                    Some(set) => self.one_of(set),
                    None if escaped.is_alphanumeric() => return None,
                    None => self.out.push(escaped),
                }
            }
            '*' | '+' | '?' | '{' => return None,
            c => self.out.push(c),
        }
        Some(())
    }

    fn one_of(&mut self, set: &str) {
        let pick = self.next(set.chars().count() as u64) as usize;
        self.out.extend(set.chars().nth(pick));
    }

    /// `[a-z0-9_]`, or `[^…]` for anything printable outside.
    fn class(&mut self) -> Option<()> {
        let outside = self.peek() == Some('^');
        self.at += usize::from(outside);
        let mut members: Vec<char> = Vec::new();
        let start = self.at;
        loop {
            let mut c = self.peek()?;
            self.at += 1;
            if c == ']' && self.at > start + 1 {
                break;
            }
            if c == '\\' {
                c = self.peek()?;
                self.at += 1;
                if let Some(set) = set(c) {
                    members.extend(set.chars());
                    continue;
                }
            }
            let range = self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|c| *c != ']');
            if range {
                let end = self.chars[self.at + 1];
                self.at += 2;
                members.extend((c..=end).take(512));
            } else {
                members.push(c);
            }
        }
        if outside {
            members = (' '..='~').filter(|c| !members.contains(c)).collect();
        }
        let pick = self.next(members.len() as u64) as usize;
        self.out.push(*members.get(pick)?);
        Some(())
    }
}

/// The members of `\d`, `\w`, `\s` and what is outside them.
fn set(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "0123456789",
        'w' => "abcdefghijklmnopqrstuvwxyz0123456789_",
        's' => " ",
        'D' | 'S' => "abcdefghijklmnopqrstuvwxyz",
        'W' => " -.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_matches() {
        let patterns = [
            "^[0-9]{11}$",
            r"^\d{3}-\d{4,6}$",
            "^(M|F)[A-Z]{2,}[^a-z]$",
            "^(?:ab|cd)+x?$",
            r"[1-9]\d*\.\d+",
            "^[\u{4e00}-\u{4e10}]{2,4}$",
            "^a|b$",
            r"^[\w.-]+@[\w]+\.[a-z]{2,3}$",
        ];
        for pattern in patterns {
            let regex = regex_lite::Regex::new(pattern).unwrap();
            for seed in 0..200 {
                let text = sample(pattern, seed * 7919).unwrap();
                assert!(regex.is_match(&text), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn patterns_that_are_not_read_give_nothing() {
        for pattern in ["(?=a)b", r"\bword", "(a", "[a", "a{3", "*", "a{9999}"] {
            assert_eq!(sample(pattern, 5), None, "{pattern}");
        }
        assert_eq!(of("string-length(.) > 3 and regex( . , \"^a'b$\")").unwrap(), "^a'b$");
        assert_eq!(of(". > 3"), None);
    }
}
