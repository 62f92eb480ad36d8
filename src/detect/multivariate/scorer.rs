//! Statistics of rows, one at a time or many at once, from the same code.

use std::sync::Arc;

use super::gauge::Gauge;
use super::lens::View;
use super::model::ChartModel;
use super::network::Residuals;
use super::record::ModelError;
use super::stillness::Stillness;
use crate::detect::TrainingData;
use crate::detect::training_data::TrainingDataError;

/// Scores rows by a model. Nothing is allocated for a row, but by a network.
#[derive(Clone, Debug)]
pub struct Scorer {
    model: Arc<ChartModel>,
    /// What stands before the view, where the model has a network.
    network: Option<Residuals>,
    view: View,
    /// Of all charts but that of stillness, which comes last.
    gauges: Vec<Gauge>,
    stillness: Option<Stillness>,
    statistics: Vec<f64>,
}

impl Scorer {
    /// One that has seen nothing yet.
    ///
    /// # Errors
    /// When the model's parts do not fit together.
    pub fn new(model: Arc<ChartModel>) -> Result<Self, ModelError> {
        model.check()?;
        Ok(Self {
            network: Residuals::of_model(&model)?,
            view: View::new(model.lens.clone()),
            gauges: model.charts.iter().filter(|chart| !chart.by_rule()).map(|chart| Gauge::new(chart.gauge)).collect(),
            stillness: model.watches_stillness().then(|| Stillness::new(model.longest_stillness.clone())),
            statistics: vec![0.0; model.charts.len()],
            model,
        })
    }

    /// The model that it scores by.
    pub const fn model(&self) -> &Arc<ChartModel> {
        &self.model
    }

    /// How many samples it has of those that it needs.
    pub const fn seen(&self) -> usize {
        self.view.seen()
    }

    /// Forgets what it has seen: the next row does not follow.
    pub fn restart(&mut self) {
        self.view.restart();
        self.gauges.iter_mut().for_each(Gauge::restart);
        self.stillness.iter_mut().for_each(Stillness::restart);
    }

    /// The statistics of the next row, one a chart; `None` while rows are missing before it. Values are in the tags'
    /// units, in the order of the model's tags. Where a network has no answer, the statistics are not numbers, and the next row
    /// begins anew.
    ///
    /// # Errors
    /// When the row is of another width than the model; nothing has changed then.
    pub fn push(&mut self, row: &[f64]) -> Result<Option<&[f64]>, ModelError> {
        self.check_width(row)?;
        self.stillness.iter_mut().for_each(|still| still.take(row));
        let row = match &mut self.network {
            None => row,
            Some(network) => {
                let left = network.take(row);
                if left.iter().any(|value| !value.is_finite()) {
                    self.restart();
                    self.statistics.fill(f64::NAN);
                    return Ok(Some(&self.statistics));
                }
                left
            }
        };
        let Some(outputs) = self.view.push(row) else { return Ok(None) };
        measure(&mut self.statistics, &mut self.gauges, self.stillness.as_ref(), outputs);
        Ok(Some(&self.statistics))
    }

    /// The outputs of which [`Self::push`] made its last statistics; for an autoregression the whitened innovations, one a tag.
    pub fn outputs(&self) -> &[f64] {
        self.view.outputs()
    }

    /// The columns for which a network has no answer in the row taken last; none where there is no network.
    pub fn unanswered(&self) -> impl Iterator<Item = usize> + '_ {
        let left = self.network.as_ref().map_or(&[][..], Residuals::left);
        left.iter().enumerate().filter(|(_, value)| !value.is_finite()).map(|(column, _)| column)
    }

    /// Hands on the statistics of many rows that follow each other, for every row that has some.
    ///
    /// # Errors
    /// When a row is of another width than the model; nothing has changed then.
    pub fn push_all<'a>(
        &mut self,
        rows: impl Iterator<Item = &'a [f64]> + Clone,
        mut each: impl FnMut(&[f64]),
    ) -> Result<(), ModelError> {
        rows.clone().try_for_each(|row| self.check_width(row))?;
        if self.network.is_some() {
            // A network takes its rows one by one.
            for row in rows {
                if let Some(statistics) = self.push(row)? {
                    each(statistics);
                }
            }
            return Ok(());
        }
        let Self { view, gauges, stillness, statistics, .. } = self;
        // Outputs come in blocks; stillness follows them row by row.
        let mut behind = rows.clone();
        let mut missing = view.needed() - 1 - view.seen().min(view.needed() - 1);
        view.push_all(rows, |outputs| {
            if let Some(still) = stillness {
                behind.by_ref().take(missing + 1).for_each(|row| still.take(row));
                missing = 0;
            }
            measure(statistics, gauges, stillness.as_ref(), outputs);
            each(statistics);
        });
        if let Some(still) = stillness {
            behind.for_each(|row| still.take(row));
        }
        Ok(())
    }

    /// The statistics of all rows, by chart, each run from its beginning; NaN for rows that have none. Columns are found
    /// by name. A row with a value that is no number blinds, and the next one begins anew.
    ///
    /// # Errors
    /// When a tag of the model is missing.
    pub fn score(&mut self, data: &TrainingData) -> Result<Vec<Vec<f64>>, TrainingDataError> {
        let data = data.select(&self.model.tags)?;
        let mut by_chart = vec![vec![f64::NAN; data.rows()]; self.statistics.len()];
        let sound = |at: &usize| data.row(*at).iter().all(|value| value.is_finite());
        for run in data.runs() {
            let mut from = run.first_row;
            while let Some(first) = (from..run.range().end).find(sound) {
                let end = (first..run.range().end).find(|at| !sound(at)).unwrap_or(run.range().end);
                self.restart();
                let mut at = first + self.model.samples_needed() - 1;
                let scored = self.push_all((first..end).map(|at| data.row(at)), |statistics| {
                    by_chart.iter_mut().zip(statistics).for_each(|(chart, statistic)| chart[at] = *statistic);
                    at += 1;
                });
                debug_assert!(scored.is_ok(), "selected rows are as wide as the model");
                from = end;
            }
        }
        Ok(by_chart)
    }

    /// Each tag's share of what the last row scored, adding up to 1, for the charts that exceed their limit (all that
    /// decide together when none does), each divided by its limit.
    ///
    /// # Errors
    /// When `shares` is of another width than the model.
    pub fn shares(&self, shares: &mut [f64]) -> Result<(), ModelError> {
        self.check_width(shares)?;
        shares.fill(0.0);
        let charts = || self.model.charts.iter().zip(&self.statistics).zip(&self.gauges).filter(|((c, _), _)| c.joint);
        let any = self.model.exceeded_by(&self.statistics);
        for ((chart, statistic), gauge) in charts() {
            if !any || *statistic > chart.limit {
                gauge.add_parts(1.0 / chart.limit, shares);
            }
        }
        if let (Some(still), Some(chart)) = (&self.stillness, self.model.charts.last())
            && still.statistic() > chart.limit
        {
            still.add_parts(1.0 / chart.limit, shares);
        }
        let total: f64 = shares.iter().sum();
        if total > 0.0 {
            shares.iter_mut().for_each(|share| *share /= total);
        }
        Ok(())
    }

    fn check_width(&self, row: &[f64]) -> Result<(), ModelError> {
        let (expected, got) = (self.model.tags.len(), row.len());
        if expected == got {
            Ok(())
        } else {
            Err(ModelError::Width { version: self.model.version.clone(), expected, got })
        }
    }
}

fn measure(statistics: &mut [f64], gauges: &mut [Gauge], stillness: Option<&Stillness>, outputs: &[f64]) {
    for (statistic, gauge) in statistics.iter_mut().zip(gauges) {
        *statistic = gauge.push(outputs);
    }
    if let (Some(still), Some(last)) = (stillness, statistics.last_mut()) {
        *last = still.statistic();
    }
}
