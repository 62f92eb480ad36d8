//! An incident: what is behind an alarm of a detector.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::alarm::occurrence_id;
use super::{Alarm, Tag};
use crate::domain::{self, CalledBy, SourceTime, Told};
use crate::graphql::{incidents, scope};

/// How much can be told of an incident.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiagnosisCertainty {
    /// It has one cause.
    One,
    /// It has one of some causes, which cannot be told apart by what has been seen so far.
    OneOf,
    /// It cannot be told.
    Inconclusive,
}

/// What called for a diagnosis.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentCall {
    /// The alarm of a detector was raised.
    Alarm,
    /// Something new began while that alarm stood already.
    LaterOnset,
    /// A chart advises; no alarm was raised.
    Advisory,
}

/// How right a diagnosis was, as a person found.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::Judgement")]
pub enum Judgement {
    /// It named the cause.
    Right,
    /// It named the cause among others, or a part of it.
    PartlyRight,
    /// It did not.
    Wrong,
}

/// A cause of incidents.
#[derive(SimpleObject, Clone, Debug)]
pub struct Cause {
    /// Names it, for example `idv-5`.
    key: String,
    /// What people call it.
    name: String,
}

impl From<&domain::Cause> for Cause {
    fn from(cause: &domain::Cause) -> Self {
        Self { key: cause.id.to_string(), name: cause.name.clone() }
    }
}

/// A tag in which an incident shows first.
#[derive(SimpleObject, Clone)]
pub struct IncidentRoot {
    /// Which tag.
    tag: Tag,
    /// Its share in what makes the incident unusual, 0…1.
    share: f64,
    /// When it first left what the samples before predict, plant time; null when no single sample stands out.
    departed_at: Option<DateTime<Utc>>,
}

/// A cause that an incident may have.
#[derive(SimpleObject, Clone, Debug)]
pub struct IncidentCause {
    /// Which cause.
    cause: Cause,
    /// How likely it is among the causes that are known, 0…1, calibrated on incidents that were held out.
    score: f64,
    /// How many known incidents of this cause that rests on.
    support: u32,
    /// Whether it is among what can be told.
    possible: bool,
}

/// When the plant will shut itself down if the incident goes on as such incidents have; counted from `until`.
#[derive(SimpleObject, Clone, Debug)]
pub struct TimeToTrip {
    /// Nine in ten of the known incidents that tripped took longer, minutes of plant time.
    early_minutes: f64,
    /// Half of them took longer.
    median_minutes: f64,
    /// One in ten took longer.
    late_minutes: f64,
    /// How many known incidents of the causes in question led to a trip.
    tripped: u32,
    /// How many of those causes there are.
    of: u32,
}

impl From<&domain::TimeToTrip> for TimeToTrip {
    fn from(time: &domain::TimeToTrip) -> Self {
        let minutes = |span: std::time::Duration| span.as_secs_f64() / 60.0;
        Self {
            early_minutes: minutes(time.early),
            median_minutes: minutes(time.median),
            late_minutes: minutes(time.late),
            tripped: time.tripped,
            of: time.of,
        }
    }
}

/// A known incident that resembles another.
#[derive(SimpleObject, Clone, Debug)]
pub struct SimilarIncident {
    /// Names it: a simulated run (`idv-5/3`), or the occurrence of an alarm of this plant.
    key: String,
    /// Its cause.
    cause: Option<Cause>,
    /// How far away it is; 1 is as far as incidents of one cause usually are from one another.
    distance: f64,
    /// Whether it happened in this plant; otherwise it was simulated.
    own: bool,
}

/// What a person found of an incident.
#[derive(SimpleObject, Clone, Debug)]
pub struct IncidentVerdict {
    /// How right the diagnosis was.
    judgement: Judgement,
    /// The true cause, where it was found.
    cause: Option<Cause>,
    /// What they wrote.
    comment: Option<String>,
    /// Who said it.
    by: String,
    /// When, wall time.
    at: DateTime<Utc>,
}

impl From<&domain::IncidentVerdict> for IncidentVerdict {
    fn from(verdict: &domain::IncidentVerdict) -> Self {
        Self {
            judgement: verdict.judgement.into(),
            cause: verdict.cause.as_ref().map(Cause::from),
            comment: verdict.comment.clone(),
            by: verdict.by.clone(),
            at: verdict.at.to_datetime(),
        }
    }
}

/// What is behind one occurrence of a detector's alarm, what began later under it, or what is behind the advice of a chart.
#[derive(Clone)]
pub struct Incident {
    plant: Arc<domain::Plant>,
    incident: Arc<domain::Incident>,
}

impl Incident {
    /// An incident of a plant.
    pub(in crate::graphql) fn new(plant: &Arc<domain::Plant>, incident: domain::Incident) -> Self {
        Self { plant: Arc::clone(plant), incident: Arc::new(incident) }
    }

    fn diagnosis(&self) -> &domain::Diagnosis {
        &self.incident.diagnosis
    }

    fn possible(&self) -> &[domain::CauseId] {
        match &self.diagnosis().told {
            Told::One(cause) => std::slice::from_ref(cause),
            Told::OneOf(causes) => causes,
            Told::Inconclusive(_) => &[],
        }
    }
}

/// What is behind one occurrence of a detector's alarm, what began later under it, or what is behind the advice of a chart:
/// computed as soon as there are samples, and anew as long as it goes on.
#[Object]
impl Incident {
    /// The occurrence of the alarm; of an incident that no alarm has called for an id of its own.
    async fn occurrence_id(&self) -> ID {
        occurrence_id(self.incident.occurrence)
    }

    /// What called for it.
    async fn called_by(&self) -> IncidentCall {
        match self.incident.called_by {
            CalledBy::Alarm => IncidentCall::Alarm,
            CalledBy::LaterOnset { .. } => IncidentCall::LaterOnset,
            CalledBy::Advisory { .. } => IncidentCall::Advisory,
        }
    }

    /// The chart that advised; null when an alarm was raised.
    async fn chart(&self) -> Option<&str> {
        match &self.incident.called_by {
            CalledBy::Advisory { chart } => Some(chart),
            _ => None,
        }
    }

    /// The occurrence of the alarm that stood already when it began; null when none did.
    async fn under_occurrence_id(&self) -> Option<ID> {
        match self.incident.called_by {
            CalledBy::LaterOnset { under } => Some(occurrence_id(under)),
            _ => None,
        }
    }

    /// What began later while this alarm stood, the oldest first; empty for an incident that no alarm has called for.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn later(&self, ctx: &Context<'_>) -> Result<Vec<Incident>> {
        match self.incident.called_by {
            CalledBy::Alarm => Ok(incidents::under(ctx, self.incident.occurrence).await?),
            _ => Ok(Vec::new()),
        }
    }

    /// The alarm of its detector as it is now: the one that was raised, under which it began, or that was not raised; null
    /// when it is no longer configured.
    async fn alarm(&self, ctx: &Context<'_>) -> Result<Option<Alarm>> {
        Ok(scope::alarm(ctx, self.incident.alarm.as_str()).await?)
    }

    /// The id of the alarm in the plant.
    async fn alarm_key(&self) -> &str {
        self.incident.alarm.as_str()
    }

    /// The id of the detector whose verdict it was.
    async fn detector_key(&self) -> &str {
        self.incident.detector.as_str()
    }

    /// When it was called for, plant time: the alarm was raised, something new was certain, or the chart began to advise.
    async fn raised_at(&self) -> DateTime<Utc> {
        self.incident.began.to_datetime()
    }

    /// When it was last diagnosed, wall time.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.incident.updated.to_datetime()
    }

    /// When it first left normal operation, as far as it can be told afterwards, plant time; what began under an alarm that
    /// stood: when it left what the plant had settled at.
    async fn departed_at(&self) -> DateTime<Utc> {
        self.diagnosis().window.departed.to_datetime()
    }

    /// The last sample that the diagnosis rests on, plant time.
    async fn until(&self) -> DateTime<Utc> {
        self.diagnosis().window.until.to_datetime()
    }

    /// How much can be told.
    async fn certainty(&self) -> DiagnosisCertainty {
        match self.diagnosis().told {
            Told::One(_) => DiagnosisCertainty::One,
            Told::OneOf(_) => DiagnosisCertainty::OneOf,
            Told::Inconclusive(_) => DiagnosisCertainty::Inconclusive,
        }
    }

    /// Why it cannot be told; null when it can.
    async fn inconclusive_because(&self) -> Option<&str> {
        match self.diagnosis().told {
            Told::Inconclusive(why) => Some(why.sentence()),
            Told::One(_) | Told::OneOf(_) => None,
        }
    }

    /// The causes, the likeliest first.
    #[graphql(complexity = "8 * child_complexity + 1")]
    async fn causes(&self) -> Vec<IncidentCause> {
        let possible = self.possible();
        let cause = |candidate: &domain::Candidate| IncidentCause {
            cause: Cause::from(&candidate.cause),
            score: candidate.score,
            support: candidate.support,
            possible: possible.contains(&candidate.cause.id),
        };
        self.diagnosis().causes.iter().map(cause).collect()
    }

    /// The tags in which it shows, the likeliest root first; one that the plant no longer has is left out.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn roots(&self) -> Vec<IncidentRoot> {
        let root = |root: &domain::Root| {
            let tag = Tag::by_key(&self.plant, root.tag.as_str())?;
            Some(IncidentRoot { tag, share: root.share, departed_at: root.departed.map(SourceTime::to_datetime) })
        };
        self.diagnosis().roots.iter().filter_map(root).collect()
    }

    /// When the plant will shut itself down if it goes on as such incidents have; null when none of them has led there.
    async fn time_to_trip(&self) -> Option<TimeToTrip> {
        self.diagnosis().time_to_trip.as_ref().map(TimeToTrip::from)
    }

    /// The known incidents that resemble it most, the nearest first.
    #[graphql(complexity = "8 * child_complexity + 1")]
    async fn similar(&self) -> Vec<SimilarIncident> {
        let similar = |one: &domain::SimilarIncident| SimilarIncident {
            key: one.incident.clone(),
            cause: one.cause.as_ref().map(Cause::from),
            distance: one.distance,
            own: one.own,
        };
        self.diagnosis().similar.iter().map(similar).collect()
    }

    /// Version of the library of incidents that it was compared with; empty when there was none.
    async fn library(&self) -> &str {
        &self.diagnosis().library
    }

    /// What a person found of it; null when nobody has said anything.
    async fn verdict(&self) -> Option<IncidentVerdict> {
        self.incident.verdict.as_ref().map(IncidentVerdict::from)
    }
}
