//! A second fault while the alarm of another stands: whether it is seen, and what is told of it.

use super::diagnosis::{Judged, Outcome, WATCHED, WATCHED_SHORT};
use super::simulated::{Phase, TwoFaults, on_all_cores};
use crate::cli::incidents::FAULTS;
use crate::detect::evaluation::CONFIRM_AFTER;
use crate::diagnosis::{Libraries, Library, Onset, RecordedRun, Stretch};

/// Faults that the plant survives for six hours and more, whose alarm may stand when another begins.
const FIRST: [u32; 13] = [1, 2, 4, 5, 7, 10, 11, 14, 16, 17, 19, 20, 21];
/// Run numbers of these runs begin so far above those of runs of one fault.
const APART: u64 = 500_000;
/// Rows after the second fault within which something new is taken for it: four hours.
const WITHIN: usize = 80;

/// What came out beside the figures.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub(super) struct Standing {
    /// Runs that were simulated.
    pub simulated: usize,
    /// Runs in which the alarm of the first fault stood when the second began; the others are alarms of their own.
    pub stood: usize,
    /// Onsets that were seen before there was a second fault.
    pub too_early: usize,
    /// Hours that the first alarms had stood until then.
    pub hours: f64,
}

/// Simulates so many runs of each second fault, each under another first one.
///
/// # Errors
/// When there is no such fault.
pub(super) fn recorded(
    first_seed: u64,
    seeds: u64,
    phase: Phase,
    library: &Library,
) -> anyhow::Result<Vec<RecordedRun>> {
    let under = |second: u32, n: u64| {
        let mut from = FIRST.iter().cycle().skip((u64::from(second) + n) as usize % FIRST.len());
        from.find(|first| **first != second).copied().unwrap_or(FIRST[0])
    };
    let pair = |second: u32, n: u64| TwoFaults { number: first_seed + APART + n, first: under(second, n), second };
    let jobs: Vec<TwoFaults> = (1..=FAULTS).flat_map(|second| (0..seeds).map(move |n| pair(second, n))).collect();
    on_all_cores(&jobs, |job| job.recorded(phase, library.frame().tags()))
}

/// Watches every run as the plant is watched, and judges what is told of those in which an alarm stood.
///
/// # Errors
/// When a run is of another width than the frames.
pub(super) fn judged(libraries: &Libraries, runs: &[RecordedRun]) -> anyhow::Result<(Vec<Judged>, Standing)> {
    let (mut judged, mut standing) = (Vec::new(), Standing { simulated: runs.len(), ..Standing::default() });
    for run in runs.iter().filter(|run| run.stretch.rows() > run.onset) {
        let library = libraries.fitting(&run.stretch, run.stretch.times()[160])?;
        let alarms = library.frame().alarms(&run.stretch, CONFIRM_AFTER as usize)?;
        let Some(alarm) = alarms.into_iter().find(|alarm| alarm.contains(&run.onset)) else { continue };
        let onsets = onsets(library, &run.stretch, alarm.start, run.onset + WITHIN)?;
        let second = run.stretch.times()[run.onset];
        standing.stood += 1;
        standing.too_early += onsets.iter().filter(|onset| onset.seen < second).count();
        standing.hours += (run.onset - alarm.start) as f64 / 20.0;
        let outcome = match onsets.iter().find(|onset| onset.seen >= second) {
            None => None,
            Some(onset) => Some(outcome(library, run, onset)?),
        };
        judged.push(Judged { cause: run.cause, outcome });
    }
    Ok((judged, standing))
}

/// Whatever is seen to begin after an alarm was raised and before a row, one after the other.
fn onsets(library: &Library, stretch: &Stretch, raised: usize, until: usize) -> anyhow::Result<Vec<Onset>> {
    let mut known = stretch.clone();
    known.keep_first(until);
    let mut began = stretch.times()[raised];
    let mut onsets = Vec::new();
    while let Some(onset) = library.later_onset(&known, began)? {
        onsets.push(onset);
        began = onset.began;
    }
    Ok(onsets)
}

fn outcome(library: &Library, run: &RecordedRun, onset: &Onset) -> anyhow::Result<Outcome> {
    let began = run.stretch.at(onset.began).unwrap_or(run.onset);
    let after = |rows: usize| -> anyhow::Result<Option<_>> {
        let mut known = run.stretch.clone();
        known.keep_first(began + rows);
        Ok(library.diagnose_onset(&known, onset)?.map(|finding| finding.diagnosis))
    };
    Ok(Outcome { short: after(WATCHED_SHORT)?, long: after(WATCHED)?, trip: None })
}
