//! What is to be changed of an entry of the register; what is not named stays as it is.

use std::time::Duration;

use async_graphql::{ID, InputObject, MaybeUndefined};

use crate::domain::{self, Assessment, Consequences, PriorityMatrix, RegisterEntry};
use crate::graphql::types::{ConsequenceSeverity, Severity};

/// Proposes a change of the register.
#[derive(InputObject, Clone, Debug)]
pub struct ProposeRegisterChangeInput {
    /// The alarm's id in the plant.
    pub(super) alarm: String,
    /// The version that was looked at, as `RegisterEntry.version` has it.
    pub(super) base_version: i64,
    /// What is to change; what is not named stays as it is approved.
    #[graphql(default)]
    pub(super) changes: RegisterChangesInput,
    /// Begin with what the plant file says, instead of what is approved.
    #[graphql(default)]
    pub(super) adopt_file: bool,
    /// Take an alarm out of the register that the plant file does not have any more.
    #[graphql(default)]
    pub(super) retire: bool,
    /// Why, at most 1000 characters.
    pub(super) reason: String,
    /// The same key gives the first answer again.
    pub(super) idempotency_key: String,
}

/// Approves a proposed change.
#[derive(InputObject, Clone, Debug)]
pub struct ApproveRegisterChangeInput {
    /// Which.
    pub(super) change: ID,
    /// What there is to say about it, at most 1000 characters.
    pub(super) reason: Option<String>,
    /// The same key gives the first answer again.
    pub(super) idempotency_key: String,
}

/// Rejects a proposed change, or takes one's own back.
#[derive(InputObject, Clone, Debug)]
pub struct EndRegisterChangeInput {
    /// Which.
    pub(super) change: ID,
    /// Why, at most 1000 characters.
    pub(super) reason: String,
    /// The same key gives the first answer again.
    pub(super) idempotency_key: String,
}

/// What is to change of an entry.
#[derive(InputObject, Clone, Debug, Default)]
pub struct RegisterChangesInput {
    /// What may be the cause.
    cause: Option<String>,
    /// What happens if nobody acts.
    consequence: Option<String>,
    /// What the operator is to do.
    guidance: Option<String>,
    /// How bad it is; without it, a new assessment decides by the matrix.
    severity: Option<Severity>,
    /// What the severity follows from; null takes it away.
    assessment: MaybeUndefined<AssessmentInput>,
    /// Its alarm class; null takes it away.
    class: MaybeUndefined<String>,
    /// Why there is such an alarm, or why its severity is another than that of the matrix; null takes it away.
    justification: MaybeUndefined<String>,
    /// How it is tuned.
    limit: Option<LimitInput>,
    /// How its life goes.
    handling: Option<HandlingInput>,
}

/// What rationalisation has found.
#[derive(InputObject, Clone, Debug)]
pub struct AssessmentInput {
    /// How long the operator has until the consequence cannot be averted any more.
    time_to_respond_minutes: f64,
    /// What happens otherwise to people.
    safety: ConsequenceSeverity,
    /// What happens otherwise to the environment.
    environment: ConsequenceSeverity,
    /// What happens otherwise to production, quality and machines.
    economics: ConsequenceSeverity,
}

/// How a limit is to be tuned; what is not named stays as it is.
#[derive(InputObject, Clone, Debug)]
pub struct LimitInput {
    /// The limit, in the tag's unit.
    pub(in crate::graphql) value: Option<f64>,
    /// How far the value must come back, in the tag's unit.
    pub(in crate::graphql) deadband: Option<f64>,
    /// How long the value must stay beyond it, plant time.
    pub(in crate::graphql) on_delay_seconds: Option<f64>,
    /// How long it must stay back, plant time.
    pub(in crate::graphql) off_delay_seconds: Option<f64>,
}

/// How the life of an alarm is to go; what is not named stays as it is.
#[derive(InputObject, Clone, Debug)]
pub struct HandlingInput {
    /// Whether it stays until reset after its condition is over.
    latching: Option<bool>,
    /// Whether a return to normal acknowledges it.
    auto_ack_on_return: Option<bool>,
    /// Whether a condition that comes back unacknowledged begins a new occurrence.
    return_ends_occurrence: Option<bool>,
    /// The operator is called again when it has stood this long; null: never.
    re_alarm_after_minutes: MaybeUndefined<f64>,
    /// The longest that it may be shelved.
    shelve_minutes_max: Option<f64>,
    /// Whether whoever takes it off the shelf has taken notice of it.
    unshelving_acknowledges: Option<bool>,
    /// Whether the person who took it out of service may not be the one who returns it.
    return_needs_another_person: Option<bool>,
}

/// Which part of the input makes no sense, and why.
pub(in crate::graphql) type Wrong = (&'static str, String);

impl RegisterChangesInput {
    /// The entry with these changes. Whether it makes sense as a whole is for the desk to say.
    pub(super) fn applied_to(&self, entry: &RegisterEntry, matrix: &PriorityMatrix) -> Result<RegisterEntry, Wrong> {
        let keep = |new: &Option<String>, old: &String| new.clone().unwrap_or_else(|| old.clone());
        let maybe = |new: &MaybeUndefined<String>, old: &Option<String>| match new {
            MaybeUndefined::Undefined => old.clone(),
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(text) => Some(text.clone()),
        };
        let assessment = match &self.assessment {
            MaybeUndefined::Undefined => entry.assessment,
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(input) => Some(input.read()?),
        };
        let by_matrix = assessment.filter(|_| self.assessment.is_value()).and_then(|found| matrix.severity(&found));
        let limit = match (&self.limit, entry.limit) {
            (None, limit) => limit,
            (Some(input), Some(settings)) => Some(input.applied_to(settings)?),
            (Some(_), None) => return Err(("limit", "this alarm watches no limit".to_owned())),
        };
        Ok(RegisterEntry {
            cause: keep(&self.cause, &entry.cause),
            consequence: keep(&self.consequence, &entry.consequence),
            guidance: keep(&self.guidance, &entry.guidance),
            severity: self.severity.map(domain::Severity::from).or(by_matrix).unwrap_or(entry.severity),
            handling: self.handling.as_ref().map_or(Ok(entry.handling), |input| input.applied_to(entry.handling))?,
            limit,
            assessment,
            class: maybe(&self.class, &entry.class),
            justification: maybe(&self.justification, &entry.justification),
        })
    }
}

impl AssessmentInput {
    fn read(&self) -> Result<Assessment, Wrong> {
        Ok(Assessment {
            time_to_respond: span("timeToRespondMinutes", self.time_to_respond_minutes, 60.0)?,
            consequences: Consequences {
                safety: self.safety.into(),
                environment: self.environment.into(),
                economics: self.economics.into(),
            },
        })
    }
}

impl LimitInput {
    /// The settings with these changes.
    pub(in crate::graphql) fn applied_to(
        &self,
        settings: domain::LimitSettings,
    ) -> Result<domain::LimitSettings, Wrong> {
        let delay = |field, given: Option<f64>, old| given.map_or(Ok(old), |seconds| span(field, seconds, 1.0));
        Ok(domain::LimitSettings {
            value: self.value.unwrap_or(settings.value),
            deadband: self.deadband.unwrap_or(settings.deadband),
            on_delay: delay("onDelaySeconds", self.on_delay_seconds, settings.on_delay)?,
            off_delay: delay("offDelaySeconds", self.off_delay_seconds, settings.off_delay)?,
        })
    }
}

impl HandlingInput {
    fn applied_to(&self, handling: domain::AlarmHandling) -> Result<domain::AlarmHandling, Wrong> {
        let re_alarm_after = match self.re_alarm_after_minutes {
            MaybeUndefined::Undefined => handling.re_alarm_after,
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(minutes) => Some(span("reAlarmAfterMinutes", minutes, 60.0)?),
        };
        let shelve_max = match self.shelve_minutes_max {
            None => handling.shelve_max,
            Some(minutes) => span("shelveMinutesMax", minutes, 60.0)?,
        };
        Ok(domain::AlarmHandling {
            latching: self.latching.unwrap_or(handling.latching),
            auto_ack_on_return: self.auto_ack_on_return.unwrap_or(handling.auto_ack_on_return),
            return_ends_occurrence: self.return_ends_occurrence.unwrap_or(handling.return_ends_occurrence),
            re_alarm_after,
            shelve_max,
            unshelving_acknowledges: self.unshelving_acknowledges.unwrap_or(handling.unshelving_acknowledges),
            return_needs_another_person: self
                .return_needs_another_person
                .unwrap_or(handling.return_needs_another_person),
        })
    }
}

/// A span of so many units of so many seconds, to the microsecond, as source time counts.
fn span(field: &'static str, given: f64, unit_seconds: f64) -> Result<Duration, Wrong> {
    let span = Duration::try_from_secs_f64(given * unit_seconds);
    let span = span.map_err(|_| (field, format!("{given} is not a length of time")))?;
    Ok(Duration::from_micros(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
}
