//! Chat completions of OpenAI, <https://platform.openai.com/docs/api-reference/chat>, as LM Studio, llama.cpp and many
//! others speak them.

use serde_json::{Value, json};

use super::exchange::{Complaint, Draft, Heard, Post, Speaks, error};
use super::sse::Event;
use super::{Endpoint, Finish, LlmError, Request, Speaker};

/// How a stream says that it ends.
const END: &str = "[DONE]";
/// OpenAI's own newer models know the limit of an answer under another name, which other servers do not know.
const OPENAI: &str = "api.openai.com";

pub(super) struct OpenAi;

impl Speaks for OpenAi {
    fn post(&self, endpoint: &Endpoint, request: &Request) -> Post {
        let said = |speaker| if speaker == Speaker::User { "user" } else { "assistant" };
        let system = (!request.system.is_empty()).then(|| json!({"role": "system", "content": request.system}));
        let others =
            request.messages.iter().map(|message| json!({"role": said(message.speaker), "content": message.text}));
        let messages: Vec<Value> = system.into_iter().chain(others).collect();
        let mut body = json!({
            "model": endpoint.model,
            "messages": messages,
            "stream": endpoint.streaming,
        });
        let own = endpoint.base_url.host_str() == Some(OPENAI);
        body[if own { "max_completion_tokens" } else { "max_tokens" }] = json!(request.output_tokens_max);
        if endpoint.streaming {
            body["stream_options"] = json!({"include_usage": true});
        }
        if let Some(temperature) = request.temperature {
            body["temperature"] = json!(temperature);
        }
        if let Some(schema) = &request.schema {
            let held = json!({"name": schema.name, "strict": true, "schema": schema.schema});
            body["response_format"] = json!({"type": "json_schema", "json_schema": held});
        }
        let headers = endpoint.key.iter().map(|key| ("authorization", format!("Bearer {}", key.expose()))).collect();
        Post { path: "/chat/completions".into(), headers, body }
    }

    fn hear(&self, draft: &mut Draft, event: &Event) -> Result<Heard, LlmError> {
        if event.data == END {
            return Ok(Heard::Done);
        }
        let told: Value =
            serde_json::from_str(&event.data).map_err(|_| LlmError::Broken("an event is not JSON".into()))?;
        if told.get("error").is_some_and(|error| !error.is_null()) {
            let status = told["error"]["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
            return Err(error(status, self.complaint(&told)));
        }
        let choice = &told["choices"][0];
        counted(draft, &told, choice);
        let piece = |name: &str| choice["delta"][name].as_str().filter(|text| !text.is_empty());
        Ok(match (piece("content"), piece("reasoning_content").or(piece("reasoning"))) {
            (Some(text), _) => Heard::Text(text.to_owned()),
            (None, Some(_)) => Heard::Thought,
            (None, None) => Heard::Nothing,
        })
    }

    fn read(&self, draft: &mut Draft, answer: &Value) -> Result<(), LlmError> {
        let choice = &answer["choices"][0];
        if choice.is_null() {
            return Err(LlmError::Broken("it has no choices".into()));
        }
        draft.text = choice["message"]["content"].as_str().unwrap_or_default().to_owned();
        counted(draft, answer, choice);
        Ok(())
    }

    fn says_its_end(&self) -> bool {
        // Some servers close after the reason without another word.
        false
    }

    fn complaint(&self, body: &Value) -> Complaint {
        let error = &body["error"];
        // Some servers have a text there, some an object, some the words at the top.
        let words = error.as_str().or(error["message"].as_str()).or(body["message"].as_str());
        let message = words.unwrap_or_default().to_owned();
        let said = |name: &str| error[name].as_str().unwrap_or_default();
        let counts = || Some((error["n_prompt_tokens"].as_u64()?, error["n_ctx"].as_u64()?));
        let too_long = (said("type") == "exceed_context_size_error" || said("code") == "context_length_exceeded")
            .then(|| counts().or_else(|| counted_in(&message)).unwrap_or_default());
        let rate_limited = matches!(said("code"), "rate_limit_exceeded");
        Complaint { message, too_long, rate_limited, ..Complaint::default() }
    }
}

/// `This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.`
fn counted_in(message: &str) -> Option<(u64, u64)> {
    let mut numbers = message.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse::<u64>().ok());
    let most = numbers.next()?;
    Some((numbers.next()?, most))
}

fn counted(draft: &mut Draft, told: &Value, choice: &Value) {
    let count = |name: &str| told["usage"][name].as_u64().map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    draft.input = count("prompt_tokens").or(draft.input);
    draft.output = count("completion_tokens").or(draft.output);
    if let Some(model) = told["model"].as_str() {
        draft.model = Some(model.to_owned());
    }
    if let Some(reason) = choice["finish_reason"].as_str() {
        draft.finish = Some(match reason {
            "stop" => Finish::Complete,
            "length" => Finish::Length,
            other => Finish::Withheld(other.to_owned()),
        });
    }
}
