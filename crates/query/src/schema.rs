//! The tables: their columns, what each column means, and how both become Arrow schemas.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::form::{Column, Kind, Table};

/// A table of the query database.
#[derive(Clone, Debug)]
pub(crate) struct TableDef {
    /// Its name in SQL, and of its folder.
    pub name: String,
    /// What a row is.
    pub about: String,
    /// Its columns, the data dictionary with them.
    pub columns: Vec<Column>,
    /// The same as Arrow types.
    pub schema: SchemaRef,
    /// Only rows of events that count are shown.
    pub counted: bool,
    /// Shown in SQL.
    pub public: bool,
    /// Its rows are answers to a form. Those under a version that is read as another are passed over.
    pub answers: bool,
}

impl TableDef {
    pub fn new(name: &str, about: &str, columns: Vec<Column>, counted: bool, public: bool) -> TableDef {
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        TableDef { name: name.to_owned(), about: about.to_owned(), columns, schema, counted, public, answers: false }
    }

    /// The same table with the columns of `other` that it lacks, at the end.
    pub fn with_columns(&self, other: &[Column]) -> TableDef {
        let mut columns = self.columns.clone();
        for column in other {
            if !columns.iter().any(|known| known.name == column.name) {
                columns.push(column.clone());
            }
        }
        TableDef { answers: self.answers, ..TableDef::new(&self.name, &self.about, columns, self.counted, self.public) }
    }

    /// The same table with another column before its own.
    pub fn with_first(&self, column: Column) -> TableDef {
        let columns = [vec![column], self.columns.clone()].concat();
        TableDef { answers: self.answers, ..TableDef::new(&self.name, &self.about, columns, self.counted, self.public) }
    }

    /// Index of a column.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

fn field(column: &Column) -> Field {
    let field = Field::new(&column.name, data_type(column.kind), true);
    let about = column.labels.iter().find(|(l, _)| l.starts_with("en")).or(column.labels.first());
    match about {
        Some((_, text)) => field.with_metadata([("comment".to_owned(), text.clone())].into()),
        None => field,
    }
}

pub(crate) fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Integer => DataType::Int64,
        Kind::Decimal => DataType::Float64,
        Kind::Text => DataType::Utf8,
        Kind::Date => DataType::Date32,
        Kind::Boolean => DataType::Boolean,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Bytes => DataType::Binary,
    }
}

/// A column with an English comment.
pub(crate) fn column(name: &str, kind: Kind, about: &str) -> Column {
    let labels = vec![("en".to_owned(), about.to_owned())];
    Column { name: name.to_owned(), kind, labels, list: None, identifier: false }
}

/// A column of codes of a fixed list.
fn coded(name: &str, list: &str, about: &str) -> Column {
    Column { list: Some(list.to_owned()), ..column(name, Kind::Text, about) }
}

/// Which cell a row comes from: the first column where tables of several cells are read together.
pub(crate) fn cell() -> Column {
    column("cell", Kind::Integer, "Number of the cell whose journal the row comes from; with journal_offset, unique")
}

/// Where a row belongs: the first columns of every table.
fn place() -> Vec<Column> {
    vec![
        column("ea_id", Kind::Integer, "Permanent id of the enumeration area; joins area.id"),
        column("ea", Kind::Text, "Code of the enumeration area when the event was taken in"),
        column("dwelling", Kind::Integer, "Number of the dwelling in its enumeration area; null when not said"),
        column("household", Kind::Integer, "Number of the household in its enumeration area; null for the dwelling"),
    ]
}

/// Which event a row comes from: the last columns of every table.
fn origin() -> Vec<Column> {
    vec![
        column("journal_offset", Kind::Integer, "Journal offset of the event the row comes from"),
        column("time", Kind::Time, "When the office took the event in, UTC"),
        coded("verdict", "verdict", "What was decided about the event"),
        coded("held", "held", "Why the event was held; `not` when it was not"),
    ]
}

fn actor() -> Vec<Column> {
    vec![
        column("staff", Kind::Integer, "Who acted; 0 is the system"),
        column("device", Kind::Integer, "The device that sent it; 0 is none"),
    ]
}

/// The facts a household's form may declare, in the order the tables show them.
pub(crate) const FACTS: [(&str, &str); 7] = [
    ("persons", "Persons registered in the household"),
    ("male", "Of the persons, male"),
    ("female", "Of the persons, female"),
    ("slept_here", "Persons who slept here on the reference night"),
    ("registered_away", "Persons here that night who are registered elsewhere"),
    ("births", "Births in the year before the reference moment"),
    ("deaths", "Deaths in the year before the reference moment"),
];

fn table(name: &str, about: &str, middle: Vec<Column>, counted: bool, public: bool) -> TableDef {
    TableDef::new(name, about, [place(), middle, origin()].concat(), counted, public)
}

/// The tables every census has.
pub(crate) fn fixed() -> Vec<TableDef> {
    let facts = FACTS.iter().map(|(name, about)| column(name, Kind::Integer, about));
    let dwelling = vec![
        column("building", Kind::Integer, "Number of the building in the enumeration area; 0 when it has none"),
        coded("kind", "dwelling_kind", "Kind of dwelling"),
        coded("occupancy", "occupancy", "What the dwelling was found to be"),
        column("households", Kind::Integer, "Households found in it at listing"),
    ];
    let visit = vec![
        coded("outcome", "visit_outcome", "What came of the visit"),
        column("visited_at", Kind::Time, "When, by the clock of the phone, UTC"),
    ];
    let mut submission = vec![
        column("form", Kind::Integer, "Number of the form"),
        column("form_version", Kind::Integer, "Version of the form"),
        column("phase", Kind::Integer, "Number of the phase"),
        coded("source", "source", "Where the answers come from"),
        coded("outcome", "outcome", "What validation found"),
        column("started_at", Kind::Time, "When the interview began, by the clock of the phone, UTC"),
        column("sent_at", Kind::Time, "When the form was finished, by the clock of the phone, UTC"),
        column("readable", Kind::Boolean, "The answers could be read with the form they name"),
        column("origin", Kind::Text, "The store that numbered the operation"),
        column("number", Kind::Integer, "Its number there"),
    ];
    submission.extend(facts);
    let review = vec![
        column("form", Kind::Integer, "Number of the form"),
        column("phase", Kind::Integer, "Number of the phase"),
        coded("decision", "decision", "What the supervisor decided; `dismissed` is about anything held"),
        column("reason", Kind::Integer, "Why, as a code of the office's list"),
        column("submission", Kind::Integer, "Journal offset of the submission (or what else was held) decided about"),
    ];
    let form = vec![
        column("form", Kind::Integer, "Number of the form"),
        column("form_version", Kind::Integer, "Version of the form"),
        column("name", Kind::Text, "form_id of the workbook"),
        column("purpose", Kind::Integer, "1 listing, 2 household, 3 institution, 4 outdoor place"),
        column("facts", Kind::Text, "Names of the facts its submissions carry, in order, separated by spaces"),
        column("compiled", Kind::Bytes, "The compiled form"),
    ];
    let counting = vec![
        column("counts", Kind::Boolean, "Whether rows with this journal offset count from then on"),
        column("since", Kind::Integer, "Journal offset of the event that decided it"),
    ];
    let held_other = [vec![column("event", Kind::Text, "Name of the event")], actor()].concat();
    vec![
        table("dwelling", "A dwelling as last listed", [dwelling, actor()].concat(), true, true),
        table(
            "household_listed",
            "A household found at listing or at the door",
            [vec![column("split_from", Kind::Integer, "The household it was split from; 0 for none")], actor()]
                .concat(),
            false,
            true,
        ),
        table(
            "household_merged",
            "A household found to be part of another, or one of its own after all; the last accepted row decides",
            [
                vec![column(
                    "merged_into",
                    Kind::Integer,
                    "The household it is part of; null when it is one of its own",
                )],
                actor(),
            ]
            .concat(),
            false,
            true,
        ),
        table("visit", "A visit to a door", [visit, actor()].concat(), false, true),
        table("submission", "A finished form, every version of it", [submission, actor()].concat(), false, true),
        table("review", "A supervisor's decision", [review, actor()].concat(), false, true),
        table("form_published", "A form version", form, false, false),
        table("form_reread", "Earlier answers, read as a later version of their form", form_reread(), false, true),
        table(
            "held_other",
            "Anything else that is held, bytes that could not be understood among it",
            held_other,
            false,
            true,
        ),
        table(
            "counting",
            "A change in which version of something counts; the last row about an offset decides",
            counting,
            false,
            true,
        ),
    ]
}

/// The table of one of a form's groups, with our columns before the answers.
pub(crate) fn of_form(repeat: bool, name: &str, answers: &[Column]) -> TableDef {
    let about = match repeat {
        false => "Answers of a form, the version that counts",
        true => "An instance of a repeat group of a form, the version that counts",
    };
    let columns = [&own_columns(repeat), answers].concat();
    TableDef { answers: true, ..TableDef::new(name, about, columns, true, true) }
}

fn form_reread() -> Vec<Column> {
    vec![
        column("form", Kind::Integer, "Number of the form"),
        column("from_version", Kind::Integer, "The version the answers stood in the tables as"),
        column("to_version", Kind::Integer, "The version they stand there as since"),
        column("submissions", Kind::Integer, "How many submissions and listings were read anew"),
    ]
}

/// Columns of ours in a form's table, before the answers.
pub(crate) fn own_columns(repeat: bool) -> Vec<Column> {
    let mut own = place();
    if repeat {
        own.push(column("position", Kind::Integer, "Position in the repeat group, from 1"));
        own.push(column("parent_position", Kind::Integer, "Position of the instance it lies in, from 1"));
    }
    own.extend([
        column("form", Kind::Integer, "Number of the form"),
        column("form_version", Kind::Integer, "Version of the form as which the answers are read"),
        coded("source", "source", "Where the answers come from"),
        coded("outcome", "outcome", "What validation found"),
    ]);
    own.extend(origin());
    own
}

/// The answers' columns under the names they have in SQL. Columns of ours keep their names; a question of the same name
/// gets `_answer` behind it.
pub(crate) fn answer_columns(own: &[Column], table: &Table) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for question in &table.columns {
        let mut name = identifier(&question.name);
        while own.iter().chain(&columns).any(|taken| taken.name == name) {
            name.push_str("_answer");
        }
        let kind = if question.identifier { Kind::Boolean } else { question.kind };
        columns.push(Column { name, kind, ..question.clone() });
    }
    columns
}

/// A name that needs no quotes in SQL: lower case, digits and underscores.
pub(crate) fn identifier(name: &str) -> String {
    let mut text: String =
        name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) {
        text.insert(0, '_');
    }
    text
}
