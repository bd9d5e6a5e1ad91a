//! A journal batch: the unit that is appended, flushed, chained and signed.
//!
//! A frame's header is 162 bytes, little endian, fixed: magic `QF01`, cell, epoch, first offset, count, time, previous
//! hash, Merkle root, key id, signature. The chain hash covers the header up to the signature.

use std::sync::Arc;

use types::{CellId, Offset, Time};

use crate::head::Head;
use crate::sign::{self, PrivateKey};
use crate::{Digest, Error, Result, merkle};

/// One event as written: head and body bytes, never re-encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// An encoded [`Head`].
    pub head: Vec<u8>,
    /// The body's ciphertext; empty when the event is all head.
    pub body: Vec<u8>,
}

impl Record {
    /// The digest of the event: over the lengths and bytes of head and body.
    pub fn digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(self.head.len() as u32).to_le_bytes());
        hasher.update(&(self.body.len() as u32).to_le_bytes());
        hasher.update(&self.head);
        hasher.update(&self.body);
        *hasher.finalize().as_bytes()
    }

    /// The Merkle leaf of this record, whose operation's bytes had this digest (zeros without an operation).
    pub fn leaf(&self, operation: &Digest) -> Digest {
        merkle::leaf(operation, &self.digest())
    }

    /// The digest of the operation that caused it as its head tells; zeros without one.
    pub fn operation_digest(&self) -> Result<Digest> {
        Ok(Digest::try_from(Head::read(&self.head)?.digest.as_slice()).unwrap_or_default())
    }
}

/// What a frame says about its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Whose journal.
    pub cell: CellId,
    /// The ownership of the cell, from 1; a takeover begins a new one.
    pub epoch: u32,
    /// The offset of the first event.
    pub first_offset: Offset,
    /// How many events, from 1.
    pub count: u32,
    /// When it was appended: the cell's own time, which never runs backwards.
    pub time: Time,
    /// The hash of the frame before it; zeros for the first.
    pub previous: Digest,
    /// The Merkle root of its events.
    pub root: Digest,
    /// Which of the node's keys signed: the first 4 bytes of blake3 of the public key.
    pub key_id: u32,
    /// Ed25519 over the bytes before it.
    pub signature: [u8; 64],
}

impl FrameHeader {
    /// Length of an encoded header, bytes.
    pub const BYTES: usize = 4 + 2 + 4 + 8 + 4 + 8 + 32 + 32 + 4 + 64;
    const SIGNED_BYTES: usize = Self::BYTES - 64;
    const MAGIC: &[u8; 4] = b"QF01";

    /// The encoding.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let mut at = 0;
        let mut put = |field: &[u8]| {
            bytes[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        };
        put(Self::MAGIC);
        put(&self.cell.0.to_le_bytes());
        put(&self.epoch.to_le_bytes());
        put(&self.first_offset.to_le_bytes());
        put(&self.count.to_le_bytes());
        put(&self.time.0.to_le_bytes());
        put(&self.previous);
        put(&self.root);
        put(&self.key_id.to_le_bytes());
        put(&self.signature);
        bytes
    }

    /// Reads an encoding.
    pub fn read(bytes: &[u8]) -> Result<FrameHeader> {
        let wrong = |field| Error::Field { what: "frame header", field };
        if bytes.len() != Self::BYTES {
            return Err(wrong("length"));
        }
        if &bytes[..4] != Self::MAGIC {
            return Err(wrong("magic"));
        }
        fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
            let (field, after) = rest.split_first_chunk::<N>().expect("the length was checked");
            *rest = after;
            *field
        }
        let rest = &mut &bytes[4..];
        let header = FrameHeader {
            cell: CellId(u16::from_le_bytes(take(rest))),
            epoch: u32::from_le_bytes(take(rest)),
            first_offset: u64::from_le_bytes(take(rest)),
            count: u32::from_le_bytes(take(rest)),
            time: Time(i64::from_le_bytes(take(rest))),
            previous: take(rest),
            root: take(rest),
            key_id: u32::from_le_bytes(take(rest)),
            signature: take(rest),
        };
        if header.count == 0 { Err(wrong("count")) } else { Ok(header) }
    }

    /// The chain hash: what the next frame carries as `previous`.
    pub fn hash(&self) -> Digest {
        *blake3::hash(&self.to_bytes()[..Self::SIGNED_BYTES]).as_bytes()
    }

    /// Checks the node's signature.
    pub fn verify(&self, public: &[u8]) -> Result<()> {
        sign::verify(public, "frame", &self.to_bytes()[..Self::SIGNED_BYTES], &self.signature)
    }
}

/// A batch of events with its header. Records are shared: the journal writes them while others still read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it says about its events.
    pub header: FrameHeader,
    /// The events, in order of offset.
    pub records: Arc<[Record]>,
}

/// Where the next frame goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tip {
    /// The next offset.
    pub next_offset: Offset,
    /// The hash of the last frame; zeros before the first.
    pub hash: Digest,
    /// The time of the last frame.
    pub time: Time,
    /// The epoch of the last frame; 0 before the first.
    pub epoch: u32,
}

/// The id of a node's public key, as frames carry it.
pub fn key_id(public: &[u8; 32]) -> u32 {
    u32::from_le_bytes(blake3::hash(public).as_bytes()[..4].try_into().expect("4 of 32 bytes"))
}

impl Frame {
    /// Seals a batch. `operations` are the digests of the operations' bytes (zeros without one), one a record.
    pub fn seal(
        cell: CellId,
        epoch: u32,
        tip: &Tip,
        now: Time,
        records: Vec<Record>,
        operations: &[Digest],
        key: &PrivateKey,
    ) -> (Frame, merkle::Tree) {
        assert_eq!(records.len(), operations.len(), "one operation digest a record");
        let leaves = records.iter().zip(operations).map(|(record, operation)| record.leaf(operation)).collect();
        Frame::seal_leaves(cell, epoch, tip, now, records, leaves, key)
    }

    /// As [`Frame::seal`] for who has hashed the events before: builds the tree over `leaves` ([`Record::leaf`] of each
    /// record), chains it to the tip and signs it. `now` is raised to the tip's time if the clock ran backwards.
    pub fn seal_leaves(
        cell: CellId,
        epoch: u32,
        tip: &Tip,
        now: Time,
        records: Vec<Record>,
        leaves: Vec<Digest>,
        key: &PrivateKey,
    ) -> (Frame, merkle::Tree) {
        assert_eq!(records.len(), leaves.len(), "one leaf a record");
        let tree = merkle::Tree::new(leaves);
        let mut header = FrameHeader {
            cell,
            epoch,
            first_offset: tip.next_offset,
            count: records.len() as u32,
            time: now.max(tip.time),
            previous: tip.hash,
            root: tree.root(),
            key_id: key_id(&key.public()),
            signature: [0; 64],
        };
        #[cfg(feature = "plant")]
        if types::planted("clock-backwards") {
            header.time = now;
        }
        header.signature = key.sign("frame", &header.to_bytes()[..FrameHeader::SIGNED_BYTES]);
        (Frame { header, records: records.into() }, tree)
    }

    /// The tree, from the records alone.
    pub fn tree(&self) -> Result<merkle::Tree> {
        let leaves = self.records.iter().map(|record| Ok(record.leaf(&record.operation_digest()?)));
        Ok(merkle::Tree::new(leaves.collect::<Result<_>>()?))
    }

    /// Checks that the records are what the header says and that the frame follows `tip`.
    pub fn verify(&self, tip: &Tip) -> Result<()> {
        let wrong = |field| Err(Error::Field { what: "frame", field });
        if self.header.first_offset != tip.next_offset {
            return wrong("first_offset");
        }
        if self.header.previous != tip.hash {
            return wrong("previous");
        }
        if self.header.time < tip.time {
            return wrong("time");
        }
        if self.header.epoch < tip.epoch {
            return wrong("epoch");
        }
        if self.header.count as usize != self.records.len() {
            return wrong("count");
        }
        if self.tree()?.root() != self.header.root {
            return wrong("root");
        }
        Ok(())
    }

    /// The tip after this frame.
    pub fn tip(&self) -> Tip {
        Tip {
            next_offset: self.header.first_offset + u64::from(self.header.count),
            hash: self.header.hash(),
            time: self.header.time,
            epoch: self.header.epoch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(tip: &Tip, now: i64) -> Frame {
        let key = PrivateKey::from_bytes(&[7; 32]);
        let records = vec![Record { head: vec![], body: vec![1, 2, 3] }, Record::default()];
        Frame::seal(CellId(1), 1, tip, Time(now), records, &[Digest::default(); 2], &key).0
    }

    #[test]
    fn a_header_reads_back_and_any_changed_byte_is_noticed() {
        let frame = frame(&Tip::default(), 5);
        let bytes = frame.header.to_bytes();
        assert_eq!(FrameHeader::read(&bytes).unwrap(), frame.header);
        let public = PrivateKey::from_bytes(&[7; 32]).public();
        frame.header.verify(&public).unwrap();
        for at in 0..bytes.len() {
            let mut bad = bytes;
            bad[at] ^= 1;
            assert!(FrameHeader::read(&bad).is_err() || FrameHeader::read(&bad).unwrap().verify(&public).is_err());
        }
    }

    #[test]
    fn frames_chain_and_time_never_runs_backwards() {
        let first = frame(&Tip::default(), 100);
        first.verify(&Tip::default()).unwrap();
        let second = frame(&first.tip(), 50);
        second.verify(&first.tip()).unwrap();
        assert_eq!(second.header.time, Time(100));
        assert!(second.verify(&Tip::default()).is_err());
    }
}
