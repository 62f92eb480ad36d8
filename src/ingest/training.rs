//! What a detector learns from: normal operation of the simulated plant, or files.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use tennessee_eastman::Config;

use super::kept_runs::KeptRuns;
use super::replay::{RowTime, Table, TableError};
use super::simulator::{Channel, steps_per_scan};
use super::source::SourceError;
use crate::domain::Plant;

/// Normal operation from one seed. Samples of different runs do not follow each other.
#[derive(Clone, Debug, PartialEq)]
pub struct NormalRun {
    /// The seed.
    pub seed: u64,
    /// One row a sample, one value a tag, in the order of the plant.
    pub rows: Vec<Vec<f64>>,
}

/// Runs the simulated plant without disturbances for `hours` from each seed and samples it every `period`. After every
/// sample `progress` hears how many are done of how many, and may break off; then what was finished is returned. Runs that
/// were `kept` are taken as they are, and those that are finished are kept.
///
/// The phase of the samples moves through the whole period, since nobody knows at which phase of its controllers and
/// analysers a running plant will be watched: a model of one phase takes the others for faults.
///
/// # Errors
/// When the plant has tags that the simulated one does not, or the period is not of whole seconds.
pub fn normal_operation(
    plant: &Plant,
    seeds: &[u64],
    hours: f64,
    period: Duration,
    kept: Option<&KeptRuns>,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Vec<NormalRun>, SourceError> {
    let channels = Channel::of(plant)?;
    let steps = steps_per_scan(period)?;
    let samples = (hours * 3600.0 / f64::from(steps)).floor().max(0.0) as u64;
    let total = samples * seeds.len() as u64;
    let stride = u64::from(steps) + shift(plant.scan_period, period)?;
    let mut done = 0;
    let mut runs = Vec::with_capacity(seeds.len());
    for &seed in seeds {
        if let Some(run) = kept.and_then(|kept| kept.take(seed, samples as usize)) {
            runs.push(run);
            done += samples;
            if progress(done, total).is_break() {
                return Ok(runs);
            }
            continue;
        }
        let mut simulator = tennessee_eastman::Plant::new(Config { seed, ..Config::default() });
        let mut rows = Vec::with_capacity(samples as usize);
        for sample in 1..=samples {
            rows.push(row_at(&mut simulator, sample * stride, &channels));
            done += 1;
            if progress(done, total).is_break() {
                return Ok(runs);
            }
        }
        let run = NormalRun { seed, rows };
        kept.iter().for_each(|kept| kept.keep(&run));
        runs.push(run);
    }
    Ok(runs)
}

/// By how much each sample is later than the period asks, steps: one scan where scans come at least twice as often, as a
/// detector samples a running plant. A model that looks from row to row must have learned them as far apart as it sees them.
fn shift(scan_period: Duration, period: Duration) -> Result<u64, SourceError> {
    if scan_period * 2 > period { Ok(0) } else { steps_per_scan(scan_period).map(u64::from) }
}

fn row_at(simulator: &mut tennessee_eastman::Plant, step: u64, channels: &[Channel]) -> Vec<f64> {
    let mut record = simulator.step();
    while record.step < step {
        record = simulator.step();
    }
    channels.iter().map(|channel| channel.value(&record)).collect()
}

/// A file of normal operation.
#[derive(Clone, Debug, PartialEq)]
pub struct NormalFile {
    /// One row a sample, one value a tag in the order of the plant; NaN where there is none.
    pub rows: Vec<Vec<f64>>,
    /// Whether it has a column of each tag.
    pub has: Vec<bool>,
    /// The usual plant time between two rows, where the file tells times.
    pub period: Option<Duration>,
}

/// All rows of a CSV file (`.csv` or `.csv.gz`). Columns are found by name.
///
/// # Errors
/// When the file cannot be read or makes no sense; the error names file, row and column.
pub fn normal_file(file: &Path, plant: &Plant) -> Result<NormalFile, TableError> {
    let mut table = Table::open(file, plant)?;
    let (mut rows, mut spans, mut last) = (Vec::new(), Vec::new(), None);
    while let Some(row) = table.next_row()? {
        rows.push(row.values);
        spans.extend(last.zip(row.time).and_then(|(before, now)| between(before, now)));
        last = row.time;
    }
    spans.sort_unstable();
    let period = spans.get(spans.len() / 2).copied();
    Ok(NormalFile { rows, has: (0..plant.tags.len()).map(|tag| table.has(tag)).collect(), period })
}

fn between(before: RowTime, now: RowTime) -> Option<Duration> {
    match (before, now) {
        (RowTime::Hours(before), RowTime::Hours(now)) => Duration::try_from_secs_f64((now - before) * 3_600.0).ok(),
        (RowTime::At(before), RowTime::At(now)) => Some(now.since(before)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::plant::built_in;

    const MINUTES_3: Duration = Duration::from_secs(180);

    #[test]
    fn normal_operation_gives_a_run_a_seed_and_tells_how_far_it_is() {
        let mut heard = Vec::new();
        let runs = normal_operation(&built_in(), &[1, 2], 1.0, MINUTES_3, None, |done, total| {
            heard.push((done, total));
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(runs.iter().map(|run| (run.seed, run.rows.len())).collect::<Vec<_>>(), [(1, 20), (2, 20)]);
        assert_ne!(runs[0].rows, runs[1].rows);
        assert!(runs[0].rows.iter().all(|row| row.len() == 53 && row.iter().all(|value| value.is_finite())));
        assert_eq!((heard.len(), heard[39]), (40, (40, 40)));
    }

    #[test]
    fn samples_see_every_phase_of_the_controllers() {
        let plant = built_in();
        let runs = normal_operation(&plant, &[1], 0.2, MINUTES_3, None, |_, _| ControlFlow::Continue(())).unwrap();
        let mut simulator = tennessee_eastman::Plant::new(Config { seed: 1, ..Config::default() });
        let records: Vec<_> = (0..900).map(|_| simulator.step()).collect();
        for (row, step) in runs[0].rows.iter().zip([181, 362, 543, 724]) {
            assert_eq!(row[..41], *records[step - 1].xmeas.values(), "step {step}");
        }
    }

    #[test]
    fn training_that_is_broken_off_returns_only_finished_runs() {
        let stop = |done, _| if done == 25 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let runs = normal_operation(&built_in(), &[1, 2], 1.0, MINUTES_3, None, stop).unwrap();
        assert_eq!(runs.len(), 1);
    }
}
