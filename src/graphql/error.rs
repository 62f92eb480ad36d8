//! What the API says when it cannot do as asked: a closed set of codes, a sentence, and never what is inside.

use std::error::Error as StdError;
use std::fmt::Write;

use async_graphql::{Enum, Error, ErrorExtensions, ServerError};
use tracing::error;

/// Every code that can stand in `extensions.code` or in a `UserError`.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// Nobody has signed in, or the session has ended.
    Unauthenticated,
    /// The policies do not allow it; the message says which role it needs.
    Forbidden,
    /// No such object.
    NotFound,
    /// The document, a variable or an argument makes no sense.
    InvalidInput,
    /// The alarm is in a state in which nobody owes an acknowledgement.
    NotAcknowledgeable,
    /// The alarm is in a state that does not allow what was ordered; the message says why.
    StateForbids,
    /// The alarm may not be shelved for so long.
    ShelfTooLong,
    /// The one who took the alarm out of service may not return it, or who has proposed a change may not approve it.
    AnotherPersonNeeded,
    /// The alarm has another occurrence by now.
    OccurrenceMismatch,
    /// Another change of this entry of the register waits for approval.
    ChangePending,
    /// The entry of the register has another version by now.
    EntryMoved,
    /// The register says so already.
    NothingChanges,
    /// The idempotency key was used before with another content.
    IdempotencyConflict,
    /// The journal cannot take it just now; repeat it with the same key.
    JournalUnavailable,
    /// What is needed for it is starting, restarting or stopping; try again.
    Unavailable,
    /// Too many requests; try again later.
    RateLimited,
    /// Larger than the API allows; the extension `limit` says which limit.
    LimitExceeded,
    /// The source of this plant cannot be ordered about.
    NotControllable,
    /// The part of the actor tree may not be paused; the message says why.
    NotPausable,
    /// The part of the actor tree is paused, so there is nothing to restart.
    ActorPaused,
    /// A defect of TEP; the log has it.
    Internal,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 21] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::InvalidInput,
        Self::NotAcknowledgeable,
        Self::StateForbids,
        Self::ShelfTooLong,
        Self::AnotherPersonNeeded,
        Self::OccurrenceMismatch,
        Self::ChangePending,
        Self::EntryMoved,
        Self::NothingChanges,
        Self::IdempotencyConflict,
        Self::JournalUnavailable,
        Self::Unavailable,
        Self::RateLimited,
        Self::LimitExceeded,
        Self::NotControllable,
        Self::NotPausable,
        Self::ActorPaused,
        Self::Internal,
    ];

    /// As it stands in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidInput => "INVALID_INPUT",
            Self::NotAcknowledgeable => "NOT_ACKNOWLEDGEABLE",
            Self::StateForbids => "STATE_FORBIDS",
            Self::ShelfTooLong => "SHELF_TOO_LONG",
            Self::AnotherPersonNeeded => "ANOTHER_PERSON_NEEDED",
            Self::OccurrenceMismatch => "OCCURRENCE_MISMATCH",
            Self::ChangePending => "CHANGE_PENDING",
            Self::EntryMoved => "ENTRY_MOVED",
            Self::NothingChanges => "NOTHING_CHANGES",
            Self::IdempotencyConflict => "IDEMPOTENCY_CONFLICT",
            Self::JournalUnavailable => "JOURNAL_UNAVAILABLE",
            Self::Unavailable => "UNAVAILABLE",
            Self::RateLimited => "RATE_LIMITED",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::NotControllable => "NOT_CONTROLLABLE",
            Self::NotPausable => "NOT_PAUSABLE",
            Self::ActorPaused => "ACTOR_PAUSED",
            Self::Internal => "INTERNAL",
        }
    }
}

/// Why a field has no answer. It has no `Display`, so that the library cannot turn it into an error without its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// Which kind.
    pub code: ErrorCode,
    /// A sentence for the person.
    pub message: String,
    /// Which limit, for [`ErrorCode::LimitExceeded`].
    pub limit: Option<&'static str>,
}

impl ApiError {
    /// An error of a kind, with a sentence for the person.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), limit: None }
    }

    /// Nobody has signed in.
    pub fn unauthenticated() -> Self {
        Self::new(ErrorCode::Unauthenticated, "sign in first")
    }

    /// An argument makes no sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidInput, message)
    }

    /// Larger than the API allows.
    pub fn limit(limit: &'static str, message: impl Into<String>) -> Self {
        Self { code: ErrorCode::LimitExceeded, message: message.into(), limit: Some(limit) }
    }

    /// What is needed for it is not there just now.
    pub fn unavailable(what: &str) -> Self {
        Self::new(ErrorCode::Unavailable, format!("{what} is not available just now; try again in a moment"))
    }

    /// A failure inside: the chain goes to the log, once, and only its kind to the person.
    pub fn internal(doing: &str, failure: &(dyn StdError + 'static)) -> Self {
        error!(failure = %chain(failure), "{doing} failed");
        Self::new(ErrorCode::Internal, format!("{doing} failed; the log says why"))
    }

    /// The same as an error of a whole request.
    pub fn into_server_error(self) -> ServerError {
        Error::from(self).into_server_error(async_graphql::Pos::default())
    }
}

impl From<ApiError> for Error {
    fn from(e: ApiError) -> Self {
        Self::new(e.message).extend_with(|_, extensions| {
            extensions.set("code", e.code.as_str());
            if let Some(limit) = e.limit {
                extensions.set("limit", limit);
            }
        })
    }
}

/// An error and its causes in one line.
pub(super) fn chain(failure: &(dyn StdError + 'static)) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(inner) = cause {
        let _ = write!(text, ": {inner}");
        cause = inner.source();
    }
    text
}

/// Gives its code to an error that the library made while reading the document: whatever our resolvers refuse carries
/// one already.
pub(super) fn with_code(mut error: ServerError) -> ServerError {
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", ErrorCode::InvalidInput.as_str());
    }
    error.source = None;
    error
}

#[cfg(test)]
mod tests {
    use async_graphql::{Name, Value};

    use super::*;

    fn code_of(error: &ServerError) -> Option<Value> {
        error.extensions.as_ref()?.get("code").cloned()
    }

    #[test]
    fn a_code_reads_the_same_in_errors_and_in_the_schema() {
        for code in ErrorCode::ALL {
            assert_eq!(async_graphql::resolver_utils::enum_value(code), Value::Enum(Name::new(code.as_str())));
        }
    }

    #[test]
    fn every_error_carries_a_code() {
        let ours = ApiError::limit("DEPTH", "too deep").into_server_error();
        assert_eq!(code_of(&with_code(ours)), Some("LIMIT_EXCEEDED".into()));
        assert_eq!(code_of(&with_code(ServerError::new("unknown field", None))), Some("INVALID_INPUT".into()));
    }

    #[test]
    fn what_is_inside_stays_inside() {
        let secret = std::io::Error::other("password of the database");
        let error = ApiError::internal("reading the journal", &secret).into_server_error();
        assert_eq!(code_of(&error), Some("INTERNAL".into()));
        assert!(!error.message.contains("password"), "{}", error.message);
    }
}
