//! The lunar calendar for JavaScript: the numbers of `forms::calendar`, whose table the office and the phone share.

use forms::Date;
use forms::calendar::Lunar;
use wasm_bindgen::prelude::wasm_bindgen;

/// The day `YYYY-MM-DD` of a lunar one; nothing where there is none.
#[wasm_bindgen(js_name = lunarToDay)]
pub fn lunar_to_day(year: i32, month: u32, leap: bool, day: u32) -> Option<String> {
    Some(Lunar::new(year, month, leap, day)?.date()?.to_string())
}

/// The lunar day of `YYYY-MM-DD` as year, month, 1 in a leap month, day; empty outside 1900 to 2050.
#[wasm_bindgen(js_name = dayToLunar)]
pub fn day_to_lunar(day: &str) -> Vec<i32> {
    let lunar = Date::parse(day).and_then(Lunar::of);
    lunar.map_or_else(Vec::new, |at| vec![at.year, at.month as i32, i32::from(at.leap), at.day as i32])
}

/// The month of a lunar year that comes twice; 0 for none.
#[wasm_bindgen(js_name = leapMonth)]
pub fn leap_month(year: i32) -> u32 {
    Lunar::leap_month(year).unwrap_or(0)
}
