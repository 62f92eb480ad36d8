//! A plant among others, and where it runs.

use async_graphql::SimpleObject;

use super::Health;
use crate::domain::{self, NodeName, Placement};

/// A plant among others, and where it runs. What there is to know of the plant itself is asked at `/plants/{key}/graphql`.
#[derive(SimpleObject, Clone, Debug)]
pub struct PlantPlacement {
    /// Its id, for example `tennessee-eastman`.
    key: String,
    /// Its name for people.
    name: String,
    /// The node that owns it; null while none does.
    node: Option<String>,
    /// How often it has changed hands.
    term: i64,
    /// Whether it is at work.
    health: Health,
    /// Why, when it is not simply running.
    reason: Option<String>,
}

impl PlantPlacement {
    /// Where a plant runs; of one that nobody has told about yet, nothing is known.
    pub(in crate::graphql) fn new(plant: &domain::Plant, place: Option<&Placement>) -> Self {
        Self {
            key: plant.id.to_string(),
            name: plant.name.clone(),
            node: place.and_then(|place| place.node.as_ref()).map(NodeName::to_string),
            term: place.map_or(0, |place| place.term),
            health: place.map_or(Health::Starting, |place| place.health.into()),
            reason: place.and_then(|place| place.reason.clone()),
        }
    }
}
