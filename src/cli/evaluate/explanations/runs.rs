//! Runs of faults that nothing has seen before, watched as the plant is watched, and the evidence that is frozen of each.

use std::time::Duration;

use tennessee_eastman::{Config, Idv, Plant as Simulation, Xmv};
use uuid::Uuid;

use crate::actors::Shelf;
use crate::cli::evaluate::simulated::on_all_cores;
use crate::config::plant::{built_in, limit_alarm};
use crate::detect::LimitChart;
use crate::detect::evaluation::CONFIRM_AFTER;
use crate::diagnosis::{Libraries, Stretch};
use crate::domain::{
    AlarmDefinition, AlarmFacts, AlarmId, AlarmState, JournalEntry, OccurrenceId, Plant, Quality, SourceTime, TagIndex,
    TransitionKind, WallTime,
};
use crate::explain::Evidence;
use crate::explain::evidence::{Comparison, Scene, Trace, Usual, freeze};

/// Plant time before the fault begins: as in the benchmark.
const ONSET: u64 = 8 * 3_600;
/// Plant time after it in which somebody must be called.
const WATCHED: u64 = 24 * 3_600;
/// Plant time from the call to the second evidence.
const SOON: u64 = 1_800;
/// Plant time from the call to the third evidence.
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
/// The beginning of plant time in these runs.
const START: SourceTime = SourceTime::from_micros(1_767_225_600_000_000);

/// What all runs share.
pub(super) struct Exam {
    pub plant: Plant,
    pub libraries: Libraries,
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
    /// Learns what is usual from normal runs of other seeds.
    ///
    /// # Errors
    /// When the library of incidents cannot be read.
    pub fn prepared(first_seed: u64) -> anyhow::Result<Self> {
        let (plant, libraries) = (built_in(), Libraries::built_in()?);
        eprintln!("tep: simulating {NORMAL_RUNS} normal runs to learn what is usual");
        let usual = usual(first_seed + 500_000, &plant)?;
        Ok(Self { shelf: Shelf::of(&plant), plant, libraries, usual })
    }

    /// Plays one run, and freezes the evidence at the call, half an hour and two hours later; `None` when nobody was called.
    ///
    /// # Errors
    /// When the run cannot be simulated or diagnosed.
    pub fn frozen(&self, fault: u32, number: u64) -> anyhow::Result<Option<[Evidence; 3]>> {
        let run = self.run(fault, number)?;
        let Some(call) = self.call(&run)? else { return Ok(None) };
        let last = run.values.last().map_or(call.at, |(at, _)| *at);
        let after = |seconds| (call.at + Duration::from_secs(seconds)).min(last);
        let frozen = |until| self.evidence(&run, &call, until);
        Ok(Some([frozen(call.at)?, frozen(after(SOON))?, frozen(after(LATER))?]))
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

    fn evidence(&self, run: &Run, call: &Call, until: SourceTime) -> anyhow::Result<Evidence> {
        let from = until - SPAN;
        let within: Vec<&(SourceTime, Vec<f64>)> =
            run.values.iter().filter(|(at, _)| (from..=until).contains(at)).collect();
        // As in the plant: of an analyser, which no chart looks at, nobody has learnt what is usual.
        let learnt = self.libraries.fitting(&run.stretch, run.onset)?.frame().tags();
        let trace = |(index, usual): (u16, &Usual)| Trace {
            tag: TagIndex(index),
            points: within.iter().map(|(at, row)| (*at, row[usize::from(index)])).collect(),
            usual: learnt.contains(&self.plant.tags[usize::from(index)].id).then_some(*usual),
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
        let suspects = self.libraries.suspects(&known, call.at)?;
        let none = Comparison { young: true, ..Comparison::default() };
        let comparison = found.map_or(none, |found| Comparison::of(&found.diagnosis, &suspects));
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
            comparison: &comparison,
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
