//! What an incident may be that is younger than any age at which incidents are compared.

use super::library::{AGES, Library};
use super::stretch::Stretch;
use crate::detect::multivariate::ModelError;
use crate::domain::{Candidate, SourceTime};

/// Fewer rows than this after the departure look like nothing in particular.
const ROWS_LEAST: usize = 2;
/// A cause less likely than this is not told.
const SCORE_LEAST: f64 = 0.01;
/// Distances are of fewer rows than those by which scores were calibrated, so they are believed less.
const BELIEVED: f64 = 0.5;

impl Library {
    /// The causes whose incidents an incident resembles that is too young to be diagnosed, the likeliest first: its first rows
    /// beside the youngest age of those that are known. How often that is right was not measured when the library was made, so
    /// it is a suspicion and no diagnosis. Empty when it is old enough, or shows nothing yet.
    ///
    /// # Errors
    /// When the rows are of another width than the frame.
    pub fn suspects(&self, stretch: &Stretch, raised: SourceTime) -> Result<Vec<Candidate>, ModelError> {
        let look = self.frame.look(stretch)?;
        let alarm = stretch.at(raised).and_then(|row| row.checked_sub(look.skipped()));
        let Some(departed) = alarm.and_then(|alarm| look.departure(alarm)) else { return Ok(Vec::new()) };
        let old = look.rows() - departed;
        if !(ROWS_LEAST..AGES[0]).contains(&old) {
            return Ok(Vec::new());
        }
        let Some(print) = look.fingerprint(departed, old) else { return Ok(Vec::new()) };
        let (space, calibration) = (&self.spaces[0], &self.calibrations[0]);
        let distances: Vec<(usize, f64)> = space
            .to_causes(&space.place(&print))
            .into_iter()
            .map(|(cause, squared)| (cause, BELIEVED * squared))
            .collect();
        let candidate = |(cause, score): (usize, f64)| Candidate {
            cause: self.causes[cause].clone(),
            score,
            support: space.support(cause) as u32,
        };
        let scores = calibration.scores(&distances).into_iter().filter(|(_, score)| *score >= SCORE_LEAST);
        Ok(scores.map(candidate).collect())
    }
}
