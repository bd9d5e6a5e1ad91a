//! Finishing: what a person did becomes a numbered, sealed operation in the outbox, and shows on the page at once.

use event::operation::{self, ConfirmNonresponse, ListDwelling, ListHousehold, RecordVisit, Review, Submit};
use event::{Act, Attachment, Body, Operation, Protobuf, seal};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use types::{AreaId, HouseholdKey, OperationId, Response};

use crate::core::Outgoing;
use crate::page::mark;
use crate::photo::{PHOTO_BYTES_MAX, Photo};
use crate::record::Sealed;
use crate::step::{Batch, Now, Step};
use crate::{Device, Error, Result, key};

mod input;
mod merge;

pub use input::*;

/// An operation that was made but not yet put anywhere.
struct Made {
    id: OperationId,
    bytes: Vec<u8>,
    /// Encrypted photos.
    blobs: Vec<Vec<u8>>,
    sealed: Option<Sealed>,
}

impl Device {
    /// A dwelling was found and described, or is corrected.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`], [`Error::NoDwelling`] for a correction of one not known, [`Error::NumbersUsedUp`],
    /// [`Error::TooLong`]. Nothing has changed then.
    pub fn list_dwelling(&mut self, listing: &Listing, now: Now, entropy: [u8; 32]) -> Result<(Step, Finished)> {
        let ea = listing.ea;
        let page = self.pages.get(&ea);
        let (dwelling_max, household_max) = page.map_or((0, 0), |p| (p.ea.dwelling_max, p.ea.household_max));
        let known = |number| {
            page.and_then(|p| p.dwellings.get(&number)).ok_or(Error::NoDwelling { ea: ea.0, dwelling: number })
        };
        let dwelling = listing.dwelling.unwrap_or(dwelling_max + 1);
        let mut households = match listing.dwelling {
            Some(number) => known(number)?.households.clone(),
            None => Vec::new(),
        };
        let missing = listing.households.saturating_sub(households.len() as u32);
        if dwelling > u32::from(u16::MAX) || household_max.saturating_add(missing) > u32::from(u16::MAX) {
            return Err(Error::NumbersUsedUp { ea: ea.0 });
        }
        households.extend(household_max + 1..=household_max + missing);
        let act = ListDwelling {
            dwelling,
            building: listing.building,
            kind: listing.kind,
            occupancy: listing.occupancy.code(),
            households: households.clone(),
            form_version: listing.version,
            form: u32::from(listing.form.0),
        };
        let form = (act.form, act.form_version);
        let made =
            self.make(ea, Act::ListDwelling(act.clone()), form, &listing.sheet, &listing.photos, now, entropy)?;
        let mut batch = Batch::default();
        let (id, local, sealed) = self.put_out(made, now, &mut batch);
        let page = self.page_mut(ea);
        page.list_dwelling(&act, sealed);
        if let Some(record) = page.dwellings.get_mut(&dwelling) {
            record.local = local;
        }
        self.store_dwelling(ea, dwelling, &mut batch);
        Ok((self.end(batch), Finished { number: local, operation: id, dwelling, households }))
    }

    /// A household was found in a listed dwelling.
    ///
    /// # Errors
    /// As [`Device::list_dwelling`].
    pub fn list_household(&mut self, new: &NewHousehold, now: Now, entropy: [u8; 32]) -> Result<(Step, Finished)> {
        let ea = new.ea;
        let page = self.pages.get(&ea);
        let unknown = Error::NoDwelling { ea: ea.0, dwelling: new.dwelling };
        let page = page.filter(|p| p.dwellings.contains_key(&new.dwelling)).ok_or(unknown)?;
        let household = page.ea.household_max + 1;
        if household > u32::from(u16::MAX) {
            return Err(Error::NumbersUsedUp { ea: ea.0 });
        }
        let act = ListHousehold { dwelling: new.dwelling, household, split_from: new.split_from };
        let made = self.make(
            ea,
            Act::ListHousehold(act.clone()),
            (u32::from(new.form.0), new.version),
            &new.sheet,
            &[],
            now,
            entropy,
        )?;
        let mut batch = Batch::default();
        let (id, local, sealed) = self.put_out(made, now, &mut batch);
        let page = self.page_mut(ea);
        page.list_household(&act, sealed);
        if let Some(record) = page.households.get_mut(&household) {
            record.local = local;
        }
        self.store_household(ea, household, &mut batch);
        let finished = Finished { number: local, operation: id, dwelling: new.dwelling, households: vec![household] };
        Ok((self.end(batch), finished))
    }

    /// Somebody went to the door.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`], [`Error::NoDwelling`], [`Error::NoHousehold`].
    pub fn record_visit(&mut self, visit: &Visit, now: Now, entropy: [u8; 32]) -> Result<(Step, Finished)> {
        let ea = visit.ea;
        let unknown = Error::NoDwelling { ea: ea.0, dwelling: visit.dwelling };
        let page = self.pages.get(&ea).filter(|p| p.dwellings.contains_key(&visit.dwelling)).ok_or(unknown)?;
        if visit.household != 0 && !page.households.contains_key(&visit.household) {
            return Err(Error::NoHousehold { ea: ea.0, household: visit.household });
        }
        let act = RecordVisit {
            dwelling: visit.dwelling,
            household: visit.household,
            outcome: visit.outcome,
            at_us: visit.at_us.unwrap_or(now.us),
        };
        let made = self.make(ea, Act::RecordVisit(act.clone()), (0, 0), &Sheet::default(), &[], now, entropy)?;
        let mut batch = Batch::default();
        let mark = mark(&operation::digest(&made.bytes));
        let (id, local, _) = self.put_out(made, now, &mut batch);
        self.page_mut(ea).record_visit(&act, mark);
        self.store_dwelling(ea, visit.dwelling, &mut batch);
        let households = if visit.household == 0 { vec![] } else { vec![visit.household] };
        Ok((self.end(batch), Finished { number: local, operation: id, dwelling: visit.dwelling, households }))
    }

    /// A form of a household is finished.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`], [`Error::NoHousehold`], [`Error::TooLong`]. The draft is still there then.
    pub fn submit(&mut self, submission: &Submission, now: Now, entropy: [u8; 32]) -> Result<(Step, Finished)> {
        let (ea, household) = (submission.ea, submission.household);
        let dwelling = self.dwelling_of(ea, household)?;
        let act = Submit {
            household,
            form: u32::from(submission.form.0),
            form_version: submission.version,
            phase: u32::from(submission.phase.0),
            source: submission.source.code(),
            outcome: submission.outcome.code(),
            started_us: submission.started_us,
            instance_id: String::new(),
            dwelling,
        };
        let form = (act.form, act.form_version);
        let made =
            self.make(ea, Act::Submit(act.clone()), form, &submission.sheet, &submission.photos, now, entropy)?;
        let mut batch = Batch::default();
        let mark = mark(&operation::digest(&made.bytes));
        let (id, local, sealed) = self.put_out(made, now, &mut batch);
        let page = self.page_mut(ea);
        page.submitted(household, act.outcome, act.source, mark);
        if let Some(record) = page.households.get_mut(&household) {
            record.local = local;
        }
        if let Some(sealed) = sealed {
            batch.put(key::case(ea, household, act.form), &sealed);
            page.cases.insert((household, act.form), sealed);
        }
        self.store_household(ea, household, &mut batch);
        Ok((self.end(batch), Finished { number: local, operation: id, dwelling, households: vec![household] }))
    }

    /// A supervisor sends a submission back.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`], [`Error::NoHousehold`].
    pub fn return_(&mut self, decision: &Decision, now: Now, entropy: [u8; 32]) -> Result<(Step, Finished)> {
        self.decide(decision, Act::Return(review(decision)), Response::Returned, now, entropy)
    }

    /// A supervisor approves a submission.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`], [`Error::NoHousehold`].
    pub fn approve(&mut self, decision: &Decision, now: Now, entropy: [u8; 32]) -> Result<(Step, Finished)> {
        self.decide(decision, Act::Approve(review(decision)), Response::Approved, now, entropy)
    }

    /// A supervisor makes a refusal ([`Response::RefusedFinal`]) or non-contact ([`Response::NonContactFinal`]) final.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`], [`Error::NoHousehold`].
    pub fn confirm_nonresponse(
        &mut self,
        household: HouseholdKey,
        response: Response,
        now: Now,
        entropy: [u8; 32],
    ) -> Result<(Step, Finished)> {
        let act = ConfirmNonresponse { household: u32::from(household.household), response: response.code() };
        let decision = Decision { household, ..Decision::default() };
        self.decide(&decision, Act::ConfirmNonresponse(act), response, now, entropy)
    }

    fn decide(
        &mut self,
        decision: &Decision,
        act: Act,
        response: Response,
        now: Now,
        entropy: [u8; 32],
    ) -> Result<(Step, Finished)> {
        let (ea, household) = (decision.household.ea, u32::from(decision.household.household));
        let dwelling = self.dwelling_of(ea, household)?;
        let made = self.make(ea, act, (0, 0), &Sheet::default(), &[], now, entropy)?;
        let mut batch = Batch::default();
        let (id, local, _) = self.put_out(made, now, &mut batch);
        if let Some(record) = self.page_mut(ea).households.get_mut(&household) {
            record.response = response.code();
            record.reason = decision.reason;
            record.marks.clone_from(&decision.marks);
            record.local = local;
        }
        self.store_household(ea, household, &mut batch);
        Ok((self.end(batch), Finished { number: local, operation: id, dwelling, households: vec![household] }))
    }

    fn dwelling_of(&self, ea: AreaId, household: u32) -> Result<u32> {
        let record = self.pages.get(&ea).and_then(|page| page.households.get(&household));
        record.map(|record| record.dwelling).ok_or(Error::NoHousehold { ea: ea.0, household })
    }

    /// Seals, encodes and measures; changes nothing.
    #[expect(clippy::too_many_arguments, reason = "one place puts an operation together")]
    fn make(
        &self,
        ea: AreaId,
        act: Act,
        (form, version): (u32, u32),
        sheet: &Sheet,
        photos: &[Photo],
        now: Now,
        entropy: [u8; 32],
    ) -> Result<Made> {
        let enrolment = self.enrolled_as()?;
        let census = enrolment.census.as_ref().ok_or(Error::NotEnrolled)?;
        let id = OperationId { origin: self.origin, number: self.state.next_operation };
        let (mut envelope, mut attachments, mut blobs) = (Vec::new(), Vec::new(), Vec::new());
        if !sheet.identifiers.is_empty() || !photos.is_empty() {
            let census_key = array(&census.census_key)?;
            // Without a working key only the vault opens the envelope: better than not sealing or not finishing.
            let working = enrolment.working.iter().find(|w| w.ea == ea.0).map_or(Ok(census_key), |w| array(&w.key))?;
            // One generator for everything sealed here: begun anew it would give the same keys again.
            let mut rng = ChaCha20Rng::from_seed(entropy);
            if !sheet.identifiers.is_empty() {
                let sealed = seal::seal(&sheet.identifiers, id, ea, &census_key, &working, &mut rng);
                envelope = sealed.map_err(Error::Seal)?.encode_to_vec();
            }
            for Photo { name, bytes } in photos {
                if bytes.len() > PHOTO_BYTES_MAX {
                    return Err(Error::PhotoTooLong { bytes: bytes.len(), max: PHOTO_BYTES_MAX });
                }
                let sealed = Attachment::seal(name, bytes, (id, ea), (&census_key, &working), &mut rng);
                let (attachment, blob) = sealed.map_err(Error::Seal)?;
                attachments.push(attachment);
                blobs.push(blob);
            }
        }
        let body = Body { answers: sheet.answers.clone(), sealed: envelope.clone(), attachments, original: Vec::new() };
        let operation = Operation {
            origin: id.origin.0.to_vec(),
            number: id.number,
            staff: enrolment.staff,
            area: ea.0,
            lease: self.pages.get(&ea).filter(|p| p.ea.holder == enrolment.staff).map_or(0, |p| p.ea.lease),
            sent_at_us: now.us,
            sent_offset_min: i32::from(now.offset_min),
            body: if body == Body::default() { Vec::new() } else { body.encode_to_vec() },
            census: census.id,
            act: Some(act),
        };
        let bytes = operation.encode_to_vec();
        if bytes.len() > Operation::BYTES_MAX {
            return Err(Error::TooLong { bytes: bytes.len(), max: Operation::BYTES_MAX });
        }
        let sealed = (!operation.body.is_empty()).then_some(Sealed {
            origin: operation.origin,
            number: id.number,
            envelope,
            answers: body.answers,
            form,
            version,
            offset: 0,
        });
        Ok(Made { id, bytes, blobs, sealed })
    }

    /// Gives the number away and puts the operation into the outbox. From here nothing may fail.
    fn put_out(&mut self, made: Made, now: Now, batch: &mut Batch) -> (OperationId, u64, Option<Sealed>) {
        let local = self.state.next_local;
        self.state.next_local += 1;
        self.state.next_operation += 1;
        #[cfg(feature = "plant")]
        if types::planted("give-a-number-twice") && self.state.next_operation == 5 {
            self.state.next_operation = 4;
        }
        batch.put_bytes(key::outbox(local), made.bytes.clone());
        let digest = operation::digest(&made.bytes);
        for blob in made.blobs {
            self.keep_photo(blob, batch);
        }
        self.outbox.insert(local, Outgoing { bytes: made.bytes, digest, made_us: now.us });
        (made.id, local, made.sealed)
    }

    /// Stores an enumeration area's marks, a dwelling and its households.
    pub(crate) fn store_dwelling(&self, ea: AreaId, dwelling: u32, batch: &mut Batch) {
        let Some(page) = self.pages.get(&ea) else { return };
        batch.put(key::ea(ea), &page.ea);
        if let Some(record) = page.dwellings.get(&dwelling) {
            batch.put(key::dwelling(ea, dwelling), record);
        }
        for (number, record) in page.households.iter().filter(|(_, h)| h.dwelling == dwelling) {
            batch.put(key::household(ea, *number), record);
        }
    }

    /// Stores an enumeration area's marks and a household.
    pub(crate) fn store_household(&self, ea: AreaId, household: u32, batch: &mut Batch) {
        let Some(page) = self.pages.get(&ea) else { return };
        batch.put(key::ea(ea), &page.ea);
        if let Some(record) = page.households.get(&household) {
            batch.put(key::household(ea, household), record);
        }
    }
}

fn review(decision: &Decision) -> Review {
    Review {
        household: u32::from(decision.household.household),
        form: u32::from(decision.form.0),
        phase: u32::from(decision.phase.0),
        reason: decision.reason,
        marks: decision.marks.clone(),
        submission: decision.submission,
    }
}

fn array(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Error::Seal(event::Error::Field { what: "public key", field: "length" }))
}
