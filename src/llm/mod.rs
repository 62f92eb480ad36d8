//! The wires to language models: Anthropic Messages, Gemini `generateContent`, and whatever speaks the chat completions of
//! OpenAI (LM Studio, llama.cpp and many others).
//!
//! A [`Request`] is plain data and the same for all; a dialect turns it into what its provider wants to hear, and reads
//! the answer, as it comes, back into an [`Answer`]. Nothing here decides whether something may be sent: that is the broker's
//! affair. Dropping the future of a call closes its socket.
//!
//! What is refused and never mended in silence: a prompt that does not fit, a redirect, an answer without an end, an answer
//! that is too large or goes in circles, and a server that has read less than it was told.

mod anthropic;
mod circles;
mod error;
mod exchange;
mod gemini;
mod openai;
mod schema;
mod sse;
mod tokens;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::config::Secret;
use crate::domain::{Dialect, Usage};

pub use error::{LlmError, Stage};
pub use exchange::Remote;

/// Who has said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speaker {
    /// We, for the one who asks.
    User,
    /// The model, earlier.
    Model,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// By whom.
    pub speaker: Speaker,
    /// What.
    pub text: String,
}

/// The JSON schema that an answer is held to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerSchema {
    /// A name of letters, digits and underscores.
    pub name: String,
    /// The schema, of an object.
    pub schema: Value,
}

/// How long each stage of a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until something of the answer is there.
    pub first_token: Duration,
    /// From one piece of the answer to the next.
    pub between_tokens: Duration,
    /// For all of it.
    pub total: Duration,
}

/// What a model is asked. A prompt is data.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What it is told before anything else.
    pub system: String,
    /// The conversation; it ends with what we say.
    pub messages: Vec<Message>,
    /// What the answer is held to.
    pub schema: Option<AnswerSchema>,
    /// Most tokens of the answer.
    pub output_tokens_max: u32,
    /// How freely it chooses its words, 0…1; `None`: as its provider thinks best, which some models insist on.
    pub temperature: Option<f32>,
    /// How long it may take.
    pub patience: Patience,
}

impl Request {
    /// An estimate from above of the tokens that a model reads: what is estimated to fit, fits.
    pub fn tokens_at_most(&self) -> u32 {
        tokens::at_most(self)
    }

    /// An estimate from below: a server that claims to have read less has left something out.
    pub fn tokens_at_least(&self) -> u32 {
        tokens::at_least(self)
    }
}

/// Why an answer ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finish {
    /// It is complete.
    Complete,
    /// It has as many tokens as were allowed, and would go on.
    Length,
    /// The provider has held it back, with its word for why.
    Withheld(String),
}

/// What a model has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// In its words.
    pub text: String,
    /// What it has read and written; estimated where the provider does not tell.
    pub usage: Usage,
    /// Why it ends.
    pub finish: Finish,
    /// Which model has answered, as the provider calls it.
    pub model: String,
}

/// Where a model is, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Which language.
    pub dialect: Dialect,
    /// The address below which the calls of the language lie, for example `http://127.0.0.1:1234/v1`.
    pub base_url: Url,
    /// The model, as the provider calls it.
    pub model: String,
    /// What proves who we are.
    pub key: Option<Secret>,
    /// Most tokens of prompt and answer together.
    pub context_tokens: u32,
    /// Whether the answer is asked for piece by piece.
    pub streaming: bool,
    /// How long a connection may take.
    pub connect: Duration,
    /// A proxy on the way, for example `http://proxy.plant:3128`; none is taken from the environment.
    pub proxy: Option<Url>,
    /// Whom to trust beside the authorities of the machine, PEM.
    pub authority: Option<PathBuf>,
}

/// Who is told each piece of an answer as it comes.
pub type Listener<'a> = dyn FnMut(&str) + Send + 'a;

/// Someone who answers requests.
#[async_trait]
pub trait Provider: Send + Sync + fmt::Debug {
    /// Asks, and tells each piece of the answer as it comes. Dropping the future ends the call.
    ///
    /// # Errors
    /// When there is no whole answer; what was told until then is to be thrown away.
    async fn generate(&self, request: &Request, told: &mut Listener<'_>) -> Result<Answer, LlmError>;
}

/// The way to a model.
///
/// # Errors
/// When the address, the proxy or the authority makes no sense.
pub fn connect(endpoint: Endpoint) -> Result<Arc<dyn Provider>, LlmError> {
    Ok(Arc::new(Remote::new(endpoint)?))
}
