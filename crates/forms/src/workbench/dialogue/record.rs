//! What a finished interview would record: outcome, facts, typed rows, and what is sealed.

use super::{Dialogue, Line, Style, draw};
use crate::error::Result;
use crate::split::identifiers_decode;
use crate::tables::{Cell, ColumnSchema};
use crate::workbench::locate::Located;
use crate::workbench::speech::say;
use types::Outcome;

impl Dialogue {
    /// The outcome of finishing now.
    pub fn outcome(&mut self) -> Outcome {
        self.interview.finish().outcome
    }

    /// Everything the server would get, typed as in the tables, and what only the census key opens.
    pub fn record(&mut self) -> Result<Vec<Line>> {
        let speech = self.speech;
        let finished = self.interview.finish();
        let mut lines = Vec::new();
        let (style, text) = match finished.outcome {
            Outcome::Clean => (Style::Good, speech.pick("Finished: clean.", "已完成：无问题。")),
            Outcome::Warned => (Style::Warning, speech.pick("Finished, with warnings.", "已完成，有提示。")),
            _ => (Style::Wrong, speech.pick("Finished: needs review.", "已完成：需复核。")),
        };
        lines.push(Line::new(style, text));
        for finding in &finished.findings {
            let place = Located::of_finding(&self.form, finding).say(speech);
            let item = &self.form.definition().items[finding.item as usize];
            let words = match finding.kind {
                crate::RuleKind::Soft => &item.check_soft_message,
                crate::RuleKind::Required => &item.required_message,
                _ => &item.constraint_message,
            };
            let message = match words.get(self.language) {
                "" if finding.kind == crate::RuleKind::Required => speech.pick("no answer", "没有作答").to_owned(),
                "" => speech.pick("does not fit", "与其他答案不符").to_owned(),
                message => message.to_owned(),
            };
            let style = if finding.hard { Style::Wrong } else { Style::Warning };
            lines.push(Line::new(style, format!("  {place}: {message}")));
        }
        let facts: Vec<String> =
            self.form.fact_names().zip(&finished.split.facts).map(|(name, n)| format!("{name} {n}")).collect();
        if !facts.is_empty() {
            let facts = facts.join(" · ");
            lines.push(Line::new(Style::Plain, say!(speech, "In the head: {facts}", "头部：{facts}")));
        }
        self.rows(&finished.split.answers, &mut lines)?;
        let sealed = identifiers_decode(&self.form, &finished.split.identifiers)?;
        if !sealed.is_empty() {
            let title = speech.pick("Sealed: only the census key opens it", "封存：只有普查密钥能打开");
            lines.push(Line::new(Style::Title, title));
            lines.extend(sealed.iter().map(|(path, value)| Line::new(Style::Plain, format!("  {path}  {value}"))));
        }
        let (answers, identifiers) = (finished.split.answers.len(), finished.split.identifiers.len());
        lines.push(Line::new(
            Style::Faint,
            say!(
                speech,
                "{answers} bytes of answers, {identifiers} to seal",
                "答案 {answers} 字节，待封存 {identifiers} 字节"
            ),
        ));
        Ok(lines)
    }

    fn rows(&self, answers: &[u8], lines: &mut Vec<Line>) -> Result<()> {
        let schemas = self.form.tables();
        for table in self.form.extract(answers)? {
            let schema = &schemas[table.table];
            let width = schema.columns.iter().map(|c| draw::width(&c.name)).max().unwrap_or(0);
            for row in &table.rows {
                let mut title = schema.name.clone();
                if let Some(parent) = schema.parent {
                    title = format!("{title} {}", row.position);
                    if schemas[parent].parent.is_some() {
                        title = format!("{title} · {} {}", schemas[parent].name, row.parent + 1);
                    }
                }
                lines.push(Line::new(Style::Title, title));
                for (column, cell) in schema.columns.iter().zip(&row.cells) {
                    if let Some(text) = self.shown(column, cell) {
                        let name = draw::padded(&column.name, width);
                        lines.push(Line::new(Style::Plain, format!("  {name}  {text}")));
                    }
                }
            }
        }
        Ok(())
    }

    /// A cell as people read it; `None` when there is nothing in it.
    fn shown(&self, column: &ColumnSchema, cell: &Cell) -> Option<String> {
        Some(match cell {
            Cell::Null => return None,
            _ if column.identifier => self.speech.pick("sealed", "封存").into(),
            Cell::Int(n) => n.to_string(),
            Cell::Float(n) => n.to_string(),
            Cell::Text(text) => text.clone(),
            Cell::Bool(yes) => if *yes { self.speech.pick("yes", "是") } else { self.speech.pick("no", "否") }.into(),
            Cell::Date(date) => date.to_string(),
            Cell::DateTime(ms) => crate::workbench::moment_text(*ms),
            Cell::Code(index) => {
                let code = column.codes.get(*index as usize)?;
                format!("{} {}", code.value, code.labels.get(self.language).map_or("", String::as_str))
            }
        })
    }
}
