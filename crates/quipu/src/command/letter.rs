//! `quipu letter …`

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use node::office;
use types::StaffId;
use vault::Vault;

use crate::cli::Letter as Command;
use crate::error::{Error, Result};
use crate::letter::Letter;
use crate::office::{areas_of_letter, collector_link, letter, open, staff};
use crate::output::number;

pub fn run(command: &Command) -> Result<ExitCode> {
    let Command::Print { data, vault, server, out, staff: only } = command;
    if !server.starts_with("https://") && !server.starts_with("http://") {
        return Err(Error::Refused(format!("`{server}` is no address; write it as https://census.example")));
    }
    let vault = Vault::load(vault)?;
    let node = open(&data.data)?;
    let census = node.store().census().cloned();
    let census = census.ok_or_else(|| Error::Refused("`quipu census define` comes first".into()))?;
    if census.census_key != vault.census_key() {
        return Err(Error::Refused("this vault belongs to another census".into()));
    }
    let people: Vec<StaffId> = match only {
        Some(code) => vec![staff(&node.store(), code)?.staff],
        None => office::waiting(&node)?,
    };
    let (mut events, mut pages) = (Vec::new(), Vec::new());
    {
        let store = node.store();
        for staff in people.iter().filter_map(|staff| store.staff(*staff)) {
            if staff.login.is_empty() {
                continue;
            }
            let eas = areas_of_letter(&store, staff);
            let (code, event) = letter(&vault, staff.staff, staff.area, &eas)?;
            let link = collector_link(server, &code);
            let page = Letter { census: &census, staff, areas: store.areas(), eas: &eas, code: &code, link: &link };
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
    Ok(ExitCode::SUCCESS)
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
