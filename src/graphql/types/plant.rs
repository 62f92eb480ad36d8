//! The whole plant.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::{ControlLoop, Flood, Source, Tag, Unit, global_id};
use crate::domain;
use crate::graphql::scope;

/// The whole plant.
#[derive(Clone)]
pub struct Plant(Arc<domain::Plant>);

impl From<&Arc<domain::Plant>> for Plant {
    fn from(plant: &Arc<domain::Plant>) -> Self {
        Self(Arc::clone(plant))
    }
}

/// The whole plant.
#[Object]
impl Plant {
    /// Global id.
    pub async fn id(&self) -> ID {
        global_id("Plant", self.0.id.as_str())
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its id, for example `tennessee-eastman`.
    async fn key(&self) -> &str {
        self.0.id.as_str()
    }

    /// Process units, in flow order.
    #[graphql(complexity = "8 * child_complexity + 1")]
    async fn units(&self) -> Vec<Unit> {
        Unit::all(&self.0)
    }

    /// Tags, in the order of every scan.
    #[graphql(complexity = "60 * child_complexity + 1")]
    async fn tags(&self) -> Vec<Tag> {
        Tag::all(&self.0)
    }

    /// Control loops.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn loops(&self) -> Vec<ControlLoop> {
        ControlLoop::all(&self.0)
    }

    /// Operator consoles; at least one.
    #[graphql(complexity = "4 * child_complexity + 1")]
    async fn consoles(&self) -> Vec<Console> {
        self.0.consoles.iter().map(Console::from).collect()
    }

    /// Whether more alarms come than an operator can attend to.
    async fn flood(&self, ctx: &Context<'_>) -> Result<Flood> {
        Ok(scope::alarms(ctx).await?.flood.into())
    }

    /// How its source is doing.
    async fn source(&self, ctx: &Context<'_>) -> Source {
        scope::source(ctx)
    }
}

/// An operator console: whose alarms one operator answers.
#[derive(SimpleObject, Clone)]
pub struct Console {
    /// Its id in the plant.
    key: String,
    /// Its name for people.
    name: String,
    /// The ids of the units that it looks after.
    units: Vec<String>,
    /// Whether it also looks after what belongs to no unit: plant-wide detectors, and TEP itself.
    whole_plant: bool,
}

impl From<&domain::Console> for Console {
    fn from(console: &domain::Console) -> Self {
        Self {
            key: console.id.to_string(),
            name: console.name.clone(),
            units: console.units.iter().map(ToString::to_string).collect(),
            whole_plant: console.whole_plant,
        }
    }
}
