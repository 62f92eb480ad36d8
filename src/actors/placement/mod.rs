//! The placement: claims plants for this node, renews the claims, hands plants over, and gives them back.
//!
//! It speaks to the database about leases and to the root about plants; what to do is decided in `plan`, which is pure.
//! Nothing here waits in its mailbox for the database: questions are asked beside it and their answers come as messages,
//! so a database that is away holds nobody up, least of all the look at the clock by which a lease runs out.

mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use rand::Rng;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use self::plan::{Standing, Step};
use super::lease::Lease;
use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch, Tell};
use crate::domain::{Health, Members, NodeName, Placement as Place, PlantId};
use crate::storage::{Claimed, Holder, LeaseState, OwnedPlant, PlantStorage, Result as StorageResult, StorageError};

/// How often the table of leases is looked at, and at most so much later: nodes that started together do not keep step.
const LOOK_PERIOD: Duration = Duration::from_millis(500);
const LOOK_JITTER: Duration = Duration::from_millis(100);
/// A plant that was given away is left to others for so long.
const REST_AFTER_HAND_OVER: Duration = Duration::from_secs(3);
/// A plant that could not be run here is left to others for so long.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(30);
/// A plant that has been free for so long is taken by whoever can.
const NEGLECTED_AFTER: Duration = Duration::from_secs(2);
/// How long a node alone holds a plant without renewing: for so long a dead server on another machine keeps its successor
/// waiting.
const LEASE_ALONE: Duration = Duration::from_secs(10);

/// How this node holds its plants.
#[derive(Clone, Debug)]
pub enum Terms {
    /// Nobody else wants them: a claim runs out in the database, but the node goes on while the database is away.
    Alone,
    /// Others do: the node stops deciding when the claim may have run out.
    Shared {
        /// How long a claim holds without being renewed.
        lease: Duration,
        /// Who lives.
        members: watch::Receiver<Members>,
    },
}

impl Terms {
    /// How long a claim is made for.
    fn lease(&self) -> Duration {
        match self {
            Self::Alone => LEASE_ALONE,
            Self::Shared { lease, .. } => *lease,
        }
    }

    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Self::Shared { .. })
    }

    fn nodes(&self, me: &NodeName) -> Vec<NodeName> {
        match self {
            Self::Alone => vec![me.clone()],
            Self::Shared { members, .. } => members.borrow().iter().map(|member| member.node.clone()).collect(),
        }
    }
}

/// What the root is to do.
#[derive(Debug)]
pub(super) enum RootHears {
    /// The plant is ours: build it.
    Start { owned: Box<OwnedPlant>, lease: Lease, epoch: i64 },
    /// The plant goes to another node: empty it, then say so.
    Drain(PlantId),
    /// The plant is not ours any more: end it at once.
    CutOff { plant: PlantId, why: String },
    /// A node alone has asked for every plant once; for each that is not ours, why.
    FirstRoundOver(Vec<(PlantId, String)>),
    /// Every plant has been given back.
    Left,
}

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct Placement(Mailbox<Msg>);

/// What the placement starts with.
pub(super) struct Args {
    /// Every configured plant.
    pub plants: Vec<PlantStorage>,
    /// This node.
    pub holder: Holder,
    pub terms: Terms,
    /// Where everybody can see which plant is where.
    pub board: watch::Sender<Vec<Place>>,
    pub root: Tell<RootHears>,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    LookDue,
    Looked(StorageResult<Vec<LeaseState>>),
    Claimed { plant: PlantId, outcome: Box<StorageResult<Claimed>> },
    RenewDue,
    Renewed(Vec<(PlantId, i64, StorageResult<Instant>)>),
    Started(PlantId),
    Failed { plant: PlantId, why: String },
    Drained(PlantId),
    Released(PlantId),
    Leave,
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Placement {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// The plant is at work.
    pub fn started(&self, plant: PlantId) {
        drop(self.0.cast(Msg::Started(plant)));
    }

    /// The plant cannot be kept alive here, or is not ours any more.
    pub fn failed(&self, plant: PlantId, why: String) {
        drop(self.0.cast(Msg::Failed { plant, why }));
    }

    /// The plant is empty and has ended.
    pub fn drained(&self, plant: PlantId) {
        drop(self.0.cast(Msg::Drained(plant)));
    }

    /// Claims nothing any more, and gives back what there is.
    pub fn leave(&self) {
        drop(self.0.cast(Msg::Leave));
    }
}

struct Behaviour;

struct State {
    args: Args,
    held: BTreeMap<PlantId, Held>,
    /// Claims whose answer has not come.
    asked: BTreeSet<PlantId>,
    /// Plants that are left to others until then.
    resting: BTreeMap<PlantId, Instant>,
    free_since: BTreeMap<PlantId, Instant>,
    leases: BTreeMap<PlantId, LeaseState>,
    /// Why a plant is not at work anywhere, as far as this node knows.
    reasons: BTreeMap<PlantId, String>,
    first_round: Option<FirstRound>,
    started_at: Instant,
    looking: bool,
    renewing: bool,
    leaving: bool,
    trouble: Option<String>,
}

struct Held {
    owned: OwnedPlant,
    lease: Lease,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Starting,
    AtWork,
    /// It could not be kept alive, and a node alone has nobody to give it to.
    Failed,
    Draining,
}

/// The plants that have not been asked for yet, and what became of the others.
struct FirstRound {
    open: BTreeSet<PlantId>,
    not_ours: Vec<(PlantId, String)>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let renew_period = args.terms.lease() / 3;
        let open = args.plants.iter().map(|plant| plant.plant().clone()).collect();
        let first_round = (!args.terms.is_shared()).then(|| FirstRound { open, not_ours: Vec::new() });
        let state = State {
            args,
            held: BTreeMap::new(),
            asked: BTreeSet::new(),
            resting: BTreeMap::new(),
            free_since: BTreeMap::new(),
            leases: BTreeMap::new(),
            reasons: BTreeMap::new(),
            first_round,
            started_at: Instant::now(),
            looking: false,
            renewing: false,
            leaving: false,
            trouble: None,
        };
        myself.send_interval(renew_period, || Msg::RenewDue);
        myself.cast(Msg::LookDue)?;
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::LookDue => {
                state.cut_off_what_ran_out();
                state.look(&myself);
                let jitter = rand::rng().random_range(Duration::ZERO..=LOOK_JITTER);
                myself.send_after(LOOK_PERIOD + jitter, || Msg::LookDue);
            }
            Msg::Looked(leases) => state.act_on(leases, &myself),
            Msg::Claimed { plant, outcome } => state.claim_answered(plant, *outcome),
            Msg::RenewDue => state.renew(&myself),
            Msg::Renewed(outcomes) => state.renewed(outcomes),
            Msg::Started(plant) => state.enter(&plant, Stage::AtWork),
            Msg::Failed { plant, why } => state.failed(&plant, why, &myself),
            Msg::Drained(plant) => state.give_back(&plant, REST_AFTER_HAND_OVER, &myself),
            Msg::Released(plant) => state.released(&plant),
            Msg::Leave => state.leave(),
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        state.tell_everybody();
        Ok(())
    }
}

impl State {
    fn look(&mut self, myself: &Mailbox<Msg>) {
        if std::mem::replace(&mut self.looking, true) {
            return;
        }
        let Some(storage) = self.args.plants.first().cloned() else { return };
        let myself = myself.clone();
        tokio::spawn(async move { drop(myself.cast(Msg::Looked(storage.leases().await))) });
    }

    fn act_on(&mut self, leases: StorageResult<Vec<LeaseState>>, myself: &Mailbox<Msg>) {
        self.looking = false;
        match leases {
            Ok(leases) => {
                self.trouble = None;
                self.leases = leases.into_iter().map(|lease| (lease.plant.clone(), lease)).collect();
            }
            Err(error) => return self.database_is_away(&error),
        }
        if self.leaving {
            return;
        }
        let standings = self.standings();
        self.give_up_waiting(&standings);
        for step in plan::decide(&self.args.holder.node, &self.args.terms.nodes(&self.args.holder.node), &standings) {
            match step {
                Step::Claim(plant) => self.claim(plant, myself),
                Step::HandOver(plant) => self.hand_over(&plant),
            }
        }
    }

    fn database_is_away(&mut self, error: &StorageError) {
        if self.trouble.is_none() {
            let until = if self.args.terms.is_shared() { " until their leases run out" } else { "" };
            warn!("who owns the plants cannot be asked; those that are ours go on{until}: {error}");
        }
        self.trouble = Some(error.to_string());
    }

    fn standings(&mut self) -> BTreeMap<PlantId, Standing> {
        let now = Instant::now();
        self.resting.retain(|_, until| *until > now);
        let plants: Vec<PlantId> = self.args.plants.iter().map(|plant| plant.plant().clone()).collect();
        plants.into_iter().map(|plant| (self.standing(&plant, now), plant)).map(|(s, plant)| (plant, s)).collect()
    }

    fn standing(&mut self, plant: &PlantId, now: Instant) -> Standing {
        let other = self.leases.get(plant).filter(|lease| lease.is_held()).and_then(|lease| lease.node.clone());
        match (self.held.get(plant), other) {
            (Some(held), _) if held.stage == Stage::Draining => Standing::Leaving,
            (Some(_), _) => Standing::Ours,
            // A claim of this very node from before it was started anew is there to be inherited.
            (None, Some(node)) if node != self.args.holder.node => {
                self.free_since.remove(plant);
                Standing::Held(node)
            }
            _ => {
                let since = *self.free_since.entry(plant.clone()).or_insert(now);
                let neglected = now - since >= NEGLECTED_AFTER;
                Standing::Free { neglected, resting: self.resting.contains_key(plant) }
            }
        }
    }

    fn claim(&mut self, plant: PlantId, myself: &Mailbox<Msg>) {
        let Some(storage) = self.args.plants.iter().find(|one| *one.plant() == plant).cloned() else { return };
        if !self.asked.insert(plant.clone()) {
            return;
        }
        let (holder, lease, myself) = (self.args.holder.clone(), self.args.terms.lease(), myself.clone());
        tokio::spawn(async move {
            let outcome = Box::new(storage.claim(&holder, lease).await);
            drop(myself.cast(Msg::Claimed { plant, outcome }));
        });
    }

    fn claim_answered(&mut self, plant: PlantId, outcome: StorageResult<Claimed>) {
        self.asked.remove(&plant);
        let not_ours = match outcome {
            Ok(Claimed::Ours(owned, claim)) => {
                info!(plant = %plant, term = claim.term, "the plant is ours");
                let lease =
                    if self.args.terms.is_shared() { Lease::until(claim.valid_until) } else { Lease::lasting() };
                let start =
                    RootHears::Start { owned: Box::new(owned.clone()), lease: lease.clone(), epoch: claim.epoch };
                self.held.insert(plant.clone(), Held { owned, lease, stage: Stage::Starting });
                self.free_since.remove(&plant);
                self.reasons.remove(&plant);
                self.args.root.say(start);
                None
            }
            Ok(Claimed::Held(lease)) => {
                let who = lease.node.as_ref().map_or_else(|| "another node".to_owned(), |node| format!("node {node}"));
                self.leases.insert(plant.clone(), lease);
                Some(format!("{who} has it"))
            }
            Err(error) => {
                warn!(plant = %plant, "the plant could not be claimed: {error}");
                Some(error.to_string())
            }
        };
        self.first_round_goes_on(plant, not_ours);
    }

    /// At the start a plant that another has may be that of a server that died: its lease is waited for once.
    fn give_up_waiting(&mut self, standings: &BTreeMap<PlantId, Standing>) {
        let waited = self.started_at.elapsed() > self.args.terms.lease() + 2 * LOOK_PERIOD;
        for (plant, standing) in standings {
            let Standing::Held(node) = standing else { continue };
            if self.first_round.as_ref().is_some_and(|round| round.open.contains(plant)) {
                if waited {
                    self.first_round_goes_on(plant.clone(), Some(format!("node {node} has it, and lives")));
                } else if self.reasons.insert(plant.clone(), format!("node {node} has it")).is_none() {
                    info!(plant = %plant, "node {node} has the plant; its lease is waited for, in case it is dead");
                }
            }
        }
    }

    fn first_round_goes_on(&mut self, plant: PlantId, not_ours: Option<String>) {
        let Some(round) = &mut self.first_round else { return };
        round.open.remove(&plant);
        round.not_ours.extend(not_ours.map(|why| (plant, why)));
        if round.open.is_empty() {
            let not_ours = self.first_round.take().map(|round| round.not_ours).unwrap_or_default();
            self.args.root.say(RootHears::FirstRoundOver(not_ours));
        }
    }

    fn renew(&mut self, myself: &Mailbox<Msg>) {
        if self.held.is_empty() || std::mem::replace(&mut self.renewing, true) {
            return;
        }
        let ours: Vec<OwnedPlant> = self.held.values().map(|held| held.owned.clone()).collect();
        let (lease, myself) = (self.args.terms.lease(), myself.clone());
        tokio::spawn(async move {
            let renewals =
                ours.iter().map(async |plant| (plant.plant().clone(), plant.term(), plant.renew(lease).await));
            drop(myself.cast(Msg::Renewed(join_all(renewals).await)));
        });
    }

    fn renewed(&mut self, outcomes: Vec<(PlantId, i64, StorageResult<Instant>)>) {
        self.renewing = false;
        for (plant, term, outcome) in outcomes {
            let Some(held) = self.held.get(&plant).filter(|held| held.owned.term() == term) else { continue };
            match outcome {
                // A lease that does not run out by itself is not made to.
                Ok(until) if self.args.terms.is_shared() => held.lease.extend(until),
                Ok(_) => {}
                Err(error @ StorageError::Fenced { .. }) => {
                    held.lease.lose(&error.to_string());
                    self.cut_off(&plant, &error.to_string());
                }
                Err(error) => self.database_is_away(&error),
            }
        }
    }

    /// Looks at the clock, and not at the database: this is what stops a node that was frozen or cut off.
    fn cut_off_what_ran_out(&mut self) {
        let lost = self.held.iter().filter_map(|(plant, held)| Some((plant.clone(), held.lease.check().err()?)));
        for (plant, lost) in lost.collect::<Vec<_>>() {
            self.cut_off(&plant, &lost.to_string());
        }
    }

    fn cut_off(&mut self, plant: &PlantId, why: &str) {
        if self.held.remove(plant).is_some() {
            warn!(plant = %plant, "the plant is not ours any more and stops here: {why}");
            self.reasons.insert(plant.clone(), why.to_owned());
            self.args.root.say(RootHears::CutOff { plant: plant.clone(), why: why.to_owned() });
        }
    }

    fn enter(&mut self, plant: &PlantId, stage: Stage) {
        if let Some(held) = self.held.get_mut(plant).filter(|held| held.stage != Stage::Draining) {
            held.stage = stage;
        }
    }

    /// Another node may have more luck with it. A node alone keeps it, so that it is shown as what it is: stopped.
    fn failed(&mut self, plant: &PlantId, why: String, myself: &Mailbox<Msg>) {
        let Some(held) = self.held.get(plant) else { return };
        if held.lease.check().is_err() {
            self.held.remove(plant);
        } else if self.args.terms.is_shared() {
            self.give_back(plant, REST_AFTER_FAILURE, myself);
        } else {
            self.enter(plant, Stage::Failed);
        }
        self.reasons.insert(plant.clone(), why);
    }

    fn hand_over(&mut self, plant: &PlantId) {
        let Some(held) = self.held.get_mut(plant) else { return };
        info!(plant = %plant, "the plant goes to a node that has fewer");
        held.stage = Stage::Draining;
        self.args.root.say(RootHears::Drain(plant.clone()));
    }

    fn give_back(&mut self, plant: &PlantId, rest: Duration, myself: &Mailbox<Msg>) {
        let Some(held) = self.held.get(plant) else { return };
        self.resting.insert(plant.clone(), Instant::now() + rest);
        let (owned, myself) = (held.owned.clone(), myself.clone());
        tokio::spawn(async move {
            if let Err(error) = owned.release().await {
                warn!(plant = %owned.plant(), "the plant could not be given back and is free when its lease runs out: {error}");
            }
            drop(myself.cast(Msg::Released(owned.plant().clone())));
        });
    }

    fn released(&mut self, plant: &PlantId) {
        self.held.remove(plant);
        if self.leaving && self.held.is_empty() {
            self.args.root.say(RootHears::Left);
        }
    }

    fn leave(&mut self) {
        self.leaving = true;
        if self.held.is_empty() {
            self.args.root.say(RootHears::Left);
        }
        for (plant, held) in &mut self.held {
            if held.stage != Stage::Draining {
                held.stage = Stage::Draining;
                self.args.root.say(RootHears::Drain(plant.clone()));
            }
        }
    }

    fn tell_everybody(&self) {
        let places: Vec<Place> = self.args.plants.iter().map(|plant| self.place(plant.plant())).collect();
        self.args.board.send_if_modified(|told| {
            let changed = *told != places;
            *told = places;
            changed
        });
    }

    fn place(&self, plant: &PlantId) -> Place {
        let lease = self.leases.get(plant);
        let reason = self.reasons.get(plant).cloned();
        let (node, term, health, reason) = match (self.held.get(plant), lease.filter(|lease| lease.is_held())) {
            (Some(held), _) => {
                let health = match held.stage {
                    Stage::Starting => Health::Starting,
                    Stage::AtWork => Health::Running,
                    Stage::Failed | Stage::Draining => Health::Stopped,
                };
                let reason = if held.stage == Stage::Failed { reason } else { None };
                (Some(self.args.holder.node.clone()), held.owned.term(), health, reason)
            }
            (None, Some(lease)) if lease.node.as_ref() != Some(&self.args.holder.node) => {
                (lease.node.clone(), lease.term, Health::Running, None)
            }
            _ => {
                let term = lease.map_or(0, |lease| lease.term);
                (None, term, Health::Stopped, reason.or_else(|| Some("no node has it now".to_owned())))
            }
        };
        Place { plant: plant.clone(), node, term, health, reason }
    }

    fn sketch(&self) -> Sketch {
        match &self.trouble {
            Some(trouble) => Sketch::degraded(format!("cannot ask who owns the plants: {trouble}")),
            None => Sketch::at_work(format!("{} of {} plants are here", self.held.len(), self.args.plants.len())),
        }
    }
}
