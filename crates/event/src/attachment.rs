//! Photos and other files of a submission: encrypted on the phone each under a key of its own, which travels sealed
//! beside the answers. The server stores bytes it cannot read, named by their hash.

use rand_core::CryptoRng;
use types::{AreaId, OperationId};
use zeroize::Zeroizing;

use crate::{Digest, Error, Protobuf, Result, cipher, seal};

/// A file that belongs to a submission.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Attachment {
    /// The name the form gives it; the answer to its question.
    #[prost(string, tag = "1")]
    pub name: String,
    /// blake3 of the encrypted bytes: the blob's address.
    #[prost(bytes = "vec", tag = "2")]
    pub digest: Vec<u8>,
    /// Length of the encrypted bytes.
    #[prost(uint64, tag = "3")]
    pub bytes: u64,
    /// An encoded [`seal::Envelope`] with the 32 bytes of its key.
    #[prost(bytes = "vec", tag = "4")]
    pub sealed: Vec<u8>,
}

impl Attachment {
    /// Encrypts a file of one operation and seals its key as identifiers are sealed. Returns what goes into the body
    /// and what goes to the blob store. `rng` must be cryptographic.
    ///
    /// # Errors
    /// As [`seal::seal`].
    pub fn seal(
        name: &str,
        plain: &[u8],
        (id, area): (OperationId, AreaId),
        (census_key, working_key): (&[u8; 32], &[u8; 32]),
        rng: &mut impl CryptoRng,
    ) -> Result<(Attachment, Vec<u8>)> {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(key.as_mut());
        let blob = cipher::encrypt(&key, &binding(id, name), plain);
        let sealed = seal::seal(key.as_slice(), id, area, census_key, working_key, rng)?.encode_to_vec();
        let digest = address(&blob).to_vec();
        Ok((Attachment { name: name.to_owned(), digest, bytes: blob.len() as u64, sealed }, blob))
    }

    /// Decrypts the file with the key that the envelope held.
    ///
    /// # Errors
    /// [`Error::Field`] for a key of another length; [`Error::Unverified`] when the blob is not this operation's file of
    /// this name, or is damaged.
    pub fn open(&self, key: &[u8], id: OperationId, blob: &[u8]) -> Result<Vec<u8>> {
        let key = key.try_into().map_err(|_| Error::Field { what: "attachment", field: "key" })?;
        cipher::decrypt(key, &binding(id, &self.name), blob)
    }
}

/// Where the encrypted bytes are found: their blake3.
pub fn address(blob: &[u8]) -> Digest {
    *blake3::hash(blob).as_bytes()
}

/// What a file is bound to: it is no other operation's and has no other name.
fn binding(id: OperationId, name: &str) -> Vec<u8> {
    [b"quipu 2026 attachment\0".as_slice(), &id.origin.0, &id.number.to_le_bytes(), name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;
    use types::Origin;

    use super::*;
    use crate::seal::{Envelope, OpeningKey};

    #[test]
    fn both_keys_open_a_photo_and_another_operation_or_name_does_not() {
        let (census, working) = (OpeningKey::derive(&[1; 32]), OpeningKey::derive(&[2; 32]));
        let (id, area) = (OperationId { origin: Origin([3; 16]), number: 4 }, AreaId(5));
        let mut rng = ChaCha20Rng::from_seed([6; 32]);
        let keys = (&census.public(), &working.public());
        let (attachment, blob) = Attachment::seal("door.jpg", b"a photo", (id, area), keys, &mut rng).unwrap();
        assert_eq!(attachment.digest, address(&blob));
        let envelope = Envelope::read(&attachment.sealed).unwrap();
        for key in
            [envelope.open_census(id, area, &census).unwrap(), envelope.open_working(id, area, &working).unwrap()]
        {
            assert_eq!(attachment.open(&key, id, &blob).unwrap(), b"a photo");
            assert!(attachment.open(&key, OperationId { number: 5, ..id }, &blob).is_err());
            let renamed = Attachment { name: "other.jpg".into(), ..attachment.clone() };
            assert!(renamed.open(&key, id, &blob).is_err());
        }
    }
}
