//! The simulated plant as a source.

use std::time::Duration;

use tennessee_eastman::{Config, Idv, Record, Xmeas, Xmv};

use super::checkpoint::{Checkpoint, Kind};
use super::source::{Next, RawScan, Source, SourceError, SourceOrder, SourceStatus};
use crate::domain::{DisturbanceState, Plant, Quality, SourceTime, TagId};

/// One step of the simulator.
const STEP: Duration = Duration::from_secs(1);

/// The simulated Tennessee Eastman plant.
pub struct SimulatedPlant {
    simulator: tennessee_eastman::Plant,
    channels: Vec<Channel>,
    period: Duration,
    steps_per_scan: u32,
    seed: u64,
    number: u64,
    next_time: SourceTime,
}

/// Which value of a record is a tag's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Measured(Xmeas),
    Manipulated(Xmv),
}

impl Channel {
    /// The channels of a plant's tags, in their order.
    pub(super) fn of(plant: &Plant) -> Result<Vec<Self>, SourceError> {
        let find = |id: &TagId| Self::parse(id.as_str()).ok_or_else(|| SourceError::UnknownTag(id.clone()));
        plant.tags.iter().map(|tag| find(&tag.id)).collect()
    }

    fn parse(tag: &str) -> Option<Self> {
        let measured = tag.parse().map(Self::Measured);
        measured.or_else(|_| tag.parse().map(Self::Manipulated)).ok()
    }

    /// A controller may ask for a little more than open or less than closed; the valve does not follow, and the plant is
    /// told where the valve is.
    pub(super) fn value(self, record: &Record) -> f64 {
        match self {
            Self::Measured(tag) => record.xmeas[tag],
            Self::Manipulated(tag) => record.xmv[tag].clamp(0.0, 100.0),
        }
    }
}

impl SimulatedPlant {
    /// From `checkpoint` where there is one, else in the base case with its first scan at `start`. A resumed plant keeps
    /// the seed with which it was started; `seed` is for the next reset.
    ///
    /// # Errors
    /// When the plant has tags that this one does not, or the checkpoint cannot be used.
    pub fn open(plant: &Plant, seed: u64, checkpoint: Option<&[u8]>, start: SourceTime) -> Result<Self, SourceError> {
        let channels = Channel::of(plant)?;
        let steps_per_scan = steps_per_scan(plant.scan_period)?;
        let mut source = Self {
            simulator: base_case(seed),
            channels,
            period: plant.scan_period,
            steps_per_scan,
            seed,
            number: 0,
            next_time: start,
        };
        if let Some(bytes) = checkpoint {
            source.resume(Checkpoint::decode(bytes)?)?;
        }
        Ok(source)
    }

    fn resume(&mut self, from: Checkpoint) -> Result<(), SourceError> {
        if from.kind != Kind::Simulator {
            return Err(SourceError::OtherSource { found: from.kind.name(), wanted: Kind::Simulator.name() });
        }
        self.simulator = tennessee_eastman::Plant::restore(&from.payload)?;
        self.number = from.number;
        self.next_time = from.source_time + self.period;
        Ok(())
    }

    fn scan(&mut self) -> RawScan {
        let mut record = self.simulator.step();
        for _ in 1..self.steps_per_scan {
            record = self.simulator.step();
        }
        let source_time = self.next_time;
        self.number += 1;
        self.next_time = source_time + self.period;
        RawScan {
            number: self.number,
            source_time,
            values: self.channels.iter().map(|channel| channel.value(&record)).collect(),
            qualities: vec![Quality::Good; self.channels.len()],
            checkpoint: Some(self.checkpoint()),
        }
    }
}

impl Source for SimulatedPlant {
    fn kind(&self) -> &'static str {
        Kind::Simulator.name()
    }

    fn next_scan(&mut self) -> Result<Next, SourceError> {
        Ok(Next::Scan(self.scan()))
    }

    fn period(&self) -> Duration {
        self.period
    }

    fn status(&self) -> SourceStatus {
        match self.simulator.shutdown() {
            Some(cause) => SourceStatus::ShutDown { message: cause.to_string() },
            None => SourceStatus::Running,
        }
    }

    fn control(&mut self, order: SourceOrder) -> Result<(), SourceError> {
        match order {
            SourceOrder::SetDisturbance { number, active } => {
                self.simulator.set_disturbance(Idv::try_from(number)?, active)?;
            }
            SourceOrder::HoldValve { valve, percent } => self.simulator.hold_valve(Xmv::try_from(valve)?, percent)?,
            SourceOrder::ReleaseValve { valve } => self.simulator.release_valve(Xmv::try_from(valve)?),
            SourceOrder::Reset => self.simulator = base_case(self.seed),
        }
        Ok(())
    }

    fn checkpoint(&self) -> Vec<u8> {
        let source_time = self.next_time - self.period;
        let payload = self.simulator.snapshot();
        Checkpoint { kind: Kind::Simulator, number: self.number, source_time, payload }.encode()
    }

    fn controllable(&self) -> bool {
        true
    }

    fn disturbances(&self) -> Vec<DisturbanceState> {
        let state = |&idv: &Idv| DisturbanceState {
            number: idv.number(),
            title: idv.title().into(),
            kind: idv.kind().to_string(),
            effect: idv.effect().into(),
            active: self.simulator.is_disturbed(idv),
        };
        self.simulator.disturbances().iter().map(state).collect()
    }

    fn plant_hours(&self) -> f64 {
        self.simulator.steps_done() as f64 / 3600.0
    }
}

fn base_case(seed: u64) -> tennessee_eastman::Plant {
    tennessee_eastman::Plant::new(Config { seed, ..Config::default() })
}

pub(super) fn steps_per_scan(period: Duration) -> Result<u32, SourceError> {
    match u32::try_from(period.as_nanos() / STEP.as_nanos()) {
        Ok(steps) if steps > 0 && STEP * steps == period => Ok(steps),
        _ => Err(SourceError::ScanPeriod(period)),
    }
}

#[cfg(test)]
mod tests;
