//! `quipu area …`

use std::process::ExitCode;
use std::time::Instant;

use areas::pack::Pack;
use types::AreaId;

use crate::cli::Area;
use crate::error::{Error, Result};
use crate::output::{number, progress};
use crate::{office, packs};

pub fn run(area: &Area) -> Result<ExitCode> {
    match area {
        Area::Check { pack } => {
            let (read, problems) = packs::read(pack)?;
            say(&read);
            if problems > 0 {
                eprintln!("{problems} mistakes");
                return Ok(ExitCode::FAILURE);
            }
        }
        Area::Import { data, pack, enumeration_areas } => {
            let start = Instant::now();
            let (mut read, problems) = packs::read(pack)?;
            if problems > 0 {
                return Err(Error::Refused(format!("{problems} mistakes in the pack; nothing was imported")));
            }
            if *enumeration_areas > 0.0 {
                make_eas(&mut read, *enumeration_areas);
            }
            say(&read);
            let place = data.place()?;
            let data = &data.data;
            std::fs::create_dir_all(data).map_err(Error::file(data))?;
            let node = office::open_place(&place)?;
            if !node.store().areas().is_empty() {
                return Err(Error::Refused("this census has areas already; import into a new data folder".into()));
            }
            let events = node::office::define_areas(&read.tree);
            let bar = progress("importing", events.len() as u64);
            for event in events {
                node.admin_blocking(vec![event])?;
                bar.inc(1);
            }
            bar.finish_and_clear();
            packs::keep(pack, data, &node)?;
            let (count, bytes) = {
                let store = node.store();
                (store.areas().len(), store.bytes_resident().areas)
            };
            node.stop()?;
            println!(
                "imported {} areas in {:.1} s; resident {:.1} bytes each",
                number(count.into()),
                start.elapsed().as_secs_f64(),
                bytes as f64 / f64::from(count.max(1))
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes about `mean` enumeration areas in each area of the lowest level.
fn make_eas(pack: &mut Pack, mean: f64) {
    let tree = &mut pack.tree;
    let lowest = tree.levels().saturating_sub(1) as u8;
    let parents: Vec<AreaId> = (0..tree.len()).map(AreaId).filter(|area| tree.level(*area) == Some(lowest)).collect();
    for (parent, count) in parents.iter().zip(areas::outline::enumeration_areas(7, parents.len(), mean)) {
        // The parent comes from the tree itself, so it is there.
        let _ = tree.insert_eas(*parent, count);
    }
    tree.rebuild_index();
}

fn say(pack: &Pack) {
    let title = pack.manifest.title.get("en").or(pack.manifest.title.values().next());
    println!("{}", title.map_or("(no title)", String::as_str));
    for level in 0..pack.tree.levels() {
        let count: u32 = pack.tree.tops().iter().map(|top| pack.tree.count_at_level(*top, level as u8)).sum();
        let name = pack.manifest.levels.get(level).and_then(|names| names.get("en").or(names.values().next()));
        println!("  {:>12}  {}", number(count.into()), name.map_or("enumeration area", String::as_str));
    }
    println!("  {:>12}  with a boundary", number(pack.boundaries.len() as u64));
}
