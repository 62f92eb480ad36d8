//! `tep evaluate --explanations`: how good explanations are, on runs of faults that nothing has seen before: the one that is
//! computed from the evidence, and that of every language model that the site has configured.
//!
//! Each run is watched as the plant is: limit charts on every second, the diagnosis' own chart every three minutes. When one of
//! them calls, evidence is frozen as the running plant freezes it, at the call, half an hour and two hours later, and explained.

mod figures;
mod models;
mod runs;

use std::time::{Duration, Instant};

use crate::cli::Failure;
use crate::cli::evaluate::simulated::on_all_cores;
use crate::cli::incidents::FAULTS;
use crate::config::Config;
use crate::explain::{Conclusion, Evidence, Explanation, Grounded, Grounds, explain};

pub(super) use self::figures::Report;
use self::figures::{Explainer, figures};
use self::models::SiteModels;
use self::runs::Exam;

/// What came of one explanation.
#[derive(Clone, Debug)]
struct Outcome {
    fault: u32,
    /// Whether somebody was called at all.
    called: bool,
    /// Why there is no explanation that can be read; `None`: there is one, or nobody was called.
    failed: Option<String>,
    /// Whether it had to be mended before it could be read.
    mended: bool,
    /// The causes that are named, by their ids, best first.
    named: Vec<String>,
    claims: usize,
    struck: usize,
    untraceable: usize,
    took: Duration,
}

/// A run, and what is to be explained of it.
struct Case {
    fault: u32,
    /// What was known two hours after the call; `None` when nobody was called.
    evidence: Option<Evidence>,
}

/// Simulates `seeds` runs of every fault, has each explained, and counts. `wanted` are the models that are asked; empty: all
/// that are configured.
///
/// # Errors
/// When the library of incidents cannot be read, or models are configured and cannot be asked at all.
pub(super) async fn evaluate(
    config: &Config,
    wanted: &[String],
    first_seed: u64,
    seeds: u64,
) -> Result<Report, Failure> {
    // What is wrong with the configuration is told before anything is simulated.
    let models = SiteModels::open(config, wanted).await?;
    let (exam, mut explainers, cases) = tokio::task::block_in_place(|| computed(first_seed, seeds))?;
    if let Some(models) = models {
        explainers.extend(models.explain(&exam, &cases).await?);
    }
    Ok(Report { seeds, first_seed, faults: FAULTS, explainers })
}

/// What is computed from the evidence alone, and the evidence.
fn computed(first_seed: u64, seeds: u64) -> anyhow::Result<(Exam, Vec<Explainer>, Vec<Case>)> {
    let exam = Exam::prepared(first_seed)?;
    let jobs: Vec<(u32, u64)> =
        (1..=FAULTS).flat_map(|fault| (0..seeds).map(move |n| (fault, first_seed + n))).collect();
    eprintln!("tep: simulating and explaining {} runs", jobs.len());
    let explained = on_all_cores(&jobs, |(fault, number)| {
        let Some(frozen) = exam.frozen(*fault, *number)? else { return Ok(None) };
        let [at_call, soon, later] = &frozen;
        let told = [by_itself(*fault, at_call)?, by_itself(*fault, soon)?, by_itself(*fault, later)?];
        let [.., later] = frozen;
        Ok(Some((told, later)))
    })?;
    let (mut told, mut cases) = (ages().map(|_| Vec::new()), Vec::new());
    for (explained, (fault, _)) in explained.into_iter().zip(jobs) {
        let (outcomes, evidence) = match explained {
            Some((outcomes, evidence)) => (outcomes, Some(evidence)),
            None => (ages().map(|_| Outcome::uncalled(fault)), None),
        };
        told.iter_mut().zip(outcomes).for_each(|(all, one)| all.push(one));
        cases.push(Case { fault, evidence });
    }
    let figures = |(name, told): (&str, &Vec<Outcome>)| figures(name, None, &exam, told, 0.0);
    // The oldest first: it is what models are laid beside.
    let explainers = ages().into_iter().zip(&told).rev().map(figures).collect();
    Ok((exam, explainers, cases))
}

/// What the computed explanation is called at each age of an alarm.
const fn ages() -> [&'static str; 3] {
    ["deterministic, at the call", "deterministic, half an hour later", "deterministic"]
}

fn by_itself(fault: u32, evidence: &Evidence) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    let told = explain(evidence);
    let grounded = Grounds::of(evidence).ground(&told);
    let took = began.elapsed();
    told.check(evidence)?;
    Ok(Outcome::of(fault, evidence, &told, &grounded, took))
}

impl Outcome {
    /// Nobody was called, so there is nothing to explain.
    const fn uncalled(fault: u32) -> Self {
        Self {
            fault,
            called: false,
            failed: None,
            mended: false,
            named: Vec::new(),
            claims: 0,
            struck: 0,
            untraceable: 0,
            took: Duration::ZERO,
        }
    }

    /// There is no explanation that can be read.
    fn none(fault: u32, why: String, took: Duration) -> Self {
        Self { called: true, failed: Some(why), took, ..Self::uncalled(fault) }
    }

    fn of(fault: u32, evidence: &Evidence, told: &Explanation, grounded: &[Grounded], took: Duration) -> Self {
        Self {
            called: true,
            named: named(told),
            claims: grounded.iter().map(|text| text.claims.len()).sum(),
            struck: grounded.iter().map(|text| text.struck().count()).sum(),
            untraceable: grounded.iter().map(|text| untraceable(text, evidence)).sum(),
            took,
            ..Self::uncalled(fault)
        }
    }
}

/// The causes that an explanation names, best first.
fn named(told: &Explanation) -> Vec<String> {
    match told.conclusion {
        Conclusion::Inconclusive => Vec::new(),
        Conclusion::Causes | Conclusion::Suspected => {
            told.causes.iter().map(|cause| cause.cause.trim_start_matches("cause:").to_owned()).collect()
        }
    }
}

/// What of a text stands as true and leads nowhere: claims whose source is not in the evidence, and figures that the check has
/// not seen at all. It is counted here by other means than the check itself.
fn untraceable(text: &Grounded, evidence: &Evidence) -> usize {
    let ids = evidence.ids();
    let dangling =
        text.claims.iter().filter(|claim| claim.source.as_deref().is_some_and(|id| !ids.contains(id))).count();
    let covered = |at: usize| text.claims.iter().any(|claim| (claim.from..claim.to).contains(&at));
    let unseen = text.text.char_indices().filter(|(at, letter)| letter.is_numeric() && !covered(*at)).count();
    dangling + unseen
}
