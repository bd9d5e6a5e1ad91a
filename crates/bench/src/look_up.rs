//! Look-ups over HTTP: where households stand, asked for one by one and a hundred at a time.

use std::net::SocketAddr;
use std::path::Path;

use event::Protobuf;
use event::wire::{LookUp, LookedUp, Session};

use crate::census::{Census, EA_HOUSEHOLDS};
use crate::error::{Error, Result, same};
use crate::figure::{Figure, Rounds};
use crate::generator::{self, Patience};
use crate::work::PERSONS;
use crate::{Size, bare, request};

/// Households a batched request asks for.
const BATCH: usize = 100;
/// What the founding census answered a second, in all.
const BUDGET: f64 = 1_230_000.0;

/// `point_read` and `point_read_batched`. Every household has been counted before.
pub async fn measure(
    census: &Census,
    size: &Size,
    folder: &Path,
    addr: SocketAddr,
    sessions: &[Session],
) -> Result<Vec<Figure>> {
    let file = folder.join("requests");
    let (mut ours, mut bare, mut batched) = (Rounds::default(), Rounds::default(), Rounds::default());
    for _ in 0..size.rounds {
        request::write(&file, &requests(census, size, sessions, 1))?;
        let report = generator::spawn(addr, &file, size.connections, Patience::None).await?;
        check(&report, 1)?;
        ours.0.push(report.requests as f64 / report.seconds);
        let (bare_addr, task) = bare::start(report.sample).await?;
        let report = generator::spawn(bare_addr, &file, size.connections, Patience::None).await?;
        task.abort();
        same("answers of bare hyper other than 200", report.refused, 0)?;
        bare.0.push(report.requests as f64 / report.seconds);

        request::write(&file, &requests(census, size, sessions, BATCH))?;
        let report = generator::spawn(addr, &file, size.connections, Patience::None).await?;
        check(&report, BATCH)?;
        batched.0.push((report.requests * BATCH) as f64 / report.seconds);
    }
    let note = format!("{BATCH} keys a request; rounds: {}", batched.spread());
    Ok(vec![
        Figure::rounds("point_read", &ours, "reads/s", &bare, "bare hyper, the same bytes"),
        Figure::budget("point_read_batched", batched.median(), "reads/s", BUDGET, note),
    ])
}

/// As many requests as there are households to look up once, each of a phone for `keys` households of its own areas, in
/// no order the caches would like.
fn requests(census: &Census, size: &Size, sessions: &[Session], keys: usize) -> Vec<Vec<u8>> {
    let households = (size.single + size.batched) as usize;
    (0..(size.looks as usize).min(households))
        .map(|at| {
            let ea = at.wrapping_mul(2_654_435_761) % census.eas.len();
            let asked = (0..keys).map(|key| {
                let number = (at + key * 7) as u32 % EA_HOUSEHOLDS + 1;
                LookUp::key(census.eas[ea], number as u16)
            });
            let body = LookUp { households: asked.collect() }.encode_to_vec();
            request::signed("/v1/look-up", &sessions[census.phone_of(ea)], &body)
        })
        .collect()
}

/// Every request was answered, and the sample with counted households.
fn check(report: &generator::Report, keys: usize) -> Result<()> {
    same("look-ups refused", report.refused, 0)?;
    let found = LookedUp::decode(report.sample.as_slice()).map_err(|error| Error::Untrue(error.to_string()))?;
    same("households in an answer", found.persons.len(), keys)?;
    same("persons looked up", found.persons.iter().all(|persons| *persons == PERSONS), true)
}
