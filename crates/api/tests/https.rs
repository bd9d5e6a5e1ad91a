//! TLS: who may connect without it, the local authority, and a certificate that is renewed while the server runs.

mod office;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api::{Config, Error, Server, tls};
use office::Office;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

fn authority(folder: &Path) -> tls::Authority {
    tls::local_authority(folder, &["localhost".into()], &[[127, 0, 0, 1].into()]).unwrap()
}

async fn start(office: &Office, authority: &tls::Authority) -> Server {
    let config = Config {
        addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        tls: Some(authority.server.clone()),
        authority: Some(authority.certificate.clone()),
        node: office.node.clone(),
        phones: Default::default(),
        extra: None,
    };
    Server::start(config).await.unwrap()
}

/// Connects trusting the authority only; the certificate seen and the answer to a request.
async fn connect(server: &Server, authority: &Path, name: &str, path: &str) -> std::io::Result<(Vec<u8>, String)> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
    let stream = TcpStream::connect(server.addr()).await?;
    let mut stream = connector.connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await?;
    assert_eq!(stream.get_ref().1.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    let seen = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok((seen, answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_stays_on_the_machine() {
    let office = Office::open().await;
    let addr = SocketAddr::from(([0, 0, 0, 0], 0));
    let config =
        Config { addr, tls: None, authority: None, node: office.node.clone(), phones: Default::default(), extra: None };
    assert!(matches!(Server::start(config).await, Err(Error::PlainBeyondLoopback { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_trusts_the_local_authority_connects_by_name_and_address() {
    let office = Office::open().await;
    let folder = tempfile::tempdir().unwrap();
    let made = authority(folder.path());
    let server = start(&office, &made).await;
    let (_, answer) = connect(&server, &made.certificate, "localhost", "/healthz").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, answer) = connect(&server, &made.certificate, "127.0.0.1", "/ca.crt").await.unwrap();
    assert!(answer.contains("BEGIN CERTIFICATE"), "{answer}");
    assert!(connect(&server, &made.certificate, "example.org", "/healthz").await.is_err());
    let other = authority(tempfile::tempdir().unwrap().path().join("other").as_path());
    assert_ne!(other.fingerprint, made.fingerprint);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_served_without_a_restart_and_a_broken_one_is_not() {
    let office = Office::open().await;
    let folder = tempfile::tempdir().unwrap();
    let made = authority(folder.path());
    let server = start(&office, &made).await;
    let (first, _) = connect(&server, &made.certificate, "localhost", "/healthz").await.unwrap();
    std::fs::write(&made.server.certificate, "nonsense").unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (still, _) = connect(&server, &made.certificate, "localhost", "/healthz").await.unwrap();
    assert_eq!(first, still);
    // The authority stays, so phones need not trust another one.
    assert_eq!(authority(folder.path()).fingerprint, made.fingerprint);
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let (now, _) = connect(&server, &made.certificate, "localhost", "/healthz").await.unwrap();
        if now != first {
            return;
        }
    }
    panic!("the new certificate is not served");
}
