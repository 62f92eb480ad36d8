//! Training: a model of all rows, with limits from rows that the model behind each of them has not seen.

use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::drift::Usual;
use super::fit::{Fitted, fit, fit_shape, gauges, lens_shape};
use super::folds::{Folds, Piece};
use super::gauge::{Gauge, GaugeSpec, Smoothing};
use super::lens::{Lens, View};
use super::limits::{guard, joint_limits};
use super::method::Method;
use super::model::{ChartModel, ChartSettings, ModelledChart};
use super::moments::{Moments, windows};
use super::record::{HeldOut, TrainingRecord};
use super::rows::{Progress, TrainError, check_rows, refuse_constant_tags};
use super::stillness;
use crate::detect::TrainingData;
use crate::detect::training_data::hex;
use crate::domain::WallTime;

/// Cumulative sums stop at so many limits.
const CEILING: f64 = 2.0;

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
    train_with_advice(data, settings, &[], trained_at, progress)
}

/// The same, with charts that are `advisory`: they get a limit at the rate of their own and decide nothing.
///
/// # Errors
/// As [`train`]; also when the method has no such chart, or no other one is left to decide.
pub fn train_with_advice(
    data: &TrainingData,
    settings: &ChartSettings,
    advisory: &[String],
    trained_at: WallTime,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<ChartModel, TrainError> {
    if settings.method == Method::Onnx {
        return Err(TrainError::TrainedElsewhere);
    }
    train_rows(data, settings, advisory, trained_at, progress)
}

/// Trains on rows, or on what a network has left of them.
pub(super) fn train_rows(
    data: &TrainingData,
    settings: &ChartSettings,
    advisory: &[String],
    trained_at: WallTime,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<ChartModel, TrainError> {
    check_settings(settings)?;
    check_advice(&settings.method, data.tags().len(), advisory)?;
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
    let trainer = Trainer { advisory, ..Trainer::new(data, settings, folds) };
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

pub(super) fn check_settings(settings: &ChartSettings) -> Result<(), TrainError> {
    let mut all = settings.method.settings();
    all.push(("false_alarm_rate", settings.false_alarm_rate, 1e-6, 0.5));
    all.push(("sample_period in seconds", settings.sample_period.as_secs_f64(), 1e-3, 1e9));
    match all.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
        Some((setting, value, low, high)) => Err(TrainError::Setting { setting, value, low, high }),
        None => Ok(()),
    }
}

/// With few rows a method may lack a chart that it has with many; that chart may be named all the same.
fn check_advice(method: &Method, width: usize, advisory: &[String]) -> Result<(), TrainError> {
    let charts = gauges(method, width);
    let mut known: Vec<&str> = charts.iter().map(|(name, ..)| *name).collect();
    if matches!(method, Method::Var { memory, .. } if memory.is_empty()) {
        known.push("long");
    }
    if let Some(chart) = advisory.iter().find(|name| !known.contains(&name.as_str())) {
        let known = known.join(", ");
        return Err(TrainError::UnknownChart { method: method.title(), chart: chart.clone(), known });
    }
    let decides = |(name, joint, _): &(&str, bool, GaugeSpec)| *joint && !advisory.iter().any(|one| one == name);
    if charts.iter().any(decides) { Ok(()) } else { Err(TrainError::NobodyDecides { method: method.title() }) }
}

struct Trainer<'a> {
    data: &'a TrainingData,
    /// Names of charts that decide nothing.
    advisory: &'a [String],
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
        Self { data, advisory: &[], settings, folds, mean, deviation, moments }
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
        let mut specs = gauges(&self.settings.method, self.data.tags().len());
        let advises = |name: &str| self.advisory.iter().any(|one| one == name);
        specs.iter_mut().for_each(|(name, joint, _)| *joint &= !advises(name));
        let (statistics, folds) = self.statistics(&lens, outputs);
        let joint: Vec<bool> = specs.iter().map(|(_, joint, _)| *joint).collect();
        let (rate, raised) = (self.settings.false_alarm_rate, guard(self.data.rows()));
        let limits = joint_limits(&statistics, &joint, rate);
        let alone = joint_limits(&statistics, &vec![false; joint.len()], rate);
        let mut measured = Measured { statistics: &statistics, folds: &folds, joint: &joint, stillness: Vec::new() };
        let chart =
            |((name, joint, gauge), (limit, alone)): ((&'static str, bool, GaugeSpec), (&f64, &f64))| ModelledChart {
                name: name.to_owned(),
                joint,
                limit: limit * raised,
                limit_alone: alone * raised,
                gauge: gauge.with_ceiling(CEILING * limit * raised),
            };
        let mut charts: Vec<ModelledChart> = specs.into_iter().zip(limits.iter().zip(&alone)).map(chart).collect();
        let mut longest_stillness = Vec::new();
        if matches!(self.settings.method, Method::Var { .. }) {
            charts.push(frozen(self.data.tags().len()));
            longest_stillness = stillness::longest(self.data);
            measured.stillness = stillness::held_out(self.data, &self.scored_rows(), self.folds.count);
        }
        let content_hash = self.data.content_hash();
        ChartModel {
            version: version(&content_hash, self.settings, self.advisory),
            settings: self.settings.clone(),
            tags: self.data.tags().to_vec(),
            charts,
            measured_false_alarm_rate: measured.rate(rate),
            held_out: self.held_out(),
            training: TrainingRecord {
                trained_at,
                content_hash,
                runs: self.data.runs().iter().map(|run| (run.name.clone(), run.rows)).collect(),
                rows: self.data.rows(),
            },
            usual: Usual::of(&statistics[0]),
            longest_stillness,
            network: None,
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

    /// The rows that have statistics, each with its fold, in the order of the statistics.
    fn scored_rows(&self) -> Vec<(usize, usize)> {
        let lags = lens_shape(&self.settings.method, self.data.tags().len()).lags;
        let of = |piece: &Piece| {
            let (fold, first) = (piece.fold, piece.run.start + lags);
            piece.rows.clone().filter(move |row| *row >= first).map(move |row| (row, fold))
        };
        self.folds.pieces.iter().flat_map(of).collect()
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

/// The chart of tags that stand still.
fn frozen(width: usize) -> ModelledChart {
    ModelledChart {
        name: "frozen".to_owned(),
        joint: true,
        limit: stillness::LIMIT,
        limit_alone: stillness::LIMIT,
        gauge: GaugeSpec { first: 0, outputs: width, smoothing: Smoothing::Stillness },
    }
}

/// Statistics of held-out rows, of which the false alarm rate is measured.
struct Measured<'a> {
    statistics: &'a [Vec<f64>],
    /// The fold of each row.
    folds: &'a [usize],
    joint: &'a [bool],
    /// The statistic of stillness, where there is one.
    stillness: Vec<f64>,
}

impl Measured<'_> {
    /// The rate on each fold under limits from the other folds: rows that served neither the fit nor the limit.
    fn rate(&self, rate: f64) -> f64 {
        let count = self.folds.iter().max().map_or(0, |last| last + 1);
        (0..count).map(|fold| self.exceeding(fold, rate)).sum::<usize>() as f64 / self.folds.len().max(1) as f64
    }

    fn exceeding(&self, fold: usize, rate: f64) -> usize {
        let others = |chart: &Vec<f64>| -> Vec<f64> {
            chart.iter().zip(self.folds).filter(|(_, of)| **of != fold).map(|(value, _)| *value).collect()
        };
        let others: Vec<Vec<f64>> = self.statistics.iter().map(others).collect();
        let raised = guard(others[0].len());
        let limits = joint_limits(&others, self.joint, rate);
        let still = |row: usize| self.stillness.get(row).is_some_and(|statistic| *statistic > stillness::LIMIT);
        let exceeds = |row: usize| {
            let chart = |n: usize| self.joint[n] && self.statistics[n][row] > limits[n] * raised;
            still(row) || (0..limits.len()).any(chart)
        };
        self.folds.iter().enumerate().filter(|(row, of)| **of == fold && exceeds(*row)).count()
    }
}

pub(super) fn standard(data: &TrainingData) -> (Vec<f64>, Vec<f64>) {
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

pub(super) fn version(content_hash: &str, settings: &ChartSettings, advisory: &[String]) -> String {
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
    advisory.iter().for_each(|chart| hash.update(chart));
    format!("{}-{}", settings.method.title().to_lowercase(), &hex(&hash.finalize())[..12])
}
