//! Encryption of what is kept: journal bodies under the key of (area, wave), and blobs under a key of their own.
//! AES-256-GCM. A journal body's nonce is its operation's digest-derived 12 bytes and is bound to origin and number.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};

use crate::{Error, Result};

/// A symmetric key.
pub type Key = [u8; 32];

/// Encrypts under `key`. `unique` must never repeat under the same key with other bytes (an operation id does): the
/// nonce is derived from it and from the plaintext, so that even a repeat leaks equality at most.
pub fn encrypt(key: &Key, unique: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(unique).update(plain);
    let nonce: [u8; 12] = hasher.finalize().as_bytes()[..12].try_into().expect("12 of 32 bytes");
    let sealed = Aes256Gcm::new(key.into())
        .encrypt(&nonce.into(), Payload { msg: plain, aad: unique })
        .expect("AES-GCM takes up to 64 GiB");
    [nonce.as_slice(), &sealed].concat()
}

/// Decrypts what [`encrypt`] made with the same key and `unique`.
pub fn decrypt(key: &Key, unique: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    let wrong = Error::Unverified { what: "ciphertext" };
    let Some((nonce, sealed)) = sealed.split_first_chunk::<12>() else { return Err(wrong) };
    Aes256Gcm::new(key.into()).decrypt(nonce.into(), Payload { msg: sealed, aad: unique }).map_err(|_| wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_or_another_place_does_not_decrypt() {
        let sealed = encrypt(&[1; 32], b"a/1", b"answers");
        assert_eq!(decrypt(&[1; 32], b"a/1", &sealed).unwrap(), b"answers");
        assert!(decrypt(&[1; 32], b"a/2", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 0x80;
            assert!(decrypt(&[1; 32], b"a/1", &bad).is_err());
        }
    }
}
