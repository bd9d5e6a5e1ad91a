//! Sets a demonstration census up: vault, areas, forms, phase, staff, letters, leases, and the world to be counted.

use std::sync::Arc;

use areas::AreaTree;
use fleet::enumerator::Forms;
use fleet::world::EnumerationArea;
use forms::{Date, Inputs};
use node::Node;
use node::office::{self, OfficeEvent};
use types::{AreaId, FormId, PhaseId, Role, StaffId};
use vault::Vault;

use crate::cli::Demo;
use crate::error::{Error, Result, random};
use crate::office::{definition, letter, password};
use crate::output::number;
use crate::packs;
use crate::server::Running;

pub const LISTING: FormId = FormId(1);
pub const HOUSEHOLD: FormId = FormId(2);
pub const PHASE: PhaseId = PhaseId(1);
/// Households of an enumeration area, on average.
const EA_HOUSEHOLDS: u64 = 80;
/// Staff numbers: two of the office, one for the visitor, then an enumerator an area, then their successors.
const ADMINISTRATOR: StaffId = StaffId(1);
const SUPERVISOR: StaffId = StaffId(2);
const VISITOR: StaffId = StaffId(3);
const ENUMERATORS: u32 = 4;

/// A demonstration census.
pub struct Census {
    vault: Vault,
    /// The world, one entry for each enumeration area of the fleet.
    pub worlds: Vec<EnumerationArea>,
    /// The enumerators' activation codes, in the same order.
    pub codes: Vec<String>,
    /// For the visitor's own phone, and the enumeration area it works.
    pub visitor_code: String,
    pub visitor_ea: AreaId,
    /// For a supervisor's phone.
    pub supervisor_code: String,
    /// The top of the counted subtree.
    pub top: AreaId,
    /// What the counted area is called.
    pub name: String,
    /// Of the console's two users and of SQL.
    pub password: String,
    pub forms: Forms,
}

impl Census {
    /// Makes somebody else the enumerator of an area: a new lease and a letter with the same working key.
    pub async fn replace(&self, node: &Node, at: usize, ea: AreaId) -> Option<String> {
        let staff = StaffId(ENUMERATORS + (self.codes.len() + at) as u32);
        let lease = node.store().lease_last(ea) + 1;
        let (code, events) = enumerator(&self.vault, staff, ea, &format!("Successor {}", at + 1), lease).ok()?;
        node.admin(events).await.ok().map(|_| code)
    }
}

/// Somebody who works one enumeration area: post, lease and letter, and the letter's code.
fn enumerator(vault: &Vault, staff: StaffId, ea: AreaId, name: &str, lease: u32) -> Result<(String, Vec<OfficeEvent>)> {
    let (code, letter) = letter(vault, staff, ea, &[ea])?;
    let enrolled = office::enrol_staff(staff, Role::Enumerator, ea, name, "", "");
    Ok((code, vec![enrolled, office::grant_lease(ea, staff, lease), letter]))
}

/// Sets everything up.
pub fn census(demo: &Demo, running: &Running) -> Result<Census> {
    let node = &running.node;
    let vault = Vault::init(&demo.data.join("vault"), 5, 3, random()?)?;
    let (mut pack, problems) = packs::read(&demo.pack)?;
    if problems > 0 {
        return Err(Error::Refused(format!("{problems} mistakes in {}", demo.pack.display())));
    }
    let count = demo.households.div_ceil(EA_HOUSEHOLDS).max(1);
    let top = choose(&pack.tree, demo.area.as_deref(), count)?;
    let eas = make_eas(&mut pack.tree, top, count + 1)?;
    packs::keep(&demo.pack, &demo.data, node)?;

    let listing = compile(include_bytes!("../../../../forms/listing.xlsx"))?;
    let household = compile(include_bytes!("../../../../forms/cn2020_short.xlsx"))?;
    let institution = compile(include_bytes!("../../../../forms/institution.xlsx"))?;
    let night = compile(include_bytes!("../../../../forms/homeless_night.xlsx"))?;
    let names = [("zh", "演示普查"), ("en", "Demonstration census")];
    let census = definition(names, "2020-11-01", vault.census_key(), &pack.manifest.levels)?;
    // One by one: each is large.
    for event in office::define_areas(&pack.tree) {
        office::append(node, vec![event])?;
    }
    office::append(node, vec![office::define_census(census)])?;
    let forms = [
        (&listing, office::LISTING),
        (&household, office::HOUSEHOLD),
        (&institution, office::INSTITUTION),
        (&night, office::OUTDOOR),
    ];
    let mut published = Vec::with_capacity(forms.len());
    for (form, purpose) in forms {
        let publication = office::publication(node, form, Some(purpose))?;
        published.push(publication.form);
        office::append(node, publication.event.into_iter().collect())?;
    }
    let password = password()?;
    let hash = api::console::hash_password(&password, random()?);
    let mut events = Vec::new();
    for area in pack.tree.tops() {
        let names = [("zh", "摸底和登记"), ("en", "Listing and enumeration")];
        events.push(office::open_phase(PHASE, area, &names, &published));
        events.push(office::enrol_staff(ADMINISTRATOR, Role::Administrator, area, "Administrator", "admin", &hash));
    }
    events.push(office::enrol_staff(SUPERVISOR, Role::Supervisor, top, "Supervisor", "supervisor", &hash));
    // A phone holds the pages of so many areas at once; the visitor's is among them.
    let (supervisor_code, supervised) = letter(&vault, SUPERVISOR, top, &eas[..eas.len().min(office::SUPERVISED_MAX)])?;
    events.push(supervised);
    let (visitor_code, visitor) = enumerator(&vault, VISITOR, eas[0], "You", 1)?;
    events.extend(visitor);

    let mut codes = Vec::with_capacity(eas.len() - 1);
    for (at, ea) in eas[1..].iter().enumerate() {
        let staff = StaffId(ENUMERATORS + at as u32);
        let (code, enrolled) = enumerator(&vault, staff, *ea, &format!("Enumerator {}", at + 1), 1)?;
        events.extend(enrolled);
        codes.push(code);
    }
    office::append(node, events)?;
    let worlds = worlds(demo, &eas[1..]);
    let inputs = Inputs { reference: Date::parse("2020-11-01"), ..Inputs::default() };
    let name = pack.tree.name(top, &["en"]).unwrap_or_default();
    println!(
        "A census of {name}: {} areas known, {} enumeration areas, {} staff.",
        number(pack.tree.len().into()),
        number(eas.len() as u64),
        number(u64::from(ENUMERATORS) - 1 + codes.len() as u64),
    );
    Ok(Census {
        vault,
        worlds,
        codes,
        visitor_code,
        supervisor_code,
        visitor_ea: eas[0],
        top,
        name,
        password,
        forms: super::fleet_forms(listing, household, inputs),
    })
}

/// Household by household the world is as large as asked for.
fn worlds(demo: &Demo, eas: &[AreaId]) -> Vec<EnumerationArea> {
    let mut left = demo.households;
    eas.iter()
        .map(|ea| {
            let households = left.min(EA_HOUSEHOLDS);
            left -= households;
            EnumerationArea::generate(demo.seed, *ea, households as u32)
        })
        .collect()
}

fn compile(workbook: &[u8]) -> Result<Arc<forms::Form>> {
    let (book, mistakes) = forms::workbook::read(workbook);
    let (form, more) = forms::compile(&book);
    let wrong = || Error::Refused(format!("a built-in form has mistakes: {mistakes:?} {more:?}"));
    form.map(Arc::new).ok_or_else(wrong)
}

/// The smallest subtree with at most some ten enumeration areas to each of its lowest areas.
fn choose(tree: &AreaTree, code: Option<&str>, eas: u64) -> Result<AreaId> {
    if let Some(code) = code {
        return tree.by_code(code).ok_or_else(|| Error::Refused(format!("there is no area with code `{code}`")));
    }
    let lowest = tree.levels().saturating_sub(1) as u8;
    let fits = |area: &AreaId| u64::from(tree.count_at_level(*area, lowest)) * 10 >= eas;
    let ids = || (0..tree.len()).map(AreaId);
    (0..lowest)
        .rev()
        .find_map(|level| ids().filter(|area| tree.level(*area) == Some(level)).find(|area| fits(area)))
        .or_else(|| tree.tops().first().copied())
        .ok_or_else(|| Error::Refused("the area pack is empty".into()))
}

/// Makes `count` enumeration areas, spread over the lowest areas of a subtree.
fn make_eas(tree: &mut AreaTree, top: AreaId, count: u64) -> Result<Vec<AreaId>> {
    let lowest = tree.levels().saturating_sub(1) as u8;
    let parents: Vec<AreaId> = tree.subtree(top).filter(|area| tree.level(*area) == Some(lowest)).collect();
    let (each, more) = (count / parents.len() as u64, count % parents.len() as u64);
    let mut eas = Vec::with_capacity(count as usize);
    for (at, parent) in parents.into_iter().enumerate() {
        let here = each + u64::from((at as u64) < more);
        if here > 0 {
            let range = tree.insert_eas(parent, here as u32).map_err(|error| Error::Refused(error.to_string()))?;
            eas.extend(range.map(AreaId));
        }
    }
    tree.rebuild_index();
    Ok(eas)
}

/// A local authority for the names and addresses this machine is reached by.
pub fn local_authority(demo: &Demo) -> Result<api::tls::Authority> {
    let mut addresses = vec![std::net::IpAddr::from([127, 0, 0, 1])];
    addresses.extend(super::show::own_address());
    Ok(api::tls::local_authority(&demo.data.join("tls"), &["localhost".into()], &addresses)?)
}
