//! Runs programs on a state.

mod convert;

pub(crate) use self::convert::{compare_numbers, number_text, parse_number, text_number, text_of};
use crate::definition::ChoiceList;
use crate::nodes::PREDICATES_MAX;
use crate::program::{At, Branch, Cmp, Compiled, Math, Op, Program, Val};
use crate::state::{NONE, State};

/// The block a program runs on, and where its slots begin.
#[derive(Clone, Copy)]
struct Frame {
    block: u32,
    base: u32,
}

/// A form, a state and a stack.
pub(crate) struct Vm<'a> {
    pub form: &'a Compiled,
    pub lists: &'a [ChoiceList],
    pub state: &'a mut State,
    pub stack: &'a mut Vec<Val>,
    /// The blocks outside the predicates around, outermost first.
    pub outer: [u32; PREDICATES_MAX],
    /// Position and number of the nodes a predicate is asked about.
    pub focus: (u32, u32),
    /// The value of the node a program belongs to (for `once`).
    pub here: Val,
    /// The choice a filter is asked about.
    pub candidate: (u16, u32),
}

impl<'a> Vm<'a> {
    pub fn new(form: &'a Compiled, lists: &'a [ChoiceList], state: &'a mut State, stack: &'a mut Vec<Val>) -> Vm<'a> {
        let outer = [NONE; PREDICATES_MAX];
        Vm { form, lists, state, stack, outer, focus: (1, 1), here: Val::Empty, candidate: (0, 0) }
    }

    /// The truth of a program; what has no program holds.
    #[inline]
    pub fn truth(&mut self, program: &Program, block: u32) -> bool {
        match program {
            Program::Absent => true,
            Program::Constant(value) => *value,
            Program::Test(op) => self.test(op, self.frame(block)),
            Program::Code(start, end) => {
                // Texts made on the way to a truth value are of no more use.
                let mark = self.state.text.len();
                self.execute(*start, *end, self.frame(block));
                let holds = self.pop_bool();
                self.state.text.truncate(mark);
                holds
            }
        }
    }

    /// The value of a program.
    pub fn value(&mut self, program: &Program, block: u32) -> Val {
        match program {
            Program::Absent => Val::Empty,
            Program::Constant(value) => Val::Bool(*value),
            Program::Test(op) => Val::Bool(self.test(op, self.frame(block))),
            Program::Code(start, end) => {
                self.execute(*start, *end, self.frame(block));
                self.stack.pop().unwrap_or_default()
            }
        }
    }

    /// What a slot holds, in place; empty when the node is not relevant.
    #[inline(always)]
    fn slot(&self, at: &At, frame: Frame) -> &Val {
        let base =
            if at.is_here() { frame.base } else { self.state.blocks[self.block(*at, frame.block) as usize].base };
        self.state.at(base as usize + at.slot as usize)
    }

    #[inline(always)]
    fn frame(&self, block: u32) -> Frame {
        Frame { block, base: self.state.blocks[block as usize].base }
    }

    #[inline(always)]
    fn among(&self, at: &At, set: u64, frame: Frame) -> bool {
        let bit = match self.slot(at, frame) {
            Val::Choice(_, index) => (*index).min(62),
            _ => 63,
        };
        set >> bit & 1 == 1
    }

    #[inline(always)]
    fn compare_slot(&self, at: &At, cmp: Cmp, constant: f64, frame: Frame) -> bool {
        compare_numbers(cmp, self.number_of(self.slot(at, frame)), constant)
    }

    #[inline(always)]
    fn test(&self, op: &Op, frame: Frame) -> bool {
        match op {
            Op::Among(at, set) => self.among(at, *set, frame),
            Op::CompareWith(at, cmp, constant) => self.compare_slot(at, *cmp, *constant, frame),
            Op::Within(at, [low, high], [least, most]) => {
                let number = self.number_of(self.slot(at, frame));
                compare_numbers(*low, number, *least) && compare_numbers(*high, number, *most)
            }
            Op::IsText(at, cmp, text) => self.compare(*cmp, self.slot(at, frame), &Val::Const(*text)),
            Op::IsEmpty(at) => matches!(self.slot(at, frame), Val::Empty),
            Op::IsFilled(at) => !matches!(self.slot(at, frame), Val::Empty),
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
    pub fn pop(&mut self) -> Val {
        self.stack.pop().unwrap_or_default()
    }

    /// Where a test and its branch jump, if they do; what the branch leaves is on the stack then.
    #[inline(always)]
    fn branch(&mut self, holds: bool, branch: Branch, to: u32) -> Option<usize> {
        if holds != (branch == Branch::Or) {
            return None;
        }
        if branch != Branch::Unless {
            self.push(Val::Bool(holds));
        }
        Some(to as usize)
    }

    /// Runs a range of the code; the result is on the stack.
    fn execute(&mut self, start: u32, end: u32, frame: Frame) {
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
                    let value = *self.slot(&at, frame);
                    self.push(value);
                }
                Op::Among(..)
                | Op::CompareWith(..)
                | Op::Within(..)
                | Op::IsText(..)
                | Op::IsEmpty(_)
                | Op::IsFilled(_) => {
                    let holds = self.test(op, frame);
                    self.push(Val::Bool(holds));
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
                    let holds = self.among(&at, set, frame);
                    pc = self.branch(holds, branch, to).unwrap_or(pc);
                }
                Op::CompareBranch(at, cmp, constant, branch, to) => {
                    let holds = self.compare_slot(&at, cmp, constant, frame);
                    pc = self.branch(holds, branch, to).unwrap_or(pc);
                }
                Op::Position(at) => {
                    let position = self.state.blocks[self.block(at, frame.block) as usize].position;
                    self.push(Val::Num(f64::from(position)));
                }
                Op::Reference => self.push(Val::Date(self.state.reference)),
                Op::Focus => self.push(Val::Num(f64::from(self.focus.0))),
                Op::Last => self.push(Val::Num(f64::from(self.focus.1))),
                Op::Candidate => self.push(Val::Choice(self.candidate.0, self.candidate.1)),
                Op::Nodes(..) | Op::Column(_) | Op::Matches(_) | Op::ChoiceLabel(_) | Op::Call(..) => {
                    self.execute_long(op, frame.block);
                }
            }
        }
    }

    /// Runs an instruction that takes its time: apart, so that what every rule begins with stays small.
    #[inline(never)]
    fn execute_long(&mut self, op: &Op, block: u32) {
        let (form, lists) = (self.form, self.lists);
        let value = match *op {
            Op::Nodes(fold, set) => self.fold(fold, set, block),
            Op::Column(column) => self.column(column),
            Op::Matches(regex) => {
                let value = self.pop();
                Val::Bool(form.regexes[regex as usize].is_match(&self.to_text(value)))
            }
            Op::ChoiceLabel(list) => {
                let value = self.pop();
                let name = self.to_text(value);
                let row = form.choice(lists, list, &name);
                let label = row.map_or("", |row| lists[list as usize].choices[row as usize].label.get(0));
                self.state.keep_text(label)
            }
            Op::Call(function, count) => {
                let first = self.stack.len().saturating_sub(count as usize);
                let result = self.call(function, first);
                self.stack.truncate(first);
                result
            }
            _ => Val::Empty,
        };
        self.push(value);
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
