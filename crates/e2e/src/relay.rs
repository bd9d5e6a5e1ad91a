//! A piece of network that can be cut: it carries connections to one place, to another, or to nowhere.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

/// Carries connections until it is dropped.
pub struct Relay {
    /// Where it listens.
    pub addr: SocketAddr,
    to: Arc<Sender<Option<SocketAddr>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Relay {
    /// To this place.
    pub async fn start(to: SocketAddr) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("its address");
        let (to, target) = channel(Some(to));
        let accept = async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, target.clone()));
            }
        };
        Relay { addr, to: Arc::new(to), tasks: vec![tokio::spawn(accept)] }
    }

    /// A load balancer: to whichever server is ready, asked every tenth of a second.
    pub async fn balance(servers: Arc<Mutex<Vec<SocketAddr>>>) -> Relay {
        let first = servers.lock().expect("the servers")[0];
        let mut relay = Relay::start(first).await;
        let to = relay.to.clone();
        relay.tasks.push(tokio::spawn(async move {
            loop {
                let now = servers.lock().expect("the servers").clone();
                for server in now {
                    if ready(server).await.is_some_and(|status| status == 200) {
                        set(&to, Some(server));
                        break;
                    }
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }));
        relay
    }

    /// Carries connections to another place from now on; those there are end.
    pub fn lead_to(&self, to: SocketAddr) {
        set(&self.to, Some(to));
    }

    /// Carries nothing more and closes nothing, as a network that drops every packet.
    pub fn cut(&self) {
        set(&self.to, None);
    }
}

fn set(to: &Sender<Option<SocketAddr>>, now: Option<SocketAddr>) {
    to.send_if_modified(|before| std::mem::replace(before, now) != now);
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn carry(mut near: TcpStream, mut target: Receiver<Option<SocketAddr>>) {
    let to = *target.borrow_and_update();
    if let Some(to) = to {
        let Ok(mut far) = TcpStream::connect(to).await else { return };
        tokio::select! {
            _ = copy_bidirectional(&mut near, &mut far) => return,
            _ = target.changed() => {}
        }
        if target.borrow_and_update().is_none() {
            // Both ends hear nothing.
            let _ = target.changed().await;
        }
    } else {
        let _ = target.changed().await;
    }
}

/// The status of a server's `/readyz`; `None` when it does not answer.
pub async fn ready(server: SocketAddr) -> Option<u16> {
    let ask = async {
        let mut stream = TcpStream::connect(server).await.ok()?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        answer.split(' ').nth(1)?.parse().ok()
    };
    tokio::time::timeout(Duration::from_secs(1), ask).await.ok()?
}
