//! How a unit looks after its sensors and its limit charts.

use ractor::{ActorProcessingErr, ActorRef};

use super::{ChildKey, Msg, State};
use crate::actors::limit_detector::{self, LimitDetector};
use crate::actors::portrait::Tell;
use crate::actors::sensor::{self, Sensor};
use crate::actors::supervision::{Children, Supervisor};
use crate::domain::WallTime;
use crate::feed::SupervisionFrame;

impl Supervisor for State {
    type Key = ChildKey;
    type Msg = Msg;

    fn book(&mut self) -> &mut Children<ChildKey> {
        &mut self.children
    }

    fn now(&self) -> WallTime {
        self.args.clock.now()
    }

    fn restart_due(key: ChildKey, generation: u64) -> Msg {
        Msg::RestartDue { key, generation }
    }

    async fn start_child(&mut self, key: &ChildKey, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        match *key {
            ChildKey::Limits => self.start_limits(myself).await,
            ChildKey::Sensor(slot) => self.start_sensor(slot, myself).await,
        }
    }

    fn child_gone(&mut self, key: &ChildKey) {
        match *key {
            ChildKey::Limits => self.limits = None,
            ChildKey::Sensor(slot) => {
                self.sensors[slot] = None;
                self.alignment.sensor_lost(slot);
            }
        }
    }

    fn publish(&mut self, frame: SupervisionFrame) {
        self.args.publisher.actor_changed(frame);
    }

    /// A sensor that is missing makes its reading bad, and the watch over the unit's instruments raises the alarm.
    fn missing(&mut self, _: &ChildKey, _: Option<&str>) {}
}

impl State {
    async fn start_limits(&mut self, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let args = limit_detector::Args {
            plant: self.args.plant.clone(),
            unit: self.unit.clone(),
            desk: self.args.desk.clone(),
        };
        let (door, actor) = LimitDetector::start(args, myself.get_cell()).await?;
        self.children.started(&ChildKey::Limits, &actor, self.args.clock.now());
        self.limits = Some(door);
        Ok(())
    }

    async fn start_sensor(&mut self, slot: usize, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let tag =
            self.tags.get(slot).and_then(|index| self.args.plant.tag(*index)).ok_or("the unit has no such tag")?;
        let tell = Tell::to(myself, Msg::SampleJudged);
        let (door, actor) =
            Sensor::start(sensor::Args { tag: tag.clone(), slot, unit: tell }, myself.get_cell()).await?;
        self.children.started(&ChildKey::Sensor(slot), &actor, self.args.clock.now());
        self.sensors[slot] = Some(door);
        Ok(())
    }
}
