//! HTTPS by rustls: TLS 1.3 only, the certificate read again when its file changes, and a local authority for pilots
//! and demonstrations.

mod authority;
mod reload;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::error::{Error, Result};

pub use authority::{Authority, local_authority};

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The certificate chain, PEM, the server's own first.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// An acceptor, and the task that watches the files. Connections made before a change keep their certificate.
pub(crate) fn acceptor(files: Files) -> Result<(TlsAcceptor, impl Future<Output = ()> + Send + 'static)> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let current = Arc::new(reload::Current::new(load(&files)?));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(current.clone());
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), reload::watch(files, current)))
}

/// Reads certificate and key and checks that they belong together.
fn load(files: &Files) -> Result<CertifiedKey> {
    let not_pem = |path: &Path, what| Error::NotPem { path: path.to_owned(), what };
    let chain = CertificateDer::pem_slice_iter(&read(&files.certificate)?).collect::<std::result::Result<Vec<_>, _>>();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| not_pem(&files.certificate, "certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(&read(&files.key)?).map_err(|_| not_pem(&files.key, "private key"))?;
    Ok(CertifiedKey::from_der(chain, key, &rustls::crypto::ring::default_provider())?)
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })
}
