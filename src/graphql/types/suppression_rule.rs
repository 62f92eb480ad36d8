//! A design rule, and how it is.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result};
use chrono::{DateTime, Utc};

use super::Alarm;
use crate::actors::RuleReport;
use crate::alarms;
use crate::domain::{self, SourceTime, WallTime};
use crate::graphql::scope;

/// What is known of a design rule.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "alarms::RuleState")]
pub enum RuleState {
    /// Nothing yet since the start: what it hid before stays hidden.
    Waiting,
    /// It holds.
    Holds,
    /// It does not hold.
    Over,
    /// It cannot be evaluated, so it hides nothing.
    Unknown,
}

/// A design rule: while it holds, it hides alarms that mean nothing then.
#[derive(Clone)]
pub struct SuppressionRule {
    plant: Arc<domain::Plant>,
    position: usize,
    report: RuleReport,
}

impl SuppressionRule {
    /// Every rule of the plant of which something is reported, in the order of the plant file.
    pub(in crate::graphql) fn all(plant: &Arc<domain::Plant>, reports: &[RuleReport]) -> Vec<Self> {
        let of = |(position, rule): (usize, &domain::SuppressionRule)| {
            let report = reports.iter().find(|report| report.rule == rule.id)?.clone();
            Some(Self { plant: Arc::clone(plant), position, report })
        };
        plant.suppression_rules.iter().enumerate().filter_map(of).collect()
    }

    /// Whether it has this id.
    pub(in crate::graphql) fn is(&self, key: &str) -> bool {
        self.report.rule.as_str() == key
    }

    /// Its id.
    pub(in crate::graphql) fn id(&self) -> domain::RuleId {
        self.report.rule.clone()
    }

    /// Whether it has its effect while it holds.
    pub(in crate::graphql) fn is_enabled(&self) -> bool {
        self.report.is_enabled()
    }

    fn spec(&self) -> &domain::SuppressionRule {
        &self.plant.suppression_rules[self.position]
    }
}

/// A design rule: while it holds, it hides alarms that mean nothing then.
#[Object]
impl SuppressionRule {
    /// Its id in the plant, for example `plant-tripped`; `Alarm.suppressedBy` names it.
    pub async fn key(&self) -> &str {
        self.spec().id.as_str()
    }

    /// What it is called.
    async fn title(&self) -> &str {
        &self.spec().title
    }

    /// Why these alarms mean nothing while it holds.
    async fn why(&self) -> &str {
        &self.spec().why
    }

    /// When it holds, as the plant file has it.
    async fn when(&self) -> &str {
        self.spec().when.text()
    }

    /// What is known of it.
    async fn state(&self) -> RuleState {
        self.report.state.into()
    }

    /// Whether it holds. It hides nothing all the same while it is not enabled.
    async fn holds(&self) -> bool {
        self.report.state == alarms::RuleState::Holds
    }

    /// Since when its state is what it is, plant time; null before the first word of it.
    async fn since(&self) -> Option<DateTime<Utc>> {
        self.report.since.map(SourceTime::to_datetime)
    }

    /// What stands in the way of evaluating it, in words.
    async fn unknown(&self) -> &[String] {
        &self.report.unknown
    }

    /// Whether it has its effect while it holds.
    async fn enabled(&self) -> bool {
        self.report.is_enabled()
    }

    /// Who switched it on or off last; null while nobody has.
    async fn switched_by(&self) -> Option<&str> {
        self.report.switched.as_ref().map(|switched| switched.by.as_str())
    }

    /// When, wall time.
    async fn switched_at(&self) -> Option<DateTime<Utc>> {
        self.report.switched.as_ref().map(|switched| WallTime::to_datetime(switched.at))
    }

    /// Why.
    async fn switched_because(&self) -> Option<&str> {
        self.report.switched.as_ref().and_then(|switched| switched.reason.as_deref())
    }

    /// How long its expression must be true before it holds, plant time.
    async fn on_delay_seconds(&self) -> f64 {
        self.spec().on_delay.as_secs_f64()
    }

    /// How long its expression must not be true before it no longer holds, plant time.
    async fn off_delay_seconds(&self) -> f64 {
        self.spec().off_delay.as_secs_f64()
    }

    /// The alarms that it hides while it holds.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn alarms(&self, ctx: &Context<'_>) -> Result<Vec<Alarm>> {
        Ok(scope::some_alarms(ctx, &self.spec().alarms).await?)
    }
}
