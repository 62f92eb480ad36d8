//! The way from a plant to the broker of language models: its door of now, which changes when the broker is built anew.

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::actors::Broker;
use crate::domain::Severity;

/// What a plant knows of the language models of its node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Models {
    /// The broker's door; `None` while it is away, and without models.
    pub door: watch::Receiver<Option<Broker>>,
    /// What is to be asked; `None`: no model is configured.
    pub explaining: Option<Explaining>,
}

/// How alarms are explained by models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explaining {
    /// Alarms of at least this severity are explained without anybody asking; `None`: only when somebody does.
    pub from: Option<Severity>,
    /// The newest version of each prompt that may be used; without an entry, the newest there is.
    pub prompts: BTreeMap<String, u32>,
}

impl Models {
    /// Of a node without any.
    pub fn none() -> Self {
        Self { door: watch::channel(None).1, explaining: None }
    }

    /// The broker, if it is there.
    pub fn broker(&self) -> Option<Broker> {
        self.door.borrow().clone()
    }

    /// Whether a model is configured and its broker is away.
    pub fn is_missing(&self) -> bool {
        self.explaining.is_some() && self.door.borrow().is_none()
    }

    /// Whether an alarm of this severity is explained by a model unasked.
    pub fn explain_unasked(&self, severity: Severity) -> bool {
        self.explaining.as_ref().and_then(|explaining| explaining.from).is_some_and(|from| severity >= from)
    }

    /// The newest version of a prompt that may be used.
    pub fn pinned(&self, prompt: &str) -> Option<u32> {
        self.explaining.as_ref().and_then(|explaining| explaining.prompts.get(prompt).copied())
    }
}
