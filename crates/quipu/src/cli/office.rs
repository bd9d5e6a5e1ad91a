//! The commands of an office: from an empty data folder to a census that phones can work in.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Data;

/// `quipu census …`
#[derive(Debug, Subcommand)]
pub enum Census {
    /// Say what the census is called, what moment it counts, and which key seals its names.
    ///
    /// Typed again with other words it changes the definition; the key and the census's number stay.
    ///
    /// Example: quipu census define --data data --vault vault --name-en "Census 2030" --name-zh "2030年人口普查"
    /// --reference-moment 2030-11-01 --time-zone Asia/Shanghai
    #[command(verbatim_doc_comment)]
    Define(CensusDefine),
    /// Show what is set up, what is still missing before phones can work, and the next command to type.
    ///
    /// Example: quipu census show --data data
    Show {
        #[command(flatten)]
        data: Data,
    },
}

/// `quipu census define`
#[derive(Debug, Args)]
pub struct CensusDefine {
    #[command(flatten)]
    pub data: Data,
    /// The vault whose key seals names; only its public half is used.
    #[arg(long, value_name = "DIR", conflicts_with = "census_key")]
    pub vault: Option<PathBuf>,
    /// The public census key as `quipu vault init` printed it, when the vault is on another machine.
    #[arg(long, value_name = "HEX")]
    pub census_key: Option<String>,
    /// What the census is called in English.
    #[arg(long, value_name = "NAME")]
    pub name_en: String,
    /// What the census is called in Chinese.
    #[arg(long, value_name = "NAME")]
    pub name_zh: String,
    /// The day at whose beginning people are counted.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub reference_moment: String,
    /// The time zone of that day (IANA).
    #[arg(long, value_name = "ZONE", default_value = "Asia/Shanghai")]
    pub time_zone: String,
    /// Languages of the census; the first is the default.
    #[arg(long, value_name = "TAGS", value_delimiter = ',', default_value = "zh,en")]
    pub languages: Vec<String>,
    /// The number of a census whose servers were lost, as phones and `quipu census show` say it: only under it is the work
    /// of its phones taken in again. Drawn at random by default.
    #[arg(long, value_name = "NUMBER")]
    pub id: Option<u64>,
    /// A pilot: every page says so, and it never becomes the census itself.
    #[arg(long)]
    pub pilot: bool,
}

/// `quipu phase …`
#[derive(Debug, Subcommand)]
pub enum Phase {
    /// Open a phase: from now on its forms are counted.
    ///
    /// Example: quipu phase open --data data
    Open {
        #[command(flatten)]
        data: Data,
        /// The phase's number.
        #[arg(long, default_value_t = 1)]
        phase: u16,
        /// Only in this area and below it; by default everywhere.
        #[arg(long, value_name = "CODE")]
        area: Option<String>,
        /// What it is called in English.
        #[arg(long, value_name = "NAME", default_value = "Listing and enumeration")]
        name_en: String,
        /// What it is called in Chinese.
        #[arg(long, value_name = "NAME", default_value = "摸底和登记")]
        name_zh: String,
        /// A form of it, by its form_id; may be repeated. By default every published form.
        #[arg(long = "form", value_name = "FORM_ID")]
        forms: Vec<String>,
    },
    /// Close a phase. What phones still send is taken in, held and explained.
    ///
    /// Example: quipu phase close --data data --phase 1 --area K1
    Close {
        #[command(flatten)]
        data: Data,
        /// The phase's number.
        #[arg(long, default_value_t = 1)]
        phase: u16,
        /// Only in this area and below it; by default everywhere.
        #[arg(long, value_name = "CODE")]
        area: Option<String>,
    },
}

/// `quipu staff …`
#[derive(Debug, Subcommand)]
pub enum Staff {
    /// Enrol everybody in a list (CSV: code,name,role,area). Every mistake is named with its line and column; with one
    /// mistake nothing is written. The same list again changes nothing.
    ///
    /// Roles: administrator, supervisor, enumerator, viewer, auditor. A column `phone`, with a supervisor's telephone at work,
    /// lets their enumerators call by one tap; nobody else's is kept.
    ///
    /// Example: quipu staff import --data data staff.csv
    Import {
        #[command(flatten)]
        data: Data,
        /// The list.
        file: PathBuf,
    },
    /// List everybody: code, name, role, area, leases, and whether they may sign in to the console.
    ///
    /// Example: quipu staff list --data data
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Make a new password for the console and print it, once. The sign-in name is the staff code.
    ///
    /// Example: quipu staff password --data data --staff A-1
    Password {
        #[command(flatten)]
        data: Data,
        /// Whose.
        #[arg(long, value_name = "CODE")]
        staff: String,
    },
}

/// `quipu lease …`
#[derive(Debug, Subcommand)]
pub enum Lease {
    /// Give an enumeration area to an enumerator; whoever had it before no longer works it.
    ///
    /// With --auto, spread all that nobody has over the enumerators posted above them, neighbours together.
    ///
    /// Example: quipu lease assign --data data --area 4001-001 --staff E-17
    /// Example: quipu lease assign --data data --auto
    #[command(verbatim_doc_comment)]
    Assign {
        #[command(flatten)]
        data: Data,
        /// The enumeration area; with --auto, the subtree.
        #[arg(long, value_name = "CODE", required_unless_present = "auto")]
        area: Option<String>,
        /// The enumerator.
        #[arg(long, value_name = "CODE", required_unless_present = "auto", conflicts_with = "auto")]
        staff: Option<String>,
        /// Spread what nobody has.
        #[arg(long)]
        auto: bool,
    },
}

/// `quipu letter …`
#[derive(Debug, Subcommand)]
pub enum Letter {
    /// Print activation letters: a page a person, with a QR code and the activation code, in Chinese and English.
    ///
    /// By default for everybody who needs one: supervisors, and enumerators with a lease newer than their last letter.
    /// A letter opens the names of the areas it is for: keep the folder as you keep the vault, and delete it when the
    /// letters are on paper. A letter registers one phone; printing another does not stop an unused one: `quipu letter cancel` does.
    ///
    /// Example: quipu letter print --data data --vault vault --server https://census.example --out letters
    Print {
        #[command(flatten)]
        data: Data,
        /// The vault, which knows the areas' working keys.
        #[arg(long, value_name = "DIR")]
        vault: PathBuf,
        /// The address at which phones reach the server; the QR code leads there.
        #[arg(long, value_name = "URL")]
        server: String,
        /// The folder for the pages.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Only for this person, also when they have a letter.
        #[arg(long, value_name = "CODE")]
        staff: Option<String>,
    },
    /// Cancel a letter that is not used: one that is lost, or went to the wrong person. Its code brings no phone in any
    /// more. A letter that has brought one in stays as it is.
    ///
    /// Example: quipu letter cancel --data data --staff E-17
    /// Example: quipu letter cancel --data data --code 7Q4M-XK2P-…
    #[command(verbatim_doc_comment)]
    Cancel {
        #[command(flatten)]
        data: Data,
        /// All unused letters of this person.
        #[arg(long, value_name = "STAFF_CODE", required_unless_present = "code")]
        staff: Option<String>,
        /// The letter with this activation code.
        #[arg(long, value_name = "CODE", conflicts_with = "staff")]
        code: Option<String>,
    },
}
