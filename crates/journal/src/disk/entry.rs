//! What stands in a segment after its header: frames and marks. The layout is in `docs/journal-format.md`.
//!
//! Every entry begins with a magic and ends with [`TRAILER`], whose bytes are never zero: an entry whose last byte is zero
//! was not written to its end.

use event::frame::{Frame, FrameHeader, Record, Tip};
use types::{CellId, Offset};

/// Begins a frame.
pub(super) const FRAME: &[u8; 4] = b"QFRM";
/// Begins a mark.
pub(super) const MARK: &[u8; 4] = b"QMRK";
/// Ends every entry.
pub(super) const TRAILER: &[u8; 4] = b"QEND";
/// Before the frame's header: magic, length, checksum.
const LEAD_BYTES: usize = 12;
/// A row of the table of records: head length, body length, checksum.
const ROW_BYTES: usize = 12;
/// A mark, all of it.
pub(super) const MARK_BYTES: usize = 56;
/// The most a frame may take.
pub(super) const FRAME_BYTES_MAX: u64 = 1 << 30;
/// The most events a frame may have, so that a damaged count cannot ask for much memory.
pub(super) const COUNT_MAX: u32 = 1 << 24;

/// Bytes before the first record: what must be read to know and check where the records are.
pub(super) fn prefix_bytes(count: usize) -> usize {
    LEAD_BYTES + FrameHeader::BYTES + count * ROW_BYTES
}

/// The encoded size of a frame.
pub(super) fn frame_bytes(frame: &Frame) -> u64 {
    let records: u64 = frame.records.iter().map(|record| (record.head.len() + record.body.len()) as u64).sum();
    prefix_bytes(frame.records.len()) as u64 + records + TRAILER.len() as u64
}

/// Replaces `into` by the encoded frame, which must be at most [`FRAME_BYTES_MAX`].
pub(super) fn write_frame(frame: &Frame, into: &mut Vec<u8>) {
    let bytes = frame_bytes(frame);
    into.clear();
    into.reserve(bytes as usize);
    into.extend_from_slice(FRAME);
    into.extend_from_slice(&(bytes as u32).to_le_bytes());
    into.extend_from_slice(&[0; 4]);
    into.extend_from_slice(&frame.header.to_bytes());
    let mut row = into.len();
    into.resize(prefix_bytes(frame.records.len()), 0);
    for record in frame.records.iter() {
        let at = into.len();
        into.extend_from_slice(&record.head);
        into.extend_from_slice(&record.body);
        // Summed just after it was copied: it is still in the processor's cache.
        let crc = crc32c::crc32c(&into[at..]);
        into[row..row + 4].copy_from_slice(&(record.head.len() as u32).to_le_bytes());
        into[row + 4..row + 8].copy_from_slice(&(record.body.len() as u32).to_le_bytes());
        into[row + 8..row + ROW_BYTES].copy_from_slice(&crc.to_le_bytes());
        row += ROW_BYTES;
    }
    let crc = prefix_crc(&into[..row]);
    into[8..12].copy_from_slice(&crc.to_le_bytes());
    into.extend_from_slice(TRAILER);
    debug_assert_eq!(into.len() as u64, bytes);
}

/// The bytes of a frame as they stand in a segment, at most [`FRAME_BYTES_MAX`].
pub fn encode(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_frame(frame, &mut bytes);
    bytes
}

/// Reads what [`encode`] wrote; `None` unless every checksum fits.
pub fn decode(bytes: &[u8]) -> Option<Frame> {
    let prefix = Prefix::read(bytes)?;
    (prefix.bytes == bytes.len() && prefix.first_misfit(bytes).is_none()).then(|| prefix.frame(bytes))
}

/// The checksum of a prefix: all of it but the checksum itself.
fn prefix_crc(prefix: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&prefix[..8]), &prefix[LEAD_BYTES..])
}

/// The beginning of a frame, checked: its header and where its records are.
pub(super) struct Prefix {
    /// The frame's header.
    pub header: FrameHeader,
    /// The whole entry, bytes.
    pub bytes: usize,
    /// The records, in order.
    pub rows: Vec<Row>,
}

/// Where a record is and what its bytes sum to.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// From the start of the entry, bytes.
    pub at: usize,
    /// Length of the head, bytes.
    pub head: usize,
    /// Length of the body, bytes.
    pub body: usize,
    crc: u32,
}

impl Row {
    /// Length of head and body, bytes.
    pub fn bytes(&self) -> usize {
        self.head + self.body
    }

    /// Whether these are the bytes that were written.
    pub fn fits(&self, bytes: &[u8]) -> bool {
        bytes.len() == self.bytes() && crc32c::crc32c(bytes) == self.crc
    }

    /// Head and body of the record's bytes.
    pub fn record(&self, bytes: &[u8]) -> Record {
        let (head, body) = bytes.split_at(self.head);
        Record { head: head.to_vec(), body: body.to_vec() }
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"))
}

/// The count of events a frame claims, unchecked; `None` when there is no frame or it makes no sense.
fn claimed_count(bytes: &[u8]) -> Option<usize> {
    // magic, cell, epoch, first offset come before the count in the header
    let at = LEAD_BYTES + 4 + 2 + 4 + 8;
    if bytes.len() < prefix_bytes(0) || &bytes[..4] != FRAME {
        return None;
    }
    let count = number(bytes, at);
    (1..=COUNT_MAX).contains(&count).then_some(count as usize)
}

impl Prefix {
    /// Reads the beginning of the frame at the start of `bytes`; `None` unless its checksum and lengths fit.
    pub fn read(bytes: &[u8]) -> Option<Prefix> {
        let prefix = bytes.get(..prefix_bytes(claimed_count(bytes)?))?;
        if prefix_crc(prefix) != number(prefix, 8) {
            return None;
        }
        let header = FrameHeader::read(&prefix[LEAD_BYTES..LEAD_BYTES + FrameHeader::BYTES]).ok()?;
        let mut at = prefix.len();
        let row = |row: &[u8]| {
            let (head, body) = (number(row, 0) as usize, number(row, 4) as usize);
            let row = Row { at, head, body, crc: number(row, 8) };
            at += head + body;
            row
        };
        let rows: Vec<Row> = prefix[prefix_bytes(0)..].chunks_exact(ROW_BYTES).map(row).collect();
        let bytes = at + TRAILER.len();
        (bytes == number(prefix, 4) as usize).then_some(Prefix { header, bytes, rows })
    }

    /// The first record of `frame` (the whole entry, or as much as there is) that is not what was written: its index
    /// and where it is. A missing trailer counts as one record more.
    pub fn first_misfit(&self, frame: &[u8]) -> Option<(usize, usize)> {
        let misfit = |row: &Row| !frame.get(row.at..row.at + row.bytes()).is_some_and(|bytes| row.fits(bytes));
        if let Some(index) = self.rows.iter().position(misfit) {
            return Some((index, self.rows[index].at));
        }
        let at = self.bytes - TRAILER.len();
        (frame.get(at..self.bytes) != Some(TRAILER)).then_some((self.rows.len(), at))
    }

    /// The frame, whose bytes have been checked.
    pub fn frame(&self, frame: &[u8]) -> Frame {
        let records = self.rows.iter().map(|row| row.record(&frame[row.at..row.at + row.bytes()])).collect();
        Frame { header: self.header.clone(), records }
    }
}

/// What a mark says beside "everything before this was durable".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum MarkKind {
    /// Nothing more; the cell was idle.
    Durable = 1,
    /// The next segment exists: the end of this one is not the end of the journal.
    Continued = 2,
}

/// A mark read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub kind: MarkKind,
    pub next_offset: Offset,
    pub hash: event::Digest,
}

impl Mark {
    /// The mark for everything up to `tip`.
    pub fn new(kind: MarkKind, tip: &Tip) -> Mark {
        Mark { kind, next_offset: tip.next_offset, hash: tip.hash }
    }

    /// The encoding: magic, kind, next offset, hash, checksum, trailer.
    pub fn to_bytes(self) -> [u8; MARK_BYTES] {
        let mut bytes = [0; MARK_BYTES];
        bytes[..4].copy_from_slice(MARK);
        bytes[4..8].copy_from_slice(&(self.kind as u32).to_le_bytes());
        bytes[8..16].copy_from_slice(&self.next_offset.to_le_bytes());
        bytes[16..48].copy_from_slice(&self.hash);
        let crc = crc32c::crc32c(&bytes[..48]);
        bytes[48..52].copy_from_slice(&crc.to_le_bytes());
        bytes[52..].copy_from_slice(TRAILER);
        bytes
    }

    /// Reads the mark at the start of `bytes`; `None` unless all of it fits.
    pub fn read(bytes: &[u8]) -> Option<Mark> {
        let bytes = bytes.get(..MARK_BYTES)?;
        let fits = &bytes[..4] == MARK && &bytes[52..] == TRAILER && crc32c::crc32c(&bytes[..48]) == number(bytes, 48);
        let kind = match number(bytes, 4) {
            1 => MarkKind::Durable,
            2 => MarkKind::Continued,
            _ => return None,
        };
        let next_offset = u64::from_le_bytes(bytes[8..16].try_into().ok()?);
        fits.then_some(Mark { kind, next_offset, hash: bytes[16..48].try_into().ok()? })
    }
}

/// Whether an intact entry of `cell` that belongs at `from` or later starts here.
pub(super) fn follows_at(bytes: &[u8], cell: CellId, from: Offset) -> bool {
    Mark::read(bytes).is_some_and(|mark| mark.next_offset >= from)
        || Prefix::read(bytes).is_some_and(|prefix| prefix.header.cell == cell && prefix.header.first_offset >= from)
}
