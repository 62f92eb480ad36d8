//! A model that watches a running plant.

use std::sync::Arc;

use super::model::{ModelError, PcaModel};
use super::projection::Statistics;
use super::scorer::PcaScorer;
use crate::detect::confirmation::Confirmation;
use crate::detect::sampler::{Due, Sampler};
use crate::domain::{
    ChartScore, Contribution, DetectorId, DetectorState, Plant, Quality, Scan, SourceTime, TagIndex, Verdict,
};

/// What the chart makes of one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it can honestly say.
    pub state: DetectorState,
    /// T² and SPE against their limits; empty while warming up and while blind.
    pub scores: Vec<ChartScore>,
    /// Largest first, adding up to 1; empty when there are no scores.
    pub contributions: Vec<Contribution>,
}

/// Watches one plant with one model. It samples at the model's period of plant time, whatever the scan interval.
#[derive(Clone, Debug)]
pub struct PcaChart {
    scorer: PcaScorer,
    tags: Vec<TagIndex>,
    sampler: Sampler,
    confirmation: Confirmation,
    row: Vec<f64>,
    shares: Vec<f64>,
}

impl PcaChart {
    /// A chart that is warming up; `confirm_after` samples in a row confirm an alarm, and its end.
    ///
    /// # Errors
    /// When the model's parts do not fit together, or the plant lacks one of its tags.
    pub fn new(model: Arc<PcaModel>, plant: &Plant, confirm_after: u32) -> Result<Self, ModelError> {
        let find = |tag| {
            let unknown = || ModelError::UnknownTag { version: model.version.clone(), tag: Clone::clone(tag) };
            plant.tag_index(tag).ok_or_else(unknown)
        };
        let tags = model.tags.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            sampler: Sampler::new(model.sample_period),
            confirmation: Confirmation::new(confirm_after),
            row: vec![0.0; tags.len()],
            shares: vec![0.0; tags.len()],
            tags,
            scorer: PcaScorer::new(model)?,
        })
    }

    /// The model that it watches with.
    pub const fn model(&self) -> &Arc<PcaModel> {
        self.scorer.model()
    }

    /// What it could say before the next sample.
    pub const fn state(&self) -> DetectorState {
        self.confirmation.state()
    }

    /// Forgets what came before, as after a reset of the plant: what was seen then does not continue.
    pub fn start_over(&mut self) {
        self.confirmation.restart();
    }

    /// Takes the next scan, values and qualities in the order of the plant's tags; `None` between two samples.
    ///
    /// A gap in plant time, a reset of the plant and a blind sample make it warm up again: what it saw before does not
    /// continue.
    pub fn push(&mut self, source_time: SourceTime, values: &[f64], qualities: &[Quality]) -> Option<Reading> {
        match self.sampler.tick(source_time) {
            Due::NotYet => return None,
            Due::Sample => {}
            Due::SampleAfterGap => self.confirmation.restart(),
        }
        let blinding = self.read(values, qualities);
        if !blinding.is_empty() {
            self.confirmation.restart();
            let state = DetectorState::Blind { tags: blinding };
            return Some(Reading { state, scores: Vec::new(), contributions: Vec::new() });
        }
        let statistics = self.scorer.score(&self.row).expect("the row is as wide as the model");
        self.confirmation.push(self.scorer.exceeds());
        Some(self.reading(statistics))
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

    fn reading(&mut self, statistics: Statistics) -> Reading {
        let state = self.confirmation.state();
        if matches!(state, DetectorState::WarmingUp { .. }) {
            return Reading { state, scores: Vec::new(), contributions: Vec::new() };
        }
        let limits = self.model().limits;
        let score = |chart: &str, statistic, limit| ChartScore { chart: chart.to_owned(), statistic, limit };
        let scores = vec![score("T2", statistics.t2, limits.t2), score("SPE", statistics.spe, limits.spe)];
        Reading { state, scores, contributions: self.contributions() }
    }

    fn contributions(&mut self) -> Vec<Contribution> {
        self.scorer.shares(&mut self.shares);
        let of = |(&tag, &share): (&TagIndex, &f64)| Contribution { tag, share };
        let mut contributions: Vec<_> = self.tags.iter().zip(&self.shares).map(of).collect();
        contributions.sort_by(|a, b| b.share.total_cmp(&a.share));
        contributions
    }
}

#[cfg(test)]
mod tests;
