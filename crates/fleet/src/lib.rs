//! A fleet of simulated phones, and the world they count.
//!
//! The phones run the real device core against the real HTTP API; what is simulated is the people, the doors, the
//! network and the accidents. The [`world`] is made first and knows the truth. Nothing in it is told to the phones
//! except by opening a door, so the office's counts can be compared with something the office did not make.
//!
//! Left out: a screen. Start at [`world`], then read [`enumerator`].

pub mod enumerator;
pub mod link;
pub mod phone;
pub mod world;
