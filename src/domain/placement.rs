//! Where each plant runs.

use serde::{Deserialize, Serialize};

use super::{Health, NodeName, PlantId};

/// Where one plant runs, as the node that tells this knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Which plant.
    pub plant: PlantId,
    /// Who owns it; `None` while nobody does.
    pub node: Option<NodeName>,
    /// How often it has changed hands.
    pub term: i64,
    /// Whether it is at work, as far as this is known here.
    pub health: Health,
    /// Why it is not, when it is not.
    pub reason: Option<String>,
}
