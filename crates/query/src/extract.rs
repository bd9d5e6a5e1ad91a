//! Answers to rows: what every row of an event shares, and the rows of one event's answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use event::{Body, Fact};
use types::{Outcome, Source};

use crate::batch::{TableBuilder, Value};
use crate::catalogue::Catalogue;
use crate::feed::FeedEvent;

/// Rows on their way, by table.
pub(crate) type Builders = BTreeMap<String, TableBuilder>;

/// The values every row of an event shares.
pub(crate) struct Common<'a> {
    pub event: &'a FeedEvent,
    pub ea: Arc<str>,
}

impl<'a> Common<'a> {
    pub fn place(&'a self, dwelling: u32, household: u32) -> [Value<'a>; 4] {
        let number = |n: u32| if n == 0 { Value::Null } else { Value::Integer(n.into()) };
        [Value::Integer(self.event.head.area.into()), Value::Text(&self.ea), number(dwelling), number(household)]
    }

    pub fn actor(&self) -> [Value<'a>; 2] {
        let head = &self.event.head;
        [Value::Integer(head.staff.into()), Value::Integer(head.device.into())]
    }

    pub fn origin(&self) -> [Value<'a>; 4] {
        let event = self.event;
        [
            Value::Integer(event.offset as i64),
            Value::Time(event.time.0),
            Value::Text(event.verdict.as_str()),
            Value::Text(event.held.as_str()),
        ]
    }
}

/// Answers of an event, and what their rows say of it.
#[derive(Clone, Copy)]
struct Given<'a> {
    form: u32,
    version: u32,
    dwelling: u32,
    household: u32,
    source: &'a str,
    outcome: &'a str,
}

/// Adds the rows of an event's answers, as the version they were given in reads them or as another. Returns how many;
/// `None` when the event brings none or they cannot be read.
pub(crate) fn answer_rows(
    catalogue: &Catalogue,
    builders: &mut Builders,
    common: &Common<'_>,
    read_as: Option<u32>,
) -> Option<usize> {
    let given = given(common.event)?;
    let body = Body::read(&common.event.body).ok().filter(|body| !body.answers.is_empty())?;
    let source = catalogue.form(given.form, given.version)?;
    let (version, published, rows) = match read_as {
        None => (given.version, source, source.form.rows(&body.answers)),
        Some(version) => {
            let target = catalogue.form(given.form, version)?;
            (version, target, target.form.rows_of(&*source.form, &body.answers))
        }
    };
    let rows = rows.ok()?;
    let mut count = 0;
    for row in &rows {
        let Some((table, columns)) = published.tables.get(row.table) else { continue };
        let Some(builder) = builders.get_mut(table) else { continue };
        let repeat = published.form.tables()[row.table].repeat;
        let mut values = Vec::with_capacity(16 + row.cells.len());
        values.extend(common.place(given.dwelling, given.household));
        if repeat {
            values.extend([Value::Integer(row.position.into()), Value::Integer(row.parent.into())]);
        }
        values.extend([Value::Integer(given.form.into()), Value::Integer(version.into())]);
        values.extend([Value::Text(given.source), Value::Text(given.outcome)]);
        values.extend(common.origin());
        for (cell, column) in row.cells.iter().zip(columns) {
            if values.len() <= *column {
                values.resize(*column + 1, Value::Null);
            }
            values[*column] = cell.into();
        }
        builder.push(values);
        count += 1;
    }
    Some(count)
}

/// The answers an event brings; `None` when it is of another kind.
fn given(event: &FeedEvent) -> Option<Given<'static>> {
    let fact = event.head.fact.as_ref()?;
    let (form, version) = fact.answers_to()?;
    match fact {
        Fact::DwellingListed(it) => {
            Some(Given { form, version, dwelling: it.dwelling, household: 0, source: "none", outcome: "clean" })
        }
        Fact::SubmissionReceived(it) => Some(Given {
            form,
            version,
            dwelling: it.dwelling,
            household: it.household,
            source: Source::from_code(it.source).unwrap_or_default().as_str(),
            outcome: Outcome::from_code(it.outcome).unwrap_or(Outcome::Unreadable).as_str(),
        }),
        _ => None,
    }
}
