//! A wire between two processes that a test can cut: what is said then is lost without anybody hearing of it, as when a cable
//! is pulled. (A process of its own network namespace would want root; a wire wants nothing.)

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A wire to one address.
pub struct Proxy {
    pub address: SocketAddr,
    cut: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cut = watch::Sender::new(false);
        let task = tokio::spawn(take_calls(listener, target, cut.clone()));
        Self { address, cut, task }
    }

    /// Nothing gets through any more, and nobody is told.
    pub fn cut(&self) {
        self.cut.send_replace(true);
    }

    /// What is said from now on gets through. Lines from before are dead.
    pub fn mend(&self) {
        self.cut.send_replace(false);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take_calls(listener: TcpListener, target: SocketAddr, cut: watch::Sender<bool>) {
    while let Ok((near, _)) = listener.accept().await {
        tokio::spawn(carry(near, target, cut.subscribe()));
    }
}

async fn carry(mut near: TcpStream, target: SocketAddr, mut cut: watch::Receiver<bool>) {
    // Whoever calls while the wire is cut hears nothing, not even a refusal.
    let mended = |cut: &mut watch::Receiver<bool>| {
        let mut cut = cut.clone();
        async move { drop(cut.wait_for(|cut| !*cut).await) }
    };
    if *cut.borrow() {
        return mended(&mut cut).await;
    }
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    drop(near.set_nodelay(true));
    drop(far.set_nodelay(true));
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        _ = async { drop(cut.wait_for(|cut| *cut).await) } => {
            // Both ends stay open, and silent.
            mended(&mut cut).await;
        }
    }
}
