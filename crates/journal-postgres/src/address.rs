//! The address of the database: what `postgres` reads, and the TLS settings it leaves to others, named as libpq does.

use journal::{Error, Result};
use postgres::Config;
use postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::session::failed;
use crate::tls::{self, Check};

/// How to reach the database.
#[derive(Clone)]
pub struct Address {
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The configuration leaves its password out.
        self.config.fmt(out)
    }
}

impl Address {
    /// Reads `postgres://user@host:port/database?…`, or keywords and values. `sslmode` is `disable`, `prefer` (the
    /// default), `require`, `verify-ca` or `verify-full`; `sslrootcert` a file of certificates (PEM), or `system` for those
    /// of this machine, which is the default of the two that verify. `password` is used where the address has none.
    ///
    /// # Errors
    /// [`Error::Database`]: what cannot be read, or a file that cannot.
    pub fn read(address: &str, password: Option<&str>) -> Result<Address> {
        let (address, mut own) = take_own(address);
        let unknown = |what: String| Error::Database { doing: "read the address of", source: what.into() };
        let (mode, check) = match own[0].take().as_deref() {
            None | Some("prefer") => (SslMode::Prefer, Check::Nothing),
            Some("disable") => (SslMode::Disable, Check::Nothing),
            Some("require") => (SslMode::Require, Check::Nothing),
            Some("verify-ca") => (SslMode::Require, Check::Authority),
            Some("verify-full") => (SslMode::Require, Check::AuthorityAndName),
            Some(other) => {
                let known = "disable, prefer, require, verify-ca or verify-full";
                return Err(unknown(format!("`sslmode` is {known}, not `{other}`")));
            }
        };
        let roots = own[1].take();
        // As libpq does: with authorities at hand, `require` verifies them.
        let check = if mode == SslMode::Require && roots.is_some() { check.max(Check::Authority) } else { check };
        let tls = tls::connector(check, roots.as_deref()).map_err(unknown)?;
        let mut config: Config = address.parse().map_err(failed("read the address of"))?;
        config.ssl_mode(mode);
        if let Some(password) = password.filter(|_| config.get_password().is_none()) {
            config.password(password);
        }
        Ok(Address { config, tls })
    }
}

/// The settings read here.
const OWN: [&str; 2] = ["sslmode", "sslrootcert"];

/// Takes the values of [`OWN`] out of an address.
fn take_own(address: &str) -> (String, [Option<String>; 2]) {
    let mut own = [const { None }; 2];
    let mut rest = |part: &&str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let place = OWN.iter().position(|known| *known == name.trim());
        if let Some(place) = place {
            own[place] = Some(value.trim().trim_matches('\'').to_owned());
        }
        place.is_none()
    };
    let is_url = address.starts_with("postgres://") || address.starts_with("postgresql://");
    let left = match address.split_once('?') {
        Some((before, settings)) if is_url => {
            let others: Vec<&str> = settings.split('&').filter(&mut rest).collect();
            if others.is_empty() { before.to_owned() } else { format!("{before}?{}", others.join("&")) }
        }
        _ if is_url => address.to_owned(),
        _ => address.split(' ').filter(&mut rest).collect::<Vec<_>>().join(" "),
    };
    (left, own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_tls_are_taken_out_of_both_kinds_of_address() {
        let check = |address: &str, left: &str, mode: Option<&str>, roots: Option<&str>| {
            let (found, own) = take_own(address);
            assert_eq!((found.as_str(), own[0].as_deref(), own[1].as_deref()), (left, mode, roots), "{address}");
        };
        check("postgres://a@b/c", "postgres://a@b/c", None, None);
        check("postgres://a@b/c?sslmode=require", "postgres://a@b/c", Some("require"), None);
        check(
            "postgresql://a@b/c?x=y&sslrootcert=/r.pem&sslmode=verify-full&z=1",
            "postgresql://a@b/c?x=y&z=1",
            Some("verify-full"),
            Some("/r.pem"),
        );
        check("host=b sslmode=disable user=a", "host=b user=a", Some("disable"), None);
        check("host=b password='p q' sslrootcert='/r'", "host=b password='p q'", None, Some("/r"));
    }

    #[test]
    fn a_password_beside_the_address_counts_where_it_has_none() {
        let password =
            |address: &str| Address::read(address, Some("beside")).unwrap().config.get_password().map(<[u8]>::to_vec);
        assert_eq!(password("postgres://a@b/c").as_deref(), Some(&b"beside"[..]));
        assert_eq!(password("postgres://a:own@b/c").as_deref(), Some(&b"own"[..]));
    }

    #[test]
    fn an_unknown_mode_and_a_missing_file_are_named() {
        for (address, words) in [("host=b sslmode=yes", "not `yes`"), ("host=b sslrootcert=/no/such", "/no/such")] {
            let Err(Error::Database { source, .. }) = Address::read(address, None) else { panic!("{address}") };
            assert!(source.to_string().contains(words), "{source}");
        }
    }
}
