//! Which number and version a form gets when it is published.

use types::FormId;

use super::{OfficeEvent, publish_form};
use crate::error::{Error, Result};
use crate::node::Node;

/// Purpose of a form: listing.
pub const LISTING: u32 = 1;
/// Purpose of a form: households.
pub const HOUSEHOLD: u32 = 2;
/// Purpose of a form: institutions, at doors listed as collective quarters.
pub const INSTITUTION: u32 = 3;
/// Purpose of a form: places where people without a dwelling spend the night, at doors listed as no housing.
pub const OUTDOOR: u32 = 4;

/// A form's place in a census.
pub struct Publication {
    /// Its permanent number.
    pub form: FormId,
    /// Its version, from 1.
    pub version: u32,
    /// What publishes it; `None` when this very version is published already.
    pub event: Option<OfficeEvent>,
}

/// A form is known by its workbook's form_id: a known one gets the next version, unless it is the last version again. A
/// new one gets the next number and needs a purpose ([`LISTING`], [`HOUSEHOLD`], [`INSTITUTION`] or [`OUTDOOR`]).
///
/// # Errors
/// [`Error::Refused`] for a new form without a purpose, or a known one with another than before; [`Error::Journal`] and
/// [`Error::Body`] when the last version cannot be read.
pub fn publication(node: &Node, compiled: &forms::Form, purpose: Option<u32>) -> Result<Publication> {
    let (last, numbers) = {
        let store = node.store();
        let same = store.forms().iter().filter(|form| form.name == compiled.id());
        let last = same.max_by_key(|form| form.version).cloned();
        (last, store.forms().iter().map(|form| form.form.0).max().unwrap_or(0))
    };
    let refused = |what: String| Err(Error::Refused { what });
    let Some(last) = last else {
        let Some(purpose) = purpose else {
            let kinds = "`--kind listing`, `household`, `institution` or `outdoor`";
            return refused(format!("form `{}` is new: say {kinds}", compiled.id()));
        };
        let Some(number) = numbers.checked_add(1) else { return refused("there are too many forms".into()) };
        let (form, version) = (FormId(number), 1);
        return Ok(Publication { form, version, event: Some(publish_form(form, version, purpose, compiled)) });
    };
    if purpose.is_some_and(|purpose| purpose != last.purpose) {
        return refused(format!("form `{}` was published for another purpose; leave `--kind` out", compiled.id()));
    }
    if node.body(last.offset)? == compiled.to_bytes() {
        return Ok(Publication { form: last.form, version: last.version, event: None });
    }
    let version = last.version + 1;
    Ok(Publication { form: last.form, version, event: Some(publish_form(last.form, version, last.purpose, compiled)) })
}

/// Keeps a file of a form where phones fetch it from; gives the digest to list it by. Keeping it again changes nothing.
///
/// # Errors
/// [`Error::Refused`] when it is too large or cannot be written.
pub fn keep_file(node: &Node, name: &str, bytes: &[u8]) -> Result<String> {
    let digest = blake3::hash(bytes);
    let kept = node.put_blob(digest.as_bytes(), bytes);
    kept.map_err(|error| Error::Refused { what: format!("the file `{name}` cannot be kept: {error}") })?;
    Ok(digest.to_hex().to_string())
}
