//! `Phone`: the device core for JavaScript.

use std::cell::RefCell;
use std::sync::Arc;

use device::{Device, Finished, Step};
use forms::definition::Kind;
use forms::{Form, Inputs, Instance};
use js_sys::{Array, Uint8Array};
use types::AreaId;
use wasm_bindgen::prelude::*;

use crate::convert::{self, device_error, entropy, now, read, records, write};
use crate::{input, kept, view};

type Js = Result<JsValue, JsValue>;

/// By form and version; `None` for one that cannot be read.
type Forms = Vec<((u32, u32), Option<Arc<Form>>)>;

/// A phone's store. See `API.md`.
#[wasm_bindgen]
pub struct Phone {
    device: Device,
    created: Option<Step>,
    /// Forms that open names, found without a look at their bytes.
    forms: RefCell<Forms>,
}

impl Phone {
    fn new(device: Device, created: Option<Step>) -> Phone {
        Phone { device, created, forms: RefCell::default() }
    }

    fn done(done: device::Result<(Step, Finished)>) -> Js {
        let (step, finished) = done.map_err(device_error)?;
        write(&view::Done { step: step.into(), finished: finished.into() })
    }

    fn compiled(&self, form: u32, version: u32) -> Option<Arc<Form>> {
        let bytes = self.device.form(form, version)?;
        let mut forms = self.forms.borrow_mut();
        if let Some((_, known)) = forms.iter().find(|(at, _)| *at == (form, version)) {
            return known.clone();
        }
        let read = kept::compiled(bytes).ok();
        forms.push(((form, version), read.clone()));
        read
    }

    fn names(&self, answers: &device::Answers) -> Vec<view::Name> {
        let Some(identifiers) = &answers.identifiers else { return Vec::new() };
        let opened = |(form, version): (u32, u32)| {
            let form = self.compiled(form, version)?;
            forms::identifiers_decode(&form, identifiers).ok()
        };
        let decoded = match answers.form {
            // A household's own listing does not say its form, but a form takes only what was filled with it.
            0 => self.device.forms().find_map(|known| opened((known.head.form, known.head.version))),
            form => opened((form, answers.version)),
        };
        let decoded = decoded.unwrap_or_default();
        decoded.into_iter().map(|(path, value)| view::Name { path, value }).collect()
    }

    /// The answer to the listing form's question for a point; `None` without one, or while it is sealed.
    fn point(&self, answers: &device::Answers) -> Option<String> {
        let form = self.compiled(answers.form, answers.version)?;
        let item = form.definition().items.iter().find(|item| item.kind == Kind::Geopoint)?;
        let inputs = Inputs::default();
        let instance = match &answers.identifiers {
            Some(identifiers) => Instance::from_split(form.clone(), &answers.answers, identifiers, &inputs),
            None => Instance::from_answers(form.clone(), &answers.answers, &inputs),
        };
        Some(instance.ok()?.value(&item.name).ok()?.text())
    }
}

#[wasm_bindgen]
impl Phone {
    /// A new store; store [`Phone::created`] before anything else.
    pub fn create(random: &[u8], #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue) -> Result<Phone, JsValue> {
        let (device, step) = Device::create(entropy(random)?, now(at)?);
        Ok(Phone::new(device, Some(step)))
    }

    /// What a new store begins with; nothing the second time.
    #[wasm_bindgen(unchecked_return_type = "Step")]
    pub fn created(&mut self) -> Js {
        convert::step(self.created.take().unwrap_or_default())
    }

    /// Opens a store from all its records.
    pub fn open(#[wasm_bindgen(unchecked_param_type = "StoreRecord[]")] stored: &Array) -> Result<Phone, JsValue> {
        Ok(Phone::new(Device::open(records(stored)?).map_err(device_error)?, None))
    }

    /// The generation of a stored `state` record; 0 without one.
    pub fn generation(#[wasm_bindgen(unchecked_param_type = "Uint8Array | undefined")] state: JsValue) -> f64 {
        let bytes = state.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec);
        device::generation(bytes.as_deref()) as f64
    }

    /// Opens names and drafts.
    pub fn unlock(&mut self, secret_working: &[u8]) -> Result<(), JsValue> {
        self.device.unlock(secret_working).map_err(device_error)
    }

    /// Names and drafts are closed.
    #[wasm_bindgen(getter)]
    pub fn locked(&self) -> bool {
        self.device.locked()
    }

    /// Asks for registration with an activation code.
    #[wasm_bindgen(unchecked_return_type = "Step")]
    pub fn enrol(&mut self, code: &str) -> Js {
        convert::step(self.device.enrol(code).map_err(device_error)?)
    }

    /// The next request to the server.
    #[wasm_bindgen(unchecked_return_type = "Step")]
    pub fn sync(&mut self, #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue, random: &[u8]) -> Js {
        convert::step(self.device.sync(now(at)?, entropy(random)?))
    }

    /// Takes an answer.
    #[wasm_bindgen(unchecked_return_type = "Step")]
    pub fn response(
        &mut self,
        request_id: f64,
        status: u16,
        body: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
        random: &[u8],
    ) -> Js {
        let step = self.device.response(request_id as u64, status, body, now(at)?, entropy(random)?);
        convert::step(step.map_err(device_error)?)
    }

    /// Sends the photo whose record a step wanted.
    #[wasm_bindgen(unchecked_return_type = "Step")]
    pub fn upload(
        &mut self,
        wanted: &str,
        blob: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
        random: &[u8],
    ) -> Js {
        convert::step(self.device.upload(wanted, blob, now(at)?, entropy(random)?))
    }

    /// Photos of finished work that have no receipt.
    pub fn photos(&self) -> u32 {
        self.device.photos()
    }

    /// No answer came.
    #[wasm_bindgen(unchecked_return_type = "Step")]
    pub fn failed(&mut self, request_id: f64, #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue) -> Js {
        convert::step(self.device.failed(request_id as u64, now(at)?))
    }

    /// When syncing is worth trying again by itself.
    #[wasm_bindgen(js_name = nextSyncUs)]
    pub fn next_sync_us(&self) -> f64 {
        self.device.next_sync_us() as f64
    }

    /// A dwelling was found, or is corrected.
    #[wasm_bindgen(js_name = listDwelling, unchecked_return_type = "Done")]
    pub fn list_dwelling(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "ListDwelling")] given: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
        random: &[u8],
    ) -> Js {
        let listing = read::<input::ListDwelling>("listDwelling", given)?.read()?;
        Phone::done(self.device.list_dwelling(&listing, now(at)?, entropy(random)?))
    }

    /// A household was found in a listed dwelling.
    #[wasm_bindgen(js_name = listHousehold, unchecked_return_type = "Done")]
    pub fn list_household(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "ListHousehold")] given: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
        random: &[u8],
    ) -> Js {
        let new = read::<input::ListHousehold>("listHousehold", given)?.into();
        Phone::done(self.device.list_household(&new, now(at)?, entropy(random)?))
    }

    /// Somebody went to the door.
    #[wasm_bindgen(js_name = recordVisit, unchecked_return_type = "Done")]
    pub fn record_visit(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "RecordVisit")] given: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
        random: &[u8],
    ) -> Js {
        let visit = read::<input::RecordVisit>("recordVisit", given)?.into();
        Phone::done(self.device.record_visit(&visit, now(at)?, entropy(random)?))
    }

    /// A form is finished.
    #[wasm_bindgen(unchecked_return_type = "Done")]
    pub fn submit(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Submit")] given: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
        random: &[u8],
    ) -> Js {
        let submission = read::<input::Submit>("submit", given)?.read()?;
        Phone::done(self.device.submit(&submission, now(at)?, entropy(random)?))
    }

    /// A supervisor sends a submission back.
    #[wasm_bindgen(js_name = returnSubmission, unchecked_return_type = "Done")]
    pub fn return_submission(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Review")] given: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
        random: &[u8],
    ) -> Js {
        let decision = read::<input::Review>("returnSubmission", given)?.into();
        Phone::done(self.device.return_(&decision, now(at)?, entropy(random)?))
    }

    /// A supervisor approves a submission.
    #[wasm_bindgen(unchecked_return_type = "Done")]
    pub fn approve(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Review")] given: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
        random: &[u8],
    ) -> Js {
        let decision = read::<input::Review>("approve", given)?.into();
        Phone::done(self.device.approve(&decision, now(at)?, entropy(random)?))
    }

    /// A supervisor makes a refusal or a non-contact final.
    #[wasm_bindgen(js_name = confirmNonresponse, unchecked_return_type = "Done")]
    pub fn confirm_nonresponse(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "ConfirmNonresponse")] given: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
        random: &[u8],
    ) -> Js {
        let (household, response) = read::<input::ConfirmNonresponse>("confirmNonresponse", given)?.read()?;
        Phone::done(self.device.confirm_nonresponse(household, response, now(at)?, entropy(random)?))
    }

    /// A household is part of another, or with `into` 0 one of its own after all.
    #[wasm_bindgen(js_name = mergeHousehold, unchecked_return_type = "Done")]
    pub fn merge_household(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "MergeHousehold")] given: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
        random: &[u8],
    ) -> Js {
        let (household, into) = read::<input::MergeHousehold>("mergeHousehold", given)?.read();
        Phone::done(self.device.merge_household(household, into, now(at)?, entropy(random)?))
    }

    /// Keeps an interview that is not finished.
    #[wasm_bindgen(js_name = saveDraft, unchecked_return_type = "Step")]
    pub fn save_draft(
        &mut self,
        key: &str,
        bytes: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Now")] at: JsValue,
    ) -> Js {
        convert::step(self.device.save_draft(key, bytes, now(at)?).map_err(device_error)?)
    }

    /// Reads a draft.
    pub fn draft(&self, key: &str) -> Result<Option<Vec<u8>>, JsValue> {
        self.device.draft(key).map_err(device_error)
    }

    /// Drafts by key.
    #[wasm_bindgen(unchecked_return_type = "Draft[]")]
    pub fn drafts(&self) -> Js {
        write(&self.device.drafts().into_iter().map(view::Draft::from).collect::<Vec<_>>())
    }

    /// Forgets a draft.
    #[wasm_bindgen(js_name = discardDraft, unchecked_return_type = "Step")]
    pub fn discard_draft(&mut self, key: &str) -> Js {
        convert::step(self.device.discard_draft(key))
    }

    /// Removes what reads; never unsent work.
    #[wasm_bindgen(unchecked_return_type = "Step")]
    pub fn wipe(&mut self) -> Js {
        convert::step(self.device.wipe())
    }

    /// Whose phone it is.
    #[wasm_bindgen(unchecked_return_type = "Enrolment | undefined")]
    pub fn enrolment(&self) -> Js {
        write(&self.device.enrolment().map(view::Enrolment::from))
    }

    /// Enumeration areas of this person.
    #[wasm_bindgen(unchecked_return_type = "Ea[]")]
    pub fn eas(&self) -> Js {
        write(&self.device.eas().into_iter().map(view::Ea::from).collect::<Vec<_>>())
    }

    /// An enumeration area with its dwellings.
    #[wasm_bindgen(unchecked_return_type = "Page | undefined")]
    pub fn page(&self, ea: u32) -> Js {
        let mut names = |answers: &device::Answers| self.names(answers);
        let dwelling = |view: device::DwellingView, names: &mut _| {
            let point = view.listing.as_ref().and_then(|listing| self.point(listing)).unwrap_or_default();
            view::Dwelling::new(view, point, names)
        };
        write(&self.device.page(AreaId(ea)).map(|page| view::Page {
            ea,
            lease: page.lease,
            next_building: page.next_building,
            dwellings: page.dwellings.into_iter().map(|d| dwelling(d, &mut names)).collect(),
        }))
    }

    /// What is left to do.
    #[wasm_bindgen(unchecked_return_type = "Todo")]
    pub fn todo(&self) -> Js {
        write(&view::Todo::from(self.device.todo()))
    }

    /// Finished work without a receipt.
    #[wasm_bindgen(unchecked_return_type = "Outbox")]
    pub fn outbox(&self) -> Js {
        write(&view::Outbox::from(self.device.outbox()))
    }

    /// A receipt by local number.
    #[wasm_bindgen(unchecked_return_type = "Receipt | undefined")]
    pub fn receipt(&self, number: f64) -> Js {
        write(&self.device.receipt(number as u64).map(view::Receipt::from))
    }

    /// Receipts, newest first.
    #[wasm_bindgen(unchecked_return_type = "Receipt[]")]
    pub fn receipts(&self) -> Js {
        write(&self.device.receipts().map(view::Receipt::from).collect::<Vec<_>>())
    }

    /// Form versions.
    #[wasm_bindgen(unchecked_return_type = "FormInfo[]")]
    pub fn forms(&self) -> Js {
        write(&self.device.forms().filter(|form| form.here).map(view::FormInfo::from).collect::<Vec<_>>())
    }

    /// A compiled form.
    pub fn form(&self, form: u32, version: u32) -> Option<Vec<u8>> {
        self.device.form(form, version).map(<[u8]>::to_vec)
    }

    /// Phases.
    #[wasm_bindgen(unchecked_return_type = "Phase[]")]
    pub fn phases(&self) -> Js {
        write(&self.device.phases().map(view::Phase::from).collect::<Vec<_>>())
    }

    /// What was written down about a dwelling.
    #[wasm_bindgen(unchecked_return_type = "Answers | undefined")]
    pub fn listing(&self, ea: u32, dwelling: u32) -> Js {
        write(&self.device.listing(AreaId(ea), dwelling).map(view::Answers::from))
    }

    /// What was submitted for a household.
    #[wasm_bindgen(unchecked_return_type = "Answers | undefined")]
    pub fn answers(&self, ea: u32, household: u32, form: u32) -> Js {
        write(&self.device.answers(AreaId(ea), household, form).map(view::Answers::from))
    }
}
