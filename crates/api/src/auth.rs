//! Who sends a request: `authorization: Quipu <token>` and `quipu-mac: <hex>` over the body.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use event::{Digest, wire};
use node::Node;
use types::{DeviceId, StaffId};

use crate::problem::Problem;
use crate::session::Claims;
use crate::state::App;

/// A request's session, before its body is read.
#[derive(Clone)]
pub(crate) struct Caller {
    pub device: DeviceId,
    pub staff: StaffId,
    claims: Claims,
    key: Digest,
    mac: Digest,
}

impl Caller {
    /// Reads the headers; nothing of the body is needed to refuse an unknown session.
    pub fn of(app: &App, headers: &HeaderMap) -> Result<Caller, Problem> {
        let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Quipu "));
        let (claims, key) = token.and_then(|token| app.sessions.read(token)).ok_or_else(Problem::unauthorized)?;
        let mac = headers.get("quipu-mac").and_then(|value| unhex(value.as_bytes())).ok_or_else(Problem::bad_mac)?;
        Ok(Caller { device: claims.device, staff: claims.staff, claims, key, mac })
    }

    /// Checks that the body is what the session's holder sent.
    pub fn check(&self, body: &[u8]) -> Result<(), Problem> {
        // Hashes are compared in constant time.
        let fits = blake3::Hash::from_bytes(wire::mac(&self.key, body)) == blake3::Hash::from_bytes(self.mac);
        if fits { Ok(()) } else { Err(Problem::bad_mac()) }
    }

    /// Why the caller may not read, if so. Sending is never refused for this.
    pub fn reading_refused(&self, node: &Node) -> Option<Problem> {
        if node.store().device(self.device).is_none_or(|device| device.revoked) {
            return Some(Problem::device_revoked());
        }
        (node.now() >= self.claims.expires).then(Problem::session_expired)
    }
}

/// As the router found, or from the headers, so that an error says what is wrong with them.
impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Caller, Problem> {
        parts.extensions.remove().map_or_else(|| Caller::of(app, &parts.headers), Ok)
    }
}

fn unhex(text: &[u8]) -> Option<Digest> {
    let nibble = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut digest = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(digest)
}

/// Reads 64 hexadecimal digits.
pub(crate) fn digest(text: &str) -> Option<Digest> {
    unhex(text.as_bytes())
}
