//! `quipu staff …`

use std::path::Path;
use std::process::ExitCode;

use node::office;

use crate::cli::{Data, Staff};
use crate::error::{Error, Result, random};
use crate::office::{open, password, staff};
use crate::output::number;

pub fn run(command: &Staff) -> Result<ExitCode> {
    match command {
        Staff::Import { data, file } => import(data, file),
        Staff::List { data } => list(data),
        Staff::Password { data, staff } => new_password(data, staff),
    }
}

fn import(data: &Data, file: &Path) -> Result<ExitCode> {
    let bytes = std::fs::read(file).map_err(Error::file(file))?;
    let node = open(data)?;
    let read = office::read(&bytes, &node.store());
    let rows = match read {
        Ok(rows) => rows,
        Err(mistakes) => {
            for mistake in &mistakes {
                eprintln!("{}: {mistake}", file.display());
            }
            node.stop()?;
            return Err(Error::Refused(format!("{} mistakes; nobody was enrolled", mistakes.len())));
        }
    };
    let import = office::import(&rows, &node.store());
    let [new, changed, same] = [import.new, import.changed, import.same].map(|count| number(count as u64));
    office::append(&node, import.events)?;
    node.stop()?;
    println!("{new} enrolled, {changed} changed, {same} as before");
    Ok(ExitCode::SUCCESS)
}

fn list(data: &Data) -> Result<ExitCode> {
    let node = open(data)?;
    {
        let store = node.store();
        println!("code\tname\trole\tarea\tleases\tconsole");
        for staff in store.staff_list() {
            let area = store.areas().code(staff.area).unwrap_or_default();
            let console = if staff.password_hash.is_empty() { "no password" } else { "password" };
            let (role, leases) = (office::role_name(staff.role), store.leases_of(staff.staff).len());
            println!("{}\t{}\t{role}\t{area}\t{leases}\t{console}", staff.login, staff.name);
        }
    }
    node.stop()?;
    Ok(ExitCode::SUCCESS)
}

fn new_password(data: &Data, code: &str) -> Result<ExitCode> {
    let node = open(data)?;
    let known = staff(&node.store(), code)?.clone();
    let password = password()?;
    let hash = api::console::hash_password(&password, random()?);
    let event = office::enrol(&store::Staff { password_hash: hash, ..known.clone() });
    office::append(&node, vec![event])?;
    node.stop()?;
    println!("{} signs in to the console as `{code}`, password {password}", known.name);
    Ok(ExitCode::SUCCESS)
}
