//! How everything stands, for the page and the API.

use super::desk::Desk;
use super::{Board, ProviderBoard, State};
use crate::domain::WallTime;

impl State {
    pub(super) fn board(&self) -> Board {
        let now = self.setup.clock.now();
        Board {
            killed: self.killed.clone(),
            order: self.setup.order,
            currency: self.setup.currency.clone(),
            providers: self.desks.iter().map(|desk| provider(desk, now)).collect(),
            budget: self.budget.standings(now),
            questions: self.flights.len(),
            at: now,
        }
    }
}

fn provider(desk: &Desk, now: WallTime) -> ProviderBoard {
    let setup = &desk.setup;
    ProviderBoard {
        id: setup.id.clone(),
        model: setup.model.clone(),
        dialect: setup.dialect,
        capability: setup.capability.clone(),
        hides: setup.hides,
        state: desk.breaker.state(now),
        held: desk.held.clone(),
        at_work: desk.worker.is_some(),
        running: desk.running,
        concurrent_calls: setup.concurrent_calls,
        waiting: desk.queue.len(),
        tally: desk.tally.clone(),
    }
}
