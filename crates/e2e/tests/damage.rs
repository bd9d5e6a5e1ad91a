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

/// Goal: what is derived from the journal and is not what the journal comes to is found and made again.
/// Method: a census with field work; the query tables and the checkpoints are damaged, one after the other; `store verify`
/// says so, a start makes them again, and `store verify` is content.
#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_not_what_the_journal_comes_to_are_made_again() {
    let census = tokio::task::spawn_blocking(|| Census::found(1)).await.unwrap();
    let server = Server::start(&census.data());
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    for _ in 0..5 {
        let household = phone.list(&census, ea(0), "Zhang");
        phone.interview(&census, ea(0), household, 2, "Zhang");
        assert!(phone.sync_all().await);
    }
    assert!(server.stop().success());
    let data = census.data();
    let folder = data.to_str().unwrap();
    let verify = || quipu(&["store", "verify", "--data", folder]);
    let persons = || {
        let output = quipu(&["sql", "--data", folder, "SELECT count(*) AS persons FROM person"]);
        assert!(output.status.success() && printed(&output).contains("| 10 "), "{}", printed(&output));
    };
    persons();
    let sound = verify();
    assert!(sound.status.success(), "{}", printed(&sound));

    // A byte of a table: only the whole comparison reads all of them.
    let tables = data.join("query/person");
    let table = fs::read_dir(tables).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&table).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&table, &bytes).unwrap();
    let differs = verify();
    assert!(!differs.status.success() && printed(&differs).contains("DIFFER"), "{}", printed(&differs));
    // A table that is cut short: a start sees it, and makes all of them again.
    fs::write(&table, &bytes[..middle]).unwrap();
    persons();
    let again = verify();
    assert!(again.status.success(), "{}", printed(&again));

    // Checkpoints that say they are of another journal.
    let link = data.join("store/journal.link");
    let text = fs::read_to_string(&link).unwrap();
    fs::write(&link, text.replace(text.trim().split(' ').next_back().unwrap(), "00")).unwrap();
    let again = verify();
    assert!(again.status.success() && printed(&again).contains("another journal"), "{}", printed(&again));
    assert_eq!(fs::read_to_string(&link).unwrap(), text, "they are of this one again");
}

/// Goal: when the end of a journal is lost for good, the office can go on from what is left.
/// Method: the data folder gets an earlier copy of its journal; a server refuses and says what to do; `store rebuild` does it.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_ahead_of_a_mended_journal_can_be_rebuilt() {
    let census = tokio::task::spawn_blocking(|| Census::found(1)).await.unwrap();
    let data = census.data();
    let (journal, early) = (data.join("journal"), data.with_file_name("early"));
    copy(&journal, &early);
    let server = Server::start(&data);
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    phone.list(&census, ea(0), "Zhang");
    assert!(phone.sync_all().await);
    assert!(server.stop().success());
    fs::remove_dir_all(&journal).unwrap();
    copy(&early, &journal);

    let refused = Server::try_start(&data, free_port(), |_| {}).err().expect("acknowledged work is missing");
    assert!(printed(&refused).contains("rebuild the store"), "{}", printed(&refused));
    let rebuilt = quipu(&["store", "rebuild", "--data", data.to_str().unwrap()]);
    assert!(rebuilt.status.success(), "{}", printed(&rebuilt));
    assert!(Server::start(&data).stop().success());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}
