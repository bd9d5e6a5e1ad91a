//! Operations and journal events: what people do, what happened, and how both are written down.
//!
//! Every format here is permanent. Messages are Protocol Buffers: a field's number is never reused, a reader skips what
//! it does not know, and bytes once signed or hashed are kept and compared as bytes, never re-encoded.
//!
//! Left out: where events are kept (`journal`), what they mean (`fold`), who may send them (`api`). No clock, disk,
//! network or randomness: keys, nonces and times come from the caller. Start at [`operation`], then [`head`], [`frame`].

pub mod attachment;
pub mod body;
pub mod cipher;
pub mod frame;
pub mod head;
pub mod letter;
pub mod merkle;
pub mod operation;
pub mod receipt;
pub mod seal;
pub mod sign;
pub mod wire;

pub use attachment::Attachment;
pub use body::Body;
pub use frame::{Frame, FrameHeader, Record};
pub use head::{Fact, Head};
pub use operation::{Act, Operation};
pub use receipt::{HeldReceipt, Receipt};
pub use seal::Envelope;

pub use prost::Message as Protobuf;

/// A blake3 hash of 32 bytes.
pub type Digest = [u8; 32];

/// What can be wrong with bytes that arrive.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are no message of this kind.
    #[error("cannot decode {what}")]
    Decode {
        /// Which message was expected.
        what: &'static str,
        /// What the decoder says.
        source: prost::DecodeError,
    },
    /// A field is missing, of the wrong length or out of range.
    #[error("{what}: field `{field}` is missing or out of range")]
    Field {
        /// Which message.
        what: &'static str,
        /// Which field.
        field: &'static str,
    },
    /// A signature, tag or proof does not fit what it covers.
    #[error("{what} does not verify")]
    Unverified {
        /// What was being verified.
        what: &'static str,
    },
    /// The suite or version is newer than this program.
    #[error("{what} uses version {version}, which this program does not know; update it")]
    Version {
        /// Which message.
        what: &'static str,
        /// The version found.
        version: u32,
    },
}

/// The result of reading bytes that may be wrong.
pub type Result<T> = std::result::Result<T, Error>;

pub(crate) fn decode<M: prost::Message + Default>(what: &'static str, bytes: &[u8]) -> Result<M> {
    M::decode(bytes).map_err(|source| Error::Decode { what, source })
}
