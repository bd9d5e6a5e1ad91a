//! What the functions do.

use crate::base64;
use crate::citizen_id;
use crate::date::Date;
use crate::digest::digest;
use crate::functions::Function;
#[cfg(feature = "generator")]
use crate::generator::made_up;
use crate::moment::Moment;
use crate::places;
use crate::program::Val;
use crate::signed;
use crate::vm::{Vm, parse_number};

/// Texts a function builds stop growing here.
const TEXT_BYTES_MAX: usize = 1 << 20;

impl Vm<'_> {
    /// Calls a function with the values on the stack from `first` on.
    pub(crate) fn call(&mut self, function: Function, first: usize) -> Val {
        let arg = |i: usize| self.stack.get(first + i).copied().unwrap_or_default();
        let text = |i: usize| self.to_text(arg(i)).into_owned();
        let number = |i: usize| self.to_number(arg(i));
        let count = self.stack.len() - first;
        let made: String = match function {
            Function::Coalesce => return if self.settle(arg(0)) == Val::Empty { arg(1) } else { arg(0) },
            Function::Concat => {
                let mut out = String::new();
                for i in 0..count {
                    if out.len() < TEXT_BYTES_MAX {
                        out.push_str(&self.to_text(arg(i)));
                    }
                }
                out
            }
            Function::Selected => {
                let wanted = self.to_text(arg(1));
                let (wanted, codes) = (wanted.trim(), self.to_text(arg(0)));
                // No code is selected where none is.
                let none = wanted.is_empty() && codes.trim().is_empty();
                return Val::Bool(none || codes.split_whitespace().any(|c| c == wanted));
            }
            Function::SelectedAt => match number(1) {
                // What is not a number is 0.
                at if at >= 0.0 || at.is_nan() => text(0).split_whitespace().nth(at as usize).unwrap_or("").to_owned(),
                _ => return Val::Empty,
            },
            Function::CountSelected => return Val::Num(self.to_text(arg(0)).split_whitespace().count() as f64),
            Function::StringLength => return Val::Num(self.to_text(arg(0)).chars().count() as f64),
            Function::Substr => {
                let chars: Vec<char> = text(0).chars().collect();
                let clamp = |n: f64| {
                    let n = if n < 0.0 { chars.len() as f64 + n } else { n };
                    if n.is_nan() { 0 } else { n.clamp(0.0, chars.len() as f64) as usize }
                };
                let from = clamp(number(1));
                let to = if count > 2 { clamp(number(2)) } else { chars.len() };
                chars.get(from..to).unwrap_or_default().iter().collect()
            }
            Function::Contains => return Val::Bool(self.to_text(arg(0)).contains(&*self.to_text(arg(1)))),
            Function::StartsWith => return Val::Bool(self.to_text(arg(0)).starts_with(&*self.to_text(arg(1)))),
            Function::EndsWith => return Val::Bool(self.to_text(arg(0)).ends_with(&*self.to_text(arg(1)))),
            Function::SubstringBefore => text(0).split_once(&text(1)).map_or(String::new(), |(a, _)| a.to_owned()),
            Function::SubstringAfter => text(0).split_once(&text(1)).map_or(String::new(), |(_, b)| b.to_owned()),
            Function::Translate => {
                let (from, to): (Vec<char>, Vec<char>) = (text(1).chars().collect(), text(2).chars().collect());
                let swap = |c: char| match from.iter().position(|f| *f == c) {
                    Some(at) => to.get(at).copied(),
                    None => Some(c),
                };
                text(0).chars().filter_map(swap).collect()
            }
            Function::NormalizeSpace => text(0).split_whitespace().collect::<Vec<_>>().join(" "),
            Function::Number => return Val::Num(number(0)),
            Function::Int => {
                let n = match arg(0) {
                    v @ (Val::Text(..) | Val::Const(_)) => parse_number(&self.to_text(v)),
                    v => self.to_number(v),
                };
                return Val::Num(n.trunc());
            }
            Function::Round => {
                let digits = if count > 1 { number(1).clamp(-15.0, 15.0) as i32 } else { 0 };
                return Val::Num(shift((shift(number(0), digits) + 0.5).floor(), -digits));
            }
            Function::Floor => return Val::Num(number(0).floor()),
            Function::Ceiling => return Val::Num(number(0).ceil()),
            Function::Min | Function::Max => {
                let numbers = (0..count).map(number).filter(|n| !n.is_nan());
                let pick = if function == Function::Min { f64::min } else { f64::max };
                return Val::Num(numbers.reduce(pick).unwrap_or(f64::NAN));
            }
            Function::Abs => return Val::Num(number(0).abs()),
            Function::Pow => return Val::Num(number(0).powf(number(1))),
            Function::Sqrt => return Val::Num(number(0).sqrt()),
            Function::Exp => return Val::Num(number(0).exp()),
            Function::Exp10 => return Val::Num(10f64.powf(number(0))),
            Function::Log => return Val::Num(number(0).ln()),
            Function::Log10 => return Val::Num(number(0).log10()),
            Function::Sin => return Val::Num(number(0).sin()),
            Function::Cos => return Val::Num(number(0).cos()),
            Function::Tan => return Val::Num(number(0).tan()),
            // One arc function serves all four: each other one would be a kilobyte of the browser's module.
            Function::Asin => return Val::Num(number(0).atan2(beside(number(0)))),
            Function::Acos => return Val::Num(beside(number(0)).atan2(number(0))),
            Function::Atan => return Val::Num(number(0).atan2(1.0)),
            Function::Atan2 => return Val::Num(number(0).atan2(number(1))),
            Function::Pi => return Val::Num(std::f64::consts::PI),
            Function::Checklist | Function::WeightedChecklist => {
                let weighted = function == Function::WeightedChecklist;
                let (mut at, mut sum) = (2, 0.0);
                while at < count {
                    let weight = if weighted { number(at + 1) } else { 1.0 };
                    sum += if self.to_bool(arg(at)) { weight } else { 0.0 };
                    at += if weighted { 2 } else { 1 };
                }
                // A count of -1 is no bound; a weight of -1 is one.
                let (least, most) = (number(0), number(1));
                return Val::Bool(sum >= least && (sum <= most || (!weighted && most < 0.0)));
            }
            Function::BooleanFromString => {
                return Val::Bool(matches!(self.to_text(arg(0)).to_ascii_lowercase().as_str(), "true" | "1"));
            }
            Function::Base64Decode => as_text(base64::decode(&self.to_text(arg(0)))),
            Function::ExtractSigned => as_text(signed::extract(&self.to_text(arg(0)), &self.to_text(arg(1)))),
            Function::Join => {
                let separator = text(0);
                let mut out = String::new();
                for i in 1..count {
                    if i > 1 {
                        out.push_str(&separator);
                    }
                    if out.len() < TEXT_BYTES_MAX {
                        out.push_str(&self.to_text(arg(i)));
                    }
                }
                out
            }
            Function::Uuid => match count {
                0 => self.uuid(),
                _ => {
                    let length = self.to_number(self.stack[first]).clamp(0.0, 64.0) as usize;
                    (0..length).map(|_| letter(self.state.next_u64())).collect()
                }
            },
            Function::Distance | Function::Area => {
                let trace = (0..count).map(text).collect::<Vec<String>>().join(";");
                return Val::Num(match function {
                    Function::Area => places::area(&trace),
                    _ => places::distance(&trace),
                });
            }
            Function::Geofence => return Val::Bool(places::is_inside(&self.to_text(arg(0)), &self.to_text(arg(1)))),
            Function::Digest => match digest(&self.to_text(arg(1)), self.to_text(arg(0)).as_bytes()) {
                Some(digest) => match &*if count > 2 { text(2) } else { "base64".to_owned() } {
                    "hex" => digest.iter().map(|byte| format!("{byte:02x}")).collect(),
                    "base64" => base64::encode(&digest),
                    _ => return Val::Empty,
                },
                None => return Val::Empty,
            },
            Function::Property => self.property(&self.to_text(arg(0))),
            Function::String => text(0),
            Function::Date => return self.date(arg(0)).map_or(Val::Empty, |d| Val::Date(d.0)),
            Function::FormatDate | Function::FormatDateTime => {
                match self.moment(arg(0)).and_then(|moment| moment.format(&text(1))) {
                    Some(made) => made,
                    None => return Val::Empty,
                }
            }
            Function::DateTime => match self.moment(arg(0)) {
                Some(_) => text(0),
                None => return Val::Empty,
            },
            Function::DecimalDateTime | Function::DecimalTime => {
                let whole = function == Function::DecimalDateTime;
                return self.moment(arg(0)).map_or(Val::Empty, |m| Val::Num(if whole { m.days() } else { m.time() }));
            }
            Function::Once => return if self.here == Val::Empty { arg(0) } else { self.here },
            Function::Random => return Val::Num(self.state.next_random()),
            Function::Now => self.state.now.clone(),
            Function::Today => return self.state.today.map_or(Val::Empty, Val::Date),
            // An instruction of its own.
            Function::ReferenceDate | Function::ReferenceMoment => return Val::Date(self.state.reference),
            Function::YearsBetween => match (self.date(arg(0)), self.date(arg(1))) {
                (Some(a), Some(b)) => return Val::Num(f64::from(a.years_until(b))),
                _ => return Val::Empty,
            },
            Function::MonthsBetween => match (self.date(arg(0)), self.date(arg(1))) {
                (Some(a), Some(b)) => return Val::Num(f64::from(b.months() - a.months())),
                _ => return Val::Empty,
            },
            Function::AddMonths => {
                let moved = self.date(arg(0)).and_then(|d| Date::from_months(d.months() + number(1) as i32));
                return moved.map_or(Val::Empty, |d| Val::Date(d.0));
            }
            Function::IdOk => return Val::Bool(citizen_id::is_ok(&self.to_text(arg(0)))),
            Function::IdBirth => {
                return citizen_id::birth(&self.to_text(arg(0))).map_or(Val::Empty, |d| Val::Date(d.0));
            }
            Function::IdSex => {
                return citizen_id::sex(&self.to_text(arg(0))).map_or(Val::Empty, |s| Val::Num(f64::from(s)));
            }
            #[cfg(feature = "generator")]
            Function::RandomName => made_up::name(self.state.next_u64()),
            #[cfg(feature = "generator")]
            Function::RandomId => {
                let (birth, sex) = (self.date(arg(0)).unwrap_or(Date(0)), number(1) as u32);
                made_up::id(self.state.next_u64(), birth, sex)
            }
            #[cfg(not(feature = "generator"))]
            Function::RandomName | Function::RandomId => return Val::Empty,
        };
        self.state.keep_text(&made)
    }

    /// What the device or its user is; empty when it is not known.
    pub(crate) fn property(&self, name: &str) -> String {
        let found = self.state.properties.iter().find(|(n, _)| *n == name);
        found.map_or(String::new(), |(_, value)| value.clone())
    }

    pub(crate) fn uuid(&mut self) -> String {
        uuid([self.state.next_u64(), self.state.next_u64()])
    }

    fn moment(&self, value: Val) -> Option<Moment> {
        match value {
            Val::Text(..) | Val::Const(_) => Moment::parse(&self.to_text(value)),
            other => self.date(other).map(Moment::midnight),
        }
    }

    fn date(&self, value: Val) -> Option<Date> {
        match value {
            Val::Date(days) => Some(Date(days)),
            Val::Num(days) if days.is_finite() => Some(Date(days as i32)),
            other => Date::parse(&self.to_text(other)),
        }
    }
}

/// Moves the decimal point, without the error of multiplying by a power of ten.
fn shift(n: f64, digits: i32) -> f64 {
    if digits == 0 { n } else { format!("{n}e{digits}").parse().unwrap_or(n) }
}

/// A random identifier, version 4 of RFC 9562.
/// The text that bytes are; nothing when they are none.
fn as_text(bytes: Option<Vec<u8>>) -> String {
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn uuid([high, low]: [u64; 2]) -> String {
    let high = high & !0xF000 | 0x4000;
    let low = low & !(0b11 << 62) | 1 << 63;
    let (a, b, c, d) = (high >> 32, high >> 16 & 0xFFFF, high & 0xFFFF, low >> 48);
    format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{:012x}", low & 0xFFFF_FFFF_FFFF)
}

fn letter(random: u64) -> char {
    char::from_digit((random % 36) as u32, 36).unwrap_or('0')
}

/// The other leg of a right triangle with hypotenuse 1: NaN beyond -1 and 1.
fn beside(leg: f64) -> f64 {
    ((1.0 - leg) * (1.0 + leg)).sqrt()
}
