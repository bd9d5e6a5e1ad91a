//! The real `psql` against the real server.

mod support;

use std::net::TcpListener;
use std::process::Command;

use query::User;
use support::{EA, World};
use types::Occupancy;

struct Psql {
    port: u16,
}

impl Psql {
    fn run_as(&self, user: &str, password: &str, args: &[&str]) -> (bool, String) {
        let output = Command::new("psql")
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", user, "-d", "quipu", "-X"])
            .args(args)
            .env("PGPASSWORD", password)
            .env("PGCONNECT_TIMEOUT", "10")
            .output()
            .expect("psql is installed (Debian package postgresql-client)");
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    fn ask(&self, statement: &str) -> (bool, String) {
        self.run_as("office", "a long password", &["-At", "-c", statement])
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn psql_signs_in_reads_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::new();
    world.list(EA, 1, Occupancy::Occupied, &[1]);
    world.submit(EA, 1, &[("1", 40), ("2", 38)]);
    let query = world.follow(dir.path());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let users = vec![User { name: "office".into(), password: "a long password".into() }];
    let address = format!("127.0.0.1:{port}").parse().unwrap();
    let server = tokio::spawn(query.clone().serve_postgres(address, users, None));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!server.is_finished(), "{:?}", server.await);

    let psql = Psql { port };
    tokio::task::spawn_blocking(move || {
        assert_eq!(psql.ask("SELECT sex, age FROM person ORDER BY age"), (true, "2|38\n1|40\n".into()));
        assert_eq!(psql.ask("SELECT persons FROM area_progress WHERE level = 0"), (true, "2\n".into()));
        assert_eq!(psql.ask("SELECT time FROM submission").1, "2020-11-01 00:00:03.000000+00\n".to_owned());
        let (ok, lag) = psql.ask("SELECT behind_events FROM quipu_lag");
        assert_eq!((ok, lag.as_str()), (true, "0\n"));

        let (_, tables) = psql.run_as("office", "a long password", &["-c", "\\dt"]);
        for table in ["person", "household", "submission", "area_progress", "quipu_lag"] {
            assert!(tables.contains(table), "\\dt lacks {table}:\n{tables}");
        }
        let (ok, columns) = psql.run_as("office", "a long password", &["-c", "\\d person"]);
        assert!(ok && columns.contains("age") && columns.contains("bigint"), "\\d person says:\n{columns}");

        for statement in [
            "INSERT INTO visit SELECT * FROM visit",
            "DELETE FROM person",
            "CREATE TABLE x AS SELECT 1",
            "CREATE SCHEMA x",
            "DROP TABLE person",
            "COPY person TO '/tmp/person.csv'",
            "SET datafusion.execution.batch_size = 1",
        ] {
            let (ok, text) = psql.ask(statement);
            assert!(!ok && text.contains("read-only"), "{statement}: {text}");
        }
        let (ok, text) = psql.run_as("office", "wrong", &["-c", "SELECT 1"]);
        assert!(!ok && text.to_lowercase().contains("password"), "{text}");
        let (ok, _) = psql.run_as("postgres", "", &["-w", "-c", "SELECT 1"]);
        assert!(!ok, "a user that was not named got in");
        assert_eq!(psql.ask("SELECT count(*) FROM person").1, "2\n");
    })
    .await
    .unwrap();
    server.abort();
}

#[tokio::test]
async fn without_a_certificate_only_loopback_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let query = World::new().follow(dir.path());
    let error = query.serve_postgres("0.0.0.0:0".parse().unwrap(), Vec::new(), None).await.unwrap_err();
    assert!(matches!(error, query::Error::Listen { .. }), "{error}");
}
