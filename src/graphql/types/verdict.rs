//! What a detector said of one scan.

use std::sync::Arc;

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use super::value::finite;
use super::{Contribution, DetectorStatus};
use crate::domain;

/// So many contributions of each verdict are drawn over time.
const AT_A_GLANCE: usize = 6;

/// One chart's statistic against its limit.
#[derive(SimpleObject, Clone, Debug)]
pub struct ChartScore {
    /// The chart's name as engineers know it: `T2`, `SPE`.
    chart: String,
    /// The statistic; dimensionless.
    statistic: f64,
    /// The limit above which it counts as an exceedance.
    limit: f64,
    /// Whether it decides or advises.
    role: ChartRole,
}

/// What a chart has to say in its detector.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::ChartRole")]
pub enum ChartRole {
    /// It decides, with the others of which this is said.
    Deciding,
    /// It is shown and raises nothing.
    Advisory,
    /// The same, and enough samples in a row to confirm an alarm were beyond its limit.
    Advising,
}

/// What a detector said of one scan.
#[derive(SimpleObject, Clone)]
pub struct Verdict {
    /// Of which plant time.
    source_time: DateTime<Utc>,
    /// What it can honestly say.
    status: DetectorStatus,
    /// One score a chart; empty when there is none to give.
    #[graphql(complexity = "5 * child_complexity + 1")]
    scores: Vec<ChartScore>,
    /// Largest first; empty when there are no scores.
    #[graphql(complexity = "10 * child_complexity + 1")]
    contributions: Vec<Contribution>,
    /// Which model said it.
    model_version: Option<String>,
}

impl Verdict {
    /// With everything that it said.
    pub(in crate::graphql) fn new(plant: &Arc<domain::Plant>, verdict: &domain::Verdict) -> Self {
        Self { contributions: Contribution::of_verdict(plant, &verdict.contributions), ..Self::scores_only(verdict) }
    }

    /// With its largest contributions, as charts over time need it.
    pub(in crate::graphql) fn at_a_glance(plant: &Arc<domain::Plant>, verdict: &domain::Verdict) -> Self {
        let largest = &verdict.contributions[..verdict.contributions.len().min(AT_A_GLANCE)];
        Self { contributions: Contribution::of_verdict(plant, largest), ..Self::scores_only(verdict) }
    }

    /// Without contributions.
    fn scores_only(verdict: &domain::Verdict) -> Self {
        Self {
            source_time: verdict.source_time.to_datetime(),
            status: DetectorStatus::from(&verdict.state),
            scores: verdict.scores.iter().filter_map(score).collect(),
            contributions: Vec::new(),
            model_version: verdict.model_version.clone(),
        }
    }
}

fn score(score: &domain::ChartScore) -> Option<ChartScore> {
    let (statistic, limit) = (finite(score.statistic)?, finite(score.limit)?);
    Some(ChartScore { chart: score.chart.clone(), statistic, limit, role: score.role.into() })
}
