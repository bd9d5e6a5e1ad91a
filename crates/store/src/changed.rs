//! Which pages changed since the last checkpoint, and those that the one being written still needs, as they were when it
//! began. So a checkpoint holds one moment although events are applied while it is written.

use hashbrown::HashMap;

use crate::page::Page;

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// By page: it changed since the last checkpoint began.
    since: Vec<bool>,
    /// By page: the checkpoint being written has yet to write it.
    needed: Vec<bool>,
    /// Pages that changed before it came to them, as they were.
    kept: HashMap<u32, Page>,
}

impl Changed {
    /// A page, as it still is, is about to change.
    pub fn touch(&mut self, at: u32, page: &Page) {
        let index = at as usize;
        if index >= self.since.len() {
            self.since.resize(index + 1, false);
        }
        self.since[index] = true;
        if self.needed.get(index) == Some(&true) && !self.kept.contains_key(&at) {
            self.kept.insert(at, page.clone());
        }
    }

    /// Begins a checkpoint of all of `pages` pages, or of those that changed.
    pub fn begin(&mut self, pages: usize, all: bool) {
        let mut changed = std::mem::take(&mut self.since);
        changed.resize(pages, false);
        self.needed = if all { vec![true; pages] } else { changed };
        self.kept.clear();
    }

    /// Calls `each` with needed pages from `next` on, as they were, until it has had enough and says `false`; moves `next`
    /// on. Says whether there may be more.
    pub fn take(&mut self, pages: &[Page], next: &mut usize, mut each: impl FnMut(&Page) -> bool) -> bool {
        while *next < self.needed.len() {
            let at = *next;
            *next += 1;
            if !self.needed[at] {
                continue;
            }
            self.needed[at] = false;
            let kept = self.kept.remove(&(at as u32));
            if !each(kept.as_ref().unwrap_or(&pages[at])) {
                return true;
            }
        }
        self.end();
        false
    }

    /// Lets go of a checkpoint that is finished or failed. After a failed one the next must be of all pages.
    pub fn end(&mut self) {
        (self.needed, self.kept) = (Vec::new(), HashMap::new());
    }
}
