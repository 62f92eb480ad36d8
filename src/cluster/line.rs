//! The wire to one peer, which can be cut.
//!
//! `ractor_cluster` takes any stream of bytes. Ours is TLS, and both of its halves end at once when it is cut: a half that is
//! writing to a frozen peer would otherwise hold its buffers until the operating system gives up, a quarter of an hour later.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use ractor_cluster::{BoxRead, BoxWrite, ClusterBidiStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::telemetry::events;

/// An encrypted stream between two nodes that have proved who they are.
pub(super) type Wire = TlsStream<TcpStream>;

/// The wire to one peer.
pub(super) struct Line {
    wire: Wire,
    label: String,
    cut: CancellationToken,
}

impl Line {
    /// A wire under a label that no other line of this process has; the token cuts it.
    pub fn new(wire: Wire, label: String, cut: CancellationToken) -> Self {
        Self { wire, label, cut }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("label", &self.label).finish_non_exhaustive()
    }
}

impl ClusterBidiStream for Line {
    fn split(self: Box<Self>) -> (BoxRead, BoxWrite) {
        let (read, write) = tokio::io::split(self.wire);
        let half = |cut: &CancellationToken| Box::pin(cut.clone().cancelled_owned());
        let (cut_read, cut_write) = (half(&self.cut), half(&self.cut));
        (Box::new(Half { half: read, cut: cut_read }), Box::new(Half { half: write, cut: cut_write }))
    }

    fn peer_label(&self) -> Option<String> {
        Some(self.label.clone())
    }
}

/// One direction of a line.
struct Half<H> {
    half: H,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<H> Half<H> {
    /// Registers for the cut as well, so that whoever waits for the peer is woken by it.
    fn is_cut(&mut self, cx: &mut Context<'_>) -> bool {
        self.cut.as_mut().poll(cx).is_ready()
    }
}

fn was_cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the line was cut")
}

impl<H: AsyncRead + Unpin> AsyncRead for Half<H> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.is_cut(cx) {
            return Poll::Ready(Err(was_cut()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.half).poll_read(cx, buffer);
        events::cluster_bytes_received(buffer.filled().len() - before);
        read
    }
}

impl<H: AsyncWrite + Unpin> AsyncWrite for Half<H> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_cut(cx) {
            return Poll::Ready(Err(was_cut()));
        }
        let written = Pin::new(&mut self.half).poll_write(cx, bytes);
        if let Poll::Ready(Ok(count)) = &written {
            events::cluster_bytes_sent(*count);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_cut(cx) {
            return Poll::Ready(Err(was_cut()));
        }
        Pin::new(&mut self.half).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.half).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn whoever_reads_or_writes_is_woken_by_the_cut() {
        // Nobody ever reads the other end, as with a frozen peer, so the writer fills the buffer and waits.
        let (near, far) = tokio::io::duplex(16);
        let (read, write) = tokio::io::split(near);
        let cut = CancellationToken::new();
        let half = || Box::pin(cut.clone().cancelled_owned());
        let mut read = Half { half: read, cut: half() };
        let mut write = Half { half: write, cut: half() };
        let reading = tokio::spawn(async move { read.read_u8().await.unwrap_err().kind() });
        let writing = tokio::spawn(async move { write.write_all(&[0; 64]).await.unwrap_err().kind() });
        tokio::task::yield_now().await;
        assert!(!reading.is_finished() && !writing.is_finished());
        cut.cancel();
        assert_eq!(reading.await.unwrap(), io::ErrorKind::ConnectionAborted);
        assert_eq!(writing.await.unwrap(), io::ErrorKind::ConnectionAborted);
        drop(far);
    }
}
