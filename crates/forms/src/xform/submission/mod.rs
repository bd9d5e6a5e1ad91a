//! ODK submissions: the XML a client sends when a form is finished.
//!
//! [`read`] gives an [`Instance`] and keeps what the form does not know, so that [`Received::write`] gives the same bytes
//! again for what JavaRosa and the clients built on it write: nodes in the order of the form, empty ones as `<x />`,
//! those that are not relevant left out. [`check`] is the server's door: XML straight to slots and through the rules.
//! [`write()`] is for forms filled here.
//!
//! Nothing a stranger sends is trusted: document types, entities, deep nesting and endless answers are refused before
//! they cost anything. What can be read around is a [`Fault`] in a list, what cannot is one as an error.

mod decode;
mod layout;
mod tree;
mod value;
mod write;

use std::cell::RefCell;
use std::sync::Arc;

use super::fault::{Bad, Fault};
use super::xml::{Event, Parser};
use crate::check::{self, Finding};
use crate::engine::{self, Broken, Side};
use crate::form::Form;
use crate::instance::{Inputs, Instance};
use crate::program::Val;
use crate::state::State;
use crate::vm::Vm;
use crate::{Checked, Date};

pub use decode::Meta;
pub(crate) use layout::Layout;
pub(crate) use tree::Tree;

use decode::{Decoded, Forget, decode};

/// A submission longer than this is refused: attachments travel beside it.
pub const BYTES_MAX: usize = 16 << 20;

/// A submission that was read.
#[derive(Clone, Debug)]
pub struct Received {
    /// The answers. Those to questions that are not asked are left out of [`Instance::to_answers`].
    pub instance: Instance,
    /// Identity and name.
    pub meta: Meta,
    /// What could not be taken as an answer, and where it stands.
    pub faults: Vec<Fault>,
    /// Broken rules, in the order of [`Checked::findings`].
    pub findings: Vec<Finding>,
    /// Results the client computed otherwise: path, its text, ours.
    pub differences: Vec<Difference>,
    layout: Layout,
}

/// A calculation that gives something else here than in the submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The question: `person[2]/age`.
    pub path: String,
    /// What the submission says.
    pub given: String,
    /// What the same answers give here.
    pub computed: String,
}

/// Which form a submission answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// Attribute `id` of the root.
    pub form_id: String,
    /// Attribute `version` of the root; empty when there is none.
    pub version: String,
}

/// Reads only which form and version a submission answers.
///
/// ```
/// let heading = forms::xform::submission::heading(b"<data id='household' version='3'><age>7</age></data>").unwrap();
/// assert_eq!((heading.form_id.as_str(), heading.version.as_str()), ("household", "3"));
/// ```
pub fn heading(bytes: &[u8]) -> Result<Heading, Fault> {
    let text = utf8(bytes)?;
    let mut parser = Parser::new(text);
    let mut read = || {
        let mut heading = Heading::default();
        if let Event::Start(root) = parser.next()? {
            for pair in root.attributes() {
                match pair? {
                    ("id", id) => heading.form_id = id.into_owned(),
                    ("version", version) => heading.version = version.into_owned(),
                    _ => {}
                }
            }
        }
        Ok(heading)
    };
    read().map_err(|bad: Bad| bad.place(bytes, String::new()))
}

fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.len() > BYTES_MAX {
        let message = format!("the submission is longer than {BYTES_MAX} bytes");
        return Err(Bad::new("submission/too-large", 0, message).place(&[], String::new()));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let message = "the bytes are not UTF-8";
        Bad::new("xml/not-utf8", error.valid_up_to(), message).place(bytes, String::new())
    })
}

fn tree(form: &Form) -> &Tree {
    form.tree.get_or_init(|| Tree::new(&form.definition))
}

/// Reads a submission to a form.
///
/// Calculations are run again, except those that depend on chance or on the day, which are taken from the XML. Rules
/// that ask for `today()` are checked when the inputs name a day. Counts of repeats are reported, never corrected.
///
/// ```
/// use forms::{Inputs, xform::submission};
/// let (book, _) = forms::workbook::from_markdown(
///     "| survey |
///      | | type | name | constraint |
///      | | integer | age | . < 150 |
///      | settings |
///      | | form_id | version |
///      | | h | 1 |");
/// let form = std::sync::Arc::new(forms::compile(&book).0.unwrap());
/// let xml = "<data id=\"h\" version=\"1\"><age>200</age><meta><instanceID>uuid:1</instanceID></meta></data>";
/// let received = submission::read(&form, xml.as_bytes(), &Inputs::default()).unwrap();
/// assert_eq!(received.meta.instance_id.as_deref(), Some("uuid:1"));
/// assert_eq!(received.findings.len(), 1);
/// assert_eq!(received.write(), xml);
/// ```
pub fn read(form: &Arc<Form>, bytes: &[u8], inputs: &Inputs) -> Result<Received, Fault> {
    let text = utf8(bytes)?;
    let tree = tree(form);
    let mut layout = Layout { source: text.to_owned(), ..Layout::default() };
    layout.blocks.insert(0);
    let mut instance = Instance::bare(form.clone(), inputs);
    let decoded = decode(form, tree, text, &mut instance.state, &mut layout)?;
    set_reference(&mut instance.state, inputs);
    layout.body = body(text, &decoded);
    let mut broken = Vec::new();
    instance.with(|vm, form| judge(vm, form, inputs, &mut broken));
    let mut received = Received {
        meta: decoded.meta,
        faults: decoded.faults,
        findings: broken.iter().map(|b| check::finding(&instance.state, b)).collect(),
        differences: Vec::new(),
        layout,
        instance,
    };
    received.compare();
    Ok(received)
}

/// Where the content of the root begins and ends. An empty root has none, so that it is written as it was.
fn body(text: &str, decoded: &Decoded) -> (usize, usize) {
    let start = decoded.body;
    let inner = text.get(start..decoded.end).and_then(|inner| inner.rfind("</"));
    (start, inner.map_or(start, |end| start + end))
}

fn set_reference(state: &mut State, inputs: &Inputs) {
    if let Some(reference) = inputs.reference {
        state.reference = reference.0;
    }
}

fn judge(vm: &mut Vm<'_>, form: &Form, inputs: &Inputs, broken: &mut Vec<Broken>) {
    engine::settle(vm, form, Side::Door, broken);
    let side = if inputs.today.is_some() { Side::Device } else { Side::Door };
    engine::check(vm, form, side, broken);
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

/// Decodes and checks a submission as it arrives, reusing the thread's memory: what [`Form::check`] is for the native
/// encoding. Returns what could not be taken as an answer beside what checking found.
pub fn check(form: &Form, bytes: &[u8], inputs: &Inputs) -> Result<(Checked, Vec<Fault>), Fault> {
    let text = utf8(bytes)?;
    SCRATCH.with_borrow_mut(|scratch| {
        let Scratch { state, stack, broken } = scratch;
        broken.clear();
        (state.today, state.random) = (inputs.today.map(|d| d.0), inputs.seed);
        let decoded = decode(form, tree(form), text, state, &mut Forget)?;
        set_reference(state, inputs);
        let mut vm = Vm::new(&form.compiled, &form.definition.lists, state, stack);
        judge(&mut vm, form, inputs, broken);
        let facts = check::facts(form, &vm);
        let checked = Checked {
            verdict: match (check::outcome(broken), decoded.faults.is_empty()) {
                (_, false) => types::Outcome::NeedsReview,
                (outcome, true) => outcome,
            },
            findings: broken.iter().map(|b| check::finding(state, b)).collect(),
            facts,
            reference: Date(state.reference),
        };
        Ok((checked, decoded.faults))
    })
}

/// Writes a form that was filled here, as JavaRosa would: nodes that are not relevant left out, empty ones as `<x />`,
/// the identity in `meta`.
///
/// ```
/// use forms::xform::submission::{self, Meta};
/// let (book, _) = forms::workbook::from_markdown("| type | name |\n| integer | age |");
/// let form = std::sync::Arc::new(forms::compile(&book).0.unwrap());
/// let mut instance = forms::Instance::new(form, &forms::Inputs::default());
/// instance.set("age", &30.into()).unwrap();
/// let meta = Meta { instance_id: Some("uuid:1".into()), ..Meta::default() };
/// let xml = submission::write(&instance, &meta);
/// assert!(xml.ends_with("><age>30</age><meta><instanceID>uuid:1</instanceID></meta></data>"));
/// ```
pub fn write(instance: &Instance, meta: &Meta) -> String {
    let form = &instance.form;
    write::Writer { form, tree: tree(form), state: &instance.state, layout: None, meta }.document()
}

impl Received {
    /// Writes the submission again. What has not changed since it was read is written as it stood, with everything the
    /// form does not know.
    pub fn write(&self) -> String {
        let form = &self.instance.form;
        let (state, layout) = (&self.instance.state, Some(&self.layout));
        write::Writer { form, tree: tree(form), state, layout, meta: &self.meta }.document()
    }

    /// The XML as it was given.
    pub fn source(&self) -> &str {
        &self.layout.source
    }

    /// Clean, warned or needs review; a fault needs review.
    pub fn outcome(&self) -> types::Outcome {
        match (self.faults.is_empty(), self.findings.iter().any(|f| f.hard), self.findings.is_empty()) {
            (false, ..) | (_, true, _) => types::Outcome::NeedsReview,
            (true, false, false) => types::Outcome::Warned,
            (true, false, true) => types::Outcome::Clean,
        }
    }

    /// Remembers what every node of the XML holds now, and finds results that differ.
    fn compare(&mut self) {
        let instance = &self.instance;
        let (form, state) = (&instance.form, &instance.state);
        let mut differences = Vec::new();
        let mut order: Vec<_> = self.layout.seen.keys().copied().collect();
        order.sort_unstable();
        for (block, item) in order {
            let node = form.compiled.nodes[item as usize];
            if node.opens.is_some() || state.blocks[block as usize].scope != node.scope {
                continue;
            }
            let value = state.load(block, node.slot);
            let Some(seen) = self.layout.seen.get_mut(&(block, item)) else { continue };
            seen.value = value;
            let computed = form.definition.items[item as usize].is_computed() && !node.kept;
            let relevant = state.relevant[state.index(block, node.slot)];
            if !computed || !relevant {
                continue;
            }
            let given = self.layout.source.get(seen.inner.0..seen.inner.1).unwrap_or("");
            let given = super::xml::resolve(given, 0).unwrap_or_default();
            let ours = value::write(form, state, item, value);
            if given.trim() != ours.trim() {
                let path = instance.path_of(crate::instance::Spot { block, item });
                differences.push(Difference { path, given: given.into_owned(), computed: ours.into_owned() });
            }
        }
        self.differences = differences;
    }
}
