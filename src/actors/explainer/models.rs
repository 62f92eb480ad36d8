//! The way from a plant to the broker of language models: its door of now, which changes when the broker is built anew.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use crate::actors::{Broker, BrokerSetup};
use crate::domain::Severity;

/// What a plant knows of the language models of its node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Models {
    /// The broker's door; `None` while it is away, and without models.
    pub door: watch::Receiver<Option<Broker>>,
    /// What is to be asked; `None`: no model is configured.
    pub explaining: Option<Explaining>,
    /// How long an answer is waited for, so that the slowest model can give it and mend it once.
    pub patience: Duration,
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
    /// Those of a node: the broker's door, and what it is built from; `None`: it has none.
    pub fn of(door: watch::Receiver<Option<Broker>>, setup: Option<&BrokerSetup>) -> Self {
        let slowest = setup.iter().flat_map(|setup| &setup.providers).map(|one| one.patience.total).max();
        let explaining = setup.map(|setup| setup.explaining.clone());
        Self { door, explaining, patience: slowest.unwrap_or_default() * 2 }
    }

    /// Of a node without any.
    pub fn none() -> Self {
        Self { door: watch::channel(None).1, explaining: None, patience: Duration::ZERO }
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
