//! `quipu vault …`: the only place where names are opened.

use std::path::Path;
use std::process::ExitCode;

use event::head::RecordViewed;
use event::{Body, Fact, Head};
use node::Node;
use types::{AreaId, StaffId};
use vault::Vault;

use crate::cli::{Data, Vault as Command};
use crate::error::{Error, Result, random};
use crate::office;

pub fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Init { vault, shares, threshold } => init(vault, *shares, *threshold)?,
        Command::Recover { vault, shares } => recover(vault, shares)?,
        Command::Open { vault, data, case, reason, photos, viewer } => {
            let viewer = viewer.clone().unwrap_or_else(user);
            open(vault, data, case, reason, &viewer, photos.as_deref())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The user of this process, where the environment has no name.
fn user() -> String {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").map_or("unknown user".into(), |process| format!("user {}", process.uid()))
}

fn init(folder: &Path, shares: u8, threshold: u8) -> Result<()> {
    let vault = Vault::init(folder, shares, threshold, random()?)?;
    let key: String = vault.census_key().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("census key {key}");
    println!("any {threshold} of the {shares} shares in {}/shares recover it:", folder.display());
    println!("give them to people who do not meet, then delete them here; keep this folder on a machine of its own");
    Ok(())
}

fn recover(folder: &Path, shares: &[std::path::PathBuf]) -> Result<()> {
    let read = |path: &std::path::PathBuf| std::fs::read_to_string(path).map_err(Error::file(path));
    let texts: Vec<String> = shares.iter().map(read).collect::<Result<_>>()?;
    let recovered = Vault::recover(texts.iter().map(String::as_str))?;
    if !folder.exists() {
        recovered.restore(folder)?;
        println!("the vault is restored in {}", folder.display());
    } else if Vault::load(folder)?.census_key() == recovered.census_key() {
        println!("these shares recover the census key of {}", folder.display());
    } else {
        return Err(Error::Refused(format!("these shares belong to another vault than {}", folder.display())));
    }
    Ok(())
}

fn open(folder: &Path, data: &Data, case: &str, reason: &str, viewer: &str, photos: Option<&Path>) -> Result<()> {
    let vault = Vault::load(folder)?;
    let node = office::open(data)?;
    let found = find(&node, case)?;
    let (_, record) = node.reader().record(found.submission)?;
    let head = Head::read(&record.head)?;
    let id = head.operation().ok_or_else(|| Error::Refused("the submission has no operation".into()))?;
    let body = Body::read(&node.body(found.submission)?)?;
    let identifiers = vault.open(&body.sealed, id, found.ea, reason)?;
    // Journaled before anything is shown: a look that cannot be written down does not take place.
    let viewed = RecordViewed {
        household: found.household.into(),
        submission: found.submission,
        reason: reason.into(),
        identifiers: true,
        viewer: viewer.into(),
    };
    node.admin_blocking(vec![(Head::of(found.ea, StaffId(0), Fact::RecordViewed(viewed)), Vec::new())])?;
    let form = match &head.fact {
        Some(Fact::SubmissionReceived(received)) => node.form(received.form, received.form_version),
        _ => None,
    };
    let form = form.ok_or_else(|| Error::Refused("the form of this submission is not known here".into()))?;
    for (path, value) in forms::identifiers_decode(&form, &identifiers)? {
        println!("{path}\t{value}");
    }
    if let Some(into) = photos {
        std::fs::create_dir_all(into).map_err(Error::file(into))?;
        for offset in listings(&node, &found)?.into_iter().chain([found.submission]) {
            save_photos(&node, &vault, offset, reason, into)?;
        }
    }
    node.stop()?;
    Ok(())
}

/// The events that listed or corrected the household's dwelling: its photos are theirs.
fn listings(node: &Node, found: &Found) -> Result<Vec<u64>> {
    let events = node.store().events_of(found.ea, 0, usize::MAX);
    let mut listings = Vec::new();
    for offset in events {
        let head = Head::read(&node.reader().record(offset)?.1.head)?;
        if matches!(head.fact, Some(Fact::DwellingListed(listed)) if listed.dwelling == u32::from(found.dwelling)) {
            listings.push(offset);
        }
    }
    Ok(listings)
}

/// Decrypts the photos of one event. One that has not come from the phone yet is named, and does not stop the others.
fn save_photos(node: &Node, vault: &Vault, offset: u64, reason: &str, into: &Path) -> Result<()> {
    let (_, record) = node.reader().record(offset)?;
    let head = Head::read(&record.head)?;
    let Some(id) = head.operation() else { return Ok(()) };
    for attachment in Body::read(&node.body(offset)?)?.attachments {
        let address = attachment.digest.as_slice().try_into();
        let address = address.map_err(|_| Error::Refused("a photo has no address".into()))?;
        let Some(blob) = node.blob(&address)? else {
            println!("{}\tnot here yet: the phone sends photos after its other work", attachment.name);
            continue;
        };
        let key = vault.open(&attachment.sealed, id, head.area(), reason)?;
        // The name comes from a phone: only its last part names a file, and an earlier version keeps its own.
        let name = Path::new(&attachment.name).file_name().unwrap_or("photo".as_ref());
        let path = into.join(format!("{offset}-{}", name.to_string_lossy()));
        std::fs::write(&path, attachment.open(&key, id, &blob)?).map_err(Error::file(&path))?;
        println!("{}\t{}", attachment.name, path.display());
    }
    Ok(())
}

struct Found {
    ea: AreaId,
    household: u16,
    dwelling: u16,
    submission: u64,
}

/// The submission that counts for `CODE/NUMBER`.
fn find(node: &Node, case: &str) -> Result<Found> {
    let wrong = |what: &str| Error::Refused(format!("case `{case}`: {what}"));
    let (code, number) = case
        .rsplit_once('/')
        .ok_or_else(|| wrong("give the enumeration area's code, a slash, the household's number"))?;
    let household: u16 = number.parse().map_err(|_| wrong("the household's number is no number"))?;
    let store = node.store();
    let ea = store.areas().by_code(code).ok_or_else(|| wrong("there is no area with this code"))?;
    let row = store.household(ea, household).ok_or_else(|| wrong("no household has this number"))?;
    let counted = row.counted.ok_or_else(|| wrong("this household has no submission that counts"))?;
    Ok(Found { ea, household, dwelling: row.dwelling, submission: counted.offset })
}
