//! The children of the root, and how each of them is kept alive.

use std::time::Duration;

use crate::actors::supervision::{Backoff, ChildSpec, Pausing};
use crate::domain::PlantId;

/// A plant that could not be built anew waits longer than a part of it: whatever it failed for is seldom over at once.
const PLANT_BACKOFF: Backoff =
    Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(30), jitter: 0.2 };

/// The role of a plant in the tree.
pub(super) const PLANT: &str = "plant";

/// A child of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::actors) enum Key {
    Plant(PlantId),
    Placement,
    Broker,
    Librarian,
}

/// How a child is kept alive.
pub(super) fn spec(key: &Key) -> ChildSpec {
    match key {
        Key::Plant(plant) => ChildSpec::auxiliary(PLANT, plant.as_str())
            .with_backoff(PLANT_BACKOFF)
            .pausing(Pausing::Refused("pause its source, or single parts of it")),
        Key::Placement => ChildSpec::essential("placement", "placement"),
        Key::Broker => ChildSpec::auxiliary("broker", "broker")
            .with_backoff(PLANT_BACKOFF)
            .pausing(Pausing::Refused("switch language models off instead")),
        Key::Librarian => ChildSpec::auxiliary("librarian", "librarian").with_backoff(PLANT_BACKOFF).pausing(
            Pausing::Refused("what is known can still be searched while it is away; there is nothing to gain"),
        ),
    }
}
