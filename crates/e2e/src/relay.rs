//! A piece of network: it carries connections to one place, and to another when that is told. [`crate::network`] cuts lines.

use std::net::{IpAddr, SocketAddr};
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
    to: Arc<Sender<SocketAddr>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Relay {
    /// From a port of this address to this place.
    pub async fn start(address: IpAddr, to: SocketAddr) -> Relay {
        let listener = TcpListener::bind((address, 0)).await.expect("a free port");
        let addr = listener.local_addr().expect("its address");
        let (to, target) = channel(to);
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
        let mut relay = Relay::start(first.ip(), first).await;
        let to = relay.to.clone();
        relay.tasks.push(tokio::spawn(async move {
            loop {
                let now = servers.lock().expect("the servers").clone();
                for server in now {
                    if ready(server).await.is_some_and(|status| status == 200) {
                        set(&to, server);
                        break;
                    }
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }));
        relay
    }

    /// Carries connections to another place from now on; those there were end.
    pub fn lead_to(&self, to: SocketAddr) {
        set(&self.to, to);
    }
}

fn set(to: &Sender<SocketAddr>, now: SocketAddr) {
    to.send_if_modified(|before| std::mem::replace(before, now) != now);
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn carry(mut near: TcpStream, mut target: Receiver<SocketAddr>) {
    let to = *target.borrow_and_update();
    let Ok(mut far) = TcpStream::connect(to).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        _ = target.changed() => {}
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
