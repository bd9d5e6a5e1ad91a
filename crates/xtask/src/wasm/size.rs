//! How much a phone downloads.

use std::io::Write;
use std::{fs, io, path::Path};

use super::Error;

/// Lengths in bytes.
pub struct Size {
    pub plain: usize,
    pub gzip: usize,
    pub brotli: usize,
}

pub fn measure(path: &Path) -> Result<Size, Error> {
    let bytes = fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    let compressed = compress(&bytes).map_err(|source| Error::File { path: path.to_owned(), source })?;
    Ok(Size { plain: bytes.len(), gzip: compressed.0, brotli: compressed.1 })
}

fn compress(bytes: &[u8]) -> io::Result<(usize, usize)> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes)?;
    let mut brotli = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut brotli, &params)?;
    Ok((gzip.finish()?.len(), brotli.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_bytes_compress_and_random_ones_do_not() {
        let (gzip, brotli) = compress(&[7; 100_000]).unwrap();
        assert!(gzip < 1000 && brotli < 1000);
        let mut seed = 1u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        })
        .take(10_000)
        .collect();
        let (gzip, brotli) = compress(&noise).unwrap();
        assert!(gzip > 9_000 && brotli > 9_000);
    }
}
