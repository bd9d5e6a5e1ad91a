//! `quipu cell …`

use clap::Subcommand;

use super::Data;

/// `quipu cell …`
///
/// All cells have the variable `QUIPU_CELL__SECRET` (or `[cell] secret`) in common; see docs/cells.md.
#[derive(Debug, Subcommand)]
pub enum Cell {
    /// Begin the root cell in a new data folder: areas, definition, forms, phases and staff are set up there, no field work.
    Root {
        #[command(flatten)]
        data: Data,
    },
    /// Begin the cell of an area in a new data folder, and take over what the root cell, which serves, has.
    Join {
        #[command(flatten)]
        data: Data,
        /// The cell's number, from 1; each cell has another.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
        number: u16,
        /// Code of the area whose work it takes in.
        #[arg(long, value_name = "CODE")]
        area: String,
        /// The root cell's address.
        #[arg(long, value_name = "URL")]
        root: String,
        /// Where phones, browsers and other cells reach this one.
        #[arg(long, value_name = "URL")]
        address: String,
    },
    /// Add up what all cells have counted, and say up to which offset of each.
    Show {
        /// The root cell's address.
        #[arg(long, value_name = "URL")]
        root: String,
    },
}
