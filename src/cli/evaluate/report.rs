//! The figures as tables for people, as CSV and as one JSON document.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::judge::{Exam, Judged};
use crate::detect::evaluation::{CONFIRM_AFTER, Figures};
use crate::detect::multivariate::{ChartModel, ModelledChart};

/// All that came out.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    charts: Vec<Chart>,
    protocol: &'static str,
    trained_on: String,
    training_rows: usize,
    tags: Vec<String>,
    level_percent: f64,
    confirm_after: u32,
    #[serde(skip)]
    told: String,
}

#[derive(Debug, Serialize)]
struct Chart {
    name: String,
    model: String,
    /// What training itself measured on held-out rows, percent.
    far_in_training: Option<f64>,
    #[serde(flatten)]
    figures: Figures,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_benchmark_files: Option<Figures>,
}

impl Report {
    pub(super) fn new(exam: &Exam, models: &[Arc<ChartModel>], judged: &[Judged]) -> Self {
        let chart = |judged: &Judged| {
            let model = models.iter().find(|model| model.version == judged.model);
            // What training measured is of all charts that decide together.
            let frozen = |model: &Arc<ChartModel>| model.charts.iter().any(ModelledChart::by_rule);
            let joint = |model: &&Arc<ChartModel>| {
                model.charts.len() == 1
                    || judged.name.ends_with(if frozen(model) { "joint" } else { model.joint_title() })
            };
            Chart {
                name: judged.name.clone(),
                model: judged.model.clone(),
                far_in_training: model.filter(joint).map(|model| 100.0 * model.measured_false_alarm_rate),
                figures: judged.main.clone(),
                on_benchmark_files: judged.benchmark.clone(),
            }
        };
        Self {
            charts: judged.iter().map(chart).collect(),
            protocol: exam.protocol,
            trained_on: exam.trained_on.clone(),
            training_rows: exam.training.rows(),
            tags: exam.training.tags().iter().map(ToString::to_string).collect(),
            level_percent: 100.0 * exam.level,
            confirm_after: CONFIRM_AFTER,
            told: exam.told.clone(),
        }
    }

    /// One document.
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).expect("names and numbers always serialise")
    }

    /// Writes both files.
    ///
    /// # Errors
    /// When the directory cannot be made or written.
    pub(super) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(dir)?;
        fs::write(dir.join("evaluation.json"), self.json() + "\n")?;
        let mut writer = csv::Writer::from_path(dir.join("evaluation.csv"))?;
        writer.write_record([
            "chart",
            "runs_of",
            "idv",
            "fdr_percent",
            "far_normal_test_percent",
            "far_prefault_percent",
            "far_unseen_percent",
            "delay_samples",
            "delay_max_samples",
            "undetected",
            "runs",
            "episodes_per_day",
        ])?;
        for chart in &self.charts {
            let sets = [(self.protocol, Some(&chart.figures)), ("benchmark files", chart.on_benchmark_files.as_ref())];
            for (set, figures) in sets.into_iter().filter_map(|(set, figures)| figures.map(|figures| (set, figures))) {
                for record in records(&chart.name, set, figures) {
                    writer.write_record(record)?;
                }
            }
        }
        Ok(writer.flush()?)
    }

    /// The tables.
    pub(super) fn tables(&self) -> String {
        let mut text = String::new();
        let mut line = |what: String| text.push_str(&(what + "\n"));
        line(format!("Trained on {}: {} rows, {} tags.", self.trained_on, self.training_rows, self.tags.len()));
        if !self.told.is_empty() {
            line(format!("Judged: {}.", self.told));
        }
        line(format!(
            "Limits from training rows only, at {} %; {CONFIRM_AFTER} exceedances in a row confirm an alarm.",
            self.level_percent
        ));
        line(String::new());
        text.push_str(&self.summary(|chart| Some(&chart.figures)));
        text.push_str(&self.by_fault(|chart| Some(&chart.figures)));
        if self.charts.iter().any(|chart| chart.on_benchmark_files.is_some()) {
            text.push_str("\nThe same models on the public test files, one run a fault:\n\n");
            text.push_str(&self.summary(|chart| chart.on_benchmark_files.as_ref()));
            text.push_str(&self.by_fault(|chart| chart.on_benchmark_files.as_ref()));
        }
        text
    }

    fn summary(&self, of: impl Fn(&Chart) -> Option<&Figures>) -> String {
        let mut text = format!(
            "{:<12}{:>7}{:>7} | FAR %{:>8}{:>10}{:>8} | {:>12} | delay{:>7}{:>7}  {:>5}\n",
            "chart", "avg18", "avg21", "normal", "pre-fault", "unseen", "episodes/day", "median", "mean", "runs"
        );
        for (chart, figures) in self.charts.iter().filter_map(|chart| of(chart).map(|figures| (chart, figures))) {
            let f = figures;
            let _ = writeln!(
                text,
                "{:<12}{:>7}{:>7} |      {:>8}{:>10}{:>8} | {:>12} |      {:>7}{:>7}  {:>5}",
                chart.name,
                shown(f.avg18, 1),
                shown(f.avg21, 1),
                shown(f.far_normal_test, 2),
                shown(f.far_prefault, 2),
                shown(f.far_unseen, 2),
                shown(f.episodes_per_day, 2),
                shown(f.delay_median, 1),
                shown(f.delay_mean, 1),
                f.runs
            );
        }
        text
    }

    /// Detection rates, and in brackets the delays of the charts that decide.
    fn by_fault(&self, of: impl Fn(&Chart) -> Option<&Figures>) -> String {
        let charts: Vec<(&Chart, &Figures)> =
            self.charts.iter().filter_map(|chart| of(chart).map(|figures| (chart, figures))).collect();
        let Some((_, first)) = charts.first() else { return String::new() };
        let mut text =
            String::from("\nDetection rate %, (mean delay in samples; - never confirmed, ! not in every run)\n IDV");
        for (chart, _) in &charts {
            let _ = write!(text, " {:>13}", chart.name);
        }
        text.push('\n');
        for at in 0..first.per_fault.len() {
            let _ = write!(text, "{:>4}", first.per_fault[at].idv);
            for (_, figures) in &charts {
                let fault = &figures.per_fault[at];
                let mark = if fault.undetected > 0 && fault.delay.is_some() { "!" } else { "" };
                let delay = format!("({}{mark})", shown(fault.delay, 0));
                let _ = write!(text, " {:>6}{:>7}", shown(Some(fault.fdr), 1), delay);
            }
            text.push('\n');
        }
        text
    }
}

fn records(name: &str, set: &str, figures: &Figures) -> Vec<Vec<String>> {
    let cell = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let record = |idv: String, fdr, delay, delay_max, undetected: usize, runs: usize| {
        vec![
            name.to_owned(),
            set.to_owned(),
            idv,
            cell(fdr),
            cell(figures.far_normal_test),
            cell(figures.far_prefault),
            cell(figures.far_unseen),
            cell(delay),
            cell(delay_max),
            undetected.to_string(),
            runs.to_string(),
            cell(figures.episodes_per_day),
        ]
    };
    let undetected = figures.per_fault.iter().map(|fault| fault.undetected).sum();
    let mut all: Vec<_> = figures
        .per_fault
        .iter()
        .map(|f| record(f.idv.to_string(), Some(f.fdr), f.delay, f.delay_max, f.undetected, f.runs))
        .collect();
    for (mean, rate) in [("avg18", figures.avg18), ("avg21", figures.avg21)] {
        all.push(record(mean.to_owned(), rate, figures.delay_mean, None, undetected, figures.runs));
    }
    all
}

fn shown(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
}
