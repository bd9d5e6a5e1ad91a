//! forms.
