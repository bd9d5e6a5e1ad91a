//! Reads the journal off the disk by what `docs/journal-format.md` says, with no code of the journal's: what is really
//! there, and whether it is a chain.

use std::path::PathBuf;

use ed25519_dalek::{Signature, VerifyingKey};
use event::{Digest, Head};

/// A frame as it lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The offset of its first event.
    pub first: u64,
    /// When, microseconds UTC.
    pub time_us: i64,
    /// The chain hash.
    pub hash: Digest,
    /// Head and body of each event.
    pub events: Vec<(Vec<u8>, Vec<u8>)>,
    /// Which segment.
    pub path: PathBuf,
    /// Where in it, and how long, bytes.
    pub place: (usize, usize),
    /// Another entry follows it in its segment, or another segment: it was durable.
    pub covered: bool,
}

/// The journal on a disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tape {
    /// Every frame, in order.
    pub frames: Vec<Frame>,
    /// The segments, in order.
    pub segments: Vec<PathBuf>,
}

const HEADER: usize = 512;
const FRAME_HEADER: usize = 162;
const SIGNED: usize = FRAME_HEADER - 64;
const MARK: usize = 56;

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"))
}

fn crc(parts: &[&[u8]]) -> u32 {
    parts.iter().fold(0, |crc, part| crc32c::crc32c_append(crc, part))
}

/// The digest of an event: lengths and bytes of head and body.
pub fn event_digest(head: &[u8], body: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(head.len() as u32).to_le_bytes()).update(&(body.len() as u32).to_le_bytes());
    *hasher.update(head).update(body).finalize().as_bytes()
}

/// Checks an Ed25519 signature over a header's signed part.
pub fn signed(header: &[u8], key: &[u8; 32]) -> bool {
    let message = [b"quipu 2026 frame\0".as_slice(), &header[..SIGNED]].concat();
    let signature = Signature::from_slice(&header[SIGNED..FRAME_HEADER]);
    let verified = |signature| VerifyingKey::from_bytes(key)?.verify_strict(&message, &signature);
    signature.and_then(verified).is_ok()
}

fn node(left: &Digest, right: &Digest) -> Digest {
    *blake3::hash(&[&[1][..], left, right].concat()).as_bytes()
}

/// The Merkle root of (operation's digest, event's digest).
fn root(leaves: &[(Digest, Digest)]) -> Digest {
    let leaf = |(operation, event): &(Digest, Digest)| *blake3::hash(&[&[0][..], operation, event].concat()).as_bytes();
    let mut level: Vec<Digest> = leaves.iter().map(leaf).collect();
    while level.len() > 1 {
        level =
            level.chunks(2).map(|pair| if let [left, right] = pair { node(left, right) } else { pair[0] }).collect();
    }
    level[0]
}

/// The root that a leaf and its path lead to.
pub fn root_of(operation: &Digest, event: &Digest, index: u32, count: u32, path: &[u8]) -> Option<Digest> {
    let mut hash = root(&[(*operation, *event)]);
    let (mut index, mut width, mut path) = (index, count, path.chunks_exact(32));
    while width > 1 {
        if index ^ 1 < width {
            let sibling: Digest = path.next()?.try_into().ok()?;
            hash = if index % 2 == 0 { node(&hash, &sibling) } else { node(&sibling, &hash) };
        }
        (index, width) = (index / 2, width.div_ceil(2));
    }
    path.next().is_none().then_some(hash)
}

impl Tape {
    /// Reads the segments among these files. `known` says how many of the first frames have been verified before and
    /// with what hash: of those, roots and signatures are not checked again.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn read(files: &[(PathBuf, Vec<u8>)], key: &[u8; 32], known: &[Digest]) -> Result<Tape, String> {
        let mut tape = Tape::default();
        let (mut next, mut previous, mut time_us, mut epoch) = (0, [0; 32], 0, 0);
        let segments = files.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "qseg"));
        for (path, bytes) in segments {
            let wrong = |at: usize, what: &str| Err(format!("{} at byte {at}: {what}", path.display()));
            if bytes.len() < HEADER || &bytes[..4] != b"QSEG" || crc(&[&bytes[..68]]) != u32_at(bytes, 68) {
                return wrong(0, "no segment header");
            }
            if u64_at(bytes, 16) != next || bytes[36..68] != previous {
                return wrong(16, "the segment does not follow");
            }
            if let Some(last) = tape.frames.last_mut() {
                last.covered = true;
            }
            tape.segments.push(path.clone());
            let mut at = HEADER;
            loop {
                let rest = &bytes[at..];
                match rest.get(..4) {
                    Some(b"QMRK") => {
                        let fits = crc(&[&rest[..48]]) == u32_at(rest, 48) && &rest[52..56] == b"QEND";
                        if !fits || u64_at(rest, 8) != next || rest[16..48] != previous {
                            return wrong(at, "a mark does not fit");
                        }
                        if let Some(last) = tape.frames.last_mut() {
                            last.covered = true;
                        }
                        at += MARK;
                        continue;
                    }
                    Some(b"QFRM") => {}
                    _ if rest.iter().all(|byte| *byte == 0) => break,
                    _ => return wrong(at, "neither frame nor mark nor zeros"),
                }
                let (length, header) = (u32_at(rest, 4) as usize, &rest[12..12 + FRAME_HEADER]);
                let count = u32_at(header, 18) as usize;
                let table_end = 12 + FRAME_HEADER + 12 * count;
                if crc(&[&rest[..8], &rest[12..table_end]]) != u32_at(rest, 8) {
                    return wrong(at, "a frame's beginning fails its checksum");
                }
                if u64_at(header, 10) != next || header[30..62] != previous {
                    return wrong(at, "the chain is broken");
                }
                let (now_us, its_epoch) = (u64_at(header, 22) as i64, u32_at(header, 6));
                if now_us < time_us || its_epoch < epoch {
                    return wrong(at, "time or epoch run backwards");
                }
                let mut events = Vec::with_capacity(count);
                let mut from = table_end;
                for row in rest[12 + FRAME_HEADER..table_end].chunks_exact(12) {
                    let (head, body) = (u32_at(row, 0) as usize, u32_at(row, 4) as usize);
                    let event = &rest[from..from + head + body];
                    if crc(&[event]) != u32_at(row, 8) {
                        return wrong(at + from, "an event fails its checksum");
                    }
                    events.push((event[..head].to_vec(), event[head..].to_vec()));
                    from += head + body;
                }
                if from + 4 != length || &rest[from..length] != b"QEND" {
                    return wrong(at + from, "a frame has no end");
                }
                let hash = *blake3::hash(&header[..SIGNED]).as_bytes();
                if known.get(tape.frames.len()) != Some(&hash) {
                    let leaf = |(head, body): &(Vec<u8>, Vec<u8>)| {
                        let operation = Head::read(head).ok()?.digest.try_into().unwrap_or_default();
                        Some((operation, event_digest(head, body)))
                    };
                    let leaves: Option<Vec<_>> = events.iter().map(leaf).collect();
                    if leaves.map(|leaves| root(&leaves)) != Some(header[62..94].try_into().expect("32 bytes")) {
                        return wrong(at, "the Merkle root does not fit");
                    }
                    if !signed(header, key) {
                        return wrong(at, "the signature does not fit");
                    }
                }
                if let Some(last) = tape.frames.last_mut() {
                    last.covered = true;
                }
                let place = (at, length);
                let path = path.clone();
                tape.frames.push(Frame { first: next, time_us: now_us, hash, events, path, place, covered: false });
                (next, previous, time_us, epoch) = (next + count as u64, hash, now_us, its_epoch);
                at += length;
            }
        }
        Ok(tape)
    }

    /// Head and body of the event at an offset.
    pub fn event(&self, offset: u64) -> Option<&(Vec<u8>, Vec<u8>)> {
        let at = self.frames.partition_point(|frame| frame.first <= offset).checked_sub(1)?;
        self.frames[at].events.get((offset - self.frames[at].first) as usize)
    }
}
