//! Training: a model of all rows, with limits from rows that the model behind each of them has not seen.

use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::drift::Usual;
use super::fit::{Fitted, fit, fit_shape, gauges, lens_shape};
use super::folds::Folds;
use super::gauge::Gauge;
use super::lens::{Lens, View};
use super::limits::{guard, joint_limits};
use super::model::{ChartModel, ChartSettings, ModelledChart};
use super::moments::{Moments, windows};
use crate::detect::TrainingData;
use crate::detect::pca::{HeldOut, Progress, TrainError, TrainingRecord, check_rows, refuse_constant_tags};
use crate::detect::training_data::hex;
use crate::domain::WallTime;

/// Trains a model on rows of normal operation, every `settings.sample_period` one.
///
/// Every row is scored by a model that was fitted without the fold that it is in, and the limits come from those scores;
/// the model that is returned is fitted to all rows. `progress` hears of every step, and may stop the training.
///
/// # Errors
/// When the rows are too few, not finite or constant, a setting makes no sense, or `progress` says stop.
pub fn train(
    data: &TrainingData,
    settings: &ChartSettings,
    trained_at: WallTime,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<ChartModel, TrainError> {
    check_settings(settings)?;
    let needed = check_rows(data)?;
    refuse_constant_tags(data, (0..data.rows()).map(|at| data.row(at)))?;
    let lags = fit_shape(&settings.method, data.tags().len()).lags;
    let got = data.runs().iter().map(|run| run.rows.saturating_sub(lags)).sum();
    if got < needed {
        return Err(TrainError::TooFewRows { tags: data.tags().len(), needed, got });
    }
    let folds = Folds::of(data);
    let mut done = 0;
    let total = folds.count as u32 + 2;
    let mut tell = |stage| {
        done += 1;
        match progress(Progress { done: done - 1, total, stage }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(TrainError::Stopped),
        }
    };
    tell("gather moments")?;
    let trainer = Trainer::new(data, settings, folds);
    let full = trainer.lens(fit(&settings.method, data.tags().len(), &trainer.moments.iter().collect::<Vec<_>>()));
    let mut outputs: Vec<Vec<f64>> = vec![Vec::new(); trainer.folds.pieces.len()];
    for fold in 0..trainer.folds.count {
        tell("score held-out rows")?;
        trainer.score_fold(fold, &mut outputs);
    }
    let model = trainer.model(full, &outputs, trained_at);
    tell("done")?;
    Ok(model)
}

fn check_settings(settings: &ChartSettings) -> Result<(), TrainError> {
    let mut all = settings.method.settings();
    all.push(("false_alarm_rate", settings.false_alarm_rate, 1e-6, 0.5));
    all.push(("sample_period in seconds", settings.sample_period.as_secs_f64(), 1e-3, 1e9));
    match all.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
        Some((setting, value, low, high)) => Err(TrainError::Setting { setting, value, low, high }),
        None => Ok(()),
    }
}

struct Trainer<'a> {
    data: &'a TrainingData,
    settings: &'a ChartSettings,
    folds: Folds,
    mean: Vec<f64>,
    deviation: Vec<f64>,
    /// Of each fold.
    moments: Vec<Moments>,
}

impl<'a> Trainer<'a> {
    fn new(data: &'a TrainingData, settings: &'a ChartSettings, folds: Folds) -> Self {
        let (mean, deviation) = standard(data);
        let shape = fit_shape(&settings.method, data.tags().len());
        let mut moments = vec![Moments::zeros(shape.entries()); folds.count];
        let mut of_run = (0..0, nalgebra::DMatrix::zeros(0, 0));
        for piece in &folds.pieces {
            if of_run.0 != piece.run {
                let rows = standardised(data, piece.run.clone(), &mean, &deviation);
                of_run = (piece.run.clone(), windows(&rows, &shape));
            }
            // The window of column n ends at row n + lags of the run; it belongs to the piece that its last row is in.
            let column = |row: usize| (row - piece.run.start).saturating_sub(shape.lags).min(of_run.1.ncols());
            let (first, end) = (column(piece.rows.start), column(piece.rows.end));
            moments[piece.fold].take(&of_run.1.columns(first, end - first).into_owned());
        }
        Self { data, settings, folds, mean, deviation, moments }
    }

    fn lens(&self, fitted: Fitted) -> Lens {
        Lens {
            shape: lens_shape(&self.settings.method, self.data.tags().len()),
            mean: self.mean.clone(),
            deviation: self.deviation.clone(),
            offset: fitted.offset.as_slice().to_vec(),
            weights: fitted.matrix.as_slice().to_vec(),
        }
    }

    /// The outputs of all pieces of a fold, by a lens that was fitted without it.
    fn score_fold(&self, fold: usize, outputs: &mut [Vec<f64>]) {
        let others: Vec<&Moments> =
            self.moments.iter().enumerate().filter(|(n, _)| *n != fold).map(|(_, moments)| moments).collect();
        let mut view = View::new(self.lens(fit(&self.settings.method, self.data.tags().len(), &others)));
        for (piece, into) in self.folds.pieces.iter().zip(outputs).filter(|(piece, _)| piece.fold == fold) {
            view.restart();
            let mut row = piece.run.start + view.needed() - 1;
            view.push_all(piece.run.clone().map(|at| self.data.row(at)), |output| {
                if piece.rows.contains(&row) {
                    into.extend_from_slice(output);
                }
                row += 1;
            });
        }
    }

    fn model(&self, lens: Lens, outputs: &[Vec<f64>], trained_at: WallTime) -> ChartModel {
        let specs = gauges(&self.settings.method, self.data.tags().len());
        let (statistics, folds) = self.statistics(&lens, outputs);
        let joint: Vec<bool> = specs.iter().map(|(_, joint, _)| *joint).collect();
        let (rate, raised) = (self.settings.false_alarm_rate, guard(self.data.rows()));
        let limits = joint_limits(&statistics, &joint, rate);
        let alone = joint_limits(&statistics, &vec![false; joint.len()], rate);
        let chart = |((name, joint, gauge), (limit, alone)): ((&'static str, bool, _), (&f64, &f64))| ModelledChart {
            name: name.to_owned(),
            joint,
            limit: limit * raised,
            limit_alone: alone * raised,
            gauge,
        };
        let content_hash = self.data.content_hash();
        ChartModel {
            version: version(&content_hash, self.settings),
            settings: self.settings.clone(),
            tags: self.data.tags().to_vec(),
            charts: specs.into_iter().zip(limits.iter().zip(&alone)).map(chart).collect(),
            measured_false_alarm_rate: measure(&statistics, &folds, &joint, rate),
            held_out: self.held_out(),
            training: TrainingRecord {
                trained_at,
                content_hash,
                runs: self.data.runs().iter().map(|run| (run.name.clone(), run.rows)).collect(),
                rows: self.data.rows(),
            },
            usual: Usual::of(&statistics[0]),
            lens,
        }
    }

    /// The statistics of all held-out rows by chart, each run from its beginning, and the fold of each row.
    fn statistics(&self, lens: &Lens, outputs: &[Vec<f64>]) -> (Vec<Vec<f64>>, Vec<usize>) {
        let specs = gauges(&self.settings.method, self.data.tags().len());
        let mut gauges: Vec<Gauge> = specs.iter().map(|(_, _, spec)| Gauge::new(*spec)).collect();
        let mut statistics = vec![Vec::with_capacity(self.data.rows()); gauges.len()];
        let mut folds = Vec::with_capacity(self.data.rows());
        for (piece, outputs) in self.folds.pieces.iter().zip(outputs) {
            if piece.rows.start == piece.run.start {
                gauges.iter_mut().for_each(Gauge::restart);
            }
            for output in outputs.chunks_exact(lens.outputs()) {
                statistics.iter_mut().zip(&mut gauges).for_each(|(chart, gauge)| chart.push(gauge.push(output)));
                folds.push(piece.fold);
            }
        }
        (statistics, folds)
    }

    fn held_out(&self) -> HeldOut {
        let rows = self.folds.pieces.iter().map(|piece| piece.rows.len()).sum();
        if self.folds.whole_runs {
            HeldOut::Runs { runs: self.folds.pieces.len(), rows }
        } else {
            HeldOut::Blocks { blocks: self.folds.count, rows }
        }
    }
}

/// The rate on each fold under limits from the other folds: rows that served neither the fit nor the limit.
fn measure(statistics: &[Vec<f64>], folds: &[usize], joint: &[bool], rate: f64) -> f64 {
    let count = folds.iter().max().map_or(0, |last| last + 1);
    let split = |fold: usize, within: bool| -> Vec<Vec<f64>> {
        let pick = |chart: &Vec<f64>| {
            chart.iter().zip(folds).filter(|(_, of)| (**of == fold) == within).map(|(value, _)| *value).collect()
        };
        statistics.iter().map(pick).collect()
    };
    let exceeding = |fold: usize| {
        let others = split(fold, false);
        let raised = guard(others[0].len());
        let limits = joint_limits(&others, joint, rate);
        let own = split(fold, true);
        let exceeds =
            |row: &usize| (0..limits.len()).any(|chart| joint[chart] && own[chart][*row] > limits[chart] * raised);
        (0..own[0].len()).filter(exceeds).count()
    };
    (0..count).map(exceeding).sum::<usize>() as f64 / folds.len().max(1) as f64
}

fn standard(data: &TrainingData) -> (Vec<f64>, Vec<f64>) {
    let (width, rows) = (data.tags().len(), data.rows() as f64);
    let mut mean = vec![0.0; width];
    let mut squares = vec![0.0; width];
    for (at, row) in (0..data.rows()).map(|at| data.row(at)).enumerate() {
        // Welford: no cancellation for a small spread around a large mean.
        for ((mean, square), value) in mean.iter_mut().zip(&mut squares).zip(row) {
            let off = value - *mean;
            *mean += off / (at + 1) as f64;
            *square += off * (value - *mean);
        }
    }
    let deviation = squares.iter().map(|square| (square / (rows - 1.0).max(1.0)).sqrt()).collect();
    (mean, deviation)
}

fn standardised(data: &TrainingData, rows: std::ops::Range<usize>, mean: &[f64], deviation: &[f64]) -> Vec<f64> {
    let of = |at: usize| data.row(at).iter().zip(mean).zip(deviation).map(|((value, mean), sd)| (value - mean) / sd);
    rows.flat_map(of).collect()
}

fn version(content_hash: &str, settings: &ChartSettings) -> String {
    let mut hash = Sha256::new();
    hash.update(content_hash);
    hash.update(settings.method.title());
    for (name, value, ..) in settings.method.settings() {
        hash.update(name);
        hash.update(value.to_bits().to_le_bytes());
    }
    for value in [settings.false_alarm_rate, settings.sample_period.as_secs_f64()] {
        hash.update(value.to_bits().to_le_bytes());
    }
    format!("{}-{}", settings.method.title().to_lowercase(), &hex(&hash.finalize())[..12])
}
