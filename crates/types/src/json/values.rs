//! How Rust's own types are read: numbers, texts, lists, pairs and maps.

use std::collections::BTreeMap;

use super::{Read, Reader, Result};

impl Read for String {
    fn read(&mut self, from: &mut Reader<'_>) -> Result {
        *self = from.text()?.into_owned();
        Ok(())
    }
}

impl Read for bool {
    fn read(&mut self, from: &mut Reader<'_>) -> Result {
        *self = from.word("true");
        if *self || from.word("false") { Ok(()) } else { from.wrong() }
    }
}

macro_rules! whole {
    ($($type:ty),+) => {$(
        impl Read for $type {
            fn read(&mut self, from: &mut Reader<'_>) -> Result {
                *self = from.whole()?.try_into().or_else(|_| from.wrong())?;
                Ok(())
            }
        }
    )+};
}

whole!(u8, u16, u32, i32, usize);

impl Read for f32 {
    fn read(&mut self, from: &mut Reader<'_>) -> Result {
        let number: f64 = from.number()?.parse().or_else(|_| from.wrong())?;
        *self = number as f32;
        Ok(())
    }
}

impl<T: Read + Default> Read for Option<T> {
    fn read(&mut self, from: &mut Reader<'_>) -> Result {
        *self = None;
        if from.word("null") { Ok(()) } else { self.insert(T::default()).read(from) }
    }
}

impl<T: Read> Read for Box<T> {
    fn read(&mut self, from: &mut Reader<'_>) -> Result {
        self.as_mut().read(from)
    }
}

impl<T: Read + Default> Read for Vec<T> {
    fn read(&mut self, from: &mut Reader<'_>) -> Result {
        self.clear();
        from.array(&mut |from| {
            let mut item = T::default();
            item.read(from)?;
            self.push(item);
            Ok(())
        })
    }
}

impl Read for (String, String) {
    fn read(&mut self, from: &mut Reader<'_>) -> Result {
        let mut count = 0;
        from.array(&mut |from| {
            count += 1;
            match count {
                1 => self.0.read(from),
                2 => self.1.read(from),
                _ => from.wrong(),
            }
        })?;
        if count == 2 { Ok(()) } else { from.wrong() }
    }
}

impl Read for BTreeMap<String, String> {
    fn read(&mut self, from: &mut Reader<'_>) -> Result {
        self.clear();
        from.object(&mut |name, from| {
            self.insert(name.to_owned(), from.text()?.into_owned());
            Ok(())
        })
    }
}
