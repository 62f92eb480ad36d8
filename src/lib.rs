//! TEP: an on-premises intelligence platform for process plants.
//!
//! The modules stand in reading order: from the nouns, over the rules, to those who wait, remember and speak. Which
//! floor may use which is in `ARCHITECTURE.md`, and `tests/architecture.rs` holds us to it.

/// Ground floor: the nouns.
pub mod domain;

/// First floor: charts, pure.
pub mod detect;

/// First floor: the alarm rules, pure.
pub mod alarms;

/// Mezzanine: what is behind an alarm of a detector, pure.
pub mod diagnosis;

/// First floor: the rules of the language-model broker, pure.
pub mod explain;

/// First floor: what is known beforehand, and the rules of finding it again, pure.
pub mod knowledge;

/// Cellar: what was configured.
pub mod config;

/// Cellar: the clock, logs, metrics and typed events.
pub mod telemetry;

/// Second floor: where samples come from.
pub mod ingest;

/// Second floor: databases and files.
pub mod storage;

/// Second floor: rings from which subscribers read.
pub mod feed;

/// Second floor: passwords, tokens, policies.
pub mod security;

/// Second floor: the wires to language models.
pub mod llm;

/// Second floor: finds passages of what is known.
pub mod retrieval;

/// Second floor: speaks to the outside.
pub mod notify;

/// Second floor: another registry of models.
pub mod registry;

/// Third floor: everybody who remembers.
pub mod actors;

/// Fourth floor: the entrance.
pub mod graphql;

/// Fourth floor: other nodes.
pub mod cluster;

/// Roof: introduces everybody to everybody.
pub mod app;

/// Roof: the command line.
pub mod cli;
