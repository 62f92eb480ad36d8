//! One socket's conversation.

use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use async_graphql::{Request, Response, Value};
use axum::extract::ws::Message;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, stream};
use tokio::time::{Instant, sleep_until};
use tokio_stream::StreamMap;

use super::close::Close;
use super::protocol::{ClientMessage, ServerMessage, bearer};
use crate::config::bounds;
use crate::graphql::Api;
use crate::graphql::error::ApiError;
use crate::graphql::http::Server;
use crate::graphql::scope::Visitor;
use crate::security::SessionEnd;

/// `connection_init` must come within this time.
const INIT_MAX: Duration = Duration::from_secs(10);

/// After so long a silence we ask whether the client is there.
const PING_EVERY: Duration = Duration::from_secs(15);

/// After so long a silence it is not.
const SILENCE_MAX: Duration = Duration::from_secs(40);

/// Most operations at once on one socket.
const OPERATIONS_MAX: usize = bounds::OPERATIONS.most;

/// What is to be sent, or why the socket is closed.
pub(super) type Turn = Result<Vec<Message>, Close>;

/// One socket's conversation.
pub(super) struct Session {
    server: Server,
    /// The plant that the socket's address names.
    api: Api,
    visitor: Visitor,
    begun: bool,
    opened_at: Instant,
    heard_at: Instant,
    ping_at: Instant,
    operations: StreamMap<String, Pin<Box<Operation>>>,
    /// Comes back when TEP stops.
    stopping: BoxFuture<'static, ()>,
    /// Comes back when the signed-in session ends.
    ended: BoxFuture<'static, SessionEnd>,
}

/// The answers of an operation, and `None` after the last one.
type Operation = BoxStream<'static, Option<Response>>;

impl Session {
    /// A conversation that has not begun.
    pub fn new(server: Server, api: Api, visitor: Visitor) -> Self {
        let now = Instant::now();
        Self {
            stopping: server.stopping().boxed(),
            server,
            api,
            visitor,
            begun: false,
            opened_at: now,
            heard_at: now,
            ping_at: now + PING_EVERY,
            operations: StreamMap::new(),
            ended: pending().boxed(),
        }
    }

    /// What the client has said.
    pub async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Turn {
        self.heard_at = Instant::now();
        self.ping_at = self.heard_at + PING_EVERY;
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(Vec::new()),
            Some(Ok(Message::Binary(_))) => return Err(Close::BAD_MESSAGE),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Close::GONE),
        };
        match serde_json::from_str(&text).map_err(|_| Close::BAD_MESSAGE)? {
            ClientMessage::ConnectionInit { payload } => self.begin(bearer(payload.as_ref())).await,
            ClientMessage::Subscribe { id, payload } => self.subscribe(id, *payload),
            ClientMessage::Complete { id } => {
                self.operations.remove(&id);
                Ok(Vec::new())
            }
            ClientMessage::Ping { payload } => self.pong(bearer(payload.as_ref())).await,
            ClientMessage::Pong {} => Ok(Vec::new()),
        }
    }

    /// What is to be said without being asked: answers, signs of life, and the end.
    pub async fn speak(&mut self) -> Turn {
        let init_due = self.opened_at + INIT_MAX;
        let silent_at = self.heard_at + SILENCE_MAX;
        tokio::select! {
            biased;
            () = &mut self.stopping => Err(Close::STOPPING),
            _ = &mut self.ended => Err(Close::SESSION_OVER),
            () = sleep_until(init_due), if !self.begun => Err(Close::INIT_TIMEOUT),
            () = sleep_until(silent_at) => Err(Close::SILENT),
            () = sleep_until(self.ping_at) => {
                self.ping_at = Instant::now() + PING_EVERY;
                Ok(vec![ServerMessage::Ping.to_message()])
            }
            Some((id, answer)) = self.operations.next(), if !self.operations.is_empty() => Ok(self.answer(&id, answer)),
        }
    }

    async fn begin(&mut self, token: Option<&str>) -> Turn {
        if std::mem::replace(&mut self.begun, true) {
            return Err(Close::TOO_MANY_INITS);
        }
        self.sign_in(token).await?;
        Ok(vec![ServerMessage::ConnectionAck.to_message()])
    }

    /// A fresh token replaces the old one without a new socket; that of somebody else does not.
    async fn pong(&mut self, token: Option<&str>) -> Turn {
        if self.begun && token.is_some() {
            let before = self.visitor.principal.as_ref().map(|who| who.user);
            self.sign_in(token).await?;
            if self.visitor.principal.as_ref().map(|who| who.user) != before {
                return Err(Close::FORBIDDEN);
            }
        }
        Ok(vec![ServerMessage::Pong.to_message()])
    }

    async fn sign_in(&mut self, token: Option<&str>) -> Result<(), Close> {
        if let Some(token) = token {
            let principal = self.server.gate.authenticate(token).await.map_err(|_| Close::FORBIDDEN)?;
            self.visitor.principal = Some(principal);
        }
        let principal = self.visitor.principal.clone().ok_or(Close::FORBIDDEN)?;
        let gate = self.server.gate.clone();
        self.ended = async move { gate.ended(&principal).await }.boxed();
        Ok(())
    }

    fn subscribe(&mut self, id: String, document: Request) -> Turn {
        if !self.begun {
            return Err(Close::UNAUTHORIZED);
        }
        if self.operations.contains_key(&id) {
            return Err(Close::DUPLICATE);
        }
        if self.operations.len() >= OPERATIONS_MAX {
            let error = ApiError::limit("OPERATIONS", format!("at most {OPERATIONS_MAX} operations on one socket"));
            let errors = [error.into_server_error()];
            return Ok(vec![ServerMessage::Error { id: &id, payload: &errors }.to_message()]);
        }
        let answers = self.server.schema.execute_stream(document, self.api.clone(), self.visitor.clone());
        let until_over = answers.map(Some).chain(stream::iter([None])).boxed();
        self.operations.insert(id, Box::pin(until_over));
        Ok(Vec::new())
    }

    fn answer(&mut self, id: &str, answer: Option<Response>) -> Vec<Message> {
        match answer {
            Some(answer) if could_not_begin(&answer) => {
                self.operations.remove(id);
                vec![ServerMessage::Error { id, payload: &answer.errors }.to_message()]
            }
            Some(answer) => vec![ServerMessage::Next { id, payload: &answer }.to_message()],
            None => {
                self.operations.remove(id);
                vec![ServerMessage::Complete { id }.to_message()]
            }
        }
    }
}

/// Errors without any data: nothing more will come.
fn could_not_begin(answer: &Response) -> bool {
    !answer.errors.is_empty() && answer.data == Value::Null
}
