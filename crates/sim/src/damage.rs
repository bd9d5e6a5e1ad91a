//! Damage to a journal that lies still: what a disk does to bytes that were durable. Each kind must be found and named
//! when the folder is opened, and nothing changed; then the bytes are put back, as from a replica.

use std::path::{Path, PathBuf};

use journal::simulated::SECTOR_BYTES;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::server::Server;
use crate::tape::{Frame, Tape};

/// What was done, and what stood there before.
pub struct Damage {
    /// In words.
    pub what: String,
    path: PathBuf,
    before: Vec<u8>,
    /// The journal goes on without it: a sidecar, which is derived.
    pub harmless: bool,
}

/// Damages something, if there is anything to damage.
pub fn inflict(server: &Server, tape: &Tape, rng: &mut ChaCha8Rng) -> Option<Damage> {
    let files = server.disk.files();
    let covered: Vec<&Frame> = tape.frames.iter().filter(|frame| frame.covered).collect();
    let frame = *covered.choose(rng)?;
    let bytes_of = |path: &Path| files.iter().find(|(known, _)| known == path).map(|(_, bytes)| bytes.clone());
    let (at, length) = frame.place;
    let damage = |what: String, path: &Path, harmless| {
        Some(Damage { what, path: path.to_owned(), before: bytes_of(path)?, harmless })
    };
    match rng.random_range(0..7) {
        0 | 1 => {
            // A flipped bit is damage in the very last frame, too.
            flip_in(server, if rng.random_bool(0.3) { tape.frames.last()? } else { frame }, rng)
        }
        kind @ (2 | 3) => {
            // Whole sectors, of a frame after which something stands that begins in a later one.
            let first = at.div_ceil(SECTOR_BYTES) * SECTOR_BYTES;
            let whole = at + length >= first + SECTOR_BYTES;
            let sector = if whole { first } else { return None };
            let damage = damage(format!("a write lost at byte {sector}"), &frame.path, false)?;
            let other = covered.choose(rng)?;
            let from = other.place.0 / SECTOR_BYTES * SECTOR_BYTES;
            let misdirected = bytes_of(&other.path)?[from..from + SECTOR_BYTES].to_vec();
            let bytes = if kind == 2 { vec![0; SECTOR_BYTES] } else { misdirected };
            if damage.before[sector..sector + SECTOR_BYTES] == bytes[..] {
                return None;
            }
            server.disk.overwrite(&frame.path, sector, &bytes);
            Some(damage)
        }
        4 => {
            // Only where something later says that it was there.
            let lost = &tape.segments[..tape.segments.len() - 1];
            let path = lost.choose(rng)?;
            let damage = damage("a segment is gone".into(), path, false)?;
            server.disk.replace(path, None);
            Some(damage)
        }
        5 => {
            let path = tape.segments.choose(rng)?;
            let damage = damage("a segment is cut short".into(), path, false)?;
            let keep = rng.random_range(0..damage.before.len());
            server.disk.replace(path, Some(damage.before[..keep].to_vec()));
            Some(damage)
        }
        _ => {
            let derived = |path: &&PathBuf| path.extension().is_some_and(|e| e == "sum" || e == "heads");
            let sidecars: Vec<&PathBuf> = files.iter().map(|(path, _)| path).filter(derived).collect();
            let path = *sidecars.choose(rng)?;
            let damage = damage("a sidecar is spoilt".into(), path, true)?;
            let position = rng.random_range(0..damage.before.len());
            server.disk.overwrite(path, position, &[damage.before[position] ^ 4]);
            Some(damage)
        }
    }
}

/// Flips a bit of some frame, which stood there so.
pub fn flip<'a>(server: &Server, tape: &'a Tape, rng: &mut ChaCha8Rng) -> Option<(Damage, &'a Frame)> {
    let frame = tape.frames.choose(rng)?;
    Some((flip_in(server, frame, rng)?, frame))
}

fn flip_in(server: &Server, frame: &Frame, rng: &mut ChaCha8Rng) -> Option<Damage> {
    let position = frame.place.0 + rng.random_range(0..frame.place.1);
    let before = server.disk.files().into_iter().find(|(path, _)| *path == frame.path)?.1;
    server.disk.overwrite(&frame.path, position, &[before[position] ^ 1 << rng.random_range(0..8)]);
    let what = format!("a bit flipped at byte {position}");
    Some(Damage { what, path: frame.path.clone(), before, harmless: false })
}

impl Damage {
    /// Which file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts back what stood there.
    pub fn repair(self, server: &Server) {
        server.disk.replace(&self.path, Some(self.before));
    }
}
