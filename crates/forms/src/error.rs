//! What can be wrong with bytes and paths handed to the engine.

/// An error of the engine. A form author's mistake is a [`crate::Diagnostic`] instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are not a form definition.
    #[error("these bytes are not a form")]
    NotAForm(#[source] types::json::Unreadable),
    /// The bytes are not a draft.
    #[error("these bytes are not a draft of an interview")]
    NotADraft(#[source] types::json::Unreadable),
    /// The form or draft was written by a version this one does not know.
    #[error("this version does not read `{found}`")]
    UnknownFormat {
        /// What the bytes call their format.
        found: String,
    },
    /// The definition refers to what it does not hold.
    #[error("the form is damaged: {0}")]
    DamagedForm(String),
    /// The answers end early, run on, or hold what the form has no place for.
    #[error("the answers are damaged at byte {at_bytes}")]
    Damaged {
        /// Where reading stopped.
        at_bytes: usize,
    },
    /// The answers were given to another form, or to another version of it.
    #[error("the answers belong to form {found:08x}, not to {expected:08x}")]
    OtherForm {
        /// Fingerprint in the answers.
        found: u32,
        /// Fingerprint of the form.
        expected: u32,
    },
    /// A file beside the form cannot be used.
    #[error("`{name}` cannot be used: {why}")]
    BadFile {
        /// The file.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// No question is reached by the path.
    #[error("there is no question at `{0}`")]
    NoSuchPath(String),
    /// The value is not one the question can hold.
    #[error("`{value}` is not an answer to `{path}`: {expected}")]
    WrongValue {
        /// The question.
        path: String,
        /// What was given.
        value: String,
        /// What an answer looks like.
        expected: &'static str,
    },
}

/// A result of the engine.
pub type Result<T, E = Error> = std::result::Result<T, E>;
