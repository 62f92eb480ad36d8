//! Where things stand in a plant by their ids: a plant may have a hundred thousand alarms, and each event asks.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use super::ids::{AlarmId, TagId};
use super::plant::Plant;

/// Made when it is asked for first. A copy of a plant makes its own, since who copies may change.
#[derive(Default)]
pub struct Lookup(OnceLock<Places>);

struct Places {
    tags: HashMap<TagId, usize>,
    alarms: HashMap<AlarmId, usize>,
}

impl Lookup {
    /// Where a tag stood when it was asked for first.
    pub(super) fn tag(&self, plant: &Plant, id: &TagId) -> Option<usize> {
        self.places(plant).tags.get(id).copied()
    }

    /// Where an alarm stood when it was asked for first.
    pub(super) fn alarm(&self, plant: &Plant, id: &AlarmId) -> Option<usize> {
        self.places(plant).alarms.get(id).copied()
    }

    fn places(&self, plant: &Plant) -> &Places {
        self.0.get_or_init(|| Places {
            tags: plant.tags.iter().enumerate().map(|(at, tag)| (tag.id.clone(), at)).collect(),
            alarms: plant.alarms.iter().enumerate().map(|(at, alarm)| (alarm.id.clone(), at)).collect(),
        })
    }
}

impl Clone for Lookup {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// It says nothing that the plant does not say.
impl PartialEq for Lookup {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookup")
    }
}
