//! How a unit looks after its sensors and its limit charts.

use ractor::{ActorId, ActorProcessingErr, ActorRef};
use tracing::warn;

use super::{ChildKey, Msg, State};
use crate::actors::children::Ended;
use crate::actors::limit_detector::{self, LimitDetector};
use crate::actors::portrait::Tell;
use crate::actors::sensor::{self, Sensor};
use crate::domain::Importance;
use crate::feed::SupervisionFrame;

impl State {
    pub(super) async fn start_limits(&mut self, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let args = limit_detector::Args {
            plant: self.args.plant.clone(),
            unit: self.unit.clone(),
            desk: self.args.desk.clone(),
        };
        let (door, actor) = LimitDetector::start(args, myself.get_cell()).await?;
        let spec = ("limits", "limit charts", Importance::Essential);
        self.children.started(ChildKey::Limits, spec, &actor, self.args.clock.now());
        self.limits = Some(door);
        Ok(())
    }

    pub(super) async fn start_sensor(&mut self, slot: usize, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let tag =
            self.tags.get(slot).and_then(|index| self.args.plant.tag(*index)).ok_or("the unit has no such tag")?;
        let tell = Tell::to(myself, Msg::SampleJudged);
        let (door, actor) =
            Sensor::start(sensor::Args { tag: tag.clone(), slot, unit: tell }, myself.get_cell()).await?;
        let spec = (tag.id.as_str(), "sensor", Importance::Auxiliary);
        self.children.started(ChildKey::Sensor(slot), spec, &actor, self.args.clock.now());
        self.sensors[slot] = Some(door);
        Ok(())
    }

    pub(super) fn child_ended(
        &mut self,
        id: ActorId,
        why: &str,
        myself: &ActorRef<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        let Some(ended) = self.children.ended(id, why, self.args.clock.now()) else { return Ok(()) };
        self.act_on(ended, why, myself)
    }

    pub(super) async fn restart(
        &mut self,
        key: ChildKey,
        generation: u64,
        myself: &ActorRef<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        if !self.children.is_due(&key, generation) {
            return Ok(());
        }
        let started = match key {
            ChildKey::Limits => self.start_limits(myself).await,
            ChildKey::Sensor(slot) => self.start_sensor(slot, myself).await,
        };
        match started {
            Ok(()) => {
                self.tell_of(&key, "is back");
                Ok(())
            }
            Err(error) => {
                let why = error.to_string();
                match self.children.restart_failed(&key, &why, self.args.clock.now()) {
                    Some(ended) => self.act_on(ended, &why, myself),
                    None => Ok(()),
                }
            }
        }
    }

    fn act_on(&mut self, ended: Ended<ChildKey>, why: &str, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let (Ended::Restart { key, .. } | Ended::LeftOut(key) | Ended::Escalate(key)) = &ended;
        match key {
            ChildKey::Limits => self.limits = None,
            ChildKey::Sensor(slot) => {
                self.sensors[*slot] = None;
                self.alignment.sensor_lost(*slot);
            }
        }
        match ended {
            Ended::Restart { key, after, generation } => {
                self.tell_of(&key, &format!("failed and is restarted: {why}"));
                let (limits, slot) = match key {
                    ChildKey::Limits => (true, 0),
                    ChildKey::Sensor(slot) => (false, slot),
                };
                myself.send_after(after, move || Msg::RestartDue { limits, slot, generation });
                Ok(())
            }
            Ended::LeftOut(key) => {
                self.tell_of(&key, &format!("failed too often and is left out: {why}"));
                Ok(())
            }
            Ended::Escalate(_) => Err(format!("unit {} cannot keep its limit charts alive: {why}", self.unit).into()),
        }
    }

    fn tell_of(&self, key: &ChildKey, what: &str) {
        let Some(actor) = self.children.outline(key) else { return };
        let message = format!("{} {} {what}", actor.role, actor.name);
        warn!(unit = %self.unit, actor = %actor.path, "{message}");
        self.args.publisher.actor_changed(SupervisionFrame { at: self.args.clock.now(), actor, message });
    }
}
