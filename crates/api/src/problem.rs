//! The catalogue of problems: everything a request can be refused with. Their texts for people are in
//! `docs/messages.md`.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Why a request was refused, before any work was done: `{"code", "params", "help"}` as JSON.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// HTTP status.
    #[serde(skip)]
    pub status: StatusCode,
    /// A permanent code; see `docs/messages.md`.
    pub code: &'static str,
    /// Values for the text's placeholders, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<&'static str, String>,
    /// What happened and what to try, in English.
    pub help: &'static str,
    /// When to try again, seconds.
    #[serde(skip)]
    pub retry_after_s: Option<u32>,
}

macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident = $status:ident $code:literal $help:literal;)+) => {
        impl Problem {
            $($(#[$doc])* pub fn $name() -> Problem {
                Problem {
                    status: StatusCode::$status,
                    code: $code,
                    params: BTreeMap::new(),
                    help: $help,
                    retry_after_s: None,
                }
            })+

            /// Every problem there is.
            pub fn all() -> Vec<Problem> {
                vec![$(Problem::$name()),+]
            }
        }
    };
}

catalogue! {
    /// The body is not the message it should be.
    malformed = BAD_REQUEST "request/malformed" "The request could not be read. Update the app and try again.";
    /// The body is longer than the server takes at once.
    too_large = PAYLOAD_TOO_LARGE "request/too-large" "The request is too large. Send it in smaller parts.";
    /// The request took too long to arrive or to answer.
    timeout = REQUEST_TIMEOUT "request/timeout" "The request took too long. Try again; sending a thing twice does no harm.";
    /// There is nothing at this address.
    not_found = NOT_FOUND "request/not-found" "There is nothing here.";
    /// No token, or one this server never gave out.
    unauthorized = UNAUTHORIZED "auth/session-unknown" "Open a session first.";
    /// The keyed digest of the body does not fit.
    bad_mac = UNAUTHORIZED "auth/mac-wrong" "The request was changed on its way, or belongs to another session. Open a new session.";
    /// The session is over: reading ends, finished work is still taken.
    session_expired = FORBIDDEN "auth/session-expired" "The session has ended. Open a new one to read.";
    /// The device may no longer read.
    device_revoked = FORBIDDEN "auth/device-revoked" "This device may no longer read. Finished work can still be sent.";
    /// What was asked for is outside the areas this person works in.
    outside_area = FORBIDDEN "auth/outside-area" "This is outside your area.";
    /// A device signed with a key that is not the one it registered.
    signature_wrong = UNAUTHORIZED "auth/signature-wrong" "The signature does not fit the device.";
    /// No device of this number.
    device_unknown = UNAUTHORIZED "auth/device-unknown" "This device is not enrolled here. Enrol it with an activation code.";
    /// A request to open a session came twice, or its time cannot be right. `at_us` is a time that is taken.
    session_stale = CONFLICT "auth/session-stale" "This request to open a session was used before, or the device's clock is off. Sign a new one with the time given.";
    /// No letter with this code.
    letter_unknown = NOT_FOUND "enrol/letter-unknown" "This activation code is not known here. Check each character, or ask your supervisor for a new letter.";
    /// The letter has registered as many devices as it may.
    letter_used = CONFLICT "enrol/letter-used" "This activation code has been used. Ask your supervisor for a new letter.";
    /// The office has cancelled the letter.
    letter_cancelled = GONE "enrol/letter-cancelled" "This activation code was cancelled by the office. Ask your supervisor for a new letter.";
    /// The key already belongs to another letter's device.
    key_taken = CONFLICT "enrol/key-taken" "This device is enrolled with another letter. Reset the app to enrol again.";
    /// No census is defined yet.
    no_census = SERVICE_UNAVAILABLE "enrol/no-census" "The census is not set up yet. Try again later.";
    /// Too many failed attempts from one address.
    too_many = TOO_MANY_REQUESTS "request/too-many" "Too many attempts. Wait a little and try again.";
    /// More operations than one request may carry.
    too_many_operations = PAYLOAD_TOO_LARGE "sync/too-many-operations" "Send fewer operations in one request; the rest in the next.";
    /// The caller's post is above more enumeration areas than a phone follows.
    too_many_areas = FORBIDDEN "sync/too-many-areas" "Your post covers more areas than a phone can follow. Use the console, or ask for a post over fewer areas. Finished work can still be sent.";
    /// The bytes are not what the address says.
    digest_wrong = BAD_REQUEST "blob/digest-wrong" "The file was damaged on its way. Send it again.";
    /// No such file here.
    blob_unknown = NOT_FOUND "blob/unknown" "This file has not arrived here.";
    /// No such form version.
    form_unknown = NOT_FOUND "form/unknown" "This form version is not published here.";
    /// The queue is full, or too many requests are being served.
    busy = SERVICE_UNAVAILABLE "server/busy" "The server is busy. Try again shortly; nothing is lost.";
    /// Another node of the cell takes work in.
    follower = SERVICE_UNAVAILABLE "server/follower" "This server follows another one, which takes work in. Try again shortly; nothing is lost.";
    /// Another cell of a divided census decides about it.
    other_cell = MISDIRECTED_REQUEST "server/other-cell" "Another server of this census decides about this: the root cell's about what holds for the whole census, an area's own about work there.";
    /// The letter belongs to another server of a divided census, at `address`.
    letter_elsewhere = MISDIRECTED_REQUEST "enrol/letter-elsewhere" "This activation code belongs to another server of the census. Open the address given.";
    /// The cell has stopped after an error.
    stopped = SERVICE_UNAVAILABLE "server/stopped" "The server cannot store anything right now. Keep your work on the device and try again later.";
    /// One operation could not be kept; those beside it were.
    not_taken = SERVICE_UNAVAILABLE "server/not-taken" "The server could not keep this piece of work; what was sent with it arrived. Keep it on the device and try again later.";
    /// Something failed that should not.
    internal = INTERNAL_SERVER_ERROR "server/internal" "Something went wrong at the office. Try again; your work is safe on the device.";
}

impl Problem {
    /// Adds a value for a placeholder.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Problem {
        self.params.insert(name, value.to_string());
        self
    }

    /// Says when to try again, seconds.
    pub fn retry_after(mut self, seconds: u32) -> Problem {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The same in milliseconds; the header knows whole seconds, from 1.
    pub fn retry_after_ms(self, ms: u64) -> Problem {
        self.retry_after(ms.div_ceil(1000).clamp(1, 3600) as u32)
    }

    /// There is no room now: come again, not all at the same time.
    pub fn crowded() -> Problem {
        Problem::busy().retry_after_ms(node::retry_after_ms())
    }
}

impl From<node::Error> for Problem {
    fn from(error: node::Error) -> Problem {
        match error {
            node::Error::Busy { retry_after_ms } => Problem::busy().retry_after_ms(retry_after_ms),
            node::Error::NotTaken { retry_after_ms, .. } => Problem::not_taken().retry_after_ms(retry_after_ms),
            node::Error::NotOwner { owner } => Problem::follower().with("owner", owner).retry_after(1),
            node::Error::OtherCell { .. } => Problem::other_cell(),
            node::Error::Stopped { .. } => Problem::stopped().retry_after(30),
            error => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "a request failed");
                Problem::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        metrics::counter!("quipu_problems_total", "code" => self.code).increment(1);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_code_of_its_own_and_a_page_in_the_messages() {
        let messages = include_str!("../../../docs/messages.md");
        let mut codes: Vec<_> = Problem::all().into_iter().map(|problem| problem.code).collect();
        for code in &codes {
            assert!(messages.contains(&format!("`{code}`")), "{code} is not in docs/messages.md");
        }
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }

    #[test]
    fn a_problem_says_its_code_what_to_try_and_when() {
        let response = Problem::busy().retry_after(3).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "3");
        let json = serde_json::to_value(Problem::letter_unknown().with("tries", 2)).unwrap();
        assert_eq!(json["code"], "enrol/letter-unknown");
        assert_eq!(json["params"]["tries"], "2");
    }
}
