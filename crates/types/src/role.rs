//! What a member of staff may do: a post is a role in an area subtree.

use serde::{Deserialize, Serialize};

/// A role. Rights follow from role × area subtree; nothing else grants any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Role {
    /// No rights (an unknown code from a newer version).
    #[default]
    None = 0,
    /// Runs the census in the subtree: staff, phases, forms, assignments, counts.
    Administrator = 1,
    /// 普查指导员: assigns, reviews, returns and approves in the subtree; reads its cases, never names.
    Supervisor = 2,
    /// 普查员: works the enumeration areas leased to them.
    Enumerator = 3,
    /// Sees counts and progress in the subtree, no record.
    Viewer = 4,
    /// Reads the journal of looks and changes, no record.
    Auditor = 5,
}

impl Role {
    /// The role of a code written to the journal; [`Role::None`] for a code this version does not know.
    pub fn from_code(code: u32) -> Role {
        match code {
            1 => Role::Administrator,
            2 => Role::Supervisor,
            3 => Role::Enumerator,
            4 => Role::Viewer,
            5 => Role::Auditor,
            _ => Role::None,
        }
    }

    /// The permanent number written to the journal.
    pub fn code(self) -> u32 {
        self as u32
    }
}
