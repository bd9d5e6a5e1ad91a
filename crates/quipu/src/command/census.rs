//! `quipu census …`

use std::process::ExitCode;

use event::head::CensusDefined;
use forms::Date;
use node::office::{self, Missing, Standing, texts};
use vault::Vault;

use crate::cli::{Census, CensusDefine, Data};
use crate::error::{Error, Result};
use crate::office::{definition, levels_of, open};
use crate::output::number;
use crate::packs;

pub fn run(command: &Census) -> Result<ExitCode> {
    match command {
        Census::Define(define) => self::define(define)?,
        Census::Show { data } => show(data)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn define(define: &CensusDefine) -> Result<()> {
    let date = reference_date(&define.reference_moment)?;
    time_zone(&define.time_zone)?;
    let node = open(&define.data)?;
    let before = node.store().census().cloned();
    let levels = packs::open(&define.data.data)?.manifest.levels;
    let names = [("zh", define.name_zh.as_str()), ("en", define.name_en.as_str())];
    let mut census = match &before {
        Some(before) => {
            CensusDefined { names: texts(names), reference_date: date, levels: levels_of(&levels), ..before.clone() }
        }
        None => {
            let key = census_key(define)?.ok_or_else(|| {
                Error::Refused("which key seals the names? Say `--vault DIR` or `--census-key HEX`".into())
            })?;
            let drawn = definition(names, &date, key, &levels)?;
            CensusDefined { id: define.id.unwrap_or(drawn.id), ..drawn }
        }
    };
    census.time_zone = define.time_zone.clone();
    census.languages = define.languages.clone();
    census.test = define.pilot;
    if let Some(before) = &before {
        if census_key(define)?.is_some_and(|key| key.as_slice() != before.census_key) {
            let what = "the key of a census stays: what was sealed opens with its own vault only";
            return Err(Error::Refused(what.into()));
        }
        if define.id.is_some_and(|id| id != before.id) {
            let what = "the number of a census stays: its phones work under it";
            return Err(Error::Refused(what.into()));
        }
        if before.test != census.test {
            let what = "a pilot stays a pilot, and the census itself stays no pilot: define another in a new folder";
            return Err(Error::Refused(what.into()));
        }
    }
    if before.as_ref() == Some(&census) {
        println!("the census is defined just so; nothing changed");
    } else {
        office::append(&node, vec![office::define_census(census)])?;
        println!("{}: {} / {}", if before.is_none() { "defined" } else { "changed" }, define.name_zh, define.name_en);
        println!("next: quipu census show --data {}", define.data.data.display());
    }
    Ok(node.stop()?)
}

fn census_key(define: &CensusDefine) -> Result<Option<[u8; 32]>> {
    if let Some(vault) = &define.vault {
        return Ok(Some(Vault::load(vault)?.census_key()));
    }
    let Some(hex) = &define.census_key else { return Ok(None) };
    let wrong = || Error::Refused("a census key is 64 hexadecimal digits, as `quipu vault init` printed it".into());
    if hex.len() != 64 || !hex.is_ascii() {
        return Err(wrong());
    }
    let mut key = [0; 32];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).map_err(|_| wrong())?;
    }
    Ok(Some(key))
}

fn reference_date(typed: &str) -> Result<String> {
    let day = typed.trim_end_matches("T00:00");
    match Date::parse(day) {
        Some(date) if date.to_string() == day => Ok(day.to_owned()),
        _ => Err(Error::Refused(format!("`{typed}` is no day; write it as 2030-11-01"))),
    }
}

/// A zone of the IANA database by its full name. An error names those of the same city or, failing that, the form.
fn time_zone(typed: &str) -> Result<()> {
    if typed.parse::<chrono_tz::Tz>().is_ok() {
        return Ok(());
    }
    let city = |zone: &str| zone.rsplit('/').next().unwrap_or_default().replace(['_', ' ', '-'], "").to_lowercase();
    let like: Vec<&str> = chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .filter(|name| name.contains('/') && city(name) == city(typed))
        .collect();
    let instead = if like.is_empty() { "Asia/Shanghai, or UTC".to_owned() } else { like.join(" or ") };
    Err(Error::Refused(format!("`{typed}` is no time zone; write one as {instead}")))
}

fn show(place: &Data) -> Result<()> {
    let data = &place.data;
    if !place.place()?.begun() {
        println!("There is no census in `{}` yet. Begin with its areas:", data.display());
        println!("  quipu area import --data {} PACK", data.display());
        return Ok(());
    }
    let node = open(place)?;
    let standing = Standing::read(&node)?;
    say(&node, &standing);
    match standing.missing.first() {
        None => println!("\nNothing is missing.\n\nNext:\n  quipu serve --data {}", data.display()),
        Some(first) => {
            println!("\nStill missing:");
            standing.missing.iter().for_each(|missing| println!("  {}", words(*missing)));
            println!("\nNext:\n  quipu {}", command(*first, &data.display().to_string()));
            if standing.leased > 0 && matches!(first, Missing::Leases(_) | Missing::Posts(_)) {
                println!("\nWhoever has a lease and a letter can begin: quipu serve --data {}", data.display());
            }
        }
    }
    Ok(node.stop()?)
}

fn say(node: &node::Node, standing: &Standing) {
    let store = node.store();
    match store.census() {
        Some(census) => {
            let names: Vec<&str> = census.names.iter().map(|name| name.text.as_str()).collect();
            let pilot = if census.test { " (a pilot)" } else { "" };
            println!("Census     {}{pilot}", names.join(" / "));
            println!("           as of {} 00:00, {}", census.reference_date, census.time_zone);
            println!("           number {} (for `census define --id`, should the servers be lost)", census.id);
        }
        None => println!("Census     not defined"),
    }
    let (areas, eas, leased) = (number(standing.areas), number(standing.eas), number(standing.leased));
    println!("Areas      {areas}, of them {eas} enumeration areas; {leased} leased");
    let versions: Vec<String> = store.forms().iter().map(|f| format!("{} version {}", f.name, f.version)).collect();
    println!("Forms      {}", list(&versions));
    let open: Vec<String> = standing.open.iter().map(|phase| format!("{} open", phase.0)).collect();
    println!("Phases     {}", list(&open));
    let role = |(role, count): &(types::Role, u64)| format!("{} {}", number(*count), office::role_name(*role));
    println!("Staff      {}", list(&standing.staff.iter().map(role).collect::<Vec<_>>()));
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "none".into() } else { items.join(", ") }
}

fn words(missing: Missing) -> String {
    match missing {
        Missing::Areas => "areas".into(),
        Missing::Census => "the definition of the census".into(),
        Missing::ListingForm => "a listing form".into(),
        Missing::HouseholdForm => "a household form".into(),
        Missing::Phase => "an open phase".into(),
        Missing::Enumerators => "enumerators".into(),
        Missing::Posts(count) => format!("enumerators posted in {} enumeration areas", number(count)),
        Missing::Leases(count) => format!("an enumerator for {} enumeration areas", number(count)),
        Missing::Letters(count) => format!("activation letters for {} people", number(count)),
    }
}

/// What to type next.
fn command(missing: Missing, data: &str) -> String {
    match missing {
        Missing::Areas => format!("area import --data {data} PACK"),
        Missing::Census => format!(
            "census define --data {data} --vault VAULT --name-en NAME --name-zh NAME --reference-moment YYYY-MM-DD"
        ),
        Missing::ListingForm => format!("form publish --data {data} --kind listing forms/listing.xlsx"),
        Missing::HouseholdForm => format!("form publish --data {data} --kind household forms/cn2020_short.xlsx"),
        Missing::Phase => format!("phase open --data {data}"),
        Missing::Enumerators | Missing::Posts(_) => format!("staff import --data {data} STAFF.csv"),
        Missing::Leases(_) => format!("lease assign --data {data} --auto"),
        Missing::Letters(_) => format!("letter print --data {data} --vault VAULT --server URL --out letters"),
    }
}
