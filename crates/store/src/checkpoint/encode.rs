//! Writing the tables down, in an order that depends on their content alone.

use std::collections::BTreeMap;
use std::io::{self, Write};

use event::Protobuf;
use fold::tables::{CaseKind, Counted, Facts, HeldSubmission, SideCase};
use types::{AreaId, Offset, Origin, StaffId};

use crate::Store;
use crate::codec::Encoder;
use crate::page::Page;
use crate::page::dwelling::DwellingRow;
use crate::page::household::HouseholdRow;
use crate::phases::PhaseRow;
use crate::view::{Device, Form, HeldItem, Known, Latest, Letter, Staff};

type Out<'a, W> = &'a mut Encoder<W>;

/// Everything.
pub(super) fn encode<W: Write>(store: &Store, out: Out<W>) -> io::Result<()> {
    rest(store, out)?;
    let tables = &store.tables;
    rows(out, &tables.people.staff, staff)?;
    rows(out, &tables.people.letters, letter)?;
    rows(out, &tables.people.devices, device)?;
    rows(out, &tables.large, large)?;
    rows(out, &tables.side_cases, side_case)?;
    rows(out, &tables.earlier_leases, earlier_lease)?;
    rows(out, &tables.held, held_item)?;
    rows(out, &tables.held_submissions, held_submission)?;
    let mut pages: Vec<&Page> = store.tables.pages.iter().collect();
    pages.sort_unstable_by_key(|page| page.area);
    piece(out, pages.into_iter(), page)?;
    end(out)?;
    let operations = &store.tables.operations;
    operations_piece(out, operations.logs_between(0..operations.count(), 0..store.next_offset, true))?;
    end(out)
}

/// A list may be written in pieces; an empty one is its end.
pub(super) fn piece<W: Write, T>(
    out: Out<W>,
    items: impl ExactSizeIterator<Item = T>,
    each: impl FnMut(Out<W>, T) -> io::Result<()>,
) -> io::Result<()> {
    if items.len() == 0 { Ok(()) } else { out.list(items, each) }
}

fn rows<W: Write, K, V>(
    out: Out<W>,
    rows: &BTreeMap<K, V>,
    each: impl Fn(Out<W>, &K, &V) -> io::Result<()>,
) -> io::Result<()> {
    piece(out, rows.iter(), |out, (key, row)| each(out, key, row))?;
    end(out)
}

pub(super) fn end<W: Write>(out: Out<W>) -> io::Result<()> {
    out.u64(0)
}

pub(super) fn operations_piece<W: Write>(out: Out<W>, logs: Vec<(Origin, Vec<(u64, Known)>)>) -> io::Result<()> {
    piece(out, logs.into_iter(), |out, (origin, operations)| {
        out.raw(&origin.0)?;
        out.list(operations.iter(), |out, (number, row)| {
            out.u64(*number)?;
            known(out, row)
        })
    })
}

/// What is small beside tables, pages and operations.
pub(super) fn rest<W: Write>(store: &Store, out: Out<W>) -> io::Result<()> {
    let tables = &store.tables;
    out.u64(store.next_offset)?;
    out.u64(store.time.0 as u64)?;
    out.u32(tables.rules)?;
    out.bytes(&tables.census.as_ref().map(Protobuf::encode_to_vec).unwrap_or_default())?;
    out.u8(tables.census.is_some().into())?;
    out.bytes(&tables.areas.to_bytes())?;
    out.list(tables.forms.iter().zip(&tables.plans), |out, (row, plan)| {
        form(out, row)?;
        out.u8(plan.household.into())?;
        out.raw(&plan.index)
    })?;
    out.list(tables.phases.kinds.iter(), |out, (form, phase)| {
        out.u16(form.0)?;
        out.u16(phase.0)
    })?;
    out.list(tables.phases.rows.iter(), |out, (id, row)| {
        out.u16(id.0)?;
        phase(out, row)
    })?;
    out.list(tables.erased.iter(), |out, (area, wave)| {
        out.u32(area.0)?;
        out.u32(*wave)
    })?;
    out.list(tables.latest.iter(), latest)?;
    out.list(tables.operations.conflicts.iter(), |out, ((origin, number), conflicts)| {
        out.u32(*origin)?;
        out.u64(*number)?;
        out.list(conflicts.iter(), |out, (digest, row)| {
            out.raw(digest)?;
            known(out, row)
        })
    })
}

fn form<W: Write>(out: Out<W>, row: &Form) -> io::Result<()> {
    out.u16(row.form.0)?;
    out.u32(row.version)?;
    out.bytes(row.name.as_bytes())?;
    out.u32(row.purpose)?;
    out.list(row.facts.iter(), |out, fact| out.bytes(fact.as_bytes()))?;
    out.u64(row.offset)
}

fn phase<W: Write>(out: Out<W>, row: &PhaseRow) -> io::Result<()> {
    out.list(row.names.iter(), |out, name| {
        out.bytes(name.language.as_bytes())?;
        out.bytes(name.text.as_bytes())
    })?;
    out.list(row.decisions.iter(), |out, (AreaId(area), forms)| {
        out.u32(*area)?;
        out.u8(forms.is_some().into())?;
        out.list(forms.as_deref().unwrap_or_default().iter(), |out, form| out.u16(form.0))
    })
}

pub(super) fn large<W: Write>(out: Out<W>, (ea, household): &(AreaId, u16), row: &Facts) -> io::Result<()> {
    out.u32(ea.0)?;
    out.u16(*household)?;
    facts(out, row)
}

pub(super) fn side_case<W: Write>(
    out: Out<W>,
    (ea, household, _): &(AreaId, u16, CaseKind),
    row: &SideCase,
) -> io::Result<()> {
    out.u32(ea.0)?;
    out.u16(*household)?;
    counted(out, &row.counted)?;
    out.u8(row.response as u8)
}

pub(super) fn earlier_lease<W: Write>(out: Out<W>, (ea, lease): &(AreaId, u32), staff: &StaffId) -> io::Result<()> {
    out.u32(ea.0)?;
    out.u32(*lease)?;
    out.u32(staff.0)
}

pub(super) fn staff<W: Write>(out: Out<W>, _: &u32, row: &Staff) -> io::Result<()> {
    out.u32(row.staff.0)?;
    out.u8(row.role.code() as u8)?;
    out.u32(row.area.0)?;
    out.bytes(row.name.as_bytes())?;
    out.bytes(row.login.as_bytes())?;
    out.bytes(row.password_hash.as_bytes())?;
    out.bytes(row.phone.as_bytes())
}

pub(super) fn letter<W: Write>(out: Out<W>, lookup: &[u8; 32], row: &Letter) -> io::Result<()> {
    out.raw(lookup)?;
    out.u32(row.staff.0)?;
    out.bytes(&row.wrapped_keys)?;
    out.u32(row.devices_max)?;
    out.list(row.devices.iter(), |out, device| out.u32(device.0))?;
    out.u64(row.offset)
}

pub(super) fn device<W: Write>(out: Out<W>, _: &u32, row: &Device) -> io::Result<()> {
    out.u32(row.device.0)?;
    out.u32(row.staff.0)?;
    out.raw(&row.signing_key)?;
    out.raw(&row.letter)?;
    out.u8(row.revoked.into())?;
    out.u64(row.registered.0 as u64)
}

pub(super) fn page<W: Write>(out: Out<W>, row: &Page) -> io::Result<()> {
    out.u32(row.area.0)?;
    out.u32(row.lease.lease)?;
    out.u32(row.lease.staff.0)?;
    out.u8(row.lease.ended.into())?;
    [row.visits, row.submissions, row.held, row.held_submissions].into_iter().try_for_each(|count| out.u32(count))?;
    out.bytes(row.events.as_bytes())?;
    out.list(row.dwellings.iter(), dwelling)?;
    out.list(row.households.iter(), household)
}

fn dwelling<W: Write>(out: Out<W>, row: &DwellingRow) -> io::Result<()> {
    out.u16(row.number)?;
    out.u16(row.building)?;
    out.u32(row.origin)?;
    out.raw(&[row.lease, row.found, row.visits, row.households, row.place])
}

fn household<W: Write>(out: Out<W>, row: &HouseholdRow) -> io::Result<()> {
    out.u16(row.number)?;
    out.u16(row.dwelling)?;
    out.u32(row.origin)?;
    out.u32(row.offset_low)?;
    out.raw(&[row.offset_high, row.case, row.lease, row.status, row.visits])?;
    out.raw(&{ row.persons })?;
    out.u8(row.vital)
}

fn facts<W: Write>(out: Out<W>, row: &Facts) -> io::Result<()> {
    let Facts { persons, male, female, slept_here, registered_away, births, deaths } = *row;
    [persons, male, female, slept_here, registered_away, births, deaths].into_iter().try_for_each(|fact| out.u16(fact))
}

fn counted<W: Write>(out: Out<W>, row: &Counted) -> io::Result<()> {
    out.u64(row.offset)?;
    out.u32(row.origin.0)?;
    out.u8(row.lease.0)?;
    out.u8(row.case.0)
}

pub(super) fn held_item<W: Write>(out: Out<W>, _: &Offset, row: &HeldItem) -> io::Result<()> {
    out.u64(row.offset)?;
    out.u32(row.area.0)?;
    out.u16(row.household)?;
    out.u8(row.verdict as u8)?;
    out.u8(row.held as u8)
}

pub(super) fn held_submission<W: Write>(out: Out<W>, offset: &Offset, row: &HeldSubmission) -> io::Result<()> {
    out.u64(*offset)?;
    out.u32(row.ea.0)?;
    out.u16(row.household)?;
    out.u16(row.form.0)?;
    out.u16(row.phase.0)?;
    out.u32(row.origin.0)?;
    out.raw(&[row.lease.0, row.source as u8, row.outcome as u8, row.main.into()])?;
    facts(out, &row.facts)
}

fn latest<W: Write>(out: Out<W>, row: &Latest) -> io::Result<()> {
    out.u64(row.offset)?;
    out.u64(row.time.0 as u64)?;
    out.u32(row.ea.0)?;
    out.u16(row.household)?;
    out.raw(&[row.outcome as u8, row.verdict as u8, row.held as u8])
}

fn known<W: Write>(out: Out<W>, row: &Known) -> io::Result<()> {
    out.u64(row.offset)?;
    out.u64(row.digest_prefix)?;
    out.raw(&[row.verdict as u8, row.held as u8])
}
