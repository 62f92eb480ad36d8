//! Rows through a model: the two statistics, and what each tag contributes.

use std::sync::Arc;

use super::model::{ModelError, PcaModel};
use super::projection::{Projection, Scratch, Statistics};
use crate::detect::{TrainingData, TrainingDataError};

/// Scores rows with one model, allocating nothing per row.
#[derive(Clone, Debug)]
pub struct PcaScorer {
    model: Arc<PcaModel>,
    projection: Projection,
    scratch: Scratch,
    last: Statistics,
}

impl PcaScorer {
    /// # Errors
    /// When the model's parts do not fit together.
    pub fn new(model: Arc<PcaModel>) -> Result<Self, ModelError> {
        model.check()?;
        let projection = model.projection();
        Ok(Self { scratch: projection.scratch(), projection, model, last: Statistics::default() })
    }

    /// The model that it scores with.
    pub const fn model(&self) -> &Arc<PcaModel> {
        &self.model
    }

    /// Scores one row, values in the tags' units in the order of the model's tags.
    ///
    /// # Errors
    /// When the row is of another width than the model.
    pub fn score(&mut self, row: &[f64]) -> Result<Statistics, ModelError> {
        let expected = self.model.tags.len();
        if row.len() != expected {
            return Err(ModelError::Width { version: self.model.version.clone(), expected, got: row.len() });
        }
        self.last = self.projection.score(row, &mut self.scratch);
        Ok(self.last)
    }

    /// Whether either statistic of the row scored last exceeds its limit.
    pub fn exceeds(&self) -> bool {
        self.model.limits.exceeded_by(self.last)
    }

    /// For every row, whether either statistic exceeds its limit; for batch evaluation.
    ///
    /// # Errors
    /// When a tag of the model is missing in the rows.
    pub fn exceedances(&mut self, data: &TrainingData) -> Result<Vec<bool>, TrainingDataError> {
        let rows = data.select(&self.model.tags)?;
        let exceeds = |at| self.model.limits.exceeded_by(self.projection.score(rows.row(at), &mut self.scratch));
        Ok((0..rows.rows()).map(exceeds).collect())
    }

    /// Each tag's share in the row scored last, in the order of the model's tags; they add up to 1.
    ///
    /// Only charts that exceed count, both when neither does, each by how much of its limit it fills.
    pub fn shares(&self, shares: &mut [f64]) {
        let Statistics { t2, spe } = self.last;
        let limits = self.model.limits;
        let neither = !self.exceeds();
        let weight = |counts: bool, limit: f64| if counts || neither { 1.0 / limit } else { 0.0 };
        shares.fill(0.0);
        self.projection.add_t2_parts(&self.scratch, weight(t2 > limits.t2, limits.t2), shares);
        let spe_weight = weight(spe > limits.spe, limits.spe);
        shares.iter_mut().zip(&self.scratch.residual).for_each(|(share, left)| *share += spe_weight * left * left);
        let total: f64 = shares.iter().sum();
        if total > 0.0 {
            shares.iter_mut().for_each(|share| *share /= total);
        }
    }
}
