//! What a vault promises.

use event::seal::OpeningKey;
use event::{Protobuf, letter, seal};
use rand_core::SeedableRng;
use types::{AreaId, OperationId, Origin, StaffId};
use vault::{Error, Vault};

const ENTROPY: [u8; 96] = {
    let mut bytes = [0; 96];
    let mut at = 0;
    while at < 96 {
        bytes[at] = at as u8 ^ 0x5A;
        at += 1;
    }
    bytes
};

fn shares(dir: &std::path::Path, numbers: &[u8]) -> Vec<String> {
    numbers.iter().map(|n| std::fs::read_to_string(dir.join(format!("shares/share-{n}.txt"))).unwrap()).collect()
}

#[test]
fn any_three_of_five_shares_bring_the_vault_back_and_two_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("vault");
    let vault = Vault::init(&dir, 5, 3, ENTROPY).unwrap();
    for numbers in [[1, 2, 3], [5, 3, 1], [2, 4, 5]] {
        let texts = shares(&dir, &numbers);
        let back = Vault::recover(texts.iter().map(String::as_str)).unwrap();
        assert_eq!(back.census_key(), vault.census_key());
    }
    let two = shares(&dir, &[1, 2]);
    assert!(matches!(Vault::recover(two.iter().map(String::as_str)), Err(Error::TooFewShares)));
    let twice = shares(&dir, &[1, 2, 2]);
    assert!(matches!(Vault::recover(twice.iter().map(String::as_str)), Err(Error::TooFewShares)));
}

#[test]
fn a_slip_in_a_share_is_named_and_so_is_a_share_of_another_vault() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    Vault::init(&one, 3, 2, ENTROPY).unwrap();
    Vault::init(&other, 3, 2, [7; 96]).unwrap();
    let (ours, theirs) = (shares(&one, &[1, 2]), shares(&other, &[3]));
    let slip = ours[1].replacen(['A', '0'], "B", 1);
    assert!(matches!(Vault::recover([ours[0].as_str(), &slip]), Err(Error::Share { at: 2 })));
    assert!(matches!(Vault::recover([ours[0].as_str(), &theirs[0]]), Err(Error::OtherShare { at: 2 })));
    assert!(Vault::recover([ours[0].to_lowercase().as_str(), &ours[1]]).is_ok());
}

#[test]
fn a_folder_with_anything_in_it_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("vault");
    Vault::init(&dir, 2, 2, ENTROPY).unwrap();
    let before = std::fs::read(dir.join("vault.json")).unwrap();
    assert!(matches!(Vault::init(&dir, 2, 2, [1; 96]), Err(Error::Exists { .. })));
    assert_eq!(std::fs::read(dir.join("vault.json")).unwrap(), before);
    assert!(matches!(Vault::init(&folder.path().join("x"), 2, 3, ENTROPY), Err(Error::Threshold { .. })));
    assert!(matches!(Vault::init(&folder.path().join("x"), 2, 1, ENTROPY), Err(Error::Threshold { .. })));
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_secrets() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("vault");
    Vault::init(&dir, 2, 2, ENTROPY).unwrap();
    for file in ["vault.json", "shares/share-1.txt"] {
        assert_eq!(std::fs::metadata(dir.join(file)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_letter_brings_the_working_keys_of_its_areas_to_the_holder_of_the_code() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("vault");
    Vault::init(&dir, 2, 2, ENTROPY).unwrap();
    let vault = Vault::load(&dir).unwrap();
    let (code, issued) = vault.letter(StaffId(4), [AreaId(9), AreaId(10)], [3; 10]);
    let random = letter::read_code(&code).unwrap();
    assert_eq!((issued.staff, issued.lookup), (4, letter::lookup(&random).to_vec()));
    let keys = letter::unwrap(&random, &issued.wrapped_keys).unwrap();
    assert_eq!(keys.iter().map(|(ea, _)| *ea).collect::<Vec<_>>(), [AreaId(9), AreaId(10)]);
    assert!(letter::unwrap(&[4; 10], &issued.wrapped_keys).is_err());
}

#[test]
fn a_recovered_vault_opens_what_was_sealed_before_and_only_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("vault");
    let vault = Vault::init(&dir, 3, 2, ENTROPY).unwrap();
    let mut rng = rand_chacha::ChaCha20Rng::from_seed([1; 32]);
    let id = OperationId { origin: Origin([2; 16]), number: 5 };
    let working = OpeningKey::derive(&[9; 32]).public();
    let sealed = seal::seal("王芳".as_bytes(), id, AreaId(9), &vault.census_key(), &working, &mut rng).unwrap();
    let sealed = sealed.encode_to_vec();
    let texts = shares(&dir, &[3, 1]);
    let back = folder.path().join("back");
    Vault::recover(texts.iter().map(String::as_str)).unwrap().restore(&back).unwrap();
    let back = Vault::load(&back).unwrap();
    assert_eq!(*back.open(&sealed, id, AreaId(9), "complaint 17").unwrap(), "王芳".as_bytes());
    assert!(matches!(back.open(&sealed, id, AreaId(9), " "), Err(Error::NoReason)));
    assert!(matches!(back.open(&sealed, id, AreaId(8), "complaint 17"), Err(Error::Envelope(_))));
    assert!(matches!(back.open(b"x", id, AreaId(9), "complaint 17"), Err(Error::Envelope(_))));
}
