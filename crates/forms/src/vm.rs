//! Runs programs on a state.

use std::borrow::Cow;

use crate::definition::ChoiceList;
use crate::program::{At, Branch, Cmp, Compiled, Fold, Math, Nodes, Op, Program, Val};
use crate::state::{NONE, State};

/// A form, a state and a stack.
pub(crate) struct Vm<'a> {
    pub form: &'a Compiled,
    pub lists: &'a [ChoiceList],
    pub state: &'a mut State,
    pub stack: &'a mut Vec<Val>,
    /// The block outside a predicate, and the value of the node a program belongs to (for `once`).
    pub outer: u32,
    pub here: Val,
    /// The choice a filter is asked about.
    pub candidate: (u16, u32),
}

impl<'a> Vm<'a> {
    pub fn new(form: &'a Compiled, lists: &'a [ChoiceList], state: &'a mut State, stack: &'a mut Vec<Val>) -> Vm<'a> {
        Vm { form, lists, state, stack, outer: NONE, here: Val::Empty, candidate: (0, 0) }
    }

    /// The truth of a program; what has no program holds.
    #[inline]
    pub fn truth(&mut self, program: Program, block: u32) -> bool {
        match program {
            Program::Absent => true,
            Program::Constant(value) => value,
            Program::Test(op) => self.test(op, block),
            Program::Code(start, end) => {
                self.execute(start, end, block);
                self.pop_bool()
            }
        }
    }

    /// The value of a program.
    pub fn value(&mut self, program: Program, block: u32) -> Val {
        match program {
            Program::Absent => Val::Empty,
            Program::Constant(value) => Val::Bool(value),
            Program::Test(op) => Val::Bool(self.test(op, block)),
            Program::Code(start, end) => {
                self.execute(start, end, block);
                self.stack.pop().unwrap_or_default()
            }
        }
    }

    #[inline]
    fn load(&self, at: At, block: u32) -> Val {
        let from = if at.outer { self.outer } else { block };
        self.state.load(self.state.up(from, at.up), at.slot)
    }

    #[inline(always)]
    fn among(&self, at: At, set: u64, block: u32) -> bool {
        let from = if at.outer { self.outer } else { block };
        let bit = match self.state.slot(self.state.up(from, at.up), at.slot) {
            Val::Choice(_, index) => (*index).min(62),
            _ => 63,
        };
        set >> bit & 1 == 1
    }

    #[inline(always)]
    fn compare_slot(&self, at: At, cmp: Cmp, constant: f64, block: u32) -> bool {
        let from = if at.outer { self.outer } else { block };
        let value = self.state.slot(self.state.up(from, at.up), at.slot);
        compare_numbers(cmp, self.number_of(value), constant)
    }

    #[inline]
    fn test(&self, op: Op, block: u32) -> bool {
        match op {
            Op::Among(at, set) => self.among(at, set, block),
            Op::CompareWith(at, cmp, constant) => self.compare_slot(at, cmp, constant, block),
            Op::IsEmpty(at) => self.load(at, block) == Val::Empty,
            Op::IsFilled(at) => self.load(at, block) != Val::Empty,
            _ => false,
        }
    }

    #[inline(always)]
    fn push(&mut self, value: Val) {
        self.stack.push(value);
    }

    #[inline(always)]
    fn pop_bool(&mut self) -> bool {
        let value = match self.stack.last() {
            Some(Val::Bool(value)) => *value,
            Some(other) => self.to_bool(*other),
            None => false,
        };
        self.stack.truncate(self.stack.len().saturating_sub(1));
        value
    }

    #[inline(always)]
    fn pop_number(&mut self) -> f64 {
        let value = match self.stack.last() {
            Some(Val::Num(value)) => *value,
            Some(other) => self.to_number(*other),
            None => f64::NAN,
        };
        self.stack.truncate(self.stack.len().saturating_sub(1));
        value
    }

    #[inline(always)]
    fn pop(&mut self) -> Val {
        self.stack.pop().unwrap_or_default()
    }

    /// Runs a range of the code; the result is on the stack.
    fn execute(&mut self, start: u32, end: u32, block: u32) {
        let form = self.form;
        let mut pc = start as usize;
        while pc < end as usize {
            let op = &form.code[pc];
            pc += 1;
            // Each arm writes its result in place: a value passed on whole right after its parts were written would
            // wait for the store.
            match *op {
                Op::Num(n) => self.push(Val::Num(n)),
                Op::Const(c) => self.push(Val::Const(c)),
                Op::Bool(b) => self.push(Val::Bool(b)),
                Op::Load(at) => {
                    let from = if at.outer { self.outer } else { block };
                    let value = self.state.slot(self.state.up(from, at.up), at.slot);
                    self.stack.push(*value);
                }
                Op::Among(..) | Op::CompareWith(..) | Op::IsEmpty(_) | Op::IsFilled(_) => {
                    self.push(Val::Bool(self.test(*op, block)));
                }
                Op::Compare(cmp) => {
                    let top = self.stack.len();
                    if let Some([left, right]) = top.checked_sub(2).and_then(|from| self.stack.get(from..)) {
                        let holds = self.compare(cmp, left, right);
                        self.stack.truncate(top - 2);
                        self.push(Val::Bool(holds));
                    }
                }
                Op::Math(math) => {
                    let (right, left) = (self.pop_number(), self.pop_number());
                    self.push(Val::Num(calculate(math, left, right)));
                }
                Op::Negate => {
                    let value = self.pop_number();
                    self.push(Val::Num(-value));
                }
                Op::Not => {
                    let value = self.pop_bool();
                    self.push(Val::Bool(!value));
                }
                Op::ToBool => {
                    let value = self.pop_bool();
                    self.push(Val::Bool(value));
                }
                Op::AndJump(to) => {
                    if self.pop_bool() {
                        continue;
                    }
                    pc = to as usize;
                    self.push(Val::Bool(false));
                }
                Op::OrJump(to) => {
                    if !self.pop_bool() {
                        continue;
                    }
                    pc = to as usize;
                    self.push(Val::Bool(true));
                }
                Op::JumpUnless(to) => {
                    if !self.pop_bool() {
                        pc = to as usize;
                    }
                    continue;
                }
                Op::Jump(to) => {
                    pc = to as usize;
                    continue;
                }
                Op::AmongBranch(at, set, branch, to) => {
                    let holds = self.among(at, set, block);
                    match branch {
                        Branch::And | Branch::Unless if holds => continue,
                        Branch::Or if !holds => continue,
                        _ => pc = to as usize,
                    }
                    if branch == Branch::Unless {
                        continue;
                    }
                    self.push(Val::Bool(holds));
                }
                Op::CompareBranch(at, cmp, constant, branch, to) => {
                    let holds = self.compare_slot(at, cmp, constant, block);
                    match branch {
                        Branch::And | Branch::Unless if holds => continue,
                        Branch::Or if !holds => continue,
                        _ => pc = to as usize,
                    }
                    if branch == Branch::Unless {
                        continue;
                    }
                    self.push(Val::Bool(holds));
                }
                Op::Nodes(fold, path) => {
                    let value = self.fold(fold, path, block);
                    self.push(value);
                }
                Op::Position(up) => {
                    self.push(Val::Num(f64::from(self.state.blocks[self.state.up(block, up) as usize].position)))
                }
                Op::Column(column) => {
                    let value = self.column(column);
                    self.push(value);
                }
                Op::Candidate => self.push(Val::Choice(self.candidate.0, self.candidate.1)),
                Op::Matches(regex) => {
                    let value = self.pop();
                    self.push(Val::Bool(form.regexes[regex as usize].is_match(&self.to_text(value))));
                }
                Op::ChoiceLabel(list) => {
                    let value = self.pop();
                    let name = self.to_text(value);
                    let lists = self.lists;
                    let choice = lists[list as usize].choices.iter().find(|c| c.name == *name);
                    let label = choice.map_or("", |c| c.label.get(0));
                    let value = self.state.keep_text(label);
                    self.push(value);
                }
                Op::Call(function, count) => {
                    let first = self.stack.len().saturating_sub(count as usize);
                    let result = self.call(function, first);
                    self.stack.truncate(first);
                    self.push(result);
                }
            }
        }
    }

    fn column(&mut self, column: u16) -> Val {
        let lists = self.lists;
        let choice = lists.get(self.candidate.0 as usize).and_then(|l| l.choices.get(self.candidate.1 as usize));
        match choice.and_then(|c| c.extra.get(column as usize)) {
            Some(text) => self.state.keep_text(text),
            None => Val::Empty,
        }
    }

    fn fold(&mut self, fold: Fold, path: u32, block: u32) -> Val {
        let form = self.form;
        let nodes = &form.paths[path as usize];
        let wanted = if fold == Fold::Nth {
            let value = self.pop();
            self.to_number(value)
        } else {
            f64::NAN
        };
        let separator = if fold == Fold::Join { self.pop() } else { Val::Empty };
        let mut seen =
            Seen { fold, separator, wanted, count: 0, number: f64::NAN, found: Val::Empty, text: String::new() };
        let from = if nodes.outer { self.outer } else { block };
        self.walk(nodes, self.state.up(from, nodes.up), 0, block, &mut seen);
        match fold {
            Fold::Count | Fold::CountFilled => Val::Num(seen.count as f64),
            Fold::Sum => Val::Num(if seen.number.is_nan() { 0.0 } else { seen.number }),
            Fold::Min | Fold::Max => Val::Num(seen.number),
            Fold::First | Fold::Nth => seen.found,
            Fold::Join => self.state.keep_text(&seen.text),
        }
    }

    fn walk(&mut self, nodes: &Nodes, block: u32, level: usize, context: u32, seen: &mut Seen) {
        let Some(kid) = nodes.kids.get(level) else {
            if nodes.predicate != Program::Absent {
                let before = std::mem::replace(&mut self.outer, context);
                let holds = self.truth(nodes.predicate, block);
                self.outer = before;
                if !holds {
                    return;
                }
            }
            self.visit(nodes, block, seen);
            return;
        };
        // A repeat that is not relevant has no nodes.
        let opens = self.form.scopes
            [self.form.scopes[self.state.blocks[block as usize].scope as usize].kids[*kid as usize] as usize]
            .item;
        if let Some(item) = opens {
            let at = self.state.index(block, self.form.nodes[item as usize].slot);
            if !self.state.relevant[at] {
                return;
            }
        }
        let mut here = self.state.kids(block, *kid).first;
        while here != NONE {
            self.walk(nodes, here, level + 1, context, seen);
            here = self.state.blocks[here as usize].next;
        }
    }

    fn visit(&mut self, nodes: &Nodes, block: u32, seen: &mut Seen) {
        if seen.fold == Fold::Nth {
            seen.count += 1;
            if seen.count as f64 == seen.wanted {
                seen.found = nodes.slot.map_or(Val::Empty, |slot| self.state.load(block, slot));
            }
            return;
        }
        let value = match nodes.slot {
            Some(slot) => {
                if !self.state.relevant[self.state.index(block, slot)] {
                    return;
                }
                self.state.load(block, slot)
            }
            None => Val::Empty,
        };
        match seen.fold {
            Fold::Count => seen.count += 1,
            Fold::CountFilled => seen.count += u64::from(value != Val::Empty),
            Fold::Sum | Fold::Min | Fold::Max => {
                let number = self.to_number(value);
                if !number.is_nan() {
                    seen.number = match seen.fold {
                        _ if seen.number.is_nan() => number,
                        Fold::Sum => seen.number + number,
                        Fold::Min => seen.number.min(number),
                        _ => seen.number.max(number),
                    };
                }
            }
            Fold::Join => {
                if seen.count > 0 {
                    seen.text.push_str(&self.to_text(seen.separator));
                }
                seen.count += 1;
                seen.text.push_str(&self.to_text(value));
            }
            Fold::First | Fold::Nth => {
                seen.count += 1;
                if seen.count == 1 {
                    seen.found = value;
                }
            }
        }
    }

    pub fn compare(&self, cmp: Cmp, left: &Val, right: &Val) -> bool {
        if !matches!(cmp, Cmp::Equal | Cmp::NotEqual) {
            return compare_numbers(cmp, self.number_of(left), self.number_of(right));
        }
        let equal = match (left, right) {
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Bool(_), _) | (_, Val::Bool(_)) => self.to_bool(*left) == self.to_bool(*right),
            (Val::Num(_), _) | (_, Val::Num(_)) => (self.number_of(left) - self.number_of(right)).abs() < 1e-12,
            (Val::Choice(l, a), Val::Choice(m, b)) if l == m => a == b,
            (Val::Date(a), Val::Date(b)) => a == b,
            (Val::Text(start, len), Val::Const(c)) => {
                let text = self.state.text.as_bytes();
                text.get(*start as usize..(start + len) as usize) == Some(self.form.texts[*c as usize].as_bytes())
            }
            (Val::Sealed, _) => false,
            _ => self.to_text(*left) == self.to_text(*right),
        };
        equal == (cmp == Cmp::Equal)
    }

    #[inline(always)]
    fn number_of(&self, value: &Val) -> f64 {
        match value {
            Val::Num(n) => *n,
            Val::Date(days) => f64::from(*days),
            other => self.to_number(*other),
        }
    }

    #[inline]
    pub fn to_number(&self, value: Val) -> f64 {
        match value {
            Val::Num(n) => n,
            Val::Date(days) => f64::from(days),
            Val::Bool(b) => f64::from(u8::from(b)),
            Val::Choice(list, index) => {
                self.form.choice_numbers[list as usize].get(index as usize).copied().unwrap_or(f64::NAN)
            }
            Val::Empty | Val::Sealed => f64::NAN,
            Val::Text(..) | Val::Const(_) => parse_number(&self.to_text(value)),
        }
    }

    #[inline]
    pub fn to_bool(&self, value: Val) -> bool {
        match value {
            Val::Bool(b) => b,
            Val::Num(n) => n != 0.0 && !n.is_nan(),
            Val::Empty => false,
            Val::Const(c) => !self.form.texts[c as usize].is_empty(),
            _ => true,
        }
    }

    pub fn to_text(&self, value: Val) -> Cow<'_, str> {
        text_of(self.form, self.lists, self.state, value)
    }

    /// A value that can outlive the program: computed texts go to the heap already, constants stay constants.
    pub fn settle(&self, value: Val) -> Val {
        match value {
            Val::Num(n) if n.is_nan() => Val::Empty,
            Val::Text(_, 0) => Val::Empty,
            Val::Const(c) if self.form.texts[c as usize].is_empty() => Val::Empty,
            other => other,
        }
    }
}

struct Seen {
    fold: Fold,
    separator: Val,
    wanted: f64,
    count: u64,
    number: f64,
    found: Val,
    text: String,
}

/// A value as XPath turns it into text.
pub(crate) fn text_of<'a>(form: &'a Compiled, lists: &'a [ChoiceList], state: &'a State, value: Val) -> Cow<'a, str> {
    match value {
        Val::Empty | Val::Sealed => Cow::Borrowed(""),
        Val::Text(start, len) => Cow::Borrowed(state.text.get(start as usize..(start + len) as usize).unwrap_or("")),
        Val::Const(c) => Cow::Borrowed(&form.texts[c as usize]),
        Val::Choice(list, index) => {
            Cow::Borrowed(lists[list as usize].choices.get(index as usize).map_or("", |c| &c.name))
        }
        Val::Bool(b) => Cow::Borrowed(if b { "true" } else { "false" }),
        Val::Date(days) => Cow::Owned(crate::date::Date(days).to_string()),
        Val::Num(n) => Cow::Owned(number_text(n)),
    }
}

/// A number as XPath writes it: no exponent, no trailing zeros, `NaN`, `Infinity`.
pub(crate) fn number_text(n: f64) -> String {
    if n.is_infinite() {
        return if n > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if n == 0.0 { "0".into() } else { n.to_string() }
}

/// XPath's `number()` of a text: digits with at most one point and a leading minus, else not a number.
pub(crate) fn parse_number(text: &str) -> f64 {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits != "." && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

#[inline]
pub(crate) fn compare_numbers(cmp: Cmp, left: f64, right: f64) -> bool {
    match cmp {
        Cmp::Equal => (left - right).abs() < 1e-12,
        Cmp::NotEqual => (left - right).abs() >= 1e-12 || left.is_nan() || right.is_nan(),
        Cmp::Less => left < right,
        Cmp::LessOrEqual => left <= right,
        Cmp::Greater => left > right,
        Cmp::GreaterOrEqual => left >= right,
    }
}

fn calculate(math: Math, left: f64, right: f64) -> f64 {
    match math {
        Math::Add => left + right,
        Math::Subtract => left - right,
        Math::Multiply => left * right,
        Math::Divide => left / right,
        Math::Modulo => left % right,
    }
}
