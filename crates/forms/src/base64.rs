//! Base64 with padding (RFC 4648), as `digest()` writes it and `base64-decode()` and `extract-signed()` read it.
//!
//! A crate would cost the phone's module two thousand bytes of the few that are left.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().chain([0, 0].iter()).take(3).fold(0usize, |n, b| n << 8 | *b as usize);
        for i in 0..4 {
            let letter = char::from(LETTERS[bits >> (18 - 6 * i) & 63]);
            out.push(if i > three.len() { '=' } else { letter });
        }
    }
    out
}

/// The bytes behind base64; `None` when it is none.
pub(crate) fn decode(source: &str) -> Option<Vec<u8>> {
    if !source.len().is_multiple_of(4) {
        return None;
    }
    let (mut bits, mut held, mut out) = (0u32, 0, Vec::new());
    for byte in source.trim_end_matches('=').bytes() {
        let six = LETTERS.iter().position(|letter| *letter == byte)?;
        bits = (bits << 6 | six as u32) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}
