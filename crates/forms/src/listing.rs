//! Finds rows of a choice list by what stands in a column. Lists of areas or occupations have tens of thousands of rows,
//! and forms look them up by code or by one equal column, so each column asked for is indexed the first time it is.

use std::sync::OnceLock;

use crate::definition::{Choice, ChoiceList};
use crate::program::{Compiled, LABEL, NAME};
use crate::vm::text_number;

/// Lists up to this size are looked through.
pub(crate) const SHORT: usize = 32;

/// Indexes of one list: by its columns, then by name and by label.
#[derive(Debug, Default)]
pub(crate) struct Listing(Vec<OnceLock<Chains>>);

/// Rows that hash alike, in order: the first of each bucket, and for each row the one after it.
#[derive(Debug, Default)]
struct Chains {
    first: Vec<u32>,
    next: Vec<u32>,
}

/// No row.
const END: u32 = u32::MAX;

/// Rows that may hold a text, in order.
pub(crate) struct Candidates<'a> {
    chains: Option<&'a Chains>,
    here: u32,
    count: u32,
}

impl Iterator for Candidates<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let here = self.here;
        if here >= self.count {
            return None;
        }
        self.here = self.chains.map_or(here + 1, |chains| chains.next[here as usize]);
        Some(here)
    }
}

impl Listing {
    pub fn new(list: &ChoiceList) -> Listing {
        let columns = if list.choices.len() > SHORT { list.columns.len() + 2 } else { 0 };
        Listing(std::iter::repeat_with(OnceLock::new).take(columns).collect())
    }

    /// All rows whose cell in a column is this text, or the same number; others too, which the caller leaves out.
    fn candidates<'a>(&'a self, list: &ChoiceList, column: u16, text: &str) -> Candidates<'a> {
        let own = match column {
            NAME => list.columns.len(),
            LABEL => list.columns.len() + 1,
            column => column as usize,
        };
        let count = list.choices.len() as u32;
        match self.0.get(own) {
            None => Candidates { chains: None, here: 0, count },
            Some(lock) => {
                let chains = lock.get_or_init(|| Chains::new(list, column));
                Candidates { chains: Some(chains), here: chains.first[chains.bucket(text)], count }
            }
        }
    }
}

impl Chains {
    fn new(list: &ChoiceList, column: u16) -> Chains {
        let size = list.choices.len();
        let mut chains = Chains { first: vec![END; size.next_power_of_two()], next: vec![END; size] };
        for (row, choice) in list.choices.iter().enumerate().rev() {
            let bucket = chains.bucket(cell(choice, column));
            chains.next[row] = std::mem::replace(&mut chains.first[bucket], row as u32);
        }
        chains
    }

    /// Whole numbers go together however they are written, and so do all other numbers.
    fn bucket(&self, text: &str) -> usize {
        let number = text_number(text);
        let hash = match number {
            n if n.is_nan() => {
                text.bytes().fold(0xCBF2_9CE4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(PRIME))
            }
            n if (n - n.round()).abs() > 1e-9 => 0,
            n => (n.round() as i64 as u64).wrapping_mul(PRIME),
        };
        (hash ^ hash >> 32) as usize & (self.first.len() - 1)
    }
}

const PRIME: u64 = 0x100_0000_01B3;

impl Compiled {
    /// All rows whose cell in a column is this text, or the same number; others too, which the caller leaves out.
    pub fn candidates(&self, lists: &[ChoiceList], list: u16, column: u16, text: &str) -> Candidates<'_> {
        self.listings[list as usize].candidates(&lists[list as usize], column, text)
    }

    /// The first choice with a name.
    pub fn choice(&self, lists: &[ChoiceList], list: u16, name: &str) -> Option<u32> {
        let choices = &lists[list as usize].choices;
        self.candidates(lists, list, NAME, name).find(|row| choices[*row as usize].name == name)
    }
}

/// A cell of a choice.
pub(crate) fn cell(choice: &Choice, column: u16) -> &str {
    match column {
        LABEL => choice.label.get(0),
        NAME => &choice.name,
        column => choice.extra.get(column as usize).map_or("", String::as_str),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Words;

    #[test]
    fn a_long_list_finds_the_rows_that_a_walk_over_it_finds() {
        let texts = ["", "1", "01", "1.0", "-3", "2.5", "2,5", "x", "长安", "1e3", "NaN", "0", "-0"];
        let choices = (0..500).map(|i| Choice {
            name: format!("c{}", i % 170),
            label: Words(vec![format!("L{}", i % 7)]),
            extra: vec![texts[i * 7 % texts.len()].to_owned()],
            ..Choice::default()
        });
        let list = ChoiceList { columns: vec!["kind".into()], choices: choices.collect(), ..ChoiceList::default() };
        let listing = Listing::new(&list);
        for (column, text) in texts.iter().map(|t| (0, *t)).chain([(NAME, "c5"), (NAME, "?"), (LABEL, "L3")]) {
            let number = text_number(text);
            let holds = |row: &u32| {
                let cell = cell(&list.choices[*row as usize], column);
                cell == text || (text_number(cell) - number).abs() < 1e-12
            };
            let walked: Vec<u32> = (0..500).filter(holds).collect();
            let found: Vec<u32> = listing.candidates(&list, column, text).collect();
            assert!(found.is_sorted(), "{column} {text}: {found:?}");
            assert_eq!(found.into_iter().filter(holds).collect::<Vec<_>>(), walked, "{column} {text}");
        }
        let many = listing.candidates(&list, NAME, "c5").count();
        assert!(many < 10, "{many} rows looked at for three");
    }
}
