//! The children of one supervisor: who they are, how often they were restarted, and what became of them.

use std::time::Duration;

use ractor::{ActorCell, ActorId, ActorRef, RpcReplyPort, SupervisionEvent};
use tokio::sync::oneshot;

use super::portrait::{AskSketch, Poses, Sketch, ask};
use super::restart::{RestartBudget, RestartDecision};
use crate::domain::{ActorPortrait, Health, Importance, WallTime};

/// How long a child may take to draw itself before its parent goes on without.
const SKETCH_PATIENCE: Duration = Duration::from_millis(300);

/// One child as its parent knows it.
pub(super) struct Child<K> {
    pub key: K,
    name: String,
    role: &'static str,
    importance: Importance,
    budget: RestartBudget,
    restarts: u32,
    last_error: Option<String>,
    started_at: Option<WallTime>,
    health: Health,
    /// Of the restart that is due; an order of an earlier one arrives late and is ignored.
    generation: u64,
    cell: Option<ActorCell>,
    sketch: Option<AskSketch>,
}

/// What a parent is to do about a child that has ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended<K> {
    /// Start it again after this pause, under this generation.
    Restart { key: K, after: Duration, generation: u64 },
    /// An auxiliary child is left; go on degraded.
    LeftOut(K),
    /// An essential child cannot be kept alive: pass it up.
    Escalate(K),
}

/// Which actor an event of the runtime says has ended, and why; `None` for any other event.
pub(super) fn ended_actor(event: SupervisionEvent) -> Option<(ActorId, String)> {
    match event {
        SupervisionEvent::ActorFailed(cell, error) => Some((cell.get_id(), error.to_string())),
        SupervisionEvent::ActorTerminated(cell, _, reason) => {
            Some((cell.get_id(), reason.unwrap_or_else(|| "stopped".into())))
        }
        _ => None,
    }
}

/// The children of one supervisor, in order of start.
pub(super) struct Children<K> {
    path: String,
    list: Vec<Child<K>>,
}

impl<K: Clone + PartialEq> Children<K> {
    /// No children yet; `path` is the parent's own.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), list: Vec::new() }
    }

    /// A child has been started, for the first time or again.
    pub fn started<M: Poses>(
        &mut self,
        key: K,
        (name, role, importance): (&str, &'static str, Importance),
        actor: &ActorRef<M>,
        now: WallTime,
    ) {
        let (cell, sketch) = (Some(actor.get_cell()), Some(ask(actor)));
        if let Some(child) = self.list.iter_mut().find(|child| child.key == key) {
            child.cell = cell;
            child.sketch = sketch;
            child.health = Health::Running;
            child.started_at = Some(now);
            return;
        }
        self.list.push(Child {
            key,
            name: name.to_owned(),
            role,
            importance,
            budget: RestartBudget::default(),
            restarts: 0,
            last_error: None,
            started_at: Some(now),
            health: Health::Running,
            generation: 0,
            cell,
            sketch,
        });
    }

    /// An actor has ended: whose child was it, and what now? `None` for one that its parent has let go itself.
    pub fn ended(&mut self, id: ActorId, why: &str, now: WallTime) -> Option<Ended<K>> {
        let child = self.list.iter_mut().find(|child| child.cell.as_ref().is_some_and(|cell| cell.get_id() == id))?;
        child.cell = None;
        child.sketch = None;
        Some(child.failed(why, now))
    }

    /// A restart has failed before the child was alive.
    pub fn restart_failed(&mut self, key: &K, why: &str, now: WallTime) -> Option<Ended<K>> {
        Some(self.list.iter_mut().find(|child| child.key == *key)?.failed(why, now))
    }

    /// Whether this restart is still the one that is due.
    pub fn is_due(&self, key: &K, generation: u64) -> bool {
        self.list.iter().any(|child| child.key == *key && child.generation == generation && child.cell.is_none())
    }

    /// Lets a living child go without counting it as a failure; the caller stops it.
    pub fn let_go(&mut self, key: &K) -> Option<ActorCell> {
        let child = self.list.iter_mut().find(|child| child.key == *key)?;
        child.health = Health::Starting;
        child.sketch = None;
        child.generation += 1;
        child.cell.take()
    }

    /// Keys, in order of start.
    pub fn keys(&self) -> Vec<K> {
        self.list.iter().map(|child| child.key.clone()).collect()
    }

    /// Whether any child is left out for good.
    pub fn names_left_out(&self) -> Vec<&str> {
        self.list.iter().filter(|child| child.health == Health::Stopped).map(|child| child.name.as_str()).collect()
    }

    /// A child's portrait from what its parent knows, without asking it.
    pub fn outline(&self, key: &K) -> Option<ActorPortrait> {
        self.list.iter().find(|child| child.key == *key).map(|child| child.portrait(&self.path, Sketch::default()))
    }

    /// Asks all children at once. The answer is awaited by the caller outside of its mailbox, so the parent is not held.
    pub fn portraits(&self) -> impl Future<Output = Vec<ActorPortrait>> + Send + 'static {
        let asked: Vec<_> = self
            .list
            .iter()
            .map(|child| {
                let answer = child.sketch.as_ref().map(|question| {
                    let (port, answer) = oneshot::channel();
                    question(RpcReplyPort::from(port));
                    answer
                });
                (child.portrait(&self.path, Sketch::default()), answer)
            })
            .collect();
        async move {
            let mut portraits = Vec::with_capacity(asked.len());
            for (outline, answer) in asked {
                portraits.push(completed(outline, answer).await);
            }
            portraits
        }
    }
}

async fn completed(mut portrait: ActorPortrait, answer: Option<oneshot::Receiver<Sketch>>) -> ActorPortrait {
    let Some(answer) = answer else { return portrait };
    match tokio::time::timeout(SKETCH_PATIENCE, answer).await {
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

impl<K: Clone> Child<K> {
    fn failed(&mut self, why: &str, now: WallTime) -> Ended<K> {
        self.last_error = Some(why.to_owned());
        match (self.budget.child_ended(now), self.importance) {
            (RestartDecision::After(after), _) => {
                self.restarts += 1;
                self.generation += 1;
                self.health = Health::Starting;
                Ended::Restart { key: self.key.clone(), after, generation: self.generation }
            }
            (RestartDecision::Spent, importance) => {
                self.health = Health::Stopped;
                match importance {
                    Importance::Essential => Ended::Escalate(self.key.clone()),
                    Importance::Auxiliary => Ended::LeftOut(self.key.clone()),
                }
            }
        }
    }

    fn portrait(&self, parent: &str, sketch: Sketch) -> ActorPortrait {
        let reason = match self.health {
            Health::Starting => Some("waits for its restart".to_owned()),
            Health::Stopped => Some("restarted too often and left out".to_owned()),
            Health::Running | Health::Degraded => sketch.reason,
        };
        ActorPortrait {
            path: format!("{parent}/{}:{}", self.role, self.name),
            name: self.name.clone(),
            role: self.role.to_owned(),
            importance: self.importance,
            health: self.health,
            reason,
            restarts: self.restarts,
            last_error: self.last_error.clone(),
            started_at: self.started_at,
            detail: sketch.detail,
            actor_id: self.cell.as_ref().map(|cell| cell.get_id().to_string()),
            children: sketch.children,
        }
    }
}
