//! Dates as people remember them: the lunar calendar, the zodiac, an age, a local event.
//!
//! Many people know the year of the pig, or the fifteenth of the eighth month, and not the date a form wants. A question
//! still stores a plain day; these are the ways to it, and the phone shows the calculation. Sixty years of the cycle of
//! stems and branches (jia-zi), animals and ages by the lunar year follow from the lunar year alone.
//!
//! Left out: other calendars, and where the day changes (a lunar day here is the civil day of Beijing).

mod lunar;
mod zodiac;

pub use lunar::{Lunar, YEARS};
pub use zodiac::{Animal, cycle, years_of};
