//! The commands of a form's author: from a workbook to a form that is tested, documented and published.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Data;

/// `quipu form …`
#[derive(Debug, Subcommand)]
pub enum Form {
    /// Read a workbook and report every mistake, with sheet and cell.
    ///
    /// Files the form takes its choices from are looked for beside the workbook.
    Check {
        /// The form: .xlsx, .xls, .csv, a folder of CSV sheets, Markdown tables (.md), a compiled form (.json) or an ODK XForm
        /// (.xml).
        workbook: PathBuf,
    },
    /// Run a form author's scenarios: what the form must ask, refuse and record.
    ///
    /// Scenarios are written in Markdown beside the workbook, NAME.scenarios.md; docs/form-scenarios.md is their language.
    /// Every line that does not hold is told with its place; the status is then 1.
    ///
    /// Example: quipu form test forms/cn2020_short.xlsx --mutate
    #[command(verbatim_doc_comment)]
    Test(Test),
    /// Answer a form here, one question at a time, and see what would be recorded.
    ///
    /// Type an answer and Enter; `:help` lists the commands. Nothing is sent anywhere. Answers can also be piped in, a line
    /// each.
    ///
    /// Example: quipu form run forms/cn2020_short.xlsx --language zh --draft home.draft
    #[command(verbatim_doc_comment)]
    Run(Run),
    /// Say what changed between two versions of a form, and what it means for the data.
    ///
    /// Changes that break the data are marked `!`, those to know about `?`; docs/form-versions.md has the rules.
    ///
    /// Example: quipu form diff forms/cn2020_short.xlsx next/cn2020_short.xlsx --check
    #[command(verbatim_doc_comment)]
    Diff(Diff),
    /// Write a codebook in Chinese and English: every question, code, rule, table and column.
    ///
    /// Example: quipu form docs forms/cn2020_short.xlsx -o codebook.html
    #[command(verbatim_doc_comment)]
    Docs(Docs),
    /// Turn a form from one kind of file into another; what kind is told by the ending.
    ///
    /// Every cell of the workbook is kept between .xlsx, .md and CSV. A compiled form (.json) is what phones get; made back
    /// into a workbook it compiles to the same form.
    ///
    /// Example: quipu form convert forms/cn2020_short.xlsx cn2020_short.md
    #[command(verbatim_doc_comment)]
    Convert(Convert),
    /// Publish a workbook: a form by its form_id, and a new version of it each time the workbook has changed.
    ///
    /// Example: quipu form publish --data data --kind household forms/cn2020_short.xlsx
    Publish {
        #[command(flatten)]
        data: Data,
        /// The XLSForm workbook (.xlsx) or Markdown tables (.md).
        workbook: PathBuf,
        /// What the form is for; needed the first time.
        #[arg(long)]
        kind: Option<FormKind>,
    },
    /// Read the answers given to one version of a form as a later version, in the tables.
    ///
    /// Says how many answers would change, column by column, and which have no place in the later version; changes nothing
    /// without `--record`. What was given stays in the journal as it was, and so does what was counted from it. Answers that
    /// come in later for the earlier version stand as given until this is run again.
    ///
    /// Example: quipu form reread --data data cn2020_short --from 1 --to 2 --record
    #[command(verbatim_doc_comment)]
    Reread(Reread),
}

/// `quipu form reread`
#[derive(Debug, Args)]
pub struct Reread {
    #[command(flatten)]
    pub data: Data,
    /// The form's form_id.
    pub form: String,
    /// The version the answers stand in the tables as.
    #[arg(long)]
    pub from: u32,
    /// A later version.
    #[arg(long)]
    pub to: u32,
    /// Record it: the tables follow.
    #[arg(long)]
    pub record: bool,
}

/// What a form is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FormKind {
    /// Filled in at every door before the count.
    Listing,
    /// Filled in with a household.
    Household,
    /// Filled in at collective quarters, such as a dormitory or a hospital, in place of the household form.
    Institution,
    /// Filled in where people without a dwelling spend the night, in place of the household form.
    Outdoor,
}

/// `quipu form test`
#[derive(Debug, Args)]
pub struct Test {
    /// The form: .xlsx, .xls, .csv, a folder of CSV sheets, Markdown tables (.md), a compiled form (.json) or an ODK XForm
    /// (.xml).
    pub workbook: PathBuf,
    /// The scenarios; by default NAME.scenarios.md beside the workbook.
    pub scenarios: Option<PathBuf>,
    /// Also change one rule after the other, and list the changes that no scenario notices.
    #[arg(long)]
    pub mutate: bool,
    /// Name every scenario, not only those that fail.
    #[arg(long, short)]
    pub verbose: bool,
    #[command(flatten)]
    pub speech: Speech,
}

/// `quipu form run`
#[derive(Debug, Args)]
pub struct Run {
    /// The form: .xlsx, .xls, .csv, a folder of CSV sheets, Markdown tables (.md), a compiled form (.json) or an ODK XForm
    /// (.xml).
    pub workbook: PathBuf,
    /// Language of the questions, such as `zh`; the form's first by default.
    #[arg(long, value_name = "CODE")]
    pub language: Option<String>,
    /// Go on with this draft when it is there; `:save` writes it. It holds names in the clear.
    #[arg(long, value_name = "FILE")]
    pub draft: Option<PathBuf>,
    /// What is known beforehand: `--given household_no=12`. May be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = given)]
    pub given: Vec<(String, String)>,
    /// What `today()` gives: YYYY-MM-DD. Nothing without it.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub today: Option<forms::Date>,
    /// The day of the reference moment, instead of the form's own.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub reference_date: Option<forms::Date>,
}

/// `quipu form diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// The earlier version.
    pub old: PathBuf,
    /// The later version.
    pub new: PathBuf,
    /// End with status 1 when a change breaks the data.
    #[arg(long)]
    pub check: bool,
    #[command(flatten)]
    pub speech: Speech,
}

/// `quipu form docs`
#[derive(Debug, Args)]
pub struct Docs {
    /// The form: .xlsx, .xls, .csv, a folder of CSV sheets, Markdown tables (.md), a compiled form (.json) or an ODK XForm
    /// (.xml).
    pub workbook: PathBuf,
    /// Where to write: .html prints well, .md is for reading beside the code.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
}

/// `quipu form convert`
#[derive(Debug, Args)]
pub struct Convert {
    /// The form: .xlsx, .xls, .csv, a folder of CSV sheets, Markdown tables (.md), a compiled form (.json) or an ODK XForm
    /// (.xml).
    pub from: PathBuf,
    /// Where to write: .xlsx, .md, .csv (all sheets in one file), a folder ending in `/` (a CSV file a sheet), .json
    /// (compiled) or .xml (ODK XForm).
    pub to: PathBuf,
}

/// In which language the command itself speaks.
#[derive(Debug, Args)]
pub struct Speech {
    /// Language of what is said: `en` or `zh`. By default that of the system (LC_ALL, LC_MESSAGES, LANG).
    #[arg(long = "say", value_name = "CODE")]
    pub code: Option<String>,
}

impl Speech {
    /// What the flag says, or the system.
    pub fn get(&self) -> forms::workbench::Speech {
        let system = || {
            let set = |name| std::env::var(name).ok().filter(|v| !v.is_empty());
            set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG")).unwrap_or_default()
        };
        forms::workbench::Speech::of(&self.code.clone().unwrap_or_else(system))
    }
}

fn given(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn date(text: &str) -> Result<forms::Date, String> {
    forms::Date::parse(text).ok_or_else(|| format!("`{text}` is not a date YYYY-MM-DD"))
}
