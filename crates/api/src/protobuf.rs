//! Protocol Buffers in and out, compressed where the other side does that.

use std::io::{Read, Write};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use event::Protobuf;

use crate::problem::Problem;

/// Reads a message; [`Problem::malformed`] when it is none.
pub(crate) fn read<M: Protobuf + Default>(body: &[u8]) -> Result<M, Problem> {
    M::decode(body).map_err(|error| Problem::malformed().with("reason", error))
}

const HEADERS: [(header::HeaderName, HeaderValue); 2] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];
/// A message shorter than this travels as it is.
const PACKED_BYTES_MIN: usize = 512;

/// What the other side compresses, and what it accepts compressed.
#[derive(Clone, Copy)]
pub(crate) struct Packing {
    packed: bool,
    accepted: bool,
}

impl Packing {
    pub fn of(headers: &HeaderMap) -> Packing {
        let says =
            |name| headers.get(name).is_some_and(|value| value.as_bytes().windows(4).any(|word| word == b"gzip"));
        Packing { packed: says(header::CONTENT_ENCODING), accepted: says(header::ACCEPT_ENCODING) }
    }

    /// The body as it was before it was compressed, at most `bytes_max` long.
    pub fn unpack(self, body: Bytes, bytes_max: usize) -> Result<Bytes, Problem> {
        if !self.packed {
            return Ok(body);
        }
        let mut plain = Vec::new();
        let read = flate2::read::GzDecoder::new(&body[..]).take(bytes_max as u64 + 1).read_to_end(&mut plain);
        read.map_err(|error| Problem::malformed().with("reason", error))?;
        if plain.len() > bytes_max {
            return Err(Problem::too_large().with("bytes_max", bytes_max));
        }
        Ok(plain.into())
    }
}

/// A message as a response, compressed when that is worth it and the request accepts it.
pub(crate) struct Packed<M>(pub M, pub Packing);

impl<M: Protobuf> IntoResponse for Packed<M> {
    fn into_response(self) -> Response {
        let plain = self.0.encode_to_vec();
        if !self.1.accepted || plain.len() < PACKED_BYTES_MIN {
            return (HEADERS, plain).into_response();
        }
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        match packed.write_all(&plain).and_then(|()| packed.finish()) {
            Ok(packed) => {
                (HEADERS, [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], packed).into_response()
            }
            Err(_) => (HEADERS, plain).into_response(),
        }
    }
}

/// A message as a response.
pub(crate) struct Reply<M>(pub M);

impl<M: Protobuf> IntoResponse for Reply<M> {
    fn into_response(self) -> Response {
        (HEADERS, self.0.encode_to_vec()).into_response()
    }
}
