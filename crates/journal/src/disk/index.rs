//! Which frame holds an offset and where it is, for every segment, in memory: 8 bytes a frame.

use std::path::PathBuf;

use parking_lot::RwLock;
use types::Offset;

use super::header::Header;

/// A frame's place, relative to its segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameAt {
    /// Its first offset, counted from the segment's.
    pub offset: u32,
    /// Bytes from the start of the file.
    pub position: u32,
}

/// A segment as readers and the writer share it.
#[derive(Debug)]
pub(super) struct Segment {
    /// The file.
    pub path: PathBuf,
    /// Its header.
    pub header: Header,
    /// What is in it; grows while it is the last one.
    pub index: RwLock<Index>,
}

/// The durable frames of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Index {
    /// In order.
    pub frames: Vec<FrameAt>,
    /// The end of the last entry, bytes from the start of the file.
    pub used: u32,
    /// The offset after the last event.
    pub end: Offset,
}

/// The bytes of the file that hold one frame, and the events it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// From here.
    pub position: u64,
    /// At most so long: marks may follow the frame.
    pub bytes: usize,
    /// Its first offset.
    pub first: Offset,
    /// How many events.
    pub count: usize,
}

impl Segment {
    /// The offset of its first event.
    pub fn first(&self) -> Offset {
        self.header.start.next_offset
    }

    /// The offset after its last durable event.
    pub fn end(&self) -> Offset {
        self.index.read().end
    }

    /// The places of the frames from the one that holds `from`, as many as `bytes_max` hold but at least one; none when
    /// `from` is not in this segment.
    pub fn places(&self, from: Offset, bytes_max: usize) -> Vec<Place> {
        let index = self.index.read();
        let first = self.first();
        if from < first || from >= index.end {
            return Vec::new();
        }
        let start = index.frames.partition_point(|frame| first + u64::from(frame.offset) <= from) - 1;
        let mut places = Vec::new();
        let mut taken = 0;
        for (at, frame) in index.frames.iter().enumerate().skip(start) {
            let next = index.frames.get(at + 1);
            let end = next.map_or(index.used, |next| next.position);
            let offset_end = next.map_or(index.end, |next| first + u64::from(next.offset));
            let place = Place {
                position: u64::from(frame.position),
                bytes: (end - frame.position) as usize,
                first: first + u64::from(frame.offset),
                count: (offset_end - first - u64::from(frame.offset)) as usize,
            };
            taken += place.bytes;
            if !places.is_empty() && taken > bytes_max {
                break;
            }
            places.push(place);
        }
        places
    }
}
