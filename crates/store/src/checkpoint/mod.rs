//! Checkpoints: the tables in one file, so that a restart applies the tail of the journal only.
//!
//! `checkpoint-<next offset>` holds the magic `QSC1`, the tables ([`encode`]) and the blake3 of all before it. It is
//! written beside, flushed and renamed, so a crash leaves the earlier ones. The counters above the enumeration areas are
//! added up anew. The same encoding, hashed, is the store's digest.

mod decode;
mod encode;

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use types::Offset;

use crate::Store;
use crate::codec::{Decoder, Encoder};
use crate::error::{Error, Result};

const MAGIC: &[u8; 4] = b"QSC1";
const PREFIX: &str = "checkpoint-";
const DIGEST_BYTES: u64 = 32;

/// How many checkpoints are kept.
const KEPT: usize = 2;

/// Passes bytes on and hashes them.
struct Hashing<W> {
    out: W,
    hasher: blake3::Hasher,
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
    let mut out = BufWriter::with_capacity(1 << 16, Hashing { out: io::sink(), hasher: blake3::Hasher::new() });
    let written = encode::encode(store, &mut Encoder::new(&mut out)).and_then(|()| out.flush());
    written.expect("hashing does not fail");
    *out.get_ref().hasher.finalize().as_bytes()
}

pub(crate) fn write(store: &Store, dir: &Path) -> Result<Offset> {
    let path = dir.join(format!("{PREFIX}{:020}", store.next_offset()));
    let failed = |source| Error::Write { path: path.clone(), source };
    fs::create_dir_all(dir).map_err(failed)?;
    let beside = path.with_extension("new");
    write_file(store, &beside).map_err(failed)?;
    fs::rename(&beside, &path).map_err(failed)?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
    for old in list(dir)?.into_iter().skip(KEPT) {
        fs::remove_file(&old).map_err(|source| Error::Write { path: old, source })?;
    }
    Ok(store.next_offset())
}

fn write_file(store: &Store, path: &Path) -> io::Result<()> {
    let hashing = Hashing { out: File::create(path)?, hasher: blake3::Hasher::new() };
    let mut out = BufWriter::with_capacity(1 << 20, hashing);
    out.write_all(MAGIC)?;
    encode::encode(store, &mut Encoder::new(&mut out))?;
    out.flush()?;
    let digest = *out.get_ref().hasher.finalize().as_bytes();
    out.write_all(&digest)?;
    out.flush()?;
    out.get_ref().out.sync_all()
}

/// The checkpoints of a folder, newest first. The number in a name has a fixed width.
fn list(dir: &Path) -> Result<Vec<PathBuf>> {
    let failed = |source| Error::Read { path: dir.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name.and_then(|name| name.strip_prefix(PREFIX));
        if number.is_some_and(|number| number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit())) {
            paths.push(path);
        }
    }
    paths.sort_unstable_by(|a, b| b.cmp(a));
    Ok(paths)
}

pub(crate) fn restore(dir: &Path, damaged: &mut dyn FnMut(Error)) -> Result<Option<Store>> {
    if !dir.exists() {
        return Ok(None);
    }
    for path in list(dir)? {
        match read(&path) {
            Ok(store) => return Ok(Some(store)),
            Err(error) => damaged(error),
        }
    }
    Ok(None)
}

/// Reads a checkpoint: first its checksum, then what it says.
fn read(path: &Path) -> Result<Store> {
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
    let store = decode::decode(&mut decoder).map_err(failed)?;
    let mut rest = [0];
    match input.read(&mut rest).map_err(failed)? {
        0 => Ok(store),
        _ => Err(damage("it goes on after its end")),
    }
}
