//! Gemini, as documented under `ai.google.dev/api`: `generateContent`, `streamGenerateContent`, errors of `google.rpc`.

use std::time::Duration;

use serde_json::json;
use tep::domain::{Dialect, Usage};
use tep::llm::{Endpoint, Finish, LlmError, connect};

use super::server::{Server, reply, stream};
use super::{KEY, ask, asked, endpoint, request};

const EVENTS: &str = "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"Weighing …\",\"thought\":true}]},\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":31,\"totalTokenCount\":31},\"modelVersion\":\"gemini-x\",\"responseId\":\"r1\"}\r\n\r\n\
data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"{\\\"cause\\\":\"}]},\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":31,\"candidatesTokenCount\":3,\"thoughtsTokenCount\":40,\"totalTokenCount\":74},\"modelVersion\":\"gemini-x\",\"responseId\":\"r1\"}\r\n\r\n\
data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"\\\"valve\\\"\"},{\"text\":\"}\"}]},\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":31,\"candidatesTokenCount\":7,\"thoughtsTokenCount\":40,\"totalTokenCount\":78},\"modelVersion\":\"gemini-x\",\"responseId\":\"r1\"}\r\n\r\n";

#[tokio::test]
async fn a_stream_is_read_piece_by_piece() {
    let server = Server::start(vec![stream(EVENTS)]).await;
    let provider = connect(endpoint(Dialect::Gemini, &server)).unwrap();
    let (told, answer) = ask(&provider, &request()).await;
    let answer = answer.unwrap();
    assert_eq!(told, ["{\"cause\":", "\"valve\"}"]);
    assert_eq!(answer.usage, Usage { input: 31, output: 47 });
    assert_eq!((answer.finish, answer.model.as_str()), (Finish::Complete, "gemini-x"));

    let heard = server.heard().remove(0);
    let line = "POST /v1beta/models/some-model:streamGenerateContent?alt=sse HTTP/1.1\r\n";
    assert!(heard.head.starts_with(line), "{}", heard.head);
    assert!(heard.head.contains(&format!("x-goog-api-key: {KEY}\r\n")), "{}", heard.head);
    let expected = json!({
        "systemInstruction": {"parts": [{"text": "You explain alarms."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Why is XMEAS_7 high?"}]},
            {"role": "model", "parts": [{"text": "Cooling water."}]},
            {"role": "user", "parts": [{"text": "Say it as JSON."}]}
        ],
        "generationConfig": {
            "maxOutputTokens": 300,
            "temperature": 0.5,
            "responseMimeType": "application/json",
            "responseJsonSchema": {
                "type": "object",
                "properties": {"cause": {"type": "string", "maxLength": 40}},
                "required": ["cause"]
            }
        }
    });
    assert_eq!(heard.body, expected);
}

#[tokio::test]
async fn an_answer_in_one_piece_is_read_too() {
    let body = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"So it is."}]},"finishReason":"MAX_TOKENS","index":0}],"usageMetadata":{"promptTokenCount":15,"candidatesTokenCount":6,"totalTokenCount":21},"modelVersion":"gemini-x","responseId":"r2"}"#;
    let server = Server::start(vec![reply("200 OK", "", body)]).await;
    let whole = Endpoint { streaming: false, ..endpoint(Dialect::Gemini, &server) };
    let (_, answer) = ask(&connect(whole).unwrap(), &request()).await;
    let answer = answer.unwrap();
    assert_eq!((answer.text.as_str(), answer.finish), ("So it is.", Finish::Length));
    assert!(server.heard()[0].head.starts_with("POST /v1beta/models/some-model:generateContent HTTP/1.1"));
}

#[tokio::test]
async fn each_error_is_told_for_what_it_is() {
    let error = async |status: &str, code: u16, name: &str, message: &str| {
        let details = json!([
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": []},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
        ]);
        let error = json!({"code": code, "message": message, "status": name, "details": details});
        let body = json!({"error": error}).to_string();
        asked(Dialect::Gemini, reply(status, "", &body)).await.1.unwrap_err()
    };
    let limited = error("429 Too Many Requests", 429, "RESOURCE_EXHAUSTED", "quota").await;
    let wait = Duration::from_millis(34_500);
    assert!(
        matches!(&limited, LlmError::RateLimited { retry_after: Some(after), .. } if *after == wait),
        "{limited:?}"
    );
    let refused = error("400 Bad Request", 400, "INVALID_ARGUMENT", "no such field").await;
    assert!(matches!(refused, LlmError::Refused { status: 400, .. }));
    let long = "The input token count (40000) exceeds the maximum number of tokens allowed (32768).";
    let long = error("400 Bad Request", 400, "INVALID_ARGUMENT", long).await;
    assert!(matches!(long, LlmError::ContextExceeded { needed: 40_000, most: 32_768 }), "{long:?}");
    let stranger = error("403 Forbidden", 403, "PERMISSION_DENIED", "who are you").await;
    assert!(matches!(stranger, LlmError::NotLetIn { status: 403, .. }));
    let busy = error("503 Service Unavailable", 503, "UNAVAILABLE", "overloaded").await;
    assert!(matches!(busy, LlmError::Failed { status: 503, .. }));
}

#[tokio::test]
async fn what_the_provider_holds_back_is_said() {
    let blocked =
        "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"usageMetadata\":{\"promptTokenCount\":31}}\r\n\r\n";
    let (told, answer) = asked(Dialect::Gemini, stream(blocked)).await;
    assert!(told.is_empty());
    assert_eq!(answer.unwrap().finish, Finish::Withheld("SAFETY".into()));
}

#[tokio::test]
async fn a_stream_that_stops_before_its_end_is_broken() {
    let events: Vec<&str> = EVENTS.split_inclusive("\r\n\r\n").collect();
    let (told, answer) = asked(Dialect::Gemini, stream(&events[..2].concat())).await;
    assert_eq!(told, ["{\"cause\":"]);
    assert!(matches!(answer, Err(LlmError::Broken(_))), "{answer:?}");
    let error = "data: {\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n";
    let (_, answer) = asked(Dialect::Gemini, stream(&[events[0], error].concat())).await;
    assert!(matches!(answer, Err(LlmError::Failed { status: 503, .. })), "{answer:?}");
}
