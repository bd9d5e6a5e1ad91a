//! A real PostgreSQL of the test's own, gone with it.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// PostgreSQL refuses to run as root: then it runs as nobody.
const NOBODY: u32 = 65534;

pub struct Server {
    child: Child,
    pub port: u16,
    folder: tempfile::TempDir,
}

/// An authority's certificate, and a certificate of `localhost` with its key, all PEM.
pub fn certificates() -> (String, String, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&key).unwrap().pem();
    let own = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&own, &Issuer::new(authority, key)).unwrap();
    (pem, certificate.pem(), own.serialize_pem())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn program(name: &str) -> Command {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian.map(|entry| entry.path().join("bin").join(name)).filter(|path| path.exists()).max();
    let mut command = Command::new(newest.unwrap_or_else(|| PathBuf::from(name)));
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.env("LC_ALL", "C").current_dir("/");
    command
}

fn run(command: &mut Command) {
    let output = command.output().expect("PostgreSQL is installed by scripts/setup.sh");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn new_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    if is_root() {
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    folder
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Server {
    /// Makes a cluster and starts it.
    pub fn start() -> Server {
        let folder = new_folder();
        run(program("initdb")
            .args(["-U", "quipu", "-A", "trust", "-N", "-E", "UTF8", "-D"])
            .arg(folder.path().join("data")));
        Server::run(folder)
    }

    /// As [`Server::start`], with TLS by a certificate for `localhost`, and a user `guarded` who needs the password
    /// `secret`.
    pub fn start_secure(certificate: &str, key: &str) -> Server {
        let server = Server::start();
        let data = server.folder.path().join("data");
        for (name, pem) in [("server.crt", certificate), ("server.key", key)] {
            let path = data.join(name);
            fs::write(&path, pem).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            if is_root() {
                chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        let rules = "hostssl all guarded 127.0.0.1/32 scram-sha-256\nhost all quipu 127.0.0.1/32 trust\n";
        fs::write(data.join("pg_hba.conf"), rules).unwrap();
        server.sql("postgres", "create role guarded login password 'secret'");
        server.sql("postgres", "alter system set ssl = on");
        server.sql("postgres", "select pg_reload_conf()");
        let mut client = server.client("postgres");
        until("TLS does not come on", || client.query_one("show ssl", &[]).unwrap().get::<_, &str>(0) == "on");
        server
    }

    fn run(folder: tempfile::TempDir) -> Server {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = program("postgres")
            .arg("-D")
            .arg(folder.path().join("data"))
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=40", "-k"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server { child, port, folder };
        until("PostgreSQL does not start", || Client::connect(&server.url("postgres"), NoTls).is_ok());
        server
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        format!("host=127.0.0.1 port={} user=quipu dbname={database}", self.port)
    }

    fn client(&self, database: &str) -> Client {
        Client::connect(&self.url(database), NoTls).unwrap()
    }

    /// A new database; its address.
    pub fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("create database {name}"));
        self.url(name)
    }

    pub fn sql(&self, database: &str, statements: &str) {
        self.client(database).batch_execute(statements).unwrap();
    }

    /// Cuts every connection of nodes to a database; says how many.
    pub fn cut(&self, database: &str) -> i64 {
        let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                   where datname = $1 and application_name = 'quipu'";
        self.client("postgres").query_one(cut, &[&database]).unwrap().get(0)
    }

    /// Starts a standby and makes every commit wait for it.
    pub fn standby(&self) -> Server {
        let folder = new_folder();
        let data: &Path = &folder.path().join("data");
        let port = self.port.to_string();
        let copy =
            ["-h", "127.0.0.1", "-p", &port, "-U", "quipu", "-R", "-X", "stream", "-c", "fast", "--no-sync", "-D"];
        run(program("pg_basebackup").args(copy).arg(data));
        let standby = Server::run(folder);
        self.sql("postgres", "alter system set synchronous_standby_names = '*'");
        self.sql("postgres", "select pg_reload_conf()");
        let mut client = self.client("postgres");
        let waits = "select count(*) from pg_stat_replication where sync_state = 'sync'";
        until("the standby does not come", || client.query_one(waits, &[]).unwrap().get::<_, i64>(0) > 0);
        standby
    }

    /// Sends a signal to it and to every process that serves a connection.
    pub fn signal(&self, signal: &str) {
        let children = Command::new("pgrep").args(["-P", &self.child.id().to_string()]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        let pids = children.split_whitespace().map(str::to_owned).chain([self.child.id().to_string()]);
        run(Command::new("kill").arg(signal).args(pids));
    }

    /// As when its machine is gone. Its own children notice and end.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Makes a standby the primary.
    pub fn promote(&self) {
        self.sql("postgres", "select pg_promote()");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGQUIT: at once, with all its children; the folder goes anyway.
        let _ = Command::new("kill").args(["-QUIT", &self.child.id().to_string()]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}
