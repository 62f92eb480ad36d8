//! Runs of the simulated plant, as the benchmark's files were made: a row every three minutes, five figures, 48 hours.

use std::num::NonZeroUsize;
use std::sync::Mutex;

use tennessee_eastman::braatz::five_figures;
use tennessee_eastman::{Config, Idv, Plant, Xmv};

use super::benchmark;
use crate::detect::TrainingData;
use crate::diagnosis::{RecordedRun, Stretch};
use crate::domain::{SourceTime, TagId};

const STEPS: u64 = 48 * 3_600;
const PERIOD: u64 = 180;
/// The step in which a fault begins.
const FAULT_STEP: u64 = 28_800;
/// The step in which a second fault begins: six hours later.
const SECOND_STEP: u64 = FAULT_STEP + 6 * 3_600;
/// Where the valve of stream 4 is held in fault 21, %.
const STUCK: f64 = 61.302;

/// A run that can be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Simulated {
    /// Which of the run numbers; seeds are made of them.
    pub number: u64,
    /// 1–20 a disturbance, 21 the stuck valve, 0 nothing.
    pub fault: u32,
}

/// At which steps rows are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Phase {
    /// Every three minutes, as in the benchmark's files.
    Fixed,
    /// A second later each time, as a running plant is watched: every phase of the controllers in turn.
    Moving,
}

impl Phase {
    /// For people.
    pub(in crate::cli) const fn title(self) -> &'static str {
        match self {
            Self::Fixed => "sampled in step",
            Self::Moving => "sampled at every phase",
        }
    }

    const fn period(self) -> u64 {
        match self {
            Self::Fixed => PERIOD,
            Self::Moving => PERIOD + 1,
        }
    }
}

impl Simulated {
    /// Numbers that follow each other begin alike in the generator of the plant, so they are spread.
    const fn seed(self) -> u64 {
        ((self.number + 1_000_000 * self.fault as u64).wrapping_mul(2_654_435_761) % 4_294_967_291) | 1
    }

    /// The run, with the columns of the benchmark.
    ///
    /// # Errors
    /// When there is no such fault.
    pub(in crate::cli) fn run(self) -> anyhow::Result<TrainingData> {
        self.sampled(Phase::Fixed, |_| false)
    }

    /// The run with only these tags, until it tripped.
    ///
    /// # Errors
    /// When there is no such fault, or no such tag.
    pub(in crate::cli) fn recorded(self, phase: Phase, tags: &[TagId]) -> anyhow::Result<RecordedRun> {
        recorded(self.seed(), &[(FAULT_STEP, self.fault)], phase, tags).map(|(stretch, tripped)| RecordedRun {
            cause: (self.fault as usize).saturating_sub(1),
            seed: self.number as u32,
            stretch,
            onset: (FAULT_STEP / phase.period()) as usize,
            tripped,
        })
    }

    fn sampled(self, phase: Phase, over: impl FnMut(&Plant) -> bool) -> anyhow::Result<TrainingData> {
        sampled(self.seed(), &[(FAULT_STEP, self.fault)], phase, over)
    }
}

/// A run in which a second fault begins six hours after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TwoFaults {
    /// Which of the run numbers; seeds are made of them.
    pub number: u64,
    /// The fault that is there already.
    pub first: u32,
    /// The one that begins later.
    pub second: u32,
}

impl TwoFaults {
    /// The run with only these tags, until it tripped; its cause and its onset are those of the second fault.
    ///
    /// # Errors
    /// When there is no such fault, or no such tag.
    pub(super) fn recorded(self, phase: Phase, tags: &[TagId]) -> anyhow::Result<RecordedRun> {
        let seed = Simulated { number: self.number, fault: self.second }.seed();
        let faults = [(FAULT_STEP, self.first), (SECOND_STEP, self.second)];
        recorded(seed, &faults, phase, tags).map(|(stretch, tripped)| RecordedRun {
            cause: (self.second as usize).saturating_sub(1),
            seed: self.number as u32,
            stretch,
            onset: (SECOND_STEP / phase.period()) as usize,
            tripped,
        })
    }
}

/// The rows of a run until it tripped, with only these tags, and whether it did.
fn recorded(seed: u64, faults: &[(u64, u32)], phase: Phase, tags: &[TagId]) -> anyhow::Result<(Stretch, bool)> {
    let mut tripped = false;
    let data = sampled(seed, faults, phase, |plant| {
        tripped = plant.shutdown().is_some();
        tripped
    })?;
    let data = data.select(tags)?;
    let mut stretch = Stretch::new(tags.len());
    for at in 0..data.rows() {
        let second = (at as u64 + 1) * phase.period();
        stretch.push(SourceTime::from_micros(second.cast_signed() * 1_000_000), data.row(at));
    }
    Ok((stretch, tripped))
}

fn sampled(
    seed: u64,
    faults: &[(u64, u32)],
    phase: Phase,
    mut over: impl FnMut(&Plant) -> bool,
) -> anyhow::Result<TrainingData> {
    let mut data = TrainingData::new(benchmark::columns())?;
    data.begin_run(format!("seed {seed}"));
    let mut plant = Plant::new(Config { seed, ..Config::default() });
    for step in 1..=STEPS {
        faults.iter().filter(|(begins, _)| *begins == step).try_for_each(|(_, fault)| begin(&mut plant, *fault))?;
        let record = plant.step();
        if over(&plant) {
            break;
        }
        if step.is_multiple_of(phase.period()) {
            let values = record.xmeas.values().iter().chain(&record.xmv.values()[..11]);
            data.push_row(&values.map(|value| five_figures(*value)).collect::<Vec<_>>())?;
        }
    }
    Ok(data)
}

fn begin(plant: &mut Plant, fault: u32) -> anyhow::Result<()> {
    match fault {
        0 => {}
        21 => plant.hold_valve(Xmv::AcFeed, STUCK)?,
        number => plant.set_disturbance(Idv::try_from(u8::try_from(number)?)?, true)?,
    }
    Ok(())
}

/// Normal runs as one set of training data, one unbroken run a seed.
///
/// # Errors
/// Never, but for a mistake of ours.
pub(super) fn normal_runs(first: u64, count: u64) -> anyhow::Result<TrainingData> {
    sampled_normal_runs(first, count, Phase::Fixed)
}

/// Normal runs of any phase as one set of training data, one unbroken run a seed.
///
/// # Errors
/// Never, but for a mistake of ours.
pub(in crate::cli) fn sampled_normal_runs(first: u64, count: u64, phase: Phase) -> anyhow::Result<TrainingData> {
    let jobs: Vec<Simulated> = (0..count).map(|n| Simulated { number: first + n, fault: 0 }).collect();
    let runs = on_all_cores(&jobs, |job| job.sampled(phase, |_| false))?;
    let mut all = TrainingData::new(benchmark::columns())?;
    for run in &runs {
        all.begin_run(run.runs().first().map_or("", |run| run.name.as_str()));
        (0..run.rows()).try_for_each(|at| all.push_row(run.row(at)))?;
    }
    Ok(all)
}

/// Does all jobs, and gives the results in their order.
///
/// # Errors
/// The first error of a job.
pub(in crate::cli) fn on_all_cores<J: Sync, R: Send>(
    jobs: &[J],
    work: impl Fn(&J) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let (queue, done) = (Mutex::new(jobs.iter().enumerate()), Mutex::new(Vec::with_capacity(jobs.len())));
    let lock_broken = || anyhow::anyhow!("a worker has panicked");
    std::thread::scope(|scope| {
        let worker = || -> anyhow::Result<()> {
            loop {
                let Some((at, job)) = queue.lock().map_err(|_| lock_broken())?.next() else { return Ok(()) };
                let result = work(job)?;
                done.lock().map_err(|_| lock_broken())?.push((at, result));
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| lock_broken())?)
    })?;
    let mut done = done.into_inner().map_err(|_| lock_broken())?;
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_of_runs_and_faults_are_all_different() {
        let mut seeds: Vec<u64> = (0..=21)
            .flat_map(|fault| (0..200).map(move |n| Simulated { number: 7_000_000 + n, fault }.seed()))
            .collect();
        let all = seeds.len();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), all);
    }

    #[test]
    fn results_come_in_the_order_of_their_jobs_and_an_error_is_handed_on() {
        let jobs: Vec<u32> = (0..100).collect();
        assert_eq!(on_all_cores(&jobs, |n| Ok(n * 2)).expect("results"), (0..100).map(|n| n * 2).collect::<Vec<_>>());
        let failed = on_all_cores(&jobs, |n| if *n == 50 { Err(anyhow::anyhow!("fifty")) } else { Ok(()) });
        assert_eq!(failed.expect_err("an error").to_string(), "fifty");
    }
}
