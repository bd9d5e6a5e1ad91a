//! The events of an office, one function each. They check nothing: what does is beside this file.

use areas::AreaTree;
use event::head::{
    AreaDefined, AreasDefined, CensusDefined, FormPublished, FormReread, LeaseGranted, LetterCancelled, LetterIssued,
    PhaseClosed, PhaseOpened, StaffEnrolled, Text,
};
use event::{Digest, Fact, Head, Protobuf};
use store::Staff;
use types::{AreaId, FormId, PhaseId, Role, StaffId};

/// Areas in one `area.defined` event.
const AREAS_MAX: usize = 10_000;

/// An event and its body, for [`crate::Node::admin`].
pub type OfficeEvent = (Head, Vec<u8>);

fn event(area: AreaId, fact: Fact) -> OfficeEvent {
    (Head::of(area, StaffId(0), fact), Vec::new())
}

/// Defines the census.
pub fn define_census(census: CensusDefined) -> OfficeEvent {
    event(AreaId(0), Fact::CensusDefined(census))
}

/// Defines all areas of a tree, which must be new to the census: ids are the tree's own. Enumeration areas made by
/// number travel as counts.
pub fn define_areas(tree: &AreaTree) -> Vec<OfficeEvent> {
    let mut events = Vec::new();
    let mut chunk: Vec<AreaDefined> = Vec::new();
    let mut id = 0;
    while id < tree.len() {
        let area = AreaId(id);
        if tree.ea_number(area).is_some() {
            // A run of enumeration areas under one parent is that parent's, defined again with its count.
            let parent = tree.parent(area).expect("an enumeration area has a parent");
            let run = (id..tree.len())
                .take_while(|next| {
                    tree.ea_number(AreaId(*next)).is_some() && tree.parent(AreaId(*next)) == Some(parent)
                })
                .count() as u32;
            chunk.push(AreaDefined { eas: run, eas_first: id, ..definition(tree, parent) });
            id += run;
        } else {
            chunk.push(definition(tree, area));
            id += 1;
        }
        if chunk.len() == AREAS_MAX {
            events.push(event(AreaId(0), Fact::AreasDefined(AreasDefined { areas: std::mem::take(&mut chunk) })));
        }
    }
    if !chunk.is_empty() {
        events.push(event(AreaId(0), Fact::AreasDefined(AreasDefined { areas: chunk })));
    }
    events
}

fn definition(tree: &AreaTree, area: AreaId) -> AreaDefined {
    AreaDefined {
        id: area.0,
        parent_plus_1: tree.parent(area).map_or(0, |parent| parent.0 + 1),
        level: tree.level(area).unwrap_or(0).into(),
        code: tree.code(area).unwrap_or_default(),
        names: texts(tree.names(area).iter().map(|(language, name)| (language.as_str(), name.as_str()))),
        eas: 0,
        eas_first: 0,
    }
}

/// Publishes a compiled form. `purpose`: 1 listing, 2 household, 3 institution, 4 outdoor place.
pub fn publish_form(form: FormId, version: u32, purpose: u32, compiled: &forms::Form) -> OfficeEvent {
    let published = FormPublished {
        form: form.0.into(),
        version,
        name: compiled.id().to_owned(),
        purpose,
        facts: compiled.fact_names().map(str::to_owned).collect(),
    };
    (Head::of(AreaId(0), StaffId(0), Fact::FormPublished(published)), compiled.to_bytes())
}

/// Has the answers given to a version so far stand in the tables as a later version reads them.
pub fn reread_form(form: FormId, from_version: u32, to_version: u32) -> OfficeEvent {
    event(AreaId(0), Fact::FormReread(FormReread { form: form.0.into(), from_version, to_version }))
}

/// Opens a phase in a subtree.
pub fn open_phase(phase: PhaseId, area: AreaId, names: &[(&str, &str)], forms: &[FormId]) -> OfficeEvent {
    let opened = PhaseOpened {
        phase: phase.0.into(),
        names: texts(names.iter().copied()),
        forms: forms.iter().map(|form| form.0.into()).collect(),
    };
    event(area, Fact::PhaseOpened(opened))
}

/// Closes a phase in a subtree.
pub fn close_phase(phase: PhaseId, area: AreaId) -> OfficeEvent {
    event(area, Fact::PhaseClosed(PhaseClosed { phase: phase.0.into() }))
}

/// Enrols a member of staff without a telephone. `login` and `password_hash` are empty for those who only use a phone.
pub fn enrol_staff(
    staff: StaffId,
    role: Role,
    area: AreaId,
    name: &str,
    login: &str,
    password_hash: &str,
) -> OfficeEvent {
    enrol(&Staff {
        staff,
        role,
        area,
        name: name.into(),
        login: login.into(),
        password_hash: password_hash.into(),
        phone: String::new(),
    })
}

/// Enrols a member of staff just so.
pub fn enrol(staff: &Staff) -> OfficeEvent {
    let enrolled = StaffEnrolled {
        staff: staff.staff.0,
        role: staff.role.code(),
        area: staff.area.0,
        name: staff.name.clone(),
        login: staff.login.clone(),
        password_hash: staff.password_hash.clone(),
        phone: staff.phone.clone(),
    };
    event(staff.area, Fact::StaffEnrolled(enrolled))
}

/// Issues an activation letter made by the vault.
pub fn issue_letter(area: AreaId, letter: LetterIssued) -> OfficeEvent {
    event(area, Fact::LetterIssued(letter))
}

/// Cancels an activation letter: it registers no device any more.
pub fn cancel_letter(area: AreaId, lookup: Digest) -> OfficeEvent {
    event(area, Fact::LetterCancelled(LetterCancelled { lookup: lookup.to_vec() }))
}

/// Leases an enumeration area; `lease` is one more than its last.
pub fn grant_lease(ea: AreaId, staff: StaffId, lease: u32) -> OfficeEvent {
    event(ea, Fact::LeaseGranted(LeaseGranted { lease, staff: staff.0 }))
}

/// What somebody of the office decided at a desk. Deciding the same again is the same operation, and answered as before.
pub fn desk_work(area: AreaId, staff: StaffId, fact: Fact) -> OfficeEvent {
    let head = Head::of(area, staff, fact);
    let digest = event::operation::digest(&head.encode_to_vec());
    (Head { origin: digest[..16].to_vec(), number: 1, digest: digest.to_vec(), ..head }, Vec::new())
}

/// A text in several languages, as events carry it.
pub fn texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Text> {
    texts.into_iter().map(|(language, text)| Text { language: language.into(), text: text.into() }).collect()
}
