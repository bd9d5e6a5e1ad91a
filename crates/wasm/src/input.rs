//! What the app hands in for field work.

use serde::Deserialize;
use tsify::Tsify;
use types::{AreaId, FormId, HouseholdKey, Occupancy, Outcome, PhaseId, Response, Source};
use wasm_bindgen::JsValue;

use crate::convert::{Bytes, argument};

/// A finished form's halves; the facts beside them are for the app to look at.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Split {
    pub answers: Bytes,
    pub identifiers: Bytes,
}

impl From<Split> for device::Sheet {
    fn from(split: Split) -> device::Sheet {
        device::Sheet::new(split.answers.0, split.identifiers.0)
    }
}

#[derive(Deserialize, Tsify)]
pub struct Photo {
    name: String,
    bytes: Bytes,
}

fn photos(given: Vec<Photo>) -> Vec<device::Photo> {
    given.into_iter().map(|photo| device::Photo { name: photo.name, bytes: photo.bytes.0 }).collect()
}

fn code<T>(what: &str, code: u32, read: impl Fn(u32) -> Option<T>) -> Result<T, JsValue> {
    read(code).ok_or_else(|| argument(what, "no such code"))
}

#[derive(Deserialize, Tsify)]
pub struct ListDwelling {
    ea: u32,
    /// Correct this one.
    #[tsify(optional)]
    dwelling: Option<u32>,
    #[serde(default)]
    building: u32,
    #[serde(default)]
    kind: u32,
    occupancy: u32,
    /// How many live here.
    #[serde(default)]
    households: u32,
    #[serde(default)]
    form: u16,
    #[serde(default)]
    version: u32,
    #[serde(default)]
    #[tsify(type = "Split")]
    split: Split,
    #[serde(default)]
    photos: Vec<Photo>,
}

impl ListDwelling {
    pub fn read(self) -> Result<device::Listing, JsValue> {
        Ok(device::Listing {
            ea: AreaId(self.ea),
            dwelling: self.dwelling,
            building: self.building,
            kind: self.kind,
            occupancy: code("occupancy", self.occupancy, Occupancy::from_code)?,
            households: self.households,
            form: FormId(self.form),
            version: self.version,
            sheet: self.split.into(),
            photos: photos(self.photos),
        })
    }
}

#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ListHousehold {
    ea: u32,
    dwelling: u32,
    #[serde(default)]
    split_from: u32,
    #[serde(default)]
    #[tsify(type = "Split")]
    split: Split,
    #[serde(default)]
    form: u16,
    #[serde(default)]
    version: u32,
}

impl From<ListHousehold> for device::NewHousehold {
    fn from(given: ListHousehold) -> device::NewHousehold {
        device::NewHousehold {
            ea: AreaId(given.ea),
            dwelling: given.dwelling,
            split_from: given.split_from,
            form: FormId(given.form),
            version: given.version,
            sheet: given.split.into(),
        }
    }
}

#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RecordVisit {
    ea: u32,
    dwelling: u32,
    #[serde(default)]
    household: u32,
    outcome: u32,
    #[tsify(optional)]
    at_us: Option<f64>,
}

impl From<RecordVisit> for device::Visit {
    fn from(given: RecordVisit) -> device::Visit {
        device::Visit {
            ea: AreaId(given.ea),
            dwelling: given.dwelling,
            household: given.household,
            outcome: given.outcome,
            at_us: given.at_us.map(|us| us as i64),
        }
    }
}

#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Submit {
    ea: u32,
    household: u32,
    form: u16,
    version: u32,
    phase: u16,
    source: u32,
    started_us: f64,
    outcome: u32,
    #[tsify(type = "Split")]
    split: Split,
    #[serde(default)]
    photos: Vec<Photo>,
}

impl Submit {
    pub fn read(self) -> Result<device::Submission, JsValue> {
        Ok(device::Submission {
            ea: AreaId(self.ea),
            household: self.household,
            form: FormId(self.form),
            version: self.version,
            phase: PhaseId(self.phase),
            source: code("source", self.source, Source::from_code)?,
            started_us: self.started_us as i64,
            outcome: code("outcome", self.outcome, Outcome::from_code)?,
            sheet: self.split.into(),
            photos: photos(self.photos),
        })
    }
}

#[derive(Deserialize, Tsify)]
pub struct Review {
    ea: u32,
    household: u16,
    form: u16,
    phase: u16,
    #[serde(default)]
    reason: u32,
    /// Its journal offset.
    #[serde(default)]
    submission: f64,
    /// Paths of questions.
    #[serde(default)]
    marks: Vec<String>,
}

#[derive(Deserialize, Tsify)]
pub struct ConfirmNonresponse {
    ea: u32,
    household: u16,
    /// 7 refused, 8 nobody met: final.
    response: u32,
}

impl ConfirmNonresponse {
    pub fn read(self) -> Result<(HouseholdKey, Response), JsValue> {
        let household = HouseholdKey { ea: AreaId(self.ea), household: self.household };
        Ok((household, code("response", self.response, Response::from_code)?))
    }
}

#[derive(Deserialize, Tsify)]
pub struct MergeHousehold {
    ea: u32,
    household: u16,
    /// 0: one of its own after all.
    into: u16,
}

impl MergeHousehold {
    pub fn read(self) -> (HouseholdKey, u16) {
        (HouseholdKey { ea: AreaId(self.ea), household: self.household }, self.into)
    }
}

impl From<Review> for device::Decision {
    fn from(given: Review) -> device::Decision {
        device::Decision {
            household: HouseholdKey { ea: AreaId(given.ea), household: given.household },
            form: FormId(given.form),
            phase: PhaseId(given.phase),
            reason: given.reason,
            marks: given.marks,
            submission: given.submission as u64,
        }
    }
}
