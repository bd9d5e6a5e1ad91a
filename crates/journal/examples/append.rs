//! How much of the disk does the journal leave to its caller? Appends frames of 1,024 events of 700 bytes and, in turns
//! with it, writes and flushes the same bytes to a plain preallocated file; prints both and their ratio.
//!
//! `cargo run -p journal --example append [folder]`, by default a temporary one: name a folder of the disk in question.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use event::frame::{Frame, Record};
use event::sign::PrivateKey;
use event::{Digest, Head, Protobuf};
use journal::{DiskJournal, Journal};
use types::{CellId, Time};

const CELL: CellId = CellId(1);
const RECORDS: u64 = 1024;
const RECORD_BYTES: usize = 700;
const ROUNDS: usize = 15;
const FRAMES_A_ROUND: usize = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let dir = std::env::args_os().nth(1).map_or_else(|| temporary.path().to_owned(), Into::into).join("append-example");
    let (mut journal, _) = DiskJournal::open(&dir.join("journal"), CELL, Default::default())?;
    let key = PrivateKey::from_bytes(&[1; 32]);

    let plain_path = dir.join("plain");
    let plain = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&plain_path)?;
    let frame_bytes = RECORDS as usize * (RECORD_BYTES + 12) + 178;
    let bytes = vec![0xA5; frame_bytes];
    // The plain file is overwritten from the start in every round: its blocks are allocated and written.
    for index in 0..FRAMES_A_ROUND {
        plain.write_all_at(&bytes, (index * frame_bytes) as u64)?;
    }
    plain.sync_all()?;

    let mut hash = blake3::Hasher::new();
    let (mut appended, mut written) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut took = Duration::ZERO;
        for _ in 0..FRAMES_A_ROUND {
            let frame = seal(&journal, &key)?;
            let start = Instant::now();
            journal.append(&frame)?;
            took += start.elapsed();
            hash.update(&frame.header.hash());
        }
        appended.push(rate(took));
        let start = Instant::now();
        for index in 0..FRAMES_A_ROUND {
            plain.write_all_at(&bytes, (index * frame_bytes) as u64)?;
            plain.sync_data()?;
        }
        written.push(rate(start.elapsed()));
    }
    let (append, plain) = (median(appended), median(written));
    let megabytes = RECORDS as f64 * RECORD_BYTES as f64 / 1e6;
    println!(
        "journal append: {append:7.0} frames/s {:9.0} events/s {:6.0} MB/s",
        append * RECORDS as f64,
        append * megabytes
    );
    println!(
        "plain writes:   {plain:7.0} frames/s {:9.0} events/s {:6.0} MB/s",
        plain * RECORDS as f64,
        plain * megabytes
    );
    println!("ratio {:.2}   (last frame {})", append / plain, &hash.finalize().to_hex()[..16]);

    let reader = journal.reader();
    let end = reader.end();
    let reads = 20_000;
    let start = Instant::now();
    for index in 0..reads {
        reader.record(index * 7919 % end)?;
    }
    println!("reading one event by offset: {:.1} µs", start.elapsed().as_secs_f64() * 1e6 / reads as f64);
    drop((reader, journal));
    let start = Instant::now();
    let report = journal::verify(&dir.join("journal"), &[key.public()], &|_| ())?;
    let per_minute = report.records as f64 / start.elapsed().as_secs_f64() * 60.0 / 1e6;
    println!("verify: {} events, {per_minute:.1} million events a minute", report.records);
    Ok(fs::remove_dir_all(&dir)?)
}

fn seal(journal: &DiskJournal, key: &PrivateKey) -> Result<Frame, Box<dyn Error>> {
    let tip = journal.tip();
    let record = |number: u64| {
        let digest = blake3::hash(&number.to_le_bytes()).as_bytes().to_vec();
        let head = Head { number, digest, staff: 3, area: 9, ..Head::default() }.encode_to_vec();
        let body = vec![number as u8 | 1; RECORD_BYTES - head.len()];
        Record { head, body }
    };
    let records: Vec<Record> = (tip.next_offset..tip.next_offset + RECORDS).map(record).collect();
    let operations = records.iter().map(|record| record.operation_digest()).collect::<Result<Vec<Digest>, _>>()?;
    Ok(Frame::seal(CELL, 1, &tip, Time(1), records, &operations, key).0)
}

fn rate(took: Duration) -> f64 {
    FRAMES_A_ROUND as f64 / took.as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
