//! The values of one form being filled or checked: flat arrays, reused from one household to the next.

use crate::program::{Compiled, Val};

/// Marks the absence of a block.
pub(crate) const NONE: u32 = u32::MAX;

/// An instance of a scope: the root, or one instance of a repeat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub scope: u16,
    pub alive: bool,
    pub parent: u32,
    /// From 1, among its siblings.
    pub position: u32,
    /// First slot in `State::values`.
    pub base: u32,
    /// First entry in `State::kids`.
    pub kids: u32,
    pub next: u32,
    pub next_in_scope: u32,
}

/// The instances of one repeat under one block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kids {
    pub first: u32,
    pub last: u32,
    pub count: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub values: Vec<Val>,
    pub relevant: Vec<bool>,
    pub blocks: Vec<Block>,
    pub kids: Vec<Kids>,
    /// First and last block of each scope, in order of creation.
    pub chains: Vec<(u32, u32)>,
    /// Texts the values point into.
    pub text: String,
    /// Days since 1970-01-01.
    pub reference: i32,
    pub today: Option<i32>,
    /// The moment `now()` gives; empty when it is not known.
    pub now: String,
    /// What the device and its user are, for `property()`.
    pub properties: Vec<(String, String)>,
    pub random: u64,
}

impl State {
    /// Makes the state that of an empty form with one root block.
    pub fn reset(&mut self, form: &Compiled) {
        self.values.clear();
        self.relevant.clear();
        self.blocks.clear();
        self.kids.clear();
        self.chains.clear();
        self.text.clear();
        self.chains.resize(form.scopes.len(), (NONE, NONE));
        self.open(form, 0, NONE);
    }

    /// Adds an instance of a scope as the last under a parent.
    pub fn open(&mut self, form: &Compiled, scope: u16, parent: u32) -> u32 {
        let shape = &form.scopes[scope as usize];
        let id = self.blocks.len() as u32;
        let mut block = Block {
            scope,
            alive: true,
            parent,
            position: 1,
            base: self.values.len() as u32,
            kids: self.kids.len() as u32,
            next: NONE,
            next_in_scope: NONE,
        };
        let size = self.values.len() + shape.slots.len();
        self.values.resize(size, Val::Empty);
        self.relevant.resize(size, true);
        let empty = Kids { first: NONE, last: NONE, count: 0 };
        self.kids.resize(self.kids.len() + shape.kids.len(), empty);
        if parent != NONE {
            let at = self.blocks[parent as usize].kids as usize + shape.kid as usize;
            let kids = &mut self.kids[at];
            kids.count += 1;
            block.position = kids.count;
            let last = std::mem::replace(&mut kids.last, id);
            if last == NONE {
                kids.first = id;
            } else {
                self.blocks[last as usize].next = id;
            }
        }
        let chain = &mut self.chains[scope as usize];
        let last = std::mem::replace(&mut chain.1, id);
        if last == NONE {
            chain.0 = id;
        } else {
            self.blocks[last as usize].next_in_scope = id;
        }
        self.blocks.push(block);
        id
    }

    /// Takes an instance out, with everything inside it. Its siblings move up.
    pub fn close(&mut self, form: &Compiled, id: u32) {
        let block = self.blocks[id as usize];
        if block.parent == NONE || !block.alive {
            return;
        }
        let at = self.blocks[block.parent as usize].kids as usize + form.scopes[block.scope as usize].kid as usize;
        let (mut before, mut here) = (NONE, self.kids[at].first);
        while here != id && here != NONE {
            before = here;
            here = self.blocks[here as usize].next;
        }
        if before == NONE {
            self.kids[at].first = block.next;
        } else {
            self.blocks[before as usize].next = block.next;
        }
        if self.kids[at].last == id {
            self.kids[at].last = before;
        }
        self.kids[at].count -= 1;
        let mut later = block.next;
        while later != NONE {
            self.blocks[later as usize].position -= 1;
            later = self.blocks[later as usize].next;
        }
        self.bury(form, id);
    }

    fn bury(&mut self, form: &Compiled, id: u32) {
        self.blocks[id as usize].alive = false;
        let block = self.blocks[id as usize];
        for kid in 0..form.scopes[block.scope as usize].kids.len() {
            let mut inner = self.kids[block.kids as usize + kid].first;
            while inner != NONE {
                self.bury(form, inner);
                inner = self.blocks[inner as usize].next;
            }
        }
    }

    #[inline]
    pub fn kids(&self, block: u32, kid: u16) -> Kids {
        self.kids[self.blocks[block as usize].kids as usize + kid as usize]
    }

    /// The instance of a repeat by position, from 1.
    pub fn nth(&self, block: u32, kid: u16, position: u32) -> Option<u32> {
        let mut here = self.kids(block, kid).first;
        while here != NONE {
            if self.blocks[here as usize].position == position {
                return Some(here);
            }
            here = self.blocks[here as usize].next;
        }
        None
    }

    #[inline]
    pub fn up(&self, mut block: u32, scopes: u8) -> u32 {
        for _ in 0..scopes {
            block = self.blocks[block as usize].parent;
        }
        block
    }

    /// The block of a scope that a block is in, or is.
    pub fn ancestor(&self, mut block: u32, scope: u16) -> Option<u32> {
        while block != NONE {
            if self.blocks[block as usize].scope == scope {
                return Some(block);
            }
            block = self.blocks[block as usize].parent;
        }
        None
    }

    #[inline]
    pub fn index(&self, block: u32, slot: u16) -> usize {
        self.blocks[block as usize].base as usize + slot as usize
    }

    /// The value of a slot; empty when the node is not relevant.
    #[inline]
    pub fn load(&self, block: u32, slot: u16) -> Val {
        *self.at(self.index(block, slot))
    }

    /// The same, in place, by [`State::index`].
    #[inline(always)]
    pub fn at(&self, index: usize) -> &Val {
        if self.relevant[index] { &self.values[index] } else { &Val::Empty }
    }

    pub fn keep_text(&mut self, text: &str) -> Val {
        if text.is_empty() {
            return Val::Empty;
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        Val::Text(start, text.len() as u32)
    }

    /// Puts the texts that are still in use together, and forgets the others.
    pub fn pack(&mut self) {
        let old = std::mem::take(&mut self.text);
        for value in &mut self.values {
            if let Val::Text(start, len) = value {
                let text = old.get(*start as usize..(*start + *len) as usize).unwrap_or("");
                *start = self.text.len() as u32;
                self.text.push_str(text);
            }
        }
    }

    /// A random number in 0..1 (splitmix64).
    pub fn next_random(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn next_u64(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
