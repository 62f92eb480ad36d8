//! A control loop.

use std::sync::Arc;

use async_graphql::SimpleObject;

use super::Tag;
use crate::domain;

/// A control loop.
#[derive(SimpleObject, Clone)]
pub struct ControlLoop {
    /// Its id in the plant.
    key: String,
    /// Its name for people.
    name: String,
    /// The tag that it measures.
    measured: Tag,
    /// The valve that it moves, or the tag whose set point it moves.
    output: Tag,
    /// Whether it moves another loop's set point.
    cascade: bool,
}

impl ControlLoop {
    /// All loops of the plant.
    pub(in crate::graphql) fn all(plant: &Arc<domain::Plant>) -> Vec<Self> {
        let convert = |control: &domain::ControlLoop| {
            Some(Self {
                key: control.id.to_string(),
                name: control.name.clone(),
                measured: Tag::at(plant, control.measured)?,
                output: Tag::at(plant, control.output)?,
                cascade: control.cascade,
            })
        };
        plant.loops.iter().filter_map(convert).collect()
    }
}
