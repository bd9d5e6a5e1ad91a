//! The column `matrix`: how each person of a roster is related to each earlier one, written out as rows of standard
//! XLSForm before anything else reads the workbook. So the form, its XForm and its tables need nothing of their own.
//!
//! The question becomes a repeat inside the roster with one instance for each earlier person, who they are, what the answer
//! says the other way round, and two notes that are there when answers do not fit. `docs/form-extensions.md` has the rules.

mod columns;
mod kin;
mod rows;

use std::borrow::Cow;

use columns::Columns;
use rows::Writer;

use super::{is_name, yes};
use crate::definition::{Kind, Pairs};
use crate::diagnostic::{Diagnostic, Place};
use crate::workbook::{Sheet, Workbook};
use crate::xlsform::parameters;
use crate::xlsform::types::{Asked, Container, read, words};

/// The appearance of a repeat that has one instance for each earlier instance of the repeat around it.
pub(crate) const APPEARANCE: &str = "matrix";

/// How many years a parent is older than a child, where the form does not say.
const PARENT_AGE: &str = "12";

/// The workbook with every matrix written out. Row numbers stay those of the question.
pub(crate) fn written_out<'a>(book: &'a Workbook, diagnostics: &mut Vec<Diagnostic>) -> Cow<'a, Workbook> {
    let survey = Columns::new("survey", &book.survey);
    let Some(column) = survey.column("matrix", "") else { return Cow::Borrowed(book) };
    if book.survey.rows.iter().all(|row| row.cell(Some(column)).is_empty()) {
        return Cow::Borrowed(book);
    }
    let mut out = Writer::new(&book.survey);
    let mut open: Vec<Around> = Vec::new();
    let mut lists: Vec<(String, String)> = Vec::new();
    for row in &book.survey.rows {
        let cell = words(survey.cell(row, "type"));
        match read(&cell) {
            Asked::Begin(what, _) => {
                open.push(Around { what, name: survey.cell(row, "name").to_owned(), naming: None });
            }
            Asked::End(_) => drop(open.pop()),
            Asked::Plain(plain) if plain.kind == Kind::Text => {
                // What stands in a group is the roster's.
                let roster = open.iter_mut().rev().find(|a| a.what == Container::Repeat);
                if let Some(roster) = roster.filter(|a| a.naming.is_none()) {
                    let identifier = yes(survey.cell(row, "identifier"));
                    roster.naming = Some((survey.cell(row, "name").to_owned(), identifier));
                }
            }
            _ => {}
        }
        let matrix = row.cell(Some(column));
        if matrix.is_empty() {
            out.rows.push(row.clone());
            continue;
        }
        let place = |key: &str| book.survey.place(row.number, survey.column(key, ""));
        let mut bare = row.clone();
        bare.cells[column].clear();
        match Matrix::of(matrix, &cell, &open, &place) {
            Err(mistake) => {
                diagnostics.push(mistake);
                out.rows.push(bare);
            }
            Ok(matrix) => {
                lists.push((matrix.list.clone(), matrix.parent_age.clone()));
                out.matrix(&matrix, &bare);
            }
        }
    }
    lists.dedup();
    let survey = Sheet { name: book.survey.name.clone(), header: out.header, rows: out.rows };
    let mut book = Workbook { survey, ..book.clone() };
    kin::add_columns(&mut book.choices, &lists, diagnostics);
    Cow::Owned(book)
}

/// A group or repeat the rows are in.
struct Around {
    what: Container,
    name: String,
    /// Of a repeat: its first text, and whether that is an identifier.
    naming: Option<(String, bool)>,
}

/// What a cell of the column asks for.
struct Matrix {
    /// Name of the repeat of pairs, and so of their table.
    name: String,
    /// The choice list of relationships.
    list: String,
    /// The roster.
    roster: String,
    /// The question that names a person, and whether it is an identifier.
    naming: Option<(String, bool)>,
    /// The question or calculation of a person's age in whole years; empty for none.
    age: String,
    parent_age: String,
}

impl Matrix {
    fn of(cell: &str, kind: &str, open: &[Around], place: &dyn Fn(&str) -> Place) -> Result<Matrix, Diagnostic> {
        let wrong = |column: &str, message: &str, help: &str| {
            Err(Diagnostic::error("form/bad-matrix", place(column), message).help(help))
        };
        let (name, rest) = cell.split_once(char::is_whitespace).unwrap_or((cell, ""));
        let pairs = parameters::parse(&rest.replace("${", "").replace('}', ""));
        let known = |pairs: &Pairs| pairs.iter().all(|(k, _)| k == "age" || k == "parent_age");
        let Some(pairs) = pairs.filter(|pairs| known(pairs) && is_name(name)) else {
            let help = "write a name for the table of pairs, then what there is of `age=QUESTION parent_age=YEARS`";
            return wrong("matrix", "the cell does not say what the matrix is", help);
        };
        let value = |key: &str| pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
        let parent_age = value("parent_age").unwrap_or_else(|| PARENT_AGE.to_owned());
        if parent_age.parse::<u8>().is_err() {
            return wrong("matrix", "`parent_age` is no number of years", "write `parent_age=12`");
        }
        let list = match read(kind) {
            Asked::Select(select) if !select.from_file && !select.or_other && kind.starts_with("select_one ") => {
                select.list.to_owned()
            }
            _ => return wrong("type", "a matrix asks a `select_one` of the choices sheet", "give its choices a list"),
        };
        let Some(roster) = open.iter().rev().find(|a| a.what == Container::Repeat) else {
            return wrong("matrix", "a matrix is asked in a repeat of persons", "move the row into it");
        };
        let (roster, naming) = (roster.name.clone(), roster.naming.clone());
        Ok(Matrix { name: name.to_owned(), list, roster, naming, age: value("age").unwrap_or_default(), parent_age })
    }
}
