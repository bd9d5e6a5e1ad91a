//! `quipu lease …`

use std::process::ExitCode;

use node::office;
use types::Role;

use crate::cli::{Data, Lease};
use crate::error::{Error, Result};
use crate::office::{area, areas, open, staff};
use crate::output::number;

pub fn run(command: &Lease) -> Result<ExitCode> {
    let Lease::Assign { data, area, staff, auto: _ } = command;
    match (area, staff) {
        (Some(area), Some(staff)) => assign(data, area, staff)?,
        (area, _) => spread(data, area.as_deref())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn assign(data: &Data, area_code: &str, staff_code: &str) -> Result<()> {
    let node = open(data)?;
    let (event, before) = {
        let store = node.store();
        let (ea, staff) = (area(&store, area_code)?, staff(&store, staff_code)?);
        let refused = |what: String| Err(Error::Refused(what));
        if !store.areas().is_leaf(ea) {
            return refused(format!("`{area_code}` is no enumeration area: it has areas in it; name one of those"));
        }
        if staff.role != Role::Enumerator {
            return refused(format!("`{staff_code}` is no enumerator but {}", office::role_name(staff.role)));
        }
        if !store.areas().contains(staff.area, ea) {
            let post = store.areas().code(staff.area).unwrap_or_default();
            return refused(format!("`{area_code}` is not in {post}, where `{staff_code}` has their post"));
        }
        let before = store.lease(ea).map(|lease| lease.staff);
        let same = before == Some(staff.staff);
        let event = (!same).then(|| office::grant_lease(ea, staff.staff, store.lease_last(ea) + 1));
        (event, before.and_then(|staff| store.staff(staff)).map(|staff| staff.login.clone()))
    };
    match event {
        None => println!("{staff_code} has {area_code} already; nothing changed"),
        Some(event) => {
            office::append(&node, vec![event])?;
            let before = before.map(|code| format!(", no longer {code}")).unwrap_or_default();
            println!("{staff_code} works {area_code}{before}; they need a new letter for it: quipu letter print");
        }
    }
    Ok(node.stop()?)
}

fn spread(data: &Data, top: Option<&str>) -> Result<()> {
    let node = open(data)?;
    let (events, people, nobody) = {
        let store = node.store();
        let tops = match top {
            Some(_) => areas(&store, top)?,
            None => node.scope().tops(&store),
        };
        let spread = office::spread(&store, &tops);
        let mut people: Vec<_> = spread.grants.iter().map(|(_, staff)| *staff).collect();
        people.sort_unstable();
        people.dedup();
        let grant = |(ea, staff): &(_, _)| office::grant_lease(*ea, *staff, store.lease_last(*ea) + 1);
        (spread.grants.iter().map(grant).collect::<Vec<_>>(), people.len(), spread.nobody.len())
    };
    let granted = number(events.len() as u64);
    office::append(&node, events)?;
    node.stop()?;
    println!("{granted} enumeration areas leased to {} enumerators", number(people as u64));
    if nobody > 0 {
        println!("{} have no enumerator posted above them: add some to the staff list", number(nobody as u64));
    }
    Ok(())
}
