//! One plant-wide detector.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::value::finite;
use super::{Tag, Verdict, global_id};
use crate::domain::{self, DetectorPortrait, DetectorSpec, DetectorState, ModelFacts};
use crate::graphql::{limits, scope};

/// Verdicts when the client does not say how many.
const RECENT: i32 = 240;

/// What a detector can honestly say.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetectorStatus {
    /// It has no model yet.
    Untrained,
    /// It has not seen enough to know.
    WarmingUp,
    /// It can see, and sees nothing unusual.
    Normal,
    /// Confirmed outside its limit.
    Alarm,
    /// A tag that it depends on is not usable.
    Blind,
    /// It is not there: paused, or left out after it failed too often.
    Absent,
}

impl From<&DetectorState> for DetectorStatus {
    fn from(state: &DetectorState) -> Self {
        match state {
            DetectorState::Untrained => Self::Untrained,
            DetectorState::WarmingUp { .. } => Self::WarmingUp,
            DetectorState::Normal => Self::Normal,
            DetectorState::Alarm => Self::Alarm,
            DetectorState::Blind { .. } => Self::Blind,
            DetectorState::Absent { .. } => Self::Absent,
        }
    }
}

/// How far a training has come.
#[derive(SimpleObject, Clone, Debug)]
pub struct TrainingProgress {
    /// Steps done.
    done: u32,
    /// Steps in all.
    total: u32,
    /// What is being done.
    stage: String,
}

/// One plant-wide detector.
#[derive(Clone)]
pub struct Detector {
    plant: Arc<domain::Plant>,
    spec: DetectorSpec,
    portrait: Arc<DetectorPortrait>,
}

impl Detector {
    /// The detector that a portrait shows, when it is configured.
    pub(in crate::graphql) fn new(plant: &Arc<domain::Plant>, portrait: &Arc<DetectorPortrait>) -> Option<Self> {
        let spec = plant.detectors.iter().find(|spec| spec.id == portrait.detector)?.clone();
        Some(Self { plant: Arc::clone(plant), spec, portrait: Arc::clone(portrait) })
    }

    /// Whether this is the detector of an id.
    pub(in crate::graphql) fn is(&self, key: &str) -> bool {
        self.spec.id.as_str() == key
    }

    fn model(&self) -> Option<&ModelFacts> {
        self.portrait.model.as_ref()
    }
}

fn detail(plant: &domain::Plant, state: &DetectorState) -> Option<String> {
    match state {
        DetectorState::Untrained => Some("no model yet".into()),
        DetectorState::WarmingUp { have, need } => Some(format!("{have} of {need} samples")),
        DetectorState::Blind { tags } => {
            let names: Vec<&str> = tags.iter().filter_map(|t| plant.tag(*t)).map(|tag| tag.id.as_str()).collect();
            Some(format!("blind: {}", names.join(", ")))
        }
        DetectorState::Absent { why } => Some(why.clone()),
        DetectorState::Normal | DetectorState::Alarm => None,
    }
}

/// One plant-wide detector.
#[Object]
impl Detector {
    /// Global id.
    pub async fn id(&self) -> ID {
        global_id("Detector", self.spec.id.as_str())
    }

    /// Its id in the plant, for example `pca`.
    async fn key(&self) -> &str {
        self.spec.id.as_str()
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.spec.name
    }

    /// Its method, for example `pca`.
    async fn method(&self) -> &str {
        &self.spec.method
    }

    /// What it can honestly say.
    async fn status(&self) -> DetectorStatus {
        DetectorStatus::from(&self.portrait.state)
    }

    /// More on that, for example `120 of 480 samples` or `blind: XMEAS_7`.
    async fn status_detail(&self) -> Option<String> {
        detail(&self.plant, &self.portrait.state)
    }

    /// A training that is under way.
    async fn training(&self) -> Option<TrainingProgress> {
        let progress = self.portrait.training.as_ref()?;
        Some(TrainingProgress { done: progress.done, total: progress.total, stage: progress.stage.clone() })
    }

    /// Version of the model that it uses.
    async fn model_version(&self) -> Option<&str> {
        self.model().map(|model| model.version.as_str())
    }

    /// When that was trained, wall time.
    async fn model_trained_at(&self) -> Option<DateTime<Utc>> {
        self.model().map(|model| model.trained_at.to_datetime())
    }

    /// From what, in words.
    async fn model_source(&self) -> Option<&str> {
        self.model().map(|model| model.source.as_str())
    }

    /// How many samples it was trained from.
    async fn model_samples(&self) -> Option<u64> {
        self.model().map(|model| model.samples)
    }

    /// Share of held-out normal samples beyond a limit, 0…1.
    async fn measured_false_alarm_rate(&self) -> Option<f64> {
        self.model().and_then(|model| model.measured_false_alarm_rate.and_then(finite))
    }

    /// Plant time between two samples of its model.
    async fn sample_period_seconds(&self) -> f64 {
        self.spec.sample_period.as_secs_f64()
    }

    /// Exceedances in a row that confirm an alarm.
    async fn confirm_after(&self) -> u32 {
        self.spec.confirm_after
    }

    /// The tags that it looks at.
    #[graphql(complexity = "60 * child_complexity + 1")]
    async fn tags(&self) -> Vec<Tag> {
        self.spec.tags.iter().filter_map(|tag| Tag::at(&self.plant, *tag)).collect()
    }

    /// Its last verdict.
    async fn verdict(&self) -> Option<Verdict> {
        self.portrait.verdict.as_ref().map(|verdict| Verdict::new(&self.plant, verdict))
    }

    /// Its newest verdicts, oldest first; only the last one has contributions.
    #[graphql(complexity = "limits::cost(count, RECENT, child_complexity)")]
    async fn recent(&self, ctx: &Context<'_>, #[graphql(default = 240)] count: Option<i32>) -> Result<Vec<Verdict>> {
        let count = limits::recent_size(count, RECENT)?;
        Ok(recent(&self.plant, &self.spec, scope::api(ctx).feed.detectors.recent(usize::MAX), count))
    }
}

/// The portraits of a feed may tell the same verdict twice, with another training progress.
fn recent(
    plant: &Arc<domain::Plant>,
    spec: &DetectorSpec,
    portraits: Vec<Arc<DetectorPortrait>>,
    count: usize,
) -> Vec<Verdict> {
    let mut verdicts: Vec<&domain::Verdict> =
        portraits.iter().filter(|p| p.detector == spec.id).filter_map(|p| p.verdict.as_ref()).collect();
    verdicts.dedup_by_key(|verdict| (verdict.scan, verdict.source_time));
    let Some((last, earlier)) = verdicts.split_last() else { return Vec::new() };
    let skip = earlier.len().saturating_sub(count.saturating_sub(1));
    let earlier = earlier.iter().skip(skip).map(|verdict| Verdict::scores_only(verdict));
    earlier.chain([Verdict::new(plant, last)]).collect()
}
