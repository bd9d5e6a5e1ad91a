//! The query database: follows the journal and keeps typed tables that SQL can ask.
//!
//! Every event of the [`Feed`] becomes rows: fixed tables (`dwelling`, `visit`, `submission` …) from heads, and one table
//! per repeat group of each published form from bodies. Recent rows are Arrow batches in memory, so an answer is at most a
//! second old; older ones are Parquet files that any other engine can read. A commit is one manifest that names the files
//! of every table together with the journal offset they reach, so a crash leaves whole commits and nothing else.
//!
//! Left out: deciding anything (verdicts come with the feed), direct identifiers (they stay sealed; a row says only
//! whether they were answered), and the way in: nothing here is on the path of a submission. The whole folder can be
//! deleted and is made again from the journal.
//!
//! Start at [`Query`], then read `follow.rs` (events to rows), `commit.rs` (what survives a crash) and `provider.rs`
//! (what a statement reads).

pub mod areas;
pub mod extract;
mod feed;
pub mod form;
pub mod lag;

mod answers;
mod batch;
mod catalogue;
mod codes;
mod commit;
mod compact;
mod counted;
mod counts;
mod derived;
mod erase;
mod error;
mod follow;
mod model;
mod national;
mod places;
mod postgres;
mod progress;
mod provider;
mod query;
mod reread;
mod restore;
mod rows;
mod schema;
mod shared;
mod snapshot;
mod sql;
mod stored;
mod trouble;
mod view;
mod write;

pub use areas::Areas;
pub use counts::Counts;
pub use error::{Error, Result};
pub use feed::{Feed, FeedEvent};
pub use form::{Form, FormReader};
pub use lag::Lag;
pub use national::{National, Part};
pub use query::{Query, User, pretty};
pub use trouble::Trouble;

pub use arrow::record_batch::RecordBatch;
