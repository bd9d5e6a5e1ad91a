//! Values that are set at a moment rather than kept up: defaults that are worked out when a form or an instance begins,
//! what an answer sets (`trigger`), and the time at which a form ends (ODK XForms specification, Events and Actions).

use std::collections::VecDeque;

use crate::instance::{Instance, Spot};
use crate::program::{Program, Val};
use crate::state::NONE;
use crate::value::{from_slot, to_slot};

impl Instance {
    /// Works out the defaults of the blocks that are new, in order. A default sees everything that is computed, and does
    /// not replace what is there already.
    pub(crate) fn begin(&mut self) {
        let form = self.form.clone();
        while self.begun < self.state.blocks.len() {
            let block = self.begun as u32;
            self.begun += 1;
            let shape = self.state.blocks[block as usize];
            for item in &form.compiled.scopes[shape.scope as usize].slots {
                let program = form.compiled.defaults[*item as usize];
                let slot = form.compiled.nodes[*item as usize].slot;
                let empty = self.state.values[self.state.index(block, slot)] == Val::Empty;
                if program != Program::Absent && empty && self.state.blocks[block as usize].alive {
                    self.set_computed(Spot { block, item: *item }, program);
                }
            }
        }
    }

    /// Sets what the new answer to a question sets, and what that sets in turn, each value once.
    pub(crate) fn fire(&mut self, spot: Spot) {
        let form = self.form.clone();
        if form.compiled.actions.is_empty() {
            return;
        }
        let (mut waiting, mut done) = (VecDeque::from([spot]), Vec::new());
        while let Some(spot) = waiting.pop_front() {
            for action in form.compiled.actions.iter().filter(|a| a.on == spot.item) {
                let scope = form.compiled.nodes[action.item as usize].scope;
                let anchor = self.state.ancestor(spot.block, action.under);
                let mut block = self.state.chains[scope as usize].0;
                while block != NONE {
                    let target = Spot { block, item: action.item };
                    let here = self.state.blocks[block as usize];
                    if here.alive && self.state.ancestor(block, action.under) == anchor && !done.contains(&target) {
                        done.push(target);
                        if self.set_computed(target, action.program) {
                            waiting.push_back(target);
                        }
                    }
                    block = here.next_in_scope;
                }
            }
        }
    }

    /// Writes the time into what asks for the end of the form.
    pub(crate) fn end(&mut self) {
        let form = self.form.clone();
        let ends = |item: &crate::definition::Item| {
            item.attribute("bind::jr:preload") == "timestamp" && item.attribute("bind::jr:preloadParams") == "end"
        };
        for (i, item) in form.definition.items.iter().enumerate().filter(|(_, item)| ends(item)) {
            let now = crate::Value::from(self.state.now.as_str());
            if let Some(value) = to_slot(&form, &mut self.state, item.kind, &now)
                && form.compiled.nodes[i].scope == 0
            {
                self.replace(Spot { block: 0, item: i as u32 }, value);
            }
        }
    }

    /// Sets the result of a program as the answer to a question; whether it is another one. What the question cannot
    /// hold takes the answer away.
    fn set_computed(&mut self, spot: Spot, program: Program) -> bool {
        let form = self.form.clone();
        let node = form.compiled.nodes[spot.item as usize];
        let old = self.state.values[self.state.index(spot.block, node.slot)];
        let made = self.with(|vm, _| {
            vm.here = old;
            let made = vm.value(&program, spot.block);
            vm.settle(made)
        });
        let kind = form.kind(spot.item);
        let value = match form.definition.items[spot.item as usize].is_any() {
            true => made,
            false => {
                let value = from_slot(&form, &self.state, kind, made);
                to_slot(&form, &mut self.state, kind, &value).unwrap_or_default()
            }
        };
        self.replace(spot, value)
    }
}
