//! The built binary: run to its end, or as a server that can be killed.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a server may take to listen, and to end when asked to.
const PATIENCE: Duration = Duration::from_secs(30);

/// The binary under test: `QUIPU_BIN`, or `target/debug/quipu`.
pub fn binary() -> PathBuf {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/debug/quipu");
    let path = std::env::var_os("QUIPU_BIN").map_or_else(built, PathBuf::from);
    assert!(path.is_file(), "{} is not there: `cargo build -p quipu` first, or set QUIPU_BIN", path.display());
    path
}

/// Runs a command of the binary to its end.
pub fn quipu(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).env_remove("QUIPU_DATA").output().expect("the binary runs")
}

/// Everything a command printed.
pub fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A port of loopback that was free a moment ago.
pub fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

/// `quipu serve`, running. Dropping it kills it.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub addr: SocketAddr,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts on a free port.
    pub fn start(data: &Path) -> Server {
        Server::start_with(data, free_port(), |_| {})
    }

    /// Starts at an address, with more settings, and waits until it listens.
    pub fn start_with(data: &Path, addr: SocketAddr, settings: impl FnOnce(&mut Command)) -> Server {
        Server::try_start(data, addr, settings).unwrap_or_else(|output| panic!("no server: {}", printed(&output)))
    }

    /// Starts, or says with what words the server refused to.
    pub fn try_start(
        data: &Path,
        addr: SocketAddr,
        settings: impl FnOnce(&mut Command),
    ) -> Result<Server, Box<Output>> {
        let mut command = Command::new(binary());
        command.arg("serve").arg("--data").arg(data).arg("--listen").arg(addr.to_string());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        settings(&mut command);
        let mut child = command.spawn().expect("the binary starts");
        let errors = BufReader::new(child.stderr.take().expect("its standard error"));
        let log: Arc<Mutex<String>> = Arc::default();
        let kept = log.clone();
        // Read elsewhere, so that the server never waits for us to read.
        let reader = std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                let mut log = kept.lock().expect("the log");
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut lines = BufReader::new(child.stdout.take().expect("its standard output"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("its first line");
        match line.trim().strip_prefix("serving on ").and_then(|addr| addr.parse().ok()) {
            Some(addr) => Ok(Server { child, addr, log, reader: Some(reader) }),
            None => {
                let status = wait(&mut child);
                let _ = reader.join();
                let stderr = log.lock().expect("the log").clone().into();
                Err(Box::new(Output { status, stdout: line.into(), stderr }))
            }
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("the log").clone()
    }

    /// Waits until it has logged this.
    pub fn logged(&self, words: &str) {
        let start = Instant::now();
        while !self.log().contains(words) {
            assert!(start.elapsed() < PATIENCE, "`{words}` was never logged: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().expect("the server can be killed");
        self.child.wait().expect("the server is gone");
    }

    /// Ends it the way an operator does.
    pub fn stop(mut self) -> ExitStatus {
        self.signal("-TERM");
        wait(&mut self.child)
    }

    /// Sends a signal, such as `-STOP`.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill runs").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("the server's state") {
            return status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the server did not end within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
