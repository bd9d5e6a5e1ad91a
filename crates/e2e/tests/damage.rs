//! A damaged byte is found and named, never served.

use std::fs;
use std::path::{Path, PathBuf};

use e2e::census::{Census, ea};
use e2e::courier::Http;
use e2e::handset::Handset;
use e2e::server::{Server, free_port, printed, quipu};
use hyper::StatusCode;

/// The journal's segments, longest first.
fn segments(journal: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(journal).unwrap().map(|entry| entry.unwrap().path());
    let mut segments: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ext| ext == "qseg")).collect();
    segments.sort_by_key(|path| std::cmp::Reverse(path.metadata().unwrap().len()));
    segments
}

/// Goal: one flipped byte in the middle of what was acknowledged stops the server and `journal verify`, by name.
/// Method: a census with some field work is stopped, one byte of a segment is changed, both are run.
#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_is_refused_with_its_file_and_offset() {
    let census = tokio::task::spawn_blocking(|| Census::found(1)).await.unwrap();
    let server = Server::start(&census.data());
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    for _ in 0..20 {
        let household = phone.list(&census, ea(0), "Zhang");
        phone.interview(&census, ea(0), household, 2, "Zhang");
        assert!(phone.sync_all().await);
    }
    assert!(server.stop().success());
    let data = census.data();
    let folder = data.to_str().unwrap();
    let whole = quipu(&["journal", "verify", "--data", folder]);
    assert!(whole.status.success(), "{}", printed(&whole));

    let path = segments(&data.join("journal")).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    // The last frames are the field work's; zeros behind them are room for more.
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    let at = end / 2;
    bytes[at] ^= 0x10;
    fs::write(&path, &bytes).unwrap();

    let verify = quipu(&["journal", "verify", "--data", folder]);
    assert!(!verify.status.success());
    named(&printed(&verify), &path, at);
    let serve = Server::try_start(&data, free_port(), |_| {});
    let serve = serve.err().expect("a server with a damaged journal does not serve");
    assert!(!serve.status.success());
    named(&printed(&serve), &path, at);

    // The byte put right, it serves again.
    bytes[at] ^= 0x10;
    fs::write(&path, &bytes).unwrap();
    let server = Server::start(&data);
    let ready = Http::new(server.addr).send("GET", "/readyz", &[], Vec::new()).await;
    assert_eq!(ready.status, StatusCode::OK);
    assert!(server.stop().success());
}

/// The message names the file, and a byte of it at or shortly before the damage: where the part that does not fit
/// begins.
fn named(message: &str, path: &Path, at: usize) {
    assert!(message.contains(path.file_name().unwrap().to_str().unwrap()), "{message}");
    let after = message.split("byte ").nth(1).unwrap_or_else(|| panic!("no byte is named: {message}"));
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let named: usize = digits.parse().unwrap_or_else(|_| panic!("no byte is named: {message}"));
    assert!(named <= at && at - named < 64 << 10, "byte {at} was changed, byte {named} is named: {message}");
}
