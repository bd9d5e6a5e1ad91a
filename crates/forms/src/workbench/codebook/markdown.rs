//! The codebook as Markdown.

use std::fmt::Write as _;

use super::page::{Entry, Page, Rule, Texts};
use super::plain;
use crate::definition::Kind;
use crate::workbench::Speech;

/// Of a longer list only the first choices are written.
const CHOICES_MAX: usize = 2_000;

pub(super) fn write(page: &Page<'_>) -> String {
    let form = page.form;
    let definition = form.definition();
    let mut out = format!("# {}\n\n", pair(form_title(page, Speech::Chinese), form_title(page, Speech::English)));
    let languages: Vec<&str> = definition.languages.iter().map(|l| l.name.as_str()).collect();
    let reference = definition.reference_date.map_or("–".to_owned(), |d| d.to_string());
    let _ = write!(
        out,
        "编码手册 Codebook · 表号 form `{}` · 版本 version {} · 标准时点 reference date {reference} · 语言 languages: {}\n\n\
         ## 目录 Contents\n\n",
        form.id(),
        form.version(),
        languages.join(", ")
    );
    for (number, section) in page.sections.iter().enumerate() {
        let _ = writeln!(out, "- [{}](#{})", title(page, section.item), page.section_anchor(number));
        for entry in &section.entries {
            let name = &definition.items[entry.item].name;
            let label = pair(page.label(entry.item, Speech::Chinese), page.label(entry.item, Speech::English));
            let _ = writeln!(out, "  - [`{name}`](#{}) {}", page.anchors[entry.item], text(&label));
        }
    }
    out.push_str("- [数据表 Tables](#tables)\n- [要点 Facts in the head](#facts)\n- [编码表 Code lists](#lists)\n");
    for (number, section) in page.sections.iter().enumerate() {
        let anchor = page.section_anchor(number);
        let _ = write!(out, "\n## <a id=\"{anchor}\"></a>{}\n", title(page, section.item));
        rules(page, &section.rules, &mut out);
        section.entries.iter().for_each(|e| one_entry(page, e, &mut out));
    }
    tables(page, &mut out);
    facts(page, &mut out);
    out.push_str("\n## <a id=\"lists\"></a>编码表 Code lists\n");
    for list in &page.lists {
        let list_name = &definition.lists[*list].name;
        let _ = write!(out, "\n### <a id=\"{}\"></a>`{list_name}`\n\n", page.list_anchor(*list));
        choices(page, *list, &mut out);
    }
    out
}

fn form_title<'a>(page: &'a Page<'_>, speech: Speech) -> &'a str {
    let languages = page.form.languages();
    page.form.title(languages.iter().position(|l| Speech::of(&l.code) == speech).unwrap_or(0))
}

fn title(page: &Page<'_>, item: Option<usize>) -> String {
    let Some(item) = item else { return "随表信息 Of the form as a whole".into() };
    let definition = &page.form.definition().items[item];
    let label = text(&pair(page.label(item, Speech::Chinese), page.label(item, Speech::English)));
    let repeats = if definition.kind == Kind::Repeat { "，重复 repeats" } else { "" };
    format!("{label} (`{}`{repeats})", definition.name)
}

fn pair(zh: &str, en: &str) -> String {
    if zh == en { zh.to_owned() } else { format!("{zh} {en}") }
}

/// Text on one line that Markdown takes as it is.
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in text.replace(['\r', '\n'], " ").chars() {
        if matches!(c, '*' | '_' | '`' | '[' | ']' | '<' | '>' | '|' | '\\' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn lines(texts: &Texts, style: (&str, &str), out: &mut String) {
    for (_, line) in texts {
        let _ = writeln!(out, "{}{}{}  ", style.0, text(line), style.1);
    }
}

fn one_entry(page: &Page<'_>, entry: &Entry, out: &mut String) {
    let item = &page.form.definition().items[entry.item];
    let _ = write!(out, "\n### <a id=\"{}\"></a>`{}`\n\n", page.anchors[entry.item], item.name);
    lines(&entry.label, ("**", "**"), out);
    lines(&entry.hint, ("", ""), out);
    let _ = write!(out, "\n- 类型 type: {}", pair(&entry.kind.0, &entry.kind.1));
    if entry.required {
        out.push_str(" · 必填 required");
    }
    if entry.identifier {
        out.push_str(" · 封存 sealed");
    }
    out.push('\n');
    if let Some((table, column, ty)) = &entry.column {
        let _ = writeln!(out, "- 数据列 column: `{table}.{column}`, {}", pair(&ty.0, &ty.1));
    }
    if !entry.fact.is_empty() {
        let _ = writeln!(out, "- 要点 fact: `{}`", entry.fact);
    }
    if let Some(list) = entry.list {
        let name = &page.form.definition().lists[list].name;
        let _ = writeln!(out, "- 编码 codes: [`{name}`](#{})", page.list_anchor(list));
    }
    rules(page, &entry.rules, out);
}

fn rules(page: &Page<'_>, rules: &[Rule], out: &mut String) {
    for rule in rules {
        let _ = writeln!(out, "- {} {}: `{}`", rule.what.0, rule.what.1, rule.expression.replace('`', "'"));
        if let Some((zh, en)) = &rule.plain {
            for (speech, words) in [(Speech::Chinese, zh), (Speech::English, en)] {
                let link = |item: usize| format!("[“{}”](#{})", text(page.label(item, speech)), page.anchors[item]);
                let _ = writeln!(out, "  - {}", plain::linked(words, link, text));
            }
        }
        for (_, message) in &rule.messages {
            let _ = writeln!(out, "  - “{}”", text(message));
        }
    }
}

fn tables(page: &Page<'_>, out: &mut String) {
    out.push_str("\n## <a id=\"tables\"></a>数据表 Tables\n");
    for table in &page.tables {
        let _ = write!(out, "\n### `{}`\n\n", table.name);
        if let Some(parent) = table.parent.and_then(|p| page.tables.get(p)) {
            let _ = write!(out, "每行属于一个 each row belongs to a `{}`.\n\n", parent.name);
        }
        out.push_str("| 列 column | 类型 type | 含义 meaning |\n|---|---|---|\n");
        for entry in page.sections.iter().flat_map(|s| &s.entries) {
            if let Some((_, column, ty)) = entry.column.as_ref().filter(|(of, ..)| *of == table.name) {
                let label = pair(page.label(entry.item, Speech::Chinese), page.label(entry.item, Speech::English));
                let anchor = &page.anchors[entry.item];
                let _ = writeln!(out, "| [`{column}`](#{anchor}) | {} | {} |", pair(&ty.0, &ty.1), text(&label));
            }
        }
    }
}

fn facts(page: &Page<'_>, out: &mut String) {
    out.push_str("\n## <a id=\"facts\"></a>要点 Facts in the head\n\n");
    if page.facts.is_empty() {
        out.push_str("无 None.\n");
        return;
    }
    out.push_str("| 要点 fact | 来自 from | 含义 meaning |\n|---|---|---|\n");
    for fact in &page.facts {
        let name = &page.form.definition().items[fact.item].name;
        let label: Vec<String> = fact.label.iter().map(|(_, t)| text(t)).collect();
        let _ = writeln!(out, "| `{}` | [`{name}`](#{}) | {} |", fact.name, page.anchors[fact.item], label.join(" "));
    }
}

fn choices(page: &Page<'_>, list: usize, out: &mut String) {
    let definition = page.form.definition();
    let all = &definition.lists[list].choices;
    let codes: Vec<&str> = definition.languages.iter().map(|l| l.code.as_str()).collect();
    let _ = writeln!(out, "| 编码 code | {} |", codes.join(" | "));
    let _ = writeln!(out, "|---|{}", "---|".repeat(codes.len()));
    for choice in all.iter().take(CHOICES_MAX) {
        let labels: Vec<String> = (0..codes.len()).map(|l| text(choice.label.0.get(l).map_or("", |t| t))).collect();
        let _ = writeln!(out, "| `{}` | {} |", choice.name, labels.join(" | "));
    }
    if let Some(more) = all.len().checked_sub(CHOICES_MAX).filter(|n| *n > 0) {
        let _ = writeln!(out, "| … | 另有 {more} 个 and {more} more |");
    }
}
