//! What the visitor is told: where to look, how to join with a phone.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use qrcode::QrCode;
use qrcode::render::unicode;

use super::setup::Census;
use crate::cli::Demo;
use crate::error::{Error, Result};
use crate::office::collector_link;

/// The address by which this machine is reached in its network; none without one. Nothing is sent.
pub fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // An address for documentation (RFC 5737): the system says from where it would go there.
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|addr| addr.ip()).filter(|ip| !ip.is_unspecified())
}

/// Prints the addresses and writes them to `demo.json` in the data folder, for scripts.
pub fn addresses(
    demo: &Demo,
    census: &Census,
    plain: SocketAddr,
    secure: SocketAddr,
    tls: &api::tls::Authority,
) -> Result<()> {
    let host =
        if demo.listen.ip().is_loopback() { demo.listen.ip() } else { own_address().unwrap_or([127, 0, 0, 1].into()) };
    let base = format!("https://{host}:{}", secure.port());
    let collector = collector_link(&base, &census.visitor_code);
    println!("\nConsole    http://{plain}/console/   (on this machine)\n           {base}/console/");
    println!("           sign in as `admin` or `supervisor`, password {}", census.password);
    println!("Collector  {collector}");
    println!("           activation code {}", census.visitor_code);
    println!("           as a supervisor, who approves and sends back: {}", census.supervisor_code);
    println!(
        "SQL        PGPASSWORD={} psql -h {} -p {} -U quipu",
        census.password,
        demo.sql_listen.ip(),
        demo.sql_listen.port()
    );
    if let Ok(code) = QrCode::new(&collector) {
        println!("\n{}\n", code.render::<unicode::Dense1x2>().quiet_zone(true).build());
    }
    println!("A phone works offline only over a connection it trusts. Open {base}/ca.crt on it, install the");
    println!("certificate as an authority (fingerprint {}),", tls.fingerprint);
    println!("then scan the code. Without that the collector works while the network is there, and not offline.\n");
    let json = format!(
        concat!(
            "{{\n  \"base\": \"{}\",\n  \"plain\": \"http://{}\",\n  \"login\": \"supervisor\",\n",
            "  \"password\": \"{}\",\n  \"code\": \"{}\",\n  \"supervisor_code\": \"{}\",\n  \"ea\": {},\n  \"area\": \"{}\",\n",
            "  \"sql_host\": \"{}\",\n  \"sql_port\": {},\n  \"sql_user\": \"quipu\",\n  \"authority\": \"{}\"\n}}\n"
        ),
        base,
        plain,
        census.password,
        census.visitor_code,
        census.supervisor_code,
        census.visitor_ea.0,
        census.name,
        demo.sql_listen.ip(),
        demo.sql_listen.port(),
        tls.certificate.display(),
    );
    let path = demo.data.join("demo.json");
    std::fs::write(&path, json).map_err(Error::file(path))
}

/// The census goes on until the visitor has seen enough.
pub fn goodbye(demo: &Demo) {
    println!("\nThe census stays open: enter a household on a phone and look for it. Ctrl-C ends.");
    println!(
        "Names are sealed. `quipu vault open --vault {0}/vault --data {0} --case CODE/NUMBER --reason WHY`",
        demo.data.display()
    );
    println!("opens one, after the demonstration has ended.");
}
