//! Names of stored records.
//!
//! | key | what | holds a name in clear |
//! | --- | --- | --- |
//! | `state` | generation, origin, next numbers, cursor | no |
//! | `secret/device` | the signing key: sends | wrap it |
//! | `secret/working` | working keys and the key of drafts: reads | wrap it with the PIN |
//! | `enrolment` | who, which census, public keys | staff name |
//! | `outbox/…`, `receipt/…` | finished work by local number, and the proof that it arrived | no, sealed |
//! | `sent/…` | finished work that arrived, kept should the office lose it | no, sealed |
//! | `photo/…`, `blob/…` | photos without a receipt, and their encrypted bytes by blake3 | no |
//! | `draft/…` | interviews begun, encrypted | no |
//! | `area/…`, `ea/…`, `form/…`, `phase/…` | what changes brought | no, sealed |

use types::AreaId;

pub(crate) const STATE: &str = "state";
pub(crate) const SECRET_DEVICE: &str = "secret/device";
pub(crate) const SECRET_WORKING: &str = "secret/working";
pub(crate) const ENROLMENT: &str = "enrolment";

pub(crate) fn outbox(number: u64) -> String {
    format!("outbox/{number:010}")
}

pub(crate) fn sent(number: u64) -> String {
    format!("sent/{number:010}")
}

pub(crate) fn receipt(number: u64) -> String {
    format!("receipt/{number:010}")
}

pub(crate) fn draft(key: &str) -> String {
    format!("draft/{key}")
}

pub(crate) fn photo(name: &str) -> String {
    format!("photo/{name}")
}

pub(crate) fn blob(name: &str) -> String {
    format!("blob/{name}")
}

pub(crate) fn area(area: u32) -> String {
    format!("area/{area:010}")
}

pub(crate) fn ea(ea: AreaId) -> String {
    format!("ea/{:010}", ea.0)
}

pub(crate) fn dwelling(ea: AreaId, dwelling: u32) -> String {
    format!("ea/{:010}/d{dwelling:05}", ea.0)
}

pub(crate) fn household(ea: AreaId, household: u32) -> String {
    format!("ea/{:010}/h{household:05}", ea.0)
}

pub(crate) fn case(ea: AreaId, household: u32, form: u32) -> String {
    format!("ea/{:010}/h{household:05}/f{form:05}", ea.0)
}

pub(crate) fn form(form: u32, version: u32) -> String {
    format!("form/{form:05}/{version:05}")
}

pub(crate) fn phase(phase: u32) -> String {
    format!("phase/{phase:05}")
}
