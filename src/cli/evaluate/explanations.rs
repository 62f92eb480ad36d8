//! `tep evaluate --explanations`: how good explanations are, on runs of faults that nothing has seen before.
//!
//! Each run is watched as the plant is: limit charts on every second, the diagnosis' own chart every three minutes. When one of
//! them calls, evidence is frozen as the running plant freezes it, at the call and two hours later, and explained.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use tennessee_eastman::{Config, Idv, Plant as Simulation, Xmv};
use uuid::Uuid;

use super::simulated::on_all_cores;
use crate::actors::Shelf;
use crate::cli::incidents::FAULTS;
use crate::config::plant::{built_in, limit_alarm};
use crate::detect::LimitChart;
use crate::detect::evaluation::CONFIRM_AFTER;
use crate::diagnosis::{Libraries, Stretch};
use crate::domain::{
    AlarmDefinition, AlarmFacts, AlarmId, AlarmState, JournalEntry, OccurrenceId, Plant, Quality, SourceTime, TagIndex,
    TransitionKind, WallTime,
};
use crate::explain::evidence::{Scene, Trace, Usual, findings, freeze};
use crate::explain::{Conclusion, Evidence, Explanation, Grounded, Grounds, explain};

/// Plant time before the fault begins: as in the benchmark.
const ONSET: u64 = 8 * 3_600;
/// Plant time after it in which somebody must be called.
const WATCHED: u64 = 24 * 3_600;
/// Plant time from the call to the second evidence.
const LATER: u64 = 2 * 3_600;
/// How far back a bundle looks.
const SPAN: Duration = Duration::from_secs(2 * 3_600);
/// Seconds between two values of a trace.
const TRACED: u64 = 15;
/// Seconds between two rows of the diagnosis.
const ROW: u64 = 180;
/// A running plant is watched a second later each time.
const ROW_WATCHED: u64 = ROW + 1;
/// Normal runs from which is learnt what is usual.
const NORMAL_RUNS: u64 = 6;
/// Where the valve of stream 4 is held in fault 21, %.
const STUCK: f64 = 61.302;
/// Faults that cannot be told from one another, nor from nothing: to abstain is the right answer.
const UNTOLD: [u32; 3] = [3, 9, 15];
/// The beginning of plant time in these runs.
const START: SourceTime = SourceTime::from_micros(1_767_225_600_000_000);

/// What came of one explanation.
#[derive(Clone, Debug)]
struct Outcome {
    fault: u32,
    /// Whether somebody was called at all.
    called: bool,
    /// The causes that are named, by their ids, best first.
    named: Vec<String>,
    claims: usize,
    struck: usize,
    untraceable: usize,
    took: Duration,
    cost: f64,
}

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
    /// Share of runs in which no cause is named.
    abstained: f64,
}

/// The figures of one explainer.
#[derive(Clone, Debug, Serialize)]
struct Explainer {
    name: String,
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
    /// Claims that the evidence does not bear out and that are shown without being struck out, percent.
    untraceable: f64,
    /// Claims that were struck out, percent.
    struck: f64,
    claims: usize,
    median_ms: f64,
    cost: f64,
    per_fault: Vec<PerFault>,
}

/// Everything that was found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    seeds: u64,
    first_seed: u64,
    faults: u32,
    explainers: Vec<Explainer>,
}

/// What all runs share.
struct Exam {
    plant: Plant,
    libraries: Libraries,
    shelf: Shelf,
    usual: Vec<Usual>,
}

/// One run as it was seen.
struct Run {
    /// Every value every fifteen seconds, with its time.
    values: Vec<(SourceTime, Vec<f64>)>,
    /// Rows for the diagnosis.
    stretch: Stretch,
    /// Alarms as they were raised, after the onset and before.
    raised: Vec<(AlarmId, SourceTime, f64, f64)>,
    onset: SourceTime,
}

/// Simulates `seeds` runs of every fault, explains each, and counts.
///
/// # Errors
/// When the library of incidents cannot be read.
pub(super) fn evaluate(first_seed: u64, seeds: u64) -> anyhow::Result<Report> {
    let plant = built_in();
    let libraries = Libraries::built_in()?;
    eprintln!("tep: simulating {NORMAL_RUNS} normal runs to learn what is usual");
    let usual = usual(first_seed + 500_000, &plant)?;
    let exam = Exam { shelf: Shelf::of(&plant), plant, libraries, usual };
    let jobs: Vec<(u32, u64)> =
        (1..=FAULTS).flat_map(|fault| (0..seeds).map(move |n| (fault, first_seed + n))).collect();
    eprintln!("tep: simulating and explaining {} runs", jobs.len());
    let outcomes = on_all_cores(&jobs, |(fault, number)| exam.explain_run(*fault, *number))?;
    let (at_call, later): (Vec<Outcome>, Vec<Outcome>) = outcomes.into_iter().unzip();
    let explainers =
        vec![figures("deterministic", &exam, &later), figures("deterministic, at the call", &exam, &at_call)];
    Ok(Report { seeds, first_seed, faults: FAULTS, explainers })
}

/// Numbers that follow each other begin alike in the generator of the plant, so they are spread.
const fn seed(fault: u32, number: u64) -> u64 {
    ((number + 1_000_000 * fault as u64).wrapping_mul(2_654_435_761) % 4_294_967_291) | 1
}

fn values(record: &tennessee_eastman::Record) -> Vec<f64> {
    record.xmeas.values().iter().chain(record.xmv.values()).copied().collect()
}

/// Where each tag of the plant stands among the values of the simulation.
fn places(plant: &Plant) -> Vec<usize> {
    let place = |tag: &str| -> Option<usize> {
        let (kind, number) = tag.rsplit_once('_')?;
        let number: usize = number.parse().ok()?;
        Some(if kind == "XMEAS" { number - 1 } else { 40 + number })
    };
    plant.tags.iter().map(|tag| place(tag.id.as_str()).unwrap_or_default()).collect()
}

/// Mean and deviation of every tag in normal operation.
fn usual(first: u64, plant: &Plant) -> anyhow::Result<Vec<Usual>> {
    let places = places(plant);
    let jobs: Vec<u64> = (0..NORMAL_RUNS).map(|n| first + n).collect();
    let runs = on_all_cores(&jobs, |number| {
        let mut simulation = Simulation::new(Config { seed: seed(0, *number), ..Config::default() });
        let mut rows = Vec::new();
        for step in 1..=24 * 3_600u64 {
            let record = simulation.step();
            if step > 3_600 && step.is_multiple_of(ROW) {
                rows.push(values(&record));
            }
        }
        Ok(rows)
    })?;
    let rows: Vec<Vec<f64>> = runs.into_iter().flatten().collect();
    let of = |place: &usize| {
        let count = rows.len() as f64;
        let mean = rows.iter().map(|row| row[*place]).sum::<f64>() / count;
        let spread = rows.iter().map(|row| (row[*place] - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Usual { mean, deviation: spread.sqrt() }
    };
    Ok(places.iter().map(of).collect())
}

impl Exam {
    /// Explains a run at the call, and two hours later.
    fn explain_run(&self, fault: u32, number: u64) -> anyhow::Result<(Outcome, Outcome)> {
        let run = self.run(fault, number)?;
        let nobody = Outcome {
            fault,
            called: false,
            named: Vec::new(),
            claims: 0,
            struck: 0,
            untraceable: 0,
            took: Duration::ZERO,
            cost: 0.0,
        };
        let Some(call) = self.call(&run)? else { return Ok((nobody.clone(), nobody)) };
        let last = run.values.last().map_or(call.at, |(at, _)| *at);
        let at_call = self.explained(fault, &run, &call, call.at)?;
        let later = self.explained(fault, &run, &call, (call.at + Duration::from_secs(LATER)).min(last))?;
        Ok((at_call, later))
    }

    fn run(&self, fault: u32, number: u64) -> anyhow::Result<Run> {
        let places = places(&self.plant);
        let columns: Vec<usize> = self.libraries.tags().iter().map(|tag| self.column(tag.as_str())).collect();
        let mut charts: Vec<(AlarmId, usize, LimitChart)> = Vec::new();
        for (at, tag) in self.plant.tags.iter().enumerate() {
            for limit in &tag.limits {
                charts.push((limit_alarm(&tag.id, limit.kind), places[at], LimitChart::new(limit.clone())));
            }
        }
        let mut simulation = Simulation::new(Config { seed: seed(fault, number), ..Config::default() });
        let onset = START + Duration::from_secs(ONSET);
        let mut run = Run { values: Vec::new(), stretch: Stretch::new(columns.len()), raised: Vec::new(), onset };
        for step in 1..=ONSET + WATCHED {
            if step == ONSET {
                begin(&mut simulation, fault)?;
            }
            let record = simulation.step();
            if simulation.shutdown().is_some() {
                break;
            }
            let (at, row) = (START + Duration::from_secs(step), values(&record));
            for (alarm, place, chart) in &mut charts {
                let change = chart.push(at, row[*place], Quality::Good);
                if let Some(change) = change.filter(|change| change.active == Some(true)) {
                    run.raised.push((alarm.clone(), at, change.value, chart.limit().value));
                }
            }
            if step.is_multiple_of(ROW_WATCHED) {
                run.stretch.push(at, &columns.iter().map(|column| row[*column]).collect::<Vec<_>>());
            }
            // What is older than anybody looks back at is not kept.
            if step.is_multiple_of(TRACED) && step + 4 * 3_600 > ONSET {
                run.values.push((at, places.iter().map(|place| row[*place]).collect()));
            }
            let long_after =
                run.raised.iter().any(|(_, raised, ..)| *raised > onset && at.since(*raised).as_secs() > LATER + 3_600);
            if long_after && self.call(&run)?.is_some_and(|call| at > call.at + Duration::from_secs(LATER)) {
                break;
            }
        }
        Ok(run)
    }

    fn column(&self, tag: &str) -> usize {
        let (kind, number) = tag.rsplit_once('_').unwrap_or(("XMEAS", "1"));
        let number: usize = number.parse().unwrap_or(1);
        if kind == "XMEAS" { number - 1 } else { 40 + number }
    }

    /// Who calls first after the onset: a limit, or the chart of the diagnosis.
    fn call(&self, run: &Run) -> anyhow::Result<Option<Call>> {
        let limit = run.raised.iter().find(|(_, at, ..)| *at >= run.onset);
        let first_row = run.stretch.at(run.onset).unwrap_or(0);
        let library = self.libraries.fitting(&run.stretch, run.onset)?;
        let chart = library.frame().alarm(&run.stretch, first_row, CONFIRM_AFTER as usize)?;
        let chart = chart.map(|(row, _)| run.stretch.times()[row]);
        let of_limit = limit.map(|(alarm, at, value, limit)| Call {
            alarm: alarm.clone(),
            at: *at,
            value: Some(*value),
            limit: Some(*limit),
        });
        let detector = self.plant.alarms.iter().find(|alarm| alarm.detector.is_some()).map(|alarm| alarm.id.clone());
        let of_chart = chart.zip(detector).map(|(at, alarm)| Call { alarm, at, value: None, limit: Some(1.0) });
        Ok(match (of_limit, of_chart) {
            (Some(limit), Some(chart)) => Some(if chart.at < limit.at { chart } else { limit }),
            (one, other) => one.or(other),
        })
    }

    fn explained(&self, fault: u32, run: &Run, call: &Call, until: SourceTime) -> anyhow::Result<Outcome> {
        let began = Instant::now();
        let evidence = self.evidence(run, call, until)?;
        let told = explain(&evidence);
        let grounds = Grounds::of(&evidence);
        let grounded = grounds.ground(&told);
        let took = began.elapsed();
        told.check(&evidence)?;
        Ok(Outcome {
            fault,
            called: true,
            named: named(&told),
            claims: grounded.iter().map(|text| text.claims.len()).sum(),
            struck: grounded.iter().map(|text| text.struck().count()).sum(),
            untraceable: grounded.iter().map(|text| untraceable(text, &evidence)).sum(),
            took,
            cost: 0.0,
        })
    }

    fn evidence(&self, run: &Run, call: &Call, until: SourceTime) -> anyhow::Result<Evidence> {
        let from = until - SPAN;
        let within: Vec<&(SourceTime, Vec<f64>)> =
            run.values.iter().filter(|(at, _)| (from..=until).contains(at)).collect();
        let trace = |(index, usual): (u16, &Usual)| Trace {
            tag: TagIndex(index),
            points: within.iter().map(|(at, row)| (*at, row[usize::from(index)])).collect(),
            usual: Some(*usual),
        };
        let traces: Vec<Trace> = (0u16..).zip(&self.usual).map(trace).collect();
        let definition = self.definition(&call.alarm)?;
        let called = entry(definition, call.at, call.value, call.limit);
        let journal: Vec<JournalEntry> = run
            .raised
            .iter()
            .filter(|(_, at, ..)| (from..=until).contains(at))
            .filter_map(|(alarm, at, value, limit)| {
                Some(entry(self.definition(alarm).ok()?, *at, Some(*value), Some(*limit)))
            })
            .collect();
        let mut known = run.stretch.clone();
        known.keep_first(run.stretch.at(until).map_or(0, |row| row + 1));
        let found = self.libraries.diagnose(&[], &known, call.at)?;
        let (findings, doubt) = found.map_or_else(Default::default, |found| findings(&found.diagnosis));
        Ok(freeze(Scene {
            plant: &self.plant,
            definition,
            called: &called,
            until,
            span: SPAN,
            traces: &traces,
            verdicts: &[],
            journal: &journal,
            source: None,
            library: self.shelf.signatures(),
            findings: &findings,
            doubt,
            passages: &|causes| self.shelf.passages(definition, causes),
            incidents: Vec::new(),
            missing: Vec::new(),
        }))
    }

    fn definition(&self, alarm: &AlarmId) -> anyhow::Result<&AlarmDefinition> {
        let found = self.plant.alarm(alarm).map(|definition| &**definition);
        found.ok_or_else(|| anyhow::anyhow!("the plant has no alarm {alarm}"))
    }
}

/// Who called, when, and on what ground.
struct Call {
    alarm: AlarmId,
    at: SourceTime,
    value: Option<f64>,
    limit: Option<f64>,
}

fn begin(simulation: &mut Simulation, fault: u32) -> anyhow::Result<()> {
    match fault {
        21 => simulation.hold_valve(Xmv::AcFeed, STUCK)?,
        number => simulation.set_disturbance(Idv::try_from(u8::try_from(number)?)?, true)?,
    }
    Ok(())
}

/// A row of the journal with which an operator is called.
fn entry(definition: &AlarmDefinition, at: SourceTime, value: Option<f64>, limit: Option<f64>) -> JournalEntry {
    let wall = WallTime::from_micros(at.as_micros());
    let occurrence = OccurrenceId(Uuid::from_u128(at.as_micros().unsigned_abs().into()));
    let facts = AlarmFacts {
        active: true,
        acked: false,
        open: true,
        occurrence: Some(occurrence),
        raised_at: Some(at),
        annunciated_at: Some(wall),
        ..AlarmFacts::quiet(definition.severity)
    };
    JournalEntry {
        epoch: 1,
        sequence: at.as_micros(),
        alarm: definition.id.clone(),
        occurrence: Some(occurrence),
        kind: TransitionKind::Raised,
        from: AlarmState::Normal,
        to: AlarmState::Unacknowledged,
        facts,
        source_time: at,
        wall_time: wall,
        scan: None,
        value,
        limit,
        by: None,
        comment: None,
        client: None,
        idempotency_key: None,
        contributions: Vec::new(),
    }
}

/// The causes that an explanation names, best first.
fn named(told: &Explanation) -> Vec<String> {
    match told.conclusion {
        Conclusion::Inconclusive => Vec::new(),
        Conclusion::Causes => {
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

/// The ids that count as this fault: its own, and those that cannot be told from it.
fn group(exam: &Exam, fault: u32) -> Vec<String> {
    let id = |fault: u32| exam.libraries.causes()[fault as usize - 1].id.to_string();
    if UNTOLD.contains(&fault) { UNTOLD.map(id).to_vec() } else { vec![id(fault)] }
}

fn figures(name: &str, exam: &Exam, outcomes: &[Outcome]) -> Explainer {
    let per_fault: Vec<PerFault> = (1..=FAULTS)
        .map(|fault| {
            let group = group(exam, fault);
            let mine: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.fault == fault).collect();
            let share = |holds: &dyn Fn(&Outcome) -> bool| {
                mine.iter().filter(|outcome| holds(outcome)).count() as f64 / mine.len().max(1) as f64
            };
            let among = |outcome: &Outcome, first: usize| outcome.named.iter().take(first).any(|id| group.contains(id));
            PerFault {
                fault,
                cause: exam.libraries.causes()[fault as usize - 1].id.to_string(),
                runs: mine.len(),
                called: mine.iter().filter(|outcome| outcome.called).count(),
                top1: share(&|outcome| among(outcome, 1)),
                top3: share(&|outcome| among(outcome, 3)),
                abstained: share(&|outcome| outcome.named.is_empty()),
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
        top1: per_fault.iter().filter(|one| most(one.top1)).count(),
        top3: per_fault.iter().filter(|one| most(one.top3)).count(),
        abstained: per_fault.iter().filter(|one| most(one.abstained)).count(),
        abstained_rightly: per_fault.iter().filter(untold).filter(|one| most(one.abstained)).count(),
        right: per_fault.iter().filter(|one| most(one.top3) || untold(one) && most(one.abstained)).count(),
        untraceable: 100.0 * loose as f64 / claims.max(1) as f64,
        struck: 100.0 * struck as f64 / claims.max(1) as f64,
        claims,
        median_ms: took.get(took.len() / 2).copied().unwrap_or(0.0),
        cost: outcomes.iter().map(|outcome| outcome.cost).sum(),
        per_fault,
    }
}

impl Report {
    /// One document.
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).expect("names and numbers always serialise")
    }

    /// Writes `explanations.json`.
    ///
    /// # Errors
    /// When the directory cannot be made or written.
    pub(super) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(dir)?;
        Ok(fs::write(dir.join("explanations.json"), self.json() + "\n")?)
    }

    /// The tables.
    pub(super) fn tables(&self) -> String {
        let mut text =
            format!("{} faults, {} runs of each, seeds from {} on\n", self.faults, self.seeds, self.first_seed);
        for one in &self.explainers {
            let _ = write!(
                text,
                "\n{}: cause first {} of 21, among three {}, abstained {} ({} of 3 rightly), right {}; {} claims, {:.2} % struck \
                 out, {:.2} % untraceable; median {:.1} ms, cost {:.4}\n\n{:<12}{:>5}{:>8}{:>7}{:>7}{:>11}\n",
                one.name,
                one.top1,
                one.top3,
                one.abstained,
                one.abstained_rightly,
                one.right,
                one.claims,
                one.struck,
                one.untraceable,
                one.median_ms,
                one.cost,
                "cause",
                "runs",
                "called",
                "top1",
                "top3",
                "abstained"
            );
            for fault in &one.per_fault {
                let percent = |share: f64| format!("{:.0} %", 100.0 * share);
                let _ = writeln!(
                    text,
                    "{:<12}{:>5}{:>8}{:>7}{:>7}{:>11}",
                    fault.cause,
                    fault.runs,
                    fault.called,
                    percent(fault.top1),
                    percent(fault.top3),
                    percent(fault.abstained)
                );
            }
        }
        text
    }
}
