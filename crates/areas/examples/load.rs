//! Loads an area pack, makes enumeration areas and asks subtree questions; prints time and memory.
//! `cargo run -p areas --example load -- packs/cn.qpack 9.7`

use std::hint::black_box;
use std::time::Instant;

use types::AreaId;

fn main() {
    let path = std::env::args().nth(1).expect("the pack's path");
    let mean: f64 = std::env::args().nth(2).map_or(9.7, |mean| mean.parse().expect("a mean"));
    let text = std::fs::read_to_string(&path).expect("a readable pack");
    let start = Instant::now();
    let (mut pack, problems) = areas::pack::read(&text);
    println!("read      {:>10} areas in {:.2?}, {} problems", pack.tree.len(), start.elapsed(), problems.len());
    let tree = &mut pack.tree;
    let lowest = tree.levels() as u8 - 1;
    let villages: Vec<AreaId> = (0..tree.len()).map(AreaId).filter(|area| tree.level(*area) == Some(lowest)).collect();
    let start = Instant::now();
    for (village, count) in villages.iter().zip(areas::outline::enumeration_areas(7, villages.len(), mean)) {
        tree.insert_eas(*village, count).expect("a village");
    }
    tree.shrink();
    tree.rebuild_index();
    let per_area = tree.bytes_resident() as f64 / f64::from(tree.len());
    println!("made      {:>10} areas in all in {:.2?}, {per_area:.1} bytes each", tree.len(), start.elapsed());
    for level in 0..tree.levels() {
        let count = tree.tops().iter().map(|top| tree.count_at_level(*top, level as u8)).sum::<u32>();
        println!("level {level}   {count:>10}");
    }
    let rounds = 1_000_000u32;
    let start = Instant::now();
    let step = tree.len() / 7919 + 1;
    let inside =
        (0..rounds).filter(|i| tree.contains(AreaId(i % 400), AreaId(i.wrapping_mul(step) % tree.len()))).count();
    println!("contains  {:>10.1} ns each ({inside} inside)", start.elapsed().as_nanos() as f64 / f64::from(rounds));
    let start = Instant::now();
    for i in 0..rounds {
        black_box(tree.count_at_level(AreaId(i % tree.len()), lowest + 1));
    }
    println!("count     {:>10.1} ns each", start.elapsed().as_nanos() as f64 / f64::from(rounds));
}
