//! The load generator: how fast a census is taken in, from sealed household to counted and durable.
//!
//! Every household it sends is valid, unique and sealed as a phone seals it, and fold must accept each: after each figure
//! the store's counts are compared with what was sent. Requests are made before the clock starts; a second process
//! sends them, so that its processor time is told apart from the server's.
//!
//! Left out: what comes down in a sync (receipts only), TLS, and the query database, which has its own
//! example (`cargo run -p query --example lag`). Start at [`run`], then read `census.rs` and `submit.rs`.

mod bare;
mod census;
mod command;
mod error;
mod figure;
pub mod generator;
mod growth;
mod look_up;
mod measure;
mod overload;
mod process;
mod request;
mod submit;
mod work;

pub use command::{Fill, Generate, Grow, Load};
pub use error::{Error, Result};
pub use figure::{Figure, Rounds, table};

use census::Census;

/// How much to measure.
#[derive(Clone, Debug)]
pub struct Size {
    /// Households sent one by one.
    pub single: u32,
    /// Households sent in batches.
    pub batched: u32,
    /// Households sent by more clients than there is room for, and as many for comparison.
    pub crowded: u32,
    /// Keep-alive connections for single households.
    pub connections: usize,
    /// Interleaved rounds.
    pub rounds: usize,
    /// Households validated and looked up a round.
    pub looks: u32,
}

impl Size {
    /// The size of published figures: so many households of each kind.
    pub fn full(households: u32) -> Size {
        Size {
            single: households,
            batched: households,
            crowded: households,
            connections: 256,
            rounds: 3,
            looks: 200_000,
        }
    }

    /// All households.
    pub fn households(&self) -> u32 {
        self.single + self.batched + self.crowded
    }

    /// Small enough for a test.
    pub fn toy() -> Size {
        Size { single: 240, batched: 480, crowded: 240, connections: 8, rounds: 2, looks: 500 }
    }
}

/// Measures everything, in a temporary folder under `folder` (which decides what disk is measured). `progress` is told
/// what comes next.
pub fn run(size: &Size, folder: &std::path::Path, progress: &dyn Fn(&str)) -> Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = tempfile::tempdir_in(folder)?;
    progress("opening a census");
    let census = Census::open(&folder.path().join("data"), size.households(), size.connections)?;
    progress("validating households");
    let mut figures = vec![measure::validate(&census, size)?];
    progress(&format!("filling in and sealing {} households", size.households()));
    let work = runtime.block_on(work::prepare(&census, size))?;
    progress("sending them, one by one and in batches");
    figures.extend(runtime.block_on(submit::measure(&census, &work, size, folder.path()))?);
    progress("reading, adding up bytes, starting again");
    figures.push(measure::point_read(&census, size)?);
    figures.extend(measure::journal(&census)?);
    figures.push(measure::store(&census, size));
    figures.push(measure::restart(census, size)?);
    Ok(figures)
}
