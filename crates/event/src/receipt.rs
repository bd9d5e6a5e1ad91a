//! A receipt: proof that an operation is in the journal. The frame's signed header and the path from the event to its
//! root. Made from the journal alone, so the same operation gets the same bytes whenever it asks.

use crate::frame::FrameHeader;
use crate::{Digest, Error, Result, decode, merkle};

/// Proof that one operation is in the journal.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Receipt {
    /// An encoded [`FrameHeader`].
    #[prost(bytes = "vec", tag = "1")]
    pub frame: Vec<u8>,
    /// Which event of the frame, from 0.
    #[prost(uint32, tag = "2")]
    pub index: u32,
    /// Siblings from the leaf to the root, 32 bytes each.
    #[prost(bytes = "vec", tag = "3")]
    pub path: Vec<u8>,
    /// The digest of the event as journaled.
    #[prost(bytes = "vec", tag = "4")]
    pub event: Vec<u8>,
}

impl Receipt {
    /// The receipt of event `index` of a frame.
    pub fn new(header: &FrameHeader, tree: &merkle::Tree, index: usize, event: Digest) -> Receipt {
        Receipt {
            frame: header.to_bytes().to_vec(),
            index: index as u32,
            path: tree.path(index),
            event: event.to_vec(),
        }
    }

    /// Reads one from its encoding.
    pub fn read(bytes: &[u8]) -> Result<Receipt> {
        decode("receipt", bytes)
    }

    /// Checks that it proves the operation whose bytes have this digest, signed by `node_key`. Returns the frame.
    pub fn verify(&self, operation: &Digest, node_key: &[u8]) -> Result<FrameHeader> {
        let header = FrameHeader::read(&self.frame)?;
        #[cfg(feature = "plant")]
        if types::planted("accept-a-bad-receipt") {
            return Ok(header);
        }
        header.verify(node_key)?;
        let event =
            Digest::try_from(self.event.as_slice()).map_err(|_| Error::Field { what: "receipt", field: "event" })?;
        let root = merkle::root_from(merkle::leaf(operation, &event), self.index, header.count, &self.path);
        if root == Some(header.root) { Ok(header) } else { Err(Error::Unverified { what: "receipt" }) }
    }
}
