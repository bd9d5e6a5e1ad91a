//! Forms that were published and the tables they made.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::erase::Loses;
use crate::form::{Code, Form, FormReader};
use crate::schema::{self, FACTS, TableDef};
use crate::{Error, Result};

/// A form version that could be read.
pub(crate) struct Published {
    /// The compiled form.
    pub form: Arc<dyn Form>,
    /// For each of its tables: the table's name here, and the column of each answer.
    pub tables: Vec<(String, Vec<usize>)>,
}

/// What a form version says about the heads of its submissions.
struct Declared {
    /// 1 listing, 2 household, 3 institution, 4 outdoor place.
    purpose: u32,
    /// For each of [`FACTS`], where it stands among a submission's facts.
    places: [Option<usize>; FACTS.len()],
}

/// All forms and all tables.
#[derive(Default)]
pub(crate) struct Catalogue {
    forms: HashMap<(u32, u32), Published>,
    heads: HashMap<(u32, u32), Declared>,
    /// Which form a table belongs to.
    owners: BTreeMap<String, u32>,
    /// Every table by name.
    pub tables: BTreeMap<String, Arc<TableDef>>,
    /// Codes with the form they belong to.
    pub codes: Vec<(String, Code)>,
    /// Languages of the labels, in order of first use.
    pub languages: Vec<String>,
}

impl Catalogue {
    pub fn new() -> Catalogue {
        let mut catalogue = Catalogue { languages: vec!["en".to_owned(), "zh".to_owned()], ..Catalogue::default() };
        for table in schema::fixed() {
            catalogue.tables.insert(table.name.clone(), Arc::new(table));
        }
        catalogue.codes = crate::codes::fixed().into_iter().map(|code| (String::new(), code)).collect();
        catalogue
    }

    /// Takes in a form version. Returns the names of tables that are new or have new columns.
    pub fn publish(
        &mut self,
        reader: &dyn FormReader,
        (form, version): (u32, u32),
        name: &str,
        purpose: u32,
        facts: &[&str],
        compiled: &[u8],
    ) -> Result<Vec<String>> {
        let places = FACTS.map(|(fact, _)| facts.iter().position(|name| *name == fact));
        self.heads.insert((form, version), Declared { purpose, places });
        let read = reader.read(compiled).map_err(|why| Error::Form { form, version, why })?;
        let (mut tables, mut changed) = (Vec::new(), Vec::new());
        for table in read.tables() {
            let own = schema::own_columns(table.repeat);
            let answers = schema::answer_columns(&own, table);
            let key = self.table_name(form, name, &table.name);
            let fresh = schema::of_form(table.repeat, &key, &answers);
            let merged = match self.tables.get(&key) {
                Some(known) => known.with_columns(&fresh.columns),
                None => fresh,
            };
            let columns = answers.iter().filter_map(|column| merged.index(&column.name)).collect();
            if self.tables.get(&key).is_none_or(|known| known.columns.len() != merged.columns.len()) {
                changed.push(key.clone());
                self.tables.insert(key.clone(), Arc::new(merged));
            }
            self.owners.insert(key.clone(), form);
            tables.push((key, columns));
        }
        self.codes.retain(|(of, _)| of != name);
        for code in read.codes() {
            for (language, _) in &code.labels {
                if !self.languages.contains(language) {
                    self.languages.push(language.clone());
                }
            }
            self.codes.push((name.to_owned(), code.clone()));
        }
        self.forms.insert((form, version), Published { form: read, tables });
        Ok(changed)
    }

    /// The name of a form's table: its own, or with the form's name before it when another form or we have that.
    fn table_name(&self, form: u32, form_name: &str, table: &str) -> String {
        let mut name = schema::identifier(table);
        while crate::derived::NAMES.contains(&name.as_str())
            || (self.tables.contains_key(&name) && self.owners.get(&name) != Some(&form))
        {
            name = format!("{}_{name}", schema::identifier(form_name));
        }
        name
    }

    /// What a table loses when a key is destroyed.
    pub fn loses(&self, table: &str) -> Loses {
        match table {
            _ if self.owners.contains_key(table) => Loses::Rows,
            "submission" => Loses::Readable,
            _ => Loses::Nothing,
        }
    }

    pub fn form(&self, form: u32, version: u32) -> Option<&Published> {
        self.forms.get(&(form, version))
    }

    /// Whether a form describes who lives somewhere, as all but listing forms do; one that is not known is taken to.
    pub fn main(&self, form: u32, version: u32) -> bool {
        self.heads.get(&(form, version)).is_none_or(|declared| declared.purpose != 1)
    }

    /// A submission's facts by name; what the form does not declare is `None`.
    pub fn facts(&self, form: u32, version: u32, given: &[i32]) -> [Option<u16>; FACTS.len()] {
        let Some(declared) = self.heads.get(&(form, version)) else { return Default::default() };
        declared.places.map(|place| Some((*given.get(place?)?).clamp(0, 65_535) as u16))
    }
}
