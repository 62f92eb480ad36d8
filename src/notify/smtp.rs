//! Mail. Each notice is a message of its own; the key makes its `Message-ID`, so a mail program shows a message that came
//! twice once, and all messages of one occurrence form a thread.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, response::Severity as Answer};
use rustls::ClientConfig;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::connect::{self, Line};
use super::{Channel, Outgoing, Trouble, Undelivered, headline, severity_word};
use crate::config::Secret;
use crate::config::notifications::{ChannelConfig, MailSecurity};
use crate::domain::{Notice, Reach};

/// Passwords go over TLS or stay on this machine, so the plain mechanisms are all that is needed.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

pub(super) struct Mail {
    host: String,
    port: u16,
    security: MailSecurity,
    from: Mailbox,
    account: Option<Credentials>,
    trust: Arc<ClientConfig>,
    authority: Option<Certificate>,
}

impl Mail {
    pub fn open(config: &ChannelConfig, secret: Option<Secret>) -> Result<Self, (&'static str, String)> {
        let from = config.from.as_deref().unwrap_or_default();
        let from = from.parse().map_err(|error| ("from", format!("`{from}` is no mail address: {error}")))?;
        let authority = config.authority.as_deref().map(|path| {
            let wrong = |problem: String| ("authority", format!("{}: {problem}", path.display()));
            let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
            Certificate::from_pem(&pem).map_err(|error| wrong(error.to_string()))
        });
        let account = config.username.clone().zip(secret);
        Ok(Self {
            host: config.host.clone().unwrap_or_default(),
            port: config.port(),
            security: config.security(),
            from,
            account: account.map(|(user, password)| Credentials::new(user, password.expose().to_owned())),
            trust: connect::trust(config.authority.as_deref())?,
            authority: authority.transpose()?,
        })
    }

    pub async fn deliver(&self, channel: &Channel, outgoing: Outgoing<'_>) -> Result<(), Undelivered> {
        let line = connect::connect(channel, &self.host, self.port).await?;
        let message = self.message(&outgoing, line.values)?;
        let mut session = self.session(line).await?;
        if let Some(account) = &self.account {
            // A wrong password is no fault of this notice.
            session.auth(&MECHANISMS, account).await.map_err(|error| self.failed("did not let us in", &error))?;
        }
        let sent = session.send(message.envelope(), &message.formatted()).await;
        sent.map_err(|error| self.not_taken(&error))?;
        // It is taken; how the server says good-bye does not matter.
        drop(session.quit().await);
        Ok(())
    }

    async fn session(&self, line: Line) -> Result<AsyncSmtpConnection, Undelivered> {
        let hello = ClientId::default();
        let peer = line.stream.peer_addr().map_err(|error| Undelivered::channel(error.to_string()))?;
        match self.security {
            MailSecurity::None if connect::reach_of_peer(peer) != Reach::Loopback => {
                Err(Undelivered::channel(format!("{} is not this machine, and security is `none`", self.host)))
            }
            MailSecurity::None => {
                let stream = AsyncSmtpConnection::connect_with_transport(Box::new(line.stream), &hello).await;
                stream.map_err(|error| self.failed("does not answer as a mail server", &error))
            }
            MailSecurity::Tls => {
                let stream = Encrypted { stream: connect::encrypt(line.stream, &self.host, &self.trust).await?, peer };
                let session = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await;
                session.map_err(|error| self.failed("does not answer as a mail server", &error))
            }
            MailSecurity::StartTls => {
                let session = AsyncSmtpConnection::connect_with_transport(Box::new(line.stream), &hello).await;
                let mut session = session.map_err(|error| self.failed("does not answer as a mail server", &error))?;
                let turned = session.starttls(self.tls()?, &hello).await;
                turned.map_err(|error| self.failed("does not turn to TLS", &error))?;
                Ok(session)
            }
        }
    }

    fn tls(&self) -> Result<TlsParameters, Undelivered> {
        let mut builder = TlsParameters::builder(self.host.clone()).certificate_store(CertificateStore::WebpkiRoots);
        if let Some(authority) = &self.authority {
            builder = builder.add_root_certificate(authority.clone());
        }
        builder.build_rustls().map_err(|error| self.failed("cannot be trusted", &error))
    }

    fn failed(&self, what: &str, error: &Error) -> Undelivered {
        Undelivered::channel(format!("{}:{} {what}: {}", self.host, self.port, words(error)))
    }

    /// The server has answered to this very message: `4xx` later, `5xx` never. Anything else is the line's fault.
    fn not_taken(&self, error: &Error) -> Undelivered {
        let answered = self.failed("did not take it", error);
        let kind = match error.status().map(|code| code.severity) {
            // 421: the server as a whole goes away.
            Some(_) if error.status().is_some_and(|code| code.to_string() == "421") => answered.kind,
            Some(Answer::TransientNegativeCompletion) => Trouble::Later,
            Some(Answer::PermanentNegativeCompletion) => Trouble::Notice,
            _ => answered.kind,
        };
        Undelivered { kind, ..answered }
    }

    fn message(&self, outgoing: &Outgoing<'_>, values: bool) -> Result<Message, Undelivered> {
        let notice = outgoing.notice;
        let wrong = |error: &dyn fmt::Display| Undelivered::notice(format!("no mail can be made of it: {error}"));
        let to = outgoing.address.unwrap_or_default();
        let to: Mailbox =
            to.parse().map_err(|error| Undelivered::notice(format!("`{to}` is no mail address: {error}")))?;
        let domain = self.from.email.domain();
        let once = digest(&format!("{}/{}/{}", notice.plant, notice.key, outgoing.contact));
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(plain(&headline(notice)))
            .date(SystemTime::from(outgoing.now.to_datetime()))
            .message_id(Some(format!("<{once}@{domain}>")))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-TEP-Key", &notice.key));
        if let Some(occurrence) = notice.occurrence {
            let thread = format!("<{occurrence}@{domain}>");
            builder = builder.references(thread.clone()).in_reply_to(thread);
        }
        builder.header(ContentType::TEXT_PLAIN).body(text(notice, values)).map_err(|error| wrong(&error))
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), plain(value))
}

/// A line that ends a header would begin another.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn text(notice: &Notice, values: bool) -> String {
    let mut lines = vec![headline(notice), String::new()];
    let mut line = |label: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            lines.push(format!("{label:<10} {value}"));
        }
    };
    line("Alarm", notice.alarm.as_ref().map(ToString::to_string));
    line("Severity", Some(severity_word(notice.severity).to_owned()));
    line("State", Some(state_words(notice.state).to_owned()));
    line("Unit", notice.unit.clone());
    line("Plant", Some(notice.plant_name.clone()));
    line("Raised", notice.raised_at.map(|at| format!("{at} (plant time)")));
    line("At", Some(notice.at.to_string()));
    line("Waited", notice.waited_seconds.map(|seconds| format!("{seconds} s without an acknowledgement")));
    if let Some(reading) = notice.reading.as_ref().filter(|_| values) {
        let limit = reading.limit.map(|limit| format!(", limit {limit}")).unwrap_or_default();
        line("Value", Some(format!("{}{limit} {}", reading.value, reading.unit_of_measure)));
    }
    if notice.kind.calls() {
        line("To do", Some(notice.guidance.clone()));
    }
    line("Link", notice.link.clone());
    lines.push(String::new());
    lines.join("\r\n")
}

const fn state_words(state: crate::domain::AlarmState) -> &'static str {
    use crate::domain::AlarmState;
    match state {
        AlarmState::Normal => "normal",
        AlarmState::Unacknowledged => "not acknowledged",
        AlarmState::Acknowledged => "acknowledged",
        AlarmState::RtnUnacknowledged => "returned to normal, not acknowledged",
        AlarmState::LatchedUnacknowledged => "returned to normal, latched, not acknowledged",
        AlarmState::LatchedAcknowledged => "latched, acknowledged, waits for a reset",
        AlarmState::Shelved => "shelved",
        AlarmState::Suppressed => "suppressed by design",
        AlarmState::OutOfService => "out of service",
    }
}

fn words(error: &Error) -> String {
    let mut words = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        next = cause.source();
    }
    plain(&words).chars().take(300).collect()
}

/// A line that was TLS from the first byte.
#[derive(Debug)]
struct Encrypted {
    stream: TlsStream<TcpStream>,
    peer: SocketAddr,
}

impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
