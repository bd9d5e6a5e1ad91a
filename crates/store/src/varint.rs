//! Small numbers in few bytes: seven bits a byte, lowest first, the high bit says that more follows.

/// Appends a number, keeping the vector's spare room below an eighth.
pub(crate) fn push(bytes: &mut Vec<u8>, mut number: u64) {
    if bytes.capacity() - bytes.len() < 10 {
        bytes.reserve_exact(bytes.len() / 8 + 40);
    }
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number at `at` and moves on; `None` at the end.
pub(crate) fn take(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Some(number);
        }
    }
    None
}

/// Signed to unsigned, small in size to small.
pub(crate) fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

/// The inverse of [`zigzag`].
pub(crate) fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, -1, 63, -64, 64, i64::MAX, i64::MIN];
        let mut bytes = Vec::new();
        numbers.iter().for_each(|number| push(&mut bytes, zigzag(*number)));
        let mut at = 0;
        for number in numbers {
            assert_eq!(take(&bytes, &mut at).map(unzigzag), Some(number));
        }
        assert_eq!(take(&bytes, &mut at), None);
    }
}
