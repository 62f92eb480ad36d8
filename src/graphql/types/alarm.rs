//! One alarm as the desk remembers it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::tag_condition::unit_of;
use super::value::finite;
use super::{AlarmGroup, Contribution, Detector, Incident, JournalEntry, Quality, Tag, Unit, global_id};
use crate::domain::{self, AlarmDefinition, OccurrenceId, SourceTime, WallTime};
use crate::feed::AlarmView;
use crate::graphql::{history, incidents, limits, scope};

/// Rows of a history when the client does not say.
const HISTORY: i32 = 20;

/// How bad it is, ascending.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::Severity")]
pub enum Severity {
    /// Attend within the shift.
    Low,
    /// Attend within half an hour.
    Medium,
    /// Attend within ten minutes.
    High,
    /// Attend now.
    Critical,
}

/// The nine states of ISA-18.2, by name.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::AlarmState")]
pub enum AlarmState {
    /// Nothing to tell.
    Normal,
    /// The condition holds and nobody has taken notice.
    Unacknowledged,
    /// The condition holds and somebody has taken notice.
    Acknowledged,
    /// The condition is over and nobody has taken notice of it.
    RtnUnacknowledged,
    /// The condition is over, latched, and nobody has taken notice.
    LatchedUnacknowledged,
    /// The condition is over, latched, acknowledged, and waits for a reset.
    LatchedAcknowledged,
    /// Put aside by an operator, for a limited time.
    Shelved,
    /// Suppressed by a design rule.
    Suppressed,
    /// Taken out of service by maintenance.
    OutOfService,
}

/// Who has put an alarm aside, when and why.
#[derive(SimpleObject, Clone)]
pub struct PutAside {
    /// Who; null when the program did.
    by: Option<String>,
    /// When, wall time.
    at: DateTime<Utc>,
    /// What they said.
    reason: Option<String>,
}

impl From<&domain::PutAside> for PutAside {
    fn from(aside: &domain::PutAside) -> Self {
        Self { by: aside.by.clone(), at: aside.at.to_datetime(), reason: aside.reason.clone() }
    }
}

/// One alarm as the desk remembers it.
#[derive(Clone)]
pub struct Alarm {
    plant: Arc<domain::Plant>,
    view: Arc<AlarmView>,
}

impl Alarm {
    /// An alarm of the plant.
    pub(in crate::graphql) fn new(plant: &Arc<domain::Plant>, view: &Arc<AlarmView>) -> Self {
        Self { plant: Arc::clone(plant), view: Arc::clone(view) }
    }

    /// The alarm of which a journal row tells, as it was after that row; also for an alarm that is no longer configured.
    pub(in crate::graphql) fn of_entry(plant: &Arc<domain::Plant>, entry: &domain::JournalEntry) -> Self {
        let configured = plant.alarm(&entry.alarm).cloned();
        let definition = configured.unwrap_or_else(|| Arc::new(no_longer_configured(entry)));
        let acknowledged = entry.kind == domain::TransitionKind::Acknowledged;
        let view = AlarmView {
            definition,
            facts: entry.facts.clone(),
            value: entry.value,
            limit: entry.limit,
            contributions: entry.contributions.clone(),
            acknowledged_by: entry.by.clone().filter(|_| acknowledged),
            acknowledged_at: acknowledged.then_some(entry.wall_time),
            comment: entry.comment.clone().filter(|_| acknowledged),
            put_aside: domain::PutAsideBy::default().after(entry),
        };
        Self { plant: Arc::clone(plant), view: Arc::new(view) }
    }

    fn spec(&self) -> &AlarmDefinition {
        &self.view.definition
    }
}

fn no_longer_configured(entry: &domain::JournalEntry) -> AlarmDefinition {
    AlarmDefinition {
        id: entry.alarm.clone(),
        title: format!("{} (no longer configured)", entry.alarm),
        unit: None,
        tag: None,
        detector: None,
        severity: entry.facts.severity,
        handling: domain::AlarmHandling::of(entry.facts.severity),
        cause: String::new(),
        consequence: String::new(),
        guidance: String::new(),
        rationale: Default::default(),
        limit: None,
    }
}

/// An occurrence as clients name it.
pub(super) fn occurrence_id(occurrence: OccurrenceId) -> ID {
    ID(occurrence.to_string())
}

/// One alarm as the desk remembers it.
#[Object]
impl Alarm {
    /// Global id.
    pub async fn id(&self) -> ID {
        global_id("Alarm", self.spec().id.as_str())
    }

    /// Its id in the plant, for example `XMEAS_7/HIGH`.
    async fn key(&self) -> &str {
        self.spec().id.as_str()
    }

    /// What an operator reads first.
    async fn title(&self) -> &str {
        &self.spec().title
    }

    /// The displayed state.
    async fn state(&self) -> AlarmState {
        self.view.facts.state().into()
    }

    /// The highest severity of the open occurrence, else the configured one.
    async fn severity(&self) -> Severity {
        self.view.facts.severity.into()
    }

    /// Whether the condition holds.
    async fn active(&self) -> bool {
        self.view.facts.active
    }

    /// Whether nobody owes an acknowledgement.
    async fn acknowledged(&self) -> bool {
        self.view.facts.acked
    }

    /// Whether it stays until it is reset.
    async fn latched(&self) -> bool {
        self.view.facts.latched
    }

    /// Until when it is shelved at the latest, wall time; null when it is not.
    async fn shelved_until(&self) -> Option<DateTime<Utc>> {
        self.view.facts.shelving.until().map(WallTime::to_datetime)
    }

    /// Whether its shelf ends with the condition already.
    async fn shelved_once(&self) -> bool {
        matches!(self.view.facts.shelving, domain::Shelving::OneShot { .. })
    }

    /// Who has shelved it, when and why, while it is on the shelf.
    async fn shelf(&self) -> Option<PutAside> {
        self.view.put_aside.shelf.as_deref().map(PutAside::from)
    }

    /// The longest that it may be shelved, minutes.
    async fn shelve_minutes_max(&self) -> f64 {
        self.spec().handling.shelve_max.as_secs_f64() / 60.0
    }

    /// Why it is suppressed: the id of a design rule (`suppressionRules`), or `eclipsed by` and the alarm that says more.
    async fn suppressed_by(&self) -> Option<&str> {
        self.view.facts.suppressed_by.as_deref()
    }

    /// Whether it came first of its first-out group, while its occurrence is open.
    async fn first_out(&self) -> bool {
        self.view.facts.open && self.view.facts.first_out.as_ref() == Some(&self.spec().id)
    }

    /// The id of the alarm that came first of its group, when that is another and its occurrence is open.
    async fn after_alarm(&self) -> Option<&str> {
        let first = self.view.facts.first_out.as_ref().filter(|_| self.view.facts.open)?;
        (*first != self.spec().id).then(|| first.as_str())
    }

    /// The work order under which it is out of service.
    async fn work_order(&self) -> Option<&str> {
        self.view.facts.out_of_service.as_deref()
    }

    /// Who took it out of service.
    async fn out_of_service_by(&self) -> Option<&str> {
        self.view.facts.out_of_service_by.as_deref()
    }

    /// Who has taken it out of service, when and what they said, while it is.
    async fn maintenance(&self) -> Option<PutAside> {
        self.view.put_aside.maintenance.as_deref().map(PutAside::from)
    }

    /// Who looks after it.
    async fn assigned_to(&self) -> Option<&str> {
        self.view.facts.assigned_to.as_deref()
    }

    /// How often the operator was called again for the occurrence.
    async fn re_alarms(&self) -> u32 {
        self.view.facts.re_alarms
    }

    /// Quality of what it watches; with bad or stale quality the state is frozen.
    async fn quality(&self) -> Quality {
        self.view.facts.quality.into()
    }

    /// The open occurrence, or the last one; pass it to `acknowledgeAlarms`.
    async fn occurrence_id(&self) -> Option<ID> {
        self.view.facts.occurrence.map(occurrence_id)
    }

    /// When the occurrence was raised, plant time.
    async fn raised_at(&self) -> Option<DateTime<Utc>> {
        self.view.facts.raised_at.map(SourceTime::to_datetime)
    }

    /// When it was annunciated, wall time.
    async fn annunciated_at(&self) -> Option<DateTime<Utc>> {
        self.view.facts.annunciated_at.map(WallTime::to_datetime)
    }

    /// Its place in the group of another alarm, if it has one: it stands beneath that alarm and owes its own
    /// acknowledgement, without a sound of its own.
    async fn group(&self) -> Option<AlarmGroup> {
        let facts = &self.view.facts;
        facts.group.as_ref().filter(|_| facts.open).map(|place| AlarmGroup::new(place, facts.is_silent()))
    }

    /// The open alarms of the group that it leads, the newest first.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<Self>> {
        let Some(occurrence) = self.view.facts.occurrence else { return Ok(Vec::new()) };
        Ok(scope::members(ctx, occurrence, &self.spec().id).await?)
    }

    /// The value that decided last, in the tag's unit.
    async fn value(&self) -> Option<f64> {
        self.view.value.and_then(finite)
    }

    /// The limit that it was compared with.
    async fn limit(&self) -> Option<f64> {
        self.view.limit.and_then(finite)
    }

    /// The engineering unit of `value` and `limit`; null where they have none. A rate is by the minute.
    async fn value_unit(&self) -> Option<String> {
        let tag = self.plant.tag(self.plant.tag_index(self.spec().tag.as_ref()?)?)?;
        Some(unit_of(tag, &self.spec().id))
    }

    /// The unit that it belongs to; null for the plant as a whole.
    async fn unit(&self) -> Option<Unit> {
        Unit::by_key(&self.plant, self.spec().unit.as_ref()?.as_str())
    }

    /// The tag that it watches.
    async fn tag(&self) -> Option<Tag> {
        Tag::by_key(&self.plant, self.spec().tag.as_ref()?.as_str())
    }

    /// The detector whose verdict it is.
    async fn detector(&self, ctx: &Context<'_>) -> Result<Option<Detector>> {
        match &self.spec().detector {
            None => Ok(None),
            Some(id) => Ok(scope::detector(ctx, id.as_str()).await?),
        }
    }

    /// What may be the cause.
    async fn cause(&self) -> &str {
        &self.spec().cause
    }

    /// What happens if nobody acts.
    async fn consequence(&self) -> &str {
        &self.spec().consequence
    }

    /// What the operator is to do.
    async fn guidance(&self) -> &str {
        &self.spec().guidance
    }

    /// The tags that contributed most to the open occurrence, largest first.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn contributions(&self) -> Vec<Contribution> {
        Contribution::by_name(&self.plant, &self.view.contributions)
    }

    /// What is behind the open or last occurrence, if it has been diagnosed: alarms of detectors are.
    #[graphql(complexity = "child_complexity + 5")]
    async fn incident(&self, ctx: &Context<'_>) -> Result<Option<Incident>> {
        match self.view.facts.occurrence.filter(|_| self.spec().detector.is_some()) {
            Some(occurrence) => Ok(incidents::of(ctx, occurrence).await?),
            None => Ok(None),
        }
    }

    /// Who acknowledged the occurrence.
    async fn acknowledged_by(&self) -> Option<&str> {
        self.view.acknowledged_by.as_deref()
    }

    /// When, wall time.
    async fn acknowledged_at(&self) -> Option<DateTime<Utc>> {
        self.view.acknowledged_at.map(WallTime::to_datetime)
    }

    /// What they said.
    async fn comment(&self) -> Option<&str> {
        self.view.comment.as_deref()
    }

    /// Its journal, newest first.
    #[graphql(complexity = "limits::cost(first, HISTORY, child_complexity)")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20)] first: Option<i32>,
    ) -> Result<Vec<JournalEntry>> {
        let first = limits::page_size(first, HISTORY)?;
        let entries = history::of_alarm(ctx, &self.spec().id, first).await?;
        Ok(entries.into_iter().map(JournalEntry::new).collect())
    }
}
