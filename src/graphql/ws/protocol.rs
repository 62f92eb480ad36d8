//! The messages of `graphql-transport-ws`.

use async_graphql::{Request, Response, ServerError};
use axum::extract::ws::Message;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ClientMessage {
    /// First of all; may carry `{"authorization": "Bearer …"}`.
    ConnectionInit {
        #[serde(default)]
        payload: Option<Value>,
    },
    /// Begins an operation.
    Subscribe { id: String, payload: Box<Request> },
    /// Ends an operation.
    Complete { id: String },
    /// Asks whether we are there; may carry a fresh `{"authorization": "Bearer …"}`.
    Ping {
        #[serde(default)]
        payload: Option<Value>,
    },
    /// Is there.
    Pong {},
}

/// What we say.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage<'a> {
    /// Welcome.
    ConnectionAck,
    /// An answer of an operation.
    Next { id: &'a str, payload: &'a Response },
    /// The operation could not begin, and is over.
    Error { id: &'a str, payload: &'a [ServerError] },
    /// The operation is over.
    Complete { id: &'a str },
    /// Are you there?
    Ping,
    /// We are.
    Pong,
}

impl ServerMessage<'_> {
    /// As it travels.
    pub fn to_message(&self) -> Message {
        Message::text(serde_json::to_string(self).expect("maps with text keys always serialise"))
    }
}

/// The token of a payload `{"authorization": "Bearer …"}`.
pub(super) fn bearer(payload: Option<&Value>) -> Option<&str> {
    let text = payload?.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case("authorization"))?.1.as_str()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_of_the_protocol_are_understood() {
        for text in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":null}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ viewer { name } }"}}"#,
            r#"{"type":"complete","id":"1"}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"pong","payload":{}}"#,
        ] {
            assert!(serde_json::from_str::<ClientMessage>(text).is_ok(), "{text}");
        }
        assert!(serde_json::from_str::<ClientMessage>(r#"{"type":"start","id":"1"}"#).is_err());
    }

    #[test]
    fn a_token_is_found_whatever_its_case() {
        let payload = serde_json::json!({ "Authorization": "bearer x.y.z" });
        assert_eq!(bearer(Some(&payload)), Some("x.y.z"));
        assert_eq!(bearer(Some(&Value::Null)), None);
        assert_eq!(bearer(None), None);
    }
}
