//! Protocol Buffers in and out.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use event::Protobuf;

use crate::problem::Problem;

/// Reads a message; [`Problem::malformed`] when it is none.
pub(crate) fn read<M: Protobuf + Default>(body: &[u8]) -> Result<M, Problem> {
    M::decode(body).map_err(|error| Problem::malformed().with("reason", error))
}

/// A message as a response.
pub(crate) struct Reply<M>(pub M);

impl<M: Protobuf> IntoResponse for Reply<M> {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        (headers, self.0.encode_to_vec()).into_response()
    }
}
