//! How the broker looks after its workers.

use std::sync::Arc;

use ractor::ActorProcessingErr;

use super::calls::Ending;
use super::worker::{self, Worker};
use super::{BrokerSetup, Msg, State};
use crate::actors::mailbox::Mailbox;
use crate::actors::portrait::Tell;
use crate::actors::supervision::{ChildSpec, Children, Pausing, Plan, Strategy, Supervisor};
use crate::domain::{ProviderId, WallTime};
use crate::explain::Outcome;
use crate::feed::SupervisionFrame;

pub(super) fn children(setup: &BrokerSetup) -> Children<ProviderId> {
    let keys = setup.providers.iter().map(|provider| provider.id.clone());
    Children::new("root/broker:broker", setup.clock.now(), Plan::group(Strategy::OneForOne, keys), |id: &ProviderId| {
        ChildSpec::auxiliary("model", id.as_str()).pausing(Pausing::Refused("hold its breaker instead"))
    })
}

impl Supervisor for State {
    type Key = ProviderId;
    type Msg = Msg;

    fn book(&mut self) -> &mut Children<ProviderId> {
        &mut self.children
    }

    fn now(&self) -> WallTime {
        self.setup.clock.now()
    }

    fn restart_due(key: ProviderId, generation: u64) -> Msg {
        Msg::RestartDue { key, generation }
    }

    async fn start_child(&mut self, key: &ProviderId, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let at = self.desks.iter().position(|desk| desk.setup.id == *key).ok_or("no such provider is configured")?;
        let args = worker::Args {
            setup: Arc::clone(&self.desks[at].setup),
            whole: Arc::clone(&self.setup),
            broker: Tell::to(myself, Msg::Ended),
        };
        let (door, actor) = Worker::start(args, myself.get_cell()).await?;
        self.children.started(key, &actor, self.setup.clock.now());
        self.desks[at].worker = Some(door);
        self.due.push_back(at);
        Ok(())
    }

    /// Its calls are gone with it; each question goes on to the next provider.
    fn child_gone(&mut self, key: &ProviderId) {
        let Some(at) = self.desks.iter().position(|desk| desk.setup.id == *key) else { return };
        self.desks[at].worker = None;
        let lost =
            |(number, flight): (&u64, &super::Flight)| (flight.desk == at && flight.call.is_some()).then_some(*number);
        let mut lost: Vec<u64> = self.flights.iter().filter_map(lost).collect();
        lost.sort_unstable();
        for number in lost {
            self.close_call(number, &Ending::nothing("worker_lost", Outcome::Neutral));
            self.lost(number);
        }
    }

    /// The tree shows it; a plant's own stream has no part in this.
    fn publish(&mut self, _: SupervisionFrame) {}

    /// Without a worker nothing is asked, and the board says so; the deterministic explanation needs none.
    fn missing(&mut self, key: &ProviderId, why: Option<&str>) {
        if let Some(desk) = self.desks.iter_mut().find(|desk| desk.setup.id == *key) {
            desk.left_out = why.is_some();
        }
        if why.is_some() {
            self.nobody_at(key);
        }
    }
}
