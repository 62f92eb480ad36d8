//! Google Gemini: `generateContent` and `streamGenerateContent`, <https://ai.google.dev/api/generate-content>.

use std::time::Duration;

use serde_json::{Value, json};

use super::exchange::{Complaint, Draft, Heard, Post, Speaks, error};
use super::sse::Event;
use super::{Endpoint, Finish, LlmError, Request, Speaker};

pub(super) struct Gemini;

impl Speaks for Gemini {
    fn post(&self, endpoint: &Endpoint, request: &Request) -> Post {
        let said = |speaker| if speaker == Speaker::User { "user" } else { "model" };
        let contents: Vec<Value> = request
            .messages
            .iter()
            .map(|message| json!({"role": said(message.speaker), "parts": [{"text": message.text}]}))
            .collect();
        let mut generation = json!({"maxOutputTokens": request.output_tokens_max});
        if let Some(temperature) = request.temperature {
            generation["temperature"] = json!(temperature);
        }
        if let Some(schema) = &request.schema {
            generation["responseMimeType"] = json!("application/json");
            generation["responseJsonSchema"] = schema.schema.clone();
        }
        let mut body = json!({"contents": contents, "generationConfig": generation});
        if !request.system.is_empty() {
            body["systemInstruction"] = json!({"parts": [{"text": request.system}]});
        }
        let call = if endpoint.streaming { "streamGenerateContent?alt=sse" } else { "generateContent" };
        let headers = endpoint.key.iter().map(|key| ("x-goog-api-key", key.expose().to_owned())).collect();
        Post { path: format!("/v1beta/models/{}:{call}", endpoint.model), headers, body }
    }

    fn hear(&self, draft: &mut Draft, event: &Event) -> Result<Heard, LlmError> {
        let told: Value =
            serde_json::from_str(&event.data).map_err(|_| LlmError::Broken("an event is not JSON".into()))?;
        if told.get("error").is_some() {
            let status = told["error"]["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
            return Err(error(status, self.complaint(&told)));
        }
        let (text, thought) = taken(draft, &told);
        Ok(match (text.is_empty(), thought) {
            (false, _) => Heard::Text(text),
            (true, true) => Heard::Thought,
            // The stream simply closes; the last event has said why the answer ends.
            (true, false) => Heard::Nothing,
        })
    }

    fn read(&self, draft: &mut Draft, answer: &Value) -> Result<(), LlmError> {
        draft.text = taken(draft, answer).0;
        Ok(())
    }

    fn says_its_end(&self) -> bool {
        false
    }

    fn complaint(&self, body: &Value) -> Complaint {
        // A stream that is none is answered with a list.
        let error = body.get(0).unwrap_or(body).get("error").unwrap_or(&Value::Null);
        let message = error["message"].as_str().unwrap_or_default().to_owned();
        let details = error["details"].as_array().map(Vec::as_slice).unwrap_or_default();
        let delay = details.iter().find_map(|detail| detail["retryDelay"].as_str());
        let seconds = delay.and_then(|delay| delay.strip_suffix('s')?.parse::<f64>().ok());
        let retry_after = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let rate_limited = error["status"] == "RESOURCE_EXHAUSTED";
        Complaint { too_long: too_long(&message), message, retry_after, rate_limited }
    }
}

/// `The input token count (40000) exceeds the maximum number of tokens allowed (32768).`
fn too_long(message: &str) -> Option<(u64, u64)> {
    if !message.contains("input token count") {
        return None;
    }
    let mut numbers = message.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse::<u64>().ok());
    Some((numbers.next()?, numbers.next()?))
}

/// Takes what one answer tells, and gives its text back, and whether there were thoughts in it.
fn taken(draft: &mut Draft, told: &Value) -> (String, bool) {
    let candidate = &told["candidates"][0];
    let parts = candidate["content"]["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_thought = |part: &&Value| part["thought"] == true;
    let text = parts.iter().filter(|part| !is_thought(part)).filter_map(|part| part["text"].as_str()).collect();
    if let Some(reason) = told["promptFeedback"]["blockReason"].as_str() {
        draft.finish = Some(Finish::Withheld(reason.to_owned()));
    }
    if let Some(reason) = candidate["finishReason"].as_str() {
        draft.finish = Some(finish(reason));
    }
    if let Some(model) = told["modelVersion"].as_str() {
        draft.model = Some(model.to_owned());
    }
    let count = |name: &str| told["usageMetadata"][name].as_u64().map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    draft.input = count("promptTokenCount").or(draft.input);
    if let Some(written) = count("candidatesTokenCount") {
        draft.output = Some(written.saturating_add(count("thoughtsTokenCount").unwrap_or_default()));
    }
    (text, parts.iter().any(|part| is_thought(&part)))
}

fn finish(reason: &str) -> Finish {
    match reason {
        "STOP" => Finish::Complete,
        "MAX_TOKENS" => Finish::Length,
        other => Finish::Withheld(other.to_owned()),
    }
}
