//! Why a model has not answered, and what that says of its provider.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use crate::explain::Outcome;

/// Which patience has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// That for a connection.
    Connect,
    /// That for the first piece of the answer.
    FirstToken,
    /// That from one piece to the next.
    BetweenTokens,
    /// That for the whole call.
    Total,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection in time",
            Self::FirstToken => "the answer did not begin in time",
            Self::BetweenTokens => "the answer stopped in the middle",
            Self::Total => "the answer took too long",
        })
    }
}

/// Why there is no answer. Messages of a provider are shortened and hold no key.
#[derive(Debug, Error)]
pub enum LlmError {
    /// The prompt and its answer do not fit into the context of the model; nothing was cut off.
    #[error("{needed} tokens are needed and the model takes {most}")]
    ContextExceeded {
        /// Prompt and answer.
        needed: u64,
        /// What fits.
        most: u64,
    },
    /// The provider does not take this request, and would not take it again.
    #[error("refused with status {status}: {message}")]
    Refused {
        /// Status of HTTP.
        status: u16,
        /// In the provider's words.
        message: String,
    },
    /// The provider does not know us, or does not let us use the model.
    #[error("not let in (status {status}): {message}")]
    NotLetIn {
        /// Status of HTTP.
        status: u16,
        /// In the provider's words.
        message: String,
    },
    /// We have asked too often.
    #[error("asked too often: {message}")]
    RateLimited {
        /// For how long to wait, when the provider says so.
        retry_after: Option<Duration>,
        /// In the provider's words.
        message: String,
    },
    /// The provider has a problem of its own.
    #[error("failed with status {status}: {message}")]
    Failed {
        /// Status of HTTP; 529 is Anthropic's for being overloaded.
        status: u16,
        /// For how long to wait, when the provider says so.
        retry_after: Option<Duration>,
        /// In the provider's words.
        message: String,
    },
    /// Nobody is there.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("{0}")]
    TimedOut(Stage),
    /// The answer makes no sense or has no end.
    #[error("the answer is broken: {0}")]
    Broken(String),
    /// The answer is larger than anybody could want.
    #[error("the answer is larger than {most} bytes")]
    TooLarge {
        /// What is read at most.
        most: usize,
    },
    /// The provider sends us elsewhere. Nobody has allowed anything to be said there.
    #[error("sends us to another address, where nothing may be sent")]
    Redirected,
    /// The server has read less than it was told, which is worse than an error.
    #[error("the server has read {read} tokens of a prompt of at least {told}: it has left something out")]
    PromptCut {
        /// What it says that it has read.
        read: u32,
        /// What it was told at least.
        told: u32,
    },
    /// The way to the provider cannot be used as configured.
    #[error("cannot be used as configured: {0}")]
    Misconfigured(String),
}

impl LlmError {
    /// What it says of the provider's health.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::ContextExceeded { .. } | Self::Refused { .. } | Self::Misconfigured(_) => Outcome::Neutral,
            Self::RateLimited { retry_after, .. } => Outcome::Poor { retry_after: *retry_after },
            Self::Failed { retry_after, .. } => Outcome::Hard { retry_after: *retry_after },
            Self::NotLetIn { .. }
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::Broken(_)
            | Self::TooLarge { .. }
            | Self::Redirected
            | Self::PromptCut { .. } => Outcome::Hard { retry_after: None },
        }
    }

    /// Whether the same call may do better in a moment.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Failed { .. } | Self::Unreachable(_) | Self::Broken(_) => true,
            Self::TimedOut(stage) => *stage != Stage::Total,
            _ => false,
        }
    }

    /// For how long the provider wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Failed { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// A short name for metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ContextExceeded { .. } => "context_exceeded",
            Self::Refused { .. } => "refused",
            Self::NotLetIn { .. } => "not_let_in",
            Self::RateLimited { .. } => "rate_limited",
            Self::Failed { .. } => "failed",
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut(_) => "timeout",
            Self::Broken(_) => "broken",
            Self::TooLarge { .. } => "too_large",
            Self::Redirected => "redirected",
            Self::PromptCut { .. } => "prompt_cut",
            Self::Misconfigured(_) => "misconfigured",
        }
    }
}
