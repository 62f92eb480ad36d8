//! What travels in the streams, of this node and between nodes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{
    ActorPortrait, AlarmDefinition, AlarmFacts, JournalEntry, NamedContribution, PutAsideBy, Scan, SourceReport,
    WallTime,
};

/// One scan and how its source is doing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ValuesFrame {
    /// The scan.
    pub scan: Arc<Scan>,
    /// How the source is doing.
    pub source: Arc<SourceReport>,
    /// Whether plant time did not simply go on since the frame before (a reset, another file).
    pub discontinuous: bool,
}

/// One change of one alarm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AlarmEvent {
    /// The journal row, whether or not the journal holds it already.
    pub entry: Arc<JournalEntry>,
    /// The alarm after it.
    pub alarm: Arc<AlarmView>,
    /// Whether it must be annunciated (again).
    pub annunciate: bool,
}

/// One alarm as the desk remembers it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AlarmView {
    /// As configured.
    pub definition: Arc<AlarmDefinition>,
    /// All facts.
    pub facts: AlarmFacts,
    /// The value that decided last, in the tag's unit.
    pub value: Option<f64>,
    /// The limit that it was compared with.
    pub limit: Option<f64>,
    /// The tags that contributed most to the open occurrence, largest first.
    pub contributions: Vec<NamedContribution>,
    /// Who acknowledged the occurrence.
    pub acknowledged_by: Option<String>,
    /// When, wall time.
    pub acknowledged_at: Option<WallTime>,
    /// What they said.
    pub comment: Option<String>,
    /// Who has put it aside, while it is.
    #[serde(default)]
    pub put_aside: PutAsideBy,
}

/// What happened to an actor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SupervisionFrame {
    /// When.
    pub at: WallTime,
    /// The actor after it, without its children.
    pub actor: ActorPortrait,
    /// What happened, in a sentence.
    pub message: String,
}
