//! What the console refuses beyond the common catalogue.

use axum::http::StatusCode;

use crate::problem::Problem;

fn refusal(status: StatusCode, code: &'static str, help: &'static str) -> Problem {
    Problem { status, code, help, params: Default::default(), retry_after_s: None }
}

/// Login and password do not fit. It does not say which.
pub(super) fn password_wrong() -> Problem {
    let help = "Login and password do not fit. Check both, or ask your administrator for a new password.";
    refusal(StatusCode::UNAUTHORIZED, "auth/password-wrong", help)
}

/// A role without a screen in the console: enumerators work with the phone app.
pub(super) fn no_console() -> Problem {
    refusal(StatusCode::FORBIDDEN, "auth/no-console", "Your role works without the console. Use the phone app.")
}

/// The role sees counts and no single case.
pub(super) fn counts_only() -> Problem {
    refusal(StatusCode::FORBIDDEN, "auth/counts-only", "Your role sees counts, not single cases, staff or devices.")
}

/// Nobody is signed in, or no longer.
pub(super) fn signed_out() -> Problem {
    refusal(StatusCode::UNAUTHORIZED, "auth/signed-out", "You are signed out. Sign in again.")
}

/// Somebody else has decided about it.
pub(super) fn held_no_longer() -> Problem {
    refusal(StatusCode::NOT_FOUND, "held/no-longer", "This waits for nobody any more. Somebody has decided about it.")
}

/// The decision took no effect; `reason` is a name of [`types::Held`].
pub(super) fn not_decided(reason: types::Held) -> Problem {
    let help = "That could not be done. It waits as before.";
    refusal(StatusCode::CONFLICT, "held/not-decided", help).with("reason", reason.as_str())
}
