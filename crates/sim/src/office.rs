//! The census that every seed counts: its areas, people, letters and forms. Made once; no seed changes it.

use std::sync::{Arc, LazyLock};

use areas::{AreaDef, AreaTree};
use event::head::{CensusDefined, LetterIssued};
use event::letter;
use event::seal::OpeningKey;
use forms::{Date, Form, Inputs, Instance, Value};
use node::office::{self, OfficeEvent};
use types::{AreaId, FormId, PhaseId, Role, StaffId};

/// The top of the tree.
pub const COUNTRY: AreaId = AreaId(0);
/// Villages, each with a supervisor.
pub const VILLAGES: u32 = 8;
/// Enumeration areas of a village, each with an enumerator.
pub const EAS_EACH: u32 = 21;
/// Enumerators without an area, who take over from others.
pub const SPARES: u32 = 16;
/// The household form.
pub const HOUSEHOLD: FormId = FormId(2);
/// The one phase.
pub const PHASE: PhaseId = PhaseId(1);
/// Names this census in operations.
pub const CENSUS: u64 = 0x5_1AB;
/// When the field work begins: 11 October 2020, 08:00 in China, microseconds UTC.
pub const START_US: i64 = 1_602_374_400_000_000;

const FIELD_SECRET: [u8; 32] = [3; 32];
const FORM: &str = "
## survey
| type    | name    | label   | required | constraint       | fact    | identifier |
| integer | persons | Persons | yes      | . >= 0           | persons |            |
| integer | males   | Men     | yes      | . <= ${persons}  | male    |            |
| text    | head    | Name    |          |                  |         | yes        |
## settings
| form_id | form_title | version |
| simple  | Simple     | 1       |
";

/// The census as the office sets it up.
pub struct Office {
    /// What sets it up, in order.
    pub events: Vec<OfficeEvent>,
    /// The household form, compiled.
    pub form: Arc<Form>,
}

/// The census.
pub static OFFICE: LazyLock<Office> = LazyLock::new(Office::found);

/// The village of this number, from 0.
pub fn village(at: u32) -> AreaId {
    AreaId(1 + at)
}

/// The enumeration area of this number, from 0, counted through all villages.
pub fn ea(at: u32) -> AreaId {
    AreaId(1 + VILLAGES + at)
}

/// The supervisor of a village.
pub fn supervisor(village: u32) -> StaffId {
    StaffId(1 + village)
}

/// The enumerator of an enumeration area, or, after the last of them, a spare one.
pub fn enumerator(at: u32) -> StaffId {
    StaffId(1 + VILLAGES + at)
}

/// The activation code of a member of staff.
pub fn code(staff: StaffId) -> String {
    letter::code(&letter_secret(staff))
}

fn letter_secret(staff: StaffId) -> [u8; 10] {
    std::array::from_fn(|at| if at < 4 { staff.0.to_le_bytes()[at] } else { 7 })
}

impl Office {
    fn found() -> Office {
        let (book, _) = forms::workbook::from_markdown(FORM);
        let (form, mistakes) = forms::compile(&book);
        let form = Arc::new(form.unwrap_or_else(|| panic!("the form compiles: {mistakes:?}")));
        let census = CensusDefined {
            id: CENSUS,
            reference_date: "2020-11-01".into(),
            time_zone: "Asia/Shanghai".into(),
            languages: vec!["en".into()],
            test: true,
            census_key: OpeningKey::derive(&[2; 32]).public().to_vec(),
            ..CensusDefined::default()
        };
        let mut events = vec![office::define_census(census)];
        events.extend(office::define_areas(&tree()));
        events.push(office::publish_form(HOUSEHOLD, 1, office::HOUSEHOLD, &form));
        events.push(office::open_phase(PHASE, COUNTRY, &[("en", "Counting")], &[HOUSEHOLD]));
        for at in 0..VILLAGES {
            let eas = (0..EAS_EACH).map(|within| ea(at * EAS_EACH + within));
            hire(&mut events, supervisor(at), Role::Supervisor, village(at), eas);
        }
        for at in 0..VILLAGES * EAS_EACH {
            hire(&mut events, enumerator(at), Role::Enumerator, ea(at), [ea(at)]);
            events.push(office::grant_lease(ea(at), enumerator(at), 1));
        }
        for at in VILLAGES * EAS_EACH..VILLAGES * EAS_EACH + SPARES {
            hire(&mut events, enumerator(at), Role::Enumerator, COUNTRY, []);
        }
        Office { events, form }
    }

    /// The answers of a household, as its form gives them.
    pub fn answers(&self, persons: u32, males: u32, head: &str) -> (device::Sheet, types::Outcome) {
        let inputs = Inputs { reference: Date::parse("2020-11-01"), ..Inputs::default() };
        let mut instance = Instance::new(self.form.clone(), &inputs);
        let set = [("persons", Value::Number(persons.into())), ("males", Value::Number(males.into()))];
        set.iter().for_each(|(name, value)| instance.set(name, value).expect("a question of the form"));
        if !head.is_empty() {
            instance.set("head", &Value::Text(head.into())).expect("a question of the form");
        }
        let outcome = instance.outcome();
        (instance.split_identifiers().into(), outcome)
    }
}

fn hire(
    events: &mut Vec<OfficeEvent>,
    staff: StaffId,
    role: Role,
    area: AreaId,
    eas: impl IntoIterator<Item = AreaId>,
) {
    let secret = letter_secret(staff);
    let keys = eas.into_iter().map(|ea| (ea, OpeningKey::working(&FIELD_SECRET, ea)));
    let letter = LetterIssued {
        lookup: letter::lookup(&secret).to_vec(),
        staff: staff.0,
        wrapped_keys: letter::wrap(&secret, keys),
        devices_max: 8,
    };
    events.push(office::enrol_staff(staff, role, area, &format!("{role:?} {staff}"), "", ""));
    events.push(office::issue_letter(area, letter));
}

fn tree() -> AreaTree {
    let mut tree = AreaTree::new();
    let names = |name: String| vec![("en".to_owned(), name)];
    let country = AreaDef { code: "1".into(), parent: None, level: 0, names: names("Country".into()) };
    tree.insert(&country).expect("a country");
    for at in 0..VILLAGES {
        let code = format!("1{at:02}");
        let def = AreaDef { code, parent: Some(COUNTRY), level: 1, names: names(format!("Village {at}")) };
        tree.insert(&def).expect("a village");
    }
    for at in 0..VILLAGES {
        tree.insert_eas(village(at), EAS_EACH).expect("enumeration areas");
    }
    tree.rebuild_index();
    tree
}
