//! Sealing identifiers: an envelope that the census key's holder, or a holder of the enumeration area's working key,
//! can open, and no server.
//!
//! A random data key encrypts the identifiers (AES-256-GCM); the data key is wrapped twice with HPKE (RFC 9180, base
//! mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM). Both bind the operation's id and area, so an envelope
//! moved to another household does not open. `hpke` is not formally audited: it is used in this file only.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;
use types::{AreaId, OperationId};
use zeroize::Zeroizing;

use crate::{Error, Result, decode};

type PrivateX = <X25519HkdfSha256 as Kem>::PrivateKey;
type PublicX = <X25519HkdfSha256 as Kem>::PublicKey;

/// The only suite so far.
pub const SUITE: u32 = 1;

/// Identifiers, sealed.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Envelope {
    /// 1: AES-256-GCM under a data key wrapped by HPKE X25519/HKDF-SHA256/AES-256-GCM.
    #[prost(uint32, tag = "1")]
    pub suite: u32,
    /// The data key for the census key's holder.
    #[prost(message, optional, tag = "2")]
    pub census: Option<Wrapped>,
    /// The data key for the enumeration area's working key.
    #[prost(message, optional, tag = "3")]
    pub working: Option<Wrapped>,
    /// The identifiers under the data key; the nonce is zero because a data key is used once.
    #[prost(bytes = "vec", tag = "4")]
    pub ciphertext: Vec<u8>,
}

/// A key wrapped to a public key.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Wrapped {
    /// HPKE's encapsulated key, 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub encapsulated: Vec<u8>,
    /// The key and its tag, 48 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub ciphertext: Vec<u8>,
}

/// A private key that opens what was sealed to its public half.
#[derive(Clone)]
pub struct OpeningKey(PrivateX);

impl OpeningKey {
    /// The key derived from 32 secret bytes (HPKE's DeriveKeyPair).
    pub fn derive(secret: &[u8; 32]) -> OpeningKey {
        OpeningKey(X25519HkdfSha256::derive_keypair(secret).0)
    }

    /// An enumeration area's working key, derived from the census's field secret. Only the key's keeper has that
    /// secret; the server never does.
    pub fn working(field_secret: &[u8; 32], ea: AreaId) -> OpeningKey {
        let mut hasher = blake3::Hasher::new_derive_key("quipu 2026 working key of an enumeration area");
        hasher.update(field_secret).update(&ea.0.to_le_bytes());
        OpeningKey::derive(hasher.finalize().as_bytes())
    }

    /// Reads the 32 bytes of [`OpeningKey::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<OpeningKey> {
        PrivateX::from_bytes(bytes).map(OpeningKey).map_err(|_| Error::Field { what: "opening key", field: "length" })
    }

    /// The private key, 32 bytes.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// Its public half, 32 bytes.
    pub fn public(&self) -> [u8; 32] {
        X25519HkdfSha256::sk_to_pk(&self.0).to_bytes().into()
    }
}

/// What an envelope is bound to: it opens for no other operation or area.
fn binding(id: OperationId, area: AreaId) -> Vec<u8> {
    [b"quipu 2026 envelope\0".as_slice(), &id.origin.0, &id.number.to_le_bytes(), &area.0.to_le_bytes()].concat()
}

/// Seals `identifiers` of one operation to both keys. `rng` comes from outside; it must be cryptographic.
pub fn seal(
    identifiers: &[u8],
    id: OperationId,
    area: AreaId,
    census_key: &[u8; 32],
    working_key: &[u8; 32],
    rng: &mut impl CryptoRng,
) -> Result<Envelope> {
    let binding = binding(id, area);
    let mut data_key = Zeroizing::new([0; 32]);
    rng.fill_bytes(data_key.as_mut());
    let ciphertext = Aes256Gcm::new((&*data_key).into())
        .encrypt(&[0; 12].into(), Payload { msg: identifiers, aad: &binding })
        .map_err(|_| Error::Unverified { what: "envelope" })?;
    Ok(Envelope {
        suite: SUITE,
        census: Some(wrap(&data_key, &binding, census_key, rng)?),
        working: Some(wrap(&data_key, &binding, working_key, rng)?),
        ciphertext,
    })
}

fn wrap(key: &[u8; 32], binding: &[u8], to: &[u8; 32], rng: &mut impl CryptoRng) -> Result<Wrapped> {
    let public = PublicX::from_bytes(to).map_err(|_| Error::Field { what: "public key", field: "length" })?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256, _>(
        &OpModeS::Base,
        &public,
        binding,
        key,
        b"",
        rng,
    )
    .map_err(|_| Error::Unverified { what: "public key" })?;
    Ok(Wrapped { encapsulated: encapsulated.to_bytes().to_vec(), ciphertext })
}

fn unwrap(wrapped: &Wrapped, binding: &[u8], key: &OpeningKey) -> Result<Zeroizing<[u8; 32]>> {
    let wrong = || Error::Unverified { what: "envelope" };
    let encapsulated =
        <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&wrapped.encapsulated).map_err(|_| wrong())?;
    let data_key = Zeroizing::new(
        hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &key.0,
            &encapsulated,
            binding,
            &wrapped.ciphertext,
            b"",
        )
        .map_err(|_| wrong())?,
    );
    data_key.as_slice().try_into().map(Zeroizing::new).map_err(|_| wrong())
}

impl Envelope {
    /// Reads one from its encoding.
    pub fn read(bytes: &[u8]) -> Result<Envelope> {
        let envelope: Envelope = decode("envelope", bytes)?;
        match envelope.suite {
            SUITE => Ok(envelope),
            version => Err(Error::Version { what: "envelope", version }),
        }
    }

    /// Opens it with the census key's private half (the vault).
    pub fn open_census(&self, id: OperationId, area: AreaId, key: &OpeningKey) -> Result<Zeroizing<Vec<u8>>> {
        self.open(self.census.as_ref(), id, area, key)
    }

    /// Opens it with the enumeration area's working key (the lease holder, the supervisor).
    pub fn open_working(&self, id: OperationId, area: AreaId, key: &OpeningKey) -> Result<Zeroizing<Vec<u8>>> {
        self.open(self.working.as_ref(), id, area, key)
    }

    fn open(
        &self,
        wrapped: Option<&Wrapped>,
        id: OperationId,
        area: AreaId,
        key: &OpeningKey,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let binding = binding(id, area);
        let data_key = unwrap(wrapped.ok_or(Error::Field { what: "envelope", field: "wrapped key" })?, &binding, key)?;
        Aes256Gcm::new((&*data_key).into())
            .decrypt(&[0; 12].into(), Payload { msg: &self.ciphertext, aad: &binding })
            .map(Zeroizing::new)
            .map_err(|_| Error::Unverified { what: "envelope" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;

    #[test]
    fn an_envelope_opens_with_either_key_and_for_its_own_operation_only() {
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([1; 32]);
        let census = OpeningKey::derive(&[2; 32]);
        let working = OpeningKey::working(&[3; 32], AreaId(9));
        let id = OperationId { origin: types::Origin([4; 16]), number: 1 };
        let envelope = seal(b"Wang Fang", id, AreaId(9), &census.public(), &working.public(), &mut rng).unwrap();
        assert_eq!(*envelope.open_census(id, AreaId(9), &census).unwrap(), b"Wang Fang");
        assert_eq!(*envelope.open_working(id, AreaId(9), &working).unwrap(), b"Wang Fang");
        let other = OperationId { number: 2, ..id };
        assert!(envelope.open_census(other, AreaId(9), &census).is_err());
        assert!(envelope.open_census(id, AreaId(8), &census).is_err());
        assert!(envelope.open_census(id, AreaId(9), &working).is_err());
        let neighbour = OpeningKey::working(&[3; 32], AreaId(10));
        assert!(envelope.open_working(id, AreaId(9), &neighbour).is_err());
    }
}
