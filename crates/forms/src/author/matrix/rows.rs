//! The rows a matrix stands for.

use super::columns::Columns;
use super::{APPEARANCE, Matrix, kin};
use crate::workbook::{Row, Sheet};

/// The survey sheet as it is written out.
pub(super) struct Writer {
    pub header: Vec<String>,
    pub rows: Vec<Row>,
    columns: Columns,
    /// Languages that labels are in.
    languages: Vec<String>,
    /// Number of the row that is written out.
    number: u32,
}

impl Writer {
    pub fn new(survey: &Sheet) -> Writer {
        let columns = Columns::new("survey", survey);
        let languages = columns.languages();
        Writer { header: survey.header.clone(), rows: Vec::new(), columns, languages, number: 0 }
    }

    fn row(&mut self, kind: &str, name: &str, cells: &[(&str, &str)]) {
        self.rows.push(Row { number: self.number, cells: Vec::new() });
        for (key, text) in [("type", kind), ("name", name)].iter().chain(cells) {
            self.put(key, "", text);
        }
    }

    /// Fills a cell of the last row.
    fn put(&mut self, key: &str, language: &str, text: &str) {
        let (column, added) = self.columns.column_or_new(key, language);
        self.header.extend(added);
        let Some(row) = self.rows.last_mut() else { return };
        if row.cells.len() <= column {
            row.cells.resize(column + 1, String::new());
        }
        text.clone_into(&mut row.cells[column]);
    }

    /// A note that is there when answers do not fit. Other clients show it; here it is a warning about the question.
    fn warning(&mut self, name: &str, broken: &str, said: impl Fn(&str) -> String) {
        self.row("note", name, &[("relevant", broken), ("check_soft", "false()")]);
        for language in self.languages.clone() {
            let text = said(&language);
            self.put("label", &language, &text);
            self.put("check_soft_message", &language, &text);
        }
    }

    /// Writes a matrix in place of its question.
    pub fn matrix(&mut self, matrix: &Matrix, question: &Row) {
        self.number = question.number;
        let asked = self.columns.cell(question, "name").to_owned();
        let Matrix { name, list, roster, .. } = matrix;
        let of_other = |name: &str| format!("indexed-repeat(${{{name}}}, ${{{roster}}}, ${{to_person}})");
        let of_choice = |column: &str| format!("instance('{list}')/root/item[name = ${{{asked}}}]/{column}");

        self.row("begin repeat", name, &[("repeat_count", "position(..) - 1"), ("appearance", APPEARANCE)]);
        for language in self.languages.clone() {
            self.put("label", &language, kin::label(&language));
        }
        self.row("calculate", "from_person", &[("calculation", "position(../..)")]);
        self.row("calculate", "to_person", &[("calculation", "position(..)")]);
        let (own_name, other_name) = match &matrix.naming {
            Some((naming, _)) => (format!("${{{naming}}}"), of_other(naming)),
            None => ("${from_person}".to_owned(), "${to_person}".to_owned()),
        };
        self.row("calculate", "to_name", &[("calculation", &other_name)]);
        if matrix.naming.as_ref().is_some_and(|(_, identifier)| *identifier) {
            self.put("identifier", "", "yes");
        }
        self.rows.push(question.clone());
        for column in ["inverse", "generation"] {
            self.row("calculate", column, &[("calculation", &of_choice(column))]);
        }
        if !matrix.age.is_empty() {
            let years = format!("${{{}}} - {}", matrix.age, of_other(&matrix.age));
            let least = of_choice("older_by");
            let broken = format!("({least} > 0 and {years} < {least}) or ({least} < 0 and {years} > {least})");
            self.warning(&format!("{asked}_age"), &broken, |language| kin::ages_differ(language, &own_name));
        }
        // How many generations above the first person each stands.
        let above = format!("{name}_generation");
        // What is not known is neither more nor less.
        let apart = format!("${{generation}} - ${{{above}}} + {}", of_other(&above));
        let broken = format!("{apart} < 0 or {apart} > 0");
        self.warning(&format!("{asked}_generation"), &broken, |language| kin::generations_differ(language, &own_name));
        self.row("end repeat", "", &[]);
        let to_first = format!("indexed-repeat(${{generation}}, ${{{roster}}}, position(..), ${{{name}}}, 1)");
        self.row("calculate", &above, &[("calculation", &format!("if(position(..) = 1, 0, {to_first})"))]);
    }
}
