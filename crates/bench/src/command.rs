//! What can be typed: `quipu load`, and the smaller program of this crate that `make bench` builds for release.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::Result;
use crate::generator::Patience;
use crate::{Figure, Size, generator, growth, table};

/// `load`: measures and prints a table.
#[derive(Args, Clone, Debug)]
pub struct Load {
    /// Households sent one by one, and as many again in batches.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    pub households: u32,
    /// A size for tests: the figures mean nothing.
    #[arg(long)]
    pub toy: bool,
    /// Also write the figures to this file: JSON, a list of {name, value, unit, limit, ratio}.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The disk that is measured: a temporary folder is made here, and removed.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
}

impl Load {
    /// Measures, says on standard error what it is at, and prints the table.
    pub fn run(&self) -> Result<()> {
        if cfg!(debug_assertions) && !self.toy {
            eprintln!("load: this program was not built for release; it is slower than what would be deployed");
        }
        let size = if self.toy { Size::toy() } else { Size::full(self.households) };
        let figures = crate::run(&size, &self.folder, &|doing| eprintln!("load: {doing}"))?;
        publish(&figures, self.out.as_deref())
    }
}

/// Prints figures as a table, and writes them to a file where one is wanted.
fn publish(figures: &[Figure], out: Option<&Path>) -> Result<()> {
    if let Some(out) = out {
        std::fs::write(out, serde_json::to_vec_pretty(figures)?)?;
    }
    print!("{}", table(figures));
    Ok(())
}

/// `grow`: how cost grows, and how long a restart takes; see [`growth`].
#[derive(Args, Clone, Debug)]
pub struct Grow {
    /// Households of the census.
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u32).range(2_000..=20_000_000))]
    pub households: u32,
    /// Also write the figures to this file: JSON, a list of {name, value, unit, limit, ratio}.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The disk that is measured: a temporary folder is made here, and removed. 10 million households take 10 GB.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
}

impl Grow {
    /// Measures, says on standard error what it is at, and prints the table.
    pub fn run(&self) -> Result<()> {
        publish(&growth::run(self.households, &self.folder)?, self.out.as_deref())
    }
}

/// The process that [`Grow`] starts from its own executable, and kills.
#[derive(Args, Clone, Debug)]
pub struct Fill {
    /// The data folder.
    pub folder: PathBuf,
    /// Households of the census.
    pub households: u32,
}

impl Fill {
    /// Fills, and waits to be killed.
    pub fn run(&self) -> Result<()> {
        growth::fill(&self.folder, self.households)
    }
}

/// The sending process, which [`Load`] starts from its own executable: see [`generator::COMMAND`].
#[derive(Args, Clone, Debug)]
pub struct Generate {
    /// Where to send.
    pub addr: SocketAddr,
    /// Over how many connections.
    pub connections: usize,
    /// The file of requests.
    pub requests: PathBuf,
    /// Wait when refused, as long as the answer says, and see to it that every request is answered with 200 in the end.
    #[arg(long)]
    pub patient: bool,
}

impl Generate {
    /// Sends, and prints a [`generator::Report`] as JSON.
    pub fn run(&self) -> Result<()> {
        let runtime = tokio::runtime::Runtime::new()?;
        let patience = if self.patient { Patience::AsAsked } else { Patience::None };
        let report = runtime.block_on(generator::generate(self.addr, self.connections, &self.requests, patience))?;
        println!("{}", serde_json::to_string(&report)?);
        Ok(())
    }
}
