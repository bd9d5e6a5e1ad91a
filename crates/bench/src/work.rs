//! The households: listed, interviewed by the generator of valid answers, sealed and numbered as a phone does.

use event::operation::{ListDwelling, Submit};
use event::{Act, Body, Operation, Protobuf, seal};
use forms::generator::{Mix, generate};
use forms::{Date, Inputs};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use types::{AreaId, Held, Occupancy, OperationId, Origin, Source};

use crate::Size;
use crate::census::{CENSUS, Census, EA_HOUSEHOLDS, FORM, PHASE, Phone};
use crate::error::{Result, same};

/// Persons of every household: the size the budgets speak of.
pub const PERSONS: u32 = 3;

/// Sealed submissions of a phone: (phone, operation).
pub type Sealed = (usize, Vec<u8>);

/// What is sent while the clock runs.
pub struct Work {
    /// Neighbours in the list belong to different phones.
    pub single: Vec<Sealed>,
    /// All of a phone together.
    pub batched: Vec<Sealed>,
    /// As `single`.
    pub crowded: Vec<Sealed>,
}

/// A household's place and the operation's number.
#[derive(Clone, Copy)]
struct Door {
    phone: usize,
    ea: AreaId,
    household: u32,
    number: u64,
}

/// Lists every dwelling and seals every household, on all cores.
pub async fn prepare(census: &Census, size: &Size) -> Result<Work> {
    let mut numbers = vec![0u64; census.phones.len()];
    let mut doors: Vec<Door> = (0..size.households())
        .map(|at| {
            let ea = (at / EA_HOUSEHOLDS) as usize;
            let phone = census.phone_of(ea);
            numbers[phone] += 1;
            Door { phone, ea: census.eas[ea], household: at % EA_HOUSEHOLDS + 1, number: numbers[phone] }
        })
        .collect();
    for (at, phone) in census.phones.iter().enumerate() {
        let listed: Vec<_> = doors.iter().filter(|door| door.phone == at).map(|door| list(phone, *door)).collect();
        for chunk in listed.chunks(4096) {
            for ack in census.node.submit(phone.device, phone.staff, chunk.to_vec()).await? {
                same("a listing was held", ack?.held, Held::Not)?;
            }
        }
    }
    doors.iter_mut().for_each(|door| door.number += numbers[door.phone]);
    let mut batched = doors.split_off(size.single as usize);
    let mut crowded = batched.split_off(size.batched as usize);
    let one_by_one = |door: &Door| (door.number - numbers[door.phone], door.phone);
    doors.sort_by_key(one_by_one);
    crowded.sort_by_key(one_by_one);
    batched.sort_by_key(|door| (door.phone, door.number));
    let seal = |doors: &[Door]| seal_all(census, doors);
    Ok(Work { single: seal(&doors)?, batched: seal(&batched)?, crowded: seal(&crowded)? })
}

fn seal_all(census: &Census, doors: &[Door]) -> Result<Vec<Sealed>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let chunk = doors.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = doors
            .chunks(chunk)
            .map(|part| scope.spawn(|| part.iter().map(|door| submit(census, *door)).collect::<Result<Vec<_>>>()))
            .collect();
        let mut all = Vec::with_capacity(doors.len());
        for part in parts {
            all.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(all)
    })
}

/// Answers of a three-person household: valid, and the same for the same seed.
pub fn answers(census: &Census, seed: u64) -> forms::Split {
    let inputs = Inputs { reference: Date::parse("2020-11-01"), ..Inputs::default() };
    generate(&census.form, seed, &Mix { inputs, persons: Some(PERSONS), ..Mix::default() }).split_identifiers()
}

fn submit(census: &Census, door: Door) -> Result<Sealed> {
    let phone = &census.phones[door.phone];
    let seed = u64::from(door.ea.0) << 16 | u64::from(door.household);
    Ok((door.phone, submission(phone, door, body(census, door, seed)?)))
}

/// Answers of a household and the envelope with its identifiers.
fn body(census: &Census, door: Door, seed: u64) -> Result<Vec<u8>> {
    let split = answers(census, seed);
    let id = OperationId { origin: Origin(census.phones[door.phone].origin), number: door.number };
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let working = &census.working[&door.ea];
    let envelope = seal::seal(&split.identifiers, id, door.ea, &census.census_key, working, &mut rng)?;
    Ok(Body { answers: split.answers, sealed: envelope.encode_to_vec(), ..Body::default() }.encode_to_vec())
}

fn submission(phone: &Phone, door: Door, body: Vec<u8>) -> Vec<u8> {
    let act = Submit {
        household: door.household,
        form: FORM.0.into(),
        form_version: 1,
        phase: PHASE.0.into(),
        source: Source::InPerson.code(),
        started_us: 1_604_188_800_000_000,
        dwelling: door.household,
        ..Submit::default()
    };
    operation(phone, door, body, Act::Submit(act))
}

/// Doors of one phone, one after another.
pub struct Round {
    pub phone: usize,
    /// Indexes of enumeration areas.
    pub eas: Vec<usize>,
    /// Households in them.
    pub households: u32,
    /// The phone's last number before them.
    pub number: u64,
}

/// So many different bodies of submissions, as if all came from the first door.
pub fn bodies(census: &Census, count: u64) -> Result<Vec<Vec<u8>>> {
    let door = Door { phone: 0, ea: census.eas[0], household: 1, number: 1 };
    (0..count).map(|seed| body(census, door, seed)).collect()
}

/// A round's operations: each household is listed and submitted, with bodies that go around.
pub fn round(census: &Census, round: &Round, bodies: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let phone = &census.phones[round.phone];
    let doors = round.eas.iter().flat_map(|ea| (1..=EA_HOUSEHOLDS).map(|household| (census.eas[*ea], household)));
    let mut number = round.number;
    let mut next = || {
        number += 1;
        number
    };
    doors
        .take(round.households as usize)
        .zip(bodies.iter().cycle())
        .flat_map(|((ea, household), body)| {
            let mut door = Door { phone: round.phone, ea, household, number: next() };
            let listed = list(phone, door);
            door.number = next();
            [listed, submission(phone, door, body.clone())]
        })
        .collect()
}

fn list(phone: &Phone, door: Door) -> Vec<u8> {
    let act = ListDwelling {
        dwelling: door.household,
        building: 1,
        kind: 1,
        occupancy: Occupancy::Occupied.code(),
        households: vec![door.household],
        ..ListDwelling::default()
    };
    operation(phone, door, Vec::new(), Act::ListDwelling(act))
}

fn operation(phone: &Phone, door: Door, body: Vec<u8>, act: Act) -> Vec<u8> {
    Operation {
        origin: phone.origin.to_vec(),
        number: door.number,
        staff: phone.staff.0,
        area: door.ea.0,
        lease: 1,
        sent_at_us: 1_604_190_000_000_000,
        sent_offset_min: 480,
        body,
        census: CENSUS,
        act: Some(act),
    }
    .encode_to_vec()
}
