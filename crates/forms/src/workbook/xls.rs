//! Reads `.xls` workbooks of Excel 97 and later (BIFF8, MS-XLS): the values of cells and nothing else.
//!
//! A file of a few bytes can claim any number of rows, so cells are taken as they come and room is made for no others.

use std::collections::{BTreeMap, HashMap};

use super::container::{stream, u16_at, u32_at};
use super::{Row, SHEETS, Sheet, text};

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const CONTINUE: u16 = 0x003C;
/// Cells are kept in rows up to their last filled column, of 256 at most.
const CELLS_MAX: usize = 6_000_000;

/// A record: its type and its data, with the pieces that continue it.
struct Record<'a> {
    kind: u16,
    data: &'a [u8],
    more: Vec<&'a [u8]>,
}

struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    fn piece(&self, at: usize) -> Option<(u16, &'a [u8], usize)> {
        let (kind, length) = (u16_at(self.bytes, at)?, usize::from(u16_at(self.bytes, at + 2)?));
        Some((kind, self.bytes.get(at + 4..at + 4 + length)?, at + 4 + length))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (kind, data, mut end) = self.piece(self.at)?;
        let mut more = Vec::new();
        while let Some((CONTINUE, data, next)) = self.piece(end) {
            more.push(data);
            end = next;
        }
        self.at = end;
        Some(Record { kind, data, more })
    }
}

/// What the workbook's own records say.
#[derive(Default)]
struct Globals {
    sheets: Vec<(usize, String)>,
    strings: Vec<String>,
    /// For each cell format, whether it shows a number as a day or time.
    dates: Vec<bool>,
    /// Days to add where the count starts in 1904.
    first_day: f64,
}

/// Reads the sheets that mean something; all names come back too.
pub(super) fn sheets(bytes: &[u8]) -> Result<(Vec<Sheet>, Vec<String>), String> {
    let book = stream(bytes, &["Workbook"]).ok_or("it is not one of Excel 97 or later; save it as .xlsx")?;
    let globals = globals(&book)?;
    let names: Vec<String> = globals.sheets.iter().map(|(_, name)| name.clone()).collect();
    let mut sheets = Vec::new();
    let mut cells_left = CELLS_MAX;
    for (at, name) in &globals.sheets {
        if names.len() > 1 && !SHEETS.contains(&name.trim().to_lowercase().as_str()) {
            continue;
        }
        let rows = rows(&book, *at, &globals, &mut cells_left).ok_or_else(|| format!("`{name}` has too many cells"))?;
        let rows = rows.into_iter().map(|(row, cells)| Row { number: u32::from(row) + 1, cells }).collect();
        sheets.push(Sheet::from_rows(name, rows));
    }
    Ok((sheets, names))
}

fn globals(book: &[u8]) -> Result<Globals, String> {
    let mut globals = Globals::default();
    let mut formats: HashMap<u16, bool> = HashMap::new();
    let mut of_cells: Vec<u16> = Vec::new();
    for record in (Records { bytes: book, at: 0 }) {
        let data = record.data;
        match record.kind {
            BOF if u16_at(data, 0) != Some(0x0600) => {
                return Err("it is not one of Excel 97 or later; save it as .xlsx".into());
            }
            0x002F => return Err("it is protected by a password".into()),
            0x0022 if u16_at(data, 0) == Some(1) => globals.first_day = 1462.0,
            0x041E => {
                let pattern = data.get(2..).and_then(|d| Texts::new(d, &[]).text(true)).unwrap_or_default();
                formats.insert(u16_at(data, 0).unwrap_or(0), is_date(&pattern));
            }
            0x00E0 => of_cells.push(u16_at(data, 2).unwrap_or(0)),
            0x0085 => {
                let at = u32_at(data, 0).unwrap_or(u32::MAX) as usize;
                let name = data.get(6..).and_then(|d| Texts::new(d, &[]).text(false));
                // Charts and macros are sheets too.
                if data.get(5) == Some(&0)
                    && let Some(name) = name
                {
                    globals.sheets.push((at, name));
                }
            }
            0x00FC => {
                let mut texts = Texts::new(data.get(8..).unwrap_or_default(), &record.more);
                let count = u32_at(data, 4).unwrap_or(0);
                globals.strings = (0..count).map_while(|_| texts.text(true)).collect();
            }
            EOF => break,
            _ => {}
        }
    }
    // Formats 14 to 22 and 45 to 47 are days and times by themselves.
    let built_in = |id: u16| matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58);
    globals.dates = of_cells.into_iter().map(|id| formats.get(&id).copied().unwrap_or_else(|| built_in(id))).collect();
    Ok(globals)
}

/// Whether a number format has day or time in it, outside quoted text and brackets.
fn is_date(pattern: &str) -> bool {
    let (mut quoted, mut bracketed) = (false, false);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '_' | '*' => drop(chars.next()),
            '"' => quoted = !quoted,
            '[' if !quoted => bracketed = true,
            ']' if !quoted => bracketed = false,
            'd' | 'm' | 'y' | 'h' | 's' | 'D' | 'M' | 'Y' | 'H' | 'S' if !quoted && !bracketed => return true,
            _ => {}
        }
    }
    false
}

fn rows(book: &[u8], at: usize, globals: &Globals, cells_left: &mut usize) -> Option<BTreeMap<u16, Vec<String>>> {
    let mut rows: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    let mut put = |row: u16, column: u16, text: String| {
        if text.is_empty() || column >= 1024 {
            return Some(());
        }
        let cells = rows.entry(row).or_default();
        let more = (usize::from(column) + 1).saturating_sub(cells.len());
        *cells_left = cells_left.checked_sub(more)?;
        cells.resize(cells.len() + more, String::new());
        cells[usize::from(column)] = text;
        Some(())
    };
    let shown = |n: f64, format: u16| match globals.dates.get(usize::from(format)) {
        Some(true) => text::moment(n + globals.first_day),
        _ => text::number(n),
    };
    let (mut depth, mut formula) = (0, (0, 0));
    for record in (Records { bytes: book, at }) {
        let data = record.data;
        let cell = || Some((u16_at(data, 0)?, u16_at(data, 2)?, u16_at(data, 4)?));
        match record.kind {
            BOF => depth += 1,
            EOF if depth <= 1 => break,
            EOF => depth -= 1,
            // A chart inside a sheet has cells of its own.
            _ if depth > 1 => {}
            0x0203 => {
                if let (Some((row, column, format)), Some(n)) = (cell(), f64_at(data, 6)) {
                    put(row, column, shown(n, format))?;
                }
            }
            0x027E => {
                if let (Some((row, column, format)), Some(n)) = (cell(), u32_at(data, 6)) {
                    put(row, column, shown(short_number(n), format))?;
                }
            }
            0x00BD => {
                let Some((row, first, _)) = cell() else { continue };
                let pairs = data.get(4..data.len().saturating_sub(2)).unwrap_or_default().chunks_exact(6);
                for (column, pair) in (first..).zip(pairs) {
                    let (format, n) = (u16_at(pair, 0).unwrap_or(0), u32_at(pair, 2).unwrap_or(0));
                    put(row, column, shown(short_number(n), format))?;
                }
            }
            0x00FD => {
                if let (Some((row, column, _)), Some(index)) = (cell(), u32_at(data, 6)) {
                    let text = globals.strings.get(index as usize).map(|t| text::clean(t));
                    put(row, column, text.unwrap_or_default())?;
                }
            }
            0x0204 | 0x00D6 => {
                let text = data.get(6..).and_then(|d| Texts::new(d, &record.more).text(true));
                if let (Some((row, column, _)), Some(text)) = (cell(), text) {
                    put(row, column, text::clean(&text))?;
                }
            }
            0x0205 => {
                if let (Some((row, column, _)), [_, _, _, _, _, _, value, 0]) = (cell(), data) {
                    put(row, column, text::truth(*value != 0))?;
                }
            }
            0x0006 => {
                let Some((row, column, format)) = cell() else { continue };
                formula = (row, column);
                match data.get(6..14) {
                    // A text follows in a record of its own; errors and emptiness show nothing.
                    Some([1, _, value, _, _, _, 0xFF, 0xFF]) => put(row, column, text::truth(*value != 0))?,
                    Some([_, _, _, _, _, _, 0xFF, 0xFF]) | None => {}
                    Some(_) => put(row, column, f64_at(data, 6).map_or(String::new(), |n| shown(n, format)))?,
                }
            }
            0x0207 => {
                let text = Texts::new(data, &record.more).text(true).unwrap_or_default();
                put(formula.0, formula.1, text::clean(&text))?;
            }
            _ => {}
        }
    }
    Some(rows)
}

fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    let raw: [u8; 8] = bytes.get(at..at + 8)?.try_into().ok()?;
    Some(f64::from_le_bytes(raw))
}

/// A number in 30 bits: the top of a floating-point number, or a whole one; the lowest bit divides it by 100.
fn short_number(n: u32) -> f64 {
    let value = match n & 2 {
        0 => f64::from_bits(u64::from(n & !3) << 32),
        _ => f64::from((n as i32) >> 2),
    };
    if n & 1 == 1 { value / 100.0 } else { value }
}

/// Reads texts one after another. A text may go on in the next piece, which then says anew how its characters are kept.
struct Texts<'a> {
    data: &'a [u8],
    more: std::slice::Iter<'a, &'a [u8]>,
}

impl<'a> Texts<'a> {
    fn new(data: &'a [u8], more: &'a [&'a [u8]]) -> Texts<'a> {
        Texts { data, more: more.iter() }
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        while self.data.is_empty() && count > 0 {
            self.data = self.more.next()?;
        }
        let (taken, rest) = self.data.split_at_checked(count)?;
        self.data = rest;
        Some(taken)
    }

    /// A text after its length, in two bytes or one.
    fn text(&mut self, long: bool) -> Option<String> {
        let mut left = match long {
            true => usize::from(u16_at(self.take(2)?, 0)?),
            false => usize::from(self.take(1)?[0]),
        };
        let flags = self.take(1)?[0];
        let runs = if flags & 8 != 0 { usize::from(u16_at(self.take(2)?, 0)?) * 4 } else { 0 };
        let phonetic = if flags & 4 != 0 { u32_at(self.take(4)?, 0)? as usize } else { 0 };
        let mut wide = flags & 1 != 0;
        let mut units: Vec<u16> = Vec::new();
        loop {
            let here = if wide { self.data.len() / 2 } else { self.data.len() };
            let count = left.min(here);
            left -= count;
            match wide {
                true => units.extend(self.take(count * 2)?.chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]]))),
                false => units.extend(self.take(count)?.iter().map(|b| u16::from(*b))),
            }
            if left == 0 {
                break;
            }
            self.data = self.more.next()?;
            wide = self.take(1)?[0] & 1 != 0;
        }
        self.skip(runs)?;
        self.skip(phonetic)?;
        Some(String::from_utf16_lossy(&units))
    }

    fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            let here = count.min(self.data.len());
            self.data = &self.data[here..];
            count -= here;
            if count > 0 {
                self.data = self.more.next()?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_whole_or_the_top_of_a_float() {
        assert_eq!(short_number(7 << 2 | 2), 7.0);
        assert_eq!(short_number((-7i32 << 2) as u32 | 2), -7.0);
        assert_eq!(short_number(150 << 2 | 3), 1.5);
        assert_eq!(short_number((1.5f64.to_bits() >> 32) as u32), 1.5);
    }

    #[test]
    fn a_text_goes_on_in_the_next_piece_in_another_width() {
        let first = [4, 0, 0, b'a', b'b'];
        let rest: &[u8] = &[1, 0x3A, 0x4E, b'c', 0];
        let more = [rest];
        assert_eq!(Texts::new(&first, &more).text(true).unwrap(), "ab人c".replace('人', "\u{4e3a}"));
        assert_eq!(Texts::new(&[9, 0, 0, b'a'], &[]).text(true), None);
    }

    #[test]
    fn formats_with_a_day_or_a_time_are_dates() {
        for date in ["yyyy-mm-dd", "h:mm", "[$-804]d/m/yy"] {
            assert!(is_date(date), "{date}");
        }
        for number in ["0.00", "General", "\"days\" 0", "[Red]0"] {
            assert!(!is_date(number), "{number}");
        }
    }
}
