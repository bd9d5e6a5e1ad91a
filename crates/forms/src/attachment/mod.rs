//! Files beside a form that choices and look-ups come from: `.csv`, `.xml` and `.geojson`.
//!
//! Their rows are not part of the form: the form's bytes name the file, and whoever has both gives the rows with
//! [`crate::compile_with`] or [`Form::attach`]. Without them any name is taken for a choice.

mod geojson;
mod listed;
#[cfg(feature = "xml")]
mod xml;

use std::collections::HashMap;

use crate::compile::link;
use crate::definition::{Choice, ChoiceList, Words};
use crate::diagnostic::Place;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::workbook::csv;

/// Rows of a file, all as long as there are columns.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Rows {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// More cells than this are refused.
const CELLS_MAX: usize = 20_000_000;

impl Rows {
    /// Rows that name their columns, in the order columns appear.
    fn from_named(records: Vec<Vec<(String, String)>>) -> std::result::Result<Rows, String> {
        let mut columns: Vec<String> = Vec::new();
        let mut index: HashMap<String, usize> = HashMap::new();
        for (name, _) in records.iter().flatten() {
            index.entry(name.clone()).or_insert_with(|| {
                columns.push(name.clone());
                columns.len() - 1
            });
        }
        if columns.len().saturating_mul(records.len()) > CELLS_MAX {
            return Err("it has too many cells".into());
        }
        let row = |record: Vec<(String, String)>| {
            let mut row = vec![String::new(); columns.len()];
            record.into_iter().for_each(|(name, value)| row[index[&name]] = value);
            row
        };
        let rows = records.into_iter().map(row).collect();
        Ok(Rows { columns, rows })
    }
}

/// Reads a file by the ending of its name.
fn read(name: &str, bytes: &[u8]) -> std::result::Result<Rows, String> {
    let text = || std::str::from_utf8(bytes).map_err(|_| "it is not in UTF-8".to_owned());
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("csv") => table(text()?),
        Some("geojson") => geojson::read(bytes),
        #[cfg(feature = "xml")]
        Some("xml") => xml::read(text()?),
        _ => Err("only .csv, .xml and .geojson are read".into()),
    }
}

fn table(text: &str) -> std::result::Result<Rows, String> {
    let mut records = csv::records(text).into_iter().filter(|r| r.iter().any(|cell| !cell.trim().is_empty()));
    let columns: Vec<String> = records.next().unwrap_or_default().iter().map(|c| c.trim().to_owned()).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for mut record in records {
        if (rows.len() + 1).saturating_mul(columns.len()) > CELLS_MAX {
            return Err("it has too many cells".into());
        }
        record.resize(columns.len(), String::new());
        rows.push(record);
    }
    Ok(Rows { columns, rows })
}

/// Gives a list the rows of its file. The list may be there for look-ups alone, and then needs no column of names.
pub(crate) fn fill(list: &mut ChoiceList, bytes: &[u8], chosen_from: bool) -> std::result::Result<(), String> {
    let Rows { columns, rows } = read(&list.source, bytes)?;
    let map = list.source.ends_with(".geojson");
    let column = |own: &str, usual: &str| {
        let name = if own.is_empty() { usual } else { own }.to_owned();
        columns.iter().position(|c| *c == name).ok_or(name)
    };
    let value = column(&list.value_column, if map { "id" } else { "name" });
    let label = column(&list.label_column, if map { "title" } else { "label" }).ok();
    if let (true, Err(missing)) = (chosen_from, &value) {
        return Err(format!("it has no column `{missing}` to take choices from"));
    }
    let value = value.ok();
    list.choices = rows
        .into_iter()
        .map(|extra| Choice {
            name: value.map_or_else(String::new, |at| extra[at].trim().to_owned()),
            label: Words(label.map(|at| vec![extra[at].clone()]).unwrap_or_default()),
            extra,
            ..Choice::default()
        })
        .collect();
    if chosen_from {
        list.choices.retain(|c| !c.name.is_empty());
    }
    list.columns = columns;
    Ok(())
}

/// Whether a file given under a name is the one a list wants.
pub(crate) fn is_source(list: &ChoiceList, file_name: &str) -> bool {
    list.is_open() && file_name.rsplit(['/', '\\']).next() == Some(list.source.as_str())
}

impl Form {
    /// The form with the rows of a file beside it: `form.attach("villages.csv", bytes)`. The form's bytes and fingerprint
    /// stay what they are. A name no list asks for is an error, as is a file that cannot be read.
    pub fn attach(&self, name: &str, bytes: &[u8]) -> Result<Form> {
        let wrong = |why: String| Error::BadFile { name: name.to_owned(), why };
        let mut definition = self.definition.clone();
        let chosen: Vec<bool> = (0..definition.lists.len())
            .map(|i| definition.items.iter().any(|item| item.kind.list() == Some(i as u16)))
            .collect();
        let mut lists = definition.lists.iter_mut().zip(chosen).filter(|(list, _)| is_source(list, name)).peekable();
        if lists.peek().is_none() {
            return Err(wrong("the form does not ask for it".into()));
        }
        for (list, chosen_from) in lists {
            fill(list, bytes, chosen_from).map_err(wrong)?;
        }
        let (compiled, _) = link(&definition, &|_, _| Place::default());
        Ok(self.relinked(definition, compiled))
    }

    /// Names of the files the form asks for, each once.
    pub fn files(&self) -> Vec<&str> {
        let mut out: Vec<&str> = Vec::new();
        for list in self.definition.lists.iter().filter(|l| l.is_open() && !l.source.starts_with("${")) {
            if !out.contains(&list.source.as_str()) {
                out.push(&list.source);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, content: &str, expected: &str) {
        let shown = match read(name, content.as_bytes()) {
            Ok(rows) => {
                let lines = std::iter::once(&rows.columns).chain(&rows.rows).map(|row| row.join("|"));
                lines.collect::<Vec<_>>().join("\n")
            }
            Err(why) => format!("! {why}"),
        };
        assert_eq!(shown, expected, "{name}");
    }

    #[test]
    fn rows_are_read_from_every_kind_of_file() {
        check("a.csv", "name,label\n1,\"One, first\"\n\n2\n", "name|label\n1|One, first\n2|");
        check(
            "a.geojson",
            r#"{"type":"FeatureCollection","features":[
                {"type":"Feature","id":"w1","geometry":{"type":"Point","coordinates":[116.4,39.9]},"properties":{"title":"Well","deep":12.5}},
                {"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]},"properties":{"id":7,"title":null,"open":true}}]}"#,
            "id|geometry|deep|title|open\nw1|39.9 116.4 0 0|12.5|Well|\n7|2 1 0 0; 4 3 0 0|||true",
        );
        check("a.geojson", "[1]", "! it is no GeoJSON FeatureCollection");
        check("a.txt", "", "! only .csv, .xml and .geojson are read");
        check("a.csv", "", "");
    }

    #[cfg(feature = "xml")]
    #[test]
    fn items_of_an_xml_file_are_rows() {
        let file = "<?xml version='1.0'?><!DOCTYPE root [<!ENTITY x 'yy'>]><root><item><name>a &amp; b</name>\
                    <label>A<![CDATA[<&]]> &#20154;</label></item><item><label/><size> 3 </size></item></root>";
        check("a.xml", file, "name|label|size\na & b|A<& 人|\n||3");
        check("a.xml", "<root><item>", "! it ends inside an element");
        check("a.xml", "<root><item><name>&x;</name></item></root>", "! `&x;` stands for nothing");
        check("a.xml", &"<a>".repeat(100_000), "! it is nested too deep");
    }
}
