//! The browser's face of `device` and `forms`: JavaScript objects in, JavaScript objects out, nothing decided here.
//!
//! The contract for the app is `API.md`; `shapes.ts` is its types, written into the generated `.d.ts`. Left out:
//! storage, network, clock, words, screens. Start at [`Phone`], then [`Interview`].

mod convert;
mod input;
mod interview;
mod phone;
mod view;

pub use interview::Interview;
pub use phone::Phone;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const SHAPES: &str = include_str!("shapes.ts");
