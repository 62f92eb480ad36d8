//! The trained artefact: everything that a verdict rests on, by tag name, so that it outlives a plant file.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::drift::Usual;
use super::gauge::{GaugeSpec, Smoothing};
use super::lens::Lens;
use super::method::Method;
use super::network::{Network, NetworkError};
use super::record::{HeldOut, ModelError, TrainingRecord};
use crate::domain::TagId;

/// So many deviations from the mean of training no fault of the simulated plant takes a tag within half an hour.
const STRANGE: f64 = 200.0;

/// What is set, not learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartSettings {
    /// How outputs are made of rows.
    pub method: Method,
    /// Share of normal rows that may exceed a limit of the charts that decide together, 0…1.
    pub false_alarm_rate: f64,
    /// Plant time between two samples.
    pub sample_period: Duration,
}

/// One chart of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelledChart {
    /// As engineers know it: `T2`, `SPE`, `raw`, `slow`.
    pub name: String,
    /// Whether it decides together with the other charts of which this is said.
    pub joint: bool,
    /// The limit in force; with others, so that together they keep the rate.
    pub limit: f64,
    /// The limit at which it keeps the rate alone, for comparison.
    pub limit_alone: f64,
    pub(super) gauge: GaugeSpec,
}

impl ModelledChart {
    /// Whether its limit is a rule, not a quantile of held-out rows.
    pub const fn by_rule(&self) -> bool {
        matches!(self.gauge.smoothing, Smoothing::Stillness)
    }
}

/// A trained model of any of the methods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartModel {
    /// Names it; equal data and settings give an equal version.
    pub version: String,
    /// What it was trained with.
    pub settings: ChartSettings,
    /// The tags that it needs, in the order of its columns.
    pub tags: Vec<TagId>,
    /// Its charts, in the order in which statistics come.
    pub charts: Vec<ModelledChart>,
    /// Share of normal rows that exceeded a joint limit where they were used neither for the fit nor for the limits, 0…1.
    pub measured_false_alarm_rate: f64,
    /// The held-out rows on which the limits rest.
    pub held_out: HeldOut,
    /// What it was trained on.
    pub training: TrainingRecord,
    /// What is usual of its first chart over a longer time; what drift is measured against.
    pub usual: Usual,
    /// For how many rows each tag repeated its value at most; empty where no chart watches for that.
    #[serde(default)]
    pub(super) longest_stillness: Vec<u32>,
    /// A network trained elsewhere that stands before the lens; `None` of what is fitted here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    pub(super) lens: Lens,
}

impl ChartModel {
    /// Whether any of the charts that decide together is above its limit.
    pub fn exceeded_by(&self, statistics: &[f64]) -> bool {
        self.charts.iter().zip(statistics).any(|(chart, statistic)| chart.joint && *statistic > chart.limit)
    }

    /// What engineers call those of its joint charts whose limits are quantiles: a union of two, a trio.
    pub fn joint_title(&self) -> &'static str {
        match self.charts.iter().filter(|chart| chart.joint && !chart.by_rule()).count() {
            3 => "trio",
            _ => "union",
        }
    }

    pub(super) fn watches_stillness(&self) -> bool {
        self.charts.iter().any(ModelledChart::by_rule)
    }

    /// How many samples it needs before it can give a statistic.
    pub const fn samples_needed(&self) -> usize {
        self.lens.shape.lags + 1
    }

    /// A row, as wide as the model, in deviations from the mean of training.
    pub fn standardised<'a>(&'a self, row: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        let (mean, deviation) = self.usual_values();
        row.iter().zip(mean).zip(deviation).map(|((value, mean), deviation)| (value - mean) / deviation)
    }

    /// Mean and standard deviation of each tag in the rows of training. Behind a network the lens sees something else.
    fn usual_values(&self) -> (&[f64], &[f64]) {
        match &self.network {
            Some(network) => (&network.mean, &network.deviation),
            None => (&self.lens.mean, &self.lens.deviation),
        }
    }

    /// The same with its matrix kept to so many figures: a shorter file, and innovations that differ less than anybody sees.
    #[must_use]
    pub fn rounded(mut self, figures: usize) -> Self {
        for weight in &mut self.lens.weights {
            *weight = format!("{weight:.*e}", figures.saturating_sub(1)).parse().unwrap_or(*weight);
        }
        self
    }

    /// For how many rows each tag repeated its value in training at most; empty where no chart watches for that.
    pub fn longest_stillness(&self) -> &[u32] {
        &self.longest_stillness
    }

    /// The tag that in these rows lies furthest from its values in training, and by how many of its deviations, when that is
    /// further than any fault has ever taken one: then it is in another unit, or another plant's. Rows are as wide as the
    /// model.
    pub fn stranger<'m, 'r>(&'m self, rows: impl Iterator<Item = &'r [f64]> + Clone) -> Option<(&'m TagId, f64)> {
        let (means, deviations) = self.usual_values();
        let median = |(at, tag): (usize, &'m TagId)| {
            let (mean, deviation): (f64, f64) = (means[at], deviations[at]);
            let off = |row: &'r [f64]| (row[at] - mean).abs() / deviation;
            let mut off: Vec<f64> = rows.clone().map(off).filter(|off| off.is_finite()).collect();
            off.sort_by(f64::total_cmp);
            off.get(off.len() / 2).map(|median| (tag, *median))
        };
        let furthest = self.tags.iter().enumerate().filter_map(median).max_by(|a, b| a.1.total_cmp(&b.1));
        furthest.filter(|(_, off)| *off > STRANGE)
    }

    /// Refuses a model that would not compute: a damaged file must not become a verdict.
    ///
    /// # Errors
    /// Names the first part that does not fit or makes no sense.
    pub fn check(&self) -> Result<(), ModelError> {
        self.check_shape()?;
        self.check_numbers()?;
        match &self.network {
            Some(network) if !network.is_sound() => {
                let problem = NetworkError::File("its file does not have the hash that it was kept with".to_owned());
                Err(ModelError::Network { version: self.version.clone(), problem })
            }
            _ => Ok(()),
        }
    }

    fn check_shape(&self) -> Result<(), ModelError> {
        let (width, outputs) = (self.tags.len(), self.lens.outputs());
        let entries = self.lens.shape.entries();
        let parts = [
            ("width", width, self.lens.shape.width),
            ("mean", width, self.lens.mean.len()),
            ("deviation", width, self.lens.deviation.len()),
            ("the network's mean", width, self.usual_values().0.len()),
            ("the network's deviation", width, self.usual_values().1.len()),
            ("networks", usize::from(self.settings.method == Method::Onnx), usize::from(self.network.is_some())),
            ("weights", entries * outputs, self.lens.weights.len()),
            ("longest_stillness", if self.watches_stillness() { width } else { 0 }, self.longest_stillness.len()),
        ];
        let wrong = |part, expected, got| Err(ModelError::Shape { version: self.version.clone(), part, expected, got });
        if width < 2 {
            return wrong("tags", 2, width);
        }
        if let Some((part, expected, got)) = parts.into_iter().find(|(_, expected, got)| expected != got) {
            return wrong(part, expected, got);
        }
        let beyond = |chart: &&ModelledChart| {
            let end = chart.gauge.first.saturating_add(chart.gauge.outputs);
            end > outputs || chart.gauge.outputs == 0 || !chart.gauge.outputs.is_multiple_of(width)
        };
        match self.charts.iter().find(beyond) {
            Some(chart) => wrong("a chart", outputs, chart.gauge.first.saturating_add(chart.gauge.outputs)),
            None if self.charts.is_empty() => wrong("charts", 1, 0),
            None => Ok(()),
        }
    }

    fn check_numbers(&self) -> Result<(), ModelError> {
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let positive = |values: &[f64]| values.iter().all(|value| value.is_finite() && *value > 0.0);
        let sound = [
            ("mean", finite(&self.lens.mean)),
            ("deviation", positive(&self.lens.deviation)),
            ("weights", finite(&self.lens.weights) && finite(&self.lens.offset)),
            ("memory", self.lens.shape.memory.iter().all(|factor| (0.0..=1.0).contains(factor))),
            ("limits", self.charts.iter().all(|chart| positive(&[chart.limit, chart.limit_alone]))),
            ("the network's mean", finite(self.usual_values().0)),
            ("the network's deviation", positive(self.usual_values().1)),
            ("sample_period", !self.settings.sample_period.is_zero()),
        ];
        match sound.into_iter().find(|(_, sound)| !sound) {
            Some((part, _)) => Err(ModelError::Number { version: self.version.clone(), part }),
            None => Ok(()),
        }
    }
}
