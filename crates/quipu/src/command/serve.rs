//! `quipu serve`.

use std::process::ExitCode;

use crate::cell::Peer;
use crate::cli::Serve;
use crate::config;
use crate::error::{Error, Result};
use crate::place::{AREA_PACK, Place};
use crate::server::{Listener, Running, ended, runtime};
use crate::{office, output};

pub fn run(serve: &Serve) -> Result<ExitCode> {
    let settings = config::read(serve)?;
    let files = match (&settings.http.tls_certificate, &settings.http.tls_key) {
        (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
        (None, None) => None,
        _ => return Err(Error::Refused("a certificate needs its key, and a key its certificate".into())),
    };
    let place = Place::new(&serve.data.data, &settings.journal)?;
    office::begun(&place)?;
    let peer = Peer::new(place.member(), &settings.cell, &place.folder.join(AREA_PACK))?;
    let running = Running::start(&place)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        // Before anybody is told that it serves, so that it also ends gracefully from then on.
        let ended = ended()?;
        let tls = files.clone().map(|(certificate, key)| api::tls::Files { certificate, key });
        let server = running.listen(Listener { addr: settings.http.listen, tls, authority: None, peer }).await?;
        if let Some(addr) = settings.sql.listen {
            if settings.sql.password.is_empty() {
                return Err(Error::Refused("SQL needs a password: set QUIPU_SQL__PASSWORD or [sql] password".into()));
            }
            if settings.sql.user.is_empty() {
                return Err(Error::Refused("SQL needs a user's name: set QUIPU_SQL__USER or [sql] user".into()));
            }
            running.listen_sql(addr, &settings.sql.user, &settings.sql.password, files)?;
        }
        println!("serving on {}", server.addr());
        ended.await;
        output::say("stopping");
        server.stop().await;
        Ok(())
    })?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    running.stop()?;
    Ok(ExitCode::SUCCESS)
}
