//! `quipu phase …`

use std::process::ExitCode;

use node::office::{self, OfficeEvent};
use store::Store;
use types::{AreaId, FormId, PhaseId};

use crate::cli::Phase;
use crate::error::{Error, Result};
use crate::office::{areas, open};

pub fn run(command: &Phase) -> Result<ExitCode> {
    let (data, phase, said) = match command {
        Phase::Open { data, phase, .. } => (data, *phase, "open"),
        Phase::Close { data, phase, .. } => (data, *phase, "closed"),
    };
    if phase == 0 {
        return Err(Error::Refused("phases are numbered from 1".into()));
    }
    let node = open(data)?;
    let events = events(&node.store(), command)?;
    if events.is_empty() {
        println!("phase {phase} is {said} there already; nothing changed");
    } else {
        office::append(&node, events)?;
        println!("phase {phase} is {said}");
    }
    node.stop()?;
    Ok(ExitCode::SUCCESS)
}

/// What the command changes.
fn events(store: &Store, command: &Phase) -> Result<Vec<OfficeEvent>> {
    match command {
        Phase::Open { phase, area, name_en, name_zh, forms, .. } => {
            let phase = PhaseId(*phase);
            let forms = chosen(store, forms)?;
            let names = [("zh", name_zh.as_str()), ("en", name_en.as_str())];
            let named = office::texts(names);
            let known = store.phases().into_iter().find(|known| known.phase == phase);
            let same = |area: &AreaId| {
                known.as_ref().is_some_and(|known| {
                    known.names == named
                        && known.decisions.iter().any(|d| d.area == *area && d.open && d.forms == forms)
                })
            };
            let areas = areas(store, area.as_deref())?.into_iter().filter(|area| !same(area));
            Ok(areas.map(|area| office::open_phase(phase, area, &names, &forms)).collect())
        }
        Phase::Close { phase, area, .. } => {
            let phase = PhaseId(*phase);
            let known = store.phases().into_iter().find(|known| known.phase == phase);
            let known = known.ok_or_else(|| Error::Refused(format!("phase {} was never opened", phase.0)))?;
            // Closing everywhere closes what was opened below, too: the nearest decision counts.
            let mut tops = areas(store, area.as_deref())?;
            let below = known.decisions.iter().filter(|decision| decision.open).map(|decision| decision.area);
            let inside: Vec<AreaId> =
                below.filter(|area| tops.iter().any(|top| store.areas().contains(*top, *area))).collect();
            tops.retain(|top| !known.decisions.iter().any(|d| d.area == *top && !d.open));
            tops.extend(inside);
            tops.sort_unstable();
            tops.dedup();
            Ok(tops.into_iter().map(|area| office::close_phase(phase, area)).collect())
        }
    }
}

/// The forms of these form_ids, in order of number; all published ones when none is named.
fn chosen(store: &Store, names: &[String]) -> Result<Vec<FormId>> {
    if let Some(name) = names.iter().find(|name| !store.forms().iter().any(|form| form.name == **name)) {
        return Err(Error::Refused(format!("no form `{name}` is published")));
    }
    let wanted = |form: &&store::Form| names.is_empty() || names.contains(&form.name);
    let mut forms: Vec<FormId> = store.forms().iter().filter(wanted).map(|form| form.form).collect();
    forms.sort_unstable();
    forms.dedup();
    if forms.is_empty() {
        return Err(Error::Refused("no form is published; `quipu form publish` comes first".into()));
    }
    Ok(forms)
}
