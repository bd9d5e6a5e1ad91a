//! Which events go down to devices beside those of their own areas: what everybody must know, and to whom a lease was
//! lost. Also which keys were to be destroyed, should a crash have come between. Kept in a small file beside the store's
//! checkpoints, so that a restart reads the heads since then only; derived, as they are.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use event::{Fact, Head};
use journal::Reader;
use types::{AreaId, Offset, StaffId};

use crate::error::Result;

/// The file's name.
const FILE: &str = "bulletin";
/// The first number of the file.
const VERSION: u64 = 1;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct Bulletin {
    everybody: Vec<Offset>,
    lost: HashMap<StaffId, Vec<Offset>>,
    holders: HashMap<AreaId, StaffId>,
    erased: Vec<(u32, u32)>,
}

impl Bulletin {
    /// As of `end`: from its file in `folder`, if that is whole, and the journal's heads since.
    pub fn read(reader: &dyn Reader, folder: &Path, end: Offset) -> Result<Bulletin> {
        let kept = fs::read(folder.join(FILE)).ok().and_then(|bytes| Bulletin::from_bytes(&bytes));
        let (from, mut bulletin) = kept.filter(|(from, _)| *from <= end).unwrap_or_default();
        if end > from {
            reader.heads(from, &mut |offset, _, head| {
                let head = Head::read(head).map_err(journal::Error::visit)?;
                if offset < end && Bulletin::concerns(&head) {
                    bulletin.put(offset, &head);
                }
                Ok(())
            })?;
        }
        Ok(bulletin)
    }

    /// Its file, as of `end`: 8-byte numbers, little endian, and their blake3.
    pub fn to_bytes(&self, end: Offset) -> Vec<u8> {
        let mut numbers = vec![VERSION, end, self.everybody.len() as u64];
        numbers.extend(&self.everybody);
        numbers.push(self.erased.len() as u64);
        numbers.extend(self.erased.iter().flat_map(|(area, wave)| [u64::from(*area), u64::from(*wave)]));
        numbers.push(self.holders.len() as u64);
        numbers.extend(self.holders.iter().flat_map(|(area, staff)| [u64::from(area.0), u64::from(staff.0)]));
        for (staff, offsets) in &self.lost {
            numbers.extend([u64::from(staff.0), offsets.len() as u64]);
            numbers.extend(offsets);
        }
        let mut bytes: Vec<u8> = numbers.into_iter().flat_map(u64::to_le_bytes).collect();
        let digest = *blake3::hash(&bytes).as_bytes();
        bytes.extend(digest);
        bytes
    }

    /// Reads what [`Bulletin::to_bytes`] wrote; `None` when it is not whole.
    fn from_bytes(bytes: &[u8]) -> Option<(Offset, Bulletin)> {
        let (bytes, digest) = bytes.split_last_chunk::<32>()?;
        if blake3::hash(bytes).as_bytes() != digest {
            return None;
        }
        let mut numbers = bytes.chunks_exact(8).map(|number| u64::from_le_bytes(number.try_into().expect("8 bytes")));
        let mut bulletin = Bulletin::default();
        (numbers.next()? == VERSION).then_some(())?;
        let end = numbers.next()?;
        for _ in 0..numbers.next()? {
            bulletin.everybody.push(numbers.next()?);
        }
        for _ in 0..numbers.next()? {
            bulletin.erased.push((numbers.next()? as u32, numbers.next()? as u32));
        }
        for _ in 0..numbers.next()? {
            bulletin.holders.insert(AreaId(numbers.next()? as u32), StaffId(numbers.next()? as u32));
        }
        while let Some(staff) = numbers.next() {
            let lost = bulletin.lost.entry(StaffId(staff as u32)).or_default();
            for _ in 0..numbers.next()? {
                lost.push(numbers.next()?);
            }
        }
        Some((end, bulletin))
    }

    /// Writes the file that [`Bulletin::to_bytes`] made: after a crash it is there whole, or the one before is.
    pub fn write(folder: &Path, bytes: &[u8]) -> io::Result<()> {
        let path = folder.join(FILE);
        let beside = path.with_extension("new");
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(folder)?.sync_all()
    }

    /// Whether [`Bulletin::put`] would do anything.
    pub fn concerns(head: &Head) -> bool {
        everybody(head) || matches!(head.fact, Some(Fact::LeaseGranted(_) | Fact::LeaseEnded(_) | Fact::BodyErased(_)))
    }

    /// Takes the next event in order.
    pub fn put(&mut self, offset: Offset, head: &Head) {
        if everybody(head) {
            self.everybody.push(offset);
            return;
        }
        let before = match &head.fact {
            Some(Fact::LeaseGranted(granted)) => self.holders.insert(head.area(), StaffId(granted.staff)),
            Some(Fact::LeaseEnded(_)) => self.holders.remove(&head.area()),
            Some(Fact::BodyErased(erased)) => {
                self.erased.push((head.area, erased.wave));
                None
            }
            _ => None,
        };
        if let Some(staff) = before {
            self.lost.entry(staff).or_default().push(offset);
        }
    }

    /// What everybody must know, from `from` on.
    pub fn everybody(&self, from: Offset) -> &[Offset] {
        since(&self.everybody, from)
    }

    /// Area and wave of every key that was to be destroyed.
    pub fn erased(&self) -> &[(u32, u32)] {
        &self.erased
    }

    /// Where leases of this member of staff ended or went to somebody else, from `from` on.
    pub fn leases_lost(&self, staff: StaffId, from: Offset) -> &[Offset] {
        self.lost.get(&staff).map_or(&[], |offsets| since(offsets, from))
    }
}

fn since(offsets: &[Offset], from: Offset) -> &[Offset] {
    &offsets[offsets.partition_point(|offset| *offset < from)..]
}

fn everybody(head: &Head) -> bool {
    matches!(
        head.fact,
        Some(Fact::CensusDefined(_) | Fact::FormPublished(_) | Fact::PhaseOpened(_) | Fact::PhaseClosed(_))
    )
}

#[cfg(test)]
mod tests {
    use event::Protobuf;
    use event::frame::{Frame, Record};
    use event::head::{BodyErased, LeaseEnded, LeaseGranted, PhaseClosed};
    use event::sign::PrivateKey;
    use journal::{Journal, MemoryJournal};
    use types::{CellId, Time};

    use super::*;

    fn journal(facts: &[Fact]) -> MemoryJournal {
        let mut journal = MemoryJournal::new(CellId(1));
        for fact in facts {
            let head = Head::of(AreaId(7), StaffId(0), fact.clone()).encode_to_vec();
            let (tip, record) = (journal.tip(), Record { head, body: Vec::new() });
            let key = PrivateKey::from_bytes(&[1; 32]);
            let (frame, _) = Frame::seal(CellId(1), 1, &tip, Time(0), vec![record], &[[0; 32]], &key);
            journal.append(&frame).unwrap();
        }
        journal
    }

    /// Method: the journal that is read has other events before the file's end: what came before is the file's alone.
    #[test]
    fn a_restart_reads_the_file_and_only_the_heads_since() {
        let granted = |staff| Fact::LeaseGranted(LeaseGranted { lease: 1, staff });
        let closed = Fact::PhaseClosed(PhaseClosed { phase: 1 });
        let early = [closed.clone(), granted(3), granted(4), Fact::BodyErased(BodyErased { wave: 2 })];
        let ended = Fact::LeaseEnded(LeaseEnded { lease: 1 });
        let folder = tempfile::tempdir().unwrap();
        let before = Bulletin::read(&*journal(&early).reader(), folder.path(), 4).unwrap();
        Bulletin::write(folder.path(), &before.to_bytes(4)).unwrap();
        let erased = Fact::BodyErased(BodyErased { wave: 9 });
        let later = [erased.clone(), erased.clone(), erased.clone(), erased, ended, closed];
        let later = journal(&later);
        let read = Bulletin::read(&*later.reader(), folder.path(), 6).unwrap();
        assert_eq!((read.everybody(0), read.erased()), (&[0, 5][..], &[(7, 2)][..]));
        assert_eq!((read.leases_lost(StaffId(3), 0), read.leases_lost(StaffId(4), 0)), (&[2][..], &[4][..]));
        // A file that is damaged, or beyond the end, counts for nothing.
        assert!(Bulletin::read(&*journal(&early).reader(), folder.path(), 3).unwrap().erased().is_empty());
        let path = folder.path().join(FILE);
        let mut bytes = fs::read(&path).unwrap();
        bytes[20] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(Bulletin::read(&*later.reader(), folder.path(), 6).unwrap().erased().len(), 4);
    }
}
