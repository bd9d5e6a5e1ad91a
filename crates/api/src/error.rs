//! What can keep the server from starting. What goes wrong with one request is a [`crate::Problem`].

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The result of starting.
pub type Result<T> = std::result::Result<T, Error>;

/// What we were doing when it failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken, or not ours.
    #[error("cannot listen on {addr}")]
    Listen {
        /// Which address.
        addr: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Without TLS, only the machine itself may connect.
    #[error("{addr} can be reached from other machines: give a certificate and its key, or listen on 127.0.0.1")]
    PlainBeyondLoopback {
        /// Which address.
        addr: SocketAddr,
    },
    /// A certificate or key file cannot be read or written.
    #[error("cannot use `{path}`")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A certificate or key file holds none.
    #[error("`{path}` holds no {what} in PEM")]
    NotPem {
        /// Which file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// The certificate and the key do not belong together, or are of a kind that is not supported.
    #[error("the certificate and its key cannot be used for TLS")]
    Tls(#[from] rustls::Error),
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
}
