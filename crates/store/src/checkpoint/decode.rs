//! Reading the tables back.

use std::io::{self, Read};

use areas::AreaTree;
use event::Protobuf;
use event::head::{CensusDefined, Text};
use fold::tables::{CaseKind, Counted, Facts, HeldSubmission, LeaseMark, LeaseRow, OriginRef, Plan, SideCase};
use types::{
    AreaId, DeviceId, FormId, Held, Occupancy, Origin, Outcome, PhaseId, Response, Role, Source, StaffId, Time, Verdict,
};

use crate::Store;
use crate::codec::{Decoder, invalid};
use crate::operations::Operations;
use crate::page::Page;
use crate::page::dwelling::DwellingRow;
use crate::page::household::HouseholdRow;
use crate::page::offsets::Offsets;
use crate::phases::PhaseRow;
use crate::table::Table;
use crate::tables::Tables;
use crate::view::{Device, Form, HeldItem, Known, Latest, Letter, Staff};

type In<'a, R> = &'a mut Decoder<R>;

/// Reads what [`super::encode`] wrote; `before` is what it goes on from: an empty store for a whole checkpoint. What follows
/// from the pages is worked out after the last of a chain: [`Tables::restored`].
pub(super) fn decode<R: Read>(input: In<R>, before: Store) -> io::Result<Store> {
    let next_offset = input.u64()?;
    let time = Time(input.u64()? as i64);
    let mut tables = Tables::new();
    tables.rules = input.u32()?;
    if tables.rules == 0 || tables.rules > fold::RULES_MAX {
        return Err(invalid("its rules are newer than this program"));
    }
    let census = input.bytes()?;
    if input.u8()? == 1 {
        tables.census = Some(CensusDefined::decode(census.as_slice()).map_err(|_| invalid("a census definition"))?);
    }
    tables.areas = AreaTree::from_bytes(&input.bytes()?).ok_or_else(|| invalid("an area tree"))?;
    for (row, plan) in input.list(|input| {
        let row = form(input)?;
        let plan = Plan { household: input.u8()? == 1, index: input.array()? };
        Ok((row, plan))
    })? {
        tables.forms.push(row);
        tables.plans.push(plan);
    }
    tables.phases.kinds = input.list(|input| Ok((FormId(input.u16()?), PhaseId(input.u16()?))))?;
    tables.phases.rows = input.list(|input| Ok((PhaseId(input.u16()?), phase(input)?)))?.into_iter().collect();
    tables.erased = input.list(|input| Ok((AreaId(input.u32()?), input.u32()?)))?.into_iter().collect();
    tables.latest = input.list(latest)?.into();
    conflicts(input, &mut tables)?;
    pieces(input, staff, |row| tables.people.put_staff(row))?;
    tables.people.letters = table(input, |input| Ok((input.array()?, letter(input)?)))?;
    pieces(input, device, |row| tables.people.put_device(row))?;
    tables.large = table(input, |input| Ok(((AreaId(input.u32()?), input.u16()?), facts(input)?)))?;
    tables.side_cases = table(input, |input| {
        let (ea, household, counted) = (AreaId(input.u32()?), input.u16()?, counted(input)?);
        Ok(((ea, household, counted.case), SideCase { counted, response: input.code(Response::from_code)? }))
    })?;
    tables.earlier_leases = table(input, |input| Ok(((AreaId(input.u32()?), input.u32()?), StaffId(input.u32()?))))?;
    tables.held = table(input, |input| held_item(input).map(|row| (row.offset, row)))?;
    tables.held_submissions = table(input, |input| Ok((input.u64()?, held_submission(input)?)))?;
    (tables.pages, tables.page_of) = (before.tables.pages, before.tables.page_of);
    pieces(input, page, |page| tables.restore_page(page))?;
    let conflicts = std::mem::replace(&mut tables.operations, before.tables.operations).conflicts;
    tables.operations.conflicts = conflicts;
    operations(input, &mut tables.operations)?;
    Ok(Store { next_offset, time, tables, halfway: false })
}

/// A list written in pieces.
fn pieces<R: Read, T>(
    input: In<R>,
    mut each: impl FnMut(In<R>) -> io::Result<T>,
    mut put: impl FnMut(T),
) -> io::Result<()> {
    loop {
        let count = input.u64()?;
        if count == 0 {
            return Ok(());
        }
        for _ in 0..count {
            put(each(input)?);
        }
    }
}

fn table<R: Read, K: Ord, V>(input: In<R>, each: impl FnMut(In<R>) -> io::Result<(K, V)>) -> io::Result<Table<K, V>> {
    let mut rows = Vec::new();
    pieces(input, each, |row| rows.push(row))?;
    Ok(rows.into_iter().collect())
}

fn operations<R: Read>(input: In<R>, operations: &mut Operations) -> io::Result<()> {
    let log = |input: In<R>| Ok((Origin(input.array()?), input.list(|input| Ok((input.u64()?, known(input)?)))?));
    pieces(input, log, |(origin, log): (Origin, Vec<(u64, Known)>)| {
        let origin = operations.origin(origin);
        log.into_iter().for_each(|(number, known)| operations.put(origin, number, known));
    })
}

fn conflicts<R: Read>(input: In<R>, tables: &mut Tables) -> io::Result<()> {
    for _ in 0..input.u64()? {
        let (origin, number) = (OriginRef(input.u32()?), input.u64()?);
        for _ in 0..input.u64()? {
            let digest = input.array()?;
            tables.operations.put_conflict(origin, number, digest, known(input)?);
        }
    }
    #[cfg(feature = "plant")]
    if types::planted("forget-dedup-after-a-restart") {
        tables.operations = Default::default();
    }
    Ok(())
}

fn form<R: Read>(input: In<R>) -> io::Result<Form> {
    Ok(Form {
        form: FormId(input.u16()?),
        version: input.u32()?,
        name: input.text()?,
        purpose: input.u32()?,
        facts: input.list(Decoder::text)?,
        offset: input.u64()?,
    })
}

fn phase<R: Read>(input: In<R>) -> io::Result<PhaseRow> {
    let names = input.list(|input| Ok(Text { language: input.text()?, text: input.text()? }))?;
    let decision = |input: In<R>| {
        let (area, open) = (AreaId(input.u32()?), input.u8()? == 1);
        let forms = input.list(|input| input.u16().map(FormId))?;
        Ok((area, open.then_some(forms)))
    };
    Ok(PhaseRow { names, decisions: input.list(decision)?.into_iter().collect() })
}

fn staff<R: Read>(input: In<R>) -> io::Result<Staff> {
    Ok(Staff {
        staff: StaffId(input.u32()?),
        role: Role::from_code(input.u8()?.into()),
        area: AreaId(input.u32()?),
        name: input.text()?,
        login: input.text()?,
        password_hash: input.text()?,
        phone: input.text()?,
    })
}

fn letter<R: Read>(input: In<R>) -> io::Result<Letter> {
    Ok(Letter {
        staff: StaffId(input.u32()?),
        wrapped_keys: input.bytes()?,
        devices_max: input.u32()?,
        devices: input.list(|input| input.u32().map(DeviceId))?,
        offset: input.u64()?,
    })
}

fn device<R: Read>(input: In<R>) -> io::Result<Device> {
    Ok(Device {
        device: DeviceId(input.u32()?),
        staff: StaffId(input.u32()?),
        signing_key: input.array()?,
        letter: input.array()?,
        revoked: input.u8()? == 1,
        registered: Time(input.u64()? as i64),
    })
}

fn page<R: Read>(input: In<R>) -> io::Result<Page> {
    let area = AreaId(input.u32()?);
    let lease = LeaseRow { lease: input.u32()?, staff: StaffId(input.u32()?), ended: input.u8()? == 1 };
    Ok(Page {
        area,
        node: 0,
        lease,
        visits: input.u32()?,
        submissions: input.u32()?,
        held: input.u32()?,
        held_submissions: input.u32()?,
        events: Offsets::from_bytes(input.bytes()?),
        dwellings: input.list(dwelling)?,
        households: input.list(household)?,
    })
}

fn dwelling<R: Read>(input: In<R>) -> io::Result<DwellingRow> {
    let (number, building, origin) = (input.u16()?, input.u16()?, input.u32()?);
    let [lease, found, visits, households, place] = input.array()?;
    Occupancy::from_code(u32::from(found >> 3 & 7)).ok_or_else(|| invalid("an unknown occupancy"))?;
    Ok(DwellingRow { number, building, origin, lease, found, visits, households, place })
}

fn household<R: Read>(input: In<R>) -> io::Result<HouseholdRow> {
    let (number, dwelling, origin, offset_low) = (input.u16()?, input.u16()?, input.u32()?, input.u32()?);
    let [offset_high, case, lease, status, visits] = input.array()?;
    let (persons, vital) = (input.array()?, input.u8()?);
    Response::from_code(u32::from(status & 15)).ok_or_else(|| invalid("an unknown response"))?;
    Source::from_code(u32::from(status >> 4)).ok_or_else(|| invalid("an unknown source"))?;
    Ok(HouseholdRow { number, dwelling, origin, offset_low, offset_high, case, lease, status, visits, persons, vital })
}

fn facts<R: Read>(input: In<R>) -> io::Result<Facts> {
    Ok(Facts {
        persons: input.u16()?,
        male: input.u16()?,
        female: input.u16()?,
        slept_here: input.u16()?,
        registered_away: input.u16()?,
        births: input.u16()?,
        deaths: input.u16()?,
    })
}

fn counted<R: Read>(input: In<R>) -> io::Result<Counted> {
    Ok(Counted {
        offset: input.u64()?,
        origin: OriginRef(input.u32()?),
        lease: LeaseMark(input.u8()?),
        case: CaseKind(input.u8()?),
    })
}

fn held_item<R: Read>(input: In<R>) -> io::Result<HeldItem> {
    Ok(HeldItem {
        offset: input.u64()?,
        area: AreaId(input.u32()?),
        household: input.u16()?,
        verdict: input.code(Verdict::from_code)?,
        held: input.code(Held::from_code)?,
    })
}

fn held_submission<R: Read>(input: In<R>) -> io::Result<HeldSubmission> {
    Ok(HeldSubmission {
        ea: AreaId(input.u32()?),
        household: input.u16()?,
        form: FormId(input.u16()?),
        phase: PhaseId(input.u16()?),
        origin: OriginRef(input.u32()?),
        lease: LeaseMark(input.u8()?),
        source: input.code(Source::from_code)?,
        outcome: input.code(Outcome::from_code)?,
        main: input.u8()? == 1,
        facts: facts(input)?,
    })
}

fn latest<R: Read>(input: In<R>) -> io::Result<Latest> {
    Ok(Latest {
        offset: input.u64()?,
        time: Time(input.u64()? as i64),
        ea: AreaId(input.u32()?),
        household: input.u16()?,
        outcome: input.code(Outcome::from_code)?,
        verdict: input.code(Verdict::from_code)?,
        held: input.code(Held::from_code)?,
    })
}

fn known<R: Read>(input: In<R>) -> io::Result<Known> {
    Ok(Known {
        offset: input.u64()?,
        digest_prefix: input.u64()?,
        verdict: input.code(Verdict::from_code)?,
        held: input.code(Held::from_code)?,
    })
}
