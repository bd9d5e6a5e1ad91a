//! The container of an `.xls` file: a small file system (MS-CFB). Only one stream is wanted from it.
//!
//! Every chain is followed for at most as many steps as the file has sectors, so a chain in a circle ends.

const FREE: u32 = 0xFFFF_FFFA;
/// Streams shorter than this are kept in the mini stream.
const MINI_BYTES: usize = 4096;

struct Container<'a> {
    bytes: &'a [u8],
    sector_bytes: usize,
    fat: Vec<u32>,
}

/// The bytes of the first stream with one of these names.
pub(super) fn stream(bytes: &[u8], names: &[&str]) -> Option<Vec<u8>> {
    let shift = u16_at(bytes, 30)?;
    let sector_bytes = match shift {
        9 | 12 => 1usize << shift,
        _ => return None,
    };
    let mut container = Container { bytes, sector_bytes, fat: Vec::new() };
    container.read_fat()?;
    let directory = container.chain(u32_at(bytes, 48)?)?;
    let mut root: Option<(u32, usize)> = None;
    for entry in directory.chunks_exact(128) {
        let length = usize::from(u16_at(entry, 64)?).min(64);
        let units: Vec<u16> = entry[..length].chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]])).collect();
        let name = String::from_utf16_lossy(&units);
        let name = name.trim_end_matches('\0');
        let (start, size) = (u32_at(entry, 116)?, u32_at(entry, 120)? as usize);
        match entry[66] {
            5 => root = Some((start, size)),
            2 if names.iter().any(|n| n.eq_ignore_ascii_case(name)) => {
                let mut content = match (size < MINI_BYTES, root) {
                    (true, Some((root, _))) => container.mini(root, start, size)?,
                    _ => container.chain(start)?,
                };
                content.truncate(size);
                return Some(content);
            }
            _ => {}
        }
    }
    None
}

impl Container<'_> {
    fn sector(&self, id: u32) -> Option<&[u8]> {
        let start = (id as usize).checked_add(1)?.checked_mul(self.sector_bytes)?;
        // The last sector may be cut short.
        self.bytes.get(start..(start + self.sector_bytes).min(self.bytes.len()))
    }

    fn sectors_max(&self) -> usize {
        self.bytes.len() / self.sector_bytes + 1
    }

    /// The allocation table: its sectors are listed in the header, and on from there.
    fn read_fat(&mut self) -> Option<()> {
        let mut ids: Vec<u32> = words(self.bytes.get(76..512)?).collect();
        let mut next = u32_at(self.bytes, 68)?;
        for _ in 0..self.sectors_max() {
            if next >= FREE {
                break;
            }
            let mut more: Vec<u32> = words(self.sector(next)?).collect();
            next = more.pop()?;
            ids.extend(more);
        }
        let max = self.sectors_max();
        for id in ids.into_iter().filter(|id| *id < FREE).take(max) {
            let sector: Vec<u32> = words(self.sector(id)?).collect();
            self.fat.extend(sector);
        }
        Some(())
    }

    fn chain(&self, start: u32) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut id = start;
        for _ in 0..self.sectors_max() {
            if id >= FREE {
                break;
            }
            out.extend_from_slice(self.sector(id)?);
            id = *self.fat.get(id as usize)?;
        }
        Some(out)
    }

    /// A short stream, in pieces of 64 bytes inside the root's own stream.
    fn mini(&self, root: u32, start: u32, size: usize) -> Option<Vec<u8>> {
        let table = self.chain(u32_at(self.bytes, 60)?)?;
        let table: Vec<u32> = words(&table).collect();
        let pieces = self.chain(root)?;
        let mut out = Vec::new();
        let mut id = start;
        while out.len() < size && id < FREE {
            let at = (id as usize).checked_mul(64)?;
            out.extend_from_slice(pieces.get(at..at + 64)?);
            id = *table.get(id as usize)?;
        }
        Some(out)
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]]))
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes([pair[0], pair[1]]))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}
