//! Anthropic Messages, as documented under `docs.anthropic.com`: streaming, structured outputs, errors.

use std::time::Duration;

use serde_json::json;
use tep::domain::{Dialect, Usage};
use tep::llm::{Endpoint, Finish, LlmError, connect};

use super::server::{Server, reply, stream};
use super::{KEY, ask, asked, endpoint, request};

const EVENTS: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","content":[],"model":"claude-x-20260101","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":0,"cache_read_input_tokens":10,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Cooling …"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: ping
data: {"type": "ping"}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"{\"cause\":"}}

event: a_kind_of_tomorrow
data: {"type":"a_kind_of_tomorrow"}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"\"cooling, 20 °C\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15}}

event: message_stop
data: {"type":"message_stop"}

"#;

#[tokio::test]
async fn a_stream_is_read_piece_by_piece() {
    let server = Server::start(vec![stream(EVENTS)]).await;
    let provider = connect(endpoint(Dialect::Anthropic, &server)).unwrap();
    let (told, answer) = ask(&provider, &request()).await;
    let answer = answer.unwrap();
    assert_eq!(told, ["{\"cause\":", "\"cooling, 20 °C\"}"]);
    assert_eq!(answer.text, "{\"cause\":\"cooling, 20 °C\"}");
    assert_eq!(answer.usage, Usage { input: 35, output: 15 });
    assert_eq!((answer.finish, answer.model.as_str()), (Finish::Complete, "claude-x-20260101"));

    let heard = server.heard().remove(0);
    assert!(heard.head.starts_with("POST /v1/messages HTTP/1.1\r\n"), "{}", heard.head);
    assert!(heard.head.contains("anthropic-version: 2023-06-01\r\n"), "{}", heard.head);
    assert!(heard.head.contains(&format!("x-api-key: {KEY}\r\n")), "{}", heard.head);
    let expected = json!({
        "model": "some-model",
        "max_tokens": 300,
        "system": "You explain alarms.",
        "messages": [
            {"role": "user", "content": "Why is XMEAS_7 high?"},
            {"role": "assistant", "content": "Cooling water."},
            {"role": "user", "content": "Say it as JSON."}
        ],
        "stream": true,
        "temperature": 0.5,
        "output_config": {"format": {"type": "json_schema", "schema": {
            "type": "object",
            "properties": {"cause": {"type": "string"}},
            "required": ["cause"],
            "additionalProperties": false
        }}}
    });
    assert_eq!(heard.body, expected);
}

#[tokio::test]
async fn an_answer_in_one_piece_is_read_too() {
    let body = r#"{"id":"msg_01","type":"message","role":"assistant","model":"claude-x","content":[{"type":"text","text":"So "},{"type":"text","text":"it is."}],"stop_reason":"max_tokens","usage":{"input_tokens":12,"output_tokens":6}}"#;
    let server = Server::start(vec![reply("200 OK", "", body)]).await;
    let whole = Endpoint { streaming: false, ..endpoint(Dialect::Anthropic, &server) };
    let (told, answer) = ask(&connect(whole).unwrap(), &request()).await;
    let answer = answer.unwrap();
    assert_eq!((told, answer.text.as_str()), (vec!["So it is.".to_owned()], "So it is."));
    assert_eq!((answer.finish, answer.usage), (Finish::Length, Usage { input: 12, output: 6 }));
    assert_eq!(server.heard()[0].body["stream"], false);
}

#[tokio::test]
async fn each_error_is_told_for_what_it_is() {
    let body = |kind: &str, message: &str| {
        json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_01"}).to_string()
    };
    let error = async |status: &str, headers: &str, kind: &str, message: &str| {
        let (told, answer) = asked(Dialect::Anthropic, reply(status, headers, &body(kind, message))).await;
        assert!(told.is_empty());
        answer.unwrap_err()
    };
    let refused = error("400 Bad Request", "", "invalid_request_error", "max_tokens: Field required").await;
    assert!(matches!(&refused, LlmError::Refused { status: 400, message } if message == "max_tokens: Field required"));
    let too_long = "prompt is too long: 210000 tokens > 200000 maximum";
    let too_long = error("400 Bad Request", "", "invalid_request_error", too_long).await;
    assert!(matches!(too_long, LlmError::ContextExceeded { needed: 210_000, most: 200_000 }));
    let stranger = error("401 Unauthorized", "", "authentication_error", &format!("invalid x-api-key {KEY}")).await;
    assert!(matches!(&stranger, LlmError::NotLetIn { status: 401, .. }));
    assert!(!stranger.to_string().contains(KEY) && stranger.to_string().contains("[redacted]"), "{stranger}");
    let forbidden = error("403 Forbidden", "", "permission_error", "no access").await;
    assert!(matches!(forbidden, LlmError::NotLetIn { status: 403, .. }));
    let limited = error("429 Too Many Requests", "retry-after: 30\r\n", "rate_limit_error", "slow down").await;
    assert!(
        matches!(&limited, LlmError::RateLimited { retry_after: Some(after), .. } if *after == Duration::from_secs(30))
    );
    let internal = error("500 Internal Server Error", "", "api_error", "oops").await;
    assert!(matches!(internal, LlmError::Failed { status: 500, retry_after: None, .. }));
    let overloaded = error("529 Site Overloaded", "retry-after: 5\r\n", "overloaded_error", "Overloaded").await;
    assert!(matches!(&overloaded, LlmError::Failed { status: 529, retry_after: Some(_), .. }));
    let longest = error("500 Internal Server Error", "", "api_error", &"ä".repeat(5_000)).await;
    assert!(longest.to_string().chars().count() < 400, "{longest}");
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_stream_is_an_error() {
    let events = r#"event: message_start
data: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":25,"output_tokens":1}}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"half"}}

event: error
data: {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

"#;
    let (told, answer) = asked(Dialect::Anthropic, stream(events)).await;
    assert_eq!(told, ["half"]);
    assert!(matches!(answer, Err(LlmError::Failed { status: 529, .. })), "{answer:?}");
}

#[tokio::test]
async fn what_the_provider_holds_back_is_said() {
    let events = EVENTS.replace("end_turn", "refusal");
    let (_, answer) = asked(Dialect::Anthropic, stream(&events)).await;
    assert_eq!(answer.unwrap().finish, Finish::Withheld("refusal".into()));
}

#[tokio::test]
async fn a_stream_that_stops_before_its_end_is_broken() {
    for until in ["event: message_stop", "event: message_delta", "event: content_block_stop"] {
        let half = EVENTS.split(until).next().unwrap();
        let (_, answer) = asked(Dialect::Anthropic, stream(half)).await;
        assert!(matches!(answer, Err(LlmError::Broken(_))), "{until}: {answer:?}");
    }
}
