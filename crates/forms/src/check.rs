//! The hot path: answers as they arrive at the server's door, decoded, loaded and checked.

use std::cell::RefCell;

use types::Outcome;

use crate::answers;
use crate::date::Date;
use crate::engine::{self, Broken, Side};
use crate::error::Result;
use crate::form::Form;
use crate::program::{RuleKind, Val};
use crate::state::State;
use crate::vm::Vm;

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// Index of the question; see [`Form::item`].
    pub item: u32,
    /// Which rule.
    pub kind: RuleKind,
    /// Positions of the repeat instances around it, outermost first, from 1.
    pub position: Vec<u32>,
    /// Whether it makes the form need review.
    pub hard: bool,
}

/// What checking found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Clean, warned or needs review.
    pub verdict: Outcome,
    /// Every broken rule: those of the root first, then repeat by repeat, in the order of the form.
    pub findings: Vec<Finding>,
    /// Values of the declared facts, in the order of [`Form::fact_names`]; 0 where there is no answer.
    pub facts: Vec<i32>,
    /// The reference day the answers were given for; the caller compares it with the census's.
    pub reference: Date,
}

#[derive(Default)]
struct Scratch {
    state: State,
    stack: Vec<Val>,
    broken: Vec<Broken>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Form {
    /// Decodes and checks answers. Rules over identifiers are left out when those are sealed; their results are kept
    /// answers of the device. Reuses memory of the thread, so a checked household costs two small allocations.
    pub fn check(&self, answers: &[u8]) -> Result<Checked> {
        SCRATCH.with_borrow_mut(|scratch| {
            let Scratch { state, stack, broken } = scratch;
            broken.clear();
            // Answers are judged by what is in them: no day of checking, no chance.
            (state.today, state.random) = (None, 0);
            let sealed = answers::decode(self, answers, state)?;
            let side = if sealed { Side::Door } else { Side::Device };
            let mut vm = Vm::new(&self.compiled, &self.definition.lists, state, stack);
            engine::settle(&mut vm, self, side, broken);
            engine::check(&mut vm, self, side, broken);
            let facts = facts(self, &vm);
            Ok(Checked {
                verdict: outcome(broken),
                findings: broken.iter().map(|b| finding(state, b)).collect(),
                facts,
                reference: Date(state.reference),
            })
        })
    }
}

pub(crate) fn facts(form: &Form, vm: &Vm<'_>) -> Vec<i32> {
    let fact = |item: &u32| {
        let value = vm.state.load(0, form.compiled.nodes[*item as usize].slot);
        vm.to_number(value) as i32
    };
    form.compiled.facts.iter().map(|(_, item)| fact(item)).collect()
}

pub(crate) fn is_hard(kind: RuleKind) -> bool {
    kind != RuleKind::Soft
}

pub(crate) fn outcome(broken: &[Broken]) -> Outcome {
    match broken {
        [] => Outcome::Clean,
        some if some.iter().any(|b| is_hard(b.kind)) => Outcome::NeedsReview,
        _ => Outcome::Warned,
    }
}

pub(crate) fn finding(state: &State, broken: &Broken) -> Finding {
    let mut position = Vec::new();
    let mut block = state.blocks[broken.block as usize];
    while let Some(parent) = state.blocks.get(block.parent as usize) {
        position.push(block.position);
        block = *parent;
    }
    position.reverse();
    Finding { item: broken.item, kind: broken.kind, position, hard: is_hard(broken.kind) }
}
