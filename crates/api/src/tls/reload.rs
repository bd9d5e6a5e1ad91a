//! Serves the certificate that is in the file now. A renewed one is taken up within seconds; one that cannot be used is
//! logged, and the old one stays.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::RwLock;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{Files, load};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// The certificate in use.
#[derive(Debug)]
pub(crate) struct Current(RwLock<Arc<CertifiedKey>>);

impl Current {
    pub fn new(key: CertifiedKey) -> Current {
        Current(RwLock::new(Arc::new(key)))
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().clone())
    }
}

/// Looks at the files for ever.
pub(crate) async fn watch(files: Files, current: Arc<Current>) {
    let mut seen = stamp(&files);
    loop {
        tokio::time::sleep(EVERY).await;
        let now = stamp(&files);
        if now == seen {
            continue;
        }
        match load(&files) {
            Ok(key) => {
                *current.0.write() = Arc::new(key);
                seen = now;
                tracing::info!("the certificate was renewed");
            }
            // Certificate and key are two files: between the two writes they do not fit. Look again.
            Err(error) => tracing::warn!(%error, "the new certificate cannot be used yet; the old one stays"),
        }
    }
}

fn stamp(files: &Files) -> [Option<(SystemTime, u64)>; 2] {
    let of = |path: &Path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    [of(&files.certificate), of(&files.key)]
}
