//! What comes out: tables, columns, facts. Decides what breaks.
//!
//! All versions of a form share its tables. A column is known by its table and the question's name, and keeps the type
//! it was first published with; an answer that does not fit that type is left empty.

use super::questions::Pairs;
use super::{Changes, Topic, Weight};
use crate::form::Form;
use crate::tables::{ColumnSchema, ColumnType, TableSchema};
use crate::workbench::Speech;
use crate::workbench::speech::say;

/// Facts the counters of a census are made of (`fold` has the list).
const COUNTED: [&str; 7] = ["persons", "male", "female", "slept_here", "registered_away", "births", "deaths"];

/// How a column is stored.
#[derive(Clone, Copy, PartialEq)]
enum Stored {
    Integer,
    Decimal,
    Text,
    Truth,
    Day,
    Moment,
}

fn stored(ty: ColumnType) -> Stored {
    match ty {
        ColumnType::Int => Stored::Integer,
        ColumnType::Float => Stored::Decimal,
        ColumnType::Text | ColumnType::Choice | ColumnType::Choices | ColumnType::Time => Stored::Text,
        ColumnType::Bool => Stored::Truth,
        ColumnType::Date | ColumnType::YearMonth => Stored::Day,
        ColumnType::DateTime => Stored::Moment,
    }
}

/// Whether answers of the new type fit a column made for the old one.
fn fits(old: ColumnType, new: ColumnType) -> bool {
    match (stored(old), stored(new)) {
        (a, b) if a == b => true,
        (Stored::Decimal | Stored::Text, Stored::Integer) => true,
        _ => false,
    }
}

/// Whether every value of the old type is one of the new.
fn widens(old: ColumnType, new: ColumnType) -> bool {
    use ColumnType::{Choice, Choices, Date, Float, Int, Text, Time, YearMonth};
    old == new
        || matches!(
            (old, new),
            (Int, Float) | (Choice, Choices | Text) | (Choices | Time, Text) | (YearMonth, Date) | (Int | Float, Text)
        )
}

/// A column's type in words.
pub(crate) fn type_name(ty: ColumnType, speech: Speech) -> &'static str {
    match ty {
        ColumnType::Int => speech.pick("whole number", "整数"),
        ColumnType::Float => speech.pick("number", "数值"),
        ColumnType::Text => speech.pick("text", "文本"),
        ColumnType::Bool => speech.pick("yes or no", "是否"),
        ColumnType::Date => speech.pick("day", "日期"),
        ColumnType::YearMonth => speech.pick("month, as its first day", "年月（存为当月首日）"),
        ColumnType::Time => speech.pick("time of day", "时刻"),
        ColumnType::DateTime => speech.pick("moment", "日期和时刻"),
        ColumnType::Choice => speech.pick("code", "编码"),
        ColumnType::Choices => speech.pick("codes, separated by spaces", "多个编码，以空格分隔"),
    }
}

/// The name of a table with those it lies in: `household/person`, so that equal names in two places stay apart.
fn lineage(tables: &[TableSchema], at: usize) -> Vec<&str> {
    let mut out = vec![tables[at].name.as_str()];
    let mut parent = tables[at].parent;
    while let Some(up) = parent {
        // The root goes by its position: its name is compared on its own.
        if tables[up].parent.is_some() {
            out.push(&tables[up].name);
        }
        parent = tables[up].parent;
    }
    if tables[at].parent.is_none() {
        out.clear();
    }
    out.reverse();
    out
}

pub(super) fn columns(old: &Form, new: &Form, speech: Speech, changes: &mut Changes) {
    let (before, after) = (old.tables(), new.tables());
    if let (Some(was), Some(is)) = (before.first(), after.first())
        && was.name != is.name
    {
        let (was, is) = (&was.name, &is.name);
        let text = say!(
            speech,
            "the table `{was}` is called `{is}` now: rows of the two versions lie apart",
            "数据表 `{was}` 改名为 `{is}`：两版的行分在两处"
        );
        changes.add(Topic::Data, Weight::Breaks, text);
    }
    for (at, table) in after.iter().enumerate() {
        let own = lineage(&after, at);
        let was = (0..before.len()).find(|b| lineage(&before, *b) == own);
        match was {
            Some(was) => one_table(&before[was], table, speech, changes, (&before, &after)),
            None => {
                let (name, count) = (&table.name, table.columns.len());
                let text = say!(speech, "{name}: a new table of {count} columns", "{name}：新数据表，{count} 列");
                changes.add(Topic::Data, Weight::Fine, text);
            }
        }
    }
    for at in 0..before.len() {
        let own = lineage(&before, at);
        if (0..after.len()).all(|a| lineage(&after, a) != own) {
            let name = &before[at].name;
            let text = say!(
                speech,
                "{name}: no more rows; those of earlier versions stay",
                "{name}：不再有新行；旧版的行保留"
            );
            changes.add(Topic::Data, Weight::Look, text);
        }
    }
}

/// Whether a question of this name has a column in another table of the other version.
fn elsewhere<'a>(tables: &'a [TableSchema], own: &str, column: &str) -> Option<&'a str> {
    tables.iter().find(|t| t.name != own && t.columns.iter().any(|c| c.name == column)).map(|t| t.name.as_str())
}

fn one_table(
    was: &TableSchema,
    is: &TableSchema,
    speech: Speech,
    changes: &mut Changes,
    (before, after): (&[TableSchema], &[TableSchema]),
) {
    let table = &is.name;
    let find = |t: &TableSchema, name: &str| t.columns.iter().find(|c| c.name == name).cloned();
    for column in &is.columns {
        let name = &column.name;
        match find(was, name) {
            Some(old) => one_column(table, &old, column, speech, changes),
            None => {
                let what = if column.identifier {
                    speech.pick("whether it was answered", "是否已填").to_owned()
                } else {
                    type_name(column.ty, speech).to_owned()
                };
                let text = match elsewhere(before, table, name) {
                    // Told once, where it left.
                    Some(_) if find(is, name).is_some() && elsewhere(after, table, name).is_none() => continue,
                    _ => say!(
                        speech,
                        "{table}.{name}: a new column ({what}); nothing in rows of earlier versions",
                        "{table}.{name}：新列（{what}）；旧版的行为空"
                    ),
                };
                changes.add(Topic::Data, Weight::Fine, text);
            }
        }
    }
    for column in was.columns.iter().filter(|c| find(is, &c.name).is_none()) {
        let name = &column.name;
        match elsewhere(after, table, name).filter(|t| elsewhere(before, table, name) != Some(*t)) {
            Some(other) => {
                let text = say!(
                    speech,
                    "{table}.{name} is {other}.{name} now: answers of the two versions lie in two tables\n\
                     give the question a new name where it stands now",
                    "{table}.{name} 变为 {other}.{name}：两版的答案分在两个数据表\n请给移动后的问题起新名称"
                );
                changes.add(Topic::Data, Weight::Breaks, text);
            }
            None => {
                let text = say!(
                    speech,
                    "{table}.{name}: the column stays; nothing in rows of this version",
                    "{table}.{name}：列保留；本版的行为空"
                );
                changes.add(Topic::Data, Weight::Fine, text);
            }
        }
    }
}

fn one_column(table: &str, was: &ColumnSchema, is: &ColumnSchema, speech: Speech, changes: &mut Changes) {
    let name = &is.name;
    match (was.identifier, is.identifier) {
        (true, false) => {
            let text = say!(
                speech,
                "{table}.{name} is no longer an identifier: its answers would leave the phone in the clear, and do not fit \
                 the column, which says only whether it was answered\nkeep `identifier`, or give the question a new name",
                "{table}.{name} 不再是标识信息：答案将以明文离开手机，且该列只存“是否已填”，放不下\n\
                 请保留 `identifier`，或给问题起新名称"
            );
            return changes.add(Topic::Data, Weight::Breaks, text);
        }
        (false, true) => {
            let text = say!(
                speech,
                "{table}.{name} is an identifier now: new answers are sealed, those of earlier versions stay readable in \
                 the column\ngive the question a new name, and erase the earlier answers if they must not be there",
                "{table}.{name} 成为标识信息：新答案会封存，旧版答案仍在列中可读\n请给问题起新名称；旧答案若不应保留，请销毁"
            );
            return changes.add(Topic::Data, Weight::Breaks, text);
        }
        _ => {}
    }
    if was.ty == is.ty {
        return;
    }
    let (before, after) = (type_name(was.ty, speech), type_name(is.ty, speech));
    let (weight, what) = match (fits(was.ty, is.ty), widens(was.ty, is.ty)) {
        (true, true) => (
            Weight::Look,
            say!(
                speech,
                "the type is wider; the column stays, and holds both kinds of answers",
                "类型放宽；列保留，新旧两种答案并存"
            ),
        ),
        // A whole number in a column of numbers is a number; a day that is always the first is a month.
        (true, false) if !matches!((was.ty, is.ty), (ColumnType::Text, _) | (ColumnType::Choices, _)) => (
            Weight::Look,
            say!(
                speech,
                "the type is narrower; the column stays, and earlier rows hold values this version does not allow",
                "类型收窄；列保留，旧版的行含有本版不允许的值"
            ),
        ),
        (true, false) => (
            Weight::Breaks,
            say!(
                speech,
                "the type is narrower: earlier rows hold values that are none of the new type's\n\
                 give the question a new name",
                "类型收窄：旧版的行含有不属于新类型的值\n请给问题起新名称"
            ),
        ),
        (false, _) => (
            Weight::Breaks,
            say!(
                speech,
                "the column keeps the type it was first published with, so new answers would be left empty\n\
                 give the question a new name",
                "列保持首次发布时的类型，新答案放不进去，会留空\n请给问题起新名称"
            ),
        ),
    };
    changes.add(Topic::Data, weight, format!("{table}.{name}: {before} → {after}\n{what}"));
}

/// Renamed columns, and facts that went or moved.
pub(super) fn facts(old: &Form, new: &Form, pairs: &Pairs, speech: Speech, changes: &mut Changes) {
    for (o, n) in &pairs.same {
        let (was, is) = (&old.definition().items[*o], &new.definition().items[*n]);
        if was.name != is.name && !is.kind.is_group() && is.kind != crate::definition::Kind::Note {
            let (before, after) = (&was.name, &is.name);
            let text = say!(
                speech,
                "`{before}` and `{after}` are two columns for one question\nkeep the name and change the label",
                "`{before}` 和 `{after}` 是同一问题的两列\n请保留名称，只改文字"
            );
            changes.add(Topic::Data, Weight::Breaks, text);
        }
        if was.name != is.name && is.kind == crate::definition::Kind::Repeat {
            let (before, after) = (&was.name, &is.name);
            let text = say!(
                speech,
                "rows of `{before}` and `{after}` lie in two tables\nkeep the repeat's name and change its label",
                "`{before}` 和 `{after}` 的行分在两个数据表\n请保留重复组的名称，只改文字"
            );
            changes.add(Topic::Data, Weight::Breaks, text);
        }
    }
    let facts = |form: &Form| -> Vec<(String, String)> {
        let items = form.definition().items.iter().filter(|i| !i.fact.is_empty());
        items.map(|i| (i.fact.clone(), i.name.clone())).collect()
    };
    let (before, after) = (facts(old), facts(new));
    for (fact, from) in &before {
        match after.iter().find(|(f, _)| f == fact) {
            None if COUNTED.contains(&fact.as_str()) => {
                let text = say!(
                    speech,
                    "the fact `{fact}` is gone: the census's counters no longer see it",
                    "要点 `{fact}` 没有了：普查的计数不再包含它"
                );
                changes.add(Topic::Data, Weight::Breaks, text);
            }
            None => {
                let text = say!(speech, "the fact `{fact}` is gone from the head", "头部不再有要点 `{fact}`");
                changes.add(Topic::Data, Weight::Look, text);
            }
            Some((_, to)) if to != from => {
                let text = say!(
                    speech,
                    "the fact `{fact}` comes from `{to}`, no longer from `{from}`",
                    "要点 `{fact}` 改取自 `{to}`，不再取自 `{from}`"
                );
                changes.add(Topic::Data, Weight::Look, text);
            }
            Some(_) => {}
        }
    }
    for (fact, _) in after.iter().filter(|(f, _)| before.iter().all(|(b, _)| b != f)) {
        let text = say!(speech, "the fact `{fact}` is new in the head", "头部新增要点 `{fact}`");
        changes.add(Topic::Data, Weight::Fine, text);
    }
}
