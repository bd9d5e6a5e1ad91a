//! Enrolment: an activation code becomes a registered device with the keys it needs.

use event::{Protobuf, letter, wire};

use crate::core::{Outgoing, Reading};
use crate::record::{Enrolment, WorkingPublic};
use crate::step::{Batch, Now, Request, Step};
use crate::sync::Flight;
use crate::{Device, Error, Result, key};

impl Device {
    /// Asks the office to register this device with the code of an activation letter. The code stays on the phone.
    /// The same code again sends the same request.
    ///
    /// # Errors
    /// [`Error::CodeMistyped`]; [`Error::AlreadyEnrolled`]; [`Error::Locked`], since the keys the letter brings could
    /// not be kept.
    pub fn enrol(&mut self, code: &str) -> Result<Step> {
        if self.enrolment.is_some() {
            return Err(Error::AlreadyEnrolled);
        }
        self.ask(code)
    }

    /// Enrols with another office of the same census: the servers were lost with all they held, and the census was set up
    /// again with its old number and keys. Once that office has answered, all work with a receipt of the lost one is
    /// finished work again, to be sent byte for byte as it was; its receipt stays until there is a new one.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`]; as [`Device::enrol`]. An answer of the same office, for another person or of another census
    /// is [`Error::AlreadyEnrolled`], and nothing changes.
    pub fn enrol_again(&mut self, code: &str) -> Result<Step> {
        self.enrolled_as()?;
        self.ask(code)
    }

    fn ask(&mut self, code: &str) -> Result<Step> {
        let random = letter::read_code(code).map_err(Error::CodeMistyped)?;
        if self.reading.is_none() {
            return Err(Error::Locked);
        }
        self.enrolling = Some(random);
        let lookup = letter::lookup(&random);
        let body = wire::Enrol {
            lookup: lookup.to_vec(),
            signing_key: self.signing_key.public().to_vec(),
            signature: self.signing_key.sign("enrol", &lookup).to_vec(),
        };
        let id = self.next_enrol_request;
        self.next_enrol_request += 1;
        self.flights.insert(id, Flight::enrol());
        let headers = vec![("content-type".to_owned(), "application/x-protobuf".to_owned())];
        let request = Request { id, method: "POST", path: "/v1/enrol".to_owned(), headers, body: body.encode_to_vec() };
        Ok(Batch::default().step(&mut self.state, Some(request)))
    }

    /// Takes the office's answer to [`Device::enrol`]. [`Device::response`] calls this.
    ///
    /// # Errors
    /// [`Error::EnrolRefused`] for any status but 200; [`Error::Answer`] when the answer cannot be read or its keys do
    /// not open with the code.
    pub fn enrolled(&mut self, status: u16, body: &[u8], _now: Now) -> Result<Step> {
        let Some(random) = self.enrolling else { return Ok(Step::default()) };
        if status != 200 {
            return Err(Error::EnrolRefused { status });
        }
        let decoded = wire::Enrolled::decode(body);
        let answer = decoded.map_err(|source| Error::Answer(event::Error::Decode { what: "enrolled", source }))?;
        let field = |field| Error::Answer(event::Error::Field { what: "enrolled", field });
        let census = answer.census.ok_or_else(|| field("census"))?;
        if census.census_key.len() != 32 {
            return Err(field("census_key"));
        }
        if answer.node_key.len() != 32 {
            return Err(field("node_key"));
        }
        let again = self.enrolment.as_ref().map(|before| {
            let same = |old: &event::head::CensusDefined| (old.id, &old.census_key) == (census.id, &census.census_key);
            before.staff == answer.staff
                && before.node_key != answer.node_key
                && before.census.as_ref().is_some_and(same)
        });
        if again == Some(false) {
            return Err(Error::AlreadyEnrolled);
        }
        let keys = match answer.wrapped_keys.as_slice() {
            [] => Vec::new(),
            wrapped => letter::unwrap(&random, wrapped).map_err(Error::Answer)?,
        };
        let reading: &mut Reading = self.reading.as_mut().ok_or(Error::Locked)?;
        let public =
            |(ea, k): &(types::AreaId, event::seal::OpeningKey)| WorkingPublic { ea: ea.0, key: k.public().to_vec() };
        let enrolment = Enrolment {
            device: answer.device,
            staff: answer.staff,
            staff_name: answer.staff_name,
            role: answer.role,
            node_key: answer.node_key,
            census: Some(census),
            working: keys.iter().map(public).collect(),
            supervisor: None,
        };
        keys.into_iter().for_each(|(ea, key)| reading.working.insert(ea, key));
        self.enrolling = None;
        let mut batch = Batch::default();
        batch.put(key::ENROLMENT.to_owned(), &enrolment);
        batch.put(key::SECRET_WORKING.to_owned(), &self.secret_working().unwrap_or_default());
        self.enrolment = Some(enrolment);
        if again.is_some() {
            self.send_again(&mut batch)?;
        }
        Ok(self.end(batch))
    }

    /// Everything the lost office had is finished work again, and what it told is forgotten.
    fn send_again(&mut self, batch: &mut Batch) -> Result<()> {
        for (local, bytes) in std::mem::take(&mut self.sent) {
            batch.delete(key::sent(local));
            batch.put_bytes(key::outbox(local), bytes.clone());
            let record = |source| Error::Record { key: key::outbox(local), source };
            self.outbox.insert(local, Outgoing::new(bytes).map_err(record)?);
        }
        self.session = None;
        self.state.reading_refused.clear();
        (self.state.attempts, self.state.retry_at_us) = (0, 0);
        self.forget_changes(batch);
        Ok(())
    }

    /// Whose phone it is: (device, staff). `None` before enrolment.
    pub fn enrolment(&self) -> Option<EnrolmentView<'_>> {
        let enrolment = self.enrolment.as_ref()?;
        Some(EnrolmentView {
            device: enrolment.device,
            staff: enrolment.staff,
            staff_name: &enrolment.staff_name,
            role: types::Role::from_code(enrolment.role),
            census: enrolment.census.as_ref()?,
            supervisor: enrolment.supervisor.as_ref(),
        })
    }
}

/// Whose phone it is, and for which census.
#[derive(Clone, Copy, Debug)]
pub struct EnrolmentView<'a> {
    /// The device's permanent id.
    pub device: u32,
    /// Whose.
    pub staff: u32,
    /// How colleagues see them.
    pub staff_name: &'a str,
    /// What they may do.
    pub role: types::Role,
    /// The census.
    pub census: &'a event::head::CensusDefined,
    /// Whom to call; `None` until the office has said.
    pub supervisor: Option<&'a event::wire::Contact>,
}
