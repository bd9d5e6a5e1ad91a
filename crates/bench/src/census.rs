//! A small census for measuring: areas, China's short form, an open phase, phones with leases.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use areas::{AreaDef, AreaTree};
use event::head::{CensusDefined, DeviceRegistered, LetterIssued};
use event::seal::OpeningKey;
use event::sign::PrivateKey;
use event::{Fact, Head, letter};
use forms::Form;
use node::office::{self, OfficeEvent};
use node::{Node, Options};
use types::{AreaId, DeviceId, FormId, Held, PhaseId, Role, StaffId};

use crate::error::{Error, Result, same};

pub const FORM: FormId = FormId(1);
pub const PHASE: PhaseId = PhaseId(1);
pub const CENSUS: u64 = 0x7175_6970_7562_656e;
pub const COUNTRY: AreaId = AreaId(0);
/// Households of an enumeration area.
pub const EA_HOUSEHOLDS: u32 = 80;
/// Enumeration areas of a village.
const VILLAGE_EAS: u32 = 50;
/// Events appended together.
const CHUNK: usize = 500;

/// See the module's documentation.
pub struct Census {
    pub node: Arc<Node>,
    pub folder: PathBuf,
    pub form: Arc<Form>,
    pub census_key: [u8; 32],
    pub eas: Vec<AreaId>,
    /// Public halves of the working keys, by enumeration area.
    pub working: HashMap<AreaId, [u8; 32]>,
    pub phones: Vec<Phone>,
}

/// A registered device whose owner has leases on every so-manieth enumeration area.
pub struct Phone {
    pub device: DeviceId,
    pub staff: StaffId,
    pub key: PrivateKey,
    pub origin: [u8; 16],
}

impl Phone {
    fn new(at: usize) -> Phone {
        let number = at as u32 + 1;
        let secret = |what: &str| event::operation::digest(format!("{what} {number}").as_bytes());
        let origin = std::array::from_fn(|byte| secret("origin")[byte]);
        let key = PrivateKey::from_bytes(&secret("key"));
        Phone { device: DeviceId(number), staff: StaffId(number), key, origin }
    }
}

impl Census {
    /// Sets up a census of so many households, counted by so many phones.
    pub fn open(folder: &Path, households: u32, phones: usize) -> Result<Census> {
        let node = Arc::new(Node::open(Options::new(folder), &mut |_, _| {})?);
        let (book, _) = forms::workbook::read(include_bytes!("../../../forms/cn2020_short.xlsx"));
        let (form, mistakes) = forms::compile(&book);
        let form = Arc::new(form.ok_or_else(|| Error::Untrue(format!("the short form has mistakes: {mistakes:?}")))?);
        let (tree, eas) = tree(households.div_ceil(EA_HOUSEHOLDS))?;
        let phones: Vec<Phone> = (0..phones).map(Phone::new).collect();
        let census_key = OpeningKey::derive(&[1; 32]).public();
        let working = eas.iter().map(|ea| (*ea, OpeningKey::working(&[2; 32], *ea).public())).collect();
        let mut events = vec![office::define_census(CensusDefined {
            names: office::texts([("en", "Benchmark")]),
            reference_date: "2020-11-01".into(),
            time_zone: "Asia/Shanghai".into(),
            languages: vec!["zh".into(), "en".into()],
            test: true,
            census_key: census_key.to_vec(),
            id: CENSUS,
            ..CensusDefined::default()
        })];
        events.extend(office::define_areas(&tree));
        events.push(office::publish_form(FORM, 1, 2, &form));
        events.push(office::open_phase(PHASE, COUNTRY, &[("en", "Enumeration")], &[FORM]));
        phones.iter().for_each(|phone| events.extend(enrol(phone)));
        let leases =
            eas.iter().enumerate().map(|(at, ea)| office::grant_lease(*ea, phones[at % phones.len()].staff, 1));
        events.extend(leases);
        while !events.is_empty() {
            let rest = events.split_off(events.len().min(CHUNK));
            for ack in node.admin_blocking(std::mem::replace(&mut events, rest))? {
                same("an event of the set-up was held", ack.held, Held::Not)?;
            }
        }
        Ok(Census { node, folder: folder.to_owned(), form, census_key, eas, working, phones })
    }

    /// The phone that holds an enumeration area.
    pub fn phone_of(&self, ea: usize) -> usize {
        ea % self.phones.len()
    }
}

fn enrol(phone: &Phone) -> [OfficeEvent; 3] {
    let lookup = letter::lookup(&std::array::from_fn(|at| phone.origin[at])).to_vec();
    let staff = phone.staff.0;
    let letter = LetterIssued { lookup: lookup.clone(), staff, wrapped_keys: vec![], devices_max: 1 };
    let signing_key = phone.key.public().to_vec();
    let device = DeviceRegistered { device: phone.device.0, staff, signing_key, letter: lookup };
    [
        office::enrol_staff(phone.staff, Role::Enumerator, COUNTRY, "Enumerator", "", ""),
        office::issue_letter(COUNTRY, letter),
        (Head::of(COUNTRY, phone.staff, Fact::DeviceRegistered(device)), Vec::new()),
    ]
}

/// Nation, province, county, villages, and enough enumeration areas.
fn tree(eas: u32) -> Result<(AreaTree, Vec<AreaId>)> {
    let mut tree = AreaTree::new();
    let untrue = |error: areas::tree::Error| Error::Untrue(error.to_string());
    let insert = |tree: &mut AreaTree, code: String, parent, level| {
        let names = vec![("en".into(), format!("Area {code}"))];
        tree.insert(&AreaDef { code, parent, level, names }).map_err(untrue)
    };
    let country = insert(&mut tree, "1".into(), None, 0)?;
    let province = insert(&mut tree, "11".into(), Some(country), 1)?;
    let county = insert(&mut tree, "1101".into(), Some(province), 2)?;
    let (mut all, mut village) = (Vec::new(), 0);
    while (all.len() as u32) < eas {
        village += 1;
        let parent = insert(&mut tree, format!("1101{village:05}"), Some(county), 3)?;
        let count = VILLAGE_EAS.min(eas - all.len() as u32);
        all.extend(tree.insert_eas(parent, count).map_err(untrue)?.map(AreaId));
    }
    tree.rebuild_index();
    Ok((tree, all))
}
