//! The browser's face of `device` and `forms`: JavaScript objects in, JavaScript objects out, nothing decided here.
//!
//! The contract for the app is `API.md`; `shapes.ts` is its types, written into the generated `.d.ts`. Left out:
//! storage, network, clock, words, screens. Start at [`Phone`], then [`Interview`].

mod calendar;
mod convert;
mod input;
mod interview;
mod phone;
mod view;

pub use calendar::{day_to_lunar, leap_month, lunar_to_day};
pub use interview::Interview;
pub use phone::Phone;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const SHAPES: &str = include_str!("shapes.ts");

#[cfg(test)]
mod tests {
    #[test]
    fn the_generated_types_are_those_of_the_contract() {
        let contract = include_str!("../API.md").replace("type Record =", "type StoreRecord =");
        let contract = contract.replace("puts: Record[]", "puts: StoreRecord[]");
        for line in include_str!("shapes.ts").lines().skip(1) {
            let line = line.strip_prefix("export ").unwrap_or(line);
            assert!(contract.lines().any(|known| known == line), "API.md does not have `{line}`");
        }
    }
}
