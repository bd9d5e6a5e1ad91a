//! The body of an event: the answers as given, with identifiers sealed.

use crate::{Attachment, Result, decode};

/// What only the query database, a look-up and the vault read. Fold never does.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Body {
    /// The answers in the form's native encoding, identifiers replaced by a mark.
    #[prost(bytes = "vec", tag = "1")]
    pub answers: Vec<u8>,
    /// An encoded [`crate::Envelope`] of the identifiers; empty when there are none.
    #[prost(bytes = "vec", tag = "2")]
    pub sealed: Vec<u8>,
    /// Photos and other files, sent apart.
    #[prost(message, repeated, tag = "3")]
    pub attachments: Vec<Attachment>,
    /// The submission exactly as an ODK client sent it; empty for native clients.
    #[prost(bytes = "vec", tag = "4")]
    pub original: Vec<u8>,
}

impl Body {
    /// Reads one from its encoding.
    pub fn read(bytes: &[u8]) -> Result<Body> {
        decode("body", bytes)
    }
}
