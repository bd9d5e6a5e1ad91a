//! The national view: copies of the tables of all cells, read together.
//!
//! Each cell's copy stands at the offset of one of its commits; `quipu_lag` says at which. Copies are made file by file:
//! a cell hands out a [`Part`], the root cell fetches the files it lacks ([`National::missing`], [`National::accept`]) and
//! then shows the part as a whole. The folder can be deleted: it is copied again.
//!
//! Left out: how parts and files travel, and deciding anything.

mod part;

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::prelude::SessionContext;
use parking_lot::RwLock;
use types::CellId;

use crate::commit::{FileEntry, checksum, file_error, list};
use crate::counts::CountPages;
use crate::places::Places;
use crate::query::User;
use crate::schema;
use crate::snapshot::{Snapshot, TableRows};
use crate::view::{self, Behind, Source, View};
use crate::{Areas, Error, Result, postgres, sql};

pub use part::Part;

/// The file of a cell's folder that says what its copy is.
const PART: &str = "part";

/// See the module's documentation.
pub struct National {
    dir: PathBuf,
    copies: Arc<Copies>,
    context: SessionContext,
}

/// The copies, for statements.
struct Copies {
    places: Arc<Places>,
    shown: RwLock<Shown>,
}

#[derive(Default)]
struct Shown {
    cells: BTreeMap<CellId, Copy>,
    view: Arc<View>,
}

struct Copy {
    behind: Behind,
    snapshot: Arc<Snapshot>,
}

impl National {
    /// Opens the folder, or makes it. A copy that is not whole is removed, to be fetched again.
    ///
    /// # Errors
    /// The folder cannot be read or made.
    pub fn open(dir: &Path, areas: Arc<dyn Areas>) -> Result<Arc<National>> {
        fs::create_dir_all(dir).map_err(file_error("make", dir))?;
        let places = Arc::new(Places::new(areas));
        let copies = Arc::new(Copies { places, shown: RwLock::default() });
        let source: Arc<dyn Source> = copies.clone();
        let context = sql::session(dir, &source)?;
        let national = National { dir: dir.to_owned(), copies, context };
        for path in list(dir)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(cell) = name.strip_prefix("cell-").and_then(|number| number.parse().ok()).map(CellId) else {
                continue;
            };
            match national.kept(cell) {
                Ok(part) => {
                    national.put(cell, &part);
                    national.sweep(cell)?;
                }
                Err(error) => {
                    tracing::warn!(%error, cell = cell.0, "the copy of a cell's tables is not whole; it is fetched again");
                    fs::remove_dir_all(&path).map_err(file_error("remove", &path))?;
                }
            }
        }
        Ok(Arc::new(national))
    }

    /// The part a cell's folder holds, its files all there.
    fn kept(&self, cell: CellId) -> Result<Part> {
        let path = self.folder(cell).join(PART);
        let part = Part::from_bytes(&fs::read(&path).map_err(file_error("read", &path))?)?;
        match self.missing(cell, &part).first() {
            None => Ok(part),
            Some((table, file)) => {
                Err(Error::Damaged { path: path.with_file_name(table).join(file), what: "it is not whole".into() })
            }
        }
    }

    /// Removes what a copy that was not finished, or a file still read at the end, has left behind.
    fn sweep(&self, cell: CellId) -> Result<()> {
        let shown = self.copies.shown.read();
        let Some(copy) = shown.cells.get(&cell) else { return Ok(()) };
        let named: HashSet<&Path> = files(&copy.snapshot).map(|file| file.path.as_path()).collect();
        for table in list(&self.folder(cell))?.into_iter().filter(|path| path.is_dir()) {
            for file in list(&table)?.into_iter().filter(|file| !named.contains(file.as_path())) {
                fs::remove_file(&file).map_err(file_error("remove", &file))?;
            }
        }
        Ok(())
    }

    fn folder(&self, cell: CellId) -> PathBuf {
        self.dir.join(folder(cell))
    }

    /// Up to which offset of a cell's journal its copy goes; `None` without one.
    pub fn offset(&self, cell: CellId) -> Option<types::Offset> {
        self.copies.shown.read().cells.get(&cell).map(|copy| copy.behind.offset)
    }

    /// The cells there are copies of, and up to which offset of each journal.
    pub fn offsets(&self) -> Vec<(CellId, types::Offset)> {
        self.copies.shown.read().cells.iter().map(|(cell, copy)| (*cell, copy.behind.offset)).collect()
    }

    /// The files of a part that are not here yet: table and name.
    pub fn missing(&self, cell: CellId, part: &Part) -> Vec<(String, String)> {
        let folder = self.folder(cell);
        let here = |path: &Path, bytes: u64| fs::metadata(path).is_ok_and(|found| found.len() == bytes);
        let files = part.files().filter(|(table, file)| !here(&folder.join(table).join(copied(file)), file.bytes));
        files.map(|(table, file)| (table.to_owned(), file.name.clone())).collect()
    }

    /// Where a file on its way is to be written, for [`National::accept`].
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn draft(&self, cell: CellId) -> Result<PathBuf> {
        let folder = self.folder(cell);
        fs::create_dir_all(&folder).map_err(file_error("make", &folder))?;
        Ok(folder.join("draft"))
    }

    /// Takes a file of a part that has arrived as the draft.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it is not the file the part names.
    pub fn accept(&self, cell: CellId, part: &Part, table: &str, name: &str) -> Result<()> {
        let draft = self.draft(cell)?;
        let arrived = checksum(&draft)?;
        let is_it = |file: &FileEntry| file.name == name && (file.bytes, file.crc32c) == arrived;
        let Some((_, entry)) = part.files().find(|(of, file)| *of == table && is_it(file)) else {
            return Err(Error::Damaged { path: draft, what: format!("it is not the file `{name}` of `{table}`") });
        };
        let folder = self.folder(cell).join(table);
        fs::create_dir_all(&folder).map_err(file_error("make", &folder))?;
        let path = folder.join(copied(entry));
        File::open(&draft).and_then(|file| file.sync_all()).map_err(file_error("flush", &draft))?;
        fs::rename(&draft, &path).map_err(file_error("rename", &draft))
    }

    /// Shows a part whose files are all here, in the place of the cell's earlier one.
    ///
    /// # Errors
    /// A file is missing, or the folder cannot be written; the earlier part stays.
    pub fn show(&self, cell: CellId, part: &Part) -> Result<()> {
        if let Some((table, name)) = self.missing(cell, part).pop() {
            let path = self.folder(cell).join(table).join(name);
            return Err(Error::Damaged { path, what: "it has not arrived whole".into() });
        }
        let draft = self.draft(cell)?;
        let mut file = File::create(&draft).map_err(file_error("write", &draft))?;
        let bytes = part.to_bytes()?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(file_error("write", &draft))?;
        fs::rename(&draft, draft.with_file_name(PART)).map_err(file_error("rename", &draft))?;
        self.put(cell, part);
        Ok(())
    }

    fn put(&self, cell: CellId, part: &Part) {
        let snapshot = Arc::new(part.snapshot(&self.dir, &folder(cell)));
        let mut shown = self.copies.shown.write();
        if let Some(Copy { snapshot: before, .. }) = shown.cells.get(&cell) {
            let named: HashSet<&Path> = files(&snapshot).map(|file| file.path.as_path()).collect();
            files(before).filter(|file| !named.contains(file.path.as_path())).for_each(|file| file.obsolete());
        }
        shown.cells.insert(cell, Copy { behind: part.behind(cell), snapshot });
        shown.view = Arc::new(together(&shown.cells));
    }

    /// As [`crate::Query::sql`].
    ///
    /// # Errors
    /// The statement is wrong, or does not only read.
    pub async fn sql(&self, statement: &str) -> Result<Vec<RecordBatch>> {
        sql::run(&self.context, statement).await
    }

    /// As [`crate::Query::serve_postgres`].
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn serve_postgres(
        self: Arc<National>,
        address: SocketAddr,
        users: Vec<User>,
        tls: Option<(PathBuf, PathBuf)>,
    ) -> Result<()> {
        let source: Arc<dyn Source> = self.copies.clone();
        postgres::serve(sql::session(&self.dir, &source)?, address, users, tls).await
    }
}

fn folder(cell: CellId) -> String {
    format!("cell-{:05}", cell.0)
}

/// What a copied file is called. A cell whose tables were made again may give an earlier name to another file.
fn copied(file: &FileEntry) -> String {
    format!("{:08x}-{}", file.crc32c, file.name)
}

fn files(snapshot: &Snapshot) -> impl Iterator<Item = &Arc<crate::snapshot::DataFile>> {
    snapshot.tables.values().flat_map(|table| &table.files)
}

/// What is one for all cells: the tables with all their columns, counters added up, codes.
fn together(cells: &BTreeMap<CellId, Copy>) -> View {
    let mut whole = Snapshot::default();
    let (mut counts, mut codes, mut languages) = (CountPages::default(), Vec::new(), Vec::new());
    for Copy { snapshot, .. } in cells.values() {
        for (name, table) in &snapshot.tables {
            let def = match whole.tables.get(name) {
                Some(known) => known.def.with_columns(&table.def.columns),
                None => table.def.with_first(schema::cell()),
            };
            let rows = TableRows { def: Arc::new(def), files: Vec::new(), frozen: Vec::new(), tail: Vec::new() };
            whole.tables.insert(name.clone(), rows);
        }
        snapshot.counts.iter().for_each(|(ea, of)| counts.add(ea, of));
        for code in snapshot.codes.iter() {
            if !codes.contains(code) {
                codes.push(code.clone());
            }
        }
        for language in snapshot.languages.iter() {
            if !languages.contains(language) {
                languages.push(language.clone());
            }
        }
    }
    (whole.counts, whole.codes, whole.languages) = (counts, Arc::new(codes), Arc::new(languages));
    let part = |(cell, copy): (&CellId, &Copy)| view::Part { cell: Some(*cell), snapshot: copy.snapshot.clone() };
    View { parts: cells.iter().map(part).collect(), whole: Arc::new(whole) }
}

impl std::fmt::Debug for Copies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copies").finish_non_exhaustive()
    }
}

impl Source for Copies {
    fn view(&self) -> Arc<View> {
        self.shown.read().view.clone()
    }

    fn places(&self) -> &Arc<Places> {
        &self.places
    }

    fn behind(&self, view: &View) -> Vec<Behind> {
        // Of the view's own moment: a cell may have been shown anew since.
        let shown = self.shown.read();
        let of = |part: &view::Part| {
            let now = shown.cells.get(&part.cell?)?.behind;
            let (offset, time) = (part.snapshot.offset, part.snapshot.time);
            Some(Behind { offset, time, end: now.end.max(offset), ..now })
        };
        view.parts.iter().filter_map(of).collect()
    }

    fn several(&self) -> bool {
        true
    }
}
