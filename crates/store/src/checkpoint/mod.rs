//! Checkpoints: the tables in files, so that a restart applies the tail of the journal only.
//!
//! `checkpoint-<next offset>` is whole; `checkpoint-<next offset>-<from>` holds what changed since the one that ends at
//! `from`. A file has the magic `QSC3`, `from` (u64; 0: whole), the tables ([`encode`]) and the blake3 of all before it.
//! It is written beside, flushed and renamed, so a crash leaves the earlier ones. The counters above the enumeration areas
//! are added up anew. The encoding of everything, hashed, is the store's digest.

pub(crate) mod beside;
mod decode;
mod encode;

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use types::Offset;

use crate::Store;
use crate::codec::{Decoder, Encoder};
use crate::error::{Error, Result};

const MAGIC: &[u8; 4] = b"QSC3";
const PREFIX: &str = "checkpoint-";
const DIGEST_BYTES: u64 = 32;

/// How many whole checkpoints are kept, each with those that go on from it.
const KEPT: usize = 2;

/// Passes bytes on and hashes them.
struct Hashing<W> {
    out: W,
    hasher: blake3::Hasher,
}

impl<W> Hashing<W> {
    fn new(out: W) -> Hashing<W> {
        Hashing { out, hasher: blake3::Hasher::new() }
    }

    fn digest(&self) -> event::Digest {
        *self.hasher.finalize().as_bytes()
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

pub(crate) fn digest(store: &Store) -> event::Digest {
    // Small writes are gathered before they are hashed.
    let mut out = BufWriter::with_capacity(1 << 16, Hashing::new(io::sink()));
    let written = encode::encode(store, &mut Encoder::new(&mut out)).and_then(|()| out.flush());
    written.expect("hashing does not fail");
    out.get_ref().digest()
}

pub(crate) fn write(store: &Store, dir: &Path) -> Result<Offset> {
    if store.halfway {
        return Err(Error::Halfway { offset: store.next_offset });
    }
    let path = dir.join(name(store.next_offset, None));
    let failed = |source| Error::Write { path: path.clone(), source };
    fs::create_dir_all(dir).map_err(failed)?;
    let beside = path.with_extension("new");
    write_file(store, &beside).map_err(failed)?;
    fs::rename(&beside, &path).map_err(failed)?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
    retain(dir)?;
    Ok(store.next_offset())
}

fn write_file(store: &Store, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, Hashing::new(File::create(path)?));
    out.write_all(MAGIC)?;
    out.write_all(&0_u64.to_le_bytes())?;
    encode::encode(store, &mut Encoder::new(&mut out))?;
    out.flush()?;
    let digest = out.get_ref().digest();
    out.write_all(&digest)?;
    out.flush()?;
    out.get_ref().out.sync_all()
}

/// The name of the checkpoint that ends at an offset; `from` is where the one it goes on from ends.
fn name(next_offset: Offset, from: Option<Offset>) -> String {
    match from {
        None => format!("{PREFIX}{next_offset:020}"),
        Some(from) => format!("{PREFIX}{next_offset:020}-{from:020}"),
    }
}

/// A checkpoint's file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    next_offset: Offset,
    from: Option<Offset>,
    path: PathBuf,
}

impl Found {
    fn read_name(path: PathBuf) -> Option<Found> {
        let number = |digits: &str| {
            let fits = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
            fits.then(|| digits.parse().ok()).flatten()
        };
        let numbers = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
        let (next_offset, from) = match numbers.split_once('-') {
            Some((next_offset, from)) => (number(next_offset)?, Some(number(from)?)),
            None => (number(numbers)?, None),
        };
        Some(Found { next_offset, from, path })
    }
}

/// The checkpoints of a folder, newest first; of two that end at the same offset the one with what changed.
fn list(dir: &Path) -> Result<Vec<Found>> {
    let failed = |source| Error::Read { path: dir.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        found.extend(Found::read_name(entry.map_err(failed)?.path()));
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

/// Removes what no restart needs any more.
fn retain(dir: &Path) -> Result<()> {
    let found = list(dir)?;
    let oldest = found.iter().filter(|found| found.from.is_none()).nth(KEPT - 1).map_or(0, |whole| whole.next_offset);
    for old in found.into_iter().filter(|found| found.next_offset < oldest) {
        fs::remove_file(&old.path).map_err(|source| Error::Write { path: old.path, source })?;
    }
    Ok(())
}

pub(crate) fn restore(dir: &Path, damaged: &mut dyn FnMut(Error)) -> Result<Option<Store>> {
    if !dir.exists() {
        return Ok(None);
    }
    let found = list(dir)?;
    let mut bad = Vec::new();
    for newest in &found {
        match restore_at(newest, &found, &mut bad) {
            Ok(Some(store)) => return Ok(Some(store)),
            Ok(None) => {}
            Err(error) => damaged(error),
        }
    }
    Ok(None)
}

/// The store as `newest` has it; `None` when it goes on from one that is missing or known to be bad.
fn restore_at(newest: &Found, found: &[Found], bad: &mut Vec<PathBuf>) -> Result<Option<Store>> {
    let mut chain = vec![newest];
    while let Found { next_offset, from: Some(from), .. } = chain[chain.len() - 1] {
        match found.iter().find(|before| before.next_offset == *from && from < next_offset) {
            Some(before) => chain.push(before),
            None => return Ok(None),
        }
    }
    if chain.iter().any(|found| bad.contains(&found.path)) {
        return Ok(None);
    }
    let mut store = Store::new();
    for found in chain.into_iter().rev() {
        store = read(&found.path, found.from.unwrap_or(0), store).inspect_err(|_| bad.push(found.path.clone()))?;
    }
    store.tables.restored();
    Ok(Some(store))
}

/// Reads a checkpoint that goes on from `before`: first its checksum, then what it says.
fn read(path: &Path, from: Offset, before: Store) -> Result<Store> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let damage = |what| Error::Damaged { path: path.to_owned(), what };
    let mut file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let covered = length.checked_sub(DIGEST_BYTES).ok_or(damage("it is cut short"))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader((&mut file).take(covered)).map_err(failed)?;
    let mut digest = event::Digest::default();
    file.read_exact(&mut digest).map_err(failed)?;
    if *hasher.finalize().as_bytes() != digest {
        return Err(damage("its checksum does not fit"));
    }
    let file = File::open(path).map_err(failed)?;
    let mut input = BufReader::with_capacity(1 << 20, file.take(covered));
    let mut magic = [0; 4];
    input.read_exact(&mut magic).map_err(failed)?;
    if magic != *MAGIC {
        return Err(damage("it is of another kind or version"));
    }
    let mut decoder = Decoder::new(&mut input);
    if decoder.u64().map_err(failed)? != from {
        return Err(damage("it goes on from another one than its name says"));
    }
    let store = decode::decode(&mut decoder, before).map_err(failed)?;
    let mut rest = [0];
    match input.read(&mut rest).map_err(failed)? {
        0 => Ok(store),
        _ => Err(damage("it goes on after its end")),
    }
}
