//! What an entry of the rationalisation register says.

use async_graphql::{Enum, SimpleObject};

use super::Severity;
use crate::domain::{self, PriorityMatrix};

/// How bad it is in one respect if nobody acts, ascending.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::ConsequenceSeverity")]
pub enum ConsequenceSeverity {
    /// Nothing happens in this respect.
    None,
    /// Bearable: a disturbance, a first-aid case, off-specification product.
    Minor,
    /// Grave: an injury, a reportable release, days of lost production.
    Major,
    /// Irreversible: a death, a lasting release, loss of a main machine.
    Severe,
}

/// How a limit alarm is tuned.
#[derive(SimpleObject, Clone, Debug)]
pub struct LimitSettings {
    /// The limit, in the tag's unit.
    value: f64,
    /// How far the value must come back, in the tag's unit.
    deadband: f64,
    /// How long the value must stay beyond it, plant time.
    on_delay_seconds: f64,
    /// How long it must stay back, plant time.
    off_delay_seconds: f64,
}

impl From<&domain::LimitSettings> for LimitSettings {
    fn from(settings: &domain::LimitSettings) -> Self {
        Self {
            value: settings.value,
            deadband: settings.deadband,
            on_delay_seconds: settings.on_delay.as_secs_f64(),
            off_delay_seconds: settings.off_delay.as_secs_f64(),
        }
    }
}

/// Where ISA-18.2 leaves a choice, what was chosen for one alarm.
#[derive(SimpleObject, Clone, Debug)]
pub struct HandlingSettings {
    /// Whether it stays until reset after its condition is over.
    latching: bool,
    /// Whether a return to normal acknowledges it.
    auto_ack_on_return: bool,
    /// Whether a condition that comes back unacknowledged begins a new occurrence.
    return_ends_occurrence: bool,
    /// The operator is called again when it has stood this long; null: never.
    re_alarm_after_minutes: Option<f64>,
    /// The longest that it may be shelved.
    shelve_minutes_max: f64,
    /// Whether whoever takes it off the shelf has taken notice of it.
    unshelving_acknowledges: bool,
    /// Whether the person who took it out of service may not be the one who returns it.
    return_needs_another_person: bool,
}

impl From<&domain::AlarmHandling> for HandlingSettings {
    fn from(handling: &domain::AlarmHandling) -> Self {
        Self {
            latching: handling.latching,
            auto_ack_on_return: handling.auto_ack_on_return,
            return_ends_occurrence: handling.return_ends_occurrence,
            re_alarm_after_minutes: handling.re_alarm_after.map(|after| after.as_secs_f64() / 60.0),
            shelve_minutes_max: handling.shelve_max.as_secs_f64() / 60.0,
            unshelving_acknowledges: handling.unshelving_acknowledges,
            return_needs_another_person: handling.return_needs_another_person,
        }
    }
}

/// What rationalisation has found, from which the severity follows.
#[derive(SimpleObject, Clone, Debug)]
pub struct RegisterAssessment {
    /// How long the operator has until the consequence cannot be averted any more.
    time_to_respond_minutes: f64,
    /// What happens otherwise to people.
    safety: ConsequenceSeverity,
    /// What happens otherwise to the environment.
    environment: ConsequenceSeverity,
    /// What happens otherwise to production, quality and machines.
    economics: ConsequenceSeverity,
    /// The severity that the plant's matrix gives; null when nothing happens otherwise.
    matrix_severity: Option<Severity>,
}

/// What an entry of the register says.
#[derive(SimpleObject, Clone, Debug)]
pub struct RegisterSettings {
    /// What may be the cause.
    cause: String,
    /// What happens if nobody acts.
    consequence: String,
    /// What the operator is to do.
    guidance: String,
    /// How bad it is.
    severity: Severity,
    /// What the severity follows from; null while nobody has assessed it.
    assessment: Option<RegisterAssessment>,
    /// Its alarm class, for example `quality`.
    class: Option<String>,
    /// Why there is such an alarm, or why its severity is another than that of the matrix.
    justification: Option<String>,
    /// How it is tuned, for an alarm of a limit.
    limit: Option<LimitSettings>,
    /// How its life goes.
    handling: HandlingSettings,
}

impl RegisterSettings {
    /// An entry, with what the plant's matrix gives.
    pub(in crate::graphql) fn new(entry: &domain::RegisterEntry, matrix: &PriorityMatrix) -> Self {
        let assessed = |assessment: &domain::Assessment| RegisterAssessment {
            time_to_respond_minutes: assessment.time_to_respond.as_secs_f64() / 60.0,
            safety: assessment.consequences.safety.into(),
            environment: assessment.consequences.environment.into(),
            economics: assessment.consequences.economics.into(),
            matrix_severity: matrix.severity(assessment).map(Severity::from),
        };
        Self {
            cause: entry.cause.clone(),
            consequence: entry.consequence.clone(),
            guidance: entry.guidance.clone(),
            severity: entry.severity.into(),
            assessment: entry.assessment.as_ref().map(assessed),
            class: entry.class.clone(),
            justification: entry.justification.clone(),
            limit: entry.limit.as_ref().map(LimitSettings::from),
            handling: (&entry.handling).into(),
        }
    }
}

/// How the plant keeps its register.
#[derive(SimpleObject, Clone, Debug)]
pub struct RegisterRules {
    /// A change that touches one of these severities is approved by another person than its proposer.
    second_person: Vec<Severity>,
    /// How a severity follows from an assessment: a row for each class of time to respond, the shortest first.
    matrix: Vec<PriorityMatrixRow>,
}

/// One class of time to respond.
#[derive(SimpleObject, Clone, Debug)]
pub struct PriorityMatrixRow {
    /// The class ends before this time to respond; null for the last one.
    below_minutes: Option<f64>,
    /// The severity for a minor consequence.
    minor: Severity,
    /// The severity for a major consequence.
    major: Severity,
    /// The severity for a severe consequence.
    severe: Severity,
}

impl From<&domain::RegisterRules> for RegisterRules {
    fn from(rules: &domain::RegisterRules) -> Self {
        let ends = rules.matrix.times.iter().map(|end| Some(end.as_secs_f64() / 60.0)).chain([None]);
        let row = |(below_minutes, [minor, major, severe]): (Option<f64>, &[domain::Severity; 3])| PriorityMatrixRow {
            below_minutes,
            minor: (*minor).into(),
            major: (*major).into(),
            severe: (*severe).into(),
        };
        Self {
            second_person: rules.second_person.iter().copied().map(Severity::from).collect(),
            matrix: ends.zip(&rules.matrix.rows).map(row).collect(),
        }
    }
}
