//! Chat completions, as documented under `platform.openai.com`, with what llama.cpp and LM Studio say differently.

use serde_json::json;
use tep::domain::{Dialect, Usage};
use tep::llm::{Endpoint, Finish, LlmError, connect};

use super::server::{Server, reply, stream};
use super::{KEY, ask, asked, endpoint, request};

const EVENTS: &str = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795650917,"model":"gemma","choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795650917,"model":"gemma","choices":[{"index":0,"delta":{"reasoning_content":"Hm"},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795650917,"model":"gemma","choices":[{"index":0,"delta":{"content":"{\"cause\":"},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795650917,"model":"gemma","choices":[{"index":0,"delta":{"content":"\"pump\"}"},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795650917,"model":"gemma","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795650917,"model":"gemma","choices":[],"usage":{"prompt_tokens":26,"completion_tokens":8,"total_tokens":34}}

data: [DONE]

"#;

#[tokio::test]
async fn a_stream_is_read_piece_by_piece() {
    let server = Server::start(vec![stream(EVENTS)]).await;
    let provider = connect(endpoint(Dialect::OpenaiCompatible, &server)).unwrap();
    let (told, answer) = ask(&provider, &request()).await;
    let answer = answer.unwrap();
    assert_eq!(told, ["{\"cause\":", "\"pump\"}"]);
    assert_eq!(answer.usage, Usage { input: 26, output: 8 });
    assert_eq!((answer.finish, answer.model.as_str()), (Finish::Complete, "gemma"));

    let heard = server.heard().remove(0);
    assert!(heard.head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{}", heard.head);
    assert!(heard.head.contains(&format!("authorization: Bearer {KEY}\r\n")), "{}", heard.head);
    let expected = json!({
        "model": "some-model",
        "messages": [
            {"role": "system", "content": "You explain alarms."},
            {"role": "user", "content": "Why is XMEAS_7 high?"},
            {"role": "assistant", "content": "Cooling water."},
            {"role": "user", "content": "Say it as JSON."}
        ],
        "max_tokens": 300,
        "stream": true,
        "stream_options": {"include_usage": true},
        "temperature": 0.5,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": {
            "type": "object",
            "properties": {"cause": {"type": "string", "maxLength": 40}},
            "required": ["cause"]
        }}}
    });
    assert_eq!(heard.body, expected);
}

#[tokio::test]
async fn a_local_server_needs_no_key_and_may_answer_in_one_piece() {
    let body = r#"{"id":"chatcmpl-2","object":"chat.completion","created":1795650912,"model":"gemma","choices":[{"index":0,"message":{"role":"assistant","content":"So it is."},"finish_reason":"length"}],"usage":{"prompt_tokens":37,"completion_tokens":60,"total_tokens":97}}"#;
    let server = Server::start(vec![reply("200 OK", "", body)]).await;
    let whole = Endpoint { streaming: false, key: None, ..endpoint(Dialect::OpenaiCompatible, &server) };
    let (told, answer) = ask(&connect(whole).unwrap(), &request()).await;
    let answer = answer.unwrap();
    assert_eq!((told, answer.finish), (vec!["So it is.".to_owned()], Finish::Length));
    let heard = server.heard().remove(0);
    assert!(!heard.head.contains("authorization"), "{}", heard.head);
    assert!(heard.body.get("stream_options").is_none());
}

#[tokio::test]
async fn each_error_is_told_for_what_it_is() {
    let error =
        async |status: &str, body: &str| asked(Dialect::OpenaiCompatible, reply(status, "", body)).await.1.unwrap_err();
    let llama = r#"{"error":{"code":400,"message":"request (3024 tokens) exceeds the available context size (2048 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":3024,"n_ctx":2048}}"#;
    let long = error("400 Bad Request", llama).await;
    assert!(matches!(long, LlmError::ContextExceeded { needed: 3_024, most: 2_048 }), "{long:?}");
    let openai = r#"{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#;
    let long = error("400 Bad Request", openai).await;
    assert!(matches!(long, LlmError::ContextExceeded { needed: 9_000, most: 8_192 }), "{long:?}");
    let studio = error("404 Not Found", r#"{"error":"Model not loaded"}"#).await;
    assert!(
        matches!(&studio, LlmError::Refused { status: 404, message } if message == "Model not loaded"),
        "{studio:?}"
    );
    let stranger =
        format!(r#"{{"error":{{"message":"Incorrect API key provided: {KEY}.","code":"invalid_api_key"}}}}"#);
    let stranger = error("401 Unauthorized", &stranger).await;
    assert!(matches!(stranger, LlmError::NotLetIn { status: 401, .. }) && !stranger.to_string().contains(KEY));
    let limited =
        error("429 Too Many Requests", r#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#).await;
    assert!(matches!(limited, LlmError::RateLimited { retry_after: None, .. }));
    let loading = error("503 Service Unavailable", r#"{"error":{"code":503,"message":"Loading model"}}"#).await;
    assert!(matches!(&loading, LlmError::Failed { status: 503, message, .. } if message == "Loading model"));
    let page = error("502 Bad Gateway", "<html>nginx</html>").await;
    assert!(matches!(&page, LlmError::Failed { status: 502, message, .. } if message == "Bad Gateway"), "{page:?}");
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_stream_is_an_error() {
    let first: String = EVENTS.split_inclusive("\n\n").take(3).collect();
    let error = "data: {\"error\":{\"code\":500,\"message\":\"slot lost\",\"type\":\"server_error\"}}\n\n";
    let (told, answer) = asked(Dialect::OpenaiCompatible, stream(&format!("{first}{error}"))).await;
    assert_eq!(told, ["{\"cause\":"]);
    assert!(matches!(answer, Err(LlmError::Failed { status: 500, .. })), "{answer:?}");
    let (_, answer) = asked(Dialect::OpenaiCompatible, stream(&first)).await;
    assert!(matches!(answer, Err(LlmError::Broken(_))), "{answer:?}");
}
