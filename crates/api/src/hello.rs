//! A connection whose other side must begin to speak in time.
//!
//! HTTP/2 has no limit of its own for the bytes a client begins with: one that agrees on it and then says nothing would be
//! waited for without end.

use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// `PRI * HTTP/2.0` and what follows it (RFC 9113, section 3.4), bytes.
const PREFACE: usize = 24;

/// See the module's documentation.
pub(crate) struct Hello<S> {
    stream: S,
    /// Until when the rest of the preface is waited for; `None` once it is there.
    deadline: Option<Pin<Box<Sleep>>>,
    missing: usize,
}

impl<S> Hello<S> {
    /// Reading fails with [`ErrorKind::TimedOut`] when the first bytes are not there after `time`.
    pub fn new(stream: S, time: Duration) -> Hello<S> {
        Hello { stream, deadline: Some(Box::pin(tokio::time::sleep(time))), missing: PREFACE }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Hello<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        let Some(deadline) = &mut self.deadline else { return read };
        if read.is_pending() && deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(Error::from(ErrorKind::TimedOut)));
        }
        self.missing = self.missing.saturating_sub(into.filled().len() - before);
        if self.missing == 0 {
            self.deadline = None;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Hello<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn who_says_nothing_or_half_is_not_waited_for_and_who_has_spoken_may_be_silent() {
        let short = Duration::from_millis(30);
        for said in [0, PREFACE - 1] {
            let (mut client, server) = duplex(64);
            client.write_all(&vec![b'P'; said]).await.unwrap();
            let mut server = Hello::new(server, short);
            let mut bytes = vec![0; PREFACE];
            let kind = server.read_exact(&mut bytes).await.unwrap_err().kind();
            assert_eq!(kind, ErrorKind::TimedOut, "{said} bytes");
        }
        let (mut client, server) = duplex(64);
        client.write_all(&[b'P'; PREFACE]).await.unwrap();
        let mut server = Hello::new(server, short);
        server.read_exact(&mut [0; PREFACE]).await.unwrap();
        let later = tokio::time::timeout(10 * short, server.read_u8()).await;
        assert!(later.is_err(), "it is waited for");
    }
}
