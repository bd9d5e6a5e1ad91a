//! Rows of choice lists: `instance('list')/root/item[…]/column` and `pulldata()`.

use super::path::Reach;
use super::{Emitter, Result};
use crate::definition::ChoiceList;
use crate::program::{LABEL, NAME, Program, Route, Rows, Set};
use crate::xpath::{Axis, Expr, Mistake, Operator, Path, Start, Step};

impl Emitter<'_> {
    /// A column of a choice list by its name.
    pub(super) fn column(&self, list: u16, name: &str, at: usize) -> Result<u16> {
        let list = &self.definition.lists[list as usize];
        match (name, list.columns.iter().position(|c| c == name)) {
            (_, Some(column)) => Ok(column as u16),
            ("name", _) => Ok(NAME),
            ("label", _) => Ok(LABEL),
            // Its rows are not here, so nothing can be said of its columns.
            _ if list.choices.is_empty() => Ok(LABEL),
            _ => Err(Mistake::new(at, format!("the choice list has no column `{name}` with values"))),
        }
    }

    fn list(&self, name: &str, at: usize) -> Result<u16> {
        // A list from a file goes by the file's name, with or without its ending.
        let is_it = |l: &ChoiceList| l.name == name || l.source.rsplit_once('.').is_some_and(|(stem, _)| stem == name);
        let found = self.definition.lists.iter().position(is_it);
        found.map(|at| at as u16).ok_or_else(|| Mistake::new(at, format!("unknown-list {name}")))
    }

    /// `instance('list')/root/item[…]/column`.
    pub(super) fn rows(&mut self, name: &str, path: &Path) -> Result<Reach> {
        let list = self.list(name, path.at)?;
        let children = path.steps.iter().all(|s| matches!(s.axis, Axis::Child(_)));
        let narrow = path.steps.iter().enumerate().any(|(i, s)| i != 1 && !s.predicates.is_empty());
        if !children || narrow || !path.predicates.is_empty() || !(2..=3).contains(&path.steps.len()) {
            let message = format!("a choice list is read as `instance('{name}')/root/item[…]/column`");
            return Err(Mistake::new(path.at, message));
        }
        let mut rows = Rows { list, ..Rows::default() };
        if let Some(Step { axis: Axis::Child(column), .. }) = path.steps.get(2) {
            rows.column = Some(self.column(list, column, path.at)?);
        }
        for (i, predicate) in path.steps[1].predicates.iter().enumerate() {
            let mut parts = Vec::new();
            conjuncts(predicate, &mut parts);
            // The parts can be asked one after the other, unless they ask for positions.
            let whole = [predicate];
            let parts = if asks_position(predicate) { &whole[..] } else { &parts[..] };
            for part in parts.iter().copied() {
                if i == 0
                    && rows.lookup.is_none()
                    && rows.predicates.is_empty()
                    && let Some((column, key)) = key_of(part)
                {
                    rows.lookup = Some((self.column(list, column, path.at)?, self.key(key)?));
                    continue;
                }
                let truth = Expr::Call { name: "boolean".into(), args: vec![part.clone()], at: path.at };
                let before = self.row.replace(list);
                let made = self.predicate(if parts.len() > 1 { &truth } else { part }, false);
                self.row = before;
                rows.predicates.push(made?);
            }
        }
        Ok(Reach::Many(Set { routes: vec![Route::Rows(rows)], shuffle: None }, Vec::new()))
    }

    /// The column of a list that a filter wants to be equal to a value, and that value.
    pub fn narrowing(mut self, list: u16, filter: &Expr) -> Option<(u16, Program)> {
        let mut parts = Vec::new();
        conjuncts(filter, &mut parts);
        let (column, key) = parts.into_iter().filter(|_| !asks_position(filter)).find_map(key_of)?;
        Some((self.column(list, column, 0).ok()?, self.key(key).ok()?))
    }

    /// An expression of the outside as a program of its own.
    pub(super) fn key(&mut self, expr: &Expr) -> Result<Program> {
        let code = std::mem::take(&mut self.code);
        let emitted = self.emit(expr);
        let program = self.finish();
        self.code = code;
        emitted.map(|_| program)
    }

    /// `pulldata('list', 'column', 'key column', key)`: the same as
    /// `instance('list')/root/item[key column = key]/column`.
    pub(super) fn pulldata(&mut self, list: &str, column: &str, by: &str, key: &Expr, at: usize) -> Result<Set> {
        let list = self.list(list, at)?;
        let column = Some(self.column(list, column, at)?);
        let lookup = Some((self.column(list, by, at)?, self.key(key)?));
        let rows = Rows { list, lookup, predicates: Vec::new(), column };
        Ok(Set { routes: vec![Route::Rows(rows)], shuffle: None })
    }
}

/// The parts of a predicate that must all hold.
fn conjuncts<'a>(expr: &'a Expr, out: &mut Vec<&'a Expr>) {
    match expr {
        Expr::Binary(Operator::And, left, right) => {
            conjuncts(left, out);
            conjuncts(right, out);
        }
        other => out.push(other),
    }
}

/// `column = key`, where the key does not change from row to row.
fn key_of(expr: &Expr) -> Option<(&str, &Expr)> {
    let Expr::Binary(Operator::Equal, left, right) = expr else { return None };
    match (column_of(left), column_of(right)) {
        (Some(column), _) if of_outside(right) => Some((column, right)),
        (_, Some(column)) if of_outside(left) => Some((column, left)),
        _ => None,
    }
}

/// The column of the row in question that an expression names.
fn column_of(expr: &Expr) -> Option<&str> {
    let Expr::Path(Path { start: Start::Bare | Start::Here, steps, .. }) = expr else { return None };
    match steps.as_slice() {
        [Step { axis: Axis::Child(name), predicates }] if predicates.is_empty() => Some(name),
        _ => None,
    }
}

/// Whether an expression is a position, or asks for one.
fn asks_position(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(_, left, right) => asks_position(left) || asks_position(right),
        Expr::Negate(inner) => asks_position(inner),
        Expr::Call { name, args, .. } => {
            matches!((name.as_str(), args.len()), ("position" | "last", 0)) || args.iter().any(asks_position)
        }
        _ => false,
    }
}

/// Whether an expression reads nothing of the row a predicate is asked about.
fn of_outside(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) | Expr::Text(_) => true,
        Expr::Path(path) => !matches!(path.start, Start::Bare | Start::Here) && !path.has_predicate(),
        Expr::Negate(inner) => of_outside(inner),
        Expr::Binary(_, left, right) => of_outside(left) && of_outside(right),
        Expr::Call { name, args, .. } => {
            !matches!(name.as_str(), "position" | "last" | "random" | "uuid") && args.iter().all(of_outside)
        }
    }
}
