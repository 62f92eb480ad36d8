//! What is counted of explanations, and how it is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Serialize;

use super::Outcome;
use super::runs::Exam;
use crate::cli::incidents::FAULTS;

/// Faults that cannot be told from one another, nor from nothing: to abstain is the right answer.
const UNTOLD: [u32; 3] = [3, 9, 15];
/// Reasons for which there was no explanation that are told.
const REASONS_MOST: usize = 3;

/// The figures of one fault.
#[derive(Clone, Debug, Serialize)]
struct PerFault {
    fault: u32,
    cause: String,
    runs: usize,
    called: usize,
    /// Share of runs in which the cause, or one that cannot be told from it, is named first, 0…1.
    top1: f64,
    /// The same, named among the first three.
    top3: f64,
    /// Share of runs in which it was said that the cause is not known.
    abstained: f64,
    /// Share of runs in which causes were named and none of the first three is right.
    misled: f64,
    /// Share of runs in which there was no explanation that can be read.
    failed: f64,
}

/// The figures of one explainer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Explainer {
    name: String,
    /// Which model, where one is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Faults of 21 of which most runs name the cause first.
    top1: usize,
    /// Faults of 21 of which most runs name the cause among the first three.
    top3: usize,
    /// Faults of 21 of which most runs name no cause.
    abstained: usize,
    /// Of those three that cannot be told, how many abstain in most runs.
    abstained_rightly: usize,
    /// Faults of 21 that are answered rightly in most runs: named among three, or abstained from where nothing can be told.
    right: usize,
    /// Runs that were explained so that it could be read.
    answered: usize,
    /// Runs that were not, although somebody was called.
    failed: usize,
    /// Of those that were, how many had to be mended once.
    mended: usize,
    /// Runs that named causes, and among the first three none that is right.
    misled: usize,
    /// Why there was no explanation, the most frequent first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Reason>,
    /// Claims that the evidence does not bear out and that are shown without being struck out, percent.
    untraceable: f64,
    /// Claims that were struck out, percent.
    struck: f64,
    claims: usize,
    /// From the question to an explanation that is checked, milliseconds.
    median_ms: f64,
    /// All calls together, those that were no use too, in `currency`.
    cost: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    per_fault: Vec<PerFault>,
}

/// Why there was no explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Reason {
    why: String,
    runs: usize,
}

/// Everything that was found.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli::evaluate) struct Report {
    pub(super) seeds: u64,
    pub(super) first_seed: u64,
    pub(super) faults: u32,
    pub(super) explainers: Vec<Explainer>,
}

/// The ids that count as this fault: its own, and those that cannot be told from it.
fn group(causes: &[String], fault: u32) -> Vec<String> {
    let id = |fault: u32| causes[fault as usize - 1].clone();
    if UNTOLD.contains(&fault) { UNTOLD.map(id).to_vec() } else { vec![id(fault)] }
}

/// Counts. `cost` is that of all calls, in the currency of the site.
pub(super) fn figures(name: &str, model: Option<&str>, exam: &Exam, outcomes: &[Outcome], cost: f64) -> Explainer {
    let causes: Vec<String> = exam.libraries.causes().iter().map(|cause| cause.id.to_string()).collect();
    counted(name, model, &causes, outcomes, cost)
}

/// The same; `causes` are the ids of the faults, in their order.
fn counted(name: &str, model: Option<&str>, causes: &[String], outcomes: &[Outcome], cost: f64) -> Explainer {
    let per_fault: Vec<PerFault> = (1..=FAULTS)
        .map(|fault| {
            let group = group(causes, fault);
            let mine: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.fault == fault).collect();
            let share = |holds: &dyn Fn(&Outcome) -> bool| {
                mine.iter().filter(|outcome| holds(outcome)).count() as f64 / mine.len().max(1) as f64
            };
            let among = |outcome: &Outcome, first: usize| outcome.named.iter().take(first).any(|id| group.contains(id));
            PerFault {
                fault,
                cause: causes[fault as usize - 1].clone(),
                runs: mine.len(),
                called: mine.iter().filter(|outcome| outcome.called).count(),
                top1: share(&|outcome| among(outcome, 1)),
                top3: share(&|outcome| among(outcome, 3)),
                abstained: share(&|outcome| outcome.named.is_empty() && outcome.failed.is_none()),
                misled: share(&|outcome| misled(outcome, &group)),
                failed: share(&|outcome| outcome.failed.is_some()),
            }
        })
        .collect();
    let most = |share: f64| share > 0.5;
    let untold = |one: &&PerFault| UNTOLD.contains(&one.fault);
    let claims: usize = outcomes.iter().map(|outcome| outcome.claims).sum();
    let struck: usize = outcomes.iter().map(|outcome| outcome.struck).sum();
    let loose: usize = outcomes.iter().map(|outcome| outcome.untraceable).sum();
    let mut took: Vec<f64> =
        outcomes.iter().filter(|outcome| outcome.called).map(|outcome| outcome.took.as_secs_f64() * 1e3).collect();
    took.sort_by(f64::total_cmp);
    Explainer {
        name: name.to_owned(),
        model: model.map(str::to_owned),
        top1: per_fault.iter().filter(|one| most(one.top1)).count(),
        top3: per_fault.iter().filter(|one| most(one.top3)).count(),
        abstained: per_fault.iter().filter(|one| most(one.abstained)).count(),
        abstained_rightly: per_fault.iter().filter(untold).filter(|one| most(one.abstained)).count(),
        right: per_fault.iter().filter(|one| most(one.top3) || untold(one) && most(one.abstained)).count(),
        answered: outcomes.iter().filter(|outcome| outcome.called && outcome.failed.is_none()).count(),
        failed: outcomes.iter().filter(|outcome| outcome.failed.is_some()).count(),
        mended: outcomes.iter().filter(|outcome| outcome.mended).count(),
        misled: outcomes.iter().filter(|outcome| misled(outcome, &group(causes, outcome.fault))).count(),
        reasons: reasons(outcomes),
        untraceable: 100.0 * loose as f64 / claims.max(1) as f64,
        struck: 100.0 * struck as f64 / claims.max(1) as f64,
        claims,
        median_ms: took.get(took.len() / 2).copied().unwrap_or(0.0),
        cost,
        currency: None,
        per_fault,
    }
}

/// Whether causes are named, and among the first three none that counts.
fn misled(outcome: &Outcome, group: &[String]) -> bool {
    !outcome.named.is_empty() && !outcome.named.iter().take(3).any(|id| group.contains(id))
}

/// Why there was no explanation, the most frequent reason first.
fn reasons(outcomes: &[Outcome]) -> Vec<Reason> {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for why in outcomes.iter().filter_map(|outcome| outcome.failed.as_deref()) {
        *counted.entry(why).or_default() += 1;
    }
    let mut all: Vec<Reason> = counted.into_iter().map(|(why, runs)| Reason { why: why.to_owned(), runs }).collect();
    all.sort_by_key(|reason| std::cmp::Reverse(reason.runs));
    all.truncate(REASONS_MOST);
    all
}

impl Report {
    /// One document.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("names and numbers always serialise")
    }

    /// Writes `explanations.json`.
    ///
    /// # Errors
    /// When the directory cannot be made or written.
    pub fn write(&self, dir: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(dir)?;
        Ok(fs::write(dir.join("explanations.json"), self.json() + "\n")?)
    }

    /// The tables.
    pub fn tables(&self) -> String {
        let mut text =
            format!("{} faults, {} runs of each, seeds from {} on\n", self.faults, self.seeds, self.first_seed);
        for one in &self.explainers {
            let _ = write!(text, "\n{}\n\n", one.line());
            let _ = writeln!(
                text,
                "{:<12}{:>5}{:>8}{:>7}{:>7}{:>11}{:>8}{:>8}",
                "cause", "runs", "called", "top1", "top3", "abstained", "misled", "none"
            );
            for fault in &one.per_fault {
                let percent = |share: f64| format!("{:.0} %", 100.0 * share);
                let _ = writeln!(
                    text,
                    "{:<12}{:>5}{:>8}{:>7}{:>7}{:>11}{:>8}{:>8}",
                    fault.cause,
                    fault.runs,
                    fault.called,
                    percent(fault.top1),
                    percent(fault.top3),
                    percent(fault.abstained),
                    percent(fault.misled),
                    percent(fault.failed)
                );
            }
        }
        text
    }
}

impl Explainer {
    /// The same, with the currency in which it costs.
    pub fn in_currency(mut self, currency: &str) -> Self {
        self.currency = Some(currency.to_owned());
        self
    }

    /// All of it but the faults.
    fn line(&self) -> String {
        let model = self.model.as_ref().map(|model| format!(" ({model})")).unwrap_or_default();
        let currency = self.currency.as_ref().map(|currency| format!(" {currency}")).unwrap_or_default();
        let mut text = format!(
            "{}{model}: cause first {} of 21, among three {}, abstained {} ({} of 3 rightly), right {}; {} explained, {} not, \
             {} mended, {} misled; {} claims, {:.2} % struck out, {:.2} % untraceable; median {:.1} ms, cost {:.4}{currency}",
            self.name,
            self.top1,
            self.top3,
            self.abstained,
            self.abstained_rightly,
            self.right,
            self.answered,
            self.failed,
            self.mended,
            self.misled,
            self.claims,
            self.struck,
            self.untraceable,
            self.median_ms,
            self.cost
        );
        for reason in &self.reasons {
            let _ = write!(text, "\n  no explanation in {} runs: {}", reason.runs, reason.why);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Of each fault one run, which names `named`.
    fn outcomes(named: impl Fn(u32) -> Result<Vec<String>, String>) -> Vec<Outcome> {
        let one = |fault| {
            let took = Duration::from_millis(40);
            match named(fault) {
                Ok(named) => Outcome { called: true, named, took, claims: 10, ..Outcome::uncalled(fault) },
                Err(why) => Outcome::none(fault, why, took),
            }
        };
        (1..=FAULTS).map(one).collect()
    }

    #[test]
    fn what_is_named_abstained_from_and_not_explained_is_counted_apart() {
        let causes: Vec<String> = crate::diagnosis::Libraries::built_in()
            .expect("the libraries")
            .causes()
            .iter()
            .map(|cause| cause.id.to_string())
            .collect();
        let (own, causes) = (|fault: u32| causes[fault as usize - 1].clone(), causes.clone());
        let told = outcomes(|fault| match fault {
            // Where nothing can be told, silence is right, and so is one of the three.
            3 | 15 => Ok(Vec::new()),
            9 => Ok(vec![own(3)]),
            1 => Err("it goes in circles".into()),
            2 => Ok(vec![own(4), own(5), own(2)]),
            4 => Ok(vec![own(1), own(2), own(3), own(4)]),
            fault => Ok(vec![own(fault)]),
        });
        let row = counted("small", Some("gemma"), &causes, &told, 0.25);
        assert_eq!((row.top1, row.top3, row.abstained, row.abstained_rightly), (16, 17, 2, 2));
        assert_eq!((row.right, row.answered, row.failed, row.misled), (19, 20, 1, 1));
        assert_eq!(row.reasons, [Reason { why: "it goes in circles".into(), runs: 1 }]);
        let told: serde_json::Value = serde_json::to_value(&row).expect("names and numbers");
        for key in ["name", "top1", "top3", "abstained", "untraceable", "median_ms", "cost", "per_fault"] {
            assert!(!told[key].is_null(), "{key}: {told}");
        }
        assert_eq!((&told["median_ms"], &told["cost"]), (&serde_json::json!(40.0), &serde_json::json!(0.25)));
        assert!(
            row.line().contains("small (gemma): cause first 16 of 21") && row.line().contains("it goes in circles")
        );
    }
}
