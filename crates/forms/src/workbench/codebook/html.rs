//! The codebook as one HTML page.

use std::fmt::Write as _;

use super::page::{Entry, Page, Rule, Section, Texts};
use super::plain;
use crate::definition::{Choice, Kind};
use crate::workbench::Speech;

/// Lists longer than this stand at the end of the page, once.
const CHOICES_INLINE_MAX: usize = 12;
/// Of a longer list only the first choices are printed.
const CHOICES_MAX: usize = 2_000;

pub(super) fn write(page: &Page<'_>) -> String {
    let form = page.form;
    let definition = form.definition();
    let mut out = String::new();
    let first = definition.languages.first().map_or("en", |l| l.code.as_str());
    let title = escape(form.title(0));
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} {}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<style>\n{}</style>\n</head>\n<body>\n",
        escape(first),
        escape(form.version()),
        include_str!("page.css")
    );
    head(page, &mut out);
    contents(page, &mut out);
    out.push_str("<main>\n");
    for (number, section) in page.sections.iter().enumerate() {
        one_section(page, number, section, &mut out);
    }
    tables(page, &mut out);
    facts(page, &mut out);
    lists(page, &mut out);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Texts by language, the first one large.
fn texts(texts: &Texts, class: &str, out: &mut String) {
    for (language, text) in texts {
        let _ = writeln!(out, "<p class=\"{class}\" lang=\"{}\">{}</p>", escape(language), escape(text));
    }
}

fn head(page: &Page<'_>, out: &mut String) {
    let definition = page.form.definition();
    out.push_str("<header>\n<p class=\"kind\">编码手册 Codebook</p>\n");
    for (at, language) in definition.languages.iter().enumerate() {
        if let Some(title) = definition.title.0.get(at).filter(|t| !t.is_empty()) {
            let tag = if at == 0 { "h1" } else { "p" };
            let _ =
                writeln!(out, "<{tag} class=\"title\" lang=\"{}\">{}</{tag}>", escape(&language.code), escape(title));
        }
    }
    let questions = definition.items.iter().filter(|i| i.kind.is_question() && !i.is_added()).count();
    let identifiers = definition.items.iter().filter(|i| i.identifier).count();
    let languages: Vec<&str> = definition.languages.iter().map(|l| l.name.as_str()).collect();
    let reference = definition.reference_date.map_or("–".to_owned(), |d| d.to_string());
    let facts = [
        ("表号", "Form", escape(&definition.id)),
        ("版本", "Version", escape(&definition.version)),
        ("标准时点", "Reference date", reference),
        ("语言", "Languages", escape(&languages.join(", "))),
        ("问题", "Questions", questions.to_string()),
        ("封存项", "Sealed", identifiers.to_string()),
        ("数据表", "Tables", page.tables.len().to_string()),
    ];
    out.push_str("<dl class=\"meta\">\n");
    for (zh, en, value) in facts {
        let _ = writeln!(out, "<div><dt>{zh} <span lang=\"en\">{en}</span></dt><dd>{value}</dd></div>");
    }
    out.push_str("</dl>\n</header>\n");
}

fn section_title(page: &Page<'_>, section: &Section) -> (String, String) {
    match section.item {
        None => ("随表信息".into(), "Of the form as a whole".into()),
        Some(item) => (escape(page.label(item, Speech::Chinese)), escape(page.label(item, Speech::English))),
    }
}

fn contents(page: &Page<'_>, out: &mut String) {
    out.push_str("<nav>\n<h2>目录 <span lang=\"en\">Contents</span></h2>\n<div class=\"columns\">\n");
    for (number, section) in page.sections.iter().enumerate() {
        let (zh, en) = section_title(page, section);
        let _ = write!(
            out,
            "<section>\n<h3><a href=\"#{}\">{}</a></h3>\n<ol>\n",
            escape(&page.section_anchor(number)),
            pair(&zh, &en)
        );
        for entry in &section.entries {
            let (zh, en) = (page.label(entry.item, Speech::Chinese), page.label(entry.item, Speech::English));
            let name = escape(&page.form.definition().items[entry.item].name);
            let anchor = escape(&page.anchors[entry.item]);
            let _ = writeln!(
                out,
                "<li><a href=\"#{anchor}\"><code>{name}</code> {}</a></li>",
                pair(&escape(zh), &escape(en))
            );
        }
        out.push_str("</ol>\n</section>\n");
    }
    out.push_str(
        "<section>\n<h3>数据 <span lang=\"en\">Data</span></h3>\n<ol>\n\
         <li><a href=\"#tables\">数据表 <span lang=\"en\">Tables</span></a></li>\n\
         <li><a href=\"#facts\">要点 <span lang=\"en\">Facts in the head</span></a></li>\n\
         <li><a href=\"#lists\">编码表 <span lang=\"en\">Code lists</span></a></li>\n</ol>\n</section>\n</div>\n</nav>\n",
    );
}

/// Two texts, or one when they are the same. They are HTML already.
fn pair(zh: &str, en: &str) -> String {
    if zh == en { zh.to_owned() } else { format!("{zh} <span lang=\"en\">{en}</span>") }
}

fn one_section(page: &Page<'_>, number: usize, section: &Section, out: &mut String) {
    let (zh, en) = section_title(page, section);
    let _ =
        write!(out, "<section class=\"part\" id=\"{}\">\n<h2>{}", escape(&page.section_anchor(number)), pair(&zh, &en));
    if let Some(item) = section.item {
        let item = &page.form.definition().items[item];
        let repeat = if item.kind == Kind::Repeat { " · 重复 <span lang=\"en\">repeats</span>" } else { "" };
        let _ = write!(out, " <small><code>{}</code>{repeat}</small>", escape(&item.name));
    }
    out.push_str("</h2>\n");
    rules(page, &section.rules, out);
    for entry in &section.entries {
        one_entry(page, entry, out);
    }
    out.push_str("</section>\n");
}

fn one_entry(page: &Page<'_>, entry: &Entry, out: &mut String) {
    let item = &page.form.definition().items[entry.item];
    let _ = write!(
        out,
        "<article id=\"{}\">\n<aside>\n<code>{}</code>\n<p>{}</p>\n",
        escape(&page.anchors[entry.item]),
        escape(&item.name),
        pair(&entry.kind.0, &entry.kind.1)
    );
    if entry.required {
        out.push_str("<p class=\"chip\">必填 <span lang=\"en\">required</span></p>\n");
    }
    if entry.identifier {
        out.push_str("<p class=\"chip sealed\">封存 <span lang=\"en\">sealed</span></p>\n");
    }
    out.push_str("</aside>\n<div>\n");
    texts(&entry.label, "label", out);
    texts(&entry.hint, "hint", out);
    if let Some(list) = entry.list {
        let choices = &page.form.definition().lists[list];
        if choices.choices.len() <= CHOICES_INLINE_MAX {
            choice_table(page, &choices.choices, out);
        } else {
            let _ = writeln!(
                out,
                "<p class=\"see\">{n} 个编码，见 <span lang=\"en\">{n} codes, see</span> <a href=\"#{}\"><code>{}</code></a></p>",
                escape(&page.list_anchor(list)),
                escape(&choices.name),
                n = choices.choices.len()
            );
        }
    }
    rules(page, &entry.rules, out);
    if let Some((table, column, ty)) = &entry.column {
        let _ = write!(
            out,
            "<p class=\"column\">→ <a href=\"#table-{t}\"><code>{t}.{}</code></a> {}",
            escape(column),
            pair(&ty.0, &ty.1),
            t = escape(table)
        );
        if !entry.fact.is_empty() {
            let _ = write!(out, " · 要点 <span lang=\"en\">fact</span> <code>{}</code>", escape(&entry.fact));
        }
        out.push_str("</p>\n");
    }
    out.push_str("</div>\n</article>\n");
}

fn rules(page: &Page<'_>, rules: &[Rule], out: &mut String) {
    if rules.is_empty() {
        return;
    }
    out.push_str("<dl class=\"rules\">\n");
    for rule in rules {
        let _ = write!(out, "<dt>{} <span lang=\"en\">{}</span></dt>\n<dd>\n", rule.what.0, rule.what.1);
        if let Some((zh, en)) = &rule.plain {
            for (language, speech, text) in [("zh", Speech::Chinese, zh), ("en", Speech::English, en)] {
                let link = |item: usize| {
                    let label = escape(page.label(item, speech));
                    format!("<a href=\"#{}\">“{label}”</a>", escape(&page.anchors[item]))
                };
                let _ = writeln!(out, "<p lang=\"{language}\">{}</p>", plain::linked(text, link, escape));
            }
        }
        let _ = writeln!(out, "<p><code class=\"expression\">{}</code></p>", escape(&rule.expression));
        for (language, text) in &rule.messages {
            let _ = writeln!(out, "<p class=\"message\" lang=\"{}\">{}</p>", escape(language), escape(text));
        }
        out.push_str("</dd>\n");
    }
    out.push_str("</dl>\n");
}

fn choice_table(page: &Page<'_>, choices: &[Choice], out: &mut String) {
    let languages = &page.form.definition().languages;
    let many = if choices.len() > CHOICES_INLINE_MAX { " many" } else { "" };
    let _ = writeln!(out, "<ul class=\"choices{many}\">");
    for choice in choices.iter().take(CHOICES_MAX) {
        let _ = write!(out, "<li><code>{}</code> ", escape(&choice.name));
        for (language, text) in languages.iter().zip(&choice.label.0).filter(|(_, t)| !t.is_empty()) {
            let _ = write!(out, "<span lang=\"{}\">{}</span> ", escape(&language.code), escape(text));
        }
        out.push_str("</li>\n");
    }
    if let Some(more) = choices.len().checked_sub(CHOICES_MAX).filter(|n| *n > 0) {
        let _ = writeln!(out, "<li>… 另有 {more} 个 <span lang=\"en\">and {more} more</span></li>");
    }
    out.push_str("</ul>\n");
}

fn tables(page: &Page<'_>, out: &mut String) {
    out.push_str("<section class=\"part\" id=\"tables\">\n<h2>数据表 <span lang=\"en\">Tables</span></h2>\n");
    for table in &page.tables {
        let name = escape(&table.name);
        let _ = write!(out, "<h3 id=\"table-{name}\"><code>{name}</code>");
        if let Some(parent) = table.parent.and_then(|p| page.tables.get(p)) {
            let parent = escape(&parent.name);
            let _ = write!(
                out,
                " <small>每行属于一个 <span lang=\"en\">each row belongs to a</span> <code>{parent}</code></small>"
            );
        }
        out.push_str(
            "</h3>\n<table>\n<thead><tr><th>列 <span lang=\"en\">Column</span></th><th>类型 <span lang=\"en\">Type</span></th>\
             <th>含义 <span lang=\"en\">Meaning</span></th></tr></thead>\n<tbody>\n",
        );
        for section in page.sections.iter().flat_map(|s| &s.entries) {
            let Some((of, column, ty)) = section.column.as_ref().filter(|(of, ..)| *of == table.name) else { continue };
            debug_assert_eq!(of, &table.name);
            let (zh, en) = (page.label(section.item, Speech::Chinese), page.label(section.item, Speech::English));
            let chip = if section.identifier { " <span class=\"chip sealed\">封存 sealed</span>" } else { "" };
            let _ = writeln!(
                out,
                "<tr><td><a href=\"#{}\"><code>{}</code></a></td><td>{}{chip}</td><td>{}</td></tr>",
                escape(&page.anchors[section.item]),
                escape(column),
                pair(&ty.0, &ty.1),
                pair(&escape(zh), &escape(en))
            );
        }
        out.push_str("</tbody>\n</table>\n");
    }
    out.push_str("</section>\n");
}

fn facts(page: &Page<'_>, out: &mut String) {
    out.push_str(
        "<section class=\"part\" id=\"facts\">\n<h2>要点 <span lang=\"en\">Facts in the head</span></h2>\n\
         <p>每份提交的头部所带的数字，计数由此而来。 <span lang=\"en\">Numbers in the head of each submission, from which counts are \
         made.</span></p>\n",
    );
    if page.facts.is_empty() {
        out.push_str("<p>无 <span lang=\"en\">None</span></p>\n</section>\n");
        return;
    }
    out.push_str("<table>\n<tbody>\n");
    for fact in &page.facts {
        let shown: Vec<String> =
            fact.label.iter().map(|(l, t)| format!("<span lang=\"{}\">{}</span>", escape(l), escape(t))).collect();
        let _ = writeln!(
            out,
            "<tr><td><code>{}</code></td><td><a href=\"#{}\"><code>{}</code></a></td><td>{}</td></tr>",
            escape(&fact.name),
            escape(&page.anchors[fact.item]),
            escape(&page.form.definition().items[fact.item].name),
            shown.join(" ")
        );
    }
    out.push_str("</tbody>\n</table>\n</section>\n");
}

fn lists(page: &Page<'_>, out: &mut String) {
    out.push_str("<section class=\"part\" id=\"lists\">\n<h2>编码表 <span lang=\"en\">Code lists</span></h2>\n");
    for list in &page.lists {
        let choices = &page.form.definition().lists[*list];
        let _ = writeln!(
            out,
            "<h3 id=\"{}\"><code>{}</code> <small>{}</small></h3>",
            escape(&page.list_anchor(*list)),
            escape(&choices.name),
            choices.choices.len()
        );
        choice_table(page, &choices.choices, out);
    }
    out.push_str("</section>\n");
}
