//! What the app shows, as plain objects.

use device::{DwellingView, EaTodo, EaView, HouseholdView, ReceiptView};
use serde::Serialize;
use tsify::Tsify;
use types::{Held, Verdict};

use crate::convert::{Bytes, Step};

#[derive(Serialize, Tsify)]
pub struct Text {
    language: String,
    text: String,
}

pub fn texts(texts: &[event::head::Text]) -> Vec<Text> {
    texts.iter().map(|t| Text { language: t.language.clone(), text: t.text.clone() }).collect()
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    device: u32,
    staff: u32,
    staff_name: String,
    role: u32,
    census: Census,
    supervisor_name: String,
    /// "" for unknown.
    supervisor_phone: String,
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
struct Census {
    names: Vec<Text>,
    reference_date: String,
    time_zone: String,
    languages: Vec<String>,
    test: bool,
}

impl From<device::EnrolmentView<'_>> for Enrolment {
    fn from(view: device::EnrolmentView<'_>) -> Enrolment {
        Enrolment {
            device: view.device,
            staff: view.staff,
            staff_name: view.staff_name.to_owned(),
            role: view.role.code(),
            census: Census {
                names: texts(&view.census.names),
                reference_date: view.census.reference_date.clone(),
                time_zone: view.census.time_zone.clone(),
                languages: view.census.languages.clone(),
                test: view.census.test,
            },
            supervisor_phone: view.supervisor.map(|who| who.phone.clone()).unwrap_or_default(),
            supervisor_name: view.supervisor.map(|who| who.name.clone()).unwrap_or_default(),
        }
    }
}

#[derive(Serialize, Tsify)]
pub struct Finished {
    number: u64,
    operation: String,
    dwelling: u32,
    households: Vec<u32>,
}

/// What a piece of finished work comes to.
#[derive(Serialize, Tsify)]
pub struct Done {
    pub step: Step,
    pub finished: Finished,
}

impl From<device::Finished> for Finished {
    fn from(finished: device::Finished) -> Finished {
        Finished {
            number: finished.number,
            operation: finished.operation.to_string(),
            dwelling: finished.dwelling,
            households: finished.households,
        }
    }
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Ea {
    ea: u32,
    code: String,
    /// Of the area and, joined, of what is above it.
    names: Vec<Text>,
    lease: u32,
    dwellings: u32,
    households: u32,
    done: u32,
    to_do: u32,
    to_review: u32,
    unsent: u32,
}

impl From<EaView> for Ea {
    fn from(view: EaView) -> Ea {
        Ea {
            ea: view.ea.0,
            code: view.code,
            names: texts(&view.names),
            lease: view.lease,
            dwellings: view.dwellings,
            households: view.households,
            done: view.done,
            to_do: view.to_do,
            to_review: view.to_review,
            unsent: view.unsent,
        }
    }
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    pub ea: u32,
    pub lease: u32,
    pub next_building: u32,
    pub dwellings: Vec<Dwelling>,
}

#[derive(Clone, Serialize, Tsify)]
pub struct Name {
    pub path: String,
    /// An identifier, opened with the working key.
    pub value: String,
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Dwelling {
    dwelling: u32,
    building: u32,
    kind: u32,
    occupancy: u32,
    interview_due: bool,
    visits: u32,
    unsent: bool,
    /// "", or why the office holds it: `number_taken` …
    held: &'static str,
    /// As ODK writes it; "" for none.
    point: String,
    names: Vec<Name>,
    households: Vec<Household>,
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Household {
    household: u32,
    split_from: u32,
    merged_into: u32,
    /// `not_started` …
    response: &'static str,
    /// `clean` …
    outcome: &'static str,
    source: &'static str,
    visits: u32,
    /// Its outcome; 0 for none.
    last_visit: u32,
    last_visit_us: i64,
    unsent: bool,
    held: &'static str,
    names: Vec<Name>,
    /// Of a return.
    reason: u32,
    /// Paths of the questions that the return is about.
    marks: Vec<String>,
    /// Its journal offset; 0 for unknown.
    submission: u64,
    /// Of the last operation from here, for `receipt`.
    number: u64,
}

fn held(held: Held, conflict: bool) -> &'static str {
    match (held, conflict) {
        (_, true) => Verdict::IdConflict.as_str(),
        (Held::Not, false) => "",
        (held, false) => held.as_str(),
    }
}

impl Dwelling {
    /// `names` opens a listing's identifiers, in the order of the form.
    pub fn new(view: DwellingView, point: String, names: &mut impl FnMut(&device::Answers) -> Vec<Name>) -> Dwelling {
        let listed = view.listing.as_ref().map(&mut *names).unwrap_or_default();
        // The listing form's repeat of households gives them in the order of their numbers.
        let of = |at: usize| listed.iter().filter(|n| instance(&n.path) == Some(at + 1)).cloned().collect::<Vec<_>>();
        let households = view.households.into_iter().enumerate().map(|(at, household)| {
            let own = household.listing.as_ref().map(&mut *names).unwrap_or_default();
            let names = if own.is_empty() && household.split_from == 0 { of(at) } else { own };
            Household::new(household, names)
        });
        Dwelling {
            dwelling: view.dwelling,
            building: view.building,
            kind: view.kind,
            occupancy: view.occupancy.code(),
            interview_due: view.interview_due,
            visits: view.visits,
            unsent: view.unsent,
            held: held(view.held, view.conflict),
            households: households.collect(),
            point,
            names: listed.iter().filter(|n| instance(&n.path).is_none()).cloned().collect(),
        }
    }
}

/// The first repeat position in a path: `household[2]/head` is 2.
fn instance(path: &str) -> Option<usize> {
    path.split_once('[')?.1.split_once(']')?.0.parse().ok()
}

impl Household {
    fn new(view: HouseholdView, names: Vec<Name>) -> Household {
        Household {
            household: view.household,
            split_from: view.split_from,
            merged_into: view.merged_into,
            response: view.response.as_str(),
            outcome: view.outcome.as_str(),
            source: view.source.as_str(),
            visits: view.visits,
            last_visit: view.last_visit,
            last_visit_us: view.last_visit_us,
            unsent: view.unsent,
            held: held(view.held, view.conflict),
            names,
            reason: view.reason,
            marks: view.marks,
            submission: view.submission,
            number: view.number,
        }
    }
}

#[derive(Serialize, Tsify)]
pub struct Todo {
    eas: Vec<TodoEa>,
    unsent: u32,
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
struct TodoEa {
    ea: u32,
    listed: u32,
    to_interview: u32,
    to_call_back: u32,
    returned: u32,
    done: u32,
}

impl From<device::Todo> for Todo {
    fn from(todo: device::Todo) -> Todo {
        let ea = |e: EaTodo| TodoEa {
            ea: e.ea.0,
            listed: e.listed,
            to_interview: e.to_interview,
            to_call_back: e.to_call_back,
            returned: e.returned,
            done: e.done,
        };
        Todo { eas: todo.eas.into_iter().map(ea).collect(), unsent: todo.unsent }
    }
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Outbox {
    count: u32,
    oldest_us: i64,
    numbers: Vec<u64>,
}

impl From<device::Outbox> for Outbox {
    fn from(outbox: device::Outbox) -> Outbox {
        Outbox { count: outbox.count, oldest_us: outbox.oldest_us, numbers: outbox.numbers }
    }
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    key: String,
    saved_us: i64,
    bytes: u64,
}

impl From<device::Draft> for Draft {
    fn from(draft: device::Draft) -> Draft {
        Draft { key: draft.key, saved_us: draft.saved_us, bytes: draft.bytes }
    }
}

#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    number: u64,
    operation: String,
    verdict: &'static str,
    held: &'static str,
    frame_us: i64,
    offset: u64,
    bytes: Bytes,
    /// `submit` …
    kind: &'static str,
    ea: u32,
    dwelling: u32,
    household: u32,
    made_us: i64,
}

impl From<ReceiptView> for Receipt {
    fn from(view: ReceiptView) -> Receipt {
        Receipt {
            number: view.number,
            operation: view.operation.to_string(),
            verdict: view.verdict.as_str(),
            held: held(view.held, false),
            frame_us: view.frame_us,
            offset: view.offset,
            bytes: Bytes(view.bytes),
            kind: view.kind,
            ea: view.ea.0,
            dwelling: view.dwelling,
            household: view.household,
            made_us: view.made_us,
        }
    }
}

#[derive(Serialize, Tsify)]
pub struct FormInfo {
    form: u32,
    version: u32,
    name: String,
    /// 1 listing, 2 household, 3 institution, 4 outdoor place.
    purpose: u32,
}

impl From<device::FormView<'_>> for FormInfo {
    fn from(view: device::FormView<'_>) -> FormInfo {
        let head = view.head;
        FormInfo { form: head.form, version: head.version, name: head.name.clone(), purpose: head.purpose }
    }
}

#[derive(Serialize, Tsify)]
pub struct Phase {
    phase: u32,
    names: Vec<Text>,
    forms: Vec<u32>,
    open: bool,
}

impl From<device::PhaseView<'_>> for Phase {
    fn from(view: device::PhaseView<'_>) -> Phase {
        let head = view.head;
        Phase { phase: head.phase, names: texts(&head.names), forms: head.forms.clone(), open: view.open }
    }
}

/// Answers, both ways: what [`crate::Phone`] gives is what [`crate::Interview`] takes.
#[derive(Serialize, serde::Deserialize, Tsify)]
pub struct Answers {
    pub form: u32,
    pub version: u32,
    pub answers: Bytes,
    #[tsify(optional)]
    pub identifiers: Option<Bytes>,
    pub submission: u64,
}

impl From<device::Answers> for Answers {
    fn from(answers: device::Answers) -> Answers {
        Answers {
            form: answers.form,
            version: answers.version,
            answers: Bytes(answers.answers),
            identifiers: answers.identifiers.map(Bytes),
            submission: answers.submission,
        }
    }
}
