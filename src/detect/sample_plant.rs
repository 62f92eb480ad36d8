//! A small made-up plant for the tests of watching.

use std::time::Duration;

use crate::domain::{Plant, PlantId, RegisterRules, SignalKind, Tag, TagId, TagRole, UnitId};

/// Names of the tags after the first one.
const TAGS: [&str; 5] = ["A", "B", "C", "D", "E"];

/// The plant has one tag before those of the model, so that positions are not accidentally right.
pub(super) fn plant() -> Plant {
    let tag = |name: &str| Tag {
        id: TagId::from(name),
        name: name.into(),
        description: String::new(),
        unit_of_measure: String::new(),
        unit: UnitId::from("unit"),
        kind: SignalKind::Flow,
        role: TagRole::Measured,
        range_low: 0.0,
        range_high: 1.0,
        normal: 0.5,
        resolution: 0.01,
        limits: Vec::new(),
        conditions: Vec::new(),
    };
    Plant {
        id: PlantId::from("plant"),
        name: String::new(),
        scan_period: Duration::from_secs(1),
        lookup: Default::default(),
        stale_after: Duration::from_secs(10),
        units: Vec::new(),
        tags: std::iter::once("X").chain(TAGS).map(tag).collect(),
        loops: Vec::new(),
        detectors: Vec::new(),
        alarms: Vec::new(),
        register: RegisterRules::default(),
        suppression_rules: Vec::new(),
        eclipses: Vec::new(),
        first_out: Vec::new(),
        consoles: Vec::new(),
    }
}
