//! `quipu form reread`

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use event::{Body, Fact};
use forms::Form;
use node::{FeedEvent, Node, office};
use types::{Offset, Verdict};

use crate::cli::Reread;
use crate::error::{Error, Result};
use crate::office::open;
use crate::output;

/// Events read at once.
const READ_MAX: usize = 4096;

/// What reading answers anew comes to. Nothing of what they say is in it.
#[derive(Default)]
struct Tally {
    submissions: u64,
    unreadable: u64,
    /// By table and column: cells that read otherwise, and how many of them are empty then.
    changed: BTreeMap<(String, String), (u64, u64)>,
    /// By question: answers without a place, and whether the later version has the question.
    left_out: BTreeMap<String, (u64, bool)>,
}

pub fn run(command: &Reread) -> Result<ExitCode> {
    let node = open(&command.data)?;
    let done = reread(&node, command);
    node.stop()?;
    done
}

fn reread(node: &Node, command: &Reread) -> Result<ExitCode> {
    let Reread { from, to, .. } = *command;
    let known: Vec<store::Form> = {
        let store = node.store();
        store.forms().iter().filter(|form| form.name == command.form).cloned().collect()
    };
    let Some(form) = known.first().map(|known| known.form) else {
        let mut names: Vec<String> = node.store().forms().iter().map(|form| form.name.clone()).collect();
        names.dedup();
        let published = if names.is_empty() { "none is".to_owned() } else { format!("there are {}", names.join(", ")) };
        return Err(Error::Refused(format!("no form `{}` is published here: {published}", command.form)));
    };
    for version in [from, to] {
        if !known.iter().any(|known| known.version == version) {
            let versions: Vec<String> = known.iter().map(|known| known.version.to_string()).collect();
            return Err(Error::Refused(format!(
                "`{}` has no version {version}; it has {}",
                command.form,
                versions.join(", ")
            )));
        }
    }
    if from >= to {
        return Err(Error::Refused(format!("answers are read as a later version: {to} is not later than {from}")));
    }
    let (rules, tallies) = tally(node, &known, from, to)?;
    if let Some((_, next)) = rules.iter().rfind(|(earlier, _)| *earlier == to) {
        return Err(Error::Refused(format!("answers of version {to} are read as version {next}: name that one")));
    }
    // Answers stand as what the decisions after them made of the version they were given to.
    let stands = |(given, seen): (u32, usize)| {
        rules[seen..].iter().fold(given, |version, (from, to)| if version == *from { *to } else { version })
    };
    let mut whole = Tally::default();
    tallies.into_iter().filter(|(key, _)| stands(*key) == from).for_each(|(_, tally)| whole.add(tally));
    print!("{}", whole.report(&command.form, from, to));
    if whole.submissions == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    if !command.record {
        println!("Nothing is changed yet: --record does it.");
        return Ok(ExitCode::SUCCESS);
    }
    office::append(node, vec![office::reread_form(form, from, to)])?;
    println!("Recorded: the tables follow when `quipu serve` runs.");
    Ok(ExitCode::SUCCESS)
}

/// Versions read as others so far, in order; and what reading as version `to` comes to, by the version the answers were
/// given to and how many of those decisions came before them.
type Tallies = (Vec<(u32, u32)>, BTreeMap<(u32, usize), Tally>);

fn tally(node: &Node, known: &[store::Form], from: u32, to: u32) -> Result<Tallies> {
    // As the tables read them: without the rows of code lists.
    let (mut versions, mut form) = (BTreeMap::new(), 0);
    for known in known {
        form = known.form.0.into();
        if let Ok(read) = Form::from_bytes(&node.body(known.offset)?) {
            versions.insert(known.version, Arc::new(read));
        }
    }
    let unreadable = |version| Error::Refused(format!("version {version} of the form cannot be read by this program"));
    let target = versions.get(&to).ok_or_else(|| unreadable(to))?;
    versions.get(&from).ok_or_else(|| unreadable(from))?;
    let (mut rules, mut tallies) = (Vec::new(), BTreeMap::<(u32, usize), Tally>::new());
    let end = node.store().next_offset();
    let bar = output::progress("reading answers", end);
    let mut next: Offset = 0;
    while next < end {
        let events = node.feed(next, READ_MAX)?;
        let Some(last) = events.last() else { break };
        next = last.offset + 1;
        for event in &events {
            if let (Some(Fact::FormReread(it)), Verdict::Accepted) = (&event.head.fact, event.verdict)
                && it.form == form
            {
                rules.push((it.from_version, it.to_version));
            }
            let Some((version, answers)) = given(event, form).filter(|(version, _)| *version < to) else { continue };
            let Some(source) = versions.get(&version) else { continue };
            tallies.entry((version, rules.len())).or_default().take(source, &answers, target);
        }
        bar.set_position(next);
    }
    bar.finish_and_clear();
    Ok((rules, tallies))
}

/// Answers to a form that an event brought, with their version.
fn given(event: &FeedEvent, form: u32) -> Option<(u32, Vec<u8>)> {
    let (of, version) = event.head.fact.as_ref()?.answers_to()?;
    let body = Body::read(&event.body).ok().filter(|body| !body.answers.is_empty())?;
    (of == form && event.verdict != Verdict::Duplicate).then_some((version, body.answers))
}

impl Tally {
    fn take(&mut self, source: &Arc<Form>, answers: &[u8], target: &Arc<Form>) {
        let Ok(read) = forms::reread(source, answers, target) else {
            self.unreadable += 1;
            return;
        };
        self.submissions += 1;
        for change in read.changes {
            let (changed, emptied) = self.changed.entry((change.table, change.column)).or_default();
            *changed += 1;
            *emptied += u64::from(change.after.is_none());
        }
        for gone in read.left_out {
            let question = gone.path.rsplit('/').next().unwrap_or_default().to_owned();
            self.left_out.entry(question).or_insert((0, gone.has_question)).0 += 1;
        }
    }

    fn add(&mut self, other: Tally) {
        self.submissions += other.submissions;
        self.unreadable += other.unreadable;
        for (column, (changed, emptied)) in other.changed {
            let sum = self.changed.entry(column).or_default();
            *sum = (sum.0 + changed, sum.1 + emptied);
        }
        for (question, (count, has_question)) in other.left_out {
            self.left_out.entry(question).or_insert((0, has_question)).0 += count;
        }
    }

    fn report(&self, form: &str, from: u32, to: u32) -> String {
        let mut out =
            format!("{form}: {} submissions stand as version {from}; read as version {to}:\n", self.submissions);
        if self.submissions > 0 && self.changed.is_empty() {
            out += "  every cell stays what it is\n";
        }
        for ((table, column), (changed, emptied)) in &self.changed {
            out += &format!("  {table}.{column}: {changed} cells change");
            out += &if *emptied > 0 { format!(", {emptied} of them to nothing\n") } else { "\n".to_owned() };
        }
        for (question, (count, has_question)) in &self.left_out {
            let why = if *has_question { "cannot hold them" } else { "has no such question" };
            out += &format!("  {question}: {count} answers left out, version {to} {why}\n");
        }
        if self.unreadable > 0 {
            out += &format!("  {} submissions cannot be read and have no rows\n", self.unreadable);
        }
        out
    }
}
