//! The plant file as it is written. Spans are kept where a later check may have to point at the line.

use serde::Deserialize;
use toml::Spanned;

use crate::domain::{ConsequenceSeverity, Direction, LimitKind, Severity, SignalKind, TagRole};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlantFile {
    pub id: Spanned<String>,
    pub name: String,
    pub scan_period_seconds: Spanned<f64>,
    pub stale_after_seconds: Spanned<f64>,
    pub units: Spanned<Vec<UnitEntry>>,
    pub tags: Spanned<Vec<TagEntry>>,
    #[serde(default)]
    pub loops: Vec<LoopEntry>,
    /// Without any, one console looks after the whole plant.
    #[serde(default)]
    pub consoles: Vec<ConsoleEntry>,
    #[serde(default)]
    pub detectors: Vec<DetectorEntry>,
    #[serde(default)]
    pub suppression_rules: Vec<RuleEntry>,
    #[serde(default)]
    pub first_out: Vec<FirstOutEntry>,
    /// How alarms of this plant are handled where they say nothing of their own.
    #[serde(default)]
    pub alarm_handling: HandlingEntry,
    #[serde(default)]
    pub register: RegisterTable,
    /// Without it, the usual matrix.
    pub priority_matrix: Option<Spanned<MatrixEntry>>,
}

/// How the rationalisation register is kept.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RegisterTable {
    /// Whether a change is approved by another person than the one who proposed it.
    pub second_person: SecondPerson,
}

/// For every alarm, for none, or for alarms of some severities.
#[derive(Deserialize)]
#[serde(untagged, expecting = "true, false, or a list of severities such as [\"high\", \"critical\"]")]
pub(super) enum SecondPerson {
    Always(bool),
    For(Vec<Severity>),
}

impl Default for SecondPerson {
    fn default() -> Self {
        Self::Always(false)
    }
}

/// How a severity follows from time to respond and consequence. Each list has one severity for each class of time, the
/// shortest first; the last class has no end.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MatrixEntry {
    pub times_minutes: Spanned<Vec<f64>>,
    pub minor: Spanned<Vec<Severity>>,
    pub major: Spanned<Vec<Severity>>,
    pub severe: Spanned<Vec<Severity>>,
}

/// What is written of `AlarmHandling`; what is not written is inherited.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HandlingEntry {
    pub latching: Option<bool>,
    pub auto_ack_on_return: Option<bool>,
    pub return_ends_occurrence: Option<bool>,
    /// 0 never calls again.
    pub re_alarm_after_minutes: Option<Spanned<f64>>,
    pub shelve_max_hours: Option<Spanned<f64>>,
    pub unshelving_acknowledges: Option<bool>,
    pub return_needs_another_person: Option<bool>,
}

/// What rationalisation has found of an alarm; a respect that is not written suffers nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AssessmentEntry {
    pub time_to_respond_minutes: Spanned<f64>,
    #[serde(default)]
    pub safety: ConsequenceSeverity,
    #[serde(default)]
    pub environment: ConsequenceSeverity,
    #[serde(default)]
    pub economics: ConsequenceSeverity,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsoleEntry {
    pub id: Spanned<String>,
    pub name: String,
    pub units: Spanned<Vec<Spanned<String>>>,
    /// Whether it also looks after what belongs to no unit.
    #[serde(default)]
    pub whole_plant: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitEntry {
    pub id: Spanned<String>,
    pub name: String,
    pub description: String,
    /// What to do when an alarm of this unit says nothing of its own.
    pub guidance: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TagEntry {
    pub id: Spanned<String>,
    pub name: String,
    pub description: String,
    pub unit_of_measure: String,
    pub unit: Spanned<String>,
    pub kind: SignalKind,
    pub role: TagRole,
    pub range_low: Spanned<f64>,
    pub range_high: Spanned<f64>,
    pub normal: Spanned<f64>,
    pub resolution: Spanned<f64>,
    #[serde(default)]
    pub limits: Vec<LimitEntry>,
    #[serde(default)]
    pub conditions: Vec<ConditionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitEntry {
    pub kind: Spanned<LimitKind>,
    pub value: Spanned<f64>,
    pub severity: Severity,
    pub deadband: Option<Spanned<f64>>,
    pub on_delay_seconds: Option<Spanned<f64>>,
    pub off_delay_seconds: Option<Spanned<f64>>,
    #[serde(default)]
    pub handling: HandlingEntry,
    /// What an operator reads first; without it, the tag's name and the way the limit looks.
    pub title: Option<String>,
    pub assessment: Option<Spanned<AssessmentEntry>>,
    pub class: Option<Spanned<String>>,
    pub justification: Option<Spanned<String>>,
    pub cause: Spanned<String>,
    pub consequence: Spanned<String>,
    pub guidance: Option<Spanned<String>>,
}

/// Which conditions there are beside limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ConditionKind {
    Rate,
    Deviation,
    Discrete,
    BadInstrument,
    Frozen,
}

/// An end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RangeEnd {
    Lower,
    Upper,
    Either,
}

/// One `[[tags.conditions]]`. Which keys belong to which kind is checked, not read: so an error can say it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConditionEntry {
    pub kind: Spanned<ConditionKind>,
    /// The second part of its alarm's id, when the kind's own does not do.
    pub id: Option<Spanned<String>>,
    pub severity: Severity,
    pub limit_per_minute: Option<Spanned<f64>>,
    pub window_seconds: Option<Spanned<f64>>,
    pub direction: Option<Spanned<Direction>>,
    pub limit: Option<Spanned<f64>>,
    pub from_tag: Option<Spanned<String>>,
    pub from_value: Option<Spanned<f64>>,
    pub equals: Option<Spanned<Vec<f64>>>,
    pub differs_from: Option<Spanned<Vec<f64>>>,
    pub at_end: Option<Spanned<RangeEnd>>,
    pub tolerance: Option<Spanned<f64>>,
    pub band: Option<Spanned<f64>>,
    pub deadband: Option<Spanned<f64>>,
    pub on_delay_seconds: Option<Spanned<f64>>,
    pub off_delay_seconds: Option<Spanned<f64>>,
    #[serde(default)]
    pub handling: HandlingEntry,
    pub title: Option<String>,
    pub assessment: Option<Spanned<AssessmentEntry>>,
    pub class: Option<Spanned<String>>,
    pub justification: Option<Spanned<String>>,
    pub cause: Spanned<String>,
    pub consequence: Spanned<String>,
    pub guidance: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleEntry {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub why: Spanned<String>,
    pub when: Spanned<String>,
    /// Alarms by id, or by `unit:…` and `tag:…`.
    pub suppresses: Spanned<Vec<Spanned<String>>>,
    /// Of a unit or a tag only alarms up to this.
    pub severity_at_most: Option<Severity>,
    pub on_delay_seconds: Option<Spanned<f64>>,
    pub off_delay_seconds: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstOutEntry {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub alarms: Spanned<Vec<Spanned<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoopEntry {
    pub id: Spanned<String>,
    pub name: String,
    pub measured: Spanned<String>,
    pub output: Spanned<String>,
    #[serde(default)]
    pub cascade: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DetectorEntry {
    pub id: Spanned<String>,
    pub name: String,
    pub method: Spanned<String>,
    pub tags: Spanned<Vec<Spanned<String>>>,
    pub sample_period_seconds: Spanned<f64>,
    pub confirm_after: Spanned<u32>,
    pub false_alarm_rate: Spanned<f64>,
    /// Settings of the method; each has a usual value.
    pub variance_kept: Option<Spanned<f64>>,
    pub lags: Option<Spanned<u32>>,
    pub past: Option<Spanned<u32>>,
    pub future: Option<Spanned<u32>>,
    pub states: Option<Spanned<u32>>,
    pub factor: Option<Spanned<f64>>,
    pub slack: Option<Spanned<f64>>,
    /// Charts that raise nothing; without it, those that are usual for the method.
    pub advisory: Option<Spanned<Vec<Spanned<String>>>>,
    pub severity: Severity,
    #[serde(default)]
    pub handling: HandlingEntry,
    pub assessment: Option<Spanned<AssessmentEntry>>,
    pub class: Option<Spanned<String>>,
    pub justification: Option<Spanned<String>>,
    pub cause: Spanned<String>,
    pub consequence: Spanned<String>,
    pub guidance: Spanned<String>,
}
