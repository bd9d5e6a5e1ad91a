//! Activation letters: a printed code that registers a device and opens the working keys it needs.
//!
//! The code is 20 characters of an alphabet without look-alikes, in groups of four: 80 random bits and 20 check bits.
//! From it come two values that do not tell each other: the *look-up* value, which the server keeps to find the letter, and the *wrapping*
//! key, which only a holder of the code has. So working keys travel by the server without the server reading them.
//! 80 random bits need no slow hash.

use types::AreaId;

use crate::seal::OpeningKey;
use crate::{Error, Result, cipher, decode};

/// Crockford's base 32: no I, L, O or U; the first three are read as the digits they look like.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The symbols of a code: 16 random ones and 4 that check them.
const SYMBOLS: usize = 20;

/// Keys that a letter brings.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Keys {
    /// A working key for each enumeration area the letter is about.
    #[prost(message, repeated, tag = "1")]
    pub working: Vec<WorkingKey>,
}

/// The private working key of an enumeration area.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct WorkingKey {
    /// Which enumeration area.
    #[prost(uint32, tag = "1")]
    pub ea: u32,
    /// 32 bytes; see [`OpeningKey::from_bytes`].
    #[prost(bytes = "vec", tag = "2")]
    pub key: Vec<u8>,
}

/// A code of 10 random bytes, such as `7Q4M-XK2P-…`.
pub fn code(random: &[u8; 10]) -> String {
    let bits = random.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let bits = bits << 20 | u128::from(check_bits(random));
    let symbols = (0..SYMBOLS).rev().map(|at| ALPHABET[(bits >> (5 * at)) as usize & 31] as char);
    symbols.enumerate().flat_map(|(at, c)| (at > 0 && at % 4 == 0).then_some('-').into_iter().chain([c])).collect()
}

fn check_bits(random: &[u8; 10]) -> u32 {
    u32::from_le_bytes(blake3::hash(random).as_bytes()[..4].try_into().expect("4 of 32 bytes")) & 0xF_FFFF
}

/// The random bytes of a typed code. Case, spaces and hyphens do not matter; a mistyped symbol is noticed.
pub fn read_code(typed: &str) -> Result<[u8; 10]> {
    let wrong = Error::Unverified { what: "activation code" };
    let mut bits = 0u128;
    let mut count = 0;
    for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let symbol = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        let Some(at) = ALPHABET.iter().position(|known| *known as char == symbol) else { return Err(wrong) };
        bits = bits << 5 | at as u128;
        count += 1;
        if count > SYMBOLS {
            return Err(wrong);
        }
    }
    let random: [u8; 10] = (bits >> 20).to_be_bytes()[6..].try_into().expect("10 of 16 bytes");
    let check = (bits & 0xF_FFFF) as u32;
    if count == SYMBOLS && check == check_bits(&random) { Ok(random) } else { Err(wrong) }
}

/// Finds the letter at the server.
pub fn lookup(random: &[u8; 10]) -> [u8; 32] {
    blake3::derive_key("quipu 2026 letter look-up", random)
}

fn wrapping_key(random: &[u8; 10]) -> cipher::Key {
    blake3::derive_key("quipu 2026 letter wrapping", random)
}

/// Wraps the working keys of these enumeration areas for the holder of the code.
pub fn wrap(random: &[u8; 10], keys: impl IntoIterator<Item = (AreaId, OpeningKey)>) -> Vec<u8> {
    let working = keys.into_iter().map(|(ea, key)| WorkingKey { ea: ea.0, key: key.to_bytes().to_vec() }).collect();
    cipher::encrypt(&wrapping_key(random), b"letter", &prost::Message::encode_to_vec(&Keys { working }))
}

/// Opens what [`wrap`] made.
pub fn unwrap(random: &[u8; 10], wrapped: &[u8]) -> Result<Vec<(AreaId, OpeningKey)>> {
    let keys: Keys = decode("letter", &cipher::decrypt(&wrapping_key(random), b"letter", wrapped)?)?;
    keys.working.iter().map(|key| Ok((AreaId(key.ea), OpeningKey::from_bytes(&key.key)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_as_typed_and_a_slip_is_noticed() {
        let random = [0, 1, 2, 253, 254, 255, 7, 8, 9, 10];
        let code = code(&random);
        assert_eq!(code.len(), 24);
        assert_eq!(read_code(&code.to_lowercase().replace('-', " ")).unwrap(), random);
        for at in (0..code.len()).filter(|at| at % 5 != 4) {
            let mut slip = code.clone().into_bytes();
            slip[at] = if slip[at] == b'7' { b'8' } else { b'7' };
            assert!(read_code(std::str::from_utf8(&slip).unwrap()).is_err());
        }
        assert!(read_code("").is_err());
        assert!(read_code("0000-0000").is_err());
        assert!(read_code("0000-0000-0000-0000-0000").is_err());
    }

    #[test]
    fn only_the_code_opens_the_keys() {
        let key = OpeningKey::working(&[1; 32], AreaId(5));
        let wrapped = wrap(&[2; 10], [(AreaId(5), key.clone())]);
        let opened = unwrap(&[2; 10], &wrapped).unwrap();
        assert_eq!((opened[0].0, opened[0].1.public()), (AreaId(5), key.public()));
        assert!(unwrap(&[3; 10], &wrapped).is_err());
    }
}
