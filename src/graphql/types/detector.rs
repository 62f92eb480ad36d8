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
    /// The key of its job.
    job: Option<String>,
}

impl From<&domain::TrainingProgress> for TrainingProgress {
    fn from(progress: &domain::TrainingProgress) -> Self {
        let job = progress.job.map(|job| job.to_string());
        Self { done: progress.done, total: progress.total, stage: progress.stage.clone(), job }
    }
}

/// Whether a model still fits the plant.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftStatus {
    /// It has not seen a stretch of undisturbed operation yet.
    Unknown,
    /// The plant is as it was in training.
    Steady,
    /// The plant, or an instrument, has moved away from what the model has learned: train anew.
    Drifting,
}

/// How a model stands to the plant, apart from alarms.
#[derive(SimpleObject, Clone, Debug)]
pub struct Drift {
    /// In a word.
    status: DriftStatus,
    /// How far the first chart is from its usual level, in deviations from stretch to stretch of training.
    deviations: Option<f64>,
    /// More on that.
    detail: String,
}

impl From<domain::Drift> for Drift {
    fn from(drift: domain::Drift) -> Self {
        let (status, deviations, detail) = match drift {
            domain::Drift::Unknown { have, need } => {
                (DriftStatus::Unknown, None, format!("{have} of {need} undisturbed samples"))
            }
            domain::Drift::Steady { deviations } => {
                (DriftStatus::Steady, finite(deviations), format!("{deviations:+.1} deviations from usual"))
            }
            domain::Drift::Drifting { deviations } => (
                DriftStatus::Drifting,
                finite(deviations),
                format!("{deviations:+.1} deviations from usual: train anew"),
            ),
        };
        Self { status, deviations, detail }
    }
}

/// How often two models said the same of the same samples.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct Agreement {
    /// Samples that both could judge.
    samples: u64,
    /// Both in alarm.
    both: u64,
    /// The active one alone in alarm.
    active_alone: u64,
    /// The shadow alone in alarm.
    shadow_alone: u64,
}

/// A model that judges beside the active one; its verdicts are shown and raise nothing.
#[derive(SimpleObject, Clone)]
pub struct Shadow {
    /// Its key among the models.
    model: Option<String>,
    /// Its version.
    version: String,
    /// What it can honestly say.
    status: DetectorStatus,
    /// How it stands to the plant.
    drift: Drift,
    /// Its last verdict.
    verdict: Option<Verdict>,
    /// How often it agreed with the active one.
    agreement: Agreement,
}

impl Shadow {
    fn of(plant: &Arc<domain::Plant>, shadow: &domain::ShadowPortrait) -> Self {
        let domain::Agreement { samples, both, active_alone, shadow_alone } = shadow.agreement;
        Self {
            model: shadow.model.id.map(|id| id.to_string()),
            version: shadow.model.version.clone(),
            status: DetectorStatus::from(&shadow.state),
            drift: shadow.drift.into(),
            verdict: shadow.verdict.as_ref().map(|verdict| Verdict::new(plant, verdict)),
            agreement: Agreement { samples, both, active_alone, shadow_alone },
        }
    }
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

    /// Its id in the plant, for example `multivariate`.
    async fn key(&self) -> &str {
        self.spec.id.as_str()
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.spec.name
    }

    /// Its method as configured, for example `var`; a model may have another.
    async fn method(&self) -> &str {
        self.spec.method.name()
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
        self.portrait.training.as_ref().map(TrainingProgress::from)
    }

    /// The key of the model that it uses, among its models.
    async fn model_key(&self) -> Option<String> {
        self.model().and_then(|model| model.id).map(|id| id.to_string())
    }

    /// Who has put that model to use.
    async fn model_decided_by(&self) -> Option<&str> {
        self.model().and_then(|model| model.decided_by.as_deref())
    }

    /// How its model stands to the plant; null without one.
    async fn drift(&self) -> Option<Drift> {
        self.portrait.drift.map(Drift::from)
    }

    /// A model that judges beside it.
    async fn shadow(&self) -> Option<Shadow> {
        self.portrait.shadow.as_ref().map(|shadow| Shadow::of(&self.plant, shadow))
    }

    /// Charts that are shown and raise nothing.
    async fn advisory(&self) -> &[String] {
        &self.spec.advisory
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

    /// Its newest verdicts, oldest first; all but the last have their largest contributions only.
    #[graphql(complexity = "limits::cost(count, RECENT, child_complexity)")]
    async fn recent(&self, ctx: &Context<'_>, #[graphql(default = 240)] count: Option<i32>) -> Result<Vec<Verdict>> {
        let count = limits::recent_size(count, RECENT)?;
        Ok(recent(&self.plant, &self.spec, active, scope::api(ctx).feed.detectors.recent(usize::MAX), count))
    }

    /// The newest verdicts of the shadow, as `recent`; empty without one.
    #[graphql(complexity = "limits::cost(count, RECENT, child_complexity)")]
    async fn recent_of_shadow(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 240)] count: Option<i32>,
    ) -> Result<Vec<Verdict>> {
        let count = limits::recent_size(count, RECENT)?;
        Ok(recent(&self.plant, &self.spec, shadow, scope::api(ctx).feed.detectors.recent(usize::MAX), count))
    }
}

fn active(portrait: &DetectorPortrait) -> Option<&domain::Verdict> {
    portrait.verdict.as_ref()
}

fn shadow(portrait: &DetectorPortrait) -> Option<&domain::Verdict> {
    portrait.shadow.as_ref().and_then(|shadow| shadow.verdict.as_ref())
}

/// The portraits of a feed may tell the same verdict twice, with another training progress.
fn recent(
    plant: &Arc<domain::Plant>,
    spec: &DetectorSpec,
    whose: fn(&DetectorPortrait) -> Option<&domain::Verdict>,
    portraits: Vec<Arc<DetectorPortrait>>,
    count: usize,
) -> Vec<Verdict> {
    let mut verdicts: Vec<&domain::Verdict> =
        portraits.iter().filter(|p| p.detector == spec.id).filter_map(|p| whose(p)).collect();
    verdicts.dedup_by_key(|verdict| (verdict.scan, verdict.source_time));
    let Some((last, earlier)) = verdicts.split_last() else { return Vec::new() };
    let skip = earlier.len().saturating_sub(count.saturating_sub(1));
    let earlier = earlier.iter().skip(skip).map(|verdict| Verdict::at_a_glance(plant, verdict));
    earlier.chain([Verdict::new(plant, last)]).collect()
}
