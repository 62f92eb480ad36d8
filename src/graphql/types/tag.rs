//! One variable of the plant.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::tag_condition::TagCondition;
use super::{Limit, Unit, Value, global_id};
use crate::domain::{self, TagIndex};
use crate::graphql::scope;

/// What a signal measures.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::SignalKind")]
pub enum SignalKind {
    /// Flow rate.
    Flow,
    /// Liquid level.
    Level,
    /// Pressure.
    Pressure,
    /// Temperature.
    Temperature,
    /// Composition from an analyser.
    Composition,
    /// Electrical or mechanical power.
    Power,
    /// Position of a valve, or a commanded speed, in percent.
    Position,
}

/// Whether the plant measures a tag or somebody sets it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::TagRole")]
pub enum TagRole {
    /// Measured.
    Measured,
    /// Manipulated by a controller or by hand.
    Manipulated,
}

/// One variable of the plant.
#[derive(Clone)]
pub struct Tag {
    plant: Arc<domain::Plant>,
    index: TagIndex,
}

impl Tag {
    /// The tag at a position, when the plant has so many.
    pub(in crate::graphql) fn at(plant: &Arc<domain::Plant>, index: TagIndex) -> Option<Self> {
        plant.tag(index)?;
        Some(Self { plant: Arc::clone(plant), index })
    }

    /// The tag of an id.
    pub(in crate::graphql) fn by_key(plant: &Arc<domain::Plant>, key: &str) -> Option<Self> {
        Self::at(plant, plant.tag_index(&key.into())?)
    }

    /// All tags of the plant.
    pub(in crate::graphql) fn all(plant: &Arc<domain::Plant>) -> Vec<Self> {
        (0u16..).map(TagIndex).zip(&plant.tags).map(|(index, _)| Self { plant: Arc::clone(plant), index }).collect()
    }

    /// All tags of a unit.
    pub(in crate::graphql) fn of_unit(plant: &Arc<domain::Plant>, unit: &domain::UnitId) -> Vec<Self> {
        plant.tags_of(unit).map(|(index, _)| Self { plant: Arc::clone(plant), index }).collect()
    }

    fn spec(&self) -> &domain::Tag {
        &self.plant.tags[self.index.get()]
    }
}

/// One variable of the plant.
#[Object]
impl Tag {
    /// Global id.
    pub async fn id(&self) -> ID {
        global_id("Tag", self.spec().id.as_str())
    }

    /// Its id in the plant, for example `XMEAS_7`.
    async fn key(&self) -> &str {
        self.spec().id.as_str()
    }

    /// Its short name.
    async fn name(&self) -> &str {
        &self.spec().name
    }

    /// What and where it measures.
    async fn description(&self) -> &str {
        &self.spec().description
    }

    /// Engineering unit, for example `kPa gauge`.
    async fn unit_of_measure(&self) -> &str {
        &self.spec().unit_of_measure
    }

    /// The process unit that it belongs to.
    async fn unit(&self) -> async_graphql::Result<Unit> {
        Ok(Unit::by_id(&self.plant, &self.spec().unit)?)
    }

    /// What it measures.
    async fn kind(&self) -> SignalKind {
        self.spec().kind.into()
    }

    /// Measured or manipulated.
    async fn role(&self) -> TagRole {
        self.spec().role.into()
    }

    /// Lower end of the instrument's range.
    async fn range_low(&self) -> f64 {
        self.spec().range_low
    }

    /// Upper end of the instrument's range.
    async fn range_high(&self) -> f64 {
        self.spec().range_high
    }

    /// Value at normal operation.
    async fn normal(&self) -> f64 {
        self.spec().normal
    }

    /// Smallest step that means anything.
    async fn resolution(&self) -> f64 {
        self.spec().resolution
    }

    /// Alarm limits as they are in force; while the alarm desk is not there, as the plant file has them.
    #[graphql(complexity = "4 * child_complexity + 1")]
    async fn limits(&self, ctx: &Context<'_>) -> Vec<Limit> {
        let snapshot = scope::alarms(ctx).await.ok();
        let tag = &self.spec().id;
        let of_tag = snapshot.iter().flat_map(|snapshot| &snapshot.alarms).map(|view| &view.definition);
        let in_force: Vec<&domain::Limit> = of_tag
            .filter(|definition| definition.tag.as_ref() == Some(tag))
            .filter_map(|definition| definition.limit.as_ref())
            .collect();
        let now = |limit| in_force.iter().find(|known: &&&domain::Limit| known.kind == limit).copied();
        let mut limits: Vec<&domain::Limit> =
            self.spec().limits.iter().map(|limit| now(limit.kind).unwrap_or(limit)).collect();
        limits.sort_by(|one, other| other.value.total_cmp(&one.value));
        limits.into_iter().map(Limit::from).collect()
    }

    /// What is watched beside limits.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn conditions(&self) -> Vec<TagCondition> {
        TagCondition::of(&self.plant, self.spec())
    }

    /// The newest value; null before the first scan.
    async fn latest(&self, ctx: &Context<'_>) -> Option<Value> {
        let api = scope::api(ctx);
        let frame = api.feed.values.latest()?;
        let stale = api.clock.now().since(frame.scan.ingest_time) > self.plant.stale_after;
        frame.scan.sample(self.index).map(|sample| Value::of(sample, stale))
    }
}
