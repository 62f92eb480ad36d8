//! A process unit.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::{Health, Severity, Tag, global_id};
use crate::domain::{self, ActorPortrait, UnitId};
use crate::feed::AlarmView;
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;

/// A process unit.
#[derive(Clone)]
pub struct Unit {
    plant: Arc<domain::Plant>,
    position: usize,
}

impl Unit {
    /// The unit of an id, when the plant has it.
    pub(in crate::graphql) fn by_key(plant: &Arc<domain::Plant>, key: &str) -> Option<Self> {
        let position = plant.units.iter().position(|unit| unit.id.as_str() == key)?;
        Some(Self { plant: Arc::clone(plant), position })
    }

    /// The unit that something in the plant names.
    pub(in crate::graphql) fn by_id(plant: &Arc<domain::Plant>, id: &UnitId) -> Result<Self, ApiError> {
        Self::by_key(plant, id.as_str())
            .ok_or_else(|| ApiError::new(ErrorCode::NotFound, format!("the plant has no unit `{id}`")))
    }

    /// All units of the plant.
    pub(in crate::graphql) fn all(plant: &Arc<domain::Plant>) -> Vec<Self> {
        (0..plant.units.len()).map(|position| Self { plant: Arc::clone(plant), position }).collect()
    }

    fn spec(&self) -> &domain::Unit {
        &self.plant.units[self.position]
    }

    async fn standing_alarms(&self, ctx: &Context<'_>) -> Result<Vec<Arc<AlarmView>>, ApiError> {
        let snapshot = scope::alarms(ctx).await?;
        let mine = |alarm: &&Arc<AlarmView>| {
            alarm.definition.unit.as_ref() == Some(&self.spec().id) && alarm.facts.state().in_alarm_list()
        };
        Ok(snapshot.alarms.iter().filter(mine).map(Arc::clone).collect())
    }

    async fn portrait(&self, ctx: &Context<'_>) -> Result<Option<ActorPortrait>, ApiError> {
        let tree = scope::actor_tree(ctx).await?;
        Ok(find(&tree, self.spec().id.as_str()).map(|found| ActorPortrait { children: Vec::new(), ..found.clone() }))
    }
}

fn find<'a>(actor: &'a ActorPortrait, unit: &str) -> Option<&'a ActorPortrait> {
    if actor.role == "unit" && actor.name == unit {
        return Some(actor);
    }
    actor.children.iter().find_map(|child| find(child, unit))
}

/// A process unit.
#[Object]
impl Unit {
    /// Global id.
    pub async fn id(&self) -> ID {
        global_id("Unit", self.spec().id.as_str())
    }

    /// Its id in the plant, for example `reactor`.
    async fn key(&self) -> &str {
        self.spec().id.as_str()
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.spec().name
    }

    /// What it does, in a sentence.
    async fn description(&self) -> &str {
        &self.spec().description
    }

    /// How its supervision is.
    async fn health(&self, ctx: &Context<'_>) -> Result<Health> {
        // A unit that is in no portrait has not started yet, or is being started again.
        Ok(self.portrait(ctx).await?.map_or(Health::Starting, |actor| actor.health.into()))
    }

    /// Why, when its supervision is not simply running.
    async fn health_reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.portrait(ctx).await?.and_then(|actor| actor.reason))
    }

    /// The worst of its alarms in the alarm list; null when there is none.
    async fn worst_alarm(&self, ctx: &Context<'_>) -> Result<Option<Severity>> {
        Ok(self.standing_alarms(ctx).await?.iter().map(|alarm| alarm.facts.severity).max().map(Severity::from))
    }

    /// How many of its alarms stand in the alarm list.
    async fn active_alarms(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.standing_alarms(ctx).await?.len())
    }

    /// For how many of its alarms somebody owes an acknowledgement.
    async fn unacknowledged_alarms(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.standing_alarms(ctx).await?.iter().filter(|a| a.facts.state().owes_acknowledgement()).count())
    }

    /// Its tags.
    #[graphql(complexity = "12 * child_complexity + 1")]
    async fn tags(&self) -> Vec<Tag> {
        Tag::of_unit(&self.plant, &self.spec().id)
    }
}
