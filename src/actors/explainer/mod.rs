//! The explainer: freezes the evidence of an alarm that calls an operator, explains it at once from that alone, and has a model
//! explain it if one is configured.
//!
//! ```text
//! feed ┄► queue by severity ─► evidence, frozen ─► computed explanation ─► whoever follows
//!                                   │                                         ▲
//!                                   └┄► broker ┄► read, mended once, grounded ┘
//! ```
//!
//! It stands beside the way of an alarm: it reads the feed and the storage like anybody else, and nobody waits for it. One
//! bundle is frozen at a time, the most severe alarm first; what was asked twice is done once, and all listen. While an alarm
//! stands it is looked at again by itself, and who listens hears of it.

mod asking;
mod diagnosing;
mod documents;
mod models;
mod scene;
mod searching;
mod shelf;
mod vigil;
mod work;
mod writing;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use thiserror::Error;
use tokio::sync::watch;
use tracing::warn;

pub use self::asking::{AskOrder, ComparedExplanation, ComparedExplanations};
pub use self::models::{Explaining, Models};
pub use self::shelf::Shelf;
use self::vigil::{Standing, Vigil};
pub use self::work::ExplanationProgress;
pub use self::writing::{Asking, Written};
use super::broker::Asker;
use super::lease::Lease;
use super::mailbox::{self, Actor, Mailbox};
use super::plant::{PlantHears, SystemCondition};
use super::portrait::{Poses, Sketch, Tell};
use crate::config::bounds;
use crate::config::plant as plant_file;
use crate::domain::{
    AlarmId, DetectorId, DetectorPortrait, OccurrenceId, Plant, ProviderId, Severity, SourceTime, Verdict,
};
use crate::feed::{AlarmEvent, Delivery, Feed, Subscriber};
use crate::retrieval::Retriever;
use crate::storage::{OwnedPlant, StoredTurn};
use crate::telemetry::{Clock, events};

/// How often the feed is looked at.
const LOOK_PERIOD: Duration = Duration::from_millis(200);
/// For how many looks the broker may be away before an alarm says so.
const MISSING_LOOKS: u32 = 25;
/// Questions that models are being asked at once; beyond it an alarm has the computed explanation alone.
const ASKING_MOST: usize = 32;

/// Explanations of which is remembered what came of them.
const LATELY_MOST: usize = 32;

/// The only way in.
#[derive(Clone, Debug)]
pub struct Explainer {
    actor: Mailbox<Msg>,
    args: Arc<Args>,
}

/// What the explainer starts with.
pub(super) struct Args {
    pub plant: Arc<Plant>,
    pub storage: OwnedPlant,
    pub lease: Lease,
    pub feed: Feed,
    pub clock: Clock,
    pub models: Models,
    /// Who finds passages of the site's own documents; `None`: there are none.
    pub retriever: Option<Arc<dyn Retriever>>,
    pub plant_hears: Tell<PlantHears>,
}

/// An order to explain an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainOrder {
    /// Which alarm.
    pub alarm: AlarmId,
    /// Which occurrence of it.
    pub occurrence: OccurrenceId,
    /// Who wants to know.
    pub by: Asker,
    /// Whether evidence is frozen anew, up to now; else that of the annunciation counts, where there is some.
    pub afresh: bool,
    /// Whether a model is asked as well.
    pub with_model: bool,
}

/// Why an alarm is not explained.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExplainRefused {
    /// The journal does not know it.
    #[error("the journal has no such occurrence of this alarm")]
    Unknown,
    /// More is asked than can be done.
    #[error("too many alarms wait for an explanation; try again in a moment")]
    Busy,
    /// The explainer, or what it needs, is away.
    #[error("explanations are not available just now ({0}); try again in a moment")]
    Unavailable(String),
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    LookDue,
    Explain {
        order: Box<ExplainOrder>,
        reply: RpcReplyPort<Result<watch::Receiver<ExplanationProgress>, ExplainRefused>>,
    },
    Follow {
        occurrence: OccurrenceId,
        reply: RpcReplyPort<Option<watch::Receiver<ExplanationProgress>>>,
    },
    Verdicts(RpcReplyPort<Vec<Verdict>>),
    Frozen(OccurrenceId),
    Ended(OccurrenceId),
    Pose(RpcReplyPort<Sketch>),
}

impl fmt::Debug for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Args").field("plant", &self.plant.id).finish_non_exhaustive()
    }
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Explainer {
    pub(super) async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let args = Arc::new(args);
        let actor = mailbox::open(Behaviour, Arc::clone(&args), parent).await?;
        Ok((Self { actor: actor.clone(), args }, actor))
    }

    /// Explains an alarm; whoever holds the answer sees how far it has come.
    ///
    /// # Errors
    /// When it waits behind too many others, or the explainer is being restarted.
    pub async fn explain(&self, order: ExplainOrder) -> Result<watch::Receiver<ExplanationProgress>, ExplainRefused> {
        let order = Box::new(order);
        let asked = self.actor.call(|reply| Msg::Explain { order, reply }, Some(super::PATIENCE)).await;
        super::answer(asked).unwrap_or_else(|_| Err(away()))
    }

    /// How far the explanation of an occurrence has come, or what came of it lately; `None` when nothing is known of it.
    ///
    /// # Errors
    /// While the explainer is being restarted.
    pub async fn follow(
        &self,
        occurrence: OccurrenceId,
    ) -> Result<Option<watch::Receiver<ExplanationProgress>>, ExplainRefused> {
        let asked = self.actor.call(|reply| Msg::Follow { occurrence, reply }, Some(super::PATIENCE)).await;
        super::answer(asked).map_err(|_| away())
    }

    /// Answers somebody's question about an alarm. It takes as long as a model takes.
    ///
    /// # Errors
    /// When there is no such occurrence, or the evidence cannot be had.
    pub async fn ask(&self, order: AskOrder) -> Result<Arc<StoredTurn>, ExplainRefused> {
        asking::ask(&self.args, self.verdicts().await, order).await.map(Arc::new)
    }

    /// Has several models explain the same evidence, side by side with what is computed from it.
    ///
    /// # Errors
    /// When there is no such occurrence, the evidence cannot be had, or no model is configured.
    pub async fn compare(
        &self,
        order: ExplainOrder,
        providers: Vec<ProviderId>,
    ) -> Result<ComparedExplanations, ExplainRefused> {
        asking::compare(&self.args, self.verdicts().await, &order, providers).await
    }

    async fn verdicts(&self) -> Vec<Verdict> {
        super::answer(self.actor.call(Msg::Verdicts, Some(super::PATIENCE)).await).unwrap_or_default()
    }
}

fn away() -> ExplainRefused {
    ExplainRefused::Unavailable("the explainer is being restarted".into())
}

struct Behaviour;

/// On what occasion an alarm is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occasion {
    /// A person wants to know.
    Asked,
    /// An operator was called.
    Called(Severity),
    /// It still stands.
    StillStands(Severity),
}

/// An order that waits for its turn.
struct Waiting {
    order: ExplainOrder,
    occasion: Occasion,
    number: u64,
    told: watch::Sender<ExplanationProgress>,
}

/// An explanation that is being made.
struct UnderWay {
    told: watch::Sender<ExplanationProgress>,
    /// Whether a model is asked as well.
    with_model: bool,
}

struct State {
    args: Arc<Args>,
    alarms: Subscriber<AlarmEvent>,
    detectors: Subscriber<DetectorPortrait>,
    verdicts: BTreeMap<DetectorId, Verdict>,
    waiting: Vec<Waiting>,
    /// Whose evidence is being frozen.
    freezing: Option<OccurrenceId>,
    under_way: HashMap<OccurrenceId, UnderWay>,
    /// What came of the last ones: who asks a moment later still wants to know.
    lately: VecDeque<(OccurrenceId, watch::Sender<ExplanationProgress>)>,
    /// What is looked at again.
    vigil: Vigil,
    numbers: u64,
    explained: u64,
    looks_without_broker: u32,
    told_missing: bool,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Arc<Args>;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Arc<Args>) -> Result<State, ActorProcessingErr> {
        let mut state = State {
            alarms: args.feed.alarms.subscribe(None),
            detectors: args.feed.detectors.subscribe(None),
            verdicts: BTreeMap::new(),
            waiting: Vec::new(),
            freezing: None,
            under_way: HashMap::new(),
            lately: VecDeque::new(),
            vigil: Vigil::default(),
            numbers: 0,
            explained: 0,
            looks_without_broker: 0,
            told_missing: true,
            args,
        };
        // What stands from an earlier life may have no explanation yet.
        state.catch_up().await;
        state.say_missing(false);
        myself.send_interval(LOOK_PERIOD, || Msg::LookDue);
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::LookDue => {
                state.args.lease.check()?;
                state.look().await;
            }
            Msg::Explain { order, reply } => drop(reply.send(state.take(*order, Occasion::Asked))),
            Msg::Follow { occurrence, reply } => drop(reply.send(state.receiver(occurrence))),
            Msg::Verdicts(reply) => drop(reply.send(state.verdicts.values().cloned().collect())),
            Msg::Frozen(occurrence) => state.freezing = state.freezing.filter(|freezing| *freezing != occurrence),
            Msg::Ended(occurrence) => {
                state.freezing = state.freezing.filter(|freezing| *freezing != occurrence);
                state.ended(occurrence);
                state.explained += 1;
            }
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        state.go_on(&myself);
        Ok(())
    }
}

impl Occasion {
    /// How urgent it is; a person does not wait behind alarms.
    const fn severity(self) -> Severity {
        match self {
            Self::Asked => Severity::Critical,
            Self::Called(severity) | Self::StillStands(severity) => severity,
        }
    }
}

impl State {
    async fn look(&mut self) {
        while let Some(Some(Delivery::Item { item, .. })) = self.detectors.next().now_or_never() {
            if let Some(verdict) = &item.verdict {
                self.verdicts.insert(item.detector.clone(), verdict.clone());
            }
        }
        while let Some(Some(delivery)) = self.alarms.next().now_or_never() {
            match delivery {
                Delivery::Item { item, .. } => self.heard(&item),
                Delivery::Gap(_) => self.catch_up().await,
            }
        }
        self.look_again().await;
        self.looks_without_broker =
            if self.args.models.is_missing() { self.looks_without_broker.saturating_add(1) } else { 0 };
        self.say_missing(self.looks_without_broker >= MISSING_LOOKS);
    }

    /// Alarms that have stood long enough to be looked at again, once what happened until then is kept.
    async fn look_again(&mut self) {
        let seen = self.args.feed.values.latest().map(|frame| frame.scan.source_time);
        if !seen.is_some_and(|now| self.vigil.is_due(now)) {
            return;
        }
        let Ok(Some(kept)) = self.args.storage.last_scan().await else { return };
        let now = kept.source_time;
        let (under_way, waiting) = (&self.under_way, &self.waiting);
        let at_work = |occurrence| {
            under_way.contains_key(&occurrence) || waiting.iter().any(|other| other.order.occurrence == occurrence)
        };
        for (alarm, occurrence, severity) in self.vigil.due(now, at_work) {
            let with_model = self.args.models.explain_unasked(severity);
            let order = ExplainOrder { alarm, occurrence, by: Asker::nobody(), afresh: true, with_model };
            drop(self.take(order, Occasion::StillStands(severity)));
        }
        self.vigil.tidy();
    }

    /// A configured model that cannot be asked is told as an alarm: nobody is to believe that a model has looked.
    fn say_missing(&mut self, missing: bool) {
        if self.args.models.explaining.is_none() || missing == self.told_missing {
            return;
        }
        self.told_missing = missing;
        let detail = if missing { "the broker is not there" } else { "the broker is there" };
        let condition = SystemCondition {
            alarm: plant_file::LANGUAGE_MODELS_MISSING.into(),
            active: missing,
            detail: detail.into(),
        };
        self.args.plant_hears.say(PlantHears::System(condition));
    }

    /// Evidence is frozen of every alarm that calls an operator.
    fn heard(&mut self, event: &AlarmEvent) {
        let entry = &event.entry;
        let Some(occurrence) = entry.occurrence else { return };
        if !entry.facts.open {
            self.vigil.closed(occurrence);
        } else if entry.is_annunciated() {
            self.enter(entry.alarm.clone(), occurrence, entry.facts.severity, entry.source_time);
        }
    }

    fn enter(&mut self, alarm: AlarmId, occurrence: OccurrenceId, severity: Severity, called: SourceTime) {
        if self.under_way.contains_key(&occurrence)
            || self.waiting.iter().any(|other| other.order.occurrence == occurrence)
        {
            return;
        }
        let with_model = self.args.models.explain_unasked(severity);
        let order = ExplainOrder { alarm: alarm.clone(), occurrence, by: Asker::nobody(), afresh: false, with_model };
        drop(self.take(order, Occasion::Called(severity)));
        if let Some(told) = self.told(occurrence).cloned() {
            self.vigil.enter(Standing { alarm, occurrence, severity, called, seen: called, told });
        }
    }

    /// Alarms that stand and have called somebody: those of which no evidence is kept are explained, and all are looked at
    /// again when it is time.
    async fn catch_up(&mut self) {
        let standing = match self.args.storage.load_alarms().await {
            Ok(standing) => standing,
            Err(problem) => return warn!("standing alarms are explained later: {problem}"),
        };
        for (alarm, facts, _) in standing {
            let called = facts.open && facts.annunciated_at.is_some() && facts.active;
            let Some((occurrence, called)) = facts.occurrence.zip(facts.raised_at).filter(|_| called) else { continue };
            let severity = facts.severity;
            match self.args.storage.newest_evidence(occurrence).await {
                Ok(None) => self.enter(alarm, occurrence, severity, called),
                Ok(Some(kept)) => {
                    let done = || watch::channel(ExplanationProgress { over: true, ..Default::default() }).0;
                    let told = self.told(occurrence).cloned().unwrap_or_else(done);
                    let seen = kept.evidence.window.to;
                    self.vigil.enter(Standing { alarm, occurrence, severity, called, seen, told });
                }
                Err(problem) => warn!("a standing alarm is explained later: {problem}"),
            }
        }
    }

    fn ended(&mut self, occurrence: OccurrenceId) {
        let Some(ended) = self.under_way.remove(&occurrence) else { return };
        self.lately.retain(|(one, _)| *one != occurrence);
        self.lately.push_back((occurrence, ended.told));
        if self.lately.len() > LATELY_MOST {
            self.lately.pop_front();
        }
    }

    fn receiver(&self, occurrence: OccurrenceId) -> Option<watch::Receiver<ExplanationProgress>> {
        self.told(occurrence).map(watch::Sender::subscribe)
    }

    /// Where it is told how far the explanation of an occurrence has come, or what came of it lately.
    fn told(&self, occurrence: OccurrenceId) -> Option<&watch::Sender<ExplanationProgress>> {
        let waits = self.waiting.iter().find(|waiting| waiting.order.occurrence == occurrence);
        let under_way = self.under_way.get(&occurrence).map(|under_way| &under_way.told);
        under_way.or(waits.map(|waiting| &waiting.told)).or_else(|| self.rests(occurrence))
    }

    /// The same, of one of which nothing is being done just now.
    fn rests(&self, occurrence: OccurrenceId) -> Option<&watch::Sender<ExplanationProgress>> {
        let lately = self.lately.iter().rfind(|(one, _)| *one == occurrence).map(|(_, told)| told);
        lately.or_else(|| self.vigil.told(occurrence))
    }

    /// Where it will be told; who listened to the last explanation of it listens to the next.
    fn anew(&self, occurrence: OccurrenceId) -> watch::Sender<ExplanationProgress> {
        let known = self.rests(occurrence).filter(|_| !self.under_way.contains_key(&occurrence)).cloned();
        let told = known.unwrap_or_else(|| watch::channel(ExplanationProgress::default()).0);
        let next_look = self.vigil.next_look(occurrence);
        told.send_modify(|progress| {
            let attempt = progress.attempt.wrapping_add(1);
            *progress = ExplanationProgress { attempt, next_look, ..ExplanationProgress::default() };
        });
        told
    }

    /// Puts an order into the queue, or lets one listen to what is being done. A person's order goes before TEP's own of the
    /// same severity.
    fn take(
        &mut self,
        order: ExplainOrder,
        occasion: Occasion,
    ) -> Result<watch::Receiver<ExplanationProgress>, ExplainRefused> {
        // Who wants more than is being done has to wait until that is done.
        let serves = |under_way: &&UnderWay| !order.afresh && (under_way.with_model || !order.with_model);
        if let Some(under_way) = self.under_way.get(&order.occurrence).filter(serves) {
            return Ok(under_way.told.subscribe());
        }
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.order.occurrence == order.occurrence) {
            // Somebody wants more of what is to be done anyway.
            waiting.order.with_model |= order.with_model;
            waiting.order.afresh |= order.afresh;
            if order.by.name.is_some() {
                (waiting.order.by, waiting.occasion) = (order.by, occasion);
            }
            return Ok(waiting.told.subscribe());
        }
        let told = self.anew(order.occurrence);
        let follows = told.subscribe();
        self.numbers += 1;
        self.waiting.push(Waiting { order, occasion, number: self.numbers, told });
        self.waiting.sort_by_key(|waiting| (Reverse(waiting.occasion.severity()), waiting.number));
        if self.waiting.len() > bounds::EXPLANATIONS.most {
            let shed = self.waiting.pop();
            events::shed(bounds::EXPLANATIONS.door, bounds::EXPLANATIONS.when_full.policy());
            if let Some(shed) = shed {
                shed.told.send_modify(|progress| {
                    (progress.failure, progress.over) = (Some(ExplainRefused::Busy.to_string()), true);
                });
                if shed.number == self.numbers {
                    return Err(ExplainRefused::Busy);
                }
            }
        }
        Ok(follows)
    }

    /// Begins with the next, when nothing is being frozen.
    fn go_on(&mut self, myself: &Mailbox<Msg>) {
        let free = |waiting: &Waiting| !self.under_way.contains_key(&waiting.order.occurrence);
        let next = self.waiting.iter().position(free).filter(|_| self.freezing.is_none());
        let Some(next) = next else { return };
        let Waiting { mut order, occasion, told, .. } = self.waiting.remove(next);
        let occurrence = order.occurrence;
        order.with_model &= self.under_way.len() < ASKING_MOST;
        self.freezing = Some(occurrence);
        self.under_way.insert(occurrence, UnderWay { told: told.clone(), with_model: order.with_model });
        let (args, verdicts, myself) =
            (Arc::clone(&self.args), self.verdicts.values().cloned().collect(), myself.clone());
        let frozen = {
            let myself = myself.clone();
            move || drop(myself.cast(Msg::Frozen(occurrence)))
        };
        let only_if_it_says_more = matches!(occasion, Occasion::StillStands(_));
        let work =
            tokio::spawn(
                async move { work::explain(&args, verdicts, &order, only_if_it_says_more, &told, frozen).await },
            );
        tokio::spawn(async move {
            if let Err(problem) = work.await {
                warn!(%occurrence, "an alarm could not be explained (a defect of TEP): {problem}");
            }
            drop(myself.cast(Msg::Ended(occurrence)));
        });
    }

    fn sketch(&self) -> Sketch {
        let (waiting, under_way, again) = (self.waiting.len(), self.under_way.len(), self.vigil.len());
        let words = format!(
            "{} explained, {waiting} wait, {under_way} under way, {again} to be looked at again",
            self.explained
        );
        if self.args.models.is_missing() {
            return Sketch::degraded(format!("the broker of language models is away; {words}"));
        }
        Sketch::at_work(words)
    }
}
