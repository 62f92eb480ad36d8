//! A real server: llama.cpp with a small model, which `scripts/with-llama` starts. What the model says is nonsense as likely
//! as not; what is tested is that a real server takes what we send, holds to the schema, streams, counts and lets go. It has
//! one place only, so the tests wait for one another there.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tep::domain::Dialect;
use tep::llm::{AnswerSchema, Endpoint, Finish, LlmError, Message, Patience, Provider, Request, Speaker, connect};
use tokio::sync::mpsc;

use super::ask;

/// The machine may be busy with everything else; the server runs at the lowest priority.
const PATIENT: Patience = Patience {
    first_token: Duration::from_secs(300),
    between_tokens: Duration::from_secs(120),
    total: Duration::from_secs(600),
};

fn model() -> std::sync::Arc<dyn Provider> {
    let url = std::env::var("TEP_TEST_LLM_URL").expect("run this by scripts/with-llama cargo test …");
    let endpoint = Endpoint {
        dialect: Dialect::OpenaiCompatible,
        base_url: url.parse().unwrap(),
        model: "gemma".into(),
        key: None,
        context_tokens: 1_000_000,
        streaming: true,
        connect: Duration::from_secs(60),
        proxy: None,
        authority: None,
    };
    connect(endpoint).unwrap()
}

fn request(text: &str, output_tokens_max: u32, schema: Option<Value>) -> Request {
    Request {
        system: "You explain alarms of a process plant. Answer on one line.".into(),
        messages: vec![Message { speaker: Speaker::User, text: text.into() }],
        schema: schema.map(|schema| AnswerSchema { name: "answer".into(), schema }),
        output_tokens_max,
        temperature: Some(0.0),
        patience: PATIENT,
    }
}

#[tokio::test]
#[ignore = "wants a real server of language models: scripts/with-llama"]
async fn a_real_server_holds_to_the_schema_and_streams() {
    let schema = json!({
        "type": "object",
        "properties": {
            "cause": {"enum": ["cooling water", "feed", "valve"]},
            "sure": {"type": "boolean"}
        },
        "required": ["cause", "sure"],
        "additionalProperties": false
    });
    let asked = request("Reactor pressure XMEAS_7 is high, 2895 kPa. Why?", 300, Some(schema));
    let (told, answer) = ask(&model(), &asked).await;
    let answer = answer.unwrap();
    assert!(told.len() > 1, "it came in {} pieces", told.len());
    assert_eq!(told.concat(), answer.text);
    assert_eq!(answer.finish, Finish::Complete);
    let value: Value = serde_json::from_str(&answer.text).unwrap();
    assert!(["cooling water", "feed", "valve"].map(Value::from).contains(&value["cause"]), "{value}");
    assert!(value["sure"].is_boolean(), "{value}");
    let (least, most) = (asked.tokens_at_least(), asked.tokens_at_most());
    assert!((least..=most).contains(&answer.usage.input), "{least} ≤ {} ≤ {most}", answer.usage.input);
    assert!(answer.usage.output > 3, "{:?}", answer.usage);
}

#[tokio::test]
#[ignore = "wants a real server of language models: scripts/with-llama"]
async fn a_real_server_refuses_what_does_not_fit_and_cuts_at_the_limit() {
    let (_, answer) = ask(&model(), &request(&"pressure ".repeat(3_000), 16, None)).await;
    assert!(matches!(answer, Err(LlmError::ContextExceeded { most: 1..4096, .. })), "{answer:?}");
    let (_, answer) = ask(&model(), &request("Count from 1 to 1000: 1, 2, 3,", 5, None)).await;
    let answer = answer.unwrap();
    assert!(answer.finish == Finish::Length && answer.usage.output <= 6, "{answer:?}");
}

#[tokio::test]
#[ignore = "wants a real server of language models: scripts/with-llama"]
async fn a_real_server_lets_go_of_a_call_that_is_dropped() {
    let (model, (tell, mut told)) = (model(), mpsc::channel(256));
    let long = request("Count from 1 to 1000: 1, 2, 3,", 1_500, None);
    let asking = std::sync::Arc::clone(&model);
    let call =
        tokio::spawn(
            async move { asking.generate(&long, &mut |piece: &str| drop(tell.try_send(piece.to_owned()))).await },
        );
    assert!(told.recv().await.is_some());
    let began = Instant::now();
    for _ in 0..10 {
        assert!(told.recv().await.is_some());
    }
    let pace = began.elapsed() / 10;
    call.abort();
    // It has one place only: had the long one gone on, the next would wait for more than a thousand pieces.
    let began = Instant::now();
    let (_, answer) = ask(&model, &request("Say yes.", 2, None)).await;
    assert!(answer.is_ok(), "{answer:?}");
    assert!(began.elapsed() < pace * 1_000, "after {:?} at {pace:?} a piece", began.elapsed());
}
