//! Reads JSON into structures, in little code.
//!
//! A form's definition and a draft are JSON. The readers that serde derives for them were an eighth of the module a
//! phone downloads, and most of what it compiled before its first question; here a structure is one `match` over its
//! fields ([`crate::fields!`]) and everything else is shared; how Rust's own types are read is in `json/values.rs`. Unknown fields are passed over, missing ones keep their
//! default. Writing stays with serde, on the server. Start at [`read`].

mod values;

use std::borrow::Cow;

/// Values inside each other, at most.
const DEPTH_MAX: u32 = 128;

/// Not JSON, or not of the shape wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at_bytes} is not what JSON or this structure needs there")]
pub struct Unreadable {
    /// Where reading stopped.
    pub at_bytes: usize,
}

type Result<T = ()> = std::result::Result<T, Unreadable>;

/// What can be read: takes the place of the value that was there.
pub trait Read {
    /// Reads the next value.
    fn read(&mut self, from: &mut Reader<'_>) -> Result;
}

/// Reads one value that is the whole of the bytes.
pub fn read<T: Read + Default>(bytes: &[u8]) -> Result<T> {
    let mut from = Reader { bytes, at: 0, depth: 0 };
    let mut value = T::default();
    value.read(&mut from)?;
    match from.peek() {
        None => Ok(value),
        Some(_) => from.wrong(),
    }
}

/// Implements [`Read`] for a structure from an object: `fields!(Language { "name" => name, "code" => code })`.
#[macro_export]
macro_rules! fields {
    ($type:ty { $($name:literal => $field:ident),+ $(,)? }) => {
        impl $crate::json::Read for $type {
            fn read(&mut self, from: &mut $crate::json::Reader<'_>) -> std::result::Result<(), $crate::json::Unreadable> {
                from.object(&mut |name, from| match name {
                    $($name => $crate::json::Read::read(&mut self.$field, from),)+
                    _ => from.skip(),
                })
            }
        }
    };
}

/// Bytes being read.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// What is next is not what is wanted.
    pub fn wrong<T>(&self) -> Result<T> {
        Err(Unreadable { at_bytes: self.at })
    }

    /// The next byte that is not white space.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result {
        if self.peek() != Some(byte) {
            return self.wrong();
        }
        self.at += 1;
        Ok(())
    }

    /// Whether a word such as `null` is next; it is passed then.
    pub fn word(&mut self, word: &str) -> bool {
        self.peek();
        let found = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// What stands between two brackets, one after another.
    fn members(&mut self, [open, close]: [u8; 2], each: &mut dyn FnMut(&mut Reader<'a>) -> Result) -> Result {
        self.expect(open)?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.wrong();
        }
        if self.peek() != Some(close) {
            each(self)?;
            while self.peek() == Some(b',') {
                self.at += 1;
                each(self)?;
            }
        }
        self.depth -= 1;
        self.expect(close)
    }

    /// An array: `item` reads each of its values.
    pub fn array(&mut self, item: &mut dyn FnMut(&mut Reader<'a>) -> Result) -> Result {
        self.members(*b"[]", item)
    }

    /// An object: `field` reads the value of each name.
    pub fn object(&mut self, field: &mut dyn FnMut(&str, &mut Reader<'a>) -> Result) -> Result {
        self.members(*b"{}", &mut |from| {
            let name = from.text()?;
            from.expect(b':')?;
            field(&name, from)
        })
    }

    /// A text.
    pub fn text(&mut self) -> Result<Cow<'a, str>> {
        self.expect(b'"')?;
        let mut start = self.at;
        let mut made = String::new();
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') if made.is_empty() => {
                    let text = self.plain(start)?;
                    self.at += 1;
                    return Ok(Cow::Borrowed(text));
                }
                Some(b'"') => {
                    made.push_str(self.plain(start)?);
                    self.at += 1;
                    return Ok(Cow::Owned(made));
                }
                Some(b'\\') => {
                    made.push_str(self.plain(start)?);
                    self.at += 1;
                    made.push(self.escaped()?);
                    start = self.at;
                }
                Some(0x20..) => self.at += 1,
                _ => return self.wrong(),
            }
        }
    }

    fn plain(&self, start: usize) -> Result<&'a str> {
        std::str::from_utf8(&self.bytes[start..self.at]).map_err(|_| Unreadable { at_bytes: start })
    }

    /// The character after a backslash.
    fn escaped(&mut self) -> Result<char> {
        let Some(byte) = self.bytes.get(self.at) else { return self.wrong() };
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(*byte),
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.four_digits()?;
                // The first half of a pair; anything but its second half after it is no character.
                if code >> 10 == 0x36 && self.bytes[self.at..].starts_with(b"\\u") {
                    self.at += 2;
                    let low = self.four_digits()?.wrapping_sub(0xDC00);
                    code = if low < 0x400 { 0x10000 + ((code & 0x3FF) << 10 | low) } else { code };
                }
                match char::from_u32(code) {
                    Some(char) => char,
                    None => return self.wrong(),
                }
            }
            _ => return self.wrong(),
        })
    }

    fn four_digits(&mut self) -> Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.bytes.get(self.at).and_then(|byte| char::from(*byte).to_digit(16));
            let Some(digit) = digit else { return self.wrong() };
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// A number as it is written.
    fn number(&mut self) -> Result<&'a str> {
        self.peek();
        let start = self.at;
        let digits = |from: &mut Reader<'a>| {
            let before = from.at;
            while from.bytes.get(from.at).is_some_and(u8::is_ascii_digit) {
                from.at += 1;
            }
            if from.at == before { from.wrong() } else { Ok(()) }
        };
        let either = |from: &mut Reader<'a>, these: &[u8]| {
            let found = from.bytes.get(from.at).is_some_and(|byte| these.contains(byte));
            from.at += usize::from(found);
            found
        };
        either(self, b"-");
        if !either(self, b"0") {
            digits(self)?;
        }
        if either(self, b".") {
            digits(self)?;
        }
        if either(self, b"eE") {
            either(self, b"+-");
            digits(self)?;
        }
        self.plain(start)
    }

    /// A whole number.
    pub fn whole(&mut self) -> Result<i64> {
        let start = self.at;
        self.number()?.parse().map_err(|_| Unreadable { at_bytes: start })
    }

    /// Passes over a value.
    pub fn skip(&mut self) -> Result {
        match self.peek() {
            Some(b'"') => self.text().map(drop),
            Some(b'[') => self.array(&mut |from| from.skip()),
            Some(b'{') => self.object(&mut |_, from| from.skip()),
            _ if self.word("null") || self.word("true") || self.word("false") => Ok(()),
            _ => self.number().map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Door {
        number: u16,
        names: Vec<String>,
        share: Option<f32>,
        open: bool,
        pairs: Vec<(String, String)>,
    }

    crate::fields!(Door { "number" => number, "names" => names, "share" => share, "open" => open, "pairs" => pairs });

    fn door(text: &str) -> Option<Door> {
        read(text.as_bytes()).ok()
    }

    #[test]
    fn an_object_fills_its_fields_and_passes_over_others() {
        let text = r#" { "new" : [ {"a":[1,-0.5e+3,null]}, "\"", true ], "number":7,"names":["A","王"],
            "share":0.25,"open":true,"pairs":[["a","b"]] } "#;
        let pairs = vec![("a".to_owned(), "b".to_owned())];
        let names = vec!["A".to_owned(), "王".to_owned()];
        assert_eq!(door(text), Some(Door { number: 7, names, share: Some(0.25), open: true, pairs }));
        assert_eq!(door("{}"), Some(Door::default()));
        assert_eq!(door(r#"{"share":null}"#), Some(Door::default()));
    }

    #[test]
    fn what_is_not_json_or_not_of_the_shape_is_refused_where_it_stands() {
        for wrong in [
            "",
            "[]",
            "{",
            "{}}",
            "{} x",
            r#"{"number"}"#,
            r#"{"number":}"#,
            r#"{"number":65536}"#,
            r#"{"number":-1}"#,
            r#"{"number":1.5}"#,
            r#"{"number":01}"#,
            r#"{"number":"1"}"#,
            r#"{"open":null}"#,
            r#"{"open":tru}"#,
            r#"{"names":["a",]}"#,
            r#"{"names":["a" "b"]}"#,
            r#"{"names":[null]}"#,
            r#"{"pairs":[["a"]]}"#,
            r#"{"pairs":[["a","b","c"]]}"#,
            r#"{"x":1e}"#,
            r#"{"x":.5}"#,
            r#"{"x":nul}"#,
            r#"{,}"#,
            r#"{"x":1,}"#,
        ] {
            assert_eq!(door(wrong), None, "{wrong}");
        }
        assert_eq!(read::<Door>(br#"{"names":[1]}"#).unwrap_err(), Unreadable { at_bytes: 10 });
        assert_eq!(read::<String>(b"\"\xFF\"").unwrap_err(), Unreadable { at_bytes: 1 });
        assert!(read::<String>(b"\"a\nb\"").is_err(), "a bare line feed");
    }

    #[test]
    fn escapes_stand_for_their_characters() {
        let text = |json: &str| read::<String>(json.as_bytes()).ok();
        assert_eq!(text(r#""\"\\\/\b\f\n\r\t\u738b\ud83d\ude00x""#).as_deref(), Some("\"\\/\u{8}\u{C}\n\r\t王😀x"));
        for wrong in
            [r#""\ud83d""#, r#""\ud83dx""#, r#""\ud83d\u0041""#, r#""\ude00""#, r#""\u12""#, r#""\x""#, r#""\"#]
        {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn values_too_deep_inside_each_other_are_refused() {
        let deep = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(door(&deep(100)).is_some());
        assert!(door(&deep(200_000)).is_none());
    }
}
