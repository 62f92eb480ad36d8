//! `tep evaluate --diagnosis`: how good diagnoses are, on runs that the library has never seen.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Serialize;

use super::benchmark::{self, ONSET};
use super::second;
use super::simulated::Phase;
use crate::cli::incidents::{FAULTS, recorded};
use crate::detect::evaluation::CONFIRM_AFTER;
use crate::diagnosis::{AGES, Libraries, Library, RecordedRun, Stretch};
use crate::domain::{Diagnosis, SourceTime, TagId, Told};

/// Two hours, at three minutes a row: how long an incident is watched before it is diagnosed.
pub(super) const WATCHED: usize = 40;
/// Half an hour.
pub(super) const WATCHED_SHORT: usize = 10;
const MICROS_A_ROW: i64 = 180_000_000;

/// The tags at which each fault enters the plant, of the 33 that are watched: what an operator would want to be pointed at.
/// From where the model of the plant lets each fault act, not from what any diagnosis has said.
const ENTRANCES: [&[&str]; FAULTS as usize] = [
    // Composition of stream 4: its flow and valve, what makes up for the A that it lacks, and the stripper into which it goes.
    &["XMEAS_4", "XMV_4", "XMEAS_1", "XMV_3", "XMEAS_16"],
    // B in stream 4 leaves by the purge only.
    &["XMEAS_10", "XMV_6", "XMEAS_4", "XMV_4", "XMEAS_16"],
    // Temperature of the D feed, which goes into the reactor.
    &["XMEAS_2", "XMV_1", "XMEAS_9", "XMEAS_21", "XMV_10"],
    // Cooling water of the reactor.
    &["XMEAS_9", "XMEAS_21", "XMV_10"],
    // Cooling water of the condenser.
    &["XMEAS_11", "XMEAS_22", "XMV_11"],
    // A feed.
    &["XMEAS_1", "XMV_3"],
    // Supply of stream 4.
    &["XMEAS_4", "XMV_4"],
    // Composition of stream 4, random.
    &["XMEAS_4", "XMV_4", "XMEAS_1", "XMV_3", "XMEAS_16"],
    // Temperature of the D feed, random.
    &["XMEAS_2", "XMV_1", "XMEAS_9", "XMEAS_21", "XMV_10"],
    // Temperature of stream 4, which goes into the stripper.
    &["XMEAS_4", "XMV_4", "XMEAS_18", "XMEAS_19", "XMV_9"],
    // Cooling water of the reactor, random.
    &["XMEAS_9", "XMEAS_21", "XMV_10"],
    // Cooling water of the condenser, random.
    &["XMEAS_11", "XMEAS_22", "XMV_11"],
    // Kinetics in the reactor: its heat and its pressure.
    &["XMEAS_7", "XMEAS_9", "XMEAS_21", "XMV_10"],
    // Cooling valve of the reactor.
    &["XMEAS_9", "XMEAS_21", "XMV_10"],
    // Cooling valve of the condenser.
    &["XMEAS_11", "XMEAS_22", "XMV_11"],
    // Heat from steam in the stripper.
    &["XMEAS_18", "XMEAS_19", "XMV_9"],
    // Heat transfer of the reactor's coil.
    &["XMEAS_9", "XMEAS_21", "XMV_10"],
    // Heat transfer of the condenser.
    &["XMEAS_11", "XMEAS_22", "XMV_11"],
    // Four valves: recycle, separator, stripper, steam, with their flows.
    &["XMV_5", "XMV_7", "XMV_8", "XMV_9", "XMEAS_5", "XMEAS_14", "XMEAS_17", "XMEAS_19"],
    // Flow from reactor to separator.
    &["XMEAS_7", "XMEAS_13", "XMV_5", "XMEAS_5", "XMEAS_20"],
    // The valve of stream 4 stands still.
    &["XMV_4", "XMEAS_4"],
];

/// The figures of one fault, or of all.
#[derive(Clone, Debug, Default, Serialize)]
struct Figures {
    runs: usize,
    /// Runs in which the frame raised an alarm within the run.
    alarmed: usize,
    /// Share of alarmed runs, percent: the right cause first, and among the first three, after half an hour and after two.
    top1_half_hour: f64,
    top3_half_hour: f64,
    top1: f64,
    top3: f64,
    /// What was told after two hours, percent of alarmed runs: one cause and it is right; several and it is among them; wrong;
    /// inconclusive.
    told_right: f64,
    told_among: f64,
    told_wrong: f64,
    abstained: f64,
    /// An entrance of the fault among the first three tags, percent.
    root_top3: f64,
    /// Runs that tripped later than two hours after the alarm, with a time told for how many of them; median of the error in
    /// hours, and in how many the trip lay between the early and the late time.
    tripped: usize,
    trips_foretold: usize,
    trip_error_hours: Option<f64>,
    trips_within: usize,
    /// Runs that did not trip within 48 h for which a time to trip was told, with the share of incidents that tripped.
    trips_not_come: usize,
}

#[derive(Debug, Serialize)]
struct PerFault {
    cause: String,
    #[serde(flatten)]
    figures: Figures,
}

/// One set of runs.
#[derive(Debug, Serialize)]
struct Set {
    name: String,
    all: Figures,
    /// Mean over causes of the harmonic mean of precision and recall of the first cause after two hours, 0…1, of the runs in
    /// which there was an alarm.
    macro_f1: f64,
    /// The same of all runs: one without an alarm is a miss.
    macro_f1_of_all: f64,
    per_fault: Vec<PerFault>,
    /// Of second faults: how often the alarm of the first stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<second::Standing>,
}

/// What a library says of itself.
#[derive(Debug, Serialize)]
struct OfLibrary {
    version: String,
    made_from: String,
    /// Of its own incidents, each compared with those of other seeds: rows since the departure, macro-F1.
    held_out_macro_f1: Vec<(usize, f64)>,
}

/// All that came out.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    libraries: Vec<OfLibrary>,
    sets: Vec<Set>,
}

/// One run, judged.
#[derive(Debug)]
pub(super) struct Judged {
    pub cause: usize,
    pub outcome: Option<Outcome>,
}

#[derive(Debug)]
pub(super) struct Outcome {
    pub short: Option<Diagnosis>,
    pub long: Option<Diagnosis>,
    /// From the last row of the long diagnosis to the trip, in rows.
    pub trip: Option<usize>,
}

/// Judges `seeds` runs of each fault and the files of the benchmark.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn evaluate(
    libraries: &Libraries,
    first_seed: u64,
    seeds: u64,
    files: &benchmark::Files,
) -> anyhow::Result<Report> {
    let mut sets = Vec::new();
    for (library, phase) in libraries.all().zip([Phase::Fixed, Phase::Moving]) {
        let runs = recorded(first_seed, seeds, phase, library.frame().model())?;
        sets.push(judge(format!("fresh runs, {}", phase.title()), libraries, &runs)?);
    }
    let published =
        (1..=FAULTS).map(|fault| published(files, fault, libraries.tags())).collect::<anyhow::Result<Vec<_>>>()?;
    sets.push(judge("public test files".to_owned(), libraries, &published)?);
    Ok(Report::of(libraries, sets))
}

/// Judges `seeds` runs of each fault that begins while the alarm of another stands.
///
/// # Errors
/// When a run does not fit the libraries.
pub(super) fn evaluate_second_faults(libraries: &Libraries, first_seed: u64, seeds: u64) -> anyhow::Result<Report> {
    let mut sets = Vec::new();
    for (library, phase) in libraries.all().zip([Phase::Fixed, Phase::Moving]) {
        let runs = second::recorded(first_seed, seeds, phase, library)?;
        let (judged, standing) = second::judged(libraries, &runs)?;
        sets.push(summed_up(
            format!("second faults under a standing alarm, {}", phase.title()),
            libraries,
            &judged,
            Some(standing),
        ));
    }
    Ok(Report::of(libraries, sets))
}

/// A test file of the benchmark as a run; two of them stand still after a trip, which is where they end.
fn published(files: &benchmark::Files, fault: u32, tags: &[TagId]) -> anyhow::Result<RecordedRun> {
    let data = files.run(&format!("d{fault:02}_te"))?.select(tags)?;
    let still =
        |at: usize| at + 2 < data.rows() && data.row(at) == data.row(at + 1) && data.row(at) == data.row(at + 2);
    let end = (0..data.rows()).find(|at| still(*at));
    let mut stretch = Stretch::new(tags.len());
    for at in 0..end.unwrap_or(data.rows()) {
        stretch.push(SourceTime::from_micros((at as i64 + 1) * MICROS_A_ROW), data.row(at));
    }
    Ok(RecordedRun { cause: fault as usize - 1, seed: 0, stretch, onset: ONSET, tripped: end.is_some() })
}

fn judge(name: String, libraries: &Libraries, runs: &[RecordedRun]) -> anyhow::Result<Set> {
    let judged = runs.iter().map(|run| judge_run(libraries, run)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(summed_up(name, libraries, &judged, None))
}

fn summed_up(name: String, libraries: &Libraries, judged: &[Judged], standing: Option<second::Standing>) -> Set {
    let mut confusion = vec![vec![0_u32; libraries.causes().len()]; libraries.causes().len()];
    for one in judged {
        let first = one.outcome.as_ref().and_then(|outcome| outcome.long.as_ref()).and_then(|long| long.causes.first());
        let taken_for = first.and_then(|first| libraries.causes().iter().position(|cause| cause.id == first.cause.id));
        if let Some(taken_for) = taken_for {
            confusion[one.cause][taken_for] += 1;
        }
    }
    let of = |cause: usize| judged.iter().filter(move |one| one.cause == cause);
    let per_fault = libraries
        .causes()
        .iter()
        .enumerate()
        .map(|(n, cause)| PerFault { cause: cause.id.to_string(), figures: figures(libraries, of(n)) })
        .collect();
    let runs_of = |cause: usize| of(cause).count() as u32;
    let all: Vec<u32> = (0..confusion.len()).map(runs_of).collect();
    Set {
        name,
        all: figures(libraries, judged.iter()),
        macro_f1: macro_f1(&confusion),
        macro_f1_of_all: macro_f1_of(&confusion, &all),
        per_fault,
        standing,
    }
}

/// Diagnoses a run half an hour and two hours after it has left normal operation, as it was known then.
fn judge_run(libraries: &Libraries, run: &RecordedRun) -> anyhow::Result<Judged> {
    let nothing = Judged { cause: run.cause, outcome: None };
    let confirm = CONFIRM_AFTER as usize;
    let library = libraries.fitting(&run.stretch, run.stretch.times()[run.onset])?;
    let Some((alarm, departed)) = library.frame().alarm(&run.stretch, run.onset, confirm)? else { return Ok(nothing) };
    let raised = run.stretch.times()[alarm];
    let after = |rows: usize| -> anyhow::Result<(usize, Option<Diagnosis>)> {
        let end = (departed + rows).max(alarm + 1).min(run.stretch.rows());
        let mut known = run.stretch.clone();
        known.keep_first(end);
        Ok((end, libraries.diagnose(&[], &known, raised)?.map(|finding| finding.diagnosis)))
    };
    let ((_, short), (end, long)) = (after(WATCHED_SHORT)?, after(WATCHED)?);
    let trip = run.tripped.then(|| run.stretch.rows().saturating_sub(end)).filter(|left| *left > 0);
    Ok(Judged { cause: run.cause, outcome: Some(Outcome { short, long, trip }) })
}

fn figures<'a>(libraries: &Libraries, judged: impl Iterator<Item = &'a Judged>) -> Figures {
    let judged: Vec<&Judged> = judged.collect();
    let seen: Vec<(usize, &Outcome)> =
        judged.iter().filter_map(|one| Some((one.cause, one.outcome.as_ref()?))).collect();
    let share = |holds: &dyn Fn(usize, &Outcome) -> bool| {
        100.0 * seen.iter().filter(|(cause, outcome)| holds(*cause, outcome)).count() as f64 / seen.len().max(1) as f64
    };
    let among = |diagnosis: Option<&Diagnosis>, cause: usize, first: usize| {
        let id = &libraries.causes()[cause].id;
        diagnosis.is_some_and(|diagnosis| diagnosis.causes.iter().take(first).any(|one| one.cause.id == *id))
    };
    let told = |outcome: &Outcome, holds: &dyn Fn(&Told) -> bool| {
        outcome.long.as_ref().is_some_and(|diagnosis| holds(&diagnosis.told))
    };
    let id = |cause: usize| &libraries.causes()[cause].id;
    let root = |cause: usize, outcome: &Outcome| {
        let roots = outcome.long.iter().flat_map(|diagnosis| diagnosis.roots.iter().take(3));
        roots.into_iter().any(|root| ENTRANCES[cause].contains(&root.tag.as_str()))
    };
    let trips: Vec<(&Outcome, usize)> = seen.iter().filter_map(|(_, one)| Some((*one, one.trip?))).collect();
    let hours = |rows: f64| rows / 20.0;
    let foretold = |outcome: &Outcome| outcome.long.as_ref().and_then(|diagnosis| diagnosis.time_to_trip);
    let mut errors: Vec<f64> = trips
        .iter()
        .filter_map(|(one, left)| Some((foretold(one)?.median.as_secs_f64() / 3_600.0 - hours(*left as f64)).abs()))
        .collect();
    errors.sort_by(f64::total_cmp);
    let within = |(one, left): &&(&Outcome, usize)| {
        let hours = hours(*left as f64);
        foretold(one)
            .is_some_and(|told| (told.early.as_secs_f64()..=told.late.as_secs_f64()).contains(&(hours * 3_600.0)))
    };
    Figures {
        runs: judged.len(),
        alarmed: seen.len(),
        top1_half_hour: share(&|cause, one| among(one.short.as_ref(), cause, 1)),
        top3_half_hour: share(&|cause, one| among(one.short.as_ref(), cause, 3)),
        top1: share(&|cause, one| among(one.long.as_ref(), cause, 1)),
        top3: share(&|cause, one| among(one.long.as_ref(), cause, 3)),
        told_right: share(&|cause, one| told(one, &|told| matches!(told, Told::One(of) if of == id(cause)))),
        told_among: share(&|cause, one| told(one, &|told| matches!(told, Told::OneOf(of) if of.contains(id(cause))))),
        told_wrong: share(&|cause, one| {
            told(one, &|told| match told {
                Told::One(of) => of != id(cause),
                Told::OneOf(of) => !of.contains(id(cause)),
                Told::Inconclusive(_) => false,
            })
        }),
        abstained: share(&|_, one| one.long.is_none() || told(one, &|told| matches!(told, Told::Inconclusive(_)))),
        root_top3: share(&|cause, one| root(cause, one)),
        tripped: trips.len(),
        trips_foretold: errors.len(),
        trip_error_hours: errors.get(errors.len() / 2).copied(),
        trips_within: trips.iter().filter(within).count(),
        trips_not_come: seen.iter().filter(|(_, one)| one.trip.is_none() && foretold(one).is_some()).count(),
    }
}

/// Mean over causes of the harmonic mean of precision and recall.
fn macro_f1(confusion: &[Vec<u32>]) -> f64 {
    macro_f1_of(confusion, &confusion.iter().map(|row| row.iter().sum()).collect::<Vec<_>>())
}

/// The same, where of each cause there were so many, some of which were taken for nothing at all.
fn macro_f1_of(confusion: &[Vec<u32>], there: &[u32]) -> f64 {
    let f1 = |n: usize| {
        let right = f64::from(confusion[n][n]);
        let taken: u32 = confusion.iter().map(|row| row[n]).sum();
        if right == 0.0 { 0.0 } else { 2.0 * right / f64::from(taken + there[n]) }
    };
    (0..confusion.len()).map(f1).sum::<f64>() / confusion.len().max(1) as f64
}

impl Report {
    fn of(libraries: &Libraries, sets: Vec<Set>) -> Self {
        let of_library = |library: &Library| OfLibrary {
            version: library.version().to_owned(),
            made_from: library.made_from().to_owned(),
            held_out_macro_f1: AGES.into_iter().zip(library.confusions().iter().map(|all| macro_f1(all))).collect(),
        };
        Self { libraries: libraries.all().map(of_library).collect(), sets }
    }

    /// One document.
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).expect("names and numbers always serialise")
    }

    /// Writes `diagnosis.json`.
    ///
    /// # Errors
    /// When the directory cannot be made or written.
    pub(super) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(dir)?;
        Ok(fs::write(dir.join("diagnosis.json"), self.json() + "\n")?)
    }

    /// The tables.
    pub(super) fn tables(&self) -> String {
        let mut text = String::new();
        for one in &self.libraries {
            let _ = writeln!(text, "Library {}: {}.", one.version, one.made_from);
            text.push_str("  Macro-F1 of its own incidents, each compared with those of other seeds:");
            for (rows, f1) in &one.held_out_macro_f1 {
                let _ = write!(text, " {f1:.3} after {rows} rows,");
            }
            text.truncate(text.len() - 1);
            text.push('\n');
        }
        for set in &self.sets {
            let _ = write!(
                text,
                "\n{}: macro-F1 {:.3} after two hours, {:.3} when a run without an alarm is a miss\n\n{:<11}{:>5}{:>6} | after 30 min{:>6}{:>6} | after 2 h{:>6}{:>6} | told{:>7}{:>7}{:>7}{:>7} | {:>6} | trips{:>5}{:>9}{:>8}\n",
                set.name,
                set.macro_f1,
                set.macro_f1_of_all,
                "cause",
                "runs",
                "alarm",
                "top1",
                "top3",
                "top1",
                "top3",
                "right",
                "among",
                "wrong",
                "none",
                "root3",
                "of",
                "error h",
                "within"
            );
            for one in &set.per_fault {
                text.push_str(&line(&one.cause, &one.figures));
            }
            text.push_str(&line("all", &set.all));
            if let Some(second::Standing { simulated, stood, too_early, hours }) = set.standing {
                let _ = writeln!(
                    text,
                    "Of {simulated} runs the alarm of the first fault stood in {stood} when the second began. Something new was \
                     seen {too_early} times in {hours:.0} hours before there was any."
                );
            }
        }
        text
    }
}

fn line(name: &str, f: &Figures) -> String {
    let error = f.trip_error_hours.map_or_else(|| "-".to_owned(), |hours| format!("{hours:.1}"));
    format!(
        "{:<11}{:>5}{:>6} |             {:>6.0}{:>6.0} |          {:>6.0}{:>6.0} |     {:>7.0}{:>7.0}{:>7.0}{:>7.0} | {:>6.0} |      {:>5}{:>9}{:>8}\n",
        name,
        f.runs,
        f.alarmed,
        f.top1_half_hour,
        f.top3_half_hour,
        f.top1,
        f.top3,
        f.told_right,
        f.told_among,
        f.told_wrong,
        f.abstained,
        f.root_top3,
        f.tripped,
        error,
        f.trips_within
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_an_alarm_is_a_miss_and_a_false_name_costs_both() {
        let confusion = [vec![4, 0], vec![1, 3]];
        let f1 = |right: f64, taken: f64, there: f64| 2.0 * right / (taken + there);
        let (first, second) = (f1(4.0, 5.0, 4.0), f1(3.0, 3.0, 4.0));
        assert!((macro_f1(&confusion) - (first + second) / 2.0).abs() < 1e-12);
        let missed = f1(3.0, 3.0, 6.0);
        assert!((macro_f1_of(&confusion, &[4, 6]) - (first + missed) / 2.0).abs() < 1e-12);
        assert_eq!(macro_f1(&[vec![0, 2], vec![2, 0]]), 0.0);
    }
}
