//! Drives the built `quipu` binary from outside: over HTTP, SQL, signals and its files.
//!
//! A test makes a census in a folder ([`census`]), starts the binary over it ([`server`]), lets phones with the real
//! device core work against it ([`handset`]) or speaks the wire format itself ([`courier`]), does something unkind, and
//! looks at what is left: through the binary, and in the folder with the crates that own its formats.
//!
//! Left out: the browser (`scripts/e2e.sh`). The crate does not link the query engine: it takes the binary from
//! `QUIPU_BIN`, or from `target/debug`. Start at `tests/crash.rs`.

pub mod cells;
pub mod census;
pub mod courier;
pub mod handset;
pub mod journaled;
pub mod network;
pub mod relay;
pub mod server;
