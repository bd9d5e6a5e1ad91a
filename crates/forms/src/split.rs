//! Taking identifiers out of answers, so that what is sealed and what is not travel apart.
//!
//! ```text
//! identifiers = 0x01 form:u32le count:varint identifier*
//! identifier  = item*2+reason:varint depth:varint position:varint* length:varint utf8
//! ```
//! With `reason` 1 the text says why a soft check of that question was confirmed.

use std::sync::Arc;

use crate::answers::{self, Reader, put};
use crate::error::{Error, Result};
use crate::form::Form;
use crate::instance::{Inputs, Instance, Spot};
use crate::program::Val;
use crate::state::{NONE, State};
use crate::value::Value;

const FORMAT: u8 = 1;
const REASON: &str = "#reason";

/// A finished form in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Answers with every identifier replaced by a mark that says whether it was answered.
    pub answers: Vec<u8>,
    /// The identifiers: what the device seals. [`identifiers_decode`] reads them.
    pub identifiers: Vec<u8>,
    /// Declared facts, in the order of [`Form::fact_names`].
    pub facts: Vec<i32>,
}

impl Instance {
    /// Takes the identifiers out.
    pub fn split_identifiers(&mut self) -> Split {
        let mut found: Vec<(Spot, u64, String)> =
            self.identifiers().into_iter().map(|spot| (spot, 0, self.value_at(spot).text())).collect();
        let given = self.reasons.iter().filter(|(spot, _)| self.is_here(*spot));
        found.extend(given.map(|(spot, reason)| (*spot, 1, reason.clone())));
        let mut identifiers = vec![FORMAT];
        identifiers.extend_from_slice(&self.form.fingerprint.to_le_bytes());
        put(&mut identifiers, found.len() as u64);
        for (spot, reason, text) in found {
            put(&mut identifiers, u64::from(spot.item) * 2 + reason);
            let position = positions(&self.state, spot.block);
            put(&mut identifiers, position.len() as u64);
            position.into_iter().for_each(|p| put(&mut identifiers, u64::from(p)));
            put(&mut identifiers, text.len() as u64);
            identifiers.extend_from_slice(text.as_bytes());
        }
        Split { answers: answers::encode(&self.form, &self.state, true), identifiers, facts: self.facts() }
    }

    fn is_here(&self, spot: Spot) -> bool {
        self.state.blocks[spot.block as usize].alive && self.relevant_at(spot)
    }

    /// Every answered identifier that is here in the clear, by block and then in the order of the form.
    fn identifiers(&self) -> Vec<Spot> {
        let mut found = Vec::new();
        for (block, shape) in self.state.blocks.iter().enumerate().filter(|(_, b)| b.alive) {
            for (slot, item) in self.form.compiled.scopes[shape.scope as usize].slots.iter().enumerate() {
                let value = self.state.load(block as u32, slot as u16);
                if self.form.definition.items[*item as usize].identifier && !matches!(value, Val::Empty | Val::Sealed) {
                    found.push(Spot { block: block as u32, item: *item });
                }
            }
        }
        found
    }

    /// Puts a form together again from its parts, for whoever may read the identifiers.
    pub fn from_split(form: Arc<Form>, answers: &[u8], identifiers: &[u8], inputs: &Inputs) -> Result<Instance> {
        let mut instance = Instance::from_answers(form.clone(), answers, inputs)?;
        for (path, value) in identifiers_decode(&form, identifiers)? {
            match path.strip_suffix(REASON) {
                Some(path) => instance.set_reason(path, &value)?,
                None => instance.set(&path, &Value::Text(value))?,
            }
        }
        Ok(instance)
    }
}

fn positions(state: &State, block: u32) -> Vec<u32> {
    let mut out = Vec::new();
    let mut block = state.blocks[block as usize];
    while block.parent != NONE {
        out.push(block.position);
        block = state.blocks[block.parent as usize];
    }
    out.reverse();
    out
}

/// Reads identifiers that were sealed: `("person[2]/d1_name", "李芳")`, in the order of the form.
pub fn identifiers_decode(form: &Form, bytes: &[u8]) -> Result<Vec<(String, String)>> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.byte()? != FORMAT {
        return Err(Error::Damaged { at_bytes: 0 });
    }
    let mark: [u8; 4] = reader.take(4)?.try_into().map_err(|_| Error::Damaged { at_bytes: 1 })?;
    let found = u32::from_le_bytes(mark);
    if found != form.fingerprint {
        return Err(Error::OtherForm { found, expected: form.fingerprint });
    }
    let mut out = Vec::new();
    for _ in 0..reader.varint()? {
        let number = reader.varint()?;
        let item = number / 2;
        let Some(definition) = form.definition.items.get(item as usize) else { return reader.damaged() };
        let mut scope = form.compiled.nodes[item as usize].scope;
        let mut repeats = Vec::new();
        while let (Some(repeat), Some(parent)) =
            (form.compiled.scopes[scope as usize].item, form.compiled.scopes[scope as usize].parent)
        {
            repeats.push(repeat);
            scope = parent;
        }
        if reader.varint()? != repeats.len() as u64 {
            return reader.damaged();
        }
        let mut path = String::new();
        for repeat in repeats.into_iter().rev() {
            path.push_str(&format!("{}[{}]/", form.definition.items[repeat as usize].name, reader.varint()?));
        }
        path.push_str(&definition.name);
        if number % 2 == 1 {
            path.push_str(REASON);
        }
        let len = reader.varint()?;
        let raw = reader.take(usize::try_from(len).unwrap_or(usize::MAX))?;
        let Ok(text) = std::str::from_utf8(raw) else { return reader.damaged() };
        out.push((path, text.to_owned()));
    }
    if reader.at != bytes.len() {
        return reader.damaged();
    }
    Ok(out)
}
