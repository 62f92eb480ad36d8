//! A server that follows a script, byte by byte.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the server does once it has heard a request.
#[derive(Clone, Debug)]
pub enum Step {
    /// Says this at once.
    Say(String),
    /// Says this letter by letter, with a pause after each.
    Trickle(String, Duration),
    /// Says nothing more until the client has gone.
    Hold,
}

/// A request, as it was heard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// First line and headers, names in lower case.
    pub head: String,
    pub body: Value,
}

/// The server; each request follows the next script, and every further one the last.
pub struct Server {
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    gone: watch::Receiver<usize>,
}

impl Server {
    pub async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (went, gone) = watch::channel(0);
        let seen = Arc::clone(&heard);
        tokio::spawn(async move {
            let mut next = 0;
            while let Ok((socket, _)) = listener.accept().await {
                let script = scripts[next.min(scripts.len() - 1)].clone();
                next += 1;
                let (seen, went) = (Arc::clone(&seen), went.clone());
                tokio::spawn(async move {
                    drop(follow(socket, script, &seen, &went).await);
                });
            }
        });
        Self { address, heard, gone }
    }

    /// The requests so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until so many clients have closed the socket of a request that was held.
    pub async fn clients_gone(&self, clients: usize) {
        self.gone.clone().wait_for(|gone| *gone >= clients).await.unwrap();
    }
}

async fn follow(
    mut socket: TcpStream,
    script: Vec<Step>,
    seen: &Mutex<Vec<Heard>>,
    went: &watch::Sender<usize>,
) -> std::io::Result<()> {
    let request = hear(&mut socket).await?;
    seen.lock().unwrap().push(request);
    for step in script {
        match step {
            Step::Say(text) => socket.write_all(text.as_bytes()).await?,
            Step::Trickle(text, pause) => {
                let mut beat = tokio::time::interval(pause);
                for byte in text.as_bytes() {
                    beat.tick().await;
                    socket.write_all(&[*byte]).await?;
                }
            }
            Step::Hold => {
                while socket.read(&mut [0; 64]).await.unwrap_or(0) > 0 {}
                went.send_modify(|gone| *gone += 1);
            }
        }
    }
    socket.shutdown().await
}

async fn hear(socket: &mut TcpStream) -> std::io::Result<Heard> {
    let mut bytes = Vec::new();
    let ended = |bytes: &[u8]| bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = loop {
        if let Some(end) = ended(&bytes) {
            break end + 4;
        }
        if socket.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let mut body = bytes.split_off(end);
    while body.len() < length.unwrap_or(0) {
        if socket.read_buf(&mut body).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Heard { head, body: serde_json::from_slice(&body).unwrap_or_default() })
}

/// The head of a stream of events.
pub fn stream_head() -> Step {
    Step::Say(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\
         connection: close\r\n\r\n"
            .into(),
    )
}

/// One chunk of a stream.
pub fn chunk(text: &str) -> Step {
    Step::Say(format!("{:x}\r\n{text}\r\n", text.len()))
}

/// The end of a stream, as HTTP has it.
pub fn stream_end() -> Step {
    Step::Say("0\r\n\r\n".into())
}

/// A whole stream, cut into two chunks in an awkward place.
pub fn stream(events: &str) -> Vec<Step> {
    let (mut cut, text) = (events.len() / 2, events);
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    vec![stream_head(), chunk(&text[..cut]), chunk(&text[cut..]), stream_end()]
}

/// A whole answer with a status and further headers.
pub fn reply(status: &str, headers: &str, body: &str) -> Vec<Step> {
    vec![Step::Say(format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}connection: close\r\n\r\n{body}",
        body.len()
    ))]
}
