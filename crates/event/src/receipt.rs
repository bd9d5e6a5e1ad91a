//! A receipt: proof that an operation is in the journal. The frame's signed header and the path from the event to its
//! root. Made from the journal alone, so the same operation gets the same bytes whenever it asks.

use std::fmt;
use std::str::FromStr;

use types::{OperationId, Origin};

use crate::frame::FrameHeader;
use crate::{Digest, Error, Protobuf, Result, decode, merkle};

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
        self.frame_of(operation)
    }

    /// As [`Receipt::verify`], without the signature: all that can be checked where the node's key is not known.
    pub fn frame_of(&self, operation: &Digest) -> Result<FrameHeader> {
        let header = FrameHeader::read(&self.frame)?;
        let event =
            Digest::try_from(self.event.as_slice()).map_err(|_| Error::Field { what: "receipt", field: "event" })?;
        let root = merkle::root_from(merkle::leaf(operation, &event), self.index, header.count, &self.path);
        if root == Some(header.root) { Ok(header) } else { Err(Error::Unverified { what: "receipt" }) }
    }
}

/// A receipt as who holds it hands it on: with the name of the operation and the digest of its bytes, which may be gone.
///
/// As text it is one line: `origin/number digest receipt`, all but the number in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldReceipt {
    /// The operation's permanent name.
    pub operation: OperationId,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The proof.
    pub receipt: Receipt,
}

impl fmt::Display for HeldReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        write!(f, "{} {} {}", self.operation, hex(&self.digest), hex(&self.receipt.encode_to_vec()))
    }
}

impl FromStr for HeldReceipt {
    type Err = Error;

    fn from_str(line: &str) -> Result<HeldReceipt> {
        let wrong = |field| Error::Field { what: "held receipt", field };
        let mut parts = line.split_ascii_whitespace();
        let (origin, number) = parts.next().and_then(|id| id.split_once('/')).ok_or(wrong("operation"))?;
        let origin = bytes(origin).and_then(|bytes| Origin::from_slice(&bytes)).ok_or(wrong("operation"))?;
        let number = number.parse().map_err(|_| wrong("operation"))?;
        let digest = parts.next().and_then(bytes).and_then(|bytes| bytes.try_into().ok()).ok_or(wrong("digest"))?;
        let receipt = parts.next().and_then(bytes).ok_or(wrong("receipt"))?;
        match parts.next() {
            Some(_) => Err(wrong("end")),
            None => {
                Ok(HeldReceipt { operation: OperationId { origin, number }, digest, receipt: Receipt::read(&receipt)? })
            }
        }
    }
}

/// The bytes of hexadecimal digits.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pair = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    hex.len().is_multiple_of(2).then(|| (0..hex.len()).step_by(2).map(pair).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_receipt_is_one_line_and_reads_back() {
        let receipt = Receipt { frame: vec![1, 2], index: 3, path: vec![0xab; 32], event: vec![7; 32] };
        let operation = OperationId { origin: Origin([0xc; 16]), number: 12 };
        let held = HeldReceipt { operation, digest: [9; 32], receipt };
        let line = held.to_string();
        assert_eq!(line.parse::<HeldReceipt>().unwrap(), held);
        for wrong in ["", "x/1 00 00", &line[1..], &line[..line.len() - 1], &format!("{line} 00"), "é/1"] {
            assert!(wrong.parse::<HeldReceipt>().is_err(), "{wrong}");
        }
    }
}
