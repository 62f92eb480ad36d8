//! What one execution of a document remembers, so that a page of alarms asks the desk once and not five hundred times.
//!
//! Each query, each mutation and each item of a subscription has a scope of its own: nothing in it can grow old.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::Context;
use futures_util::{Stream, StreamExt};
use tokio::sync::OnceCell;

use super::error::ApiError;
use super::history::HistoryLoader;
use super::types::{Alarm, Detector, Disturbance, Source, SuppressionRule};
use super::{Api, RequestId};
use crate::actors::{AlarmSnapshot, Doors};
use crate::domain::{ActorPortrait, AlarmId, DetectorPortrait, OccurrenceId};
use crate::feed::AlarmView;
use crate::security::Principal;

/// Who asks, and from where; put into every request at the door.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who has signed in; nobody for an anonymous visitor.
    pub principal: Option<Principal>,
    /// Address of the client, where it is known.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub agent: Option<String>,
    /// Correlates the answer with the log.
    pub request: RequestId,
}

impl Visitor {
    /// Somebody of whom nothing is known.
    pub fn anonymous() -> Self {
        Self { principal: None, address: None, agent: None, request: RequestId::new() }
    }

    /// Address and program of the client, as the journal and the audit remember them.
    pub(super) fn client(&self) -> Option<String> {
        let words: Vec<String> = self.address.map(|ip| ip.to_string()).into_iter().chain(self.agent.clone()).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// What one execution has asked for already.
#[derive(Default)]
pub(super) struct Scope {
    doors: OnceCell<Arc<Doors>>,
    alarms: OnceCell<Arc<AlarmSnapshot>>,
    tree: OnceCell<Arc<ActorPortrait>>,
    detectors: OnceCell<Vec<Arc<DetectorPortrait>>>,
    pub(super) history: HistoryLoader,
}

/// The scope of what is being executed of one document. A subscription begins one anew with each of its items.
#[derive(Clone, Default)]
pub(super) struct Scopes(Arc<Mutex<Arc<Scope>>>);

impl Scopes {
    fn now(&self) -> MutexGuard<'_, Arc<Scope>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renew(&self) {
        *self.now() = Arc::default();
    }
}

/// The items of a subscription, each of them executed in a scope of its own.
pub(super) fn each_anew<T>(ctx: &Context<'_>, items: impl Stream<Item = T>) -> impl Stream<Item = T> {
    let scopes = ctx.data_unchecked::<Scopes>().clone();
    items.inspect(move |_| scopes.renew())
}

/// The API of the plant of which the document speaks.
pub(super) fn api<'a>(ctx: &Context<'a>) -> &'a Api {
    ctx.data_unchecked::<Api>()
}

/// The scope of this execution.
pub(super) fn scope(ctx: &Context<'_>) -> Arc<Scope> {
    Arc::clone(&ctx.data_unchecked::<Scopes>().now())
}

/// Who asks.
pub(super) fn visitor<'a>(ctx: &Context<'a>) -> &'a Visitor {
    ctx.data_unchecked::<Visitor>()
}

/// Who has signed in. The guard has let nobody else through; should it ever, this refuses once more.
pub(super) fn principal<'a>(ctx: &Context<'a>) -> Result<&'a Principal, ApiError> {
    visitor(ctx).principal.as_ref().ok_or_else(ApiError::unauthenticated)
}

/// The doors of the plant of now.
pub(super) async fn doors(ctx: &Context<'_>) -> Result<Arc<Doors>, ApiError> {
    scope(ctx).doors.get_or_try_init(|| async { Ok(Arc::new(api(ctx).doors().await?)) }).await.cloned()
}

/// Every configured alarm.
pub(super) async fn alarms(ctx: &Context<'_>) -> Result<Arc<AlarmSnapshot>, ApiError> {
    scope(ctx).alarms.get_or_try_init(|| async { Ok(Arc::new(api(ctx).alarm_snapshot().await?)) }).await.cloned()
}

/// One alarm, when it is configured.
pub(super) async fn alarm(ctx: &Context<'_>, key: &str) -> Result<Option<Alarm>, ApiError> {
    let plant = &api(ctx).plant;
    let snapshot = alarms(ctx).await?;
    let found = snapshot.alarm(plant, &key.into());
    Ok(found.map(|view| Alarm::new(plant, view)))
}

/// The open alarms of the group of one occurrence, the newest first.
pub(super) async fn members(
    ctx: &Context<'_>,
    occurrence: OccurrenceId,
    leader: &AlarmId,
) -> Result<Vec<Alarm>, ApiError> {
    let belongs = |view: &&Arc<AlarmView>| {
        let group = view.facts.group.as_ref().filter(|_| view.facts.open && view.definition.id != *leader);
        group.is_some_and(|group| group.occurrence == occurrence)
    };
    let snapshot = alarms(ctx).await?;
    let mut members: Vec<&Arc<AlarmView>> = snapshot.alarms.iter().filter(belongs).collect();
    members.sort_by_key(|view| std::cmp::Reverse(view.facts.shown_since()));
    Ok(members.into_iter().map(|view| Alarm::new(&api(ctx).plant, view)).collect())
}

/// Those of these alarms that are configured, in their order.
pub(super) async fn some_alarms(ctx: &Context<'_>, ids: &[AlarmId]) -> Result<Vec<Alarm>, ApiError> {
    let plant = &api(ctx).plant;
    let snapshot = alarms(ctx).await?;
    let find = |id: &AlarmId| snapshot.alarms.iter().find(|view| view.definition.id == *id);
    Ok(ids.iter().filter_map(find).map(|view| Alarm::new(plant, view)).collect())
}

/// Every design rule.
pub(super) async fn suppression_rules(ctx: &Context<'_>) -> Result<Vec<SuppressionRule>, ApiError> {
    Ok(SuppressionRule::all(&api(ctx).plant, &alarms(ctx).await?.rules))
}

/// The supervision tree.
pub(super) async fn actor_tree(ctx: &Context<'_>) -> Result<Arc<ActorPortrait>, ApiError> {
    scope(ctx).tree.get_or_try_init(|| async { Ok(Arc::new(api(ctx).actor_tree().await?)) }).await.cloned()
}

/// Every plant-wide detector.
pub(super) async fn detectors(ctx: &Context<'_>) -> Result<Vec<Detector>, ApiError> {
    let plant = &api(ctx).plant;
    let scope = scope(ctx);
    let portraits = scope.detectors.get_or_try_init(|| api(ctx).detectors()).await?;
    Ok(portraits.iter().filter_map(|portrait| Detector::new(plant, portrait)).collect())
}

/// One plant-wide detector, when it is configured.
pub(super) async fn detector(ctx: &Context<'_>, key: &str) -> Result<Option<Detector>, ApiError> {
    Ok(detectors(ctx).await?.into_iter().find(|detector| detector.is(key)))
}

/// The disturbances of the simulated plant.
pub(super) async fn disturbances(ctx: &Context<'_>) -> Result<Vec<Disturbance>, ApiError> {
    Ok(api(ctx).disturbances(&doors(ctx).await?.source).await?.into_iter().map(Disturbance::from).collect())
}

/// How the source was doing at its last scan.
pub(super) fn source(ctx: &Context<'_>) -> Source {
    api(ctx).feed.values.latest().map_or_else(Source::unknown, |frame| Source::from(frame.source.as_ref()))
}
