//! Opening a folder: the last commit's files, and the model made again from their rows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, BinaryArray, Int64Array, RecordBatch, StringArray};
use types::{AreaId, Occupancy, Offset, Outcome, Response, Source, Verdict};

use crate::codes::{VISIT_OUTCOMES, number};
use crate::commit::{Manifest, file_error, link, read_file};
use crate::model::{Answers, Case, Told, What};
use crate::reread::{Rule, Rules};
use crate::rows::{Rows, origin_prefix, short};
use crate::schema::{FACTS, TableDef};
use crate::snapshot::{DataFile, Snapshot, TableRows};
use crate::{Error, Feed, Result};

/// Opens or makes the folder. Returns the state of its last commit.
///
/// # Errors
/// [`Error::Elsewhere`] when it was not made from this journal.
pub(crate) fn open(dir: &Path, feed: &dyn Feed, rows: &mut Rows) -> Result<Snapshot> {
    fs::create_dir_all(dir).map_err(file_error("make", dir))?;
    let manifest = Manifest::last(dir)?.unwrap_or_default();
    let (offset, end) = (manifest.offset, feed.end());
    if offset > end || !manifest.link.is_empty() && manifest.link != link(feed, offset)? {
        return Err(Error::Elsewhere { path: dir.to_owned(), offset, end });
    }
    let swept = manifest.sweep(dir)?;
    if swept > 0 {
        tracing::info!(files = swept, "removed what an unfinished commit left behind");
    }
    let mut files: BTreeMap<&str, Vec<Arc<DataFile>>> = BTreeMap::new();
    for (table, entries) in &manifest.tables {
        let of = |entry: &crate::commit::FileEntry| Arc::new(DataFile::new(entry.clone(), dir, "", table));
        files.insert(table, entries.iter().map(of).collect());
    }
    let read = |table: &str, def: &TableDef| -> Result<Vec<Reader>> {
        let mut readers = Vec::new();
        for file in files.get(table).into_iter().flatten() {
            for batch in read_file(&file.path)? {
                let batch = crate::batch::widen(&batch, &def.schema)?;
                readers.push(Reader { batch, file: file.clone() });
            }
        }
        Ok(readers)
    };

    let defs = rows.catalogue.tables.clone();
    let mut forms = Vec::new();
    for reader in read("form_published", &defs["form_published"])? {
        for row in 0..reader.batch.num_rows() {
            forms.push(reader.form(row)?);
        }
    }
    forms.sort_by_key(|form| form.offset);
    for form in forms {
        let facts: Vec<&str> = form.facts.split_whitespace().collect();
        rows.publish(form.version, &form.name, form.purpose, &facts, &form.compiled)?;
    }

    let mut rules = Vec::new();
    for reader in read("form_reread", &defs["form_reread"])? {
        for row in 0..reader.batch.num_rows() {
            rules.push(reader.reread(row)?);
        }
    }

    let mut told: Vec<(u8, Told)> = Vec::new();
    for (order, table) in
        ["dwelling", "household_listed", "visit", "submission", "review", "household_merged", "held_other"]
            .iter()
            .enumerate()
    {
        for reader in read(table, &defs[*table])? {
            for row in 0..reader.batch.num_rows() {
                let what = match order {
                    0 => reader.dwelling(row)?,
                    1 => reader.household(row)?,
                    2 => reader.visit(row)?,
                    3 => reader.submission(row, rows)?,
                    4 => reader.review(row)?,
                    5 => reader.merged(row)?,
                    _ => What::Other,
                };
                let told_now = reader.told(row, what)?;
                told.push((order as u8, told_now));
            }
        }
    }
    // Within a dwelling's event, the dwelling comes before its households.
    told.sort_by_key(|(order, told)| (told.offset, *order));
    let mut last = None;
    for (order, told) in &told {
        // The households of a held dwelling are rows, but not held once more.
        let with_dwelling = *order == 1 && last == Some((told.offset, 0u8));
        if !(with_dwelling && told.verdict != Verdict::Accepted) {
            rows.model.apply(told, |_, _| {});
        }
        if *order == 0 {
            last = Some((told.offset, 0));
        }
    }

    let mut tables = BTreeMap::new();
    for (name, def) in &rows.catalogue.tables {
        let files = files.get(name.as_str()).cloned().unwrap_or_default();
        tables.insert(name.clone(), TableRows { def: def.clone(), files, frozen: Vec::new(), tail: Vec::new() });
    }
    let commit = Snapshot {
        offset: manifest.offset,
        time: manifest.time,
        tables,
        dead: Arc::new(rows.model.dead.clone()),
        counts: rows.counts(),
        codes: Arc::new(rows.catalogue.codes.clone()),
        languages: Arc::new(rows.catalogue.languages.clone()),
        erased: Arc::new(manifest.erased),
        reread: Arc::new(Rules::new(rules)),
        commit: None,
    };
    Ok(Snapshot { commit: Some(Arc::new(commit.clone())), ..commit })
}

/// A form version as its row says.
struct FormRow {
    offset: Offset,
    version: (u32, u32),
    name: String,
    purpose: u32,
    facts: String,
    compiled: Vec<u8>,
}

/// Reads rows back by column name.
struct Reader {
    batch: RecordBatch,
    file: Arc<DataFile>,
}

impl Reader {
    fn missing(&self, column: &str) -> Error {
        Error::Damaged { path: self.file.path.clone(), what: format!("it has no column `{column}`") }
    }

    fn column<T: Array + 'static>(&self, name: &str) -> Result<&T> {
        let column = self.batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref::<T>());
        column.ok_or_else(|| self.missing(name))
    }

    /// A number; 0 for null.
    fn integer(&self, name: &str, row: usize) -> Result<i64> {
        let column: &Int64Array = self.column(name)?;
        Ok(if column.is_null(row) { 0 } else { column.value(row) })
    }

    fn short(&self, name: &str, row: usize) -> Result<u16> {
        Ok(short(self.integer(name, row)?.clamp(0, i64::from(u32::MAX)) as u32))
    }

    /// Text; empty for null.
    fn text(&self, name: &str, row: usize) -> Result<&str> {
        let column: &StringArray = self.column(name)?;
        Ok(if column.is_null(row) { "" } else { column.value(row) })
    }

    fn told(&self, row: usize, what: What) -> Result<Told> {
        let verdict = self.text("verdict", row)?;
        Ok(Told {
            offset: self.integer("journal_offset", row)? as Offset,
            ea: AreaId(self.integer("ea_id", row)? as u32),
            verdict: Verdict::ALL.iter().copied().find(|v| v.as_str() == verdict).unwrap_or_default(),
            what,
        })
    }

    fn form(&self, row: usize) -> Result<FormRow> {
        let compiled: &BinaryArray = self.column("compiled")?;
        Ok(FormRow {
            offset: self.integer("journal_offset", row)? as Offset,
            version: (self.integer("form", row)? as u32, self.integer("form_version", row)? as u32),
            name: self.text("name", row)?.to_owned(),
            purpose: self.integer("purpose", row)? as u32,
            facts: self.text("facts", row)?.to_owned(),
            compiled: compiled.value(row).to_vec(),
        })
    }

    fn reread(&self, row: usize) -> Result<Rule> {
        Ok(Rule {
            form: self.integer("form", row)? as u32,
            from: self.integer("from_version", row)? as u32,
            to: self.integer("to_version", row)? as u32,
            before: self.integer("journal_offset", row)? as Offset,
        })
    }

    fn dwelling(&self, row: usize) -> Result<What> {
        let occupancy = self.text("occupancy", row)?;
        let occupancy = Occupancy::ALL.iter().copied().find(|v| v.as_str() == occupancy).unwrap_or_default();
        Ok(What::Dwelling { dwelling: self.short("dwelling", row)?, occupancy })
    }

    fn household(&self, row: usize) -> Result<What> {
        Ok(What::Household { dwelling: self.short("dwelling", row)?, household: self.short("household", row)? })
    }

    fn visit(&self, row: usize) -> Result<What> {
        let outcome = number(&VISIT_OUTCOMES, self.text("outcome", row)?);
        Ok(What::Visit { dwelling: self.short("dwelling", row)?, household: self.short("household", row)?, outcome })
    }

    fn merged(&self, row: usize) -> Result<What> {
        Ok(What::Merged { household: self.short("household", row)?, into: self.short("merged_into", row)? })
    }

    fn case(&self, row: usize) -> Result<Case> {
        Ok(Case {
            household: self.short("household", row)?,
            form: self.short("form", row)?,
            phase: self.short("phase", row)?,
        })
    }

    fn submission(&self, row: usize, rows: &Rows) -> Result<What> {
        let source = self.text("source", row)?;
        let outcome = self.text("outcome", row)?;
        let outcome = Outcome::ALL.iter().copied().find(|known| known.as_str() == outcome);
        let origin = self.text("origin", row)?;
        let prefix: Vec<u8> = (0..origin.len() / 2)
            .map_while(|at| u8::from_str_radix(origin.get(2 * at..2 * at + 2)?, 16).ok())
            .collect();
        let mut facts = [0; FACTS.len()];
        for (fact, (name, _)) in facts.iter_mut().zip(FACTS) {
            *fact = self.short(name, row)?;
        }
        let answers = Answers {
            main: rows.catalogue.main(self.integer("form", row)? as u32, self.integer("form_version", row)? as u32),
            review: outcome.is_none_or(Outcome::for_review),
            source: Source::ALL.iter().copied().find(|v| v.as_str() == source).unwrap_or_default(),
            origin: origin_prefix(&prefix),
            number: self.integer("number", row)? as u64,
            facts,
        };
        Ok(What::Submission { case: self.case(row)?, answers })
    }

    fn review(&self, row: usize) -> Result<What> {
        let case = self.case(row)?;
        Ok(match self.text("decision", row)? {
            "approved" => What::Approved { case, submission: self.integer("submission", row)? as Offset },
            "returned" => What::Returned { case },
            "dismissed" => What::Dismissed { operation: self.integer("submission", row)? as Offset },
            other => {
                let response = Response::ALL.iter().copied().find(|v| v.as_str() == other).unwrap_or_default();
                What::Nonresponse { household: case.household, response }
            }
        })
    }
}
