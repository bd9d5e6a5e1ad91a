//! Events to rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use event::Fact;
use event::head::{FormPublished, SubmissionReceived};
use event::operation::{ConfirmNonresponse, ListDwelling, ListHousehold, MergeHousehold, RecordVisit, Review};
use hashbrown::HashMap;
use types::{AreaId, Offset, Outcome, Response, Source, Verdict};

use crate::areas::Areas;
use crate::batch::{TableBuilder, Value};
use crate::catalogue::Catalogue;
use crate::codes::{DWELLING_KINDS, VISIT_OUTCOMES, name};
use crate::counts::CountPages;
use crate::extract::{Builders, Common, answer_rows};
use crate::feed::FeedEvent;
use crate::form::FormReader;
use crate::model::{Answers, Case, Model, Told, What};
use crate::reread::Rule;
use crate::{RecordBatch, Result};

/// Turns events into rows of every table, and keeps the model beside them.
pub(crate) struct Rows {
    pub catalogue: Catalogue,
    pub model: Model,
    reader: Arc<dyn FormReader>,
    areas: Arc<dyn Areas>,
    builders: Builders,
    codes: HashMap<u32, Arc<str>>,
    /// Rows since they were last taken.
    pub count: usize,
}

impl Rows {
    pub fn new(reader: Arc<dyn FormReader>, areas: Arc<dyn Areas>) -> Rows {
        let mut rows = Rows {
            catalogue: Catalogue::new(),
            model: Model::default(),
            reader,
            areas,
            builders: BTreeMap::new(),
            codes: HashMap::new(),
            count: 0,
        };
        for (name, def) in &rows.catalogue.tables {
            rows.builders.insert(name.clone(), TableBuilder::new(def));
        }
        rows
    }

    /// Takes in one event. The events must come in order of offset, each once.
    pub fn apply(&mut self, event: &FeedEvent) -> Result<()> {
        // Fold never lets an operation take effect twice; its second copy says nothing new.
        if event.verdict == Verdict::Duplicate {
            return Ok(());
        }
        // What the office tried and could not do is in the journal, and nowhere else.
        if event.verdict != Verdict::Accepted && event.head.is_desk_work() {
            return Ok(());
        }
        let Some(fact) = &event.head.fact else { return Ok(()) };
        if matches!(fact, Fact::AreasDefined(_)) {
            self.codes.clear();
        }
        let common = Common { event, ea: self.ea_code(event.head.area()) };
        match fact {
            Fact::DwellingListed(it) => self.dwelling(&common, it),
            Fact::HouseholdListed(it) => self.household(&common, it),
            Fact::VisitRecorded(it) => self.visit(&common, it),
            Fact::SubmissionReceived(it) => self.submission(&common, it),
            Fact::SubmissionReturned(it) => {
                self.tell(&common, What::Returned { case: case(it) });
                self.review(&common, it, "returned")
            }
            Fact::SubmissionApproved(it) => {
                self.tell(&common, What::Approved { case: case(it), submission: it.submission });
                self.review(&common, it, "approved")
            }
            Fact::OperationDismissed(it) => self.dismissed(&common, it.operation),
            Fact::NonresponseConfirmed(it) => self.nonresponse(&common, it),
            Fact::HouseholdMerged(it) => self.merged(&common, it),
            Fact::FormPublished(it) => self.form(&common, it)?,
            // What an accepted one brings is in `reread.rs`.
            Fact::FormReread(_) if event.verdict == Verdict::Accepted => {}
            _ if event.verdict != Verdict::Accepted => self.other(&common),
            _ => {}
        }
        Ok(())
    }

    /// Writes down that earlier answers are read as another version.
    pub fn reread(&mut self, event: &FeedEvent, rule: &Rule, submissions: u64) {
        let common = Common { event, ea: self.ea_code(event.head.area()) };
        let values = [rule.form.into(), rule.from.into(), rule.to.into(), submissions as i64].map(Value::Integer);
        self.push("form_reread", common.place(0, 0).into_iter().chain(values).chain(common.origin()));
    }

    /// The rows of an earlier event as a version reads them, into builders of their own. Returns how many.
    pub fn read_as(&mut self, event: &FeedEvent, version: u32, into: &mut Builders) -> usize {
        let common = Common { event, ea: self.ea_code(event.head.area()) };
        answer_rows(&self.catalogue, into, &common, Some(version)).unwrap_or_default()
    }

    /// The rows since the last time, by table.
    pub fn take(&mut self) -> Result<Vec<(String, RecordBatch)>> {
        self.count = 0;
        let mut taken = Vec::new();
        for (name, builder) in &mut self.builders {
            if let Some(batch) = builder.take()? {
                taken.push((name.clone(), batch));
            }
        }
        Ok(taken)
    }

    /// The counters after everything taken in so far.
    pub fn counts(&mut self) -> CountPages {
        self.model.counts(self.areas.count())
    }

    /// Takes in a form version that is in the tables already, or has just been published.
    pub fn publish(
        &mut self,
        form: (u32, u32),
        name: &str,
        purpose: u32,
        facts: &[&str],
        compiled: &[u8],
    ) -> Result<()> {
        match self.catalogue.publish(&*self.reader, form, name, purpose, facts, compiled) {
            Ok(changed) => {
                for name in changed {
                    let mut builder = TableBuilder::new(&self.catalogue.tables[&name]);
                    // Rows under the old columns keep their place before those under the new ones.
                    if let Some(mut before) = self.builders.remove(&name)
                        && let Some(batch) = before.take()?
                    {
                        builder = builder.after(batch);
                    }
                    self.builders.insert(name, builder);
                }
                Ok(())
            }
            Err(error) => {
                // Its submissions are still listed and counted from their heads, as not readable.
                tracing::error!(%error, "a published form makes no tables");
                Ok(())
            }
        }
    }

    fn ea_code(&mut self, area: AreaId) -> Arc<str> {
        if self.codes.len() > 1 << 20 {
            self.codes.clear();
        }
        self.codes.entry(area.0).or_insert_with(|| self.areas.code(area).into()).clone()
    }

    fn push<'a>(&mut self, table: &str, values: impl IntoIterator<Item = Value<'a>>) {
        self.count += 1;
        if let Some(builder) = self.builders.get_mut(table) {
            builder.push(values);
        }
    }

    /// Tells the model, and writes down which rows begin or cease to count.
    fn tell(&mut self, common: &Common<'_>, what: What) {
        let event = common.event;
        let told = Told { offset: event.offset, ea: event.head.area(), verdict: event.verdict, what };
        let mut flips: Vec<(Offset, bool)> = Vec::new();
        self.model.apply(&told, |offset, counts| flips.push((offset, counts)));
        for (offset, counts) in flips {
            let place = common.place(0, 0).into_iter();
            let [_, time, verdict, held] = common.origin();
            let origin = [Value::Integer(offset as i64), time, verdict, held];
            self.push(
                "counting",
                place.chain([Value::Boolean(counts), Value::Integer(event.offset as i64)]).chain(origin),
            );
        }
    }

    /// Anything else that is held: it waits for a person if a person sent it.
    fn other(&mut self, common: &Common<'_>) {
        let head = &common.event.head;
        if head.operation().is_none() && !matches!(head.fact, Some(Fact::OperationDeposited(_))) {
            return;
        }
        self.tell(common, What::Other);
        let name = common.event.head.fact.as_ref().map_or("unknown", event::Fact::name);
        let place = common.place(0, 0).into_iter().chain([Value::Text(name)]);
        self.push("held_other", place.chain(common.actor()).chain(common.origin()));
    }

    fn dwelling(&mut self, common: &Common<'_>, it: &ListDwelling) {
        let (dwelling, occupancy) = (short(it.dwelling), types::Occupancy::from_code(it.occupancy).unwrap_or_default());
        self.tell(common, What::Dwelling { dwelling, occupancy });
        let values = [
            Value::Integer(it.building.into()),
            Value::Text(name(&DWELLING_KINDS, it.kind)),
            Value::Text(occupancy.as_str()),
            Value::Integer(it.households.len() as i64),
        ];
        let place = common.place(it.dwelling, 0).into_iter();
        self.push("dwelling", place.chain(values).chain(common.actor()).chain(common.origin()));
        for household in &it.households {
            // A held listing is held as a whole: its households are not held again one by one.
            if common.event.verdict == Verdict::Accepted {
                self.tell(common, What::Household { dwelling, household: short(*household) });
            }
            self.household_row(common, it.dwelling, *household, 0);
        }
        let rows = answer_rows(&self.catalogue, &mut self.builders, common, None);
        self.count += rows.unwrap_or_default();
    }

    fn household(&mut self, common: &Common<'_>, it: &ListHousehold) {
        self.tell(common, What::Household { dwelling: short(it.dwelling), household: short(it.household) });
        self.household_row(common, it.dwelling, it.household, it.split_from);
    }

    fn household_row(&mut self, common: &Common<'_>, dwelling: u32, household: u32, split_from: u32) {
        let place = common.place(dwelling, household).into_iter().chain([Value::Integer(split_from.into())]);
        self.push("household_listed", place.chain(common.actor()).chain(common.origin()));
    }

    fn merged(&mut self, common: &Common<'_>, it: &MergeHousehold) {
        self.tell(common, What::Merged { household: short(it.household), into: short(it.into) });
        let into = if it.into == 0 { Value::Null } else { Value::Integer(it.into.into()) };
        let place = common.place(0, it.household).into_iter().chain([into]);
        self.push("household_merged", place.chain(common.actor()).chain(common.origin()));
    }

    fn visit(&mut self, common: &Common<'_>, it: &RecordVisit) {
        let (dwelling, household) = (short(it.dwelling), short(it.household));
        self.tell(common, What::Visit { dwelling, household, outcome: it.outcome });
        let values = [Value::Text(name(&VISIT_OUTCOMES, it.outcome)), Value::Time(it.at_us)];
        let place = common.place(it.dwelling, it.household).into_iter();
        self.push("visit", place.chain(values).chain(common.actor()).chain(common.origin()));
    }

    fn submission(&mut self, common: &Common<'_>, it: &SubmissionReceived) {
        let head = &common.event.head;
        let facts = self.catalogue.facts(it.form, it.form_version, &it.facts);
        let source = Source::from_code(it.source).unwrap_or_default();
        let outcome = Outcome::from_code(it.outcome).unwrap_or(Outcome::Unreadable);
        let answers = Answers {
            main: self.catalogue.main(it.form, it.form_version),
            review: outcome.for_review(),
            source,
            origin: origin_prefix(&head.origin),
            number: head.number,
            facts: facts.map(Option::unwrap_or_default),
        };
        let case = Case { household: short(it.household), form: short(it.form), phase: short(it.phase) };
        self.tell(common, What::Submission { case, answers });
        let rows = answer_rows(&self.catalogue, &mut self.builders, common, None);
        self.count += rows.unwrap_or_default();
        let origin = types::Origin::from_slice(&head.origin).map(|o| o.to_string()).unwrap_or_default();
        let started = if it.started_us == 0 { Value::Null } else { Value::Time(it.started_us) };
        let values = [
            Value::Integer(it.form.into()),
            Value::Integer(it.form_version.into()),
            Value::Integer(it.phase.into()),
            Value::Text(source.as_str()),
            Value::Text(outcome.as_str()),
            started,
            Value::Time(head.sent_at_us),
            Value::Boolean(rows.is_some()),
            Value::Text(&origin),
            Value::Integer(head.number as i64),
        ];
        let facts = facts.map(|fact: Option<u16>| fact.map_or(Value::Null, |fact| Value::Integer(fact.into())));
        let place = common.place(it.dwelling, it.household).into_iter();
        self.push("submission", place.chain(values).chain(facts).chain(common.actor()).chain(common.origin()));
    }

    fn review(&mut self, common: &Common<'_>, it: &Review, decision: &str) {
        let values = [
            Value::Integer(it.form.into()),
            Value::Integer(it.phase.into()),
            Value::Text(decision),
            Value::Integer(it.reason.into()),
            Value::Integer(it.submission as i64),
        ];
        let place = common.place(0, it.household).into_iter();
        self.push("review", place.chain(values).chain(common.actor()).chain(common.origin()));
    }

    fn nonresponse(&mut self, common: &Common<'_>, it: &ConfirmNonresponse) {
        let response = Response::from_code(it.response).unwrap_or_default();
        self.tell(common, What::Nonresponse { household: short(it.household), response });
        let values = [Value::Null, Value::Null, Value::Text(response.as_str()), Value::Null, Value::Null];
        let place = common.place(0, it.household).into_iter();
        self.push("review", place.chain(values).chain(common.actor()).chain(common.origin()));
    }

    fn dismissed(&mut self, common: &Common<'_>, operation: Offset) {
        self.tell(common, What::Dismissed { operation });
        let of = Value::Integer(operation as i64);
        let values = [Value::Null, Value::Null, Value::Text("dismissed"), Value::Null, of];
        let place = common.place(0, 0).into_iter();
        self.push("review", place.chain(values).chain(common.actor()).chain(common.origin()));
    }

    fn form(&mut self, common: &Common<'_>, it: &FormPublished) -> Result<()> {
        if common.event.verdict != Verdict::Accepted {
            self.other(common);
            return Ok(());
        }
        let facts: Vec<&str> = it.facts.iter().map(String::as_str).collect();
        self.publish((it.form, it.version), &it.name, it.purpose, &facts, &common.event.body)?;
        let names = facts.join(" ");
        let values = [
            Value::Integer(it.form.into()),
            Value::Integer(it.version.into()),
            Value::Text(&it.name),
            Value::Integer(it.purpose.into()),
            Value::Text(&names),
            Value::Bytes(&common.event.body),
        ];
        self.push("form_published", common.place(0, 0).into_iter().chain(values).chain(common.origin()));
        Ok(())
    }
}

fn case(review: &Review) -> Case {
    Case { household: short(review.household), form: short(review.form), phase: short(review.phase) }
}

/// A number that is at most 65,535 wherever fold accepted it.
pub(crate) fn short(number: u32) -> u16 {
    number.min(65_535) as u16
}

/// The first 8 bytes of an origin.
pub(crate) fn origin_prefix(origin: &[u8]) -> u64 {
    origin.iter().take(8).fold(0, |prefix, byte| prefix << 8 | u64::from(*byte))
}
