//! How an incident is looked at: innovations of one autoregression, when they left normal operation, and what they look like
//! from then on.
//!
//! Only what one frame has seen can be compared. So a library brings its frame along, whatever chart raised the alarm.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::stretch::Stretch;
use crate::detect::multivariate::ModelError;
use crate::detect::multivariate::{ChartModel, Method, Scorer};
use crate::domain::TagId;

/// So many rows without an exceedance end an incident, looking back from its alarm.
const GAP: usize = 3;
/// Rows before an alarm in which its beginning is looked for: eight hours at three minutes.
const LOOK_BACK: usize = 160;
/// Rows after an alarm in which it is looked for when another chart has been quicker.
const LOOK_AHEAD: usize = 10;
/// Factor of the slow mean of the innovations, which holds hours.
const SLOW: f64 = 0.05;
/// Added to mean squares before their logarithm is taken, in squared deviations: what stands still is very quiet, not infinitely.
const QUIET: f64 = 1e-3;
/// Factor of the mean of the innovations whose size over the incident is told: half an hour.
const SWING: f64 = 0.1;
/// Added to its mean square.
const QUIET_SWING: f64 = 1e-2;
/// A frame fits rows of normal operation when at most one in so many is beyond its limits.
const CALM: usize = 10;
/// Fewer rows than this do not show whether a frame fits.
const CALM_ROWS: usize = 20;
/// Numbers that a fingerprint has of each tag.
pub(super) const NUMBERS_A_TAG: usize = 6;

/// Why a model is no frame.
#[derive(Debug, Error)]
pub enum FrameError {
    /// The model does not hang together.
    #[error("the model of the frame cannot be used")]
    Model(#[from] ModelError),
    /// It has no innovations.
    #[error("model {0} does not predict, so it has no innovations to look at")]
    NoInnovations(String),
}

/// A way of looking.
#[derive(Clone, Debug)]
pub struct Frame {
    model: Arc<ChartModel>,
}

/// What a frame sees in a stretch.
#[derive(Clone, Debug)]
pub(super) struct Look {
    width: usize,
    /// Rows before the first that could be looked at.
    skipped: usize,
    /// Standardised values, row by row.
    standard: Vec<f64>,
    /// Whitened innovations, row by row.
    innovations: Vec<f64>,
    /// Whether any chart that decides together is beyond its limit.
    exceeds: Vec<bool>,
}

impl Frame {
    /// A frame of a trained autoregression.
    ///
    /// # Errors
    /// When the model does not hang together, or is none of the kind that predicts.
    pub fn new(model: Arc<ChartModel>) -> Result<Self, FrameError> {
        model.check()?;
        if matches!(model.settings.method, Method::Var { .. }) {
            Ok(Self { model })
        } else {
            Err(FrameError::NoInnovations(model.version.clone()))
        }
    }

    /// Names it; fingerprints of another version cannot be compared with its own.
    pub fn version(&self) -> &str {
        &self.model.version
    }

    /// The tags that it looks at, in the order of columns.
    pub fn tags(&self) -> &[TagId] {
        &self.model.tags
    }

    /// For how many rows each tag repeated its value in training at most.
    pub(super) fn longest_stillness(&self) -> &[u32] {
        self.model.longest_stillness()
    }

    /// Plant time between two rows.
    pub fn period(&self) -> Duration {
        self.model.settings.sample_period
    }

    /// The model by which it looks.
    pub const fn model(&self) -> &Arc<ChartModel> {
        &self.model
    }

    /// The first row of a stretch from `onset` on at which `confirm` rows in a row have exceeded, and the row at which that
    /// incident left normal operation.
    ///
    /// # Errors
    /// When its rows are not as wide as the frame has tags.
    pub fn alarm(&self, stretch: &Stretch, onset: usize, confirm: usize) -> Result<Option<(usize, usize)>, ModelError> {
        let look = self.look(stretch)?;
        let alarm = look.alarm(onset.saturating_sub(look.skipped), confirm);
        let both = alarm.and_then(|alarm| Some((alarm, look.departure(alarm)?)));
        Ok(both.map(|(alarm, departed)| (alarm + look.skipped, departed + look.skipped)))
    }

    /// The rows of a stretch over which an alarm would stand: `confirm` rows in a row raise it, and as many within the limits
    /// end it.
    ///
    /// # Errors
    /// When its rows are not as wide as the frame has tags.
    pub fn alarms(&self, stretch: &Stretch, confirm: usize) -> Result<Vec<Range<usize>>, ModelError> {
        let look = self.look(stretch)?;
        let (mut alarms, mut against, mut since) = (Vec::new(), 0, None);
        for (row, exceeds) in look.exceeds.iter().enumerate() {
            against = if *exceeds == since.is_some() { 0 } else { against + 1 };
            if against < confirm {
                continue;
            }
            against = 0;
            since = match since {
                None => Some(row + look.skipped),
                Some(raised) => {
                    alarms.push(raised..row + look.skipped);
                    None
                }
            };
        }
        alarms.extend(since.map(|raised| raised..stretch.rows()));
        Ok(alarms)
    }

    /// Whether what it sees long before a row, in the first half of the rows up to there, is normal operation: then the rows
    /// were taken as those that it was trained on. False when they are too few to know.
    ///
    /// # Errors
    /// When rows are not as wide as the frame has tags.
    pub(super) fn fits(&self, stretch: &Stretch, until: usize) -> Result<bool, ModelError> {
        let mut before = stretch.clone();
        before.keep_first(until / 2);
        let look = self.look(&before)?;
        let beyond = look.exceeds.iter().filter(|exceeds| **exceeds).count();
        Ok(look.rows() >= CALM_ROWS && beyond * CALM <= look.rows())
    }

    /// Looks at a stretch; its rows are as wide as the frame has tags.
    ///
    /// # Errors
    /// When they are not.
    pub(super) fn look(&self, stretch: &Stretch) -> Result<Look, ModelError> {
        let width = self.tags().len();
        let mut scorer = Scorer::new(Arc::clone(&self.model))?;
        let mut look = Look { width, skipped: 0, standard: Vec::new(), innovations: Vec::new(), exceeds: Vec::new() };
        for at in 0..stretch.rows() {
            let row = stretch.row(at);
            let exceeds = scorer.push(row)?.map(|statistics| self.model.exceeded_by(statistics));
            match exceeds {
                None => look.skipped += 1,
                Some(exceeds) => {
                    look.standard.extend(self.model.standardised(row));
                    look.innovations.extend_from_slice(scorer.outputs());
                    look.exceeds.push(exceeds);
                }
            }
        }
        Ok(look)
    }
}

impl Look {
    /// How many rows could be looked at.
    pub fn rows(&self) -> usize {
        self.exceeds.len()
    }

    /// Rows of the stretch before the first that could be looked at.
    pub const fn skipped(&self) -> usize {
        self.skipped
    }

    /// Whitened innovations of a row.
    pub fn innovations(&self, at: usize) -> &[f64] {
        &self.innovations[at * self.width..(at + 1) * self.width]
    }

    fn standard(&self, at: usize) -> &[f64] {
        &self.standard[at * self.width..(at + 1) * self.width]
    }

    /// What is left of it from the first of some settled rows on when their mean is taken for normal, and how far they lie
    /// apart for usual where that is more than in normal operation: what is new since then.
    pub fn since(&self, settled: Range<usize>) -> Self {
        let from = settled.start * self.width;
        let renewed = |values: &[f64]| {
            let usual = Usual::of(values, settled.clone(), self.width);
            let row = |row: &[f64]| usual.seen(row).collect::<Vec<_>>();
            values[from..].chunks_exact(self.width).flat_map(row).collect()
        };
        Self {
            width: self.width,
            skipped: self.skipped + settled.start,
            standard: renewed(&self.standard),
            innovations: renewed(&self.innovations),
            exceeds: self.exceeds[settled.start..].to_vec(),
        }
    }

    /// What innovations are like in some rows.
    pub fn usual(&self, rows: Range<usize>) -> Usual {
        Usual::of(&self.innovations, rows, self.width)
    }

    /// The first row from `onset` on at which `confirm` rows in a row have exceeded: where an alarm would be raised.
    pub fn alarm(&self, onset: usize, confirm: usize) -> Option<usize> {
        let mut in_a_row = 0;
        (0..self.rows()).find(|&row| {
            in_a_row = if self.exceeds[row] { in_a_row + 1 } else { 0 };
            row >= onset && in_a_row >= confirm
        })
    }

    /// The first row of the incident of which an alarm was raised at a row; `None` when nothing around it is unusual.
    pub fn departure(&self, alarm: usize) -> Option<usize> {
        let last = alarm.min(self.rows().checked_sub(1)?);
        let mut first = (last.saturating_sub(GAP)..=last).rev().find(|row| self.exceeds[*row]);
        if first.is_none() {
            return (last..self.rows().min(last + LOOK_AHEAD)).find(|row| self.exceeds[*row]);
        }
        for row in (last.saturating_sub(LOOK_BACK)..last).rev() {
            if first.is_some_and(|first| first > row + GAP) {
                break;
            }
            if self.exceeds[row] {
                first = Some(row);
            }
        }
        first
    }

    /// What `age` rows from a row on look like; `None` when there are not so many. Of each tag, one kind after the other:
    /// mean of its values, how much it moves from row to row, mean and size of its innovations, their slow mean at the end, and
    /// the size of their mean of half an hour, which tells what comes and goes from what stays. Means are drawn in by an inverse hyperbolic sine and sizes by a logarithm, so that a large incident differs from a
    /// small one of the same kind by a little.
    pub fn fingerprint(&self, from: usize, age: usize) -> Option<Vec<f32>> {
        let end = from.checked_add(age)?;
        if age == 0 || end > self.rows() {
            return None;
        }
        let count = age as f64;
        let mut numbers = vec![0.0_f64; NUMBERS_A_TAG * self.width];
        let (values, rest) = numbers.split_at_mut(self.width);
        let (moves, rest) = rest.split_at_mut(self.width);
        let (means, rest) = rest.split_at_mut(self.width);
        let (sizes, rest) = rest.split_at_mut(self.width);
        let (slow, swings) = rest.split_at_mut(self.width);
        for at in from..end {
            let before = self.standard(at.saturating_sub(1));
            for (n, (value, innovation)) in self.standard(at).iter().zip(self.innovations(at)).enumerate() {
                values[n] += value / count;
                moves[n] += (value - before[n]).powi(2) / count;
                means[n] += innovation / count.sqrt();
                sizes[n] += innovation * innovation / count;
            }
        }
        let mut swing = vec![0.0; self.width];
        for at in 0..end {
            slow.iter_mut().zip(self.innovations(at)).for_each(|(mean, value)| *mean += SLOW * (value - *mean));
            swing.iter_mut().zip(self.innovations(at)).for_each(|(mean, value)| *mean += SWING * (value - *mean));
            if at >= from {
                let squares = swing.iter().map(|mean| (2.0 - SWING) / SWING * mean * mean / count);
                swings.iter_mut().zip(squares).for_each(|(sum, square)| *sum += square);
            }
        }
        let scale = ((2.0 - SLOW) / SLOW).sqrt();
        slow.iter_mut().for_each(|mean| *mean = (*mean * scale).asinh());
        swings.iter_mut().for_each(|square| *square = 0.5 * (*square + QUIET_SWING).ln());
        [values, means].into_iter().flatten().for_each(|mean| *mean = mean.asinh());
        [moves, sizes].into_iter().flatten().for_each(|square| *square = 0.5 * (*square + QUIET).ln());
        Some(numbers.into_iter().map(|number| number as f32).collect())
    }
}

/// What is usual in some rows: of each column its mean, and how far it lies from that, at least as in normal operation.
#[derive(Clone, Debug)]
pub(super) struct Usual {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Usual {
    fn of(values: &[f64], rows: Range<usize>, width: usize) -> Self {
        let count = rows.len().max(1) as f64;
        let values = &values[rows.start * width..rows.end * width];
        let mut mean = vec![0.0; width];
        let mut deviation = vec![0.0; width];
        for row in values.chunks_exact(width) {
            mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count);
        }
        for row in values.chunks_exact(width) {
            let off = row.iter().zip(&mean).map(|(value, mean)| (value - mean).powi(2) / count);
            deviation.iter_mut().zip(off).for_each(|(sum, square)| *sum += square);
        }
        deviation.iter_mut().for_each(|square| *square = square.sqrt().max(1.0));
        Self { mean, deviation }
    }

    fn seen(&self, row: &[f64]) -> impl Iterator<Item = f64> {
        let usual = self.mean.iter().zip(&self.deviation);
        row.iter().zip(usual).map(|(value, (mean, deviation))| (value - mean) / deviation)
    }

    /// How far a row lies from what is usual, squared.
    pub fn distance(&self, row: &[f64]) -> f64 {
        self.seen(row).map(|value| value * value).sum()
    }
}
