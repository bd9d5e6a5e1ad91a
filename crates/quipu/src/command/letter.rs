//! `quipu letter …`

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use node::office;
use types::StaffId;
use vault::Vault;

use crate::cli::{Data, Letter as Command};
use crate::error::{Error, Result};
use crate::letter::Letter;
use crate::office::{areas_of_letter, collector_link, letter, open, staff};
use crate::output::number;

pub fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Print { data, vault, server, out, staff } => print(data, vault, server, out, staff.as_deref())?,
        Command::Cancel { data, staff, code } => cancel(data, staff.as_deref(), code.as_deref())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print(data: &Data, vault: &Path, server: &str, out: &Path, only: Option<&str>) -> Result<()> {
    if !server.starts_with("https://") && !server.starts_with("http://") {
        return Err(Error::Refused(format!("`{server}` is no address; write it as https://census.example")));
    }
    let vault = Vault::load(vault)?;
    let node = open(data)?;
    let census = node.store().census().cloned();
    let census = census.ok_or_else(|| Error::Refused("`quipu census define` comes first".into()))?;
    if census.census_key != vault.census_key() {
        return Err(Error::Refused("this vault belongs to another census".into()));
    }
    let people: Vec<StaffId> = match only {
        Some(code) => vec![staff(&node.store(), code)?.staff],
        None => office::waiting(&node)?,
    };
    let (mut events, mut pages, mut without_keys) = (Vec::new(), Vec::new(), Vec::new());
    {
        let store = node.store();
        for staff in people.iter().filter_map(|staff| store.staff(*staff)) {
            if staff.login.is_empty() {
                continue;
            }
            let eas = areas_of_letter(&store, staff);
            if eas.is_none() {
                without_keys.push(staff.login.clone());
            }
            let eas = eas.as_deref();
            let (code, event) = letter(&vault, staff.staff, staff.area, eas.unwrap_or_default())?;
            let link = collector_link(server, &code);
            let page = Letter { census: &census, staff, areas: store.areas(), eas, code: &code, link: &link };
            pages.push((out.join(format!("{}.html", staff.login)), page.html()?));
            events.push(event);
        }
    }
    // Pages first: a code that the journal knows and no paper has would look like a letter that was given out.
    let written = write(out, &pages).and_then(|()| Ok(office::append(&node, events)?));
    if let Err(error) = written {
        for (path, _) in &pages {
            let _ = std::fs::remove_file(path);
        }
        return Err(error);
    }
    node.stop()?;
    match pages.len() {
        0 => println!("nobody needs a letter; `--staff CODE` prints another for one person"),
        count => println!("{} letters in {}; print them, then delete the folder", number(count as u64), out.display()),
    }
    for staff in without_keys {
        println!(
            "{staff}: this letter opens no names: the post is over more than {} enumeration areas, which no phone \
             follows; give {staff} a post over fewer and print again, or let them use the console",
            number(office::SUPERVISED_MAX as u64)
        );
    }
    Ok(())
}

/// Cancels one letter by its code, or all of somebody's that are not used.
fn cancel(data: &Data, whose: Option<&str>, code: Option<&str>) -> Result<()> {
    let node = open(data)?;
    let (events, name) = {
        let store = node.store();
        let (lookups, person) = match (whose, code) {
            (Some(whose), _) => {
                let person = staff(&store, whose)?;
                (office::unused(&store, person.staff), Some(person))
            }
            (None, code) => {
                let random = event::letter::read_code(code.unwrap_or_default());
                let random = random.map_err(|_| Error::Refused("this activation code is mistyped".into()))?;
                let lookup = event::letter::lookup(&random);
                let letter = store.letter(&lookup).ok_or_else(|| Error::Refused("no letter has this code".into()))?;
                if letter.used_up() {
                    let devices: Vec<String> = letter.devices.iter().map(|device| device.0.to_string()).collect();
                    return Err(Error::Refused(format!(
                        "this letter has brought in phone {}; only a letter that is not used can be cancelled",
                        devices.join(", ")
                    )));
                }
                let unused = if letter.cancelled() { Vec::new() } else { vec![lookup] };
                (unused, store.staff(letter.staff))
            }
        };
        let area = person.map(|person| person.area).unwrap_or_default();
        let events: Vec<_> = lookups.into_iter().map(|lookup| office::cancel_letter(area, lookup)).collect();
        (events, person.map(|person| person.login.clone()).unwrap_or_default())
    };
    let count = events.len();
    office::append(&node, events)?;
    node.stop()?;
    match count {
        0 => println!("{name} has no letter that could be cancelled; nothing is changed"),
        count => println!("{count} letters of {name} cancelled; `quipu letter print` makes another when one is needed"),
    }
    Ok(())
}

/// Writes pages that only their owner may read.
fn write(out: &Path, pages: &[(PathBuf, String)]) -> Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(out).map_err(Error::file(out))?;
    for (path, page) in pages {
        // A page that is there was for a letter before; a new file has the new file's rights.
        let _ = std::fs::remove_file(path);
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        file.and_then(|mut file| file.write_all(page.as_bytes())).map_err(Error::file(path))?;
    }
    Ok(())
}
