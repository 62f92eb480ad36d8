//! A model that watches a running plant.

use std::collections::VecDeque;
use std::sync::Arc;

use super::drift::DriftWatch;
use super::model::{ChartModel, ModelledChart};
use super::record::ModelError;
use super::scorer::Scorer;
use crate::detect::confirmation::Confirmation;
use crate::detect::sampler::{Due, Sampler};
use crate::domain::{
    ChartRole, ChartScore, Contribution, DetectorId, DetectorState, Drift, Plant, Quality, Scan, SourceTime, TagIndex,
    Verdict,
};

/// So many samples are kept for a model that takes over. Of what was before them the slowest chart has forgotten 99 %.
const KEPT: usize = 160;

/// What the chart makes of one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it can honestly say.
    pub state: DetectorState,
    /// Every chart's statistic against its limit; empty while warming up and while blind.
    pub scores: Vec<ChartScore>,
    /// Largest first, adding up to 1; empty when there are no scores.
    pub contributions: Vec<Contribution>,
}

/// A scan at which a sample was taken: all of it, since the next model may look at other tags.
#[derive(Clone, Debug)]
struct Sample {
    values: Box<[f64]>,
    qualities: Box<[Quality]>,
}

/// Watches one plant with one model. It samples at the model's period of plant time, whatever the scan interval.
#[derive(Clone, Debug)]
pub struct ModelChart {
    scorer: Scorer,
    tags: Vec<TagIndex>,
    sampler: Sampler,
    confirm_after: u32,
    confirmation: Confirmation,
    /// Of each chart: beyond its limit, confirmed like the state.
    advice: Vec<Confirmation>,
    drift: DriftWatch,
    /// The samples since the last gap, oldest first.
    kept: VecDeque<Sample>,
    row: Vec<f64>,
    shares: Vec<f64>,
}

impl ModelChart {
    /// A chart that is warming up; `confirm_after` samples in a row confirm an alarm, and its end. The plant's tags are
    /// found by name, in whatever order it has them.
    ///
    /// # Errors
    /// When the model's parts do not fit together, or the plant lacks one of its tags.
    pub fn new(model: Arc<ChartModel>, plant: &Plant, confirm_after: u32) -> Result<Self, ModelError> {
        let find = |tag| {
            let unknown = || ModelError::UnknownTag { version: model.version.clone(), tag: Clone::clone(tag) };
            plant.tag_index(tag).ok_or_else(unknown)
        };
        let tags = model.tags.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            sampler: Sampler::new(model.settings.sample_period),
            confirm_after,
            confirmation: Confirmation::new(confirm_after),
            advice: vec![Confirmation::new(confirm_after); model.charts.len()],
            drift: DriftWatch::new(model.usual),
            kept: VecDeque::new(),
            row: vec![0.0; tags.len()],
            shares: vec![0.0; tags.len()],
            tags,
            scorer: Scorer::new(model)?,
        })
    }

    /// A chart with another model that goes on where this one stands: it is shown the last samples, and takes the next one
    /// when this one would have. With a model of another sample period it warms up instead.
    ///
    /// # Errors
    /// As [`ModelChart::new`].
    pub fn successor(&self, model: Arc<ChartModel>, plant: &Plant) -> Result<Self, ModelError> {
        let same_period = model.settings.sample_period == self.model().settings.sample_period;
        let mut next = Self::new(model, plant, self.confirm_after)?;
        if same_period {
            next.sampler = self.sampler.clone();
            self.kept.iter().for_each(|sample| drop(next.judge(&sample.values, &sample.qualities)));
            // What it was shown is not what it has watched.
            next.drift = DriftWatch::new(next.model().usual);
        }
        Ok(next)
    }

    /// The model that it watches with.
    pub const fn model(&self) -> &Arc<ChartModel> {
        self.scorer.model()
    }

    /// What it could say before the next sample.
    pub fn state(&self) -> DetectorState {
        let missing = (self.model().samples_needed() - self.scorer.seen()) as u32;
        match self.confirmation.state() {
            DetectorState::WarmingUp { have, need } => {
                let before = self.model().samples_needed() as u32 - 1;
                DetectorState::WarmingUp { have: have + (before + 1 - missing).min(before), need: need + before }
            }
            state => state,
        }
    }

    /// Whether the model still fits the plant.
    pub fn drift(&self) -> Drift {
        self.drift.drift()
    }

    /// Forgets what came before, as after a reset of the plant: what was seen then does not continue.
    pub fn start_over(&mut self) {
        self.kept.clear();
        self.forget();
    }

    /// Takes the next scan, values and qualities in the order of the plant's tags; `None` between two samples.
    ///
    /// A gap in plant time, a reset of the plant and a blind sample make it warm up again: what it saw before does not
    /// continue.
    pub fn push(&mut self, source_time: SourceTime, values: &[f64], qualities: &[Quality]) -> Option<Reading> {
        match self.sampler.tick(source_time) {
            Due::NotYet => return None,
            Due::Sample => {}
            Due::SampleAfterGap => self.start_over(),
        }
        Some(self.judge(values, qualities))
    }

    /// Takes the next scan and says it as a verdict.
    pub fn push_scan(&mut self, detector: &DetectorId, scan: &Scan) -> Option<Verdict> {
        let Reading { state, scores, contributions } = self.push(scan.source_time, &scan.values, &scan.qualities)?;
        Some(Verdict {
            detector: detector.clone(),
            source_time: scan.source_time,
            scan: scan.number,
            state,
            scores,
            contributions,
            model_version: Some(self.model().version.clone()),
        })
    }

    fn forget(&mut self) {
        self.confirmation.restart();
        self.advice.iter_mut().for_each(Confirmation::restart);
        self.scorer.restart();
    }

    fn judge(&mut self, values: &[f64], qualities: &[Quality]) -> Reading {
        self.keep(values, qualities);
        let blinding = self.read(values, qualities);
        if !blinding.is_empty() {
            self.forget();
            let state = DetectorState::Blind { tags: blinding };
            return Reading { state, scores: Vec::new(), contributions: Vec::new() };
        }
        let scored = self.scorer.push(&self.row).expect("the row is as wide as the model").map(<[f64]>::to_vec);
        if scored.as_ref().is_some_and(|statistics| statistics.iter().any(|statistic| statistic.is_nan())) {
            // A network that has no answer has not said that all is well.
            let state =
                DetectorState::Blind { tags: self.scorer.unanswered().map(|column| self.tags[column]).collect() };
            self.forget();
            return Reading { state, scores: Vec::new(), contributions: Vec::new() };
        }
        if let Some(statistics) = &scored {
            self.confirmation.push(self.scorer.model().exceeded_by(statistics));
            let charts = self.scorer.model().charts.iter().zip(statistics);
            charts.zip(&mut self.advice).for_each(|((chart, statistic), advice)| advice.push(*statistic > chart.limit));
            if self.confirmation.state() == DetectorState::Normal {
                self.drift.push(statistics[0]);
            }
        }
        self.reading(scored.unwrap_or_default())
    }

    fn keep(&mut self, values: &[f64], qualities: &[Quality]) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Sample { values: values.into(), qualities: qualities.into() });
    }

    /// Gathers the model's row, and returns the tags that are not usable.
    fn read(&mut self, values: &[f64], qualities: &[Quality]) -> Vec<TagIndex> {
        let mut blinding = Vec::new();
        for (slot, tag) in self.row.iter_mut().zip(&self.tags) {
            let value = values.get(tag.get()).copied().unwrap_or(f64::NAN);
            let usable = qualities.get(tag.get()).is_some_and(|quality| quality.is_usable());
            if usable && value.is_finite() { *slot = value } else { blinding.push(*tag) }
        }
        blinding
    }

    fn reading(&mut self, statistics: Vec<f64>) -> Reading {
        let state = self.state();
        if matches!(state, DetectorState::WarmingUp { .. }) {
            return Reading { state, scores: Vec::new(), contributions: Vec::new() };
        }
        let score = |((chart, statistic), advice): ((&ModelledChart, f64), &Confirmation)| ChartScore {
            chart: chart.name.clone(),
            statistic,
            limit: chart.limit,
            role: match (chart.joint, advice.state()) {
                (true, _) => ChartRole::Deciding,
                (false, DetectorState::Alarm) => ChartRole::Advising,
                (false, _) => ChartRole::Advisory,
            },
        };
        let scores = self.model().charts.iter().zip(statistics).zip(&self.advice).map(score).collect();
        Reading { state, scores, contributions: self.contributions() }
    }

    fn contributions(&mut self) -> Vec<Contribution> {
        self.scorer.shares(&mut self.shares).expect("as many shares as tags");
        let of = |(&tag, &share): (&TagIndex, &f64)| Contribution { tag, share };
        let mut contributions: Vec<_> = self.tags.iter().zip(&self.shares).map(of).collect();
        contributions.sort_by(|a, b| b.share.total_cmp(&a.share));
        contributions
    }
}
