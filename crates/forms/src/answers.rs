//! Answers as bytes: the compact native encoding.
//!
//! ```text
//! answers    = 0x01 flags:u8 form:u32le reference:zigzag block
//! block      = filled:bits value* repeat*      one bit a stored slot, least first, at least one byte
//! repeat     = count:varint block*
//! ```
//! Only what is relevant and answered is there. Values are written by the kind of their question: choices as indexes,
//! days and months as numbers, texts as length and UTF-8. Times, moments, places and names of attachments are texts. So
//! are choices of a list that does not come with the form (their names). With flag bit 0 the identifiers are sealed:
//! their bit says whether they were answered and nothing follows.

use crate::error::{Error, Result};
use crate::form::Form;
use crate::program::{Val, Written};
use crate::state::{NONE, State};
use crate::vm::text_of;

const FORMAT: u8 = 1;
pub(crate) const SEALED: u8 = 1;
/// A blob that unfolds to more slots than this is refused.
const SLOTS_MAX: usize = 4_000_000;

/// Writes a state.
pub(crate) fn encode(form: &Form, state: &State, sealed: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.push(FORMAT);
    out.push(if sealed { SEALED } else { 0 });
    out.extend_from_slice(&form.fingerprint.to_le_bytes());
    put_signed(&mut out, i64::from(state.reference));
    encode_block(form, state, 0, sealed, &mut out);
    out
}

fn encode_block(form: &Form, state: &State, block: u32, sealed: bool, out: &mut Vec<u8>) {
    let scope = &form.compiled.scopes[state.blocks[block as usize].scope as usize];
    let bits = out.len();
    out.resize(bits + bitmap_bytes(scope.stored.len()), 0);
    for (i, stored) in scope.stored.iter().enumerate() {
        let value = state.load(block, stored.slot);
        if value == Val::Empty {
            continue;
        }
        out[bits + i / 8] |= 1 << (i % 8);
        if !(sealed && stored.identifier) {
            encode_value(form, state, stored.written, value, out);
        }
    }
    for (kid, id) in scope.kids.iter().enumerate() {
        let relevant = form.compiled.scopes[*id as usize]
            .item
            .is_none_or(|item| state.relevant[state.index(block, form.compiled.nodes[item as usize].slot)]);
        let kids = state.kids(block, kid as u16);
        put(out, if relevant { u64::from(kids.count) } else { 0 });
        let mut here = if relevant { kids.first } else { NONE };
        while here != NONE {
            encode_block(form, state, here, sealed, out);
            here = state.blocks[here as usize].next;
        }
    }
}

fn bitmap_bytes(count: usize) -> usize {
    count.div_ceil(8).max(1)
}

fn encode_value(form: &Form, state: &State, written: Written, value: Val, out: &mut Vec<u8>) {
    let text = || text_of(&form.compiled, &form.definition.lists, state, value);
    match (written, value) {
        (Written::Any, _) => encode_any(form, state, value, out),
        (Written::Whole, Val::Num(n)) => put_signed(out, n as i64),
        (Written::Number, Val::Num(n)) => put_number(out, n),
        (Written::Date, Val::Date(days)) => put_signed(out, i64::from(days)),
        (Written::YearMonth, Val::Date(days)) => put_signed(out, i64::from(crate::date::Date(days).months())),
        (Written::Choice(..), Val::Choice(_, index)) => put(out, u64::from(index)),
        (Written::Choices(list), _) => {
            let choice = |name| form.compiled.choice(&form.definition.lists, list, name);
            let indexes: Vec<u32> = text().split_whitespace().filter_map(choice).collect();
            put(out, indexes.len() as u64);
            indexes.into_iter().for_each(|i| put(out, u64::from(i)));
        }
        _ => {
            let text = text();
            put(out, text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// A computed value carries what it is.
fn encode_any(form: &Form, state: &State, value: Val, out: &mut Vec<u8>) {
    match value {
        Val::Num(n) => {
            out.push(1);
            put_number(out, n);
        }
        Val::Bool(b) => out.push(2 + u8::from(b)),
        Val::Date(days) => {
            out.push(4);
            put_signed(out, i64::from(days));
        }
        other => {
            let text = text_of(&form.compiled, &form.definition.lists, state, other);
            // Short texts are told by their length: 16 and up.
            put(out, 16 + text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// Reads answers into a state that was reset or holds anything. Returns whether identifiers are sealed.
pub(crate) fn decode(form: &Form, bytes: &[u8], state: &mut State) -> Result<bool> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.byte()? != FORMAT {
        return Err(Error::Damaged { at_bytes: 0 });
    }
    let flags = reader.byte()?;
    if flags > SEALED {
        return Err(Error::Damaged { at_bytes: 1 });
    }
    let mark: [u8; 4] = reader.take(4)?.try_into().map_err(|_| Error::Damaged { at_bytes: 2 })?;
    let found = u32::from_le_bytes(mark);
    if found != form.fingerprint {
        return Err(Error::OtherForm { found, expected: form.fingerprint });
    }
    state.reset(&form.compiled);
    state.reference = reader.small()?;
    let sealed = flags & SEALED != 0;
    decode_block(form, &mut reader, state, 0, sealed)?;
    if reader.at != bytes.len() {
        return Err(Error::Damaged { at_bytes: reader.at });
    }
    Ok(sealed)
}

fn decode_block(form: &Form, reader: &mut Reader<'_>, state: &mut State, block: u32, sealed: bool) -> Result<()> {
    let scope = &form.compiled.scopes[state.blocks[block as usize].scope as usize];
    let bits = reader.take(bitmap_bytes(scope.stored.len()))?;
    let base = state.blocks[block as usize].base as usize;
    for (i, byte) in bits.iter().enumerate() {
        let mut left = *byte;
        while left != 0 {
            let Some(stored) = scope.stored.get(i * 8 + left.trailing_zeros() as usize) else {
                return reader.damaged();
            };
            left &= left - 1;
            state.values[base + stored.slot as usize] = match stored.written {
                _ if sealed && stored.identifier => Val::Sealed,
                written => decode_value(form, reader, state, written)?,
            };
        }
    }
    for id in &scope.kids {
        for _ in 0..reader.varint()? {
            if state.values.len() > SLOTS_MAX {
                return reader.damaged();
            }
            let kid = state.open(&form.compiled, *id, block);
            decode_block(form, reader, state, kid, sealed)?;
        }
    }
    Ok(())
}

fn decode_value(form: &Form, reader: &mut Reader<'_>, state: &mut State, written: Written) -> Result<Val> {
    Ok(match written {
        Written::Any => return decode_any(reader, state),
        Written::Whole => Val::Num(reader.signed()? as f64),
        Written::Number => Val::Num(reader.number()?),
        Written::Date => Val::Date(reader.small()?),
        Written::YearMonth => match crate::date::Date::from_months(reader.small()?) {
            Some(date) => Val::Date(date.0),
            None => return reader.damaged(),
        },
        Written::Choice(list, choices) => match reader.varint()? {
            index if index < u64::from(choices) => Val::Choice(list, index as u32),
            _ => return reader.damaged(),
        },
        Written::Choices(list) => {
            let choices = &form.definition.lists[list as usize].choices;
            let mut names = String::new();
            for _ in 0..reader.varint()? {
                let index = reader.varint()?;
                let Some(choice) = choices.get(index as usize) else { return reader.damaged() };
                if !names.is_empty() {
                    names.push(' ');
                }
                names.push_str(&choice.name);
            }
            state.keep_text(&names)
        }
        Written::ChoiceName(list) => return choice_name(form, reader, state, list),
        Written::Text => {
            let len = reader.varint()?;
            reader.text(len, state)?
        }
    })
}

/// A choice by its name: an index where the rows are here and hold it, else the name itself.
fn choice_name(form: &Form, reader: &mut Reader<'_>, state: &mut State, list: u16) -> Result<Val> {
    let len = reader.varint()?;
    let mark = state.text.len();
    let value = reader.text(len, state)?;
    let index = form.compiled.choice(&form.definition.lists, list, &state.text[mark..]);
    Ok(index.map_or(value, |index| {
        state.text.truncate(mark);
        Val::Choice(list, index)
    }))
}

fn decode_any(reader: &mut Reader<'_>, state: &mut State) -> Result<Val> {
    Ok(match reader.varint()? {
        1 => Val::Num(reader.number()?),
        tag @ (2 | 3) => Val::Bool(tag == 3),
        4 => Val::Date(reader.small()?),
        len @ 16.. => reader.text(len - 16, state)?,
        _ => return reader.damaged(),
    })
}

/// Reads numbers and texts, naming the byte where they stop making sense.
pub(crate) struct Reader<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Reader<'a> {
    pub fn damaged<T>(&self) -> Result<T> {
        Err(Error::Damaged { at_bytes: self.at })
    }

    pub fn byte(&mut self) -> Result<u8> {
        let Some(byte) = self.bytes.get(self.at) else { return self.damaged() };
        self.at += 1;
        Ok(*byte)
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let Some(part) = self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end)) else {
            return self.damaged();
        };
        self.at += count;
        Ok(part)
    }

    pub fn varint(&mut self) -> Result<u64> {
        let first = self.byte()?;
        if first < 128 {
            return Ok(u64::from(first));
        }
        let mut value = u64::from(first & 127);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        self.damaged()
    }

    fn signed(&mut self) -> Result<i64> {
        let n = self.varint()?;
        Ok((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    fn small(&mut self) -> Result<i32> {
        match i32::try_from(self.signed()?) {
            // Ten million days are 27,000 years.
            Ok(n) if n.abs() < 10_000_000 => Ok(n),
            _ => self.damaged(),
        }
    }

    fn number(&mut self) -> Result<f64> {
        let scale = self.byte()?;
        match scale {
            0..=9 => Ok(self.signed()? as f64 / 10f64.powi(i32::from(scale))),
            255 => {
                let raw: [u8; 8] = self.take(8)?.try_into().map_err(|_| Error::Damaged { at_bytes: self.at })?;
                Ok(f64::from_le_bytes(raw))
            }
            _ => self.damaged(),
        }
    }

    fn text(&mut self, len: u64, state: &mut State) -> Result<Val> {
        let raw = self.take(usize::try_from(len).unwrap_or(usize::MAX))?;
        match std::str::from_utf8(raw) {
            Ok(text) if !text.is_empty() => Ok(state.keep_text(text)),
            _ => self.damaged(),
        }
    }
}

pub(crate) fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 128 {
        out.push(n as u8 | 128);
        n >>= 7;
    }
    out.push(n as u8);
}

fn put_signed(out: &mut Vec<u8>, n: i64) {
    put(out, ((n << 1) ^ (n >> 63)) as u64);
}

/// A number as scaled whole number where that loses nothing, else its eight bytes.
fn put_number(out: &mut Vec<u8>, n: f64) {
    for scale in 0..=9u8 {
        let scaled = (n * 10f64.powi(i32::from(scale))).round();
        if scaled.abs() < 9e15 && scaled / 10f64.powi(i32::from(scale)) == n && (n != 0.0 || n.is_sign_positive()) {
            out.push(scale);
            return put_signed(out, scaled as i64);
        }
    }
    out.push(255);
    out.extend_from_slice(&n.to_le_bytes());
}
