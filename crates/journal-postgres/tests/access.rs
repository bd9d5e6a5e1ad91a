//! Getting at a real PostgreSQL: TLS as `sslmode` says, passwords, rights; and what is said when it does not work.

#[expect(dead_code, reason = "the tests of the journal use the rest")]
mod server;

use std::fs;

use journal::SharedFiles;
use journal_postgres::{Address, Files, Options};
use server::{Server, certificates};
use types::CellId;

/// What comes of reaching a database: nothing, or everything that is said.
fn reached(address: &str, password: &str) -> Result<(), String> {
    let asked = Address::read(address, Some(password)).and_then(|address| Options::new(address, "one").check());
    asked.map_err(|error| {
        let mut said = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            said = format!("{said}: {inner}");
            cause = inner.source();
        }
        said
    })
}

#[test]
fn tls_is_as_sslmode_says_and_a_refusal_says_what_to_do() {
    let (authority, certificate, key) = certificates();
    let server = Server::start_secure(&certificate, &key);
    server.sql("postgres", "create database census owner guarded");
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (folder.path().join("ours.pem"), folder.path().join("other.pem"));
    fs::write(&ours, authority).unwrap();
    fs::write(&other, certificates().0).unwrap();
    let (ours, other, port) = (ours.display(), other.display(), server.port);
    let at = |host: &str, database: &str, more: &str| {
        format!("host={host} hostaddr=127.0.0.1 port={port} user=guarded dbname={database} {more}")
    };
    let check = |address: String, password: &str, words: Option<&str>| match (reached(&address, password), words) {
        (Ok(()), None) => {}
        (Err(said), Some(words)) if said.contains(words) => {}
        (reached, words) => panic!("{address}: {reached:?}, expected {words:?}"),
    };
    let certificate_refused = Some("certificate is not one that `sslmode` accepts");
    check(at("localhost", "census", "sslmode=disable"), "secret", Some("does not let this user in"));
    check(at("localhost", "census", ""), "secret", None);
    check(at("elsewhere", "census", "sslmode=require"), "secret", None);
    check(at("elsewhere", "census", &format!("sslmode=require sslrootcert={other}")), "secret", certificate_refused);
    check(at("elsewhere", "census", &format!("sslmode=verify-ca sslrootcert={ours}")), "secret", None);
    check(at("localhost", "census", &format!("sslmode=verify-ca sslrootcert={other}")), "secret", certificate_refused);
    check(at("elsewhere", "census", &format!("sslmode=verify-full sslrootcert={ours}")), "secret", certificate_refused);
    check(at("localhost", "census", &format!("sslmode=verify-full sslrootcert={ours}")), "secret", None);
    check(at("localhost", "census", ""), "wrong", Some("the password is wrong"));
    check(at("localhost", "nowhere", ""), "secret", Some("there is no such database"));
    check("host=127.0.0.1 port=1 user=a dbname=b".to_owned(), "", Some("nobody answers there"));

    // Whoever may not make tables may use those that are there.
    check(at("localhost", "postgres", ""), "secret", Some("the user lacks a right there"));
    assert_eq!(reached(&server.url("postgres"), ""), Ok(()));
    server.sql(
        "postgres",
        "grant select, insert on quipu_journal to guarded; grant select, insert, update on quipu_lease, quipu_file to guarded",
    );
    check(at("localhost", "postgres", ""), "secret", None);
}

#[test]
fn a_shared_file_is_kept_once_and_a_destroyed_one_never_comes_back() {
    let server = Server::start();
    let options = Options::new(Address::read(&server.database("files"), None).unwrap(), "one");
    options.check().unwrap();
    let [one, two] = [CellId(1), CellId(1)].map(|cell| Files::new(options.clone(), cell));
    assert_eq!(one.read("a").unwrap(), None);
    assert_eq!(one.keep("a", b"first").unwrap().as_deref(), Some(&b"first"[..]));
    assert_eq!(two.keep("a", b"second").unwrap().as_deref(), Some(&b"first"[..]));
    // A connection that was lost meanwhile is made again.
    assert_eq!(server.cut("files"), 2);
    assert_eq!(two.read("a").unwrap().as_deref(), Some(&b"first"[..]));
    one.destroy("a").unwrap();
    one.destroy("a").unwrap();
    one.destroy("never made").unwrap();
    for name in ["a", "never made"] {
        assert_eq!(two.keep(name, b"third").unwrap(), None);
        assert_eq!(two.read(name).unwrap(), None);
    }
    assert_eq!(Files::new(options, CellId(2)).read("a").unwrap(), None, "another cell's files are its own");
}
