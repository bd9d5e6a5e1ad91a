//! Judges what is recorded: facts, typed rows and what is sealed.

use super::Located;
use super::expect::Verdict;
use super::play::code;
use crate::definition::Kind;
use crate::instance::Instance;
use crate::split::identifiers_decode;
use crate::tables::{Cell, ColumnType, TableRows, TableSchema};
use crate::workbench::Speech;
use crate::workbench::speech::say;

/// The typed rows of the answers as the server keeps them.
struct Tables {
    schemas: Vec<TableSchema>,
    rows: Vec<TableRows>,
    facts: Vec<(String, i32)>,
}

impl Tables {
    fn of(instance: &mut Instance) -> Result<Tables, (String, String)> {
        let form = instance.form().clone();
        let split = instance.split_identifiers();
        let rows = form.extract(&split.answers).map_err(|e| (String::new(), e.to_string()))?;
        let facts = form.fact_names().map(str::to_owned).zip(split.facts).collect();
        Ok(Tables { schemas: form.tables(), rows, facts })
    }

    fn child(&self, parent: usize, name: &str) -> Option<usize> {
        self.schemas.iter().position(|s| s.parent == Some(parent) && s.name == name)
    }

    /// The cell of a place as text; an outer `None` when there is no such column or row.
    fn cell(&self, place: &Located) -> Option<(String, ColumnType)> {
        let (mut table, mut row) = (0, 0);
        for (repeat, at) in &place.around {
            table = self.child(table, repeat)?;
            let rows = &self.rows.iter().find(|r| r.table == table)?.rows;
            row = rows.iter().position(|r| r.parent == row as u32 && r.position == *at)?;
        }
        let column = self.schemas[table].columns.iter().position(|c| c.name == place.name)?;
        let schema = &self.schemas[table].columns[column];
        let cell = &self.rows.iter().find(|r| r.table == table)?.rows.get(row)?.cells[column];
        let text = match cell {
            _ if schema.identifier && *cell != Cell::Null => "sealed".to_owned(),
            Cell::Null => String::new(),
            Cell::Int(n) => n.to_string(),
            Cell::Float(n) => n.to_string(),
            Cell::Text(text) => text.clone(),
            Cell::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            Cell::Date(date) => date.to_string(),
            Cell::DateTime(ms) => crate::workbench::moment_text(*ms),
            Cell::Code(index) => schema.codes.get(*index as usize).map_or(String::new(), |c| c.value.clone()),
        };
        Some((text, schema.ty))
    }
}

pub(super) fn recorded(instance: &mut Instance, pairs: &[(Located, String)], speech: Speech) -> Verdict {
    let tables = Tables::of(instance)?;
    for (place, wanted) in pairs {
        let name = place.say(speech);
        let fact = tables.facts.iter().find(|(fact, _)| place.around.is_empty() && *fact == place.name);
        let cell = tables.cell(place);
        if fact.is_none() && cell.is_none() {
            let known = place.item(instance.form(), speech);
            let found = known.err().unwrap_or_else(|| say!(speech, "nothing is recorded of {name}", "没有记录 {name}"));
            return Err((String::new(), found));
        }
        let mut wanted = wanted.clone();
        let item = place.item(instance.form(), speech).ok();
        if let Some(Kind::SelectOne(list)) = item.map(|i| instance.form().kind(i)) {
            wanted = code(&instance.form().definition().lists[list as usize], &wanted, speech)
                .map_err(|found| (String::new(), found))?;
        }
        let found = [fact.map(|(_, n)| (n.to_string(), ColumnType::Int)), cell];
        for (found, ty) in found.into_iter().flatten() {
            if !same(&found, &wanted, ty) {
                let shown =
                    |text: &str| if text.is_empty() { speech.pick("nothing", "空").into() } else { text.to_owned() };
                return Err((format!("{name} = {}", shown(&wanted)), format!("{name} = {}", shown(&found))));
            }
        }
    }
    Ok(())
}

fn same(found: &str, wanted: &str, ty: ColumnType) -> bool {
    let number = |t: &str| t.parse::<f64>().ok();
    match ty {
        _ if found == wanted => true,
        ColumnType::Int | ColumnType::Float => number(found).is_some() && number(found) == number(wanted),
        ColumnType::YearMonth => found.strip_suffix("-01") == Some(wanted),
        ColumnType::Bool => match found {
            "yes" => matches!(wanted, "true" | "1" | "是"),
            "no" => matches!(wanted, "false" | "0" | "否"),
            "sealed" => wanted == "封存",
            _ => false,
        },
        _ => false,
    }
}

pub(super) fn rows(instance: &mut Instance, wanted: u32, table: &str, speech: Speech) -> Verdict {
    let tables = Tables::of(instance)?;
    let Some(at) = tables.schemas.iter().position(|s| s.name == table) else {
        let names = speech.list(tables.schemas.iter().map(|s| &s.name));
        return Err((String::new(), say!(speech, "there is no table `{table}`: {names}", "没有表 `{table}`：{names}")));
    };
    let found = tables.rows.iter().find(|r| r.table == at).map_or(0, |r| r.rows.len());
    if found == wanted as usize {
        return Ok(());
    }
    Err((say!(speech, "{wanted} rows in {table}", "{table} {wanted} 行"), found.to_string()))
}

pub(super) fn sealed(instance: &mut Instance, pairs: &[(Located, Option<String>)], speech: Speech) -> Verdict {
    let form = instance.form().clone();
    let split = instance.split_identifiers();
    let all = identifiers_decode(&form, &split.identifiers).map_err(|e| (String::new(), e.to_string()))?;
    for (place, wanted) in pairs {
        let (path, name) = (place.path(), place.say(speech));
        if !place.name.contains('#') {
            place.item(&form, speech).map_err(|found| (String::new(), found))?;
        }
        let found = all.iter().find(|(p, _)| *p == path).map(|(_, value)| value);
        let holds = match (wanted.as_deref(), found) {
            (Some(""), found) => found.is_none(),
            (Some(wanted), found) => found.is_some_and(|f| f == wanted),
            (None, found) => found.is_some(),
        };
        if !holds {
            let expected = wanted.as_ref().map_or(String::new(), |w| format!(" = {w}"));
            let found =
                found.map_or(speech.pick("nothing is sealed of it", "没有封存").to_owned(), |f| format!("= {f}"));
            return Err((say!(speech, "{name}{expected} is sealed", "封存 {name}{expected}"), found));
        }
    }
    Ok(())
}
