//! One call over HTTP: sends what a dialect has written, reads the answer as it comes, and minds every patience and bound.

use std::time::Duration;

use async_trait::async_trait;
use chrono::DateTime;
use reqwest::header::{self, HeaderMap};
use reqwest::{Certificate, Client, Proxy, Response, StatusCode, redirect};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::circles::Circles;
use super::sse::{self, Event};
use super::{Answer, Endpoint, Finish, Listener, LlmError, Patience, Provider, Request, Stage};
use super::{anthropic, gemini, openai};
use crate::config::bounds;
use crate::domain::{Dialect, Usage};

/// How much of an error's body is read.
const ERROR_BYTES_MAX: usize = 65_536;
/// How much of a provider's words is passed on, letters.
const MESSAGE_LETTERS_MAX: usize = 300;
/// How much of an answer is read.
const ANSWER_BYTES_MAX: usize = bounds::MODEL_ANSWER.most;

/// What a dialect wants to be sent.
pub(super) struct Post {
    /// Behind the base address.
    pub path: String,
    /// Name and value; the value may be the key, and is marked as not to be shown.
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

/// What one event of a stream has told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing of the answer; a sign of life at most.
    Nothing,
    /// The model is thinking.
    Thought,
    /// A piece of the answer.
    Text(String),
    /// The end.
    Done,
}

/// An answer as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub text: String,
    pub input: Option<u32>,
    pub output: Option<u32>,
    pub finish: Option<Finish>,
    pub model: Option<String>,
}

/// How one provider is spoken to; pure.
pub(super) trait Speaks: Send + Sync {
    fn post(&self, endpoint: &Endpoint, request: &Request) -> Post;
    /// Reads one event of a stream.
    fn hear(&self, draft: &mut Draft, event: &Event) -> Result<Heard, LlmError>;
    /// Reads a whole answer.
    fn read(&self, draft: &mut Draft, answer: &Value) -> Result<(), LlmError>;
    /// Whether a stream must say that it ends, beside saying why the answer does.
    fn says_its_end(&self) -> bool;
    /// What an error's body says.
    fn complaint(&self, body: &Value) -> Complaint;
}

/// What an error's body says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Complaint {
    pub message: String,
    pub retry_after: Option<Duration>,
    /// The prompt was too long: tokens of it, and what would fit, where they are told.
    pub too_long: Option<(u64, u64)>,
    /// Too often, whatever the status says.
    pub rate_limited: bool,
}

fn dialect(dialect: Dialect) -> &'static dyn Speaks {
    match dialect {
        Dialect::Anthropic => &anthropic::Anthropic,
        Dialect::Gemini => &gemini::Gemini,
        Dialect::OpenaiCompatible => &openai::OpenAi,
    }
}

/// A model somewhere else.
#[derive(Debug)]
pub struct Remote {
    endpoint: Endpoint,
    client: Client,
}

impl Remote {
    /// The way to a model. Nothing is sent yet.
    ///
    /// # Errors
    /// When the address, the proxy or the authority makes no sense.
    pub fn new(endpoint: Endpoint) -> Result<Self, LlmError> {
        let wrong = |what: &str, e: &dyn std::fmt::Display| LlmError::Misconfigured(format!("{what}: {e}"));
        let mut client = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(endpoint.connect)
            .user_agent(concat!("tep/", env!("CARGO_PKG_VERSION")))
            .referer(false)
            .no_proxy();
        if let Some(proxy) = &endpoint.proxy {
            client = client.proxy(Proxy::all(proxy.clone()).map_err(|e| wrong("the proxy", &e))?);
        }
        if let Some(file) = &endpoint.authority {
            let pem = std::fs::read(file).map_err(|e| wrong(&file.display().to_string(), &e))?;
            let certificates =
                Certificate::from_pem_bundle(&pem).map_err(|e| wrong(&file.display().to_string(), &e))?;
            client = client.tls_certs_merge(certificates);
        }
        let client = client.build().map_err(|e| wrong("no connection can be made", &e))?;
        Ok(Self { endpoint, client })
    }

    /// Sends it, and gives the answer's head back once it is there.
    async fn send(&self, post: Post) -> Result<Response, LlmError> {
        let base = self.endpoint.base_url.as_str().trim_end_matches('/');
        let mut request = self.client.post(format!("{base}{}", post.path));
        for (name, value) in post.headers {
            let mut value = header::HeaderValue::from_str(&value)
                .map_err(|_| LlmError::Misconfigured(format!("the key cannot stand in the header {name}")))?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let request = request.header(header::CONTENT_TYPE, "application/json").body(post.body.to_string());
        request.send().await.map_err(|e| self.lost(&e))
    }

    fn lost(&self, error: &reqwest::Error) -> LlmError {
        if error.is_timeout() {
            return LlmError::TimedOut(Stage::Connect);
        }
        let mut words = innermost(error);
        self.scrub(&mut words);
        if error.is_body() || error.is_decode() { LlmError::Broken(words) } else { LlmError::Unreachable(words) }
    }

    /// Shortens what a provider says, and takes our key out of it.
    fn scrub(&self, words: &mut String) {
        if let Some(key) = self.endpoint.key.as_ref().map(|key| key.expose()).filter(|key| !key.is_empty()) {
            *words = words.replace(key, "[redacted]");
        }
        if let Some((end, _)) = words.char_indices().nth(MESSAGE_LETTERS_MAX) {
            words.truncate(end);
            words.push('…');
        }
    }

    async fn refusal(&self, mut response: Response) -> LlmError {
        let (status, asked) = (response.status(), retry_after(response.headers()));
        if status.is_redirection() {
            return LlmError::Redirected;
        }
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk[..chunk.len().min(ERROR_BYTES_MAX - body.len())]);
            if body.len() >= ERROR_BYTES_MAX {
                break;
            }
        }
        let mut complaint = match serde_json::from_slice::<Value>(&body) {
            Ok(value) => dialect(self.endpoint.dialect).complaint(&value),
            Err(_) => Complaint::default(),
        };
        if complaint.message.is_empty() {
            complaint.message = status.canonical_reason().unwrap_or("no reason given").to_owned();
        }
        self.scrub(&mut complaint.message);
        complaint.retry_after = asked.or(complaint.retry_after);
        error(status.as_u16(), complaint)
    }

    /// Everything of a call but its patience for the whole.
    async fn call(&self, request: &Request, told: &mut Listener<'_>) -> Result<Draft, LlmError> {
        let speaks = dialect(self.endpoint.dialect);
        let Patience { first_token, between_tokens, .. } = request.patience;
        let late = |stage| move |_| LlmError::TimedOut(stage);
        let mut deadline = (Instant::now() + first_token, Stage::FirstToken);
        let mut response = timeout_at(deadline.0, async {
            let response = self.send(speaks.post(&self.endpoint, request)).await?;
            if response.status() == StatusCode::OK { Ok(response) } else { Err(self.refusal(response).await) }
        })
        .await
        .map_err(late(deadline.1))??;
        let (mut draft, mut reader, mut whole, mut bytes) = (Draft::default(), sse::Reader::default(), Vec::new(), 0);
        let mut circles = Circles::default();
        let mut ended = false;
        'stream: while !ended {
            let chunk = timeout_at(deadline.0, response.chunk()).await.map_err(late(deadline.1))?;
            let Some(chunk) = chunk.map_err(|e| self.lost(&e))? else { break };
            bytes += chunk.len();
            if bytes > ANSWER_BYTES_MAX {
                return Err(LlmError::TooLarge { most: ANSWER_BYTES_MAX });
            }
            if !self.endpoint.streaming {
                whole.extend_from_slice(&chunk);
                continue;
            }
            for event in reader.read(&chunk)? {
                match speaks.hear(&mut draft, &event).map_err(|e| self.scrubbed(e))? {
                    Heard::Nothing => continue,
                    Heard::Thought => {}
                    Heard::Text(piece) => {
                        told(&piece);
                        draft.text.push_str(&piece);
                        if circles.found_in(&draft.text) {
                            return Err(LlmError::Broken("it goes in circles".into()));
                        }
                    }
                    Heard::Done => {
                        ended = true;
                        continue 'stream;
                    }
                }
                deadline = (Instant::now() + between_tokens, Stage::BetweenTokens);
            }
        }
        if !self.endpoint.streaming {
            let value = serde_json::from_slice(&whole).map_err(|_| LlmError::Broken("it is not JSON".into()))?;
            speaks.read(&mut draft, &value)?;
            told(&draft.text);
        } else if speaks.says_its_end() && !ended {
            return Err(LlmError::Broken("it has no end".into()));
        }
        Ok(draft)
    }

    fn scrubbed(&self, mut error: LlmError) -> LlmError {
        match &mut error {
            LlmError::Refused { message, .. }
            | LlmError::NotLetIn { message, .. }
            | LlmError::RateLimited { message, .. }
            | LlmError::Failed { message, .. } => self.scrub(message),
            _ => {}
        }
        error
    }
}

#[async_trait]
impl Provider for Remote {
    async fn generate(&self, request: &Request, told: &mut Listener<'_>) -> Result<Answer, LlmError> {
        let estimate = request.tokens_at_most();
        let needed = u64::from(estimate) + u64::from(request.output_tokens_max);
        if needed > u64::from(self.endpoint.context_tokens) {
            return Err(LlmError::ContextExceeded { needed, most: self.endpoint.context_tokens.into() });
        }
        let end = Instant::now() + request.patience.total;
        let draft = timeout_at(end, self.call(request, told)).await.map_err(|_| LlmError::TimedOut(Stage::Total))??;
        let finish = draft.finish.ok_or_else(|| LlmError::Broken("it has no end".into()))?;
        let told_at_least = request.tokens_at_least();
        if let Some(read) = draft.input.filter(|read| *read < told_at_least) {
            return Err(LlmError::PromptCut { read, told: told_at_least });
        }
        let output = draft.output.unwrap_or_else(|| u32::try_from(draft.text.len().div_ceil(3)).unwrap_or(u32::MAX));
        let usage = Usage { input: draft.input.unwrap_or(estimate), output };
        let model = draft.model.unwrap_or_else(|| self.endpoint.model.clone());
        Ok(Answer { text: draft.text, usage, finish, model })
    }
}

/// What a status and its complaint mean.
pub(super) fn error(status: u16, complaint: Complaint) -> LlmError {
    let Complaint { message, retry_after, too_long, rate_limited } = complaint;
    match (status, too_long) {
        (_, Some((needed, most))) => LlmError::ContextExceeded { needed, most },
        _ if rate_limited => LlmError::RateLimited { retry_after, message },
        (429, _) => LlmError::RateLimited { retry_after, message },
        (401..=403, _) => LlmError::NotLetIn { status, message },
        (408, _) => LlmError::Failed { status, retry_after, message },
        (400..=499, _) => LlmError::Refused { status, message },
        _ => LlmError::Failed { status, retry_after, message },
    }
}

/// Seconds, or a date, which is held against the provider's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text(header::RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = |text: &str| DateTime::parse_from_rfc2822(text).ok();
    let wait = date(asked)? - date(text(header::DATE)?)?;
    Some(wait.to_std().unwrap_or_default())
}

/// The innermost reason says what happened; those around it say that a request has failed.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        let check = |after: &str, date: Option<&str>, expected: Option<f64>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, after.parse().unwrap());
            if let Some(date) = date {
                headers.insert(header::DATE, date.parse().unwrap());
            }
            assert_eq!(retry_after(&headers).map(|wait| wait.as_secs_f64()), expected, "{after}");
        };
        let now = Some("Wed, 21 Oct 2026 07:28:00 GMT");
        check("30", None, Some(30.0));
        check("0.5", None, Some(0.5));
        check("-1", None, None);
        check("soon", now, None);
        check("Wed, 21 Oct 2026 07:28:30 GMT", now, Some(30.0));
        check("Wed, 21 Oct 2026 07:27:00 GMT", now, Some(0.0));
        check("Wed, 21 Oct 2026 07:28:30 GMT", None, None);
    }
}
