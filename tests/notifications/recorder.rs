//! Local servers that record what reaches them, and misbehave as they are told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Posted {
    pub headers: HeaderMap,
    pub body: String,
    /// What it was answered.
    pub status: StatusCode,
}

impl Posted {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// How the next request is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    Status(u16),
    /// With another header.
    With(u16, &'static str, String),
    /// Takes it and then says nothing for so long.
    Silence(Duration),
}

#[derive(Clone, Default)]
struct Desk {
    posted: Arc<Mutex<Vec<Posted>>>,
    next: Arc<Mutex<VecDeque<Answer>>>,
}

/// An HTTP server that records; what is not scripted is answered 202.
pub struct HttpRecorder {
    pub address: SocketAddr,
    desk: Desk,
    task: JoinHandle<()>,
}

impl HttpRecorder {
    pub async fn start() -> Self {
        Self::at("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Desk::default();
        let app = axum::Router::new().fallback(record).with_state(desk.clone());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, desk, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}/tep", self.address)
    }

    pub fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.desk.next.lock().unwrap().extend(answers);
    }

    pub fn posted(&self) -> Vec<Posted> {
        self.desk.posted.lock().unwrap().clone()
    }
}

impl Drop for HttpRecorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn record(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = desk.next.lock().unwrap().pop_front().unwrap_or(Answer::Status(202));
    let status = match &answer {
        Answer::Status(status) | Answer::With(status, ..) => StatusCode::from_u16(*status).unwrap(),
        Answer::Silence(_) => StatusCode::ACCEPTED,
    };
    let body = String::from_utf8(body.to_vec()).unwrap();
    desk.posted.lock().unwrap().push(Posted { headers, body, status });
    match answer {
        Answer::Status(_) => status.into_response(),
        Answer::With(_, name, value) => (status, [(name, value)], "as scripted").into_response(),
        Answer::Silence(lasting) => {
            tokio::time::sleep(lasting).await;
            status.into_response()
        }
    }
}

/// What a mail server does with the next message.
#[derive(Clone, Debug)]
pub enum Mood {
    /// Takes it.
    Takes,
    /// Answers its recipient so.
    Refuses(&'static str),
    /// Answers the sign-in so.
    ShutsOut(&'static str),
    /// Takes the message and hangs up instead of saying so.
    HangsUp,
    /// Closes its half of the line and never answers.
    HalfCloses,
    /// Never says a word.
    Silent,
}

/// A mail as it came.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub text: String,
    /// Whether the line was TLS by then.
    pub encrypted: bool,
    /// What was said to sign in.
    pub sign_in: Option<String>,
}

impl Mail {
    pub fn header(&self, name: &str) -> String {
        let unfolded = self.text.replace("\r\n ", " ");
        let line = unfolded.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
        line.unwrap_or_else(|| panic!("{name} in {}", self.text))[name.len() + 1..].trim().to_owned()
    }
}

#[derive(Clone, Default)]
struct PostOffice {
    mails: Arc<Mutex<Vec<Mail>>>,
    moods: Arc<Mutex<VecDeque<Mood>>>,
}

/// A mail server that records.
pub struct SmtpRecorder {
    pub address: SocketAddr,
    /// Who has signed its certificate, PEM, when it turns to TLS.
    pub authority: Option<String>,
    office: PostOffice,
    task: JoinHandle<()>,
}

impl SmtpRecorder {
    pub async fn start() -> Self {
        Self::open(None).await
    }

    /// One that turns to TLS.
    pub async fn with_tls() -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let mut recorder = Self::open(Some(TlsAcceptor::from(Arc::new(config)))).await;
        recorder.authority = Some(certificate.pem());
        recorder
    }

    async fn open(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let office = PostOffice::default();
        let desk = office.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, desk.clone(), tls.clone()));
            }
        });
        Self { address, authority: None, office, task }
    }

    pub fn moods(&self, moods: impl IntoIterator<Item = Mood>) {
        self.office.moods.lock().unwrap().extend(moods);
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.office.mails.lock().unwrap().clone()
    }
}

impl Drop for SmtpRecorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, office: PostOffice, tls: Option<TlsAcceptor>) {
    let mood = office.moods.lock().unwrap().pop_front().unwrap_or(Mood::Takes);
    if matches!(mood, Mood::Silent) {
        return std::future::pending().await;
    }
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 recorder ready\r\n").await.unwrap();
    if matches!(mood, Mood::HalfCloses) {
        stream.get_mut().shutdown().await.unwrap();
        return std::future::pending().await;
    }
    let upgrade = converse(&mut stream, &office, &mood, tls.is_some(), false).await;
    if let (true, Some(tls)) = (upgrade, tls)
        && let Ok(encrypted) = tls.accept(stream.into_inner()).await
    {
        converse(&mut BufReader::new(encrypted), &office, &mood, false, true).await;
    }
}

/// One conversation; true when the line is to be turned to TLS.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    office: &PostOffice,
    mood: &Mood,
    offers_tls: bool,
    encrypted: bool,
) -> bool {
    let (mut to, mut sign_in) = (String::new(), None);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return false;
        }
        let verb = line.get(..4).unwrap_or_default().to_uppercase();
        let answer = match verb.as_str() {
            "EHLO" if offers_tls => "250-recorder\r\n250 STARTTLS\r\n",
            "EHLO" => "250-recorder\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n",
            "STAR" => {
                stream.write_all(b"220 go on\r\n").await.unwrap();
                return true;
            }
            "AUTH" => match mood {
                Mood::ShutsOut(words) => words,
                _ => {
                    sign_in = Some(line.trim().to_owned());
                    "235 welcome\r\n"
                }
            },
            "RCPT" => match mood {
                Mood::Refuses(words) => words,
                _ => {
                    to = line.trim().to_owned();
                    "250 ok\r\n"
                }
            },
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let text = read_message(stream).await;
                office.mails.lock().unwrap().push(Mail { to: to.clone(), text, encrypted, sign_in: sign_in.clone() });
                if matches!(mood, Mood::HangsUp) {
                    return false;
                }
                "250 taken\r\n"
            }
            "QUIT" => {
                drop(stream.write_all(b"221 bye\r\n").await);
                return false;
            }
            _ => "250 ok\r\n",
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return false;
        }
    }
}

async fn read_message<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> String {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 || line == ".\r\n" {
            return text;
        }
        text.push_str(&line);
    }
}
