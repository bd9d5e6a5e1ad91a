//! Who asks, and what they may see.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;
use store::{Staff, Store};
use types::{AreaId, Role};

use super::{Console, refusal, session};
use crate::problem::Problem;

/// Somebody signed in, with their post as it is now.
pub(super) struct Caller(pub Staff);

/// Roles with screens in the console.
pub(super) fn has_console(role: Role) -> bool {
    matches!(role, Role::Administrator | Role::Supervisor | Role::Viewer)
}

impl FromRequestParts<Arc<Console>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Caller, Problem> {
        let id = session::id_of(&parts.headers).ok_or_else(refusal::signed_out)?;
        let staff = console.sessions.staff(id, Instant::now()).ok_or_else(refusal::signed_out)?;
        let post = console.node().store().staff(staff).cloned().ok_or_else(refusal::signed_out)?;
        if has_console(post.role) { Ok(Caller(post)) } else { Err(refusal::no_console()) }
    }
}

impl Caller {
    /// The area asked about (their own when none is named), if it is theirs to see. An unknown area is outside too.
    pub fn area(&self, store: &Store, asked: Option<u32>) -> Result<AreaId, Problem> {
        let area = asked.map_or(self.0.area, AreaId);
        if store.areas().contains(self.0.area, area) { Ok(area) } else { Err(Problem::outside_area()) }
    }

    /// May see single cases, staff and devices.
    pub fn sees_cases(&self) -> Result<(), Problem> {
        match self.0.role {
            Role::Administrator | Role::Supervisor => Ok(()),
            _ => Err(refusal::counts_only()),
        }
    }
}

/// `?area=ID`; the caller's own area when left out.
#[derive(Deserialize)]
pub(super) struct Asked {
    pub area: Option<u32>,
}
