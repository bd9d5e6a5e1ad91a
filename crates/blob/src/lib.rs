//! blob.
