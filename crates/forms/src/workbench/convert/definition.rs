//! A compiled form as a workbook again, to be read and changed.
//!
//! The workbook compiles to the same form. It is not the one the author wrote: `or_other`, loops and `add_none_option`
//! are written out, and choices of files stay in their files.

use crate::definition::{Definition, Item, Kind, Media, Words};
use crate::workbook::{Row, Sheet, Workbook};

/// Sheets made from a form, with the columns that hold anything.
pub fn from_definition(definition: &Definition) -> Workbook {
    let mut book = Workbook { name: definition.id.clone(), ..Workbook::default() };
    book.survey = survey(definition);
    (book.choices, book.external_choices) = choices(definition);
    book.entities = entities(definition);
    let spaces = book.survey.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.contains("  "));
    book.settings = settings(definition, spaces);
    book.osm.name = "osm".into();
    book
}

/// A sheet under construction: rows as header and text.
struct Writer<'a> {
    definition: &'a Definition,
    header: Vec<String>,
    rows: Vec<Vec<(String, String)>>,
}

impl<'a> Writer<'a> {
    fn new(definition: &'a Definition, header: &[&str]) -> Writer<'a> {
        Writer { definition, header: header.iter().map(|h| (*h).to_owned()).collect(), rows: Vec::new() }
    }

    fn row(&mut self) {
        self.rows.push(Vec::new());
    }

    fn cell(&mut self, header: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        if !self.header.iter().any(|h| h == header) {
            self.header.push(header.to_owned());
        }
        if let Some(row) = self.rows.last_mut() {
            row.push((header.to_owned(), text.to_owned()));
        }
    }

    fn flag(&mut self, header: &str, yes: bool) {
        self.cell(header, if yes { "yes" } else { "" });
    }

    /// A text in each language, under `label::English (en)`; under a plain `label` when the form has no languages.
    fn words(&mut self, header: &str, words: &Words) {
        for (language, text) in self.definition.languages.iter().zip(&words.0) {
            let plain = language.name == "default";
            let header = if plain { header.to_owned() } else { format!("{header}::{}", language.name) };
            self.cell(&header, text);
        }
    }

    fn media(&mut self, media: &Option<Box<Media>>) {
        if let Some(media) = media {
            self.words("image", &media.image);
            self.words("big-image", &media.big_image);
            self.words("audio", &media.audio);
            self.words("video", &media.video);
        }
    }

    fn sheet(self, name: &str) -> Sheet {
        let used = |h: &String| self.rows.iter().flatten().any(|(header, _)| header == h);
        let header: Vec<String> = self.header.iter().filter(|h| used(h)).cloned().collect();
        let mut rows = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let mut cells = vec![String::new(); header.len()];
            for (column, text) in row {
                if let Some(column) = header.iter().position(|h| h == column) {
                    cells[column].clone_from(text);
                }
            }
            while cells.last().is_some_and(String::is_empty) {
                cells.pop();
            }
            rows.push(Row { number: at as u32 + 2, cells });
        }
        Sheet { name: name.to_owned(), header, rows }
    }
}

fn survey(definition: &Definition) -> Sheet {
    let mut writer = Writer::new(definition, &["type", "name"]);
    let mut open: Vec<u32> = Vec::new();
    let close = |writer: &mut Writer<'_>, group: u32| {
        writer.row();
        let repeat = definition.items[group as usize].kind == Kind::Repeat;
        writer.cell("type", if repeat { "end repeat" } else { "end group" });
    };
    let meta = definition.items.iter().position(|i| i.name == "meta" && i.kind == Kind::Group && i.parent.is_none());
    let mut audits = Vec::new();
    for (at, item) in definition.items.iter().enumerate() {
        // Metadata and last answers are put there by the compiler.
        if Some(at) == meta || item.is_added() || item.type_name == "last-saved" {
            continue;
        }
        if meta.is_some() && item.parent == meta.map(|m| m as u32) {
            if item.type_name == "audit" {
                audits.push(item);
            }
            continue;
        }
        while let Some(group) = open.pop_if(|group| item.parent != Some(*group)) {
            close(&mut writer, group);
        }
        writer.row();
        question(&mut writer, item);
        if item.kind.is_group() {
            open.push(at as u32);
        }
    }
    while let Some(group) = open.pop() {
        close(&mut writer, group);
    }
    for item in audits {
        writer.row();
        question(&mut writer, item);
    }
    // Files that no question takes its choices from are named in rows of their own.
    for (at, list) in definition.lists.iter().enumerate() {
        let used = definition.items.iter().any(|i| i.kind.list() == Some(at as u16));
        if let Some((name, extension)) = list.source.rsplit_once('.').filter(|_| !used && list.is_open()) {
            writer.row();
            writer.cell("type", if extension == "csv" { "csv-external" } else { "xml-external" });
            writer.cell("name", name);
        }
    }
    writer.sheet("survey")
}

fn question(writer: &mut Writer<'_>, item: &Item) {
    writer.cell("type", &type_of(writer.definition, item));
    writer.cell("name", &item.name);
    writer.words("label", &item.label);
    writer.words("hint", &item.hint);
    writer.words("guidance_hint", &item.guidance);
    writer.media(&item.media);
    writer.cell("appearance", &item.appearance);
    writer.cell("calendars", item.parameter("calendars"));
    let parameters = item.parameters.iter().filter(|(key, _)| key != "calendars");
    let parameters: Vec<String> = parameters.map(|(key, value)| format!("{key}={value}")).collect();
    writer.cell("parameters", &parameters.join(" "));
    let yes = |rule: &str| if rule == "true()" { "yes".to_owned() } else { rule.to_owned() };
    writer.cell("required", &yes(&item.required));
    writer.words("required_message", &item.required_message);
    writer.cell("relevant", &item.relevant);
    writer.cell("constraint", own_constraint(item));
    writer.words("constraint_message", &item.constraint_message);
    writer.cell("check_soft", &item.check_soft);
    writer.words("check_soft_message", &item.check_soft_message);
    writer.cell("calculation", &item.calculation);
    let triggers: Vec<String> = item.trigger.iter().map(|name| format!("${{{name}}}")).collect();
    writer.cell("trigger", &triggers.join(", "));
    writer.cell("choice_filter", &item.choice_filter);
    writer.cell("repeat_count", &item.repeat_count);
    writer.cell("default", &item.default);
    writer.flag("read_only", item.read_only);
    writer.flag("identifier", item.identifier);
    writer.cell("fact", &item.fact);
    writer.cell("save_to", &item.save_to);
    for (column, text) in &item.attributes {
        writer.cell(column, text);
    }
    writer.cell("generate", &item.generate);
}

/// The constraint without what a `range` adds to it.
fn own_constraint(item: &Item) -> &str {
    let rule = item.constraint.as_str();
    match item.range() {
        None => rule,
        Some(_) => match rule.strip_prefix('(').and_then(|r| r.rsplit_once(") and . >= ")) {
            Some((own, _)) => own,
            None => "",
        },
    }
}

fn type_of(definition: &Definition, item: &Item) -> String {
    if let Some(list) = item.kind.list().and_then(|l| definition.lists.get(l as usize)) {
        let searches = item.appearance.contains("search(");
        let from_file = list.is_open() && !searches && !list.source.starts_with("${");
        let what = if list.is_open() && !searches { &list.source } else { &list.name };
        let select = match item.kind {
            _ if !item.type_name.is_empty() => &item.type_name,
            Kind::SelectOne(_) if from_file => "select_one_from_file",
            Kind::SelectOne(_) => "select_one",
            Kind::Rank(_) => "rank",
            _ if from_file => "select_multiple_from_file",
            _ => "select_multiple",
        };
        return format!("{select} {what}");
    }
    if !item.type_name.is_empty() {
        return item.type_name.clone();
    }
    match item.kind {
        Kind::Group => "begin group",
        Kind::Repeat => "begin repeat",
        Kind::Integer => "integer",
        Kind::Decimal => "decimal",
        Kind::Date | Kind::YearMonth => "date",
        Kind::Geopoint => "geopoint",
        Kind::Geotrace => "geotrace",
        Kind::Geoshape => "geoshape",
        Kind::Time => "time",
        Kind::DateTime => "dateTime",
        Kind::Image => "image",
        Kind::Audio => "audio",
        Kind::Video => "video",
        Kind::File => "file",
        Kind::Note => "note",
        Kind::Calculate => "calculate",
        Kind::Hidden => "hidden",
        Kind::Acknowledge => "acknowledge",
        Kind::Text | Kind::SelectOne(_) | Kind::SelectMultiple(_) | Kind::Rank(_) => "text",
    }
    .to_owned()
}

/// The lists of `choices`, and those of `external_choices`.
fn choices(definition: &Definition) -> (Sheet, Sheet) {
    let external = |list: usize| {
        let users = || definition.items.iter().filter(|i| i.kind.list() == Some(list as u16));
        users().next().is_some() && users().all(|i| i.type_name == "select_one_external")
    };
    let mut own = Writer::new(definition, &["list_name", "name"]);
    let mut other = Writer::new(definition, &["list_name", "name"]);
    for (at, list) in definition.lists.iter().enumerate() {
        let writer = if external(at) { &mut other } else { &mut own };
        if list.is_open() {
            // `search()` names the columns of its file in the list.
            let searched = |i: &Item| i.kind.list() == Some(at as u16) && i.appearance.contains("search(");
            if definition.items.iter().any(searched) {
                writer.row();
                writer.cell("list_name", &list.name);
                writer.cell("name", &list.value_column);
                writer.words("label", &Words(vec![list.label_column.clone()]));
            }
            continue;
        }
        for choice in &list.choices {
            writer.row();
            writer.cell("list_name", &list.name);
            writer.cell("name", &choice.name);
            writer.words("label", &choice.label);
            writer.media(&choice.media);
            list.columns.iter().zip(&choice.extra).for_each(|(column, text)| writer.cell(column, text));
            if let Some(weight) = choice.weight {
                writer.cell("weight", &weight.to_string());
            }
        }
    }
    (own.sheet("choices"), other.sheet("external_choices"))
}

fn entities(definition: &Definition) -> Sheet {
    let mut writer = Writer::new(definition, &["list_name", "entity_id", "create_if", "update_if", "label"]);
    for entity in &definition.entities {
        writer.row();
        writer.cell("list_name", &entity.list);
        writer.cell("entity_id", &entity.id);
        writer.cell("create_if", &entity.create_if);
        writer.cell("update_if", &entity.update_if);
        writer.cell("label", &entity.label);
    }
    writer.sheet("entities")
}

/// With `spaces`, runs of them in the survey are to stay.
fn settings(definition: &Definition, spaces: bool) -> Sheet {
    let mut writer = Writer::new(definition, &[]);
    writer.row();
    writer.words("form_title", &definition.title);
    writer.cell("form_id", &definition.id);
    writer.cell("version", if definition.unversioned { "" } else { &definition.version });
    if let Some(language) = definition.languages.first().filter(|l| l.name != "default") {
        writer.cell("default_language", &language.name);
    }
    writer.cell("table", if definition.table == "data" { "" } else { &definition.table });
    writer.cell("reference_date", &definition.reference_date.map_or(String::new(), |d| d.to_string()));
    // Choices for none are written out, and files are listed when the form is published.
    let kept = |name: &str| !matches!(name, "add_none_option" | "files");
    for (name, value) in definition.settings.iter().filter(|(name, _)| kept(name)) {
        writer.cell(name, value);
    }
    if spaces && definition.setting("clean_text_values").is_empty() {
        writer.cell("clean_text_values", "no");
    }
    writer.sheet("settings")
}
