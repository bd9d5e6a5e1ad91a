//! The sidecar with a sealed segment's heads: what a restart folds, without the bodies. Derived from the segment.

use std::io::{self, BufReader, Read};
use std::path::PathBuf;

use event::frame::Frame;
use types::{CellId, Time};

use super::header::FORMAT_VERSION;
use super::index::Segment;
use super::os::File;
use crate::{Result, Visit};

const MAGIC: &[u8; 4] = b"QHDS";
const HEADER_BYTES: usize = 24;
/// Before the lengths of a block: checksum, first offset, time, count, bytes of heads.
const BLOCK_BYTES: usize = 28;
/// More in one block is a damaged length: no frame is larger.
const HEADS_BYTES_MAX: usize = super::entry::FRAME_BYTES_MAX as usize;

/// The sidecar's file.
pub(super) fn path(segment: &Segment) -> PathBuf {
    segment.path.with_extension("heads")
}

fn header(segment: &Segment, cell: CellId) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..4].copy_from_slice(MAGIC);
    bytes[4..6].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes[6..8].copy_from_slice(&cell.0.to_le_bytes());
    bytes[8..16].copy_from_slice(&segment.first().to_le_bytes());
    bytes[16..20].copy_from_slice(&(segment.index.read().frames.len() as u32).to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..20]);
    bytes[20..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// The sidecar of a segment of these frames, in parts: begin with [`Sidecar::new`], add every frame.
pub(super) struct Sidecar(pub Vec<u8>);

impl Sidecar {
    pub fn new(segment: &Segment, cell: CellId) -> Sidecar {
        Sidecar(header(segment, cell).to_vec())
    }

    pub fn add(&mut self, frame: &Frame) {
        let start = self.0.len();
        let heads: usize = frame.records.iter().map(|record| record.head.len()).sum();
        let bytes = &mut self.0;
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&frame.header.first_offset.to_le_bytes());
        bytes.extend_from_slice(&frame.header.time.0.to_le_bytes());
        bytes.extend_from_slice(&frame.header.count.to_le_bytes());
        bytes.extend_from_slice(&(heads as u32).to_le_bytes());
        frame.records.iter().for_each(|record| bytes.extend_from_slice(&(record.head.len() as u32).to_le_bytes()));
        frame.records.iter().for_each(|record| bytes.extend_from_slice(&record.head));
        let crc = crc32c::crc32c(&bytes[start + 4..]);
        bytes[start..start + 4].copy_from_slice(&crc.to_le_bytes());
    }
}

/// Visits the heads from `next` on, raising it as it goes. The inner error is the sidecar's (missing or damaged): what
/// was visited until then was checked, and the rest is to be read from the segment. The outer one is the visitor's.
pub(super) fn visit(segment: &Segment, cell: CellId, next: &mut u64, visit: &mut Visit<'_>) -> Result<io::Result<()>> {
    let mut blocks = match Blocks::open(segment, cell) {
        Ok(blocks) => blocks,
        Err(error) => return Ok(Err(error)),
    };
    loop {
        match blocks.next() {
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
            Ok(Some((first, time))) => {
                for (offset, head) in (first..).zip(blocks.heads()) {
                    if offset >= *next {
                        visit(offset, time, head)?;
                        *next = offset + 1;
                    }
                }
            }
        }
    }
}

/// Reads a sidecar block by block, each checked whole.
pub(super) struct Blocks {
    file: BufReader<File>,
    left: u32,
    next: u64,
    end: u64,
    count: usize,
    block: Vec<u8>,
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Blocks {
    /// Opens the sidecar and checks that it is this segment's.
    pub fn open(segment: &Segment, cell: CellId) -> io::Result<Blocks> {
        let mut file = BufReader::with_capacity(1 << 20, File::open(path(segment))?);
        let mut found = [0; HEADER_BYTES];
        file.read_exact(&mut found)?;
        if found != header(segment, cell) {
            return Err(wrong("the sidecar is not of this segment"));
        }
        let index = segment.index.read();
        let (left, next, end) = (index.frames.len() as u32, segment.first(), index.end);
        Ok(Blocks { file, left, next, end, count: 0, block: Vec::new() })
    }

    /// Reads the next block: (first offset, time).
    pub fn next(&mut self) -> io::Result<Option<(u64, Time)>> {
        if self.left == 0 {
            let over = self.file.read(&mut [0])? > 0;
            let whole = self.next == self.end && !over;
            return if whole { Ok(None) } else { Err(wrong("the sidecar does not end where the segment does")) };
        }
        let mut lead = [0; BLOCK_BYTES];
        self.file.read_exact(&mut lead)?;
        let number = |at: usize| u32::from_le_bytes(lead[at..at + 4].try_into().expect("4 bytes"));
        let long = |at: usize| u64::from_le_bytes(lead[at..at + 8].try_into().expect("8 bytes"));
        let (first, count, heads) = (long(4), number(20) as usize, number(24) as usize);
        if first != self.next || first + count as u64 > self.end || heads > HEADS_BYTES_MAX {
            return Err(wrong("a block of the sidecar is out of place"));
        }
        self.block.resize(count * 4 + heads, 0);
        self.file.read_exact(&mut self.block)?;
        if crc32c::crc32c_append(crc32c::crc32c(&lead[4..]), &self.block) != number(0) {
            return Err(wrong("a block of the sidecar fails its checksum"));
        }
        let lengths: u64 = self.lengths(count).map(|length| length as u64).sum();
        if lengths != heads as u64 {
            return Err(wrong("the lengths of a block do not add up"));
        }
        (self.left, self.next, self.count) = (self.left - 1, first + count as u64, count);
        Ok(Some((first, Time(long(12) as i64))))
    }

    fn lengths(&self, count: usize) -> impl Iterator<Item = usize> + '_ {
        let lengths = self.block[..count * 4].chunks_exact(4);
        lengths.map(|bytes| u32::from_le_bytes(bytes.try_into().expect("4 bytes")) as usize)
    }

    /// The heads of the block read last.
    pub fn heads(&self) -> impl Iterator<Item = &[u8]> + '_ {
        let mut rest = &self.block[self.count * 4..];
        self.lengths(self.count).map(move |length| {
            let (head, after) = rest.split_at(length);
            rest = after;
            head
        })
    }
}
