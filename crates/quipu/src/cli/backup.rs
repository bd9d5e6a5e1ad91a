//! `quipu backup …` and `quipu restore`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use types::Offset;

use super::Data;

/// `quipu backup …`
#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Put what is new into the backup: journal, photos, area pack. Works while the server runs.
    ///
    /// TO is a folder, or `s3://BUCKET/PREFIX` with `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION` and, for
    /// storage that is not Amazon's, `AWS_ENDPOINT`. Keys are kept apart: see `quipu backup keys`.
    Take {
        #[command(flatten)]
        data: Data,
        /// Where backups are kept.
        #[arg(long)]
        to: String,
    },
    /// Bring a folder's copy of the server's keys up to date. Without keys nobody reads a restored body.
    ///
    /// Keep it away from the data: on removable media, in a safe. Keys destroyed on the server are destroyed in the copy.
    Keys {
        #[command(flatten)]
        data: Data,
        /// The folder of the copy.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Restore the newest backup into a scratch folder, verify and replay it, and compare with the running server.
    Drill {
        #[command(flatten)]
        data: Data,
        /// Where backups are kept.
        #[arg(long)]
        from: String,
        /// A new or empty folder; removed afterwards.
        #[arg(long, value_name = "DIR")]
        scratch: PathBuf,
    },
    /// List the backups.
    List {
        /// Where backups are kept.
        #[arg(long)]
        from: String,
    },
}

/// `quipu restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// The data folder to make; must not hold anything.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where backups are kept: a folder, or `s3://BUCKET/PREFIX`.
    #[arg(long)]
    pub from: String,
    /// The folder of the copy of the keys.
    #[arg(long, value_name = "DIR")]
    pub keys: Option<PathBuf>,
    /// Bring back events before this offset only.
    #[arg(long, value_name = "OFFSET", conflicts_with = "until")]
    pub offset: Option<Offset>,
    /// Bring back what happened up to this time only, such as 2020-11-07T18:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}
