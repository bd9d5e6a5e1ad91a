//! A certificate authority of one machine, for demonstrations and pilots without a public name. Phones trust it once,
//! by installing `/ca.crt`; without that, browsers allow no offline app.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};

use super::Files;
use crate::error::{Error, Result};

/// What [`local_authority`] made.
#[derive(Clone, Debug)]
pub struct Authority {
    /// The CA's certificate, PEM: what phones trust.
    pub certificate: PathBuf,
    /// The server's certificate and key.
    pub server: Files,
    /// SHA-256 of the CA's certificate, as phones show it: `AB:CD:…`.
    pub fingerprint: String,
}

/// Makes a certificate authority in a folder, if there is none yet, and a server certificate for these names and
/// addresses, anew each time. The authority's key stays in the folder, readable by its user only.
pub fn local_authority(folder: &Path, names: &[String], addresses: &[IpAddr]) -> Result<Authority> {
    fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.to_owned(), source })?;
    let (ca_crt, ca_key) = (folder.join("ca.crt"), folder.join("ca.key"));
    let (server_crt, server_key) = (folder.join("server.crt"), folder.join("server.key"));
    let params = authority_params();
    let key = match fs::read_to_string(&ca_key) {
        Ok(pem) if ca_crt.exists() => KeyPair::from_pem(&pem)?,
        _ => {
            let key = KeyPair::generate()?;
            write(&ca_key, key.serialize_pem().as_bytes(), 0o600)?;
            write(&ca_crt, params.self_signed(&key)?.pem().as_bytes(), 0o644)?;
            key
        }
    };
    let issuer = Issuer::new(params, key);
    let own_key = KeyPair::generate()?;
    let certificate = server_params(names, addresses)?.signed_by(&own_key, &issuer)?;
    write(&server_key, own_key.serialize_pem().as_bytes(), 0o600)?;
    write(&server_crt, certificate.pem().as_bytes(), 0o644)?;
    let fingerprint = fingerprint(&ca_crt)?;
    Ok(Authority { certificate: ca_crt, server: Files { certificate: server_crt, key: server_key }, fingerprint })
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Quipu local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2049, 1, 1));
    params
}

fn server_params(names: &[String], addresses: &[IpAddr]) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(names.to_vec())?;
    params.subject_alt_names.extend(addresses.iter().copied().map(SanType::IpAddress));
    params.distinguished_name.push(DnType::CommonName, "Quipu");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    // Browsers refuse server certificates that are valid for more than about two years.
    let today = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64 / 86_400);
    let day = |days: i64| {
        let (year, month, day) = types::time::civil_from_days(days);
        rcgen::date_time_ymd(year as i32, month as u8, day as u8)
    };
    (params.not_before, params.not_after) = (day(today - 1), day(today + 365));
    Ok(params)
}

fn fingerprint(certificate: &Path) -> Result<String> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let der = CertificateDer::from_pem_slice(&super::read(certificate)?)
        .map_err(|_| Error::NotPem { path: certificate.to_owned(), what: "certificate" })?;
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&der);
    Ok(digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":"))
}

/// Written beside and renamed: a server that looks at the file meanwhile sees the old one or the new one.
fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let beside = path.with_extension("new");
    let write = || -> io::Result<()> {
        let _ = fs::remove_file(&beside);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|source| Error::File { path: path.to_owned(), source })
}
