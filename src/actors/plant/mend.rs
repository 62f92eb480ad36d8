//! How the plant mends its way when a part of it has ended.

use std::time::Duration;

use ractor::{ActorId, ActorProcessingErr, ActorRef};
use tracing::{info, warn};

use super::{ChildKey, Msg, State, SystemCondition};
use crate::actors::children::Ended;
use crate::config::plant as plant_file;
use crate::feed::SupervisionFrame;

/// How long a part that is let go may take to end before it is left to itself.
const LET_GO_PATIENCE: Duration = Duration::from_secs(2);

impl State {
    pub(super) async fn child_ended(
        &mut self,
        id: ActorId,
        why: &str,
        myself: &ActorRef<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        if self.draining {
            return Ok(());
        }
        let Some(ended) = self.children.ended(id, why, self.setup.clock.now()) else { return Ok(()) };
        self.act_on(ended, why, myself).await
    }

    pub(super) async fn restart(
        &mut self,
        key: ChildKey,
        generation: u64,
        myself: &ActorRef<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        if self.draining || !self.children.is_due(&key, generation) {
            return Ok(());
        }
        let built =
            if key.is_held_by_others() { self.build_from(&key, myself).await } else { self.start(&key, myself).await };
        match built {
            Ok(()) => {
                self.degraded(&key, false, "is back");
                self.tell_of(&key, "is back");
                Ok(())
            }
            Err(error) => {
                let why = error.to_string();
                match self.children.restart_failed(&key, &why, self.setup.clock.now()) {
                    Some(ended) => self.act_on(ended, &why, myself).await,
                    None => Ok(()),
                }
            }
        }
    }

    async fn act_on(
        &mut self,
        ended: Ended<ChildKey>,
        why: &str,
        myself: &ActorRef<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        match ended {
            Ended::Restart { key, after, generation } => {
                self.tell_of(&key, &format!("failed and is restarted: {why}"));
                self.let_go_behind(&key).await;
                let key = Box::new(key);
                myself.send_after(after, move || Msg::RestartDue { key, generation });
                Ok(())
            }
            Ended::LeftOut(key) => {
                self.tell_of(&key, &format!("failed too often and is left out: {why}"));
                self.degraded(&key, true, why);
                if let (ChildKey::Detector(id), Some(aligner)) = (&key, &self.way.aligner) {
                    aligner.detector_replaced(id.clone(), None);
                }
                Ok(())
            }
            Ended::Escalate(key) => Err(format!("{key:?} cannot be kept alive: {why}").into()),
        }
    }

    /// Lets everything go that holds a door to `key`, source first, so that nothing speaks to an empty room.
    async fn let_go_behind(&mut self, key: &ChildKey) {
        if !key.is_held_by_others() {
            return;
        }
        let mut behind: Vec<ChildKey> = self.children.keys().into_iter().filter(|other| other > key).collect();
        behind.sort();
        for other in behind.iter().rev() {
            let Some(cell) = self.children.let_go(other) else { continue };
            // What it has been told already is finished; only who cannot finish is cut off.
            if cell.drain_and_wait(Some(LET_GO_PATIENCE)).await.is_err() {
                cell.kill();
            }
        }
        self.forget_doors_from(key);
    }

    fn forget_doors_from(&mut self, key: &ChildKey) {
        let way = &mut self.way;
        way.trainer = None;
        way.source = None;
        if *key <= ChildKey::Aligner {
            way.aligner = None;
        }
        if *key <= ChildKey::Desk {
            way.units.clear();
            way.detectors.clear();
            way.desk = None;
        }
    }

    /// An auxiliary part that is missing is an alarm: silence is the one wrong answer.
    fn degraded(&self, key: &ChildKey, active: bool, why: &str) {
        if let ChildKey::Detector(id) = key {
            let alarm = plant_file::detector_degraded(id);
            self.pass_to_desk(SystemCondition { alarm, active, detail: why.to_owned() });
        }
    }

    fn tell_of(&self, key: &ChildKey, what: &str) {
        let Some(actor) = self.children.outline(key) else { return };
        let message = format!("{} {} {what}", actor.role, actor.name);
        match actor.health {
            crate::domain::Health::Running => info!(actor = %actor.path, "{message}"),
            _ => warn!(actor = %actor.path, "{message}"),
        }
        if let Some(publisher) = &self.way.publisher {
            publisher.actor_changed(SupervisionFrame { at: self.setup.clock.now(), actor, message });
        }
    }
}
