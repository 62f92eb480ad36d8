//! Anthropic Messages: <https://docs.anthropic.com/en/api/messages>, streaming and structured outputs included.

use serde_json::{Value, json};

use super::exchange::{Complaint, Draft, Heard, Post, Speaks, error};
use super::schema::for_anthropic;
use super::sse::Event;
use super::{Endpoint, Finish, LlmError, Request, Speaker};

/// The version of the interface that is spoken here.
const VERSION: &str = "2023-06-01";

pub(super) struct Anthropic;

impl Speaks for Anthropic {
    fn post(&self, endpoint: &Endpoint, request: &Request) -> Post {
        let said = |speaker| if speaker == Speaker::User { "user" } else { "assistant" };
        let messages: Vec<Value> = request
            .messages
            .iter()
            .map(|message| json!({"role": said(message.speaker), "content": message.text}))
            .collect();
        let mut body = json!({
            "model": endpoint.model,
            "max_tokens": request.output_tokens_max,
            "messages": messages,
            "stream": endpoint.streaming,
        });
        if !request.system.is_empty() {
            body["system"] = json!(request.system);
        }
        if let Some(temperature) = request.temperature {
            body["temperature"] = json!(temperature);
        }
        if let Some(schema) = &request.schema {
            let format = json!({"type": "json_schema", "schema": for_anthropic(&schema.schema)});
            body["output_config"] = json!({"format": format});
        }
        let mut headers = vec![("anthropic-version", VERSION.to_owned())];
        headers.extend(endpoint.key.as_ref().map(|key| ("x-api-key", key.expose().to_owned())));
        Post { path: "/v1/messages".into(), headers, body }
    }

    fn hear(&self, draft: &mut Draft, event: &Event) -> Result<Heard, LlmError> {
        let told: Value = serde_json::from_str(&event.data)
            .map_err(|_| LlmError::Broken(format!("an event `{}` is not JSON", event.kind.as_deref().unwrap_or(""))))?;
        Ok(match told["type"].as_str().unwrap_or_default() {
            "message_start" => {
                draft.model = told["message"]["model"].as_str().map(str::to_owned);
                counted(draft, &told["message"]["usage"]);
                Heard::Nothing
            }
            "content_block_delta" => match told["delta"]["text"].as_str() {
                Some(text) if told["delta"]["type"] == "text_delta" => Heard::Text(text.to_owned()),
                _ => Heard::Thought,
            },
            "message_delta" => {
                draft.finish = told["delta"]["stop_reason"].as_str().map(finish);
                counted(draft, &told["usage"]);
                Heard::Nothing
            }
            "message_stop" => Heard::Done,
            "error" => return Err(error(status(&told["error"]), self.complaint(&told))),
            // Kinds that do not exist yet may come at any time, says the documentation.
            _ => Heard::Nothing,
        })
    }

    fn read(&self, draft: &mut Draft, answer: &Value) -> Result<(), LlmError> {
        let blocks = answer["content"].as_array().ok_or_else(|| LlmError::Broken("it has no content".into()))?;
        let texts = blocks.iter().filter(|block| block["type"] == "text").filter_map(|block| block["text"].as_str());
        draft.text = texts.collect();
        draft.model = answer["model"].as_str().map(str::to_owned);
        draft.finish = answer["stop_reason"].as_str().map(finish);
        counted(draft, &answer["usage"]);
        Ok(())
    }

    fn says_its_end(&self) -> bool {
        true
    }

    fn complaint(&self, body: &Value) -> Complaint {
        let message = body["error"]["message"].as_str().unwrap_or_default().to_owned();
        let rate_limited = body["error"]["type"] == "rate_limit_error";
        Complaint { too_long: too_long(&message), message, rate_limited, ..Complaint::default() }
    }
}

/// `prompt is too long: 210000 tokens > 200000 maximum`.
fn too_long(message: &str) -> Option<(u64, u64)> {
    let (_, counts) = message.split_once("prompt is too long: ")?;
    let mut numbers = counts.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
    Some((numbers.next()?, numbers.next()?))
}

/// Counts are running totals; what was read from a cache was read too.
fn counted(draft: &mut Draft, usage: &Value) {
    let count = |name: &str| usage[name].as_u64().map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    if let Some(fresh) = count("input_tokens") {
        let cached = ["cache_read_input_tokens", "cache_creation_input_tokens"].into_iter().filter_map(count);
        draft.input = Some(cached.fold(fresh, u32::saturating_add));
    }
    draft.output = count("output_tokens").or(draft.output);
}

fn finish(reason: &str) -> Finish {
    match reason {
        "end_turn" | "stop_sequence" => Finish::Complete,
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        other => Finish::Withheld(other.to_owned()),
    }
}

/// An error in the middle of a stream comes without a status.
fn status(error: &Value) -> u16 {
    match error["type"].as_str().unwrap_or_default() {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 500,
    }
}
