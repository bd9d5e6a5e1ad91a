//! `/api/staff` and `/api/devices`: who works in an area, and whose phone has not sent.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Serialize;
use types::{Role, StaffId};

use super::area::{Area, area_of};
use super::caller::{Asked, Caller};
use super::{Console, ms};
use crate::problem::Problem;

/// Rows shown; `total` says how many there are.
const ROWS_MAX: usize = 500;

/// What `/api/staff` answers.
#[derive(Serialize)]
pub(super) struct StaffList {
    at_ms: i64,
    /// In the area asked about.
    total: usize,
    /// In order of number, at most 500.
    staff: Vec<Person>,
}

#[derive(Serialize)]
struct Person {
    staff: u32,
    name: String,
    role: Role,
    /// The top of their subtree.
    area: Area,
    /// Has a login for this console.
    signs_in: bool,
    /// Enumeration areas they hold now.
    leases: usize,
    devices: usize,
}

/// `GET /api/staff`
pub(super) async fn staff(
    caller: Caller,
    State(console): State<Arc<Console>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<StaffList>, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::malformed())?;
    caller.sees_cases()?;
    let at_ms = ms(console.node().now());
    let store = console.node().store();
    let area = caller.area(&store, asked.area)?;
    let mut devices: HashMap<StaffId, usize> = HashMap::new();
    store.devices().for_each(|device| *devices.entry(device.staff).or_default() += 1);
    let inside: Vec<_> = store.staff_list().filter(|staff| store.areas().contains(area, staff.area)).collect();
    let person = |staff: &&store::Staff| Person {
        staff: staff.staff.0,
        name: staff.name.clone(),
        role: staff.role,
        area: area_of(&store, staff.area),
        signs_in: !staff.login.is_empty(),
        leases: store.leases_of(staff.staff).len(),
        devices: devices.get(&staff.staff).copied().unwrap_or_default(),
    };
    let staff = inside.iter().take(ROWS_MAX).map(person).collect();
    Ok(Json(StaffList { at_ms, total: inside.len(), staff }))
}

/// What `/api/devices` answers.
#[derive(Serialize)]
pub(super) struct Devices {
    at_ms: i64,
    /// Phones are heard of since the server started.
    since_ms: i64,
    /// Of staff in the area asked about.
    total: usize,
    /// Not heard of since then.
    silent: usize,
    /// With finished work they had not sent.
    waiting: usize,
    /// Finished work on those phones.
    unsent: u64,
    /// Those to ask about first: with unsent work, then not heard of, then longest ago. At most 500.
    devices: Vec<Phone>,
}

#[derive(Serialize)]
struct Phone {
    device: u32,
    staff: String,
    area: Area,
    registered_ms: i64,
    revoked: bool,
    last_sync_ms: Option<i64>,
    unsent: Option<u32>,
    app: Option<String>,
}

/// `GET /api/devices`
pub(super) async fn devices(
    caller: Caller,
    State(console): State<Arc<Console>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Devices>, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::malformed())?;
    caller.sees_cases()?;
    let at_ms = ms(console.node().now());
    let store = console.node().store();
    let area = caller.area(&store, asked.area)?;
    let inside = store.devices().filter_map(|device| {
        let staff = store.staff(device.staff).filter(|staff| store.areas().contains(area, staff.area))?;
        Some((device, staff, console.state.app.phones.get(device.device)))
    });
    let mut inside: Vec<_> = inside.collect();
    let silent = inside.iter().filter(|(.., heard)| heard.is_none()).count();
    let unsent = |heard: &Option<crate::Phone>| heard.as_ref().map_or(0, |phone| phone.unsent);
    let waiting = inside.iter().filter(|(.., heard)| unsent(heard) > 0).count();
    let unsent_total = inside.iter().map(|(.., heard)| u64::from(unsent(heard))).sum();
    inside.sort_by_key(|(device, _, heard)| {
        (Reverse(unsent(heard)), heard.as_ref().map(|phone| phone.at), device.device)
    });
    let total = inside.len();
    let phone = |(device, staff, heard): (&store::Device, &store::Staff, Option<crate::Phone>)| Phone {
        device: device.device.0,
        staff: staff.name.clone(),
        area: area_of(&store, staff.area),
        registered_ms: ms(device.registered),
        revoked: device.revoked,
        last_sync_ms: heard.as_ref().map(|phone| ms(phone.at)),
        unsent: heard.as_ref().map(|phone| phone.unsent),
        app: heard.map(|phone| phone.app),
    };
    let devices = inside.into_iter().take(ROWS_MAX).map(phone).collect();
    Ok(Json(Devices { at_ms, since_ms: ms(console.started), total, silent, waiting, unsent: unsent_total, devices }))
}
