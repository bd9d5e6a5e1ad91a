//! vault.
