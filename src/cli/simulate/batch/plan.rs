//! What a batch shall contain: a TOML file of axes, and the runs that they span.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Visitor};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tennessee_eastman::{Config, Plant};

use super::fault::Fault;
use crate::cli::simulate::model::{Edition, Start};
use crate::cli::simulate::output::hexadecimal;
use crate::cli::simulate::run::{Run, SECONDS_IN_HOUR};
use crate::cli::simulate::table::Format;
use crate::cli::simulate::{EVERY_S, checked_hours, checked_seed, run_steps};

/// More files than this are no longer a directory that anybody wants.
const RUNS_MAX: usize = 100_000;

/// The file. Every axis is one value or a list; the runs are all combinations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    /// What goes wrong, one run each.
    faults: Axis<Fault>,
    seeds: Seeds,
    /// When a fault begins that does not say so itself.
    #[serde(default = "Axis::zero")]
    onset_h: Axis<f64>,
    hours: Axis<f64>,
    /// Where runs begin.
    #[serde(default = "Axis::base")]
    mode: Axis<Start>,
    #[serde(default)]
    revision: Edition,
    #[serde(default = "Axis::every")]
    every_s: Axis<u64>,
    #[serde(default = "Axis::yes")]
    noise: Axis<bool>,
    #[serde(default = "yes")]
    closed_loop: bool,
    #[serde(default)]
    stop_at_trip: bool,
    #[serde(default = "parquet")]
    format: Format,
}

/// One run of a plan.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Planned {
    /// From 1, in the order of the plan.
    pub number: u64,
    /// The name of its file.
    pub file: String,
    pub fault: Fault,
    /// When it begins; none where the fault says so itself.
    pub onset_h: Option<f64>,
    pub mode: Start,
    pub hours: f64,
    pub every_s: u64,
    pub noise: bool,
    pub seed: u64,
    revision: Edition,
    closed_loop: bool,
    stop_at_trip: bool,
}

/// One value or several.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
struct Axis<T>(Vec<T>);

/// Seeds by name, or so many from one on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
struct Seeds(Vec<u64>);

impl Plan {
    /// Reads and checks a plan.
    ///
    /// # Errors
    /// Says the line of what is not understood, or the key of what makes no sense.
    pub(super) fn read(text: &str) -> Result<Self> {
        let plan: Self = toml::from_str(text)?;
        plan.check()?;
        Ok(plan)
    }

    /// The same for every text that says the same.
    pub(super) fn sha256(&self) -> Result<String> {
        Ok(hexadecimal(&Sha256::digest(serde_json::to_vec(self).context("the plan cannot be written down")?)))
    }

    fn check(&self) -> Result<()> {
        distinct("faults", &self.faults.0)?;
        distinct("seeds", &self.seeds.0)?;
        distinct("onset_h", &self.onset_h.0)?;
        distinct("hours", &self.hours.0)?;
        distinct("mode", &self.mode.0)?;
        distinct("every_s", &self.every_s.0)?;
        distinct("noise", &self.noise.0)?;
        for hours in &self.hours.0 {
            checked_hours(*hours).map_err(|problem| anyhow::anyhow!("hours: {problem}"))?;
        }
        for seed in &self.seeds.0 {
            checked_seed(*seed).map_err(|problem| anyhow::anyhow!("seeds: {problem}"))?;
        }
        for onset in &self.onset_h.0 {
            ensure!(*onset >= 0.0 && onset.is_finite(), "onset_h: {onset} is not an hour of the run");
        }
        ensure!(!self.every_s.0.contains(&0), "every_s: 0 s are not a period");
        let faults_and_seeds = [self.faults.0.len(), self.seeds.0.len(), self.onset_h.0.len()];
        let the_rest = [self.mode.0.len(), self.hours.0.len(), self.every_s.0.len(), self.noise.0.len()];
        let runs = faults_and_seeds.into_iter().chain(the_rest).fold(1, usize::saturating_mul);
        ensure!(runs <= RUNS_MAX, "{runs} runs are more than {RUNS_MAX}");
        for planned in self.runs() {
            planned.run()?;
        }
        Ok(())
    }

    /// All runs, in order.
    pub(super) fn runs(&self) -> Vec<Planned> {
        let mut runs = Vec::new();
        for fault in &self.faults.0 {
            // A fault that says itself when it begins, or none at all, does not know of onsets.
            let onsets: Vec<Option<f64>> =
                if fault.needs_onset() { self.onset_h.0.iter().copied().map(Some).collect() } else { vec![None] };
            for (onset_h, mode, hours) in product(&onsets, &self.mode.0, &self.hours.0) {
                for (every_s, noise, seed) in product(&self.every_s.0, &self.noise.0, &self.seeds.0) {
                    runs.push(Planned {
                        number: runs.len() as u64 + 1,
                        file: String::new(),
                        fault: fault.clone(),
                        onset_h,
                        mode,
                        hours,
                        every_s,
                        noise,
                        seed,
                        revision: self.revision,
                        closed_loop: self.closed_loop,
                        stop_at_trip: self.stop_at_trip,
                    });
                }
            }
        }
        let digits = runs.len().to_string().len();
        for run in &mut runs {
            run.file = self.file_name(run, digits);
        }
        runs
    }

    /// The number makes it unique; the rest is for the reader, and only of axes that vary.
    fn file_name(&self, run: &Planned, digits: usize) -> String {
        let mut name = format!("{:0digits$}-{}", run.number, run.fault.slug());
        if let Some(onset) = run.onset_h.filter(|_| self.onset_h.0.len() > 1) {
            name += &format!("-on{onset}h");
        }
        if self.mode.0.len() > 1 {
            name += &format!("-mode{}", u8::from(run.mode));
        }
        if self.hours.0.len() > 1 {
            name += &format!("-{}h", run.hours);
        }
        if self.every_s.0.len() > 1 {
            name += &format!("-{}s", run.every_s);
        }
        if self.noise.0.len() > 1 {
            name += if run.noise { "-noisy" } else { "-calm" };
        }
        format!("{name}-seed{}.{}", run.seed, self.format.ending())
    }
}

impl Planned {
    /// What is to be simulated.
    ///
    /// # Errors
    /// When its fault begins after its end.
    pub(super) fn run(&self) -> Result<Run> {
        let about = || format!("faults: `{}`", self.fault);
        let schedule = self.fault.schedule(self.onset_h.unwrap_or_default()).with_context(about)?;
        let (seed, noise, closed_loop) = (self.seed, self.noise, self.closed_loop);
        let (revision, mode) = (self.revision.revision(schedule.has_amplitudes()), self.mode.mode());
        let run = Run {
            plant: Plant::new(Config { seed, noise, closed_loop, revision, mode }),
            steps: run_steps(self.hours),
            every: self.every_s,
            schedule,
            stop_at_trip: self.stop_at_trip,
        };
        let (_, last) = run.bounds();
        run.schedule.check(&run.plant, last).with_context(about)?;
        let rows = last / self.every_s;
        ensure!(rows > 0, "every_s: {} s are longer than a run of {} h", self.every_s, last as f64 / SECONDS_IN_HOUR);
        Ok(run)
    }
}

/// All combinations, the last varying fastest.
fn product<A: Copy, B: Copy, C: Copy>(a: &[A], b: &[B], c: &[C]) -> impl Iterator<Item = (A, B, C)> {
    a.iter().flat_map(move |a| b.iter().flat_map(move |b| c.iter().map(move |c| (*a, *b, *c))))
}

fn distinct<T: fmt::Debug + Serialize>(key: &str, values: &[T]) -> Result<()> {
    ensure!(!values.is_empty(), "{key}: the list is empty");
    let mut seen = BTreeSet::new();
    for value in values {
        let text = serde_json::to_string(value).with_context(|| format!("{key}: {value:?}"))?;
        if !seen.insert(text.clone()) {
            bail!("{key}: {text} is there twice");
        }
    }
    Ok(())
}

fn yes() -> bool {
    true
}

fn parquet() -> Format {
    Format::Parquet
}

impl Axis<f64> {
    fn zero() -> Self {
        Self(vec![0.0])
    }
}

impl Axis<Start> {
    fn base() -> Self {
        Self(vec![Start::default()])
    }
}

impl Axis<u64> {
    fn every() -> Self {
        Self(vec![EVERY_S])
    }
}

impl Axis<bool> {
    fn yes() -> Self {
        Self(vec![true])
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Axis<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OneOrMany(PhantomData)).map(Self)
    }
}

/// A list, or a value that stands for a list of one. (An untagged enum would do, and would not say what is wrong.)
struct OneOrMany<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a list of values")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Vec<T>, E> {
        T::deserialize(value.into_deserializer()).map(|value| vec![value])
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Vec<T>, E> {
        T::deserialize(value.into_deserializer()).map(|value| vec![value])
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Vec<T>, E> {
        T::deserialize(value.into_deserializer()).map(|value| vec![value])
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Vec<T>, E> {
        T::deserialize(value.into_deserializer()).map(|value| vec![value])
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, values: A) -> Result<Vec<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(values))
    }
}

impl<'de> Deserialize<'de> for Seeds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SeedsVisitor).map(Self)
    }
}

struct SeedsVisitor;

impl<'de> Visitor<'de> for SeedsVisitor {
    type Value = Vec<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a seed, a list of seeds, or { first = 1, count = 10 }")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Vec<u64>, E> {
        u64::try_from(value).map(|seed| vec![seed]).map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, values: A) -> Result<Vec<u64>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(values))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Vec<u64>, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct From {
            first: u64,
            count: u64,
        }
        let From { first, count } = From::deserialize(MapAccessDeserializer::new(map))?;
        if count > RUNS_MAX as u64 {
            return Err(de::Error::custom(format!("{count} seeds are more than {RUNS_MAX}")));
        }
        Ok((0..count).map(|more| first.wrapping_add(more)).collect())
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FaultVisitor)
    }
}

struct FaultVisitor;

impl Visitor<'_> for FaultVisitor {
    type Value = Fault;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault, such as 0 for none, 4, \"1+6\", \"4@8..20\" or \"XMV_4=61.302\"")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Fault, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Fault, E> {
        Fault::from_str(value).map_err(E::custom)
    }
}
