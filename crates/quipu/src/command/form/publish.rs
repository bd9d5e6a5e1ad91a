//! `quipu form publish`

use std::path::Path;
use std::process::ExitCode;

use node::office::{self, HOUSEHOLD, INSTITUTION, LISTING, OUTDOOR};

use super::load::{folder_of, load};
use crate::cli::{Data, FormKind};
use crate::error::{Error, Result};
use crate::office::open;

pub fn run(data: &Data, workbook: &Path, kind: Option<FormKind>) -> Result<ExitCode> {
    let loaded = load(workbook)?;
    for mistake in &loaded.mistakes {
        println!("{mistake}");
    }
    let Some(form) = loaded.form.filter(|_| forms::is_sound(&loaded.mistakes)) else {
        return Err(Error::Refused("mend the workbook first; nothing was published".into()));
    };
    let node = open(data)?;
    let purpose = kind.map(|kind| match kind {
        FormKind::Listing => LISTING,
        FormKind::Household => HOUSEHOLD,
        FormKind::Institution => INSTITUTION,
        FormKind::Outdoor => OUTDOOR,
    });
    let asked = form.definition().reference_date.map(|day| day.to_string());
    let counted = node.store().census().map(|census| census.reference_date.clone());
    if let (Some(asked), Some(counted)) = (asked, counted)
        && asked != counted
    {
        println!(
            "warning: the form is written for {asked} (`reference_date` in its settings) and the census counts {counted}; \
             ages are worked out for {counted}, whatever the questions say: bring its texts and `reference_date` up to date"
        );
    }
    let files = files(&node, &form, workbook)?;
    let form = if files.is_empty() { form } else { form.with_files_listed(&files) };
    let publication = office::publication(&node, &form, purpose)?;
    let (version, fresh) = (publication.version, publication.event.is_some());
    office::append(&node, publication.event.into_iter().collect())?;
    node.stop()?;
    let said = if fresh { "published" } else { "was published already; nothing changed" };
    println!("{} version {version} {said}", form.id());
    Ok(ExitCode::SUCCESS)
}

/// Takes in the files a form asks for, from beside its workbook or a folder `media` there; their names and digests.
fn files(node: &node::Node, form: &forms::Form, workbook: &Path) -> Result<Vec<(String, String)>> {
    let folder = folder_of(workbook);
    let mut listed = Vec::new();
    let lists = form.files();
    for name in lists.iter().copied().chain(form.media()) {
        let places = [folder.join(name), folder.join("media").join(name)];
        let Some(path) = places.iter().find(|place| place.is_file()) else {
            let missing = format!("the form asks for the file `{name}`, which is not beside the workbook");
            if lists.contains(&name) {
                return Err(Error::Refused(missing));
            }
            println!("warning: {missing}");
            continue;
        };
        let bytes = std::fs::read(path).map_err(Error::file(path))?;
        listed.push((name.to_owned(), office::keep_file(node, name, &bytes)?));
    }
    Ok(listed)
}
