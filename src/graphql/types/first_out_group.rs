//! A group of alarms of which one asks which came first.

use async_graphql::{Context, Object, Result};

use super::Alarm;
use crate::alarms::FirstOut;
use crate::domain;
use crate::graphql::scope;

/// A group of alarms of which one asks which came first.
#[derive(Clone)]
pub struct FirstOutGroup(domain::FirstOutGroup);

impl FirstOutGroup {
    /// Every group of the plant.
    pub(in crate::graphql) fn all(plant: &domain::Plant) -> Vec<Self> {
        plant.first_out.iter().cloned().map(Self).collect()
    }
}

/// A group of alarms of which one asks which came first.
#[Object]
impl FirstOutGroup {
    /// Its id in the plant, for example `reactor-trip`.
    async fn key(&self) -> &str {
        self.0.id.as_str()
    }

    /// What it is called.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The alarm that came first, until none of the group is owed anything any more; null while the group is clear.
    async fn first(&self, ctx: &Context<'_>) -> Result<Option<Alarm>> {
        let snapshot = scope::alarms(ctx).await?;
        let facts = |id: &domain::AlarmId| {
            snapshot.alarms.iter().find(|view| view.definition.id == *id).map(|view| &view.facts)
        };
        let groups = FirstOut::new(&scope::api(ctx).plant);
        match groups.first(&self.0.id, facts) {
            Some(first) => Ok(scope::alarm(ctx, first.as_str()).await?),
            None => Ok(None),
        }
    }

    /// Its alarms.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn alarms(&self, ctx: &Context<'_>) -> Result<Vec<Alarm>> {
        Ok(scope::some_alarms(ctx, &self.0.alarms).await?)
    }
}
