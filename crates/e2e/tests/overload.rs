//! Slow and hostile clients, and too many of them: field work goes on, and whoever is turned away hears so at once.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use e2e::census::{Census, ea};
use e2e::courier::{Courier, Http};
use e2e::handset::Handset;
use e2e::server::{Server, free_port};
use hyper::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// More than there are slots for strangers.
const HOSTILE: usize = 300;

/// Opens connections, says `words` on each, and then a byte every half second for as long as it lives.
async fn dribble(addr: SocketAddr, count: usize, words: &str) -> Vec<tokio::task::JoinHandle<String>> {
    let mut tasks = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(words.as_bytes()).await.unwrap();
        tasks.push(tokio::spawn(async move {
            let (mut answer, mut buffer) = (Vec::new(), [0; 1024]);
            loop {
                tokio::select! {
                    read = stream.read(&mut buffer) => match read {
                        Ok(0) | Err(_) => break,
                        Ok(count) => answer.extend_from_slice(&buffer[..count]),
                    },
                    () = tokio::time::sleep(Duration::from_millis(500)) => drop(stream.write_all(b"x").await),
                }
            }
            String::from_utf8_lossy(&answer).into_owned()
        }));
    }
    tasks
}

/// Goal: whoever sends headers or bodies byte by byte, or nothing at all, keeps no phone out, new ones included.
/// Method: hundreds of connections of each kind; meanwhile a phone enrols, opens sessions and sends work, and the server
/// says that it is well. In the end the slow ones have been sent away, without anybody's doing.
#[tokio::test(flavor = "multi_thread")]
async fn slow_and_silent_clients_keep_nobody_out() {
    let census = tokio::task::spawn_blocking(|| Census::found(2)).await.unwrap();
    let server = Server::start(&census.data());
    let mut early = Handset::enrol(server.addr, &census.codes[0], 1).await;
    let mut slow = dribble(server.addr, HOSTILE, "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    let body = "POST /v1/enrol HTTP/1.1\r\nhost: x\r\ncontent-length: 4000\r\n\r\n";
    slow.extend(dribble(server.addr, HOSTILE, body).await);
    let large = "POST /v1/sync HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n";
    slow.extend(dribble(server.addr, HOSTILE, large).await);
    let mut silent = Vec::new();
    for _ in 0..HOSTILE {
        silent.push(TcpStream::connect(server.addr).await.unwrap());
    }

    let mut late = Handset::enrol(server.addr, &census.codes[1], 2).await;
    for (at, phone) in [&mut early, &mut late].into_iter().enumerate() {
        for _ in 0..3 {
            let household = phone.list(&census, ea(at as u32), "Zhang");
            phone.interview(&census, ea(at as u32), household, 2, "Zhang");
            assert!(phone.sync_all().await);
        }
    }
    let http = Http::new(server.addr);
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(http.send("GET", path, &[], Vec::new()).await.status, StatusCode::OK, "{path}");
    }
    // The console answers too: nobody has signed in.
    assert_eq!(http.send("GET", "/api/me", &[], Vec::new()).await.status, StatusCode::UNAUTHORIZED);
    for task in slow {
        let answer = task.await.unwrap();
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    for mut stream in silent {
        let mut rest = Vec::new();
        assert!(stream.read_to_end(&mut rest).await.is_ok(), "a silent connection is closed");
    }
    assert!(server.stop().success());
}

/// Goal: a phone that holds open more requests than it needs shuts out itself and no other.
/// Method: one session begins hundreds of large uploads and sends none to its end; another phone works; a further request
/// of the first is refused at once with a time to come again, and those times differ.
#[tokio::test(flavor = "multi_thread")]
async fn one_phone_with_hundreds_of_requests_shuts_out_itself_alone() {
    let census = tokio::task::spawn_blocking(|| Census::found(1)).await.unwrap();
    let server = Server::start(&census.data());
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    let hostile = Courier::enrol(server.addr, &census.courier_code).await;
    let headers: String =
        hostile.headers(b"never sent").iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let begun = format!("POST /v1/sync HTTP/1.1\r\nhost: x\r\n{headers}content-length: 1000000\r\n\r\n");
    let slow = dribble(server.addr, 2 * HOSTILE, &begun).await;

    let household = phone.list(&census, ea(0), "Zhang");
    phone.interview(&census, ea(0), household, 2, "Zhang");
    assert!(phone.sync_all().await, "the other phone works");
    let refused = hostile.send("POST", "/v1/sync", Vec::new()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "server/busy"));
    slow.iter().for_each(tokio::task::JoinHandle::abort);
    let mut times = std::collections::BTreeSet::new();
    for task in slow {
        let Ok(answer) = task.await else { continue };
        let time = answer
            .to_ascii_lowercase()
            .split("retry-after: ")
            .nth(1)
            .map(|rest| rest.split('\r').next().unwrap().to_owned());
        times.extend(time);
    }
    assert!(times.len() > 5, "those turned away come again at different times: {times:?}");
    assert!(server.stop().success());
}

/// Goal: connections never take the files that the journal and the tables need.
/// Method: a server that may open 256 files, and more silent connections than that; a phone works on, the tables are
/// committed, and nobody raises an alarm.
#[tokio::test(flavor = "multi_thread")]
async fn connections_leave_files_for_the_journal() {
    let census = tokio::task::spawn_blocking(|| Census::found(1)).await.unwrap();
    let server = Server::start_with(&census.data(), free_port(), |command| {
        let server = std::mem::replace(command, Command::new("sh"));
        command.args(["-c", "ulimit -n 256 && exec \"$@\"", "sh"]).arg(server.get_program()).args(server.get_args());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    });
    let http = Http::new(server.addr);
    assert_eq!(http.send("GET", "/healthz", &[], Vec::new()).await.status, StatusCode::OK);
    let mut phone = Handset::enrol(server.addr, &census.codes[0], 1).await;
    let mut silent = Vec::new();
    for _ in 0..400 {
        silent.push(TcpStream::connect(server.addr).await.unwrap());
    }
    for _ in 0..12 {
        let household = phone.list(&census, ea(0), "Zhang");
        phone.interview(&census, ea(0), household, 2, "Zhang");
        assert!(phone.sync_all().await);
        let ready = http.send("GET", "/readyz", &[], Vec::new()).await;
        let said: serde_json::Value = serde_json::from_slice(&ready.body).unwrap();
        assert_eq!((&said["ready"], &said["alarms"]), (&true.into(), &serde_json::json!([])), "{said}");
        // Longer, all in all, than the tables wait before they are committed.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    drop(silent);
    assert!(server.stop().success());
}
