//! How a unit looks after its sensors and its limit charts.

use ractor::ActorProcessingErr;

use super::{ChildKey, Msg, State};
use crate::actors::journal::JournalDoor;
use crate::actors::limit_detector::{self, LimitDetector};
use crate::actors::mailbox::Mailbox;
use crate::actors::plant::SystemCondition;
use crate::actors::portrait::Tell;
use crate::actors::sensor::{self, Sensor};
use crate::actors::supervision::{Children, Supervisor};
use crate::config::plant as plant_file;
use crate::domain::{SourceTime, WallTime};
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

    async fn start_child(&mut self, key: &ChildKey, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
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

    fn memory(&self) -> Option<JournalDoor> {
        Some(self.args.journal.clone())
    }

    /// A sensor that is missing makes its reading bad, and the watch over the unit's instruments raises the alarm; without
    /// limit charts there is no such watch, so they have an alarm of their own.
    fn missing(&mut self, key: &ChildKey, why: Option<&str>) {
        if *key == ChildKey::Limits {
            let (alarm, active) = (plant_file::limits_paused(&self.unit), why.is_some());
            let detail = why.unwrap_or("is back").to_owned();
            // The desk files it under the newest plant time that it knows.
            self.args.desk.system_changed(SystemCondition { alarm, active, detail }, SourceTime::from_micros(0));
        }
    }
}

impl State {
    async fn start_limits(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let args = limit_detector::Args { unit: self.unit.clone(), desk: self.args.desk.clone() };
        let (door, actor) = LimitDetector::start(args, myself.get_cell()).await?;
        self.children.started(&ChildKey::Limits, &actor, self.args.clock.now());
        self.limits = Some(door);
        Ok(())
    }

    async fn start_sensor(&mut self, slot: usize, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
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
