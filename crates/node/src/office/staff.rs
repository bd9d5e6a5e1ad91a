//! A staff list: read from a file, compared with who is enrolled.
//!
//! The file is CSV in UTF-8 with a heading row: `code`, `name`, `role`, `area`, in any order, and `phone` if the office
//! wants enumerators to reach their supervisors by one tap: a supervisor's telephone at work. The server keeps nothing else
//! about staff, so another column, and anybody else's telephone, is a mistake: none gets in by accident.

use std::collections::HashMap;

use store::{Staff, Store};
use types::{AreaId, Role, StaffId};

use super::{OfficeEvent, enrol};

/// The columns, in the order they are usually written.
const COLUMNS: [&str; 4] = ["code", "name", "role", "area"];
/// The column that may be missing.
const PHONE: &str = "phone";
/// Digits of a telephone number: the least, and the most by E.164.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 3..=15;
const ROLES: [(Role, &str, &str); 5] = [
    (Role::Administrator, "administrator", "管理员"),
    (Role::Supervisor, "supervisor", "普查指导员"),
    (Role::Enumerator, "enumerator", "普查员"),
    (Role::Viewer, "viewer", "查看员"),
    (Role::Auditor, "auditor", "审计员"),
];
/// Longest code: it is a sign-in name, and names a letter's file.
const CODE_MAX: usize = 32;
const NAME_MAX: usize = 100;

/// A member of staff as the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The office's own code, and the name they sign in with.
    pub code: String,
    /// How colleagues see them.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Where.
    pub area: AreaId,
    /// A supervisor's telephone at work; empty for none, `None` when the file says nothing about telephones.
    pub phone: Option<String>,
}

/// A mistake in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// From 1, the heading row included.
    pub line: u64,
    /// The column's heading; empty when it is about the whole line.
    pub column: String,
    /// What is wrong, and what to do.
    pub what: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.column.is_empty() {
            write!(f, ", column {}", self.column)?;
        }
        write!(f, ": {}", self.what)
    }
}

/// What a staff list changes.
#[derive(Default)]
pub struct Import {
    /// What enrols them.
    pub events: Vec<OfficeEvent>,
    /// So many are new.
    pub new: usize,
    /// So many have another name, role or area now.
    pub changed: usize,
    /// So many are enrolled just so.
    pub same: usize,
}

/// The word for a role in a staff list; empty for none.
pub fn role_name(role: Role) -> &'static str {
    role_names(role).0
}

/// The words for a role in English and Chinese; empty for none.
pub fn role_names(role: Role) -> (&'static str, &'static str) {
    ROLES.iter().find(|(known, ..)| *known == role).map_or(("", ""), |(_, english, chinese)| (english, chinese))
}

/// Reads a staff list.
///
/// # Errors
/// Every mistake in it, in order.
pub fn read(file: &[u8], store: &Store) -> Result<Vec<Row>, Vec<Mistake>> {
    let whole = |line, what: &str| Mistake { line, column: String::new(), what: what.into() };
    let file = file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file);
    let text = std::str::from_utf8(file).map_err(|error| {
        let line = file[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        vec![whole(line, "this is not UTF-8; save the sheet again as `CSV UTF-8`")]
    })?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| vec![whole(1, &error.to_string())])?.clone();
    let mut mistakes = Vec::new();
    let place = |name: &str| headings.iter().position(|heading| heading.eq_ignore_ascii_case(name));
    for name in COLUMNS.iter().filter(|name| place(name).is_none()) {
        mistakes.push(whole(1, &format!("there is no column `{name}`; the columns are code,name,role,area")));
    }
    for (at, heading) in headings.iter().enumerate() {
        let known = COLUMNS.iter().chain([&PHONE]).any(|name| heading.eq_ignore_ascii_case(name));
        if !known {
            let what = "the server keeps only code, name, role and area, and phone of supervisors; leave this out";
            mistakes.push(Mistake { line: 1, column: heading.into(), what: what.into() });
        } else if headings.iter().take(at).any(|other| other.eq_ignore_ascii_case(heading)) {
            mistakes.push(Mistake { line: 1, column: heading.into(), what: "this column is there twice".into() });
        }
    }
    let [Some(code), Some(name), Some(role), Some(area)] = COLUMNS.map(place) else { return Err(mistakes) };
    let phone = place(PHONE);
    let mut rows = Vec::new();
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    let mut seen: HashMap<String, u64> = HashMap::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                mistakes.push(whole(line, &error.to_string()));
                continue;
            }
        };
        let line = record.position().map_or(0, |position| lines.of(position.byte()));
        if record.len() != headings.len() {
            let what = format!("{} fields where the heading has {}", record.len(), headings.len());
            mistakes.push(whole(line, &what));
            continue;
        }
        let cells = [code, name, role, area].map(|at| &record[at]);
        let before = mistakes.len();
        let mut wrong = |column: &str, what| mistakes.push(Mistake { line, column: column.into(), what });
        if let Some(what) = code_wrong(cells[0]) {
            wrong("code", what.into());
        } else if let Some(first) = seen.insert(cells[0].to_owned(), line) {
            wrong("code", format!("`{}` is on line {first} already", cells[0]));
        }
        if cells[1].is_empty() || cells[1].chars().count() > NAME_MAX {
            wrong("name", format!("give a name of 1 to {NAME_MAX} characters"));
        }
        let role =
            ROLES.iter().find(|(_, english, chinese)| cells[2].eq_ignore_ascii_case(english) || cells[2] == *chinese);
        if role.is_none() {
            let words: Vec<&str> = ROLES.iter().map(|(_, english, _)| *english).collect();
            wrong("role", format!("`{}` is none of {}", cells[2], words.join(", ")));
        }
        let area = store.areas().by_code(cells[3]);
        if area.is_none() {
            wrong("area", format!("there is no area with code `{}`", cells[3]));
        }
        if let (Some((role, ..)), Some(area), true) = (role, area, mistakes.len() == before) {
            let phone = phone.map(|at| record[at].to_owned());
            if let Some(what) = phone_wrong(phone.as_deref().unwrap_or_default(), *role) {
                mistakes.push(Mistake { line, column: PHONE.into(), what: what.into() });
            } else {
                rows.push(Row { code: cells[0].into(), name: cells[1].into(), role: *role, area, phone });
            }
        }
    }
    if mistakes.is_empty() && rows.is_empty() {
        mistakes.push(whole(2, "there is nobody in this list"));
    }
    if mistakes.is_empty() { Ok(rows) } else { Err(mistakes) }
}

/// Counts lines up to records. The reader's own count stops before empty lines, which it skips.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that follows this place, which is not before the last one asked for.
    fn of(&mut self, byte: u64) -> u64 {
        while let Some(byte_here) = self.text.get(self.at)
            && ((self.at as u64) < byte || matches!(byte_here, b'\r' | b'\n'))
        {
            self.line += u64::from(*byte_here == b'\n');
            self.at += 1;
        }
        self.line
    }
}

fn code_wrong(code: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let good = (1..=CODE_MAX).contains(&code.len()) && code.chars().all(plain) && !code.starts_with('.');
    (!good).then_some("give 1 to 32 letters, digits, hyphens, dots or underscores, and no dot at the start")
}

fn phone_wrong(phone: &str, role: Role) -> Option<&'static str> {
    if phone.is_empty() {
        return None;
    }
    if role != Role::Supervisor {
        return Some("the server keeps the telephone of supervisors only; leave this one out");
    }
    let digits = phone.strip_prefix('+').unwrap_or(phone);
    let plain = digits.chars().all(|c| c.is_ascii_digit() || " -".contains(c));
    let good = plain && PHONE_DIGITS.contains(&digits.chars().filter(char::is_ascii_digit).count());
    (!good).then_some("give 3 to 15 digits, with a plus sign before them if the country's code is there")
}

/// What enrols the people of a list who are new or have changed. Who is not in the list stays as they are; passwords
/// stay, too.
pub fn import(rows: &[Row], store: &Store) -> Import {
    let mut import = Import::default();
    let mut last = store.staff_list().map(|staff| staff.staff.0).max().unwrap_or(0);
    for row in rows {
        let known = store.staff_by_login(&row.code);
        let staff = match known {
            Some(staff) => staff.staff,
            None => {
                last += 1;
                StaffId(last)
            }
        };
        // Who no longer supervises takes no telephone along.
        let kept = known.filter(|_| row.role == Role::Supervisor).map(|staff| staff.phone.clone()).unwrap_or_default();
        let listed = Staff {
            staff,
            role: row.role,
            area: row.area,
            name: row.name.clone(),
            login: row.code.clone(),
            password_hash: known.map(|staff| staff.password_hash.clone()).unwrap_or_default(),
            phone: row.phone.clone().unwrap_or(kept),
        };
        match known {
            Some(staff) if *staff == listed => {
                import.same += 1;
                continue;
            }
            Some(_) => import.changed += 1,
            None => import.new += 1,
        }
        import.events.push(enrol(&listed));
    }
    import
}
