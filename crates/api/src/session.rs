//! Sessions without a table: a token says device, staff and expiry and carries its own proof; the session's key follows
//! from it. Any node with the same secret reads it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use event::Digest;
use types::{DeviceId, StaffId, Time};

/// How long a session reads, microseconds.
pub(crate) const LASTS_US: i64 = 12 * 3600 * Time::SECOND_US;

const VERSION: u8 = 1;
/// Version, device, staff, expiry, salt.
const CLAIMS_BYTES: usize = 1 + 4 + 4 + 8 + 8;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    pub device: DeviceId,
    pub staff: StaffId,
    /// When reading ends, the server's time.
    pub expires: Time,
    /// Random: two sessions of a device have different keys.
    pub salt: u64,
}

/// Makes and reads tokens.
pub(crate) struct Sessions {
    proof_key: Digest,
    session_key: Digest,
}

impl Sessions {
    pub fn new(secret: &[u8; 32]) -> Sessions {
        Sessions {
            proof_key: blake3::derive_key("quipu 2026 session token proof", secret),
            session_key: blake3::derive_key("quipu 2026 session key", secret),
        }
    }

    /// The token and the key of a session.
    pub fn issue(&self, claims: &Claims) -> (String, Digest) {
        let bytes = encode(claims);
        let proof = blake3::keyed_hash(&self.proof_key, &bytes);
        (URL_SAFE_NO_PAD.encode([&bytes[..], proof.as_bytes()].concat()), self.key(&bytes))
    }

    /// What a token says, and its session's key; `None` unless [`Sessions::issue`] made it. It may have expired.
    pub fn read(&self, token: &str) -> Option<(Claims, Digest)> {
        let mut decoded = [0; CLAIMS_BYTES + 32];
        let length = URL_SAFE_NO_PAD.decode_slice(token, &mut decoded).ok()?;
        let (bytes, proof) = decoded.split_at(CLAIMS_BYTES);
        let proof = blake3::Hash::from_slice(proof).ok()?;
        // Hashes are compared in constant time.
        if length != decoded.len() || blake3::keyed_hash(&self.proof_key, bytes) != proof {
            return None;
        }
        Some((decode(bytes)?, self.key(bytes)))
    }

    fn key(&self, claims: &[u8]) -> Digest {
        *blake3::keyed_hash(&self.session_key, claims).as_bytes()
    }
}

fn encode(claims: &Claims) -> [u8; CLAIMS_BYTES] {
    let mut bytes = [0; CLAIMS_BYTES];
    bytes[0] = VERSION;
    bytes[1..5].copy_from_slice(&claims.device.0.to_le_bytes());
    bytes[5..9].copy_from_slice(&claims.staff.0.to_le_bytes());
    bytes[9..17].copy_from_slice(&claims.expires.0.to_le_bytes());
    bytes[17..25].copy_from_slice(&claims.salt.to_le_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<Claims> {
    let (version, rest) = bytes.split_first()?;
    let (device, rest) = rest.split_first_chunk::<4>()?;
    let (staff, rest) = rest.split_first_chunk::<4>()?;
    let (expires, rest) = rest.split_first_chunk::<8>()?;
    let (salt, _) = rest.split_first_chunk::<8>()?;
    (*version == VERSION).then_some(Claims {
        device: DeviceId(u32::from_le_bytes(*device)),
        staff: StaffId(u32::from_le_bytes(*staff)),
        expires: Time(i64::from_le_bytes(*expires)),
        salt: u64::from_le_bytes(*salt),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_any_change_to_it_is_noticed() {
        let sessions = Sessions::new(&[1; 32]);
        let claims = Claims { device: DeviceId(7), staff: StaffId(9), expires: Time(5), salt: 3 };
        let (token, key) = sessions.issue(&claims);
        assert_eq!(sessions.read(&token), Some((claims, key)));
        let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            assert_eq!(sessions.read(&URL_SAFE_NO_PAD.encode(&bytes)), None);
            bytes[at] ^= 1;
        }
        assert_eq!(Sessions::new(&[2; 32]).read(&token), None);
        assert_eq!(sessions.read(""), None);
        assert_eq!(sessions.read(&"A".repeat(1000)), None);
        assert_ne!(sessions.issue(&Claims { salt: 4, ..claims }).1, key);
    }
}
