//! Shares: the secrets split by Shamir's method (crate `blahaj`), as text that survives paper.
//!
//! `QS1-3-9F2C11AB-<hex of the share>-<check>`: format and threshold, the mark of the vault, the share, and the first
//! four bytes of blake3 over all before it. Fewer than the threshold tell nothing.

use blahaj::{Share, Sharks};
use rand_chacha_03::ChaCha20Rng;
use rand_chacha_03::rand_core::SeedableRng;
use zeroize::Zeroizing;

use crate::{Error, Result};

/// Names a vault by its public census key, so that shares of two vaults are not mixed.
pub(crate) fn mark(census_key: &[u8; 32]) -> String {
    hex::encode_upper(&blake3::hash(census_key).as_bytes()[..4])
}

fn check(text: &str) -> String {
    hex::encode_upper(&blake3::hash(text.as_bytes()).as_bytes()[..4])
}

/// Splits `secrets` into texts, any `threshold` of which bring them back.
pub(crate) fn split(
    secrets: &[u8],
    census_key: &[u8; 32],
    shares: u8,
    threshold: u8,
    random: &[u8; 32],
) -> Result<Vec<String>> {
    if threshold < 2 || threshold > shares {
        return Err(Error::Threshold { shares, threshold });
    }
    let mut rng = ChaCha20Rng::from_seed(*random);
    let dealer = Sharks(threshold).dealer_rng(secrets, &mut rng);
    let text = |share: Share| {
        let share = Zeroizing::new(Vec::from(&share));
        let text = format!("QS1-{threshold}-{}-{}", mark(census_key), hex::encode_upper(&*share));
        format!("{text}-{}", check(&text))
    };
    Ok(dealer.take(usize::from(shares)).map(text).collect())
}

/// The secrets and the mark the shares carry.
pub(crate) fn recover<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<(Zeroizing<Vec<u8>>, String)> {
    let mut shares = Vec::new();
    let mut first: Option<(u8, String)> = None;
    for (at, text) in texts.into_iter().enumerate() {
        let (threshold, mark, share) = read(text).ok_or(Error::Share { at: at + 1 })?;
        if *first.get_or_insert((threshold, mark.clone())) != (threshold, mark) {
            return Err(Error::OtherShare { at: at + 1 });
        }
        shares.push(share);
    }
    let (threshold, mark) = first.ok_or(Error::TooFewShares)?;
    let secrets = Sharks(threshold).recover(&shares).map_err(|_| Error::TooFewShares)?;
    Ok((Zeroizing::new(secrets), mark))
}

/// Threshold, mark and share of a text; case, spaces and line breaks do not matter.
fn read(text: &str) -> Option<(u8, String, Share)> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let (before, found) = text.rsplit_once('-')?;
    if check(before) != found {
        return None;
    }
    let mut parts = before.split('-');
    let (format, threshold, mark, share) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let bytes = Zeroizing::new(hex::decode(share).ok()?);
    let share = Share::try_from(bytes.as_slice()).ok()?;
    (format == "QS1" && parts.next().is_none()).then_some((threshold.parse().ok()?, mark.to_owned(), share))
}
