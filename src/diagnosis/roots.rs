//! The tags in which an incident shows first: what the whitened innovations say, early and over two hours, and what stands still.
//!
//! Whitening is symmetric, so each whitened innovation belongs to one tag, with what the tag shares with its neighbours taken out
//! of it as evenly as can be: a fault does not smear as it does in plain contributions.

use super::frame::{Frame, Look};
use super::stretch::Stretch;

/// Rows from the departure over which the innovations are summed up: at once, before controllers answer, and over two hours (at
/// three minutes), since a valve that makes up for a loss shows later than what it protects. Chosen on simulated runs, see
/// `docs/evaluation.md`.
const SPANS: [usize; 2] = [5, 40];
/// A whitened innovation beyond this is where its tag has departed.
const DEPARTED: f64 = 4.5;
/// Rows before the departure of the incident in which a tag may have departed already.
const BEFORE: usize = 20;
/// By how many rows a tag must stand still for longer than ever in training to be a root for that alone.
const STILL: u32 = 3;

/// A tag's part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// Position in the frame.
    pub tag: usize,
    /// Its share, 0…1.
    pub share: f64,
    /// The row at which it first departed.
    pub departed: Option<usize>,
}

/// Every tag's part in an incident that departed at a row, the largest first.
pub(super) fn parts(frame: &Frame, stretch: &Stretch, look: &Look, from: usize) -> Vec<Part> {
    let width = frame.tags().len();
    let mut shares = vec![0.0; width];
    for span in SPANS {
        let sizes = sizes(look, from, span, width);
        let total: f64 = sizes.iter().sum();
        shares.iter_mut().zip(sizes).for_each(|(share, size)| *share += size / total.max(f64::MIN_POSITIVE));
    }
    let last = (from + SPANS[SPANS.len() - 1]).min(look.rows());
    let first = from + look.skipped();
    for ((share, still), usual) in
        shares.iter_mut().zip(stillness(stretch, first..last + look.skipped(), width)).zip(frame.longest_stillness())
    {
        // An autoregression predicts what does not move perfectly, so its innovations are quietest there.
        *share += f64::from(u8::from(still >= usual.saturating_add(STILL)));
    }
    let total: f64 = shares.iter().sum();
    let departed = departures(look, from.saturating_sub(BEFORE)..last, width);
    let mut parts: Vec<Part> = shares
        .into_iter()
        .zip(departed)
        .enumerate()
        .map(|(tag, (share, departed))| Part { tag, share: share / total.max(f64::MIN_POSITIVE), departed })
        .collect();
    parts.sort_by(|a, b| b.share.total_cmp(&a.share));
    parts
}

/// How unusual each tag is in `span` rows: the larger of what its mean and what its energy says, since a shift shows in one and
/// an oscillation in the other. Both are about 1 in normal operation.
fn sizes(look: &Look, from: usize, span: usize, width: usize) -> Vec<f64> {
    let (mut mean, mut energy) = (vec![0.0; width], vec![0.0; width]);
    let rows = from..(from + span).min(look.rows());
    let count = rows.len().max(1) as f64;
    for at in rows {
        for ((mean, energy), value) in mean.iter_mut().zip(&mut energy).zip(look.innovations(at)) {
            *mean += value / count.sqrt();
            *energy += value * value / count;
        }
    }
    mean.into_iter().zip(energy).map(|(mean, energy)| (mean * mean).max(energy)).collect()
}

/// For how many rows each tag repeats its value at most.
fn stillness(stretch: &Stretch, rows: std::ops::Range<usize>, width: usize) -> Vec<u32> {
    let (mut longest, mut repeats) = (vec![0; width], vec![0_u32; width]);
    for at in rows.start.max(1)..rows.end.min(stretch.rows()) {
        let (row, before) = (stretch.row(at), stretch.row(at - 1));
        for (n, (longest, repeats)) in longest.iter_mut().zip(&mut repeats).enumerate() {
            *repeats = if row[n] == before[n] { *repeats + 1 } else { 0 };
            *longest = (*longest).max(*repeats);
        }
    }
    longest
}

/// The first of some rows at which each tag stands out.
fn departures(look: &Look, rows: std::ops::Range<usize>, width: usize) -> Vec<Option<usize>> {
    let mut departed = vec![None; width];
    for at in rows {
        for (departed, value) in departed.iter_mut().zip(look.innovations(at)) {
            if departed.is_none() && value.abs() > DEPARTED {
                *departed = Some(at);
            }
        }
    }
    departed
}
