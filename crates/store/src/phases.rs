//! Phases: where they are open, with which forms.

use std::collections::BTreeMap;

use areas::AreaTree;
use event::head::{PhaseOpened, Text};
use fold::tables::{CaseKind, Window};
use types::{AreaId, FormId, PhaseId};

use crate::view::{Phase, PhaseDecision};

/// How many kinds of case there can be.
const KINDS_MAX: usize = 255;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Phases {
    /// Forms in phases, in order of first opening; a [`CaseKind`] is an index from 1.
    pub kinds: Vec<(FormId, PhaseId)>,
    pub rows: BTreeMap<PhaseId, PhaseRow>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PhaseRow {
    pub names: Vec<Text>,
    /// The latest decision about each area; `None` closed it.
    pub decisions: BTreeMap<AreaId, Option<Vec<FormId>>>,
}

impl Phases {
    pub fn kind(&self, form: FormId, phase: PhaseId) -> Option<CaseKind> {
        self.kinds.iter().position(|kind| *kind == (form, phase)).map(|at| CaseKind(at as u8 + 1))
    }

    pub fn case(&self, kind: CaseKind) -> (FormId, PhaseId) {
        self.kinds[usize::from(kind.0) - 1]
    }

    pub fn open(&mut self, area: AreaId, event: &PhaseOpened) -> bool {
        let phase = PhaseId(event.phase as u16);
        let mut forms: Vec<FormId> = event.forms.iter().map(|form| FormId(*form as u16)).collect();
        forms.sort_unstable();
        forms.dedup();
        let new = forms.iter().filter(|form| self.kind(**form, phase).is_none()).count();
        if self.kinds.len() + new > KINDS_MAX {
            return false;
        }
        for form in &forms {
            if self.kind(*form, phase).is_none() {
                self.kinds.push((*form, phase));
            }
        }
        let row = self.rows.entry(phase).or_default();
        if !event.names.is_empty() {
            row.names = event.names.clone();
        }
        row.decisions.insert(area, Some(forms));
        true
    }

    pub fn close(&mut self, area: AreaId, phase: PhaseId) -> bool {
        let Some(row) = self.rows.get_mut(&phase) else { return false };
        row.decisions.insert(area, None);
        true
    }

    /// The forms open in an area: the nearest decision above it.
    fn forms(&self, areas: &AreaTree, phase: PhaseId, area: AreaId) -> Option<&[FormId]> {
        let decisions = &self.rows.get(&phase)?.decisions;
        // Most phases are opened once, at the top.
        if decisions.len() == 1 {
            let (top, forms) = decisions.first_key_value()?;
            return forms.as_deref().filter(|_| areas.contains(*top, area));
        }
        let nearest = areas.upwards(area).find_map(|area| decisions.get(&area))?;
        nearest.as_deref()
    }

    pub fn is_open(&self, areas: &AreaTree, phase: PhaseId, area: AreaId) -> bool {
        self.forms(areas, phase, area).is_some()
    }

    pub fn window(&self, areas: &AreaTree, phase: PhaseId, form: FormId, area: AreaId) -> Window {
        match self.forms(areas, phase, area) {
            None => Window::Closed,
            Some(forms) if forms.contains(&form) => self.kind(form, phase).map_or(Window::OtherForms, Window::Open),
            Some(_) => Window::OtherForms,
        }
    }

    pub fn list(&self) -> Vec<Phase> {
        let decision = |(area, forms): (&AreaId, &Option<Vec<FormId>>)| PhaseDecision {
            area: *area,
            open: forms.is_some(),
            forms: forms.clone().unwrap_or_default(),
        };
        let phase = |(phase, row): (&PhaseId, &PhaseRow)| Phase {
            phase: *phase,
            names: row.names.clone(),
            decisions: row.decisions.iter().map(decision).collect(),
        };
        self.rows.iter().map(phase).collect()
    }
}
