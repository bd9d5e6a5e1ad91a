//! The keeper of the keys that read names: the census key's private half, and the secret the enumeration areas' working
//! keys come from.
//!
//! A vault is a folder of its own. For a demonstration it lies beside the server's data; **for production it is on a
//! machine of its own, without a network**, and only public keys, wrapped keys and opened answers leave it. Nothing the
//! server runs links this crate except `quipu vault` and `quipu demo`.
//!
//! Left out: recheck of identifiers, tags for matching, hardware keys. Random bytes come from the caller.
//!
//! Start at [`Vault`]; how secrets are split is in [`share`].

mod error;
mod keep;
pub mod share;

use std::path::Path;

use event::head::LetterIssued;
use event::seal::OpeningKey;
use event::{Envelope, letter};
use types::{AreaId, OperationId, StaffId};
use zeroize::{Zeroize, Zeroizing};

pub use error::{Error, Result};

/// The two secrets, opened.
///
/// Losing the folder loses nothing as long as enough shares exist; whoever has the folder can read every name.
pub struct Vault {
    census_secret: Zeroizing<[u8; 32]>,
    field_secret: Zeroizing<[u8; 32]>,
    census: OpeningKey,
}

impl Vault {
    /// Makes new secrets in a new folder: `vault.json` (readable by its owner only) and `shares/share-1.txt` … of
    /// which any `threshold` bring everything back. Move the shares to people who do not meet, then delete them here.
    ///
    /// The 96 random bytes become the census secret, the field secret and the randomness of the shares.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is a vault or anything else in the folder; [`Error::Threshold`] unless
    /// 2 ≤ threshold ≤ shares ≤ 255; [`Error::File`].
    pub fn init(dir: &Path, shares: u8, threshold: u8, mut entropy: [u8; 96]) -> Result<Vault> {
        let piece = |at: usize| Zeroizing::new(std::array::from_fn::<u8, 32, _>(|i| entropy[32 * at + i]));
        let (vault, shuffle) = (Vault::new(piece(0), piece(1)), piece(2));
        entropy.zeroize();
        let texts = share::split(&vault.secrets(), &vault.census_key(), shares, threshold, &shuffle)?;
        keep::create(dir, &vault, &texts)?;
        Ok(vault)
    }

    /// Opens the vault of a folder.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Damaged`].
    pub fn load(dir: &Path) -> Result<Vault> {
        keep::read(dir)
    }

    /// Brings a vault back from shares, as text, in any order. [`Vault::restore`] writes it to a folder.
    ///
    /// # Errors
    /// [`Error::Share`] for a share with a slip in it, [`Error::OtherShare`] for one of another vault,
    /// [`Error::TooFewShares`].
    pub fn recover<'a>(shares: impl IntoIterator<Item = &'a str>) -> Result<Vault> {
        let (secrets, expected) = share::recover(shares)?;
        let (census, field) = secrets.split_at(32);
        let fixed = |half: &[u8]| half.try_into().map(Zeroizing::new).map_err(|_| Error::TooFewShares);
        let vault = Vault::new(fixed(census)?, fixed(field)?);
        if share::mark(&vault.census_key()) == expected { Ok(vault) } else { Err(Error::TooFewShares) }
    }

    /// Writes a recovered vault to a new folder, without shares: those that brought it back still count.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::File`].
    pub fn restore(&self, dir: &Path) -> Result<()> {
        keep::create(dir, self, &[])
    }

    fn new(census_secret: Zeroizing<[u8; 32]>, field_secret: Zeroizing<[u8; 32]>) -> Vault {
        let census = OpeningKey::derive(&census_secret);
        Vault { census_secret, field_secret, census }
    }

    fn secrets(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([self.census_secret.as_slice(), self.field_secret.as_slice()].concat())
    }

    /// The census key's public half: goes into the census definition.
    pub fn census_key(&self) -> [u8; 32] {
        self.census.public()
    }

    /// An activation letter for a member of staff, with the working keys of their enumeration areas. The code goes on
    /// paper to its holder; the event goes to the server, which can read neither code nor keys. `random` must be fresh.
    pub fn letter(
        &self,
        staff: StaffId,
        eas: impl IntoIterator<Item = AreaId>,
        random: [u8; 10],
    ) -> (String, LetterIssued) {
        let keys = eas.into_iter().map(|ea| (ea, OpeningKey::working(&self.field_secret, ea)));
        let issued = LetterIssued {
            lookup: letter::lookup(&random).to_vec(),
            staff: staff.0,
            wrapped_keys: letter::wrap(&random, keys),
            devices_max: 0,
        };
        (letter::code(&random), issued)
    }

    /// Opens the identifiers of one operation. The caller journals the look (`record.viewed`, with the reason) before
    /// it shows anything.
    ///
    /// # Errors
    /// [`Error::NoReason`] for an empty reason; [`Error::Envelope`] when the envelope is damaged, belongs to another
    /// operation or area, or was sealed for another census.
    pub fn open(&self, envelope: &[u8], id: OperationId, area: AreaId, reason: &str) -> Result<Zeroizing<Vec<u8>>> {
        if reason.trim().is_empty() {
            return Err(Error::NoReason);
        }
        let envelope = Envelope::read(envelope).map_err(Error::Envelope)?;
        envelope.open_census(id, area, &self.census).map_err(Error::Envelope)
    }
}
