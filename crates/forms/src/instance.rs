//! A form being filled.

use std::sync::Arc;

use types::Outcome;

use crate::answers;
use crate::author::matrix::APPEARANCE;
use crate::check::{self, Finding};
use crate::date::Date;
use crate::definition::Kind;
use crate::engine::{self, Broken, Queue, Side};
use crate::error::{Error, Result};
use crate::form::Form;
use crate::program::Val;
use crate::state::{NONE, State};
use crate::value::{Value, expected, from_slot, to_slot};
use crate::vm::{Vm, text_of};

/// What comes from outside: the engine has no clock, no chance and no case list of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// The day of the reference moment; the form's own setting when `None`.
    pub reference: Option<Date>,
    /// What `today()` gives; nothing when `None`.
    pub today: Option<Date>,
    /// What `now()` gives: `2020-11-01T10:30:00.000+08:00`. Its day is what `today()` gives when `today` is `None`.
    pub now: Option<String>,
    /// What the device and its user are, by the names of ODK's metadata: `deviceid`, `username`, `phonenumber`, `email`.
    pub properties: Vec<(String, String)>,
    /// Seed of `random()`.
    pub seed: u64,
    /// Values for questions of the root by name: area code, dwelling and household number; and answers to this form as
    /// it was last finished here, by `last-saved#name`. Names the form does not have are left out.
    pub prefill: Vec<(String, String)>,
}

/// A form with answers. Every change recalculates what depends on it.
#[derive(Clone, Debug)]
pub struct Instance {
    pub(crate) form: Arc<Form>,
    pub(crate) state: State,
    stack: Vec<Val>,
    /// Why a warning is right all the same.
    pub(crate) reasons: Vec<(Spot, String)>,
    /// Blocks whose defaults have been worked out.
    pub(crate) begun: usize,
    /// Texts are put together again when they take more than this.
    text_bytes: usize,
}

/// Texts of a form up to this size are left as they are.
const TEXT_BYTES: usize = 64 << 10;

/// A node of an instance: a block and an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub block: u32,
    pub item: u32,
}

impl Instance {
    /// An empty form with its defaults.
    pub fn new(form: Arc<Form>, inputs: &Inputs) -> Instance {
        let mut instance = Instance::bare(form, inputs);
        instance.state.reset(&instance.form.compiled);
        // Defaults may take up what was saved last; other values from outside replace defaults.
        instance.prefill(inputs, true);
        instance.with(|vm, form| engine::fill(vm, form, 0));
        instance.prefill(inputs, false);
        instance.settle();
        instance.begin();
        instance
    }

    fn prefill(&mut self, inputs: &Inputs, last_saved: bool) {
        for (name, value) in inputs.prefill.iter().filter(|(name, _)| name.starts_with("last-saved#") == last_saved) {
            if let Some(item) = self.form.named(0, name) {
                let kind = self.form.kind(item);
                let slot = to_slot(&self.form.clone(), &mut self.state, kind, &Value::from(value.as_str()));
                let at = self.state.index(0, self.form.compiled.nodes[item as usize].slot);
                self.state.values[at] = slot.unwrap_or_default();
            }
        }
    }

    pub(crate) fn bare(form: Arc<Form>, inputs: &Inputs) -> Instance {
        let state = State {
            reference: inputs.reference.or(form.definition.reference_date).unwrap_or(Date(0)).0,
            today: inputs.today.or_else(|| Date::parse(inputs.now.as_deref()?)).map(|d| d.0),
            now: inputs.now.clone().unwrap_or_default(),
            properties: inputs.properties.clone(),
            random: inputs.seed,
            ..State::default()
        };
        Instance { form, state, stack: Vec::new(), reasons: Vec::new(), begun: 0, text_bytes: TEXT_BYTES }
    }

    /// Reads answers back. Identifiers that are sealed stay sealed, and rules over them are left out.
    pub fn from_answers(form: Arc<Form>, bytes: &[u8], inputs: &Inputs) -> Result<Instance> {
        let mut instance = Instance::bare(form.clone(), inputs);
        let sealed = answers::decode(&form, bytes, &mut instance.state)?;
        instance.begun = instance.state.blocks.len();
        let side = if sealed { Side::Door } else { Side::Device };
        instance.with(|vm, form| engine::settle(vm, form, side, &mut Vec::new()));
        Ok(instance)
    }

    pub(crate) fn with<T>(&mut self, f: impl FnOnce(&mut Vm<'_>, &Form) -> T) -> T {
        let form = &self.form;
        let mut vm = Vm::new(&form.compiled, &form.definition.lists, &mut self.state, &mut self.stack);
        f(&mut vm, form)
    }

    fn settle(&mut self) {
        self.with(|vm, form| {
            engine::settle(vm, form, Side::Device, &mut Vec::new());
        });
    }

    /// The form.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// Sets an answer: `person[2]/sex`. [`Value::Empty`] takes it away.
    pub fn set(&mut self, path: &str, value: &Value) -> Result<()> {
        let spot = self.spot(path)?;
        self.put(spot, value).ok_or_else(|| self.wrong(spot, value.text()))
    }

    pub(crate) fn wrong(&self, spot: Spot, value: String) -> Error {
        Error::WrongValue { path: self.path_of(spot), value, expected: expected(self.form.kind(spot.item)) }
    }

    pub(crate) fn put(&mut self, spot: Spot, value: &Value) -> Option<()> {
        let form = self.form.clone();
        let slot = to_slot(&form, &mut self.state, form.kind(spot.item), value)?;
        self.put_slot(spot, slot);
        Some(())
    }

    pub(crate) fn put_slot(&mut self, spot: Spot, slot: Val) {
        if self.replace(spot, slot) {
            self.fire(spot);
        }
    }

    /// Puts a value in and works out what depends on it; whether it is another one.
    pub(crate) fn replace(&mut self, spot: Spot, slot: Val) -> bool {
        let at = self.state.index(spot.block, self.form.compiled.nodes[spot.item as usize].slot);
        let old = std::mem::replace(&mut self.state.values[at], slot);
        let same = old == slot || {
            let text = |value| text_of(&self.form.compiled, &self.form.definition.lists, &self.state, value);
            matches!((old, slot), (Val::Text(..), Val::Text(..))) && text(old) == text(slot)
        };
        if !same {
            self.changed(spot);
        }
        !same
    }

    pub(crate) fn changed(&mut self, spot: Spot) {
        self.work(spot, Queue::default());
    }

    /// Works out what waits, and what reads a node that has changed.
    fn work(&mut self, spot: Spot, mut queue: Queue) {
        self.with(|vm, form| {
            queue.changed(vm.state, form, spot.item, spot.block);
            engine::spread(vm, form, &mut queue);
        });
        self.begin();
        if self.state.text.len() > self.text_bytes {
            self.state.pack();
            self.text_bytes = TEXT_BYTES.max(self.state.text.len() * 2);
        }
    }

    /// Says what time it is now, for what is worked out from here on.
    pub fn set_now(&mut self, now: &str) {
        now.clone_into(&mut self.state.now);
    }

    /// Says why a soft check that is broken is right all the same; an empty reason takes it back. Reasons are free
    /// text, so they go with the identifiers: `person[2]/d5_birth#reason`.
    pub fn set_reason(&mut self, path: &str, reason: &str) -> Result<()> {
        let spot = self.spot(path)?;
        self.keep_reason(spot, reason);
        Ok(())
    }

    pub(crate) fn keep_reason(&mut self, spot: Spot, reason: &str) {
        self.reasons.retain(|(s, _)| *s != spot);
        if !reason.is_empty() {
            self.reasons.push((spot, reason.to_owned()));
        }
    }

    /// The answer at a path; empty when the question is not relevant.
    pub fn value(&self, path: &str) -> Result<Value> {
        let spot = self.spot(path)?;
        Ok(self.value_at(spot))
    }

    pub(crate) fn value_at(&self, spot: Spot) -> Value {
        let slot = self.state.load(spot.block, self.form.compiled.nodes[spot.item as usize].slot);
        from_slot(&self.form, &self.state, self.form.kind(spot.item), slot)
    }

    /// Whether a question is asked.
    pub fn is_relevant(&self, path: &str) -> Result<bool> {
        let spot = self.spot(path)?;
        Ok(self.relevant_at(spot))
    }

    pub(crate) fn relevant_at(&self, spot: Spot) -> bool {
        self.state.relevant[self.state.index(spot.block, self.form.compiled.nodes[spot.item as usize].slot)]
    }

    /// How many instances a repeat has: `count("person")`, `count("household[1]/person")`.
    pub fn count(&self, repeat: &str) -> Result<u32> {
        let (block, scope) = self.repeat(repeat)?;
        Ok(self.state.kids(block, self.form.compiled.scopes[scope as usize].kid).count)
    }

    /// Adds an instance at the end of a repeat; returns its position, from 1.
    pub fn add_repeat(&mut self, repeat: &str) -> Result<u32> {
        let (block, scope) = self.repeat(repeat)?;
        let id = self.open(block, scope);
        Ok(self.state.blocks[id as usize].position)
    }

    pub(crate) fn open(&mut self, parent: u32, scope: u16) -> u32 {
        let form = self.form.clone();
        let id = self.state.open(&form.compiled, scope, parent);
        self.with(|vm, form| {
            engine::fill(vm, form, id);
            let mut queue = Queue::default();
            queue.opened(vm.state, form, id);
            engine::spread(vm, form, &mut queue);
        });
        self.begin();
        id
    }

    /// Removes the instance of a repeat at a position, from 1. Later ones move up.
    pub fn remove_repeat(&mut self, repeat: &str, position: u32) -> Result<()> {
        let (block, scope) = self.repeat(repeat)?;
        let kid = self.form.compiled.scopes[scope as usize].kid;
        let found = self.state.nth(block, kid, position);
        let id = found.ok_or_else(|| Error::NoSuchPath(format!("{repeat}[{position}]")))?;
        let form = self.form.clone();
        let mut queue = Queue::default();
        // In a matrix each later instance has one for this one.
        for pairs in &form.compiled.scopes[scope as usize].kids {
            let pairs = &form.compiled.scopes[*pairs as usize];
            let Some(item) = pairs.item.filter(|i| form.definition.items[*i as usize].appearance == APPEARANCE) else {
                continue;
            };
            let mut later = self.state.blocks[id as usize].next;
            while later != NONE {
                if let Some(pair) = self.state.nth(later, pairs.kid, position) {
                    self.state.close(&form.compiled, pair);
                    queue.moved(&self.state, &form, item, later);
                }
                later = self.state.blocks[later as usize].next;
            }
        }
        self.state.close(&form.compiled, id);
        if let Some(item) = form.compiled.scopes[scope as usize].item {
            queue.moved(&self.state, &form, item, block);
            self.work(Spot { block, item }, queue);
        }
        Ok(())
    }

    /// Every broken rule: those of the root first, then repeat by repeat, in the order of the form.
    pub fn findings(&mut self) -> Vec<Finding> {
        let broken = self.broken();
        broken.iter().map(|b| check::finding(&self.state, b)).collect()
    }

    pub(crate) fn broken(&mut self) -> Vec<Broken> {
        let mut broken = Vec::new();
        let side = self.side();
        self.with(|vm, form| engine::check(vm, form, side, &mut broken));
        broken
    }

    /// The rules of one question that are broken.
    pub(crate) fn broken_at(&mut self, spot: Spot) -> Vec<Broken> {
        let mut broken = Vec::new();
        let node = self.form.compiled.nodes[spot.item as usize];
        let side = self.side();
        self.with(|vm, form| {
            engine::check_block(vm, form, node.scope as usize, spot.block, side, Some(node.slot), &mut broken);
        });
        broken
    }

    fn side(&self) -> Side {
        if self.state.values.contains(&Val::Sealed) { Side::Door } else { Side::Device }
    }

    /// Clean, warned or needs review.
    pub fn outcome(&mut self) -> Outcome {
        check::outcome(&self.broken())
    }

    /// Values of the declared facts, in the order of [`Form::fact_names`].
    pub fn facts(&mut self) -> Vec<i32> {
        self.with(|vm, form| check::facts(form, vm))
    }

    /// The reference day in use.
    pub fn reference(&self) -> Date {
        Date(self.state.reference)
    }

    /// All relevant answers, identifiers included: for drafts on the device itself.
    pub fn to_answers(&self) -> Vec<u8> {
        answers::encode(&self.form, &self.state, false)
    }

    /// The block and the item of a path.
    pub(crate) fn spot(&self, path: &str) -> Result<Spot> {
        let (block, scope, item) = self.walk(path)?;
        match item {
            Some(item) if self.form.compiled.nodes[item as usize].scope == scope => Ok(Spot { block, item }),
            _ => Err(Error::NoSuchPath(path.to_owned())),
        }
    }

    /// The block a repeat is in, and the scope it opens.
    fn repeat(&self, path: &str) -> Result<(u32, u16)> {
        let (block, _, item) = self.walk(path)?;
        match item.and_then(|i| self.form.compiled.nodes[i as usize].opens) {
            Some(scope) => Ok((block, scope)),
            None => Err(Error::NoSuchPath(path.to_owned())),
        }
    }

    fn walk(&self, path: &str) -> Result<(u32, u16, Option<u32>)> {
        let wrong = || Error::NoSuchPath(path.to_owned());
        let (mut block, mut scope, mut last) = (0, 0, None);
        for segment in path.split('/').filter(|s| !s.is_empty()) {
            let (name, position) = match segment.split_once('[') {
                Some((name, rest)) => {
                    let number = rest.strip_suffix(']').and_then(|n| n.parse::<u32>().ok());
                    (name, Some(number.ok_or_else(wrong)?))
                }
                None => (segment, None),
            };
            // In a group that was named the name is its own; otherwise the first of the scope, whatever group it is in.
            let items = &self.form.definition.items;
            let group = last.filter(|g| items[*g as usize].kind == Kind::Group);
            let inside = |i: &u32| items[*i as usize].parent == group && items[*i as usize].name == name;
            let own = group.and_then(|g| (g + 1..items.len() as u32).find(inside));
            let item = match own {
                Some(item) => item,
                None => self.form.named(scope, name).ok_or_else(wrong)?,
            };
            last = Some(item);
            match (self.form.compiled.nodes[item as usize].opens, position) {
                (Some(opens), Some(position)) => {
                    let kid = self.form.compiled.scopes[opens as usize].kid;
                    block = self.state.nth(block, kid, position).ok_or_else(wrong)?;
                    scope = opens;
                }
                (None, Some(_)) => return Err(wrong()),
                (_, None) => {}
            }
        }
        Ok((block, scope, last))
    }

    /// The path of a node, as [`Instance::set`] takes it.
    pub(crate) fn path_of(&self, spot: Spot) -> String {
        let mut parts = vec![self.form.definition.items[spot.item as usize].name.clone()];
        let mut block = self.state.blocks[spot.block as usize];
        while block.parent != NONE {
            if let Some(repeat) = self.form.compiled.scopes[block.scope as usize].item {
                parts.push(format!("{}[{}]", self.form.definition.items[repeat as usize].name, block.position));
            }
            block = self.state.blocks[block.parent as usize];
        }
        parts.reverse();
        parts.join("/")
    }

    /// Whether a question can be answered by a person.
    pub(crate) fn is_asked(&self, item: u32) -> bool {
        let definition = &self.form.definition.items[item as usize];
        let kind: Kind = definition.kind;
        // The appearance `label` draws the heads of a table of choices.
        kind.is_question() && !definition.is_computed() && !definition.read_only && definition.appearance != "label"
    }
}
