//! What goes wrong on the way, whatever the provider: late, slow, broken off, nonsense, too much, elsewhere, nobody there.

use std::time::Duration;

use tep::domain::Dialect;
use tep::explain::Outcome;
use tep::llm::{Endpoint, LlmError, Patience, Request, Stage, connect};
use tokio::sync::mpsc;

use super::server::{Server, Step, chunk, reply, stream, stream_end, stream_head};
use super::{PATIENT, ask, asked, endpoint, request};

const PIECE: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"piece\"},\"finish_reason\":null}]}\n\n";
const SHORT: Duration = Duration::from_millis(200);
const LOCAL: Dialect = Dialect::OpenaiCompatible;

async fn with_patience(patience: Patience, script: Vec<Step>) -> (Server, LlmError) {
    let server = Server::start(vec![script]).await;
    let provider = connect(endpoint(LOCAL, &server)).unwrap();
    let (_, answer) = ask(&provider, &Request { patience, ..request() }).await;
    (server, answer.unwrap_err())
}

#[tokio::test]
async fn each_stage_has_its_patience_and_the_socket_is_closed() {
    let first = Patience { first_token: SHORT, ..PATIENT };
    let between = Patience { between_tokens: SHORT, ..PATIENT };
    let total = Patience { total: SHORT, ..PATIENT };
    let pings = format!(": ping\n\n{}", ": ping\n\n".repeat(3));
    for (patience, script, stage) in [
        (first, vec![Step::Hold], Stage::FirstToken),
        (first, vec![stream_head(), Step::Hold], Stage::FirstToken),
        (first, vec![stream_head(), chunk(&pings), Step::Hold], Stage::FirstToken),
        (between, vec![stream_head(), chunk(PIECE), Step::Hold], Stage::BetweenTokens),
        (between, vec![stream_head(), chunk(PIECE), chunk(&pings), Step::Hold], Stage::BetweenTokens),
        (total, vec![stream_head(), chunk(PIECE), Step::Hold], Stage::Total),
    ] {
        let (server, error) = with_patience(patience, script).await;
        assert!(matches!(&error, LlmError::TimedOut(at) if *at == stage), "{stage:?}: {error:?}");
        assert_eq!(error.outcome(), Outcome::Hard { retry_after: None });
        server.clients_gone(1).await;
    }
}

#[tokio::test]
async fn slow_bytes_are_no_sign_of_life() {
    let patience = Patience { between_tokens: SHORT, ..PATIENT };
    let letters = Step::Trickle(format!("{:x}\r\n{PIECE}", PIECE.len()), Duration::from_millis(30));
    let (_, error) = with_patience(patience, vec![stream_head(), chunk(PIECE), letters]).await;
    assert!(matches!(error, LlmError::TimedOut(Stage::BetweenTokens)), "{error:?}");
}

#[tokio::test]
async fn dropping_a_call_closes_its_socket() {
    let server = Server::start(vec![vec![stream_head(), chunk(PIECE), Step::Hold]]).await;
    let provider = connect(endpoint(LOCAL, &server)).unwrap();
    let (tell, mut told) = mpsc::channel(4);
    let call = tokio::spawn(async move {
        provider.generate(&request(), &mut |piece: &str| drop(tell.try_send(piece.to_owned()))).await
    });
    assert_eq!(told.recv().await.as_deref(), Some("piece"));
    call.abort();
    server.clients_gone(1).await;
}

#[tokio::test]
async fn half_a_stream_and_garbage_are_broken() {
    for script in [
        vec![stream_head(), chunk(PIECE)],
        vec![stream_head(), chunk(PIECE), stream_end()],
        vec![stream_head(), Step::Say("zz\r\n".into())],
        stream("data: {\"choices\":[{\n\n"),
        stream("data: \"a text\"\n\n"),
        stream("no event at all"),
        reply("200 OK", "", "<html>a sign-in page</html>"),
        vec![Step::Say("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{".into())],
    ] {
        let (_, answer) = asked(LOCAL, script.clone()).await;
        assert!(matches!(answer, Err(LlmError::Broken(_))), "{script:?}: {answer:?}");
    }
    let (_, answer) = asked(LOCAL, vec![Step::Say("SSH-2.0-OpenSSH\r\n".into())]).await;
    assert!(matches!(answer, Err(LlmError::Unreachable(_))), "{answer:?}");
}

#[tokio::test]
async fn an_answer_that_goes_in_circles_is_not_read_to_its_end() {
    let mut script = vec![stream_head(), chunk(PIECE)];
    let zeros = chunk("data: {\"choices\":[{\"delta\":{\"content\":\"0000000000\"}}]}\n\n");
    script.extend(std::iter::repeat_n(zeros, 60));
    script.push(Step::Hold);
    let server = Server::start(vec![script]).await;
    let (_, answer) = ask(&connect(endpoint(LOCAL, &server)).unwrap(), &request()).await;
    assert!(matches!(&answer, Err(LlmError::Broken(why)) if why == "it goes in circles"), "{answer:?}");
    server.clients_gone(1).await;
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read_to_its_end() {
    let text: String = (0..100_000).map(|number| format!("{number} ")).collect();
    let piece = chunk(&format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"));
    let mut script = vec![stream_head()];
    script.extend(std::iter::repeat_n(piece, 8));
    script.push(Step::Hold);
    let (_, answer) = asked(LOCAL, script).await;
    assert!(matches!(answer, Err(LlmError::TooLarge { most: 4_194_304 })), "{:?}", answer.err());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(vec![stream(PIECE)]).await;
    let to = format!("location: http://{}/v1/chat/completions\r\n", elsewhere.address);
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let (_, answer) = asked(LOCAL, reply(status, &to, "")).await;
        assert!(matches!(answer, Err(LlmError::Redirected)), "{status}: {answer:?}");
    }
    assert!(elsewhere.heard().is_empty());
}

#[tokio::test]
async fn what_does_not_fit_is_not_sent() {
    let server = Server::start(vec![stream(PIECE)]).await;
    let small = Endpoint { context_tokens: 330, ..endpoint(LOCAL, &server) };
    let (_, answer) = ask(&connect(small).unwrap(), &request()).await;
    assert!(matches!(answer, Err(LlmError::ContextExceeded { most: 330, .. })), "{answer:?}");
    assert!(server.heard().is_empty());
}

#[tokio::test]
async fn a_server_that_has_read_less_than_it_was_told_is_found_out() {
    let events = "data: {\"choices\":[{\"delta\":{\"content\":\"sure\"},\"finish_reason\":\"stop\"}]}\n\n\
        data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n";
    let server = Server::start(vec![stream(events)]).await;
    let provider = connect(endpoint(LOCAL, &server)).unwrap();
    let long = Request { system: "reactor pressure ".repeat(100), ..request() };
    let (_, answer) = ask(&provider, &long).await;
    assert!(matches!(answer, Err(LlmError::PromptCut { read: 20, .. })), "{answer:?}");
}

#[tokio::test]
async fn nobody_there_is_told_at_once() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = Server::start(vec![stream(PIECE)]).await;
    let nobody = Endpoint { base_url: format!("http://{closed}/v1").parse().unwrap(), ..endpoint(LOCAL, &server) };
    let (_, answer) = ask(&connect(nobody).unwrap(), &request()).await;
    assert!(matches!(answer, Err(LlmError::Unreachable(_))), "{answer:?}");
}
