//! `extract-signed()`: a text that somebody vouches for, such as what a QR code on a card holds.
//!
//! Source: ODK's documentation of form functions. The text is base64 of an Ed25519 signature (64 bytes) and the message
//! behind it; the public key is base64 too.

use ed25519_dalek::{Signature, VerifyingKey};

use crate::base64;

/// The message, when it was signed with the key; else `None`.
pub(crate) fn extract(contents: &str, public_key: &str) -> Option<Vec<u8>> {
    let (contents, key) = (base64::decode(contents)?, base64::decode(public_key)?);
    let (signature, message) = contents.split_first_chunk::<64>()?;
    let key = VerifyingKey::from_bytes(key.as_slice().try_into().ok()?).ok()?;
    key.verify_strict(message, &Signature::from_bytes(signature)).ok()?;
    Some(message.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, 7.1, test 3.
    const KEY: &str = "/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=";
    const SIGNED: &str = "YpHWV97sJAJIJ+acOr4BowzlSKKEdDpEXjaA19taw6wY/5tTjRbykK5n92CYTcZZSnwV6XFu0o3AJ77O6h7ECq+C";

    #[test]
    fn a_message_comes_out_only_when_the_key_signed_it() {
        assert_eq!(extract(SIGNED, KEY), Some(vec![0xAF, 0x82]));
        for i in (0..SIGNED.len() - 1).step_by(7) {
            let other = if &SIGNED[i..=i] == "A" { "B" } else { "A" };
            let changed = [&SIGNED[..i], other, &SIGNED[i + 1..]].concat();
            assert_eq!(extract(&changed, KEY), None, "changed at {i}");
        }
        assert_eq!(extract(&SIGNED[..80], KEY), None);
        assert_eq!(extract(SIGNED, &KEY[..40]), None);
        assert_eq!(extract("", ""), None);
    }
}
