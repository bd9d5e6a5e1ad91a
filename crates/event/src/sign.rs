//! Signatures: Ed25519 over a domain-separated message, so that a signature of one kind is never one of another.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::{Error, Result};

/// A private signing key: a node's or a device's. The 32 bytes come from outside.
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// The key of 32 secret bytes.
    pub fn from_bytes(secret: &[u8; 32]) -> PrivateKey {
        PrivateKey(SigningKey::from_bytes(secret))
    }

    /// Its public half, 32 bytes.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs `message` as a `domain` message ("frame", "session" …).
    pub fn sign(&self, domain: &str, message: &[u8]) -> [u8; 64] {
        self.0.sign(&separated(domain, message)).to_bytes()
    }
}

/// Checks a signature made by [`PrivateKey::sign`].
pub fn verify(public: &[u8], domain: &'static str, message: &[u8], signature: &[u8]) -> Result<()> {
    let wrong = || Error::Unverified { what: domain };
    let key: [u8; 32] = public.try_into().map_err(|_| wrong())?;
    let key = VerifyingKey::from_bytes(&key).map_err(|_| wrong())?;
    let signature = Signature::from_slice(signature).map_err(|_| wrong())?;
    key.verify_strict(&separated(domain, message), &signature).map_err(|_| wrong())
}

fn separated(domain: &str, message: &[u8]) -> Vec<u8> {
    [b"quipu 2026 ", domain.as_bytes(), b"\0", message].concat()
}
