//! The order `randomize()` brings nodes and choices into: the same as JavaRosa's for the same seed.

use crate::digest::sha256;
use crate::program::Val;
use crate::vm::Vm;

/// Shuffles by a seed: the "inside-out" variant of Fisher and Yates, with the generator of Park and Miller
/// (ODK XForms specification, `randomize`).
pub(crate) fn shuffle<T: Copy>(all: &mut [T], seed: i64) {
    const MODULUS: i64 = 2_147_483_647;
    let mut state = seed % MODULUS;
    if state <= 0 {
        state += MODULUS - 1;
    }
    let source = all.to_vec();
    for (i, value) in source.into_iter().enumerate() {
        state = state * 16_807 % MODULUS;
        let fraction = (state - 1) as f64 / (MODULUS - 1) as f64;
        let j = ((fraction * (i + 1) as f64) as usize).min(i);
        all[i] = all[j];
        all[j] = value;
    }
}

impl Vm<'_> {
    /// A seed from a value: a number as it is, any other text by the first eight bytes of its SHA-256.
    pub(crate) fn seed(&self, value: Val) -> i64 {
        let number = self.to_number(value);
        let text = self.to_text(value);
        match number.is_nan() {
            false => number as i64,
            true if text.is_empty() => 0,
            true => sha256(text.as_bytes()).first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes)),
        }
    }
}
