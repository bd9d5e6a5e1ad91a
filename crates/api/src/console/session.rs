//! Sessions in memory, by a random id in a cookie.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use parking_lot::Mutex;
use types::StaffId;

/// How long a session lasts.
const LASTS: Duration = Duration::from_secs(12 * 3600);
/// Sessions open at the same time; the oldest makes room.
const SESSIONS_MAX: usize = 100_000;
const COOKIE: &str = "quipu_session";

/// A random 128-bit session id.
pub(super) type SessionId = u128;

/// Who is signed in. A restart signs everybody out.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<SessionId, (StaffId, Instant)>>);

impl Sessions {
    /// Opens a session; `None` when the system gives no randomness.
    pub fn open(&self, staff: StaffId, now: Instant) -> Option<SessionId> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).ok()?;
        let id = u128::from_le_bytes(bytes);
        let mut sessions = self.0.lock();
        if sessions.len() >= SESSIONS_MAX {
            sessions.retain(|_, (_, end)| *end > now);
            let oldest = sessions.iter().min_by_key(|(_, (_, end))| *end).map(|(id, _)| *id);
            oldest.filter(|_| sessions.len() >= SESSIONS_MAX).and_then(|oldest| sessions.remove(&oldest));
        }
        sessions.insert(id, (staff, now + LASTS));
        Some(id)
    }

    /// Whose session it is, while it lasts.
    pub fn staff(&self, id: SessionId, now: Instant) -> Option<StaffId> {
        self.0.lock().get(&id).filter(|(_, end)| *end > now).map(|(staff, _)| *staff)
    }

    /// Ends a session.
    pub fn close(&self, id: SessionId) {
        self.0.lock().remove(&id);
    }
}

/// The session id in a request's cookies.
pub(super) fn id_of(headers: &HeaderMap) -> Option<SessionId> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    (value.len() == 32).then(|| u128::from_str_radix(value, 16).ok()).flatten()
}

/// The `Set-Cookie` value that begins a session, or ends it (`None`).
pub(super) fn cookie(id: Option<SessionId>, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    let (value, age_s) = id.map_or((String::new(), 0), |id| (format!("{id:032x}"), LASTS.as_secs()));
    format!("{COOKIE}={value}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_session_lasts_twelve_hours_unless_it_is_closed() {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let id = sessions.open(StaffId(4), start).unwrap();
        assert_eq!(sessions.staff(id, start), Some(StaffId(4)));
        assert_eq!(sessions.staff(id, start + LASTS), None);
        assert_eq!(sessions.staff(id ^ 1, start), None);
        sessions.close(id);
        assert_eq!(sessions.staff(id, start), None);
    }

    #[test]
    fn a_cookie_reads_back_among_others_and_scripts_cannot() {
        let set = cookie(Some(0xabc), true);
        assert!(set.contains("HttpOnly; SameSite=Strict; Secure") && set.contains("Path=/;"), "{set}");
        assert!(!cookie(Some(0xabc), false).contains("Secure"));
        let mut headers = HeaderMap::new();
        let pair = set.split(';').next().unwrap();
        headers.insert(header::COOKIE, HeaderValue::from_str(&format!("theme=dark; {pair}; x=1")).unwrap());
        assert_eq!(id_of(&headers), Some(0xabc));
        headers.insert(header::COOKIE, HeaderValue::from_static("quipu_session=abc"));
        assert_eq!(id_of(&headers), None);
    }
}
