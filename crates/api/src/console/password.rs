//! Passwords of staff: argon2id, as PHC strings.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};

/// The PHC string of a password: argon2id with the parameters OWASP recommends (19 MiB, 2 passes, 1 lane). `salt` is
/// random, new for each password.
///
/// # Panics
/// On a password longer than 4 GiB.
pub fn hash_password(password: &str, salt: [u8; 16]) -> String {
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.expect("the default parameters are sound and a password is shorter than 4 GiB").to_string()
}

/// Whether a password fits a PHC string. Takes tens of milliseconds and 19 MiB on purpose: call it off the runtime's
/// threads. With no string to compare it takes as long and says no, so that time does not tell which logins exist.
pub(super) fn fits(password: &str, phc: Option<&str>) -> bool {
    match phc.and_then(|phc| PasswordHash::new(phc).ok()) {
        Some(hash) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
        None => {
            let _ = hash_password(password, [0; 16]);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_fits_and_the_string_names_its_parameters() {
        let phc = hash_password("red kite 7", [7; 16]);
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(fits("red kite 7", Some(&phc)));
        assert!(!fits("red kite 8", Some(&phc)));
        assert!(!fits("", Some(&phc)));
        assert_ne!(phc, hash_password("red kite 7", [8; 16]));
    }

    #[test]
    fn nobody_signs_in_without_a_password_of_their_own() {
        assert!(!fits("", Some("")));
        assert!(!fits("anything", Some("not a PHC string")));
        assert!(!fits("anything", None));
    }
}
