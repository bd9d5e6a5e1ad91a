//! The browser's face of `device` and `forms`: JavaScript objects in, JavaScript objects out, nothing decided here.
//!
//! The contract for the app is `API.md` and, for the shapes, the generated `.d.ts`: it is written from the types here, with the
//! few words of `shapes.ts`. Left out: storage, network, clock, words, screens. Start at [`Phone`], then [`Interview`].

mod calendar;
mod convert;
mod input;
mod interview;
mod kept;
mod phone;
mod view;

pub use calendar::{day_to_lunar, leap_month, lunar_to_day};
pub use interview::Interview;
pub use phone::Phone;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const SHAPES: &str = include_str!("shapes.ts");
