//! The device core against a server in memory.

mod behaviour;
mod exactly_once;
mod handset;
mod merges;
mod photos;
mod reviews;
mod server;
