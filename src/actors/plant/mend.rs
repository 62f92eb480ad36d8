//! How the plant mends its way when a part of it has ended.

use ractor::ActorProcessingErr;

use super::{ChildKey, Msg, State, SystemCondition};
use crate::actors::journal::JournalDoor;
use crate::actors::mailbox::Mailbox;
use crate::actors::source::{SourceCommand, SourceDoorError};
use crate::actors::supervision::{Children, PartOrder, PartRefused, PartReply, Supervisor};
use crate::config::notifications::NOTIFIER_DEGRADED;
use crate::config::plant as plant_file;
use crate::domain::{DetectorPortrait, WallTime};
use crate::feed::SupervisionFrame;

impl Supervisor for State {
    type Key = ChildKey;
    type Msg = Msg;

    fn book(&mut self) -> &mut Children<ChildKey> {
        &mut self.children
    }

    fn now(&self) -> WallTime {
        self.setup.clock.now()
    }

    fn restart_due(key: ChildKey, generation: u64) -> Msg {
        Msg::RestartDue { key: Box::new(key), generation }
    }

    async fn start_child(&mut self, key: &ChildKey, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        self.build(key, myself).await
    }

    fn child_gone(&mut self, key: &ChildKey) {
        let way = &mut self.way;
        match key {
            ChildKey::Journal => way.journal = None,
            ChildKey::Publisher => way.publisher = None,
            ChildKey::Desk => way.desk = None,
            ChildKey::Detector(id) => {
                way.detectors.remove(id);
                if let Some(aligner) = &way.aligner {
                    aligner.detector_replaced(id.clone(), None);
                }
            }
            // The aligner keeps asking: what a unit owes is asked of its successor.
            ChildKey::Unit(position) => drop(way.units.remove(position)),
            ChildKey::Rules => {
                way.rules = None;
                way.desk.iter().for_each(|desk| desk.rules_gone(None));
                way.aligner.iter().for_each(|aligner| aligner.rules_replaced(None));
            }
            ChildKey::Trainer => way.trainer = None,
            ChildKey::Diagnostician => {
                way.diagnostician = None;
                way.aligner.iter().for_each(|aligner| aligner.diagnostician_replaced(None));
            }
            ChildKey::Statistics => way.statistics = None,
            // Nobody holds a door to it.
            ChildKey::Notifier => {}
            ChildKey::Explainer => way.explainer = None,
            ChildKey::Historian => way.historian = None,
            ChildKey::Aligner => way.aligner = None,
            ChildKey::Source => way.source = None,
        }
    }

    fn publish(&mut self, frame: SupervisionFrame) {
        if let Some(publisher) = &self.way.publisher {
            publisher.actor_changed(frame);
        }
    }

    fn memory(&self) -> Option<JournalDoor> {
        self.way.journal.clone()
    }

    fn pass_on(&self, key: &ChildKey, order: PartOrder, reply: PartReply) {
        match key {
            ChildKey::Unit(position) => match self.way.units.get(position) {
                Some(unit) => unit.order(order, reply),
                None => drop(reply.send(Err(PartRefused::Unavailable))),
            },
            _ => drop(reply.send(Err(PartRefused::Unknown(order.path)))),
        }
    }

    /// The source stands still by itself: it remembers that with its checkpoint, and its plant's time goes on from there.
    fn pause_itself(&self, _: &ChildKey, paused: bool, reply: PartReply) {
        let Some(source) = self.way.source.clone() else { return drop(reply.send(Err(PartRefused::Unavailable))) };
        tokio::spawn(async move {
            let outcome = match source.order(SourceCommand::Pause(paused)).await {
                Ok(_) => Ok(()),
                Err(SourceDoorError::StorageUnavailable) => Err(PartRefused::StorageUnavailable),
                Err(_) => Err(PartRefused::Unavailable),
            };
            drop(reply.send(outcome));
        });
    }

    fn missing(&mut self, key: &ChildKey, why: Option<&str>) {
        let alarm = match key {
            ChildKey::Detector(id) => plant_file::detector_degraded(id),
            ChildKey::Trainer => plant_file::TRAINER_DEGRADED.into(),
            ChildKey::Rules => plant_file::DESIGN_RULES_DEGRADED.into(),
            ChildKey::Diagnostician => plant_file::DIAGNOSIS_DEGRADED.into(),
            ChildKey::Notifier => NOTIFIER_DEGRADED.into(),
            // Without an essential child the plant does not go on, so there is nothing to tell.
            _ => return,
        };
        // The last verdict of a detector that is not there must not stand for its present one.
        if let (ChildKey::Detector(id), Some(why), Some(publisher)) = (key, why, &self.way.publisher) {
            publisher.detector_reported(DetectorPortrait::absent(id.clone(), why.to_owned()));
        }
        if let (ChildKey::Rules, Some(why), Some(desk)) = (key, why, &self.way.desk) {
            desk.rules_gone(Some(why.to_owned()));
        }
        let detail = why.unwrap_or("is back").to_owned();
        self.pass_to_desk(SystemCondition { alarm, active: why.is_some(), detail });
    }
}
