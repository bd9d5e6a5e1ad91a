//! Checks every row of a cell's journal as `journal::disk::verify` checks segments.

use event::Frame;
use event::frame::{Tip, key_id};
use journal::{Error, Result, disk};
use types::{CellId, Offset};

use crate::Options;
use crate::session::Session;

/// Rows read at once.
const ROWS: i64 = 16;

/// What was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows.
    pub frames: u64,
    /// Events.
    pub records: u64,
    /// Bytes of the frames.
    pub bytes: u64,
    /// Whether signatures were checked: there was a key for each of them.
    pub signatures: bool,
}

/// Checks checksums, chain, Merkle roots and, with public keys, signatures. `progress` gets (done, end) in events. The cell
/// may be at work.
///
/// # Errors
/// [`Error::Database`]; [`Error::Row`] names the first row that is not what was written.
pub fn verify(
    options: &Options,
    cell: CellId,
    keys: &[[u8; 32]],
    progress: &mut dyn FnMut(Offset, Offset),
) -> Result<Report> {
    let mut session = Session::connect(&options.address)?;
    let number = i32::from(cell.0);
    let end = "select coalesce(max(next_offset), 0) from quipu_journal where cell = $1";
    let end = session.run("read from", move |client| client.query_one(end, &[&number]))?.get::<_, i64>(0) as Offset;
    let mut report = Report { signatures: !keys.is_empty(), ..Report::default() };
    let mut tip = Tip::default();
    let rows = "select first_offset, next_offset, hash, frame from quipu_journal
                where cell = $1 and first_offset >= $2 order by first_offset limit $3";
    while tip.next_offset < end {
        let next = tip.next_offset as i64;
        let rows = session.read("read from", move |client| client.query(rows, &[&number, &next, &ROWS]))?;
        let wrong = |offset, what: String| Error::Row { cell, offset, what };
        if rows.is_empty() {
            return Err(wrong(tip.next_offset, "the row is missing".into()));
        }
        for row in rows {
            let bytes: &[u8] = row.get(3);
            let offset = row.get::<_, i64>(0) as Offset;
            if offset != tip.next_offset {
                return Err(wrong(tip.next_offset, format!("the row is missing; the next one is at {offset}")));
            }
            let frame = disk::decode(bytes).ok_or_else(|| wrong(offset, "its checksum does not fit".into()))?;
            if let Some(field) = journal::misfit(&frame, cell, &tip) {
                return Err(wrong(offset, format!("`{field}` does not follow the row before")));
            }
            frame.verify(&tip).map_err(|error| wrong(offset, error.to_string()))?;
            report.signatures &= signed(&frame, keys).map_err(|error| wrong(offset, error.to_string()))?;
            tip = frame.tip();
            if row.get::<_, i64>(1) as Offset != tip.next_offset || row.get::<_, &[u8]>(2) != tip.hash {
                return Err(wrong(offset, "its columns are not those of its frame".into()));
            }
            report.frames += 1;
            report.records += u64::from(frame.header.count);
            report.bytes += bytes.len() as u64;
        }
        progress(tip.next_offset, end);
    }
    Ok(report)
}

/// Whether there is a key for the frame's signature; an error when the signature is wrong.
fn signed(frame: &Frame, keys: &[[u8; 32]]) -> event::Result<bool> {
    match keys.iter().find(|key| key_id(key) == frame.header.key_id) {
        Some(key) => frame.header.verify(key).map(|()| true),
        None => Ok(false),
    }
}
