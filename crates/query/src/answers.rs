//! The crate `forms` as this crate sees it.

use std::any::Any;
use std::sync::Arc;

use forms::ColumnType;

use crate::form::{Cell, Code, Column, Form, FormReader, Kind, Row, Table};

/// Reads forms compiled by the crate `forms`.
pub(crate) struct Compiled;

struct CompiledForm {
    form: Arc<forms::Form>,
    tables: Vec<Table>,
    /// For each table, the one its rows lie in.
    parents: Vec<Option<usize>>,
    /// For each table and column, the codes a choice is an index into.
    choices: Vec<Vec<Vec<String>>>,
    codes: Vec<Code>,
}

impl FormReader for Compiled {
    fn read(&self, compiled: &[u8]) -> Result<Arc<dyn Form>, String> {
        let form = forms::Form::from_bytes(compiled).map_err(|e| e.to_string())?;
        let languages: Vec<String> = form.languages().iter().map(|l| short(&l.code).to_owned()).collect();
        let labels = |texts: &[String]| languages.iter().cloned().zip(texts.iter().cloned()).collect();
        let (mut tables, mut codes, mut choices) = (Vec::new(), Vec::<Code>::new(), Vec::new());
        let mut parents = Vec::new();
        for schema in form.tables() {
            let mut columns = Vec::new();
            for column in &schema.columns {
                // A list is named after the first question that uses it, with its table.
                let list = (!column.codes.is_empty()).then(|| format!("{}.{}", schema.name, column.name));
                if let Some(list) = &list {
                    codes.extend(column.codes.iter().map(|code| Code {
                        list: list.clone(),
                        code: code.value.clone(),
                        labels: labels(&code.labels),
                    }));
                }
                columns.push(Column {
                    name: column.name.clone(),
                    kind: kind(column.ty),
                    labels: labels(&column.labels),
                    list,
                    identifier: column.identifier,
                });
            }
            let values = |column: &forms::ColumnSchema| column.codes.iter().map(|code| code.value.clone()).collect();
            choices.push(schema.columns.iter().map(values).collect());
            parents.push(schema.parent);
            tables.push(Table { name: schema.name, repeat: schema.parent.is_some(), columns });
        }
        let form = Arc::new(form);
        Ok(Arc::new(CompiledForm { form, tables, parents, choices, codes }))
    }
}

/// The language without region or script: what columns are named after.
fn short(code: &str) -> &str {
    code.split(['-', '_']).next().unwrap_or(code)
}

fn kind(ty: ColumnType) -> Kind {
    match ty {
        ColumnType::Int => Kind::Integer,
        ColumnType::Float => Kind::Decimal,
        ColumnType::Text | ColumnType::Choice | ColumnType::Choices => Kind::Text,
        ColumnType::Bool => Kind::Boolean,
        ColumnType::Date | ColumnType::YearMonth => Kind::Date,
        ColumnType::Time => Kind::Text,
        ColumnType::DateTime => Kind::Time,
    }
}

impl Form for CompiledForm {
    fn tables(&self) -> &[Table] {
        &self.tables
    }

    fn codes(&self) -> &[Code] {
        &self.codes
    }

    fn rows(&self, answers: &[u8]) -> Result<Vec<Row>, String> {
        let mut rows = Vec::new();
        // Where each row of each table ended up: a child names its parent by index.
        let mut positions: Vec<Vec<u32>> = vec![Vec::new(); self.tables.len()];
        for extracted in self.form.extract(answers).map_err(|e| e.to_string())? {
            let table = extracted.table;
            let parent = self.parents.get(table).copied().flatten();
            for row in extracted.rows {
                let parent = parent.and_then(|of| positions.get(of)?.get(row.parent as usize)).copied().unwrap_or(1);
                if let Some(positions) = positions.get_mut(table) {
                    positions.push(row.position);
                }
                let cells = row.cells.into_iter().enumerate();
                let cells = cells.map(|(column, cell)| self.cell(table, column, cell)).collect();
                rows.push(Row { table, position: row.position, parent, cells });
            }
        }
        Ok(rows)
    }

    fn rows_of(&self, given: &dyn Form, answers: &[u8]) -> Result<Vec<Row>, String> {
        let Some(given) = (given as &dyn Any).downcast_ref::<CompiledForm>() else {
            return Err("the two versions were compiled by different programs".to_owned());
        };
        let read = forms::reread(&given.form, answers, &self.form).map_err(|e| e.to_string())?;
        self.rows(&read.answers)
    }
}

impl CompiledForm {
    fn cell(&self, table: usize, column: usize, cell: forms::Cell) -> Cell {
        let identifier = self.tables.get(table).and_then(|t| t.columns.get(column)).is_some_and(|c| c.identifier);
        match cell {
            forms::Cell::Bool(yes) => Cell::Boolean(yes),
            forms::Cell::Null if identifier => Cell::Boolean(false),
            // Whatever the answers say, an identifier never gets further than this.
            _ if identifier => Cell::Boolean(true),
            forms::Cell::Null => Cell::Null,
            forms::Cell::Int(n) => Cell::Integer(n),
            forms::Cell::Float(n) => Cell::Decimal(n),
            forms::Cell::Text(text) => Cell::Text(text),
            forms::Cell::Date(date) => Cell::Date(date.0),
            forms::Cell::DateTime(ms) => Cell::Time(ms.saturating_mul(1000)),
            forms::Cell::Code(index) => {
                let choices = self.choices.get(table).and_then(|t| t.get(column));
                let code = choices.and_then(|codes| codes.get(index as usize));
                code.map_or(Cell::Null, |code| Cell::Text(code.clone()))
            }
        }
    }
}
