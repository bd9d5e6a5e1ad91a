//! enumerator
