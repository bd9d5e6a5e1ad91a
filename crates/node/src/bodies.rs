//! Bodies as they lie in the journal: large ones compressed, all encrypted one by one under the key of (area, wave).
//!
//! `[version u8][key's area u32 LE][wave u32 LE][ciphertext]`; version 1 is compressed by zstd, version 2 as it was. The key's area is written down because areas move. The
//! ciphertext is bound to the head of its event.

use std::cell::RefCell;

use event::cipher::Key;
use event::{Record, cipher};
use types::{AreaId, Offset};
use zstd::bulk::Compressor;

use crate::error::{Error, Result};
use crate::keys::Keys;

const COMPRESSED: u8 = 1;
const PLAIN: u8 = 2;
const PREFIX_BYTES: usize = 9;

/// Smaller bodies are not compressed. A household's answers are packed already and half of the rest is sealed, so that
/// zstd saves it few bytes for a large part of the time a submission costs.
const COMPRESS_BYTES_MIN: usize = 2048;

/// How hard bodies are compressed; zstd's usual level.
const LEVEL: i32 = 3;

/// Keys belong to areas of this level, or of the level above where the tree is flatter: a province or canton.
const KEY_LEVEL: u8 = 1;

/// Largest body taken in or given out, bytes.
const BODY_BYTES_MAX: usize = 64 << 20;

/// The area whose key encrypts bodies of `area`. Unknown areas share the key of area 0.
pub fn key_area(areas: &areas::AreaTree, area: AreaId) -> AreaId {
    areas.upwards(area).find(|area| areas.level(*area) <= Some(KEY_LEVEL)).unwrap_or(AreaId(0))
}

/// Makes the record of an event and its body under a key of [`Keys::body`]; the head says the wave. An empty body stays
/// empty.
pub fn record(key_area: AreaId, wave: u32, key: &Key, head: Vec<u8>, body: &[u8]) -> Result<Record> {
    if body.is_empty() {
        return Ok(Record { head, body: Vec::new() });
    }
    let unique = blake3::hash(&head);
    let (version, sealed) = if body.len() < COMPRESS_BYTES_MIN {
        (PLAIN, cipher::encrypt(key, unique.as_bytes(), body))
    } else {
        let packed = pack(body).map_err(|_| Error::Body { offset: 0 })?;
        (COMPRESSED, cipher::encrypt(key, unique.as_bytes(), &packed))
    };
    let body = [&[version][..], &key_area.0.to_le_bytes(), &wave.to_le_bytes(), &sealed].concat();
    Ok(Record { head, body })
}

/// The area and wave whose key encrypts a body; `None` without a body.
pub fn key_of(body: &[u8]) -> Option<(u32, u32)> {
    let (_, rest) = body.split_first()?;
    let (area, rest) = rest.split_first_chunk()?;
    let (wave, _) = rest.split_first_chunk()?;
    Some((u32::from_le_bytes(*area), u32::from_le_bytes(*wave)))
}

/// The body of a record, decrypted. Identifiers in it stay sealed.
pub fn open(keys: &Keys, offset: Offset, record: &Record) -> Result<Vec<u8>> {
    if record.body.is_empty() {
        return Ok(Vec::new());
    }
    let wrong = || Error::Body { offset };
    let (prefix, sealed) = record.body.split_first_chunk::<PREFIX_BYTES>().ok_or_else(wrong)?;
    let (area, wave) = key_of(prefix).ok_or_else(wrong)?;
    let key = keys.body_to_read(area, wave)?;
    let kept = cipher::decrypt(&key, blake3::hash(&record.head).as_bytes(), sealed).map_err(|_| wrong())?;
    match prefix[0] {
        PLAIN => Ok(kept),
        COMPRESSED => unpack(&kept).ok_or_else(wrong),
        version => Err(event::Error::Version { what: "journal body", version: version.into() }.into()),
    }
}

thread_local! {
    /// Making a compressor costs more than compressing a household: each thread keeps one.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

fn pack(body: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::new(LEVEL)?),
        };
        compressor.compress(body)
    })
}

/// Takes only the memory that the packed body says it needs; `None` when it says nothing or too much.
fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let bytes = zstd::zstd_safe::get_frame_content_size(packed).ok()??;
    let bytes = usize::try_from(bytes).ok().filter(|bytes| *bytes <= BODY_BYTES_MAX)?;
    zstd::bulk::decompress(packed, bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_kept_as_it_is_and_a_form_is_compressed_and_both_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path(), None).unwrap();
        let (wave, key) = keys.body(7).unwrap();
        for (bytes, version) in [(1, PLAIN), (COMPRESS_BYTES_MIN - 1, PLAIN), (COMPRESS_BYTES_MIN, COMPRESSED)] {
            let body = vec![5; bytes];
            let record = record(AreaId(7), wave, &key, vec![1, 2, 3], &body).unwrap();
            assert_eq!((record.body[0], key_of(&record.body)), (version, Some((7, wave))), "{bytes} bytes");
            assert_eq!(record.body.len() < bytes, version == COMPRESSED);
            assert_eq!(open(&keys, 0, &record).unwrap(), body);
            // A later program's version is said to be one, not read as something else.
            let mut later = record.clone();
            later.body[0] = 9;
            assert!(matches!(open(&keys, 0, &later), Err(Error::Event(event::Error::Version { version: 9, .. }))));
        }
    }
}
