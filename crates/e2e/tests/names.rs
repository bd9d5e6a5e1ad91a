//! Names are not for the server: not in SQL, not in a byte of its folder. The vault opens one, and the look is journaled.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use e2e::census::{self, Census, ea};
use e2e::handset::Handset;
use e2e::journaled;
use e2e::server::{Server, free_port, printed, quipu};
use event::Fact;

const NAME: &str = "Zhang Quipukamayuq";
const PASSWORD: &str = "a long enough password";
const REASON: &str = "the household asked what is kept about it";

/// `psql` as anybody has it.
struct Psql {
    port: String,
}

impl Psql {
    fn run(&self, password: &str, statement: &str) -> Output {
        let mut command = Command::new("psql");
        command.args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", &self.port]);
        command.args(["-U", "quipu", "-d", "quipu", "-c", statement]).env("PGPASSWORD", password);
        command.output().expect("psql is installed (scripts/setup.sh)")
    }

    fn ask(&self, statement: &str) -> String {
        let output = self.run(PASSWORD, statement);
        assert!(output.status.success(), "{statement}: {}", printed(&output));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    /// Waits until a statement gives this answer.
    fn wait(&self, statement: &str, wanted: &str) {
        let start = Instant::now();
        loop {
            let output = self.run(PASSWORD, statement);
            if output.status.success() && String::from_utf8_lossy(&output.stdout).trim() == wanted {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{statement} never gave {wanted}: {}", printed(&output));
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Goal: a name given at the door is nowhere on the server in the clear, and only the vault reads it, on the record.
/// Method: two households with known names are sent; every table is dumped with `psql` and every file of the folder is
/// searched; then `quipu vault open`.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_in_no_table_and_no_file_and_only_the_vault_opens_it() {
    let census = tokio::task::spawn_blocking(|| Census::found(1)).await.unwrap();
    let sql = free_port();
    let server = Server::start_with(&census.data(), free_port(), |command| {
        command.args(["--sql-listen", &sql.to_string()]).env("QUIPU_SQL__PASSWORD", PASSWORD);
    });
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    let household = phone.list(&census, ea(0), NAME);
    phone.interview(&census, ea(0), household, 3, NAME);
    let other = phone.list(&census, ea(0), "Wang Mei");
    phone.interview(&census, ea(0), other, 1, "Wang Mei");
    assert!(phone.sync_all().await);

    tokio::task::spawn_blocking(move || {
        let psql = Psql { port: sql.port().to_string() };
        psql.wait("SELECT count(*) FROM submission", "2");
        psql.wait("SELECT count(*) FROM person", "4");
        reads_and_nothing_else(&psql);
        no_table_has_the_name(&psql);
        drop(psql);
        assert!(server.stop().success());
        no_file_has_the_name(&census.data());
        the_vault_opens_it_on_the_record(&census, household);
    })
    .await
    .unwrap();
}

fn reads_and_nothing_else(psql: &Psql) {
    for statement in [
        "INSERT INTO person SELECT * FROM person",
        "DELETE FROM person",
        "UPDATE person SET ea = 1",
        "CREATE TABLE mine (a int)",
        "DROP TABLE person",
        "COPY person TO '/tmp/quipu-should-not-exist.csv'",
    ] {
        let refused = psql.run(PASSWORD, statement);
        assert!(!refused.status.success(), "{statement} must be refused: {}", printed(&refused));
    }
    assert!(!Path::new("/tmp/quipu-should-not-exist.csv").exists());
    assert_eq!(psql.ask("SELECT count(*) FROM person"), "4");
    for (password, why) in [("wrong", "a wrong password"), ("", "no password")] {
        let refused = psql.run(password, "SELECT 1");
        assert!(!refused.status.success(), "{why} must be refused");
    }
}

fn no_table_has_the_name(psql: &Psql) {
    let tables = psql.ask("SELECT table_schema || '.' || table_name FROM information_schema.tables");
    let (mut seen, mut rows) = (Vec::new(), 0);
    for table in tables.lines().filter(|table| !table.contains("information_schema") && !table.contains("pg_catalog")) {
        let dump = psql.ask(&format!("SELECT * FROM {table}"));
        assert!(!dump.contains("Quipukamayuq") && !dump.contains("Wang Mei"), "{table} holds a name: {dump}");
        rows += dump.lines().count();
        seen.push(table.rsplit('.').next().unwrap_or_default().to_owned());
    }
    for table in ["person", "household", "dwelling", "submission"] {
        assert!(seen.iter().any(|name| name == table), "{table} is not among {seen:?}");
    }
    assert!(rows >= 10, "there was something to search: {rows} rows");
}

fn no_file_has_the_name(data: &Path) {
    // What is there in the clear is found by the same search: staff are no census data.
    assert!(holds(data, b"Enumerator 0"), "the search finds what is there");
    assert!(!holds(data, b"Quipukamayuq"), "a file of the server holds a name");
}

/// Whether a file below a folder holds these bytes.
fn holds(folder: &Path, wanted: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return holds(&path, wanted);
        }
        std::fs::read(&path).unwrap().windows(wanted.len()).any(|window| window == wanted)
    })
}

fn the_vault_opens_it_on_the_record(census: &Census, household: u32) {
    let data = census.data();
    let code = {
        let node = census::open(&data);
        node.store().areas().code(ea(0)).expect("the area has a code")
    };
    let case = format!("{code}/{household}");
    let vault = census.vault();
    let (vault, folder) = (vault.to_str().unwrap(), data.to_str().unwrap());
    let open = |reason: &str| {
        let arguments = ["vault", "open", "--vault", vault, "--data", folder, "--case", &case, "--viewer", "Li"];
        quipu(&[arguments.as_slice(), &["--reason", reason]].concat())
    };
    let without = open("  ");
    assert!(!without.status.success() && !printed(&without).contains(NAME), "no reason, no name");
    let opened = open(REASON);
    assert!(opened.status.success(), "{}", printed(&opened));
    assert!(String::from_utf8_lossy(&opened.stdout).contains(NAME), "{}", printed(&opened));

    let looks: Vec<_> = journaled::read(&data)
        .facts
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::RecordViewed(look) => Some(look),
            _ => None,
        })
        .collect();
    assert_eq!(looks.len(), 1, "one look was taken, and one is journaled");
    assert_eq!((looks[0].reason.as_str(), looks[0].viewer.as_str()), (REASON, "Li"));
    assert_eq!((looks[0].household, looks[0].identifiers), (household, true));
}
