//! Something new while an incident is under way: seen against what the plant has settled at, not against normal operation.
//!
//! The frame is linear. A fault to which the plant has settled moves what the frame sees by a constant, and what comes on top of
//! it looks, once that constant is taken off, as it would have looked alone. Where the first fault never settles, nothing
//! is new, and nothing is said.

use std::ops::Range;

use super::diagnose::Finding;
use super::frame::Look;
use super::library::Library;
use super::stretch::Stretch;
use crate::detect::multivariate::ModelError;
use crate::domain::SourceTime;

/// Rows after a beginning in which it is on its way: half an hour at three minutes.
const ON_ITS_WAY: usize = 10;
/// Settled rows with which new ones are compared: at least two hours of them, at most three.
const SETTLED: Range<usize> = 40..60;
/// Rows that are looked at together; the furthest of them does not count, so that one odd row is nothing new.
const TOGETHER: usize = 5;
/// They lie further out than as many settled rows anywhere, squared and by this much,
const FURTHER: f64 = 2.0;
/// and so much further than settled rows usually do. Both chosen on simulated runs, see `docs/evaluation.md`.
const UNUSUAL: f64 = 1.8;

/// The beginning of something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Onset {
    /// The first sample that is not as the plant had settled, plant time.
    pub began: SourceTime,
    /// The sample at which it was certain, plant time.
    pub seen: SourceTime,
    /// From this sample on the plant had settled, plant time.
    pub settled: SourceTime,
}

impl Look {
    /// After an incident began: settled rows, the first row of something new, and the one at which that was certain.
    fn onset(&self, after: usize) -> Option<(Range<usize>, usize, usize)> {
        let first = after + ON_ITS_WAY;
        (first + SETTLED.start..=self.rows().checked_sub(TOGETHER)?).find_map(|row| {
            let settled = first.max(row.saturating_sub(SETTLED.end))..row;
            let usual = self.usual(settled.clone());
            let distances: Vec<f64> =
                (settled.start..row + TOGETHER).map(|row| usual.distance(self.innovations(row))).collect();
            let (before, new) = distances.split_at(settled.len());
            let furthest = before.windows(TOGETHER).map(without_the_furthest).fold(0.0, f64::max);
            let mean = before.iter().sum::<f64>() / before.len() as f64;
            let beyond = (FURTHER * furthest).max(UNUSUAL * mean * (TOGETHER - 1) as f64);
            if without_the_furthest(new) <= beyond {
                return None;
            }
            // The first of them may still be as the plant had settled.
            let as_before = new.iter().take_while(|distance| **distance <= UNUSUAL * mean).count();
            Some((settled.start..row + as_before, row + as_before, row + TOGETHER - 1))
        })
    }
}

/// The sum of distances but for the largest.
fn without_the_furthest(distances: &[f64]) -> f64 {
    distances.iter().sum::<f64>() - distances.iter().copied().fold(0.0, f64::max)
}

impl Library {
    /// The first beginning of something new after another began; `None` while there is none.
    ///
    /// # Errors
    /// When the rows are of another width than the frame.
    pub fn later_onset(&self, stretch: &Stretch, after: SourceTime) -> Result<Option<Onset>, ModelError> {
        let look = self.frame.look(stretch)?;
        let after = stretch.at(after).unwrap_or(0).saturating_sub(look.skipped());
        let time = |row: usize| stretch.times()[row + look.skipped()];
        Ok(look.onset(after).map(|(settled, began, seen)| Onset {
            began: time(began),
            seen: time(seen),
            settled: time(settled.start),
        }))
    }

    /// Diagnoses what has begun under an incident that was under way. `None` when the settled rows before it are no longer
    /// among those that are known.
    ///
    /// # Errors
    /// When the rows are of another width than the frame.
    pub fn diagnose_onset(&self, stretch: &Stretch, onset: &Onset) -> Result<Option<Finding>, ModelError> {
        let look = self.frame.look(stretch)?;
        let row = |time: SourceTime| stretch.at(time).and_then(|row| row.checked_sub(look.skipped()));
        let Some(began) = row(onset.began) else { return Ok(None) };
        let settled = row(onset.settled).unwrap_or(0)..began;
        if settled.len() < SETTLED.start || began >= look.rows() {
            return Ok(None);
        }
        let departed = settled.len();
        let mut finding = self.found(stretch, &look.since(settled), departed);
        finding.diagnosis.window.from = onset.settled;
        Ok(Some(finding))
    }
}
