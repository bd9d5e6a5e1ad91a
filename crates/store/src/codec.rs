//! Plain little-endian encoding of checkpoints, and reading it back without trusting it.

use std::io::{self, Read, Write};

/// Writes values one after another.
pub(crate) struct Encoder<W> {
    out: W,
}

impl<W: Write> Encoder<W> {
    pub fn new(out: W) -> Encoder<W> {
        Encoder { out }
    }

    /// Where it writes to.
    pub fn out(&mut self) -> &mut W {
        &mut self.out
    }

    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    pub fn u8(&mut self, value: u8) -> io::Result<()> {
        self.raw(&[value])
    }

    pub fn u16(&mut self, value: u16) -> io::Result<()> {
        self.raw(&value.to_le_bytes())
    }

    pub fn u32(&mut self, value: u32) -> io::Result<()> {
        self.raw(&value.to_le_bytes())
    }

    pub fn u64(&mut self, value: u64) -> io::Result<()> {
        self.raw(&value.to_le_bytes())
    }

    /// A length, then the bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.u64(bytes.len() as u64)?;
        self.raw(bytes)
    }

    /// A count, then each item.
    pub fn list<T>(
        &mut self,
        items: impl ExactSizeIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T) -> io::Result<()>,
    ) -> io::Result<()> {
        self.u64(items.len() as u64)?;
        items.into_iter().try_for_each(|item| each(self, item))
    }
}

/// Reads values one after another. What does not make sense is [`io::ErrorKind::InvalidData`].
pub(crate) struct Decoder<R> {
    input: R,
}

/// The error for bytes that make no sense.
pub(crate) fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl<R: Read> Decoder<R> {
    pub fn new(input: R) -> Decoder<R> {
        Decoder { input }
    }

    pub fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub fn u8(&mut self) -> io::Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub fn u16(&mut self) -> io::Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub fn u32(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub fn u64(&mut self) -> io::Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let length = self.u64()?;
        let mut bytes = Vec::new();
        // A wrong length runs into the end of the file before it runs out of memory.
        (&mut self.input).take(length).read_to_end(&mut bytes)?;
        bytes.shrink_to_fit();
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(invalid("a length goes beyond the end")) }
    }

    pub fn text(&mut self) -> io::Result<String> {
        String::from_utf8(self.bytes()?).map_err(|_| invalid("a text is not UTF-8"))
    }

    /// What [`Encoder::list`] wrote.
    pub fn list<T>(&mut self, mut each: impl FnMut(&mut Self) -> io::Result<T>) -> io::Result<Vec<T>> {
        let count = self.u64()?;
        let mut items = Vec::with_capacity(count.min(4_096) as usize);
        for _ in 0..count {
            items.push(each(self)?);
        }
        items.shrink_to_fit();
        Ok(items)
    }

    /// A code of a code list.
    pub fn code<T>(&mut self, read: impl Fn(u32) -> Option<T>) -> io::Result<T> {
        read(u32::from(self.u8()?)).ok_or_else(|| invalid("an unknown code"))
    }
}
