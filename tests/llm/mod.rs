//! The wires to language models, against a server that speaks each provider's format as its public documentation shows it.

mod anthropic;
mod gemini;
mod openai;
mod real;
pub mod server;
mod troubles;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tep::domain::Dialect;
use tep::llm::{Answer, AnswerSchema, Endpoint, LlmError, Message, Patience, Provider, Request, Speaker, connect};

use self::server::Server;

/// Long enough for any machine; a test in which it ends has failed.
pub const PATIENT: Patience = Patience {
    first_token: Duration::from_secs(60),
    between_tokens: Duration::from_secs(60),
    total: Duration::from_secs(60),
};

/// What proves who we are; it must never be seen in an error.
pub const KEY: &str = "sk-canary-8531";

pub fn endpoint(dialect: Dialect, server: &Server) -> Endpoint {
    let below = if dialect == Dialect::OpenaiCompatible { "/v1" } else { "" };
    Endpoint {
        dialect,
        base_url: format!("http://{}{below}", server.address).parse().unwrap(),
        model: "some-model".into(),
        key: Some(KEY.to_owned().into()),
        context_tokens: 8_192,
        streaming: true,
        connect: Duration::from_secs(60),
        proxy: None,
        authority: None,
    }
}

pub fn request() -> Request {
    Request {
        system: "You explain alarms.".into(),
        messages: vec![
            Message { speaker: Speaker::User, text: "Why is XMEAS_7 high?".into() },
            Message { speaker: Speaker::Model, text: "Cooling water.".into() },
            Message { speaker: Speaker::User, text: "Say it as JSON.".into() },
        ],
        schema: Some(AnswerSchema {
            name: "answer".into(),
            schema: json!({
                "type": "object",
                "properties": {"cause": {"type": "string", "maxLength": 40}},
                "required": ["cause"]
            }),
        }),
        output_tokens_max: 300,
        temperature: Some(0.5),
        patience: PATIENT,
    }
}

/// Asks, and gives back what was told on the way, too.
pub async fn ask(provider: &Arc<dyn Provider>, request: &Request) -> (Vec<String>, Result<Answer, LlmError>) {
    let mut told = Vec::new();
    let answer = provider.generate(request, &mut |piece: &str| told.push(piece.to_owned())).await;
    (told, answer)
}

/// Asks a server that answers so.
pub async fn asked(dialect: Dialect, script: Vec<server::Step>) -> (Vec<String>, Result<Answer, LlmError>) {
    let server = Server::start(vec![script]).await;
    let provider = connect(endpoint(dialect, &server)).unwrap();
    ask(&provider, &request()).await
}
