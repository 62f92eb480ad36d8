//! What the API is made of, and the questions that it passes on. Reads may go to storage; every change goes to an actor.

use std::sync::Arc;

use tokio::sync::watch;
use tracing::{info, warn};

use super::error::ApiError;
use super::history::Histories;
use super::knowledge::Knowledge;
use super::limits;
use super::query::POINTS;
use super::scope::Visitor;
use super::types::{
    JournalConnection, JournalFilter, LlmBroker, LlmCall, Model, PlantPlacement, Tag, TrainingJob, Trend, TrendInput,
    TrendPoint, TrendSeries, finite,
};
use crate::actors::elsewhere::{Door, Elsewhere};
use crate::actors::{AlarmSnapshot, Doors, Notifications, PartOrder, PartOutcome, Root, SourceDoor};
use crate::domain::{
    ActorPortrait, AlarmId, DetectorPortrait, DisturbanceState, JournalEntry, Placement, Plant, SourceTime, WallTime,
};
use crate::feed::{Cursor, Feed};
use crate::registry::Registry;
use crate::security::{Action, Authority, Gate, Principal, Resource};
use crate::storage::{self, AuditEntry, JournalCursor, PlantStorage, StorageError, TrendQuery};
use crate::telemetry::Clock;

/// The plants that this node serves, in the order of their ids; the first is the one that is meant when none is named.
#[derive(Clone)]
pub struct Plants(Arc<[Api]>);

impl Plants {
    /// The API of each of these plants. The order is that of the ids.
    pub fn new(mut apis: Vec<Api>) -> Self {
        apis.sort_by(|a, b| a.plant.id.cmp(&b.plant.id));
        Self(apis.into())
    }

    /// One plant by its id, or the first.
    pub fn get(&self, id: Option<&str>) -> Option<&Api> {
        match id {
            None => self.0.first(),
            Some(id) => self.0.iter().find(|api| api.plant.id.as_str() == id),
        }
    }

    /// Every plant.
    pub fn iter(&self) -> impl Iterator<Item = &Api> {
        self.0.iter()
    }
}

/// What the API of one plant is made of. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    /// The plant as configured.
    pub plant: Arc<Plant>,
    /// Every plant, this one among them.
    pub plants: Arc<[Arc<Plant>]>,
    /// What can be followed.
    pub feed: Feed,
    /// Where the past is read.
    pub storage: PlantStorage,
    /// Who knows the doors of now.
    pub root: Root,
    /// The way to plants that are on other nodes; a node alone has none.
    pub elsewhere: Option<Arc<dyn Elsewhere>>,
    /// Who knows people.
    pub gate: Arc<Gate>,
    /// Who knows what they may do.
    pub authority: Authority,
    /// Who is told of its alarms; `None`: nobody.
    pub notifications: Option<Notifications>,
    /// What is known beforehand; `None`: nothing.
    pub knowledge: Option<Knowledge>,
    /// Where models are published to and fetched from; `None`: nowhere.
    pub registry: Option<Registry>,
    /// What time it is.
    pub clock: Clock,
}

/// A change, as the audit remembers it.
pub(super) struct Change<'a> {
    pub action: Action,
    pub on: &'a Resource,
    pub before: Option<String>,
    pub after: String,
}

/// The reading of storage failed; whether it is worth another try is all that a client needs to know.
pub(super) fn storage_error(doing: &str, error: &StorageError) -> ApiError {
    if error.is_transient() {
        warn!(failure = %super::error::chain(error), "{doing} failed for now");
        return ApiError::unavailable("the database");
    }
    ApiError::internal(doing, error)
}

impl Api {
    /// The doors of now.
    pub(super) async fn doors(&self) -> Result<Doors, ApiError> {
        match &self.elsewhere {
            Some(way) if !self.is_here() => Ok(Doors::elsewhere(&self.plant.id, way)),
            _ => self.root.doors(&self.plant.id).await.map_err(|_| ApiError::unavailable(&self.whereabouts())),
        }
    }

    /// Whether the plant is to run on this node.
    pub(super) fn is_here(&self) -> bool {
        self.root.is_to_run(&self.plant.id)
    }

    /// What to say of a plant that gives nobody a door: it is being mended, or it is not here.
    fn whereabouts(&self) -> String {
        let places = self.root.places();
        let place = places.borrow().iter().find(|place| place.plant == self.plant.id).cloned();
        match place {
            Some(Placement { reason: Some(reason), .. }) => format!("the plant ({reason})"),
            Some(Placement { node: Some(node), .. }) if node != *self.root.node() => {
                format!("the plant, which runs on node {node},")
            }
            _ => "the plant's supervision".to_owned(),
        }
    }

    /// Every plant that this visitor may look at, with where it runs.
    pub(super) fn placements(&self, principal: &Principal) -> Vec<PlantPlacement> {
        let places = self.root.places();
        let places = places.borrow();
        let may_see = |plant: &&Arc<Plant>| {
            self.authority.decide(principal, Action::PlantView, &Resource::Plant(plant.id.clone())).is_allowed()
        };
        let place =
            |plant: &Arc<Plant>| PlantPlacement::new(plant, places.iter().find(|place| place.plant == plant.id));
        self.plants.iter().filter(may_see).map(place).collect()
    }

    pub(super) async fn alarm_snapshot(&self) -> Result<AlarmSnapshot, ApiError> {
        let doors = self.doors().await?;
        doors.alarm_desk.snapshot().await.map_err(|_| ApiError::unavailable("the alarm desk"))
    }

    pub(super) async fn actor_tree(&self) -> Result<ActorPortrait, ApiError> {
        let own = self.root.tree().await.map_err(|_| ApiError::unavailable("the supervision tree"))?;
        Ok(match &self.elsewhere {
            Some(others) => others.whole_tree(own).await,
            None => own,
        })
    }

    /// The tree as it is drawn anew about once a second.
    pub(super) fn watch_tree(&self) -> watch::Receiver<Arc<ActorPortrait>> {
        self.elsewhere.as_ref().map_or_else(|| self.root.watch_tree(), |others| others.watch_tree())
    }

    /// The newest calls to language models.
    pub(super) async fn llm_calls(&self, first: usize) -> Result<Vec<LlmCall>, ApiError> {
        let failed = |e| storage_error("reading the audit of language models", &e);
        let calls = self.storage.llm_calls_newest(first as u64).await.map_err(failed)?;
        Ok(calls.into_iter().map(LlmCall::from).collect())
    }

    /// How the language models of this node stand.
    pub(super) async fn broker(&self) -> Result<LlmBroker, ApiError> {
        if !self.root.has_broker() {
            return Ok(LlmBroker::default());
        }
        let away = || ApiError::unavailable("the broker of language models");
        let broker = self.root.broker().await.map_err(|_| away())?;
        broker.board().await.map(|board| LlmBroker::from(&board)).map_err(|_| away())
    }

    /// Restarts, pauses or resumes one part of the tree, on whichever node it is.
    pub(super) async fn order_part(&self, order: PartOrder) -> PartOutcome {
        match &self.elsewhere {
            Some(others) => others.order_part(order).await,
            None => self.root.order(order).await,
        }
    }

    pub(super) async fn detectors(&self) -> Result<Vec<Arc<DetectorPortrait>>, ApiError> {
        let doors = self.doors().await?;
        let portraits = doors.plant.detectors().await.map_err(|_| ApiError::unavailable("the detectors"))?;
        Ok(portraits.into_iter().map(Arc::new).collect())
    }

    pub(super) async fn disturbances(&self, source: &Door<SourceDoor>) -> Result<Vec<DisturbanceState>, ApiError> {
        source.disturbances().await.map_err(|_| ApiError::unavailable("the source"))
    }

    pub(super) async fn trend(&self, input: TrendInput) -> Result<Trend, ApiError> {
        limits::trend_tags(input.tags.len())?;
        let points = limits::points(input.points, POINTS)?;
        if input.from >= input.to {
            return Err(ApiError::invalid("`from` must be before `to`"));
        }
        let find = |key: &String| {
            let unknown = || ApiError::invalid(format!("the plant has no tag `{key}`"));
            self.plant.tag_index(&key.as_str().into()).ok_or_else(unknown)
        };
        let tags = input.tags.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let (from, to) = (SourceTime::from_datetime(input.from), SourceTime::from_datetime(input.to));
        let drawn = self.storage.trend(&TrendQuery { tags, from, to, points }).await;
        Ok(self.converted(drawn.map_err(|e| storage_error("reading a trend", &e))?))
    }

    fn converted(&self, drawn: storage::TrendResult) -> Trend {
        let series = |series: storage::TrendSeries| {
            let points = series.points.iter().map(trend_point).collect();
            Some(TrendSeries { tag: Tag::at(&self.plant, series.tag)?, points })
        };
        Trend {
            from: drawn.from.to_datetime(),
            to: drawn.to.to_datetime(),
            series: drawn.series.into_iter().filter_map(series).collect(),
            discontinuities: drawn.discontinuities.into_iter().map(SourceTime::to_datetime).collect(),
        }
    }

    pub(super) async fn journal_page(
        &self,
        filter: JournalFilter,
        first: usize,
        after: Option<&str>,
    ) -> Result<JournalConnection, ApiError> {
        let below = match after.map(str::parse::<Cursor>) {
            None => None,
            Some(Ok(at)) => Some(JournalCursor { epoch: at.epoch, sequence: at.sequence }),
            Some(Err(_)) => return Err(ApiError::invalid("`after` is not a cursor of this list")),
        };
        // One more than is shown tells whether there is a next page.
        let wanted = self.journal_filter(filter);
        let rows = self.storage.journal_page(&wanted, below, first as u64 + 1).await;
        let rows = rows.map_err(|e| storage_error("reading the journal", &e))?;
        let has_next_page = rows.len() > first;
        let cursor = |at: JournalCursor| Cursor { epoch: at.epoch, sequence: at.sequence }.to_string();
        let shown = rows.into_iter().take(first).map(|row| (cursor(row.cursor), Arc::new(row.entry))).collect();
        Ok(JournalConnection::page(shown, has_next_page))
    }

    /// Models of one detector, or of all.
    pub(super) async fn models(&self, detector: Option<&str>) -> Result<Vec<Model>, ApiError> {
        let all = self.storage.list_models().await.map_err(|e| storage_error("reading models", &e))?;
        let wanted = |model: &storage::Model| detector.is_none_or(|detector| model.detector.as_str() == detector);
        Ok(all.into_iter().filter(wanted).map(Model::from).collect())
    }

    /// The newest trainings.
    pub(super) async fn training_jobs(&self, first: usize) -> Result<Vec<TrainingJob>, ApiError> {
        let jobs =
            self.storage.training_jobs(first as u64).await.map_err(|e| storage_error("reading trainings", &e))?;
        Ok(jobs.into_iter().map(TrainingJob::from).collect())
    }

    /// A unit is the alarms that the plant file gives it.
    pub(super) fn journal_filter(&self, filter: JournalFilter) -> storage::JournalFilter {
        let of_unit = |unit: String| {
            let all = self.plant.alarms.iter().filter(move |a| a.unit.as_ref().is_some_and(|u| u.as_str() == unit));
            all.map(|alarm| alarm.id.clone()).collect::<Vec<_>>()
        };
        let alarms = match (filter.alarm.map(AlarmId::from), filter.unit.map(of_unit)) {
            (None, unit) => unit,
            (Some(alarm), None) => Some(vec![alarm]),
            (Some(alarm), Some(unit)) => Some(unit.into_iter().filter(|one| *one == alarm).collect()),
        };
        storage::JournalFilter {
            alarms,
            from: filter.from.map(WallTime::from_datetime),
            to: filter.to.map(WallTime::from_datetime),
            search: filter.search.filter(|words| !words.trim().is_empty()),
            kinds: filter.kinds.unwrap_or_default().into_iter().map(Into::into).collect(),
            by: filter.by.filter(|by| !by.trim().is_empty()),
            ..storage::JournalFilter::default()
        }
    }

    pub(super) async fn journal_entry(&self, at: Cursor) -> Result<Option<Arc<JournalEntry>>, ApiError> {
        let before = Cursor { sequence: at.sequence.saturating_sub(1), ..at };
        let rows = self.journal_after(before, 1).await?;
        Ok(rows.into_iter().find(|row| row.epoch == at.epoch && row.sequence == at.sequence).map(Arc::new))
    }

    pub(super) async fn journal_after(&self, at: Cursor, limit: usize) -> Result<Vec<JournalEntry>, ApiError> {
        let rows = self.storage.journal_after(at.epoch, at.sequence, limit as u64).await;
        rows.map_err(|e| storage_error("reading the journal", &e))
    }

    pub(super) async fn histories(&self, alarms: Vec<AlarmId>, first: usize) -> Result<Histories, ApiError> {
        let found = self.storage.alarm_history(&alarms, first as u64).await;
        let found = found.map_err(|e| storage_error("reading the journal of alarms", &e))?;
        Ok(found.into_iter().map(|(alarm, rows)| (alarm, rows.into_iter().map(Arc::new).collect())).collect())
    }

    /// Remembers that somebody was refused something.
    pub(super) async fn audit_refusal(&self, visitor: &Visitor, action: Action, on: &Resource, reason: &str) {
        let change = Change { action, on, before: None, after: format!("refused: {reason}") };
        self.audit(visitor, &change, false).await;
    }

    /// Remembers that somebody has ordered something.
    pub(super) async fn audit_order(&self, visitor: &Visitor, change: &Change<'_>) {
        let who = visitor.principal.as_ref().map_or("nobody", |p| p.name.as_str());
        info!(user = who, action = %change.action, request = %visitor.request, "{who}: {}", change.after);
        self.audit(visitor, change, true).await;
    }

    async fn audit(&self, visitor: &Visitor, change: &Change<'_>, allowed: bool) {
        let entry = AuditEntry {
            at: self.clock.now(),
            who: visitor.principal.as_ref().map_or_else(|| "nobody".to_owned(), |who: &Principal| who.name.clone()),
            action: change.action.to_string(),
            resource: change.on.to_string(),
            before: change.before.clone(),
            after: Some(change.after.clone()),
            from_where: visitor.client(),
            allowed,
        };
        let journal = match self.root.doors(&self.plant.id).await {
            Ok(doors) => doors.journal,
            Err(_) => None,
        };
        match journal {
            Some(journal) => journal.audit(entry),
            // While the plant is being restarted its journal writer is away, and that of a plant elsewhere is not ours; the
            // audit must not miss a row for that.
            None => {
                if let Err(e) = self.storage.append_audit(&entry).await {
                    warn!(failure = %super::error::chain(&e), who = %entry.who, "an audit row could not be written");
                }
            }
        }
    }
}

fn trend_point(point: &storage::TrendPoint) -> TrendPoint {
    TrendPoint {
        time: point.time.to_datetime(),
        min: point.min.and_then(finite),
        max: point.max.and_then(finite),
        last: point.last.and_then(finite),
        quality: point.quality.into(),
    }
}
