//! A data folder, and where its journal is: in the folder itself or, shared by several nodes, in PostgreSQL with a copy in
//! each node's folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use journal_postgres::{Address, Files, PostgresJournal};
use node::{Node, Options};
use types::Offset;

use crate::cell::Member;
use crate::config;
use crate::error::{Error, Result};

/// What says that the journal in a folder is a copy.
const MARKER: &str = "journal-in-postgres.txt";
/// The area pack among the files that nodes share, and in the folder.
pub const AREA_PACK: &str = "areas.qpack";

/// See the module's documentation.
pub struct Place {
    /// The data folder.
    pub folder: PathBuf,
    database: Option<journal_postgres::Options>,
    member: Option<Member>,
}

impl Place {
    /// A folder with a journal of its own.
    pub fn local(folder: &Path) -> Place {
        Place { folder: folder.to_owned(), database: None, member: None }
    }

    /// A folder, with its journal where the settings say.
    pub fn new(folder: &Path, settings: &config::Journal) -> Result<Place> {
        let database = settings.address.as_deref().map(|address| {
            let address = Address::read(address, settings.password.as_deref())?;
            let node = settings.node.clone().or_else(host_name).unwrap_or_else(|| "a node without a name".into());
            Ok::<_, Error>(journal_postgres::Options::new(address, &node))
        });
        Ok(Place { folder: folder.to_owned(), database: database.transpose()?, member: Member::read(folder)? })
    }

    /// How to reach the database, where the journal is in one.
    pub fn database(&self) -> Option<&journal_postgres::Options> {
        self.database.as_ref()
    }

    /// Which cell the folder has; `None` where the census has one.
    pub fn member(&self) -> Option<&Member> {
        self.member.as_ref()
    }

    /// How the cell is opened.
    pub fn options(&self) -> Options {
        Member::options(self.member.as_ref(), &self.folder)
    }

    /// Whether there is a census, or may be: what is in a database is found out by opening it.
    pub fn begun(&self) -> bool {
        self.database.is_some() || self.folder.join("journal").is_dir()
    }

    /// Opens the cell.
    pub fn open(&self, progress: &mut dyn FnMut(Offset, Offset)) -> Result<Node> {
        let (marker, folder) = (self.folder.join(MARKER), self.folder.join("journal"));
        let Some(database) = &self.database else {
            if marker.exists() {
                return Err(Error::Refused(format!(
                    "the journal of `{}` is in PostgreSQL: say where, with --journal or QUIPU_JOURNAL__ADDRESS",
                    self.folder.display()
                )));
            }
            return Ok(Node::open(self.options(), progress)?);
        };
        if folder.exists() && !marker.exists() {
            return Err(Error::Refused(format!(
                "`{}` has a journal of its own, which is not the one in PostgreSQL: use a new data folder",
                self.folder.display()
            )));
        }
        std::fs::create_dir_all(&self.folder).map_err(Error::file(&self.folder))?;
        let mut options = self.options();
        database.check()?;
        let text = "The journal here is a copy. What counts is in PostgreSQL; `quipu serve --journal` follows it.\n";
        std::fs::write(&marker, text).map_err(Error::file(&marker))?;
        let journal = PostgresJournal::open(database.clone(), &folder, options.cell).map_err(node::Error::from)?;
        options.files = Some(Arc::new(Files::new(database.clone(), options.cell)));
        let node = Node::open_with(options, Box::new(journal), progress)?;
        self.fetch_pack(&node)?;
        Ok(node)
    }

    /// The area pack that another node imported.
    fn fetch_pack(&self, node: &Node) -> Result<()> {
        let path = self.folder.join(AREA_PACK);
        if let (Some(files), false) = (node.files(), path.exists())
            && let Some(pack) = files.read(AREA_PACK)?
        {
            std::fs::write(&path, pack).map_err(Error::file(&path))?;
        }
        Ok(())
    }
}

/// What this machine is called.
fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
