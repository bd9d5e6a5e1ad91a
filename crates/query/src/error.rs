//! What can go wrong while following the journal or answering a statement.

use std::io;
use std::path::PathBuf;

use datafusion::error::DataFusionError;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. Nothing here touches the journal: deleting the folder and following again always repairs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder of the query database cannot be read or written.
    #[error("cannot {doing} `{path}`")]
    File {
        /// What was being done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not what its manifest says. Delete the query folder and start again: it is rebuilt from the journal.
    #[error("`{path}` is damaged: {what}; delete the query folder, it is rebuilt from the journal")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// The tables were made from another journal, or from one that was longer. They have to be made again from this one.
    #[error("`{path}` was made from another journal: its tables reach offset {offset}, this journal {end}")]
    Elsewhere {
        /// The folder.
        path: PathBuf,
        /// Where its tables end.
        offset: types::Offset,
        /// Where the journal ends.
        end: types::Offset,
    },
    /// The folder was written by a newer program.
    #[error("`{path}` has the format `{format}`, which this program does not know; update it")]
    Format {
        /// Which file.
        path: PathBuf,
        /// The format found.
        format: String,
    },
    /// What another cell handed out of its tables cannot be used.
    #[error("a part of another cell's tables cannot be used: {why}")]
    Part {
        /// What does not fit.
        why: String,
    },
    /// The journal could not be read.
    #[error("cannot read the journal from offset {from}")]
    Feed {
        /// The first offset asked for.
        from: types::Offset,
        /// What the feed says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The feed left out events: following on would lose rows.
    #[error("the feed jumps from offset {expected} to {found}")]
    Gap {
        /// The offset that comes next.
        expected: types::Offset,
        /// The offset that came.
        found: types::Offset,
    },
    /// A published form cannot be read, so its tables cannot be made.
    #[error("cannot read form {form} version {version}: {why}")]
    Form {
        /// The form's number.
        form: u32,
        /// Its version.
        version: u32,
        /// What the reader says.
        why: String,
    },
    /// The statement would change something. The query database is read-only.
    #[error("`{statement}` is refused: SQL here is read-only (SELECT, EXPLAIN, SHOW, DESCRIBE)")]
    ReadOnly {
        /// The first words of the statement.
        statement: String,
    },
    /// The statement is wrong, or failed while running.
    #[error("{0}")]
    Sql(#[from] DataFusionError),
    /// Rows and columns do not fit together.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
    /// A Parquet file could not be read or written.
    #[error(transparent)]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The server for SQL clients could not start.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: String,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// Whether the folder is not what the journal comes to, so that deleting it and following again is the remedy.
    pub fn rebuilds(&self) -> bool {
        match self {
            Error::Damaged { .. } | Error::Elsewhere { .. } | Error::Parquet(_) => true,
            Error::File { source, .. } => source.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }
}
