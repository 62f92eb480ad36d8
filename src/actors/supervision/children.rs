//! The book of one supervisor: its children, how often each was restarted, and what became of it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use ractor::{ActorCell, ActorId, RpcReplyPort};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::decision::{Decision, decide};
use super::exit::Exit;
use super::orders::{Paused, Pausing};
use super::plan::Plan;
use super::restarts::RecentRestarts;
use super::spec::ChildSpec;
use crate::actors::mailbox::{Gauge, Mailbox};
use crate::actors::portrait::{AskSketch, Poses, Sketch, ask};
use crate::domain::{ActorPortrait, Health, WallTime};

/// How long a child without children may take to draw itself before its parent goes on without.
const SKETCH_PATIENCE: Duration = Duration::from_millis(300);
/// Supervisors above one another: root, plant, unit. One that waits for its own children must be given longer than they.
const LEVELS: usize = 3;

/// One child as its parent knows it.
struct Child<K> {
    key: K,
    spec: ChildSpec,
    recent: RecentRestarts,
    restarts: u32,
    last_error: Option<String>,
    started_at: Option<WallTime>,
    standing: Standing<K>,
    /// Of the restart that is due; an order of an earlier one arrives late and is ignored.
    generation: u64,
    sketch: Option<AskSketch>,
    gauge: Option<Arc<Gauge>>,
}

/// Where a child stands.
enum Standing<K> {
    /// It is started when the restart of this child is due, its own or that of one that takes it along.
    Waits(K),
    /// It is alive.
    Alive(ActorCell),
    /// It has done its work.
    Finished,
    /// Its parent goes on without it.
    LeftOut,
    /// A person has put it aside.
    Paused(Paused),
}

/// The children of one supervisor, in order of start.
pub struct Children<K> {
    path: String,
    plan: Plan<K>,
    list: Vec<Child<K>>,
    chance: StdRng,
    closed: bool,
}

impl<K: Clone + PartialEq> Children<K> {
    /// Children that nobody has started yet; `path` is the parent's own. The jitter of their restarts follows from path
    /// and time, so a run whose clock starts at a given time can be repeated.
    pub fn new(path: impl Into<String>, now: WallTime, plan: Plan<K>, spec: impl Fn(&K) -> ChildSpec) -> Self {
        let path = path.into();
        let mut seed = DefaultHasher::new();
        (&path, now.as_micros()).hash(&mut seed);
        let list = plan.keys().into_iter().map(|key| Child::new(spec(&key), key)).collect();
        Self { path, plan, list, chance: StdRng::seed_from_u64(seed.finish()), closed: false }
    }

    /// Keys, in order of start.
    pub fn keys(&self) -> Vec<K> {
        self.list.iter().map(|child| child.key.clone()).collect()
    }

    /// As the child is to be kept.
    pub fn spec(&self, key: &K) -> Option<&ChildSpec> {
        self.child(key).map(|child| &child.spec)
    }

    /// A child has been started, for the first time or again.
    pub fn started<M: Poses>(&mut self, key: &K, actor: &Mailbox<M>, now: WallTime) {
        if let Some(child) = self.child_mut(key) {
            child.standing = Standing::Alive(actor.get_cell());
            child.sketch = Some(ask(actor));
            child.gauge = Some(actor.gauge());
            child.started_at = Some(now);
        }
    }

    /// Whose child this actor is; `None` for one that was let go, and for all once the book is closed.
    pub fn key_of(&self, id: ActorId) -> Option<K> {
        let is = |child: &&Child<K>| matches!(&child.standing, Standing::Alive(cell) if cell.get_id() == id);
        self.list.iter().find(is).filter(|_| !self.closed).map(|child| child.key.clone())
    }

    /// A child has ended: decides what becomes of it, and enters that. Who is to be restarted waits from here on; those
    /// whom it takes along are named by [`Self::taken_along`].
    pub(super) fn ended(&mut self, key: &K, exit: &Exit, now: WallTime) -> Option<Decision> {
        let chance = self.chance.random();
        let child = self.child_mut(key)?;
        child.sketch = None;
        if !exit.is_orderly() {
            child.last_error = Some(exit.to_string());
        }
        let decision = decide(&child.spec, &mut child.recent, exit, now, chance);
        child.standing = match decision {
            Decision::Restart(_) => {
                child.restarts += 1;
                child.generation += 1;
                Standing::Waits(key.clone())
            }
            Decision::Finished => Standing::Finished,
            Decision::LeaveOut | Decision::PassUp => Standing::LeftOut,
        };
        Some(decision)
    }

    /// Who is started anew with this child, itself left aside, in order of start. Who is left out or has finished is not.
    pub(super) fn taken_along(&self, key: &K) -> Vec<K> {
        let lives = |key: &K| {
            self.child(key).is_some_and(|child| matches!(child.standing, Standing::Alive(_) | Standing::Waits(_)))
        };
        self.plan.started_anew(key).into_iter().filter(|other| other != key && lives(other)).collect()
    }

    /// The child at the end of a path, or the one below which it lies.
    pub(super) fn on_the_way_to(&self, path: &str) -> Option<K> {
        let way = |child: &&Child<K>| {
            let own = child.path(&self.path);
            path.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.list.iter().find(way).map(|child| child.key.clone())
    }

    /// A child's path.
    pub(super) fn path_of(&self, key: &K) -> String {
        self.child(key).map(|child| child.path(&self.path)).unwrap_or_default()
    }

    /// The supervisor's own path.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Puts a child aside, and hands over its actor if it lives; the caller ends it.
    pub(super) fn pause(&mut self, key: &K, paused: Paused) -> Option<ActorCell> {
        let cell = self.wait_for(key, key);
        if let Some(child) = self.child_mut(key) {
            child.standing = Standing::Paused(paused);
        }
        cell
    }

    /// Who has put a child aside, and why.
    pub(super) fn paused(&self, key: &K) -> Option<&Paused> {
        match &self.child(key)?.standing {
            Standing::Paused(paused) => Some(paused),
            _ => None,
        }
    }

    /// Whether a person has put the child aside.
    pub fn is_paused(&self, key: &K) -> bool {
        self.paused(key).is_some()
    }

    /// A person wants the child to live: whatever became of it, it waits for its own restart, without a history.
    pub(super) fn begin_anew(&mut self, key: &K) -> Option<ActorCell> {
        let cell = self.wait_for(key, key);
        if let Some(child) = self.child_mut(key) {
            child.recent.forget();
        }
        cell
    }

    /// Enters that a child waits for the restart of another, and hands over its actor if it lives; the caller ends it.
    pub(super) fn wait_for(&mut self, key: &K, other: &K) -> Option<ActorCell> {
        let child = self.child_mut(key)?;
        child.sketch = None;
        child.generation += 1;
        match std::mem::replace(&mut child.standing, Standing::Waits(other.clone())) {
            Standing::Alive(cell) => Some(cell),
            _ => None,
        }
    }

    /// Under which number the restart of this child is due.
    pub(super) fn generation(&self, key: &K) -> u64 {
        self.child(key).map_or(0, |child| child.generation)
    }

    /// Who waits for this restart, in order of start; nobody when it is not the one that is due.
    pub(super) fn due(&self, key: &K, generation: u64) -> Vec<K> {
        let is_due = self.child(key).is_some_and(|child| child.generation == generation && child.waits_for(key));
        let waiting = self.list.iter().filter(|child| is_due && !self.closed && child.waits_for(key));
        waiting.map(|child| child.key.clone()).collect()
    }

    /// Whether a child still waits for the restart of another.
    pub(super) fn waits_for(&self, key: &K, other: &K) -> bool {
        self.child(key).is_some_and(|child| child.waits_for(other))
    }

    /// From here on the end of a child is what its parent wants.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Hands over the actor of a child for the parent to end; nobody waits for its return.
    pub fn let_go(&mut self, key: &K) -> Option<ActorCell> {
        let child = self.child_mut(key)?;
        child.sketch = None;
        match std::mem::replace(&mut child.standing, Standing::Finished) {
            Standing::Alive(cell) => Some(cell),
            other => {
                child.standing = other;
                None
            }
        }
    }

    /// Names of the children without which the parent goes on.
    pub fn names_left_out(&self) -> Vec<&str> {
        let left_out = |child: &&Child<K>| matches!(child.standing, Standing::LeftOut | Standing::Paused(_));
        self.list.iter().filter(left_out).map(|child| child.spec.name.as_str()).collect()
    }

    /// A child's portrait from what its parent knows, without asking it.
    pub fn outline(&self, key: &K) -> Option<ActorPortrait> {
        self.child(key).map(|child| child.portrait(&self.path))
    }

    /// Asks all children at once. The answer is awaited by the caller outside of its mailbox, so the parent is not held.
    pub fn portraits(&self) -> impl Future<Output = Vec<ActorPortrait>> + Send + 'static {
        let asked: Vec<_> = self
            .list
            .iter()
            .map(|child| {
                // The outline first: the question itself would count as a message that waits.
                let outline = child.portrait(&self.path);
                let answer = child.sketch.as_ref().map(|question| {
                    let (port, answer) = oneshot::channel();
                    question(RpcReplyPort::from(port));
                    answer
                });
                (outline, answer)
            })
            .collect();
        let levels_below = LEVELS.saturating_sub(self.path.matches('/').count()).max(1);
        let deadline = Instant::now() + SKETCH_PATIENCE * u32::try_from(levels_below).unwrap_or(1);
        async move {
            let mut portraits = Vec::with_capacity(asked.len());
            for (outline, answer) in asked {
                portraits.push(completed(outline, answer, deadline).await);
            }
            portraits
        }
    }

    fn child(&self, key: &K) -> Option<&Child<K>> {
        self.list.iter().find(|child| child.key == *key)
    }

    fn child_mut(&mut self, key: &K) -> Option<&mut Child<K>> {
        self.list.iter_mut().find(|child| child.key == *key)
    }
}

async fn completed(
    mut portrait: ActorPortrait,
    answer: Option<oneshot::Receiver<Sketch>>,
    deadline: Instant,
) -> ActorPortrait {
    let Some(answer) = answer else { return portrait };
    match tokio::time::timeout_at(deadline, answer).await {
        Ok(Ok(sketch)) => {
            portrait.health = sketch.health.unwrap_or(portrait.health);
            portrait.reason = sketch.reason.or(portrait.reason);
            portrait.detail = sketch.detail;
            portrait.children = sketch.children;
        }
        Ok(Err(_)) | Err(_) => {
            portrait.health = Health::Degraded;
            portrait.reason = Some("does not answer".into());
        }
    }
    portrait
}

impl<K: Clone + PartialEq> Child<K> {
    /// It waits for its first start.
    fn new(spec: ChildSpec, key: K) -> Self {
        Self {
            standing: Standing::Waits(key.clone()),
            key,
            spec,
            recent: RecentRestarts::default(),
            restarts: 0,
            last_error: None,
            started_at: None,
            generation: 0,
            sketch: None,
            gauge: None,
        }
    }

    fn waits_for(&self, other: &K) -> bool {
        matches!(&self.standing, Standing::Waits(awaited) if awaited == other)
    }

    fn path(&self, parent: &str) -> String {
        format!("{parent}/{}:{}", self.spec.role, self.spec.name)
    }

    fn portrait(&self, parent: &str) -> ActorPortrait {
        let (health, reason) = match &self.standing {
            Standing::Waits(_) if self.started_at.is_none() => (Health::Starting, Some("waits for its start".into())),
            Standing::Waits(_) => (Health::Starting, Some("waits for its restart".into())),
            Standing::Alive(_) => (Health::Running, None),
            Standing::Finished => (Health::Finished, Some("has done its work".into())),
            Standing::LeftOut => (Health::Stopped, Some("restarted too often and left out".into())),
            Standing::Paused(paused) => (Health::Paused, Some(paused.words())),
        };
        let (actor_id, gauge) = match &self.standing {
            Standing::Alive(cell) => (Some(cell.get_id().to_string()), self.gauge.as_ref()),
            _ => (None, None),
        };
        ActorPortrait {
            path: self.path(parent),
            name: self.spec.name.clone(),
            role: self.spec.role.to_owned(),
            importance: self.spec.importance,
            health,
            reason,
            restarts: self.restarts,
            last_error: self.last_error.clone(),
            started_at: self.started_at,
            detail: None,
            mailbox: gauge.map(|gauge| gauge.state()).unwrap_or_default(),
            not_pausable: match self.spec.pausing {
                Pausing::Allowed | Pausing::Itself => None,
                Pausing::Refused(why) => Some(why.to_owned()),
            },
            actor_id,
            children: Vec::new(),
        }
    }
}
