//! One POST, and what its answer says. No redirect is followed: it could lead where nobody has allowed anything to go.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

use super::connect::{self, Line};
use super::{Channel, Trouble, Undelivered};
use crate::domain::WallTime;

/// Most of an answer that is read, bytes.
const ANSWER_MAX: usize = 16 * 1024;
/// Most of an answer that goes into an error, characters.
const EXCERPT_MAX: usize = 200;
/// The longest wait that another end may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// Where to post.
pub(super) struct Target {
    url: Url,
    trust: Arc<ClientConfig>,
}

impl Target {
    pub fn open(config: &crate::config::notifications::ChannelConfig) -> Result<Self, (&'static str, String)> {
        let url = Url::parse(config.url()).map_err(|error| ("url", error.to_string()))?;
        Ok(Self { url, trust: connect::trust(config.authority.as_deref())? })
    }

    /// Connects; what may be said depends on where that is.
    pub async fn connect(&self, channel: &Channel) -> Result<Line, Undelivered> {
        let host = self.url.host_str().unwrap_or_default();
        connect::connect(channel, host, self.url.port_or_known_default().unwrap_or(443)).await
    }

    /// Posts JSON on a line that is open.
    pub async fn post(&self, line: Line, headers: HeaderMap, body: String, now: WallTime) -> Result<(), Undelivered> {
        let host = self.url.host_str().unwrap_or_default();
        let request = self.request(headers, body)?;
        if self.url.scheme() == "https" {
            let stream = connect::encrypt(line.stream, host, &self.trust).await?;
            exchange(stream, request, now).await
        } else {
            exchange(line.stream, request, now).await
        }
    }

    fn request(&self, headers: HeaderMap, body: String) -> Result<Request<Full<Bytes>>, Undelivered> {
        let mut path = self.url.path().to_owned();
        if let Some(query) = self.url.query() {
            path = format!("{path}?{query}");
        }
        let host = match self.url.port() {
            Some(port) => format!("{}:{port}", self.url.host_str().unwrap_or_default()),
            None => self.url.host_str().unwrap_or_default().to_owned(),
        };
        let mut request = Request::post(path)
            .header(HOST, host)
            .header(USER_AGENT, concat!("TEP/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json");
        if let Some(all) = request.headers_mut() {
            all.extend(headers);
        }
        request.body(Full::from(body)).map_err(|error| Undelivered::notice(format!("it cannot be posted: {error}")))
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>, now: WallTime) -> Result<(), Undelivered>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| Undelivered::channel(format!("the line broke: {}", chain(&error)));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // The line lives as long as somebody waits for its answer.
    let connection = tokio::spawn(connection);
    let answered = sender.send_request(request).await;
    let outcome = match answered {
        Ok(answer) => judge(answer, now).await,
        Err(error) => Err(broken(error)),
    };
    connection.abort();
    outcome
}

async fn judge(answer: Response<Incoming>, now: WallTime) -> Result<(), Undelivered> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let retry_after = retry_after(answer.headers(), now);
    let body = Limited::new(answer.into_body(), ANSWER_MAX).collect().await;
    let body = body.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned()).unwrap_or_default();
    let problem = format!("answered {status}{}", excerpt(&body));
    let kind = match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Trouble::Channel { retry_after }
        }
        // The key or the address is wrong: that is no fault of this notice, and somebody may put it right.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            Trouble::Channel { retry_after }
        }
        _ if status.is_client_error() => Trouble::Notice,
        _ => Trouble::Channel { retry_after },
    };
    Err(Undelivered { problem, kind })
}

fn excerpt(body: &str) -> String {
    let plain: String = body.chars().map(|c| if c.is_control() { ' ' } else { c }).take(EXCERPT_MAX).collect();
    match plain.trim() {
        "" => String::new(),
        words => format!(": {words}"),
    }
}

/// What the other end asks for: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: WallTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
            WallTime::from_datetime(at.to_utc()).since(now)
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words = format!("{words}: {cause}");
        next = cause.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_as_seconds_or_as_a_date_and_has_an_end() {
        let now =
            WallTime::from_datetime(chrono::DateTime::parse_from_rfc3339("2026-11-25T10:00:00Z").unwrap().to_utc());
        for (text, wait) in [
            ("7", Some(7)),
            ("0", Some(0)),
            ("Wed, 25 Nov 2026 10:01:30 GMT", Some(90)),
            ("Wed, 25 Nov 2026 09:00:00 GMT", Some(0)),
            ("999999999", Some(3_600)),
            ("soon", None),
            ("-5", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), wait.map(Duration::from_secs), "{text}");
        }
    }
}
