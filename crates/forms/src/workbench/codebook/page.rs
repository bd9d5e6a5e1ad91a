//! What stands in a codebook, before it is HTML or Markdown.

use super::plain;
use crate::definition::{Definition, Item, Words};
use crate::form::Form;
use crate::tables::TableSchema;
use crate::workbench::Speech;
use crate::workbench::changes::{kind_name, type_name};
use crate::workbench::locate::around;

/// A text in Chinese and in English.
pub(super) type Both = (String, String);

/// The two languages a codebook speaks.
pub(super) fn both(of: impl Fn(Speech) -> String) -> Both {
    (of(Speech::Chinese), of(Speech::English))
}

/// A text in each language of the form that has one, with the language's code.
pub(super) type Texts = Vec<(String, String)>;

pub(super) struct Page<'a> {
    pub form: &'a Form,
    /// Anchors by item.
    pub anchors: Vec<String>,
    pub sections: Vec<Section>,
    pub tables: Vec<TableSchema>,
    /// Lists that are used, by index.
    pub lists: Vec<usize>,
    pub facts: Vec<Fact>,
}

/// A group or repeat, or what lies outside of any.
pub(super) struct Section {
    /// The group's item; `None` for what lies outside.
    pub item: Option<usize>,
    /// Whether the group begins here; `false` when it goes on after a group inside it.
    pub opens: bool,
    pub rules: Vec<Rule>,
    pub entries: Vec<Entry>,
}

/// A question.
pub(super) struct Entry {
    pub item: usize,
    pub kind: Both,
    pub label: Texts,
    pub hint: Texts,
    /// Index of its choice list.
    pub list: Option<usize>,
    pub identifier: bool,
    pub required: bool,
    pub rules: Vec<Rule>,
    /// Table and column; `None` for what is only read.
    pub column: Option<(String, String, Both)>,
    pub fact: String,
}

/// A rule: what it is, in plain words where there are any, as the workbook has it, and its messages.
pub(super) struct Rule {
    pub what: Both,
    pub plain: Option<Both>,
    pub expression: String,
    pub messages: Texts,
}

/// A number in the head of each submission.
pub(super) struct Fact {
    pub name: String,
    pub item: usize,
    pub label: Texts,
}

impl Page<'_> {
    pub fn of(form: &Form) -> Page<'_> {
        let definition = form.definition();
        let tables = form.tables();
        let mut page = Page {
            form,
            anchors: anchors(definition),
            sections: Vec::new(),
            lists: Vec::new(),
            facts: Vec::new(),
            tables,
        };
        // A section is opened anew when a group ends and its parent goes on.
        let mut open: Option<Option<u32>> = None;
        for (at, item) in definition.items.iter().enumerate().filter(|(_, item)| !item.is_added()) {
            if item.kind.is_group() {
                page.sections.push(section(definition, Some(at)));
                open = Some(Some(at as u32));
                continue;
            }
            if open != Some(item.parent) {
                let mut more = section(definition, item.parent.map(|p| p as usize));
                more.rules.clear();
                more.opens = false;
                page.sections.push(more);
                open = Some(item.parent);
            }
            let entry = entry(form, &page.tables, at);
            if let Some(list) = entry.list.filter(|l| !page.lists.contains(l)) {
                page.lists.push(list);
            }
            if let Some(section) = page.sections.last_mut() {
                section.entries.push(entry);
            }
            if !item.fact.is_empty() {
                page.facts.push(Fact { name: item.fact.clone(), item: at, label: texts(definition, &item.label) });
            }
        }
        page.sections.retain(|s| s.opens || !s.entries.is_empty());
        page
    }

    /// A text of the form in one of the codebook's two languages.
    pub fn label(&self, item: usize, speech: Speech) -> &str {
        let definition = self.form.definition();
        let language = definition.languages.iter().position(|l| Speech::of(&l.code) == speech).unwrap_or(0);
        match definition.items[item].label.get(language) {
            "" => &definition.items[item].name,
            label => label,
        }
    }

    /// The link target of a section.
    pub fn section_anchor(&self, number: usize) -> String {
        let section = &self.sections[number];
        match section.item.filter(|_| section.opens) {
            Some(item) => self.anchors[item].clone(),
            None => format!("section-{number}"),
        }
    }

    /// The link target of a choice list.
    pub fn list_anchor(&self, list: usize) -> String {
        format!("list-{}", self.form.definition().lists[list].name)
    }
}

fn texts(definition: &Definition, words: &Words) -> Texts {
    let all = definition.languages.iter().zip(&words.0);
    all.filter(|(_, t)| !t.is_empty()).map(|(l, t)| (l.code.clone(), t.clone())).collect()
}

/// `person.d4_sex`; two questions of one name in one table get a number.
fn anchors(definition: &Definition) -> Vec<String> {
    let mut seen = std::collections::HashMap::new();
    let anchor = |at: usize| {
        let mut parts = around(definition, at);
        parts.push(&definition.items[at].name);
        parts.join(".")
    };
    (0..definition.items.len())
        .map(|at| {
            let anchor = anchor(at);
            let count: &mut u32 = seen.entry(anchor.clone()).or_default();
            *count += 1;
            if *count == 1 { anchor } else { format!("{anchor}-{count}") }
        })
        .collect()
}

fn section(definition: &Definition, item: Option<usize>) -> Section {
    let Some(at) = item else {
        return Section { item: None, opens: false, rules: Vec::new(), entries: Vec::new() };
    };
    Section { item: Some(at), opens: true, rules: rules(definition, at), entries: Vec::new() }
}

fn entry(form: &Form, tables: &[TableSchema], at: usize) -> Entry {
    let definition = form.definition();
    let item = &definition.items[at];
    let list = item.kind.list().map(usize::from);
    Entry {
        item: at,
        kind: both(|s| kind_name(item.kind, s)),
        label: texts(definition, &item.label),
        hint: texts(definition, &item.hint),
        list,
        identifier: item.identifier,
        required: item.required == "true()",
        rules: rules(definition, at),
        column: column(definition, tables, at),
        fact: item.fact.clone(),
    }
}

/// The column a question fills: found by its name, or its group's and its name, in the table of its repeat.
fn column(definition: &Definition, tables: &[TableSchema], at: usize) -> Option<(String, String, Both)> {
    let item = &definition.items[at];
    let mut table = 0;
    for repeat in around(definition, at) {
        table = tables.iter().position(|t| t.parent == Some(table) && t.name == repeat)?;
    }
    let group = item.parent.map_or("", |p| &definition.items[p as usize].name);
    let long = format!("{group}_{}", item.name);
    let schema = &tables[table];
    let column = schema.columns.iter().find(|c| c.name == long).or(schema.columns.iter().find(|c| c.name == item.name));
    column.map(|c| {
        let ty = match c.identifier {
            true => ("是否已填（内容封存）".to_owned(), "whether it was answered (the answer is sealed)".to_owned()),
            false => both(|s| type_name(c.ty, s).to_owned()),
        };
        (schema.name.clone(), c.name.clone(), ty)
    })
}

fn rules(definition: &Definition, at: usize) -> Vec<Rule> {
    let item: &Item = &definition.items[at];
    let none = Words::default();
    let cells: [(&str, &str, &String, &Words, bool); 8] = [
        ("何时询问", "Asked when", &item.relevant, &none, true),
        ("何时必填", "Required when", &item.required, &item.required_message, true),
        ("必须符合", "Must hold", &item.constraint, &item.constraint_message, true),
        ("不符合时提示", "Warned about unless", &item.check_soft, &item.check_soft_message, true),
        ("计算", "Computed as", &item.calculation, &none, false),
        ("可选项", "Choices offered where", &item.choice_filter, &none, true),
        ("个数", "How many", &item.repeat_count, &none, false),
        ("初始值", "First value", &item.default, &none, false),
    ];
    let mut out = Vec::new();
    for (zh, en, expression, messages, truth) in cells {
        // "Always required" is a word beside the type, unless there is a message to show.
        if expression.is_empty() || (expression == "true()" && messages.is_empty()) {
            continue;
        }
        let say = |speech| match truth {
            true => plain::condition(definition, at, expression, speech),
            false => plain::value(definition, at, expression, speech),
        };
        let plain = say(Speech::Chinese).zip(say(Speech::English));
        let what = (zh.to_owned(), en.to_owned());
        out.push(Rule { what, plain, expression: expression.clone(), messages: texts(definition, messages) });
    }
    out
}
