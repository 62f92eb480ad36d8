//! Documents over WebSocket, in the protocol `graphql-transport-ws`.
//!
//! One task a socket. It reads the client's next message, or the next answer of an operation, whichever comes first, and
//! writes before it looks for more: a client that reads slowly slows only itself, and one that does not read at all is
//! closed with a reason.

mod close;
mod protocol;
mod session;

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;

use self::close::Close;
use self::session::Session;
use super::Api;
use super::caller::comes_from_another_page;
use super::error::{ApiError, ErrorCode};
use super::http::{Named, Server, refusal};
use super::scope::Visitor;
use crate::config::bounds;
use crate::telemetry::events;

/// The only protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";

/// Longest message of a client.
const MESSAGE_BYTES_MAX: usize = bounds::SOCKET_MESSAGE.most;

/// A client that takes longer to take one message cannot keep up.
const SEND_MAX: Duration = Duration::from_secs(10);

/// Opens a socket.
pub(super) async fn open(
    State(server): State<Server>,
    named: Named,
    visitor: Visitor,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if comes_from_another_page(&headers) {
        let error = ApiError::new(ErrorCode::Forbidden, "this socket is opened by a page of another address");
        return refusal(StatusCode::FORBIDDEN, error);
    }
    let api = match server.api(&named, &visitor) {
        Ok(api) => api.clone(),
        Err((status, error)) => return refusal(status, error),
    };
    let Ok(permit) = server.streams.clone().try_acquire_owned() else {
        let error = ApiError::limit("STREAMS", "too many streams are open; close one, or try again later");
        return refusal(StatusCode::SERVICE_UNAVAILABLE, error);
    };
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(MESSAGE_BYTES_MAX);
    let speaks = upgrade.selected_protocol().is_some();
    upgrade.on_upgrade(move |socket| async move {
        events::socket_opened();
        let close = if speaks { serve(socket, server, api, visitor).await } else { refuse(socket).await };
        events::socket_closed(close.name, close.code);
        drop(permit);
    })
}

async fn refuse(mut socket: WebSocket) -> Close {
    say_goodbye(&mut socket, &Close::PROTOCOL).await;
    Close::PROTOCOL
}

async fn serve(socket: WebSocket, server: Server, api: Api, visitor: Visitor) -> Close {
    let (mut sink, mut stream) = socket.split();
    let mut session = Session::new(server, api, visitor);
    let close = loop {
        let turn = tokio::select! {
            message = stream.next() => session.hear(message).await,
            turn = session.speak() => turn,
        };
        match turn {
            Ok(messages) => {
                if let Err(close) = send_all(&mut sink, messages).await {
                    break close;
                }
            }
            Err(close) => break close,
        }
    };
    drop(session);
    let frame = CloseFrame { code: close.code, reason: close.reason.into() };
    // Whoever does not read any more does not read this either.
    drop(timeout(SEND_MAX, sink.send(Message::Close(Some(frame)))).await);
    close
}

async fn send_all<S>(sink: &mut S, messages: Vec<Message>) -> Result<(), Close>
where
    S: SinkExt<Message> + Unpin,
{
    for message in messages {
        match timeout(SEND_MAX, sink.send(message)).await {
            Err(_) => return Err(Close::TOO_SLOW),
            Ok(Err(_)) => return Err(Close::GONE),
            Ok(Ok(())) => {}
        }
    }
    Ok(())
}

async fn say_goodbye(socket: &mut WebSocket, close: &Close) {
    let frame = CloseFrame { code: close.code, reason: close.reason.into() };
    drop(timeout(SEND_MAX, socket.send(Message::Close(Some(frame)))).await);
}
