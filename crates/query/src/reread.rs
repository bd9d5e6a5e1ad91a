//! `form.reread`: answers given to one version of a form stand in the tables as a later version reads them.
//!
//! Nothing is written over. Rows under the earlier version stay in the files and are passed over; the answers are read
//! from the journal once more, and their new rows go to files at once, so that memory does not grow with their number.
//! Files and rule become visible together: no statement sees a household twice, or not at all. A pass that is stopped
//! leaves nothing behind, and begins again when the tables next follow the journal.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use event::Fact;
use event::head::FormReread;
use serde::{Deserialize, Serialize};
use types::{Offset, Verdict};

use crate::batch::TableBuilder;
use crate::extract::Builders;
use crate::feed::FeedEvent;
use crate::rows::Rows;
use crate::snapshot::DataFile;
use crate::{Error, Feed, Result, write};

/// Events read at once.
const READ_MAX: usize = 4096;
/// Rows gathered before they are written: some tens of MiB.
const ROWS_MAX: usize = 256 * 1024;

/// Rows of a form's version that come from events below an offset are read as another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub form: u32,
    pub from: u32,
    pub to: u32,
    pub before: Offset,
}

/// What is passed over, in the order in which it was decided.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules(Vec<Rule>);

impl Rules {
    pub fn new(mut rules: Vec<Rule>) -> Rules {
        rules.sort_by_key(|rule| rule.before);
        Rules(rules)
    }

    pub fn all(&self) -> &[Rule] {
        &self.0
    }

    pub fn put(&mut self, rule: Rule) {
        self.0.push(rule);
    }

    /// What an event asks for. A version that is itself read as another brings its answers there.
    pub fn rule(&self, event: &FeedEvent) -> Option<Rule> {
        let (Some(Fact::FormReread(it)), Verdict::Accepted) = (&event.head.fact, event.verdict) else { return None };
        let FormReread { form, from_version: from, mut to_version } = *it;
        for rule in self.0.iter().filter(|rule| rule.form == form) {
            if rule.from == to_version {
                to_version = rule.to;
            }
        }
        Some(Rule { form, from, to: to_version, before: event.offset })
    }

    /// The version as which the tables hold answers that an event gave to a version.
    fn now(&self, form: u32, given: u32, offset: Offset) -> u32 {
        let of_form = self.0.iter().filter(|rule| rule.form == form && offset < rule.before);
        of_form.fold(given, |version, rule| if rule.from == version { rule.to } else { version })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether rows of a version that come from an event are in the tables under another version.
    pub fn passes_over(&self, form: u32, version: u32, offset: Offset) -> bool {
        self.0.iter().any(|rule| rule.form == form && rule.from == version && offset < rule.before)
    }
}

/// Rows read anew, on their way into a snapshot.
pub(crate) struct Reread {
    pub rule: Rule,
    /// Submissions and listings they come from.
    pub submissions: u64,
    /// Their files, by table. They go with this unless a snapshot takes them over.
    pub files: Vec<(String, Arc<DataFile>)>,
}

impl Reread {
    /// Reads all events before the rule's, and writes the new rows. `None` when `stop` was set meanwhile: what was
    /// written is removed.
    ///
    /// # Errors
    /// The journal cannot be read or a file not written; what was written is removed.
    pub fn run(
        dir: &Path,
        feed: &dyn Feed,
        rows: &mut Rows,
        rules: &Rules,
        rule: Rule,
        stop: &AtomicBool,
    ) -> Result<Option<Reread>> {
        let mut reread = Reread { rule, submissions: 0, files: Vec::new() };
        let whole = reread.read(dir, feed, rows, rules, stop);
        if matches!(whole, Ok(true)) {
            return Ok(Some(reread));
        }
        reread.files.iter().for_each(|(_, file)| file.obsolete());
        whole.map(|_| None)
    }

    /// Whether all was read.
    fn read(&mut self, dir: &Path, feed: &dyn Feed, rows: &mut Rows, rules: &Rules, stop: &AtomicBool) -> Result<bool> {
        let Rule { form, from, to, before } = self.rule;
        tracing::info!(form, from, to, events = before, "earlier answers are read as a later version of their form");
        let Some(published) = rows.catalogue.form(form, to) else { return Ok(true) };
        let tables = published.tables.iter().map(|(name, _)| name.clone());
        let builder = |name: String| (name.clone(), TableBuilder::new(&rows.catalogue.tables[&name]));
        let mut builders: Builders = tables.map(builder).collect();
        let (mut next, mut gathered) = (0, 0);
        while next < before {
            let max = READ_MAX.min((before - next) as usize);
            let events = feed.read(next, max).map_err(|source| Error::Feed { from: next, source })?;
            for event in &events {
                if stop.load(Ordering::Acquire) {
                    tracing::info!(form, from, to, read = next, "stopped: answers are read anew at the next start");
                    return Ok(false);
                }
                if event.offset < next {
                    continue;
                }
                if event.offset > next {
                    return Err(Error::Gap { expected: next, found: event.offset });
                }
                next += 1;
                if stands_as(event, form).is_some_and(|given| rules.now(form, given, event.offset) == from) {
                    let count = rows.read_as(event, to, &mut builders);
                    self.submissions += u64::from(count > 0);
                    gathered += count;
                }
            }
            if events.is_empty() {
                return Err(Error::Gap { expected: next, found: before });
            }
            if gathered >= ROWS_MAX {
                self.write(dir, rows, &mut builders)?;
                gathered = 0;
            }
        }
        self.write(dir, rows, &mut builders)?;
        Ok(true)
    }

    fn write(&mut self, dir: &Path, rows: &Rows, builders: &mut Builders) -> Result<()> {
        for (name, builder) in builders {
            let Some(batch) = builder.take()? else { continue };
            let file = format!("{:020}-r{}.parquet", self.rule.before, self.files.len());
            self.files.push((name.clone(), write::new_file(dir, &rows.catalogue.tables[name], file, &[batch])?));
        }
        Ok(())
    }
}

/// The version of a form to which an event gave answers that the tables hold.
fn stands_as(event: &FeedEvent, form: u32) -> Option<u32> {
    if event.verdict == Verdict::Duplicate || event.verdict != Verdict::Accepted && event.head.is_desk_work() {
        return None;
    }
    let (of, version) = event.head.fact.as_ref()?.answers_to()?;
    (of == form).then_some(version)
}
