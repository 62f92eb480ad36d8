//! How the root lets a plant go: emptied in good order, or cut off when it is not ours any more; and the broker, at the end.

use ractor::SupervisionEvent;
use tracing::debug;

use super::{END_PATIENCE, Key, Msg, State};
use crate::actors::mailbox::Mailbox;
use crate::domain::PlantId;

impl State {
    /// Empties a plant and ends it, beside the mailbox: the others go on meanwhile.
    pub(super) fn empty(&mut self, plant: PlantId, myself: &Mailbox<Msg>) {
        let door = self.doors.remove(&plant);
        let cell = self.children.let_go(&Key::Plant(plant.clone()));
        let myself = myself.clone();
        tokio::spawn(async move {
            if let Some(door) = door {
                door.emptied().await;
            }
            if let Some(cell) = cell {
                drop(cell.stop_and_wait(Some("emptied".into()), Some(END_PATIENCE)).await);
            }
            drop(myself.cast(Msg::Emptied(plant)));
        });
    }

    /// No plant is here any more. The broker goes last: what it was asked for is in the audit before the node ends.
    pub(super) fn left(&mut self) {
        self.children.close();
        let broker = self.children.let_go(&Key::Broker);
        let reply = self.drained.take();
        tokio::spawn(async move {
            if let Some(cell) = broker {
                drop(cell.stop_and_wait(Some("shut down".into()), Some(END_PATIENCE)).await);
            }
            if let Some(reply) = reply {
                drop(reply.send(()));
            }
        });
    }

    /// Ends a plant that is not ours any more. It is not emptied: what it would write, another may write.
    pub(super) fn cut_off(&mut self, plant: &PlantId, why: &str) {
        self.ours.remove(plant);
        self.doors.remove(plant);
        if let Some(cell) = self.children.let_go(&Key::Plant(plant.clone())) {
            debug!(plant = %plant, "is cut off: {why}");
            cell.kill();
        }
    }

    /// A plant that ends because its lease is lost has not failed, and is not to be restarted on it.
    pub(super) fn forget_what_was_lost(&mut self, event: &SupervisionEvent) {
        let cell = match event {
            SupervisionEvent::ActorFailed(cell, _) | SupervisionEvent::ActorTerminated(cell, _, _) => cell,
            _ => return,
        };
        let Some(Key::Plant(plant)) = self.children.key_of(cell.get_id()) else { return };
        let Some(Err(lost)) = self.ours.get(&plant).map(|ours| ours.lease.check()) else { return };
        self.cut_off(&plant, &lost.to_string());
        self.placement.iter().for_each(|placement| placement.failed(plant.clone(), lost.to_string()));
    }
}
