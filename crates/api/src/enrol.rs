//! `POST /v1/enrol` and `POST /v1/session`: a device registers, then opens sessions with its own key.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use event::head::DeviceRegistered;
use event::{Digest, Fact, Head, sign, wire};
use node::Node;
use store::{Device, Letter};
use types::{DeviceId, Held, Time, Verdict};

use crate::problem::Problem;
use crate::protobuf::{Reply, read};
use crate::session::{self, Claims};
use crate::state::{App, Remote};

/// Tries to find a free device number; more only fail when somebody else registers devices all the time.
const NUMBER_TRIES: usize = 8;

/// Registers a device. The same letter and key again get the same answer.
pub(crate) async fn enrol(
    State(app): State<Arc<App>>,
    Extension(Remote(remote)): Extension<Remote>,
    body: Bytes,
) -> Result<Reply<wire::Enrolled>, Problem> {
    enrol_with(&app, &body, remote.ip()).await.map(Reply).map_err(|problem| failed(&app, remote.ip(), problem))
}

/// Counts a failure. Beyond some, an address is no longer told what is wrong, so that guessing teaches nothing; who is
/// right is let in at once, for a whole village may share one address.
fn failed(app: &App, address: IpAddr, problem: Problem) -> Problem {
    let now = Instant::now();
    let blocked = app.failures.blocked(address, now);
    // Whoever holds a letter of another cell guesses nothing.
    if problem.status.is_client_error() && problem.status != StatusCode::MISDIRECTED_REQUEST {
        app.failures.failed(address, now);
    }
    blocked.map_or(problem, |seconds| Problem::too_many().retry_after(seconds))
}

async fn enrol_with(app: &App, body: &[u8], address: IpAddr) -> Result<wire::Enrolled, Problem> {
    let request: wire::Enrol = read(body)?;
    let lookup = Digest::try_from(request.lookup.as_slice()).map_err(|_| Problem::malformed())?;
    let key: [u8; 32] = request.signing_key.as_slice().try_into().map_err(|_| Problem::malformed())?;
    sign::verify(&key, "enrol", &lookup, &request.signature).map_err(|_| Problem::signature_wrong())?;
    let known = app.node.store().letter(&lookup).cloned();
    let Some(letter) = known else { return Err(elsewhere(app, lookup, address).await) };
    let _one_at_a_time = app.enrolling.lock().await;
    let registered = app.node.store().device_by_key(&key).cloned();
    let device = match registered {
        Some(device) if device.letter == lookup => device.device,
        Some(_) => return Err(Problem::key_taken()),
        None => register(app, &lookup, &letter, key).await?,
    };
    enrolled(&app.node, device, letter)
}

/// A letter that is not here may be another cell's. Others are asked for few at a time, and not for an address that has
/// guessed too often: strangers do not make cells busy with each other.
async fn elsewhere(app: &App, lookup: Digest, address: IpAddr) -> Problem {
    let Some(elsewhere) = app.elsewhere.get() else { return Problem::letter_unknown() };
    if app.failures.blocked(address, Instant::now()).is_some() {
        return Problem::letter_unknown();
    }
    let Ok(_few) = app.asking.try_acquire() else { return Problem::crowded() };
    match elsewhere(lookup).await {
        Some(address) => Problem::letter_elsewhere().with("address", address),
        None => Problem::letter_unknown(),
    }
}

async fn register(app: &App, lookup: &Digest, letter: &Letter, key: [u8; 32]) -> Result<DeviceId, Problem> {
    refused(letter)?;
    if app.node.store().census().is_none() {
        return Err(Problem::no_census().retry_after(60));
    }
    let area = app.node.store().staff(letter.staff).map(|staff| staff.area).unwrap_or_default();
    for _ in 0..NUMBER_TRIES {
        let device = app.device_last.load(Ordering::Relaxed) + 1;
        if app.node.store().device(DeviceId(device)).is_some() {
            // Others were registered before this process began, or by somebody else: go on after the last.
            let last = app.node.store().devices().map(|device| device.device.0).max().unwrap_or(0);
            app.device_last.store(last, Ordering::Relaxed);
            continue;
        }
        let fact = Fact::DeviceRegistered(DeviceRegistered {
            device,
            staff: letter.staff.0,
            signing_key: key.to_vec(),
            letter: lookup.to_vec(),
        });
        let acks = app.node.admin(vec![(Head::of(area, letter.staff, fact), Vec::new())]).await?;
        match acks.first().map(|ack| (ack.verdict, ack.held)) {
            Some((Verdict::Accepted, _)) => {
                app.device_last.store(device, Ordering::Relaxed);
                tracing::info!(device, staff = letter.staff.0, "device registered");
                return Ok(DeviceId(device));
            }
            // The number or the letter: the next round finds out which.
            Some((Verdict::Held, Held::NumberTaken)) => {
                refused(app.node.store().letter(lookup).ok_or_else(Problem::letter_unknown)?)?;
            }
            _ => return Err(Problem::letter_unknown()),
        }
    }
    Err(Problem::crowded())
}

/// Why a letter registers no further device.
fn refused(letter: &Letter) -> Result<(), Problem> {
    match () {
        () if letter.cancelled() => Err(Problem::letter_cancelled()),
        () if letter.used_up() => Err(Problem::letter_used()),
        () => Ok(()),
    }
}

fn enrolled(node: &Node, device: DeviceId, letter: Letter) -> Result<wire::Enrolled, Problem> {
    let store = node.store();
    let census = store.census().cloned().ok_or_else(Problem::no_census)?;
    let staff = store.staff(letter.staff).ok_or_else(Problem::letter_unknown)?;
    Ok(wire::Enrolled {
        device: device.0,
        staff: staff.staff.0,
        staff_name: staff.name.clone(),
        role: staff.role.code(),
        wrapped_keys: letter.wrapped_keys,
        node_key: node.keys().signing().public().to_vec(),
        census: Some(census),
    })
}

/// Opens a session. A revoked device gets one too: it may still send.
pub(crate) async fn session(
    State(app): State<Arc<App>>,
    Extension(Remote(remote)): Extension<Remote>,
    body: Bytes,
) -> Result<Reply<wire::Session>, Problem> {
    // Which times a device has signed, the owner alone remembers.
    app.node.must_own()?;
    app.phones.fresh.owned(app.node.owned_since());
    let device = signed(&app, &body).map_err(|problem| failed(&app, remote.ip(), problem))?;
    open(&app, device).map(Reply)
}

/// The device that signed the request, with the time it signed.
fn signed(app: &App, body: &[u8]) -> Result<(Device, i64), Problem> {
    let request: wire::OpenSession = read(body)?;
    if request.nonce.len() != 16 {
        return Err(Problem::malformed());
    }
    let device = app.node.store().device(DeviceId(request.device)).cloned().ok_or_else(Problem::device_unknown)?;
    let message = wire::session_message(request.device, &request.nonce, request.at_us);
    sign::verify(&device.signing_key, "session", &message, &request.signature)
        .map_err(|_| Problem::signature_wrong())?;
    Ok((device, request.at_us))
}

fn open(app: &App, (device, at_us): (Device, i64)) -> Result<wire::Session, Problem> {
    let now = app.node.now();
    let taken = app.phones.fresh.take(device.device, at_us, now);
    taken.map_err(|at_us| Problem::session_stale().with("at_us", at_us))?;
    let claims = Claims {
        device: device.device,
        staff: device.staff,
        expires: Time(now.0 + session::LASTS_US),
        salt: app.salt.fetch_add(1, Ordering::Relaxed),
    };
    let (token, key) = app.sessions.issue(&claims);
    Ok(wire::Session { token, key: key.to_vec(), expires_us: claims.expires.0, now_us: now.0 })
}
