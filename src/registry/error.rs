//! Why another registry did not do as asked.

use std::error::Error;

use thiserror::Error;

/// Why another registry did not do as asked.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// No connection can be made from the configuration.
    #[error("the registry of models is not configured right: {0}")]
    Misconfigured(String),
    /// The server does not answer.
    #[error("the registry of models does not answer: {0}")]
    Lost(String),
    /// The server refuses.
    #[error("the registry of models refuses ({status}{}): {words}", named(.code))]
    Refused {
        /// The status of its answer.
        status: u16,
        /// Its own name for the reason; empty where there is none.
        code: String,
        /// Its own words.
        words: String,
    },
    /// The answer is no answer.
    #[error("the registry of models answers something else: {0}")]
    Nonsense(String),
    /// The answer is too large.
    #[error("the registry of models answers more than {0} bytes")]
    TooLarge(usize),
    /// Its artefacts cannot be reached through the server.
    #[error("artefacts at {0} do not go through the server; start it with --serve-artifacts")]
    NoProxy(String),
    /// The version was not published by TEP.
    #[error("{0} was not published by TEP: it has no tag tep.artefact_sha256")]
    NotOurs(String),
    /// The artefact is not what was published.
    #[error("{place} was published with the hash {published}, and what came has {got}; it is not used")]
    WrongHash {
        /// Which version.
        place: String,
        /// The hash that it was published with.
        published: String,
        /// The hash of what came.
        got: String,
    },
}

fn named(code: &str) -> String {
    if code.is_empty() { String::new() } else { format!(" {code}") }
}

impl RegistryError {
    /// In the words of the innermost reason: what lies around it says only that a request was sent.
    pub(super) fn lost(error: reqwest::Error) -> Self {
        let mut reason: &dyn Error = &error;
        while let Some(below) = reason.source() {
            reason = below;
        }
        Self::Lost(reason.to_string())
    }

    /// Whether the server refused for this reason.
    pub(super) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// Whether it may be otherwise in a moment.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Refused { status: 500.., .. })
    }
}
