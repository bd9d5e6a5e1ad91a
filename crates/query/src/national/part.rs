//! What a cell hands out of its last commit: all about its tables but the rows, and the files that hold those.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use types::{AreaId, CellId, Offset, Time};

use crate::commit::FileEntry;
use crate::counts::{CountPages, Counts};
use crate::form::{Code, Column};
use crate::reread::{Rule, Rules};
use crate::schema::TableDef;
use crate::snapshot::{DataFile, Snapshot, TableRows};
use crate::view::Behind;
use crate::{Error, Lag, Result};

/// What every part begins with: the format, and which version of it.
const FORMAT: &[u8; 12] = b"quipu-part/1";

/// See the module's documentation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    offset: Offset,
    end: Offset,
    seconds: f64,
    time: Time,
    tables: BTreeMap<String, Table>,
    /// Offsets of events whose rows do not count, as `roaring` writes them.
    dead: Vec<u8>,
    /// By enumeration area.
    counts: Vec<(u32, Counts)>,
    codes: Vec<(String, Code)>,
    languages: Vec<String>,
    reread: Vec<Rule>,
}

/// A table that SQL sees.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Table {
    about: String,
    columns: Vec<Column>,
    counted: bool,
    answers: bool,
    files: Vec<FileEntry>,
}

impl Part {
    /// Of a commit.
    pub(crate) fn of(commit: &Snapshot, lag: Lag) -> Result<Part> {
        let public = commit.tables.iter().filter(|(_, table)| table.def.public);
        let table = |table: &TableRows| Table {
            about: table.def.about.clone(),
            columns: table.def.columns.clone(),
            counted: table.def.counted,
            answers: table.def.answers,
            files: table.files.iter().map(|file| file.entry.clone()).collect(),
        };
        let mut dead = Vec::new();
        commit.dead.serialize_into(&mut dead).map_err(|error| Error::Part { why: error.to_string() })?;
        Ok(Part {
            offset: commit.offset,
            end: lag.end.max(commit.offset),
            seconds: lag.seconds,
            time: commit.time,
            tables: public.map(|(name, rows)| (name.clone(), table(rows))).collect(),
            dead,
            counts: commit.counts.iter().map(|(ea, counts)| (ea.0, *counts)).collect(),
            codes: commit.codes.to_vec(),
            languages: commit.languages.to_vec(),
            reread: commit.reread.all().to_vec(),
        })
    }

    /// Events below this offset are in it.
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// As it travels and lies in a folder: the format, a checksum, the part.
    ///
    /// # Errors
    /// None that a part made here could meet.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let body = postcard::to_stdvec(self).map_err(|error| Error::Part { why: error.to_string() })?;
        Ok([FORMAT, &crc32c::crc32c(&body).to_le_bytes()[..], &body].concat())
    }

    /// The inverse.
    ///
    /// # Errors
    /// [`Error::Part`] for other bytes, damaged ones, and those of another version of the program.
    pub fn from_bytes(bytes: &[u8]) -> Result<Part> {
        let wrong = |why: &str| Error::Part { why: why.to_owned() };
        let rest = bytes.strip_prefix(FORMAT).ok_or_else(|| wrong("it has another format; update both cells"))?;
        let (crc, body) = rest.split_first_chunk().ok_or_else(|| wrong("it is cut off"))?;
        if crc32c::crc32c(body) != u32::from_le_bytes(*crc) {
            return Err(wrong("its checksum does not fit"));
        }
        let part: Part = postcard::from_bytes(body).map_err(|error| wrong(&error.to_string()))?;
        RoaringTreemap::deserialize_from(&*part.dead).map_err(|error| wrong(&error.to_string()))?;
        // Names become paths.
        let plain = |name: &str| !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
        let names = part.files().all(|(table, file)| plain(table) && plain(&file.name));
        if names { Ok(part) } else { Err(wrong("a file's name is no name")) }
    }

    /// Its files, each with the table it is of.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &FileEntry)> {
        self.tables.iter().flat_map(|(name, table)| table.files.iter().map(move |file| (name.as_str(), file)))
    }

    pub(super) fn behind(&self, cell: CellId) -> Behind {
        Behind { cell: Some(cell), offset: self.offset, end: self.end, seconds: self.seconds, time: self.time }
    }

    /// The state it describes, its files in a folder of the folder that scans know.
    pub(super) fn snapshot(&self, store: &Path, folder: &str) -> Snapshot {
        let folder = format!("{folder}/");
        let rows = |name: &str, table: &Table| {
            let def = TableDef::new(name, &table.about, table.columns.clone(), table.counted, true);
            let file = |entry: &FileEntry| {
                let entry = FileEntry { name: super::copied(entry), ..entry.clone() };
                Arc::new(DataFile::new(entry, store, &folder, name))
            };
            TableRows {
                def: Arc::new(TableDef { answers: table.answers, ..def }),
                files: table.files.iter().map(file).collect(),
                frozen: Vec::new(),
                tail: Vec::new(),
            }
        };
        let mut counts = CountPages::default();
        self.counts.iter().for_each(|(ea, of)| counts.set(AreaId(*ea), *of));
        Snapshot {
            offset: self.offset,
            time: self.time,
            tables: self.tables.iter().map(|(name, table)| (name.clone(), rows(name, table))).collect(),
            dead: Arc::new(RoaringTreemap::deserialize_from(&*self.dead).unwrap_or_default()),
            counts,
            codes: Arc::new(self.codes.clone()),
            languages: Arc::new(self.languages.clone()),
            reread: Arc::new(Rules::new(self.reread.clone())),
            ..Snapshot::default()
        }
    }
}
