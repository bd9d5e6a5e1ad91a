//! HTTP requests as bytes, made before the clock starts, and the file that hands them to the generator.

use std::io::{BufWriter, Read, Write};
use std::path::Path;

use event::{Protobuf, wire};

use crate::error::Result;

/// A sync with these operations. Nothing comes down but receipts.
pub fn sync(session: &wire::Session, operations: Vec<Vec<u8>>) -> Vec<u8> {
    let sync = wire::Sync { operations, cursor: wire::RECEIPTS_ONLY, app: "load/1".into(), ..wire::Sync::default() };
    signed("/v1/sync", session, &sync.encode_to_vec())
}

/// A POST of a protobuf body, by the holder of a session.
pub fn signed(path: &str, session: &wire::Session, body: &[u8]) -> Vec<u8> {
    let key = session.key.as_slice().try_into().unwrap_or_default();
    let mac: String = wire::mac(&key, body).iter().map(|byte| format!("{byte:02x}")).collect();
    let headers = format!("authorization: Quipu {}\r\nquipu-mac: {mac}\r\n", session.token);
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n{headers}content-length: \
         {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Writes requests, each after its length.
pub fn write(path: &Path, requests: &[Vec<u8>]) -> Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    for request in requests {
        file.write_all(&(request.len() as u32).to_le_bytes())?;
        file.write_all(request)?;
    }
    Ok(file.flush()?)
}

/// Reads what [`write`] wrote.
pub fn read(path: &Path) -> Result<Vec<Vec<u8>>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.read_to_end(&mut bytes)?;
    let (mut rest, mut requests) = (bytes.as_slice(), Vec::new());
    while let Some((length, after)) = rest.split_first_chunk() {
        let (request, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        requests.push(request.to_vec());
        rest = after;
    }
    Ok(requests)
}
