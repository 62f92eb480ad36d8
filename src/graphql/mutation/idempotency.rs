//! An order under a key is carried out once; the same key again gives the first answer again.
//!
//! The alarm desk keeps the answers to acknowledgements itself. Here are those of the source, whose orders name a state
//! (`paused: true`), so that carrying one out twice at the same moment is the same as once.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::warn;

use crate::graphql::Api;
use crate::graphql::error::{ApiError, ErrorCode, chain};
use crate::storage::{IdempotencyRecord, Remembered};

/// Longest key, characters.
const KEY_MAX: usize = 128;

/// What was answered to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// It was done.
    Done,
    /// It was done, and this was made by it.
    Made(String),
    /// It was refused: it makes no sense.
    Invalid(String),
    /// It was refused: the source cannot be ordered about.
    NotControllable(String),
    /// It was refused: the part of the actor tree may not be paused.
    NotPausable(String),
    /// It was done, and is about the training of this id.
    Training(String),
    /// It was done, and is about the model of this id.
    Model(String),
}

/// One order under its key.
pub(super) struct Keyed<'a> {
    pub key: &'a str,
    pub user: &'a str,
    pub operation: &'static str,
    pub request: String,
}

/// Refuses keys that cannot be one.
pub(super) fn check_key(key: &str) -> Result<(), ApiError> {
    if key.trim().is_empty() {
        return Err(ApiError::invalid("the idempotency key is empty"));
    }
    if key.chars().count() > KEY_MAX {
        return Err(ApiError::invalid(format!("an idempotency key has at most {KEY_MAX} characters")));
    }
    Ok(())
}

impl Keyed<'_> {
    fn hash(&self) -> String {
        format!("{:x}", Sha256::digest(self.request.as_bytes()))
    }

    /// The answer that was given under this key before.
    pub async fn answered_before(&self, api: &Api) -> Result<Option<Answer>, ApiError> {
        let found = api.storage.idempotency_get(self.user, self.key, self.operation, &self.hash()).await;
        let unasked = "the database cannot be asked just now; nothing was done";
        match found.map_err(|_| ApiError::new(ErrorCode::JournalUnavailable, unasked))? {
            Remembered::Never => Ok(None),
            Remembered::Other => {
                let message = "the idempotency key was used before with another content";
                Err(ApiError::new(ErrorCode::IdempotencyConflict, message))
            }
            Remembered::Same(record) => {
                let answer = serde_json::from_str(&record.result_json);
                answer.map(Some).map_err(|e| ApiError::internal("reading an earlier answer", &e))
            }
        }
    }

    /// Remembers an answer. What has been done stays done if that fails: the order names a state and may be repeated.
    pub async fn remember(&self, api: &Api, answer: &Answer) {
        let result_json = serde_json::to_string(answer).expect("an enum of texts always serialises");
        let record = IdempotencyRecord {
            key: self.key.to_owned(),
            user: self.user.to_owned(),
            operation: self.operation.to_owned(),
            request_hash: self.hash(),
            result_json,
            at: api.clock.now(),
        };
        if let Err(e) = api.storage.idempotency_put(&record).await {
            warn!(failure = %chain(&e), "the answer to {} could not be remembered", self.operation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_length() {
        for (key, accepted) in [("k", true), ("", false), ("  ", false), (&"x".repeat(129), false)] {
            assert_eq!(check_key(key).is_ok(), accepted, "{key:?}");
        }
    }

    #[test]
    fn answers_survive_their_text() {
        for answer in [Answer::Done, Answer::Invalid("9000 × is too fast".into())] {
            let text = serde_json::to_string(&answer).unwrap();
            assert_eq!(serde_json::from_str::<Answer>(&text).unwrap(), answer);
        }
    }
}
