//! A plant as its configuration file describes it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alarm::{AlarmDefinition, Severity};
use super::condition::Condition;
use super::ids::{AlarmId, ConsoleId, DetectorId, LoopId, PlantId, TagId, TagIndex, UnitId};
use super::limit_rules::LimitFrame;
use super::lookup::Lookup;
use super::register::RegisterRules;
use super::suppression::{Eclipse, FirstOutGroup, SuppressionRule};

/// A whole plant; immutable while it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Plant {
    /// Its id.
    pub id: PlantId,
    /// Its name for people.
    pub name: String,
    /// Where its tags and alarms stand.
    pub lookup: Lookup,
    /// Plant time between two scans of the source.
    pub scan_period: Duration,
    /// Without a scan for this long (wall time) its values are stale.
    pub stale_after: Duration,
    /// Process units, in flow order.
    pub units: Vec<Unit>,
    /// Tags; their position is their [`TagIndex`] everywhere.
    pub tags: Vec<Tag>,
    /// Control loops.
    pub loops: Vec<ControlLoop>,
    /// Plant-wide detectors.
    pub detectors: Vec<DetectorSpec>,
    /// Every configured alarm: one a limit, one a condition, one a plant-wide detector, and the system's own.
    pub alarms: Vec<Arc<AlarmDefinition>>,
    /// How its rationalisation register is kept.
    pub register: RegisterRules,
    /// Design rules that hide alarms.
    pub suppression_rules: Vec<SuppressionRule>,
    /// Which alarms hide others by saying more.
    pub eclipses: Vec<Eclipse>,
    /// Groups of alarms of which one asks which came first.
    pub first_out: Vec<FirstOutGroup>,
    /// Operator consoles; at least one.
    pub consoles: Vec<Console>,
}

impl Plant {
    /// Position of a tag.
    pub fn tag_index(&self, id: &TagId) -> Option<TagIndex> {
        let at = self.lookup.tag(self, id).filter(|at| self.tags.get(*at).is_some_and(|tag| tag.id == *id));
        // Somebody has changed the plant since.
        let at = at.or_else(|| self.tags.iter().position(|tag| tag.id == *id));
        at.and_then(|at| u16::try_from(at).ok()).map(TagIndex)
    }

    /// How an alarm is configured.
    pub fn alarm(&self, id: &AlarmId) -> Option<&Arc<AlarmDefinition>> {
        self.alarms.get(self.alarm_index(id)?)
    }

    /// Position of an alarm in [`Plant::alarms`].
    pub fn alarm_index(&self, id: &AlarmId) -> Option<usize> {
        let is_there = |at: &usize| self.alarms.get(*at).is_some_and(|alarm| alarm.id == *id);
        let at = self.lookup.alarm(self, id).filter(is_there);
        at.or_else(|| self.alarms.iter().position(|alarm| alarm.id == *id))
    }

    /// The tag at a position.
    pub fn tag(&self, index: TagIndex) -> Option<&Tag> {
        self.tags.get(index.get())
    }

    /// The tags of one unit, with their positions.
    pub fn tags_of<'a>(&'a self, unit: &'a UnitId) -> impl Iterator<Item = (TagIndex, &'a Tag)> {
        (0u16..).map(TagIndex).zip(&self.tags).filter(move |(_, tag)| tag.unit == *unit)
    }
}

/// An operator console: whose alarms one operator answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Console {
    /// Its id, for example `north`.
    pub id: ConsoleId,
    /// Its name for people.
    pub name: String,
    /// The units that it looks after.
    pub units: Vec<UnitId>,
    /// Whether it also looks after what belongs to no unit: plant-wide detectors, and TEP itself.
    pub whole_plant: bool,
}

impl Console {
    /// The console of a plant whose file names none: it looks after everything.
    pub fn of_everything(units: &[Unit]) -> Self {
        let units = units.iter().map(|unit| unit.id.clone()).collect();
        Self { id: "plant".into(), name: "Whole plant".into(), units, whole_plant: true }
    }

    /// Whether an alarm is answered here.
    pub fn answers(&self, alarm: &AlarmDefinition) -> bool {
        alarm.unit.as_ref().map_or(self.whole_plant, |unit| self.units.contains(unit))
    }

    /// The alarms that are answered here; `None` for every alarm of the plant, those that are no longer configured among
    /// them.
    pub fn alarms(&self, plant: &Plant) -> Option<BTreeSet<AlarmId>> {
        if self.whole_plant && plant.units.iter().all(|unit| self.units.contains(&unit.id)) {
            return None;
        }
        Some(plant.alarms.iter().filter(|alarm| self.answers(alarm)).map(|alarm| alarm.id.clone()).collect())
    }
}

/// A process unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its id, for example `reactor`.
    pub id: UnitId,
    /// Its name for people.
    pub name: String,
    /// What it does, in a sentence.
    pub description: String,
}

/// What a signal measures; starting deadbands and delays go by it (EEMUA 191, ISA-18.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalKind {
    /// Flow rate.
    Flow,
    /// Liquid level.
    Level,
    /// Pressure.
    Pressure,
    /// Temperature.
    Temperature,
    /// Composition from an analyser.
    Composition,
    /// Electrical or mechanical power.
    Power,
    /// Position of a valve, or a commanded speed, in percent.
    Position,
}

impl SignalKind {
    /// Starting deadband in percent of range.
    pub const fn deadband_percent(self) -> f64 {
        match self {
            Self::Flow | Self::Level => 5.0,
            Self::Pressure => 2.0,
            Self::Temperature | Self::Composition => 1.0,
            Self::Power | Self::Position => 2.0,
        }
    }

    /// Starting on- and off-delay, plant time.
    pub const fn delay(self) -> Duration {
        match self {
            Self::Flow | Self::Pressure | Self::Power | Self::Position => Duration::from_secs(15),
            Self::Level | Self::Temperature => Duration::from_secs(60),
            // An analyser's sample is already minutes old and comes once in six minutes; waiting longer tells nothing.
            Self::Composition => Duration::ZERO,
        }
    }
}

/// Whether the plant measures a tag or somebody sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TagRole {
    /// Measured.
    Measured,
    /// Manipulated by a controller or by hand.
    Manipulated,
}

/// One variable of the plant.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// Its id, for example `XMEAS_7`.
    pub id: TagId,
    /// Its short name, for example `Reactor pressure`.
    pub name: String,
    /// What and where it measures.
    pub description: String,
    /// Engineering unit, for example `kPa gauge`.
    pub unit_of_measure: String,
    /// The process unit that it belongs to.
    pub unit: UnitId,
    /// What it measures.
    pub kind: SignalKind,
    /// Measured or manipulated.
    pub role: TagRole,
    /// Lower end of the instrument's range, in its unit.
    pub range_low: f64,
    /// Upper end of the instrument's range, in its unit.
    pub range_high: f64,
    /// Value at normal operation, in its unit.
    pub normal: f64,
    /// Smallest step that means anything, in its unit; display and history round to it.
    pub resolution: f64,
    /// Alarm limits.
    pub limits: Vec<Limit>,
    /// Further conditions that are watched.
    pub conditions: Vec<Condition>,
}

impl Tag {
    /// What its limits are held against.
    pub const fn limit_frame(&self) -> LimitFrame {
        LimitFrame { range_low: self.range_low, range_high: self.range_high, normal: self.normal }
    }
}

/// Which way a limit looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    /// Above is alarm, the outer of two.
    HighHigh,
    /// Above is alarm.
    High,
    /// Below is alarm.
    Low,
    /// Below is alarm, the outer of two.
    LowLow,
}

impl LimitKind {
    /// Whether values above the limit are the alarm.
    pub const fn is_upper(self) -> bool {
        matches!(self, Self::HighHigh | Self::High)
    }

    /// As it stands in alarm ids: `HIGH_HIGH`, `HIGH`, `LOW`, `LOW_LOW`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::HighHigh => "HIGH_HIGH",
            Self::High => "HIGH",
            Self::Low => "LOW",
            Self::LowLow => "LOW_LOW",
        }
    }
}

/// One alarm limit of a tag, rationalised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Which way it looks.
    pub kind: LimitKind,
    /// The limit, in the tag's unit.
    pub value: f64,
    /// How far the value must come back before the condition is over, in the tag's unit.
    pub deadband: f64,
    /// How long the value must stay beyond before the condition holds, plant time.
    pub on_delay: Duration,
    /// How long it must stay back before the condition is over, plant time.
    pub off_delay: Duration,
    /// Severity of the alarm.
    pub severity: Severity,
}

/// A control loop, for the picture and for causal order.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlLoop {
    /// Its id.
    pub id: LoopId,
    /// Its name for people.
    pub name: String,
    /// The tag that it measures.
    pub measured: TagIndex,
    /// The valve that it moves, or the tag whose set point it moves.
    pub output: TagIndex,
    /// Whether it moves another loop's set point.
    pub cascade: bool,
}

/// How a plant-wide detector judges, with what is set on it. The equations are in `docs/detectors/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "name")]
pub enum DetectorMethod {
    /// Innovations of an autoregression; how long its memory is follows from how much it is trained on.
    Var,
    /// Canonical variates between past and future.
    Cva {
        /// Rows of the past, the present one among them.
        past: usize,
        /// Rows of the future.
        future: usize,
        /// Dimensions of the state.
        states: usize,
    },
    /// Principal components of the present row and some before it.
    Dpca {
        /// Rows before the present one.
        lags: usize,
        /// Share of the variance that the components keep, 0…1.
        variance_kept: f64,
    },
    /// Principal components of the present row.
    Pca {
        /// Share of the variance that the components keep, 0…1.
        variance_kept: f64,
    },
    /// Every tag's exponential mean.
    Ewma {
        /// Smoothing factor, 0…1.
        factor: f64,
    },
    /// Every tag's cumulative sums.
    Cusum {
        /// Slack, in standard deviations.
        slack: f64,
    },
    /// Every tag's change from one row to the next.
    Rate,
}

impl DetectorMethod {
    /// What they are called in plant files, on the command line and in the API.
    pub const NAMES: [&str; 7] = ["var", "cva", "dpca", "pca", "ewma", "cusum", "rate"];

    /// The method of a name, with its usual settings.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "var" => Self::Var,
            "cva" => Self::Cva { past: 3, future: 3, states: 25 },
            "dpca" => Self::Dpca { lags: 2, variance_kept: 0.85 },
            "pca" => Self::Pca { variance_kept: 0.85 },
            "ewma" => Self::Ewma { factor: 0.2 },
            "cusum" => Self::Cusum { slack: 1.0 },
            "rate" => Self::Rate,
            _ => return None,
        })
    }

    /// What it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Var => "var",
            Self::Cva { .. } => "cva",
            Self::Dpca { .. } => "dpca",
            Self::Pca { .. } => "pca",
            Self::Ewma { .. } => "ewma",
            Self::Cusum { .. } => "cusum",
            Self::Rate => "rate",
        }
    }

    /// The charts that may be made advisory.
    pub const fn charts(&self) -> &'static [&'static str] {
        match self {
            Self::Var => &["raw", "medium", "slow", "long"],
            Self::Cva { .. } => &["Ts2", "Tr2"],
            Self::Dpca { .. } | Self::Pca { .. } => &["T2", "SPE"],
            Self::Ewma { .. } => &["mean"],
            Self::Cusum { .. } => &["sum"],
            Self::Rate => &["change"],
        }
    }

    /// Those that are advisory unless the plant file says otherwise: charts that answer to genuine small shifts as well.
    pub fn usual_advisory(&self) -> Vec<String> {
        let names: &[&str] = if *self == Self::Var { &["slow", "long"] } else { &[] };
        names.iter().map(|name| (*name).to_owned()).collect()
    }
}

/// A plant-wide detector as configured.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorSpec {
    /// Its id, for example `multivariate`.
    pub id: DetectorId,
    /// Its name for people.
    pub name: String,
    /// How it judges.
    pub method: DetectorMethod,
    /// Charts of the method that are shown and raise nothing.
    pub advisory: Vec<String>,
    /// The tags that it looks at.
    pub tags: Vec<TagIndex>,
    /// Plant time between two samples of its model.
    pub sample_period: Duration,
    /// Exceedances in a row that confirm an alarm.
    pub confirm_after: u32,
    /// Share of normal held-out samples that may exceed a limit of the charts that decide together, 0…1.
    pub false_alarm_rate: f64,
    /// Severity of its alarm.
    pub severity: Severity,
}
