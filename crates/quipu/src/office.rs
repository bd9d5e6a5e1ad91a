//! Setting a census up, for the office's commands and the demonstration alike.

use std::sync::Arc;
use std::time::Duration;

use areas::pack::Names;
use event::head::{CensusDefined, Level};
use node::Node;
use node::office::{OfficeEvent, issue_letter, supervised, texts};
use store::{Staff, Store};
use types::{AreaId, Role, StaffId};
use vault::Vault;

use crate::cli::Data;
use crate::error::{Error, Result, random};
use crate::place::Place;
use crate::server;

/// How long a command waits for a lease that runs out.
const OWNING: Duration = Duration::from_secs(8);

/// Refuses a data folder that has not been begun: a mistyped folder is no new census.
pub fn begun(place: &Place) -> Result<()> {
    if !place.begun() {
        return Err(Error::Refused(format!(
            "there is no census in `{0}`; begin one: quipu area import --data {0} PACK",
            place.folder.display()
        )));
    }
    Ok(())
}

/// Opens the cell of a data folder that has been begun.
pub fn open(data: &Data) -> Result<Arc<Node>> {
    let place = data.place()?;
    begun(&place)?;
    open_place(&place)
}

/// Opens the cell and, where several nodes share its journal, waits until it is this one's: an owner that was killed has
/// it for some seconds longer.
pub fn open_place(place: &Place) -> Result<Arc<Node>> {
    let node = server::open_node(place)?;
    node.wait_to_own(OWNING);
    Ok(node)
}

/// The area of a code.
pub fn area(store: &Store, code: &str) -> Result<AreaId> {
    store.areas().by_code(code).ok_or_else(|| Error::Refused(format!("there is no area with code `{code}`")))
}

/// The area of a code, or the tops of the tree.
pub fn areas(store: &Store, code: Option<&str>) -> Result<Vec<AreaId>> {
    match code {
        Some(code) => Ok(vec![area(store, code)?]),
        None => Ok(store.areas().tops()),
    }
}

/// The member of staff with this code.
pub fn staff<'a>(store: &'a Store, code: &str) -> Result<&'a Staff> {
    let unknown = || Error::Refused(format!("nobody has the staff code `{code}`; see `quipu staff list`"));
    store.staff_by_login(code).filter(|_| !code.is_empty()).ok_or_else(unknown)
}

/// A new census. Its number is random, so that no two are mistaken for each other.
pub fn definition(
    names: [(&str, &str); 2],
    reference_date: &str,
    census_key: [u8; 32],
    levels: &[Names],
) -> Result<CensusDefined> {
    Ok(CensusDefined {
        names: texts(names),
        reference_date: reference_date.into(),
        time_zone: "Asia/Shanghai".into(),
        languages: vec!["zh".into(), "en".into()],
        test: true,
        census_key: census_key.to_vec(),
        id: u64::from_le_bytes(random()?),
        levels: levels_of(levels),
    })
}

/// The names of the levels as the definition carries them.
pub fn levels_of(levels: &[Names]) -> Vec<Level> {
    let level = |names: &Names| Level { names: texts(names.iter().map(|(tag, name)| (tag.as_str(), name.as_str()))) };
    levels.iter().map(level).collect()
}

/// An activation letter with the working keys of these areas: the code for paper, the event for the journal.
pub fn letter(vault: &Vault, staff: StaffId, post: AreaId, eas: &[AreaId]) -> Result<(String, OfficeEvent)> {
    let (code, letter) = vault.letter(staff, eas.iter().copied(), random()?);
    Ok((code, issue_letter(post, letter)))
}

/// The enumeration areas whose keys somebody's letter brings: what an enumerator holds, what a supervisor looks after.
/// `None` for a post over more than a phone follows: their letter opens no names.
pub fn areas_of_letter(store: &Store, staff: &Staff) -> Option<Vec<AreaId>> {
    match staff.role {
        Role::Enumerator => Some(store.leases_of(staff.staff)),
        Role::Supervisor => supervised(store.areas(), staff.area),
        _ => Some(Vec::new()),
    }
}

/// Where a code leads a phone.
pub fn collector_link(server: &str, code: &str) -> String {
    format!("{}/collect/#code={code}", server.trim_end_matches('/'))
}

/// A password: twelve letters that are easy to type.
pub fn password() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes: [u8; 12] = random()?;
    Ok(bytes.iter().map(|byte| LETTERS[usize::from(byte & 31)] as char).collect())
}
