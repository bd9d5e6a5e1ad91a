//! A small census in memory: a feed, an area tree, a form, and the events of field work.
#![allow(dead_code, reason = "every test file uses another part")]

pub mod folder;

use std::path::Path;
use std::sync::Arc;

use event::head::{AreaDefined, AreasDefined, FormPublished, OperationDismissed, SubmissionReceived};
use event::operation::{ListDwelling, ListHousehold, MergeHousehold, RecordVisit, Review};
use event::{Body, Fact, Head, Protobuf};
use parking_lot::RwLock;
use query::areas::AreaTable;
use query::{Feed, FeedEvent, Query};
use types::{AreaId, Held, Occupancy, Offset, Outcome, Source, StaffId, Time, Verdict};

/// The nation is area 0, two counties are 1 and 2, each with 10 enumeration areas: 3-12 and 13-22.
pub const EA: u32 = 3;
/// An enumeration area of the second county.
pub const EA_ELSEWHERE: u32 = 13;

const FORM: &str = "
## survey
| type           | name    | label::English (en) | label::中文 (zh) | calculation                  | identifier | fact    |
| text           | address | Address             | 地址             |                              | yes        |         |
| integer        | rooms   | Rooms               | 房间数           |                              |            |         |
| begin repeat   | person  | A person            | 住户成员         |                              |            |         |
| text           | name    | Name                | 姓名             |                              | yes        |         |
| select_one sex | sex     | Sex                 | 性别             |                              |            |         |
| integer        | age     | Age                 | 年龄             |                              |            |         |
| end repeat     |         |                     |                  |                              |            |         |
| calculate      | persons | Persons             | 人数             | count(${person})             |            | persons |
| calculate      | males   | Male                | 男               | count(${person}[${sex}='1']) |            | male    |
| calculate      | females | Female              | 女               | count(${person}[${sex}='2']) |            | female  |
## choices
| list_name | name | label::English (en) | label::中文 (zh) |
| sex       | 1    | Male                | 男               |
| sex       | 2    | Female              | 女               |
## settings
| form_title | form_id | version | table     |
| Tiny       | tiny    | 1       | household |
";

/// Events in memory.
#[derive(Default)]
pub struct MemoryFeed {
    pub events: RwLock<Vec<FeedEvent>>,
    /// Gives this many events again before those asked for.
    pub repeats: std::sync::atomic::AtomicUsize,
    /// Cannot be read.
    pub broken: std::sync::atomic::AtomicBool,
    /// Leaves this event out; 0 for none.
    pub leaves_out: std::sync::atomic::AtomicUsize,
    /// Called with where each read begins.
    pub heard: parking_lot::Mutex<Option<Box<dyn Fn(Offset) + Send>>>,
}

impl Feed for MemoryFeed {
    fn end(&self) -> Offset {
        self.events.read().len() as Offset
    }

    fn read(&self, from: Offset, max: usize) -> Result<Vec<FeedEvent>, Box<dyn std::error::Error + Send + Sync>> {
        if let Some(heard) = &*self.heard.lock() {
            heard(from);
        }
        let repeats = self.repeats.load(std::sync::atomic::Ordering::Relaxed);
        if self.broken.load(std::sync::atomic::Ordering::Relaxed) {
            return Err("the disk of the journal is gone".into());
        }
        let left_out = self.leaves_out.load(std::sync::atomic::Ordering::Relaxed) as Offset;
        let events = self.events.read();
        let first = (from as usize).saturating_sub(repeats).min(events.len());
        let last = events.len().min((from as usize).saturating_add(max));
        let events = events[first..last.max(first)].iter();
        Ok(events.filter(|event| left_out == 0 || event.offset != left_out).cloned().collect())
    }

    fn link(&self, offset: Offset) -> Result<event::Digest, Box<dyn std::error::Error + Send + Sync>> {
        // The times of its events tell this journal from others.
        let mut hash = blake3::Hasher::new();
        for event in &self.events.read()[..offset as usize] {
            hash.update(&event.time.0.to_le_bytes());
        }
        Ok(*hash.finalize().as_bytes())
    }
}

/// A census with its journal in memory.
pub struct World {
    pub feed: Arc<MemoryFeed>,
    pub areas: Arc<AreaTable>,
    pub form: Arc<forms::Form>,
    number: u64,
    version: u32,
}

impl World {
    pub fn new() -> World {
        World::with_eas(10)
    }

    /// The same with so many enumeration areas in each county.
    pub fn with_eas(eas: u32) -> World {
        let (book, _) = forms::workbook::from_markdown(FORM);
        let (form, mistakes) = forms::compile(&book);
        let form = Arc::new(form.unwrap_or_else(|| panic!("the form does not compile: {mistakes:?}")));
        let mut world = World { feed: Arc::default(), areas: Arc::default(), form, number: 0, version: 1 };
        let area = |id: u32, parent: u32, level, code: &str, eas, eas_first| AreaDefined {
            id,
            parent_plus_1: parent,
            level,
            code: code.to_owned(),
            names: vec![
                event::head::Text { language: "en".into(), text: format!("Area {code}") },
                event::head::Text { language: "zh".into(), text: format!("地区{code}") },
            ],
            eas,
            eas_first,
        };
        let areas = AreasDefined {
            areas: vec![area(0, 0, 0, "0", 0, 0), area(1, 1, 1, "11", eas, 3), area(2, 1, 1, "12", eas, 3 + eas)],
        };
        world.areas.define(&areas);
        world.happen(Head::of(AreaId(0), StaffId(1), Fact::AreasDefined(areas)), Vec::new());
        world.publish(1, 1);
        world
    }

    pub fn open(&self, dir: &Path) -> Arc<Query> {
        Query::open(dir, self.feed.clone(), self.areas.clone()).unwrap()
    }

    /// Opens a folder and follows to the end.
    pub fn follow(&self, dir: &Path) -> Arc<Query> {
        let query = self.open(dir);
        query.catch_up(|_, _| {}).unwrap();
        query
    }

    pub fn happen(&mut self, head: Head, body: Vec<u8>) -> Offset {
        self.happen_as(head, body, Verdict::Accepted, Held::Not)
    }

    pub fn happen_as(&mut self, head: Head, body: Vec<u8>, verdict: Verdict, held: Held) -> Offset {
        let mut events = self.feed.events.write();
        let offset = events.len() as Offset;
        let time = Time(1_604_188_800_000_000 + offset as i64 * Time::SECOND_US);
        events.push(FeedEvent { offset, time, head, body, verdict, held });
        offset
    }

    pub fn publish(&mut self, form: u32, version: u32) -> Offset {
        let facts = self.form.fact_names().map(str::to_owned).collect();
        let published = FormPublished { form, version, name: "tiny".into(), purpose: 2, facts };
        let body = self.form.to_bytes();
        self.happen(Head::of(AreaId(0), StaffId(1), Fact::FormPublished(published)), body)
    }

    /// Publishes this text as a version of the form. What is submitted from then on is of that version.
    pub fn publish_version(&mut self, version: u32, text: &str) -> Offset {
        let (form, mistakes) = forms::compile(&forms::workbook::from_markdown(text).0);
        self.form = Arc::new(form.unwrap_or_else(|| panic!("the form does not compile: {mistakes:?}")));
        self.version = version;
        self.publish(1, version)
    }

    /// The text of the form's first version.
    pub fn text() -> &'static str {
        FORM
    }

    /// Answers that stand as a version so far are read as a later one.
    pub fn reread(&mut self, from_version: u32, to_version: u32) -> Offset {
        let it = event::head::FormReread { form: 1, from_version, to_version };
        self.happen(Head::of(AreaId(0), StaffId(0), Fact::FormReread(it)), Vec::new())
    }

    /// The head of an operation of the one enumerator.
    pub fn head(&mut self, ea: u32, fact: Fact) -> Head {
        self.number += 1;
        Head {
            origin: vec![7; 16],
            number: self.number,
            staff: 5,
            device: 6,
            area: ea,
            fact: Some(fact),
            ..Head::default()
        }
    }

    pub fn list(&mut self, ea: u32, dwelling: u32, occupancy: Occupancy, households: &[u32]) -> Offset {
        let it = ListDwelling {
            dwelling,
            building: 1,
            kind: 1,
            occupancy: occupancy.code(),
            households: households.to_vec(),
            ..ListDwelling::default()
        };
        let head = self.head(ea, Fact::DwellingListed(it));
        self.happen(head, Vec::new())
    }

    pub fn split(&mut self, ea: u32, dwelling: u32, household: u32, split_from: u32) -> Offset {
        let head = self.head(ea, Fact::HouseholdListed(ListHousehold { dwelling, household, split_from }));
        self.happen(head, Vec::new())
    }

    /// One household found to be part of another; 0 parts them again.
    pub fn merge(&mut self, ea: u32, household: u32, into: u32) -> Offset {
        let head = self.head(ea, Fact::HouseholdMerged(MergeHousehold { household, into }));
        self.happen(head, Vec::new())
    }

    /// 1 interviewed, 2 nobody at home, 3 appointment, 4 refused.
    pub fn visit(&mut self, ea: u32, dwelling: u32, household: u32, outcome: u32) -> Offset {
        let at_us = 1_604_188_800_000_000;
        let head = self.head(ea, Fact::VisitRecorded(RecordVisit { dwelling, household, outcome, at_us }));
        self.happen(head, Vec::new())
    }

    /// Answers with these persons: sex and age.
    pub fn answers(&self, persons: &[(&str, i32)]) -> (Vec<u8>, Vec<i32>) {
        let mut instance = forms::Instance::new(self.form.clone(), &forms::Inputs::default());
        instance.set("address", &"12 Secret Street".into()).unwrap();
        instance.set("rooms", &3.into()).unwrap();
        while instance.count("person").unwrap() < persons.len() as u32 {
            instance.add_repeat("person").unwrap();
        }
        for (at, (sex, age)) in persons.iter().enumerate() {
            let at = at + 1;
            instance.set(&format!("person[{at}]/name"), &"Wang Fang".into()).unwrap();
            instance.set(&format!("person[{at}]/sex"), &(*sex).into()).unwrap();
            instance.set(&format!("person[{at}]/age"), &(*age).into()).unwrap();
        }
        let split = instance.split_identifiers();
        (split.answers, split.facts)
    }

    pub fn submission(&mut self, ea: u32, household: u32, persons: &[(&str, i32)]) -> (Head, Vec<u8>) {
        let (answers, facts) = self.answers(persons);
        let it = SubmissionReceived {
            household,
            form: 1,
            form_version: self.version,
            phase: 1,
            source: Source::InPerson.code(),
            outcome: Outcome::Clean.code(),
            facts,
            dwelling: household,
            ..SubmissionReceived::default()
        };
        let head = self.head(ea, Fact::SubmissionReceived(it));
        (head, Body { answers, ..Body::default() }.encode_to_vec())
    }

    pub fn submit(&mut self, ea: u32, household: u32, persons: &[(&str, i32)]) -> Offset {
        let (head, body) = self.submission(ea, household, persons);
        self.happen(head, body)
    }

    pub fn submit_held(&mut self, ea: u32, household: u32, persons: &[(&str, i32)]) -> Offset {
        let (mut head, body) = self.submission(ea, household, persons);
        head.origin = vec![9; 16];
        self.happen_as(head, body, Verdict::Held, Held::SecondInterview)
    }

    pub fn approve(&mut self, ea: u32, household: u32, submission: Offset) -> Offset {
        let head = self.head(ea, Fact::SubmissionApproved(review(household, submission)));
        self.happen(head, Vec::new())
    }

    pub fn dismiss(&mut self, ea: u32, operation: Offset) -> Offset {
        let head = self.head(ea, Fact::OperationDismissed(OperationDismissed { operation }));
        self.happen(head, Vec::new())
    }

    /// The key of an area and wave is destroyed. What it encrypted can still be read here: a follower that was quick has
    /// read it before; see [`World::forget`].
    pub fn erase(&mut self, area: u32, wave: u32) -> Offset {
        let fact = Fact::BodyErased(event::head::BodyErased { wave });
        self.happen(Head::of(AreaId(area), StaffId(0), fact), Vec::new())
    }

    /// What a follower finds that comes after the key was destroyed: no bodies of this county before this event.
    pub fn forget(&self, eas: std::ops::Range<u32>, before: Offset) {
        for event in &mut self.feed.events.write()[..before as usize] {
            if eas.contains(&event.head.area) {
                event.body.clear();
            }
        }
    }

    pub fn send_back(&mut self, ea: u32, household: u32, submission: Offset) -> Offset {
        let head = self.head(ea, Fact::SubmissionReturned(review(household, submission)));
        self.happen(head, Vec::new())
    }
}

fn review(household: u32, submission: Offset) -> Review {
    Review { household, form: 1, phase: 1, reason: 0, submission, marks: Vec::new() }
}

/// Rows of a statement as lines of values separated by spaces; `-` is null.
pub async fn lines(query: &Query, statement: &str) -> Vec<String> {
    let batches = match query.sql(statement).await {
        Ok(batches) => batches,
        Err(error) => return vec![format!("error: {error}")],
    };
    let mut lines = Vec::new();
    for batch in &batches {
        let options = arrow::util::display::FormatOptions::default().with_null("-");
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|c| arrow::util::display::ArrayFormatter::try_new(c, &options).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            lines.push(columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join(" "));
        }
    }
    lines
}

/// Runs a script of statements with their answers:
/// `SELECT …` lines, `----`, expected lines, an empty line.
pub async fn check(query: &Query, script: &str) {
    for block in script.trim().split("\n\n") {
        let (asked, expected) = block.split_once("----").expect("a statement, ----, its answer");
        let is_comment = |line: &&str| line.trim_start().starts_with('#');
        let statement: Vec<&str> = asked.lines().filter(|line| !is_comment(line)).map(str::trim).collect();
        let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let found = lines(query, &statement.join(" ")).await;
        assert_eq!(found, expected, "\n{asked}");
    }
}
