//! Trains every method on the same rows, and lets every chart judge the same runs.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use indicatif::{ProgressBar, ProgressStyle};

use super::benchmark::{Files, ONSET};
use super::simulated::{Simulated, on_all_cores};
use crate::detect::TrainingData;
use crate::detect::evaluation::{Figures, ScoredRun, Truth, figures};
use crate::detect::multivariate::{
    ChartModel, ChartSettings, Method, ModelledChart, Scorer, calibrate, tags_of_network, train,
};
use crate::domain::{TagId, WallTime};

/// Rows at the beginning of a file by which it is told whether its units are those of training.
const ROWS_LOOKED_AT: usize = 10;

/// Which figures a run belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// Those that the table shows.
    Main,
    /// Those of the public test files, beside the others.
    Benchmark,
}

/// Where the rows of a run come from.
#[derive(Debug)]
pub(super) enum Origin {
    Loaded(TrainingData),
    /// Simulated when its turn comes, so that not all runs are in memory at once.
    Simulated(Simulated),
}

/// One run to be judged.
#[derive(Debug)]
struct Candidate {
    group: Group,
    truth: Truth,
    origin: Origin,
}

/// What is trained on and what is judged.
#[derive(Debug)]
pub(super) struct Exam {
    pub protocol: &'static str,
    pub trained_on: String,
    /// Where the benchmark's files come from; empty when there are none.
    pub told: String,
    pub training: TrainingData,
    /// Share of normal rows that may exceed, 0…1.
    pub level: f64,
    /// Minutes between two rows.
    pub minutes: f64,
    candidates: Vec<Candidate>,
}

impl Exam {
    pub(super) fn new(protocol: &'static str, trained_on: &str, training: TrainingData) -> Self {
        let trained_on = trained_on.to_owned();
        Self { protocol, trained_on, told: String::new(), training, level: 0.01, minutes: 3.0, candidates: Vec::new() }
    }

    fn settings(&self, method: Method) -> ChartSettings {
        let sample_period = Duration::from_secs_f64(60.0 * self.minutes);
        ChartSettings { method, false_alarm_rate: self.level, sample_period }
    }

    pub(super) fn add(&mut self, group: Group, truth: Truth, origin: Origin) {
        self.candidates.push(Candidate { group, truth, origin });
    }

    /// The 22 test files of the benchmark.
    pub(super) fn add_benchmark(&mut self, files: &Files, group: Group) -> anyhow::Result<()> {
        for idv in 0..=21 {
            let truth = if idv == 0 { Truth::NormalTest } else { Truth::Fault { idv, onset: ONSET } };
            self.add(group, truth, Origin::Loaded(files.run(&format!("d{idv:02}_te"))?));
        }
        Ok(())
    }

    /// The normal test file alone, beside simulated runs.
    pub(super) fn add_normal_test(&mut self, files: &Files) -> anyhow::Result<()> {
        self.add(Group::Main, Truth::NormalTest, Origin::Loaded(files.run("d00_te")?));
        Ok(())
    }

    /// Simulated normal runs whose numbers follow those of training at a distance.
    pub(super) fn add_unseen(&mut self, first: u64, count: u64) {
        for n in 0..count {
            let run = Simulated { number: first + 10_000 + n, fault: 0 };
            self.add(Group::Main, Truth::Unseen, Origin::Simulated(run));
        }
    }

    /// Simulated runs of every fault.
    pub(super) fn add_faults(&mut self, first: u64, seeds: u64) {
        for fault in 1..=21 {
            for n in 0..seeds {
                let run = Simulated { number: first + n, fault };
                self.add(Group::Main, Truth::Fault { idv: fault, onset: ONSET }, Origin::Simulated(run));
            }
        }
    }
}

/// A model of each method, in the order of the table.
///
/// # Errors
/// When the training rows are of no use; the error says which and why.
pub(super) fn train_all(exam: &Exam) -> anyhow::Result<Vec<Arc<ChartModel>>> {
    let var = Method::var(exam.training.rows());
    let single = [Method::ewma(), Method::cusum(), Method::Rate];
    let methods = [&single[..], &[Method::pca(), Method::dpca(), Method::cva(), var]].concat();
    on_all_cores(&methods, |method| {
        let settings = exam.settings(method.clone());
        let model = train(&exam.training, &settings, WallTime::from_micros(0), &mut |_| ControlFlow::Continue(()));
        model.map(Arc::new).with_context(|| format!("{} cannot be trained on {}", method.title(), exam.trained_on))
    })
}

/// A model of a network that was trained elsewhere, with limits from the rows that the others are trained on.
///
/// # Errors
/// When the file is no network for these rows.
pub(super) fn calibrate_network(exam: &Exam, file: &Path) -> anyhow::Result<Arc<ChartModel>> {
    let bytes = std::fs::read(file).context("cannot be read")?;
    let rows = match tags_of_network(&bytes)? {
        Some(told) => exam.training.select(&told.iter().map(|tag| TagId::from(tag.as_str())).collect::<Vec<_>>())?,
        None => exam.training.clone(),
    };
    let settings = exam.settings(Method::Onnx);
    let model = calibrate(bytes, &rows, &settings, WallTime::from_micros(0), &mut |_| ControlFlow::Continue(()))?;
    Ok(Arc::new(model))
}

/// One chart, or several that decide together, with its figures.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub name: String,
    pub model: String,
    pub main: Figures,
    /// On the public test files, where the main figures are of other runs.
    pub benchmark: Option<Figures>,
}

/// A chart of a model, or all that decide together.
#[derive(Clone, Copy, Debug)]
enum Decision {
    Alone(usize),
    /// Those whose limits are quantiles.
    Quantiles,
    /// All that decide together, as in operation.
    Joint,
}

impl Decision {
    fn all(model: &ChartModel) -> Vec<(String, Self)> {
        let title = model.settings.method.title();
        if model.charts.len() == 1 {
            return vec![(title.to_owned(), Self::Joint)];
        }
        let mut all: Vec<(String, Self)> = model
            .charts
            .iter()
            .enumerate()
            .map(|(n, chart)| (format!("{title} {}", chart.name), Self::Alone(n)))
            .collect();
        all.push((format!("{title} {}", model.joint_title()), Self::Quantiles));
        if model.charts.iter().any(ModelledChart::by_rule) {
            all.push((format!("{title} joint"), Self::Joint));
        }
        all
    }

    fn exceeds(self, model: &ChartModel, statistics: &[f64]) -> Option<bool> {
        let known = statistics.iter().all(|statistic| !statistic.is_nan());
        known.then(|| match self {
            Self::Alone(n) => statistics[n] > model.charts[n].limit_alone,
            Self::Quantiles => {
                let mut charts =
                    model.charts.iter().zip(statistics).filter(|(chart, _)| chart.joint && !chart.by_rule());
                charts.any(|(chart, statistic)| *statistic > chart.limit)
            }
            Self::Joint => model.exceeded_by(statistics),
        })
    }
}

/// The figures of every chart.
///
/// # Errors
/// When a run cannot be had, lacks a tag, or is in other units than the training rows.
pub(super) fn judge(exam: &Exam, models: &[Arc<ChartModel>]) -> anyhow::Result<Vec<Judged>> {
    let decisions: Vec<(&Arc<ChartModel>, String, Decision)> =
        models.iter().flat_map(|model| Decision::all(model).into_iter().map(move |(n, d)| (model, n, d))).collect();
    let bar = ProgressBar::new(exam.candidates.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left")?);
    let scored = on_all_cores(&exam.candidates, |candidate| {
        let runs = score(candidate, models)?;
        bar.inc(1);
        Ok(runs)
    });
    bar.finish_and_clear();
    let scored = scored?;
    let hours = exam.minutes / 60.0;
    let of = |chart: usize, group: Group| -> Vec<ScoredRun> {
        let mine = exam.candidates.iter().zip(&scored).filter(|(candidate, _)| candidate.group == group);
        mine.map(|(_, runs)| runs[chart].clone()).collect()
    };
    let judged = |(chart, (model, name, _)): (usize, &(&Arc<ChartModel>, String, Decision))| {
        let benchmark = of(chart, Group::Benchmark);
        Judged {
            name: name.clone(),
            model: model.version.clone(),
            main: figures(&of(chart, Group::Main), hours),
            benchmark: (!benchmark.is_empty()).then(|| figures(&benchmark, hours)),
        }
    };
    Ok(decisions.iter().enumerate().map(judged).collect())
}

/// What every chart makes of one run, in the order of the decisions.
fn score(candidate: &Candidate, models: &[Arc<ChartModel>]) -> anyhow::Result<Vec<ScoredRun>> {
    let simulated;
    let data = match &candidate.origin {
        Origin::Loaded(data) => data,
        Origin::Simulated(run) => {
            simulated = run.run()?;
            &simulated
        }
    };
    refuse_strangers(data, &models[0])?;
    let mut runs = Vec::new();
    for model in models {
        let by_chart = Scorer::new(Arc::clone(model))?.score(data)?;
        let rows: Vec<Vec<f64>> = (0..data.rows()).map(|at| by_chart.iter().map(|chart| chart[at]).collect()).collect();
        for (_, decision) in Decision::all(model) {
            let exceeded = rows.iter().map(|statistics| decision.exceeds(model, statistics)).collect();
            runs.push(ScoredRun { truth: candidate.truth, exceeded });
        }
    }
    Ok(runs)
}

fn refuse_strangers(data: &TrainingData, model: &ChartModel) -> anyhow::Result<()> {
    let rows = data.select(&model.tags)?;
    let name = data.runs().first().map_or("the run", |run| run.name.as_str());
    match model.stranger((0..rows.rows().min(ROWS_LOOKED_AT)).map(|at| rows.row(at))) {
        None => Ok(()),
        Some((tag, off)) => Err(anyhow!(
            "{name}: {tag} begins {off:.0} standard deviations away from its mean in training; is it in another unit?"
        )),
    }
}
