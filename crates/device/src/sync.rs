//! Sync: outbox up, receipts and changes down. Sending a thing twice, late or after a restart changes nothing.
//!
//! A request that is answered ends; one that is not may be forgotten, and its late answer is then ignored. Answers may
//! come twice or out of order: receipts are matched by digest, and changes are taken only from the cursor they follow.

use event::{Digest, Protobuf, wire};
use types::{Message, Time};

use crate::step::{Batch, Now, Request, Step};
use crate::{Device, Error, Result};

/// The most operations one sync carries.
pub(crate) const OPERATIONS_MAX: usize = 256;
/// A sync stops taking operations when it has so many bytes; one operation always fits.
pub(crate) const BYTES_MAX: usize = 1 << 20;
/// What the app calls itself.
const APP: &str = concat!("collect/", env!("CARGO_PKG_VERSION"));
/// Waiting after the first failed attempt, doubled by each further one.
const WAIT_FIRST_US: i64 = 2 * Time::SECOND_US;
/// The longest wait.
const WAIT_MAX_US: i64 = 15 * 60 * Time::SECOND_US;
/// A session is renewed so long before it ends.
const RENEW_US: i64 = 60 * Time::SECOND_US;
/// Requests without an answer that are remembered.
const FLIGHTS_MAX: usize = 8;

/// A session with the server. Kept in memory only: a restart opens another.
pub(crate) struct Session {
    token: String,
    key: Digest,
    /// By the phone's clock.
    expires_us: i64,
}

/// A request that waits for its answer.
pub(crate) struct Flight {
    kind: FlightKind,
    /// Random, for the wait after a failure.
    jitter: u32,
    order: u64,
}

pub(crate) enum FlightKind {
    Enrol,
    /// `corrected`: with the server's time instead of the phone's.
    Session {
        corrected: bool,
    },
    Sync {
        cursor: u64,
        sent: Vec<u64>,
    },
    Form {
        form: u32,
        version: u32,
    },
    Photo {
        name: String,
    },
}

impl Flight {
    pub(crate) fn enrol() -> Flight {
        Flight { kind: FlightKind::Enrol, jitter: 0, order: 0 }
    }
}

/// 32 random bytes, spent piece by piece.
pub(crate) struct Entropy(pub(crate) [u8; 32]);

impl Entropy {
    fn id(&self) -> u64 {
        // Never one of enrolment's small numbers.
        u64::from_le_bytes(std::array::from_fn(|at| if at < 6 { self.0[at] } else { 0 })) | 1 << 47
    }

    fn jitter(&self) -> u32 {
        u32::from_le_bytes(std::array::from_fn(|at| self.0[8 + at]))
    }

    fn nonce(&self) -> [u8; 16] {
        std::array::from_fn(|at| self.0[16 + at])
    }

    fn seed(&self) -> [u8; 32] {
        event::operation::digest(&self.0)
    }
}

impl Device {
    /// The next request to the server: a session when there is none, else the outbox and the cursor. May be called at
    /// any time, also while another request waits; [`Device::next_sync_us`] says when it is worth it.
    ///
    /// Without enrolment there is no request, only a notice.
    pub fn sync(&mut self, now: Now, entropy: [u8; 32]) -> Step {
        let mut batch = Batch::default();
        if self.enrolment.is_none() {
            batch.notices.push(Message::new("device/not-enrolled"));
            return self.end(batch);
        }
        let request = self.next_request(now, &Entropy(entropy));
        batch.step(&mut self.state, request)
    }

    /// When syncing is worth trying again by itself, microseconds UTC by the phone's clock: 0 means now. A person may
    /// always try at once.
    pub fn next_sync_us(&self) -> i64 {
        self.state.retry_at_us
    }

    /// Takes an answer. Store the step; if it has a request, send it.
    ///
    /// An answer to a request this device does not remember (an earlier run's, or one answered before) changes nothing.
    ///
    /// # Errors
    /// [`Error::EnrolRefused`] and, while enrolling, [`Error::Answer`]. The outbox is never touched then, and [`Device::sync`] may be
    /// called again after [`Device::next_sync_us`].
    pub fn response(&mut self, request_id: u64, status: u16, body: &[u8], now: Now, entropy: [u8; 32]) -> Result<Step> {
        let Some(flight) = self.flights.remove(&request_id) else { return Ok(Step::default()) };
        let jitter = flight.jitter;
        let enrolling = matches!(flight.kind, FlightKind::Enrol);
        match self.answered(flight, status, body, now, Entropy(entropy)) {
            // Somebody else answered in the server's place, such as a network's sign-in page: wait as without a network.
            Err(Error::Answer(_)) if !enrolling => {
                let mut batch = Batch::default();
                batch.notices.push(Message::new("sync/answer-unreadable"));
                self.wait(jitter, now, &mut batch);
                Ok(self.end(batch))
            }
            answered => answered,
        }
    }

    fn answered(&mut self, flight: Flight, status: u16, body: &[u8], now: Now, entropy: Entropy) -> Result<Step> {
        match flight.kind {
            FlightKind::Enrol => self.enrolled(status, body, now),
            FlightKind::Photo { name } => Ok(self.uploaded(&name, status, body, flight.jitter, now)),
            FlightKind::Session { .. } if status == 200 => self.session_opened(body, now, &entropy),
            // The phone's clock is off, or an answer was lost: the server says which time it takes.
            FlightKind::Session { corrected: false } if status == 409 && stale(body).is_some() => {
                let request = self.session_request(stale(body).unwrap_or(now.us), true, &entropy);
                Ok(Batch::default().step(&mut self.state, request))
            }
            FlightKind::Sync { cursor, sent } if status == 200 => self.synced(cursor, &sent, body, now, &entropy),
            FlightKind::Form { form, version } if status == 200 => {
                let mut batch = Batch::default();
                self.form_fetched(form, version, body, &mut batch);
                let request = self.form_request(&entropy);
                Ok(self.and_then_photos(batch, request, now))
            }
            FlightKind::Sync { .. } | FlightKind::Form { .. }
                if status == 401 && self.session.is_some() && !self.renewed =>
            {
                // The server does not know the session: another one, then the same again, once.
                self.session = None;
                self.renewed = true;
                let request = self.next_request(now, &entropy);
                Ok(Batch::default().step(&mut self.state, request))
            }
            kind => {
                let mut batch = Batch::default();
                if matches!(kind, FlightKind::Session { .. }) || status == 401 {
                    self.session = None;
                }
                batch.notices.push(Message::new("sync/refused").with("status", status));
                self.renewed = false;
                self.wait(flight.jitter, now, &mut batch);
                Ok(self.end(batch))
            }
        }
    }

    /// No answer came: wait, a little longer each time and never in step with other phones.
    pub fn failed(&mut self, request_id: u64, now: Now) -> Step {
        let mut batch = Batch::default();
        match self.flights.remove(&request_id) {
            Some(Flight { kind: FlightKind::Photo { .. }, jitter, .. }) => self.wait_photo(jitter, now, &mut batch),
            Some(flight) => self.wait(flight.jitter, now, &mut batch),
            None => {}
        }
        self.end(batch)
    }

    fn wait(&mut self, jitter: u32, now: Now, batch: &mut Batch) {
        self.state.attempts = (self.state.attempts + 1).min(30);
        self.state.retry_at_us = now.us.saturating_add(wait_us(self.state.attempts, jitter));
        batch.state = true;
    }

    fn next_request(&mut self, now: Now, entropy: &Entropy) -> Option<Request> {
        let current = self.session.as_ref().is_some_and(|s| now.us < s.expires_us.saturating_sub(RENEW_US));
        if current { self.sync_request(entropy) } else { self.session_request(now.us, false, entropy) }
    }

    fn session_request(&mut self, at_us: i64, corrected: bool, entropy: &Entropy) -> Option<Request> {
        let device = self.enrolment.as_ref()?.device;
        let nonce = entropy.nonce();
        let message = wire::session_message(device, &nonce, at_us);
        let body = wire::OpenSession {
            device,
            nonce: nonce.to_vec(),
            at_us,
            signature: self.signing_key.sign("session", &message).to_vec(),
        };
        let headers = vec![("content-type".to_owned(), "application/x-protobuf".to_owned())];
        let id = self.fly(FlightKind::Session { corrected }, entropy);
        Some(Request { id, method: "POST", path: "/v1/session".to_owned(), headers, body: body.encode_to_vec() })
    }

    fn session_opened(&mut self, body: &[u8], now: Now, entropy: &Entropy) -> Result<Step> {
        let session: wire::Session = read("session", body)?;
        let key = Digest::try_from(session.key.as_slice());
        let key = key.map_err(|_| Error::Answer(event::Error::Field { what: "session", field: "key" }))?;
        // It travels in a header, which takes no other characters.
        if !session.token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::Answer(event::Error::Field { what: "session", field: "token" }));
        }
        let lasts_us = session.expires_us.saturating_sub(session.now_us).max(2 * RENEW_US);
        self.session = Some(Session { token: session.token, key, expires_us: now.us.saturating_add(lasts_us) });
        let request = self.next_request(now, entropy);
        Ok(Batch::default().step(&mut self.state, request))
    }

    fn sync_request(&mut self, entropy: &Entropy) -> Option<Request> {
        let (mut sent, mut operations, mut bytes) = (Vec::new(), Vec::new(), 0);
        for (&local, outgoing) in self.outbox.iter().take(OPERATIONS_MAX) {
            bytes += outgoing.bytes.len();
            if bytes > BYTES_MAX && !sent.is_empty() {
                break;
            }
            sent.push(local);
            operations.push(outgoing.bytes.clone());
        }
        let unsent = (self.outbox.len() - sent.len()) as u32;
        let cursor = self.state.cursor;
        let body =
            wire::Sync { operations, cursor, changes_max: 0, app: APP.to_owned(), unsent, brief: true }.encode_to_vec();
        let headers = self.headers(&body)?;
        let id = self.fly(FlightKind::Sync { cursor, sent }, entropy);
        Some(Request { id, method: "POST", path: "/v1/sync".to_owned(), headers, body })
    }

    /// A form that was published without its bytes.
    fn form_request(&mut self, entropy: &Entropy) -> Option<Request> {
        let (&(form, version), _) = self.forms.iter().find(|(_, record)| record.compiled.is_empty())?;
        let headers = self.headers(&[])?;
        let id = self.fly(FlightKind::Form { form, version }, entropy);
        Some(Request { id, method: "GET", path: format!("/v1/forms/{form}/{version}"), headers, body: Vec::new() })
    }

    pub(crate) fn headers(&self, body: &[u8]) -> Option<Vec<(String, String)>> {
        let session = self.session.as_ref()?;
        let mac = wire::mac(&session.key, body).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut headers =
            vec![("authorization".to_owned(), format!("Quipu {}", session.token)), ("quipu-mac".to_owned(), mac)];
        if !body.is_empty() {
            headers.push(("content-type".to_owned(), "application/x-protobuf".to_owned()));
        }
        Some(headers)
    }

    pub(crate) fn fly(&mut self, kind: FlightKind, entropy: &Entropy) -> u64 {
        let order = self.flights.values().map(|flight| flight.order + 1).max().unwrap_or(1);
        if self.flights.len() >= FLIGHTS_MAX {
            let oldest = self.flights.iter().min_by_key(|(_, flight)| flight.order).map(|(&id, _)| id);
            oldest.and_then(|id| self.flights.remove(&id));
        }
        let id = entropy.id();
        self.flights.insert(id, Flight { kind, jitter: entropy.jitter(), order });
        id
    }

    fn synced(&mut self, cursor: u64, sent: &[u64], body: &[u8], now: Now, entropy: &Entropy) -> Result<Step> {
        let mut answer: wire::Synced = read("synced", body)?;
        self.renewed = false;
        self.complete(sent, &mut answer);
        let mut batch = Batch::default();
        let receipted = self.receive(sent, &answer, entropy.seed(), &mut batch);
        let mut moved = false;
        if answer.reading_refused != self.state.reading_refused {
            self.state.reading_refused.clone_from(&answer.reading_refused);
            batch.state = true;
        }
        if !answer.reading_refused.is_empty() {
            batch.notices.push(Message::new(&answer.reading_refused));
            // The next sync proves again who this is: an expired session reads afterwards, a revoked device does not.
            self.session = None;
        } else if cursor == self.state.cursor {
            if let Some(enrolment) = self.enrolment.as_mut().filter(|known| known.supervisor != answer.supervisor) {
                enrolment.supervisor.clone_from(&answer.supervisor);
                batch.put(crate::key::ENROLMENT.to_owned(), enrolment);
            }
            for change in &answer.changes {
                self.change(change, &mut batch);
            }
            // It goes back when the office's journal does: then everything is told anew.
            moved = answer.cursor != cursor;
            if moved {
                self.state.cursor = answer.cursor;
                batch.state = true;
            }
        }
        if receipted < sent.len() {
            // Something was not proved: try again later rather than at once.
            self.wait(entropy.jitter(), now, &mut batch);
        } else if self.state.attempts > 0 || self.state.retry_at_us != 0 {
            self.state.attempts = 0;
            self.state.retry_at_us = 0;
            batch.state = true;
        }
        let more_work = receipted > 0 && !self.outbox.is_empty();
        let more_changes = answer.more && moved;
        let request = match self.session.is_some() {
            true if more_work || more_changes => self.sync_request(entropy),
            true => self.form_request(entropy),
            false => None,
        };
        Ok(self.and_then_photos(batch, request, now))
    }

    /// Puts back into the changes what the office left out because this phone had sent it. What has a receipt since an
    /// earlier answer was told with that answer.
    fn complete(&self, sent: &[u64], answer: &mut wire::Synced) {
        for change in answer.changes.iter_mut().filter(|change| change.sent > 0) {
            let local = sent.get(change.sent as usize - 1);
            let operation = local.and_then(|local| event::Operation::read(&self.outbox.get(local)?.bytes).ok());
            change.body = operation.map(|operation| operation.body).unwrap_or_default();
        }
    }

    /// Ends a step; with nothing else to send it is a photo's turn.
    fn and_then_photos(&mut self, batch: Batch, request: Option<Request>, now: Now) -> Step {
        let wanted = if request.is_none() { self.wanted(now) } else { None };
        Step { wanted, ..batch.step(&mut self.state, request) }
    }
}

/// How long to wait after so many failures in a row, from 1: between half and all of a time that doubles.
pub(crate) fn wait_us(attempts: u32, jitter: u32) -> i64 {
    let wait_us = (WAIT_FIRST_US << (attempts - 1).min(20)).min(WAIT_MAX_US);
    wait_us / 2 + (wait_us / 2) * i64::from(jitter >> 8) / (1 << 24)
}

/// The time to sign, if the server refuses a session for its time.
fn stale(refusal: &[u8]) -> Option<i64> {
    let message: Message = types::json::read(refusal).ok()?;
    message.params.get("at_us").filter(|_| message.code == "auth/session-stale")?.parse().ok()
}

fn read<M: Protobuf + Default>(what: &'static str, body: &[u8]) -> Result<M> {
    M::decode(body).map_err(|source| Error::Answer(event::Error::Decode { what, source }))
}
