//! What the broker remembers of earlier lives, and hears of other nodes, from the ledger.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tracing::{info, warn};
use uuid::Uuid;

use super::{Held, Ledger, LedgerError, Msg, Order, Spent, State};
use crate::domain::{ProviderId, WallTime};
use crate::explain::Budget;

/// How late a call may be in the audit, after its end, and still be counted by other nodes.
const LATE_MOST: Duration = Duration::from_secs(120);

/// What was ordered and spent.
pub(in crate::actors) struct Recollection {
    killed: Option<Order>,
    holds: Vec<(ProviderId, Held)>,
    spent: Vec<Spent>,
}

/// Calls that are counted in the budget already: those of this node, and those of others that were heard of. A budget is one for
/// all nodes, and the audit is where they meet.
#[derive(Debug, Default)]
pub(super) struct Counted(BTreeMap<Uuid, WallTime>);

impl Counted {
    /// Whether a call has not been counted yet; from now on it has.
    pub fn is_new(&mut self, call: Uuid, at: WallTime) -> bool {
        self.0.insert(call, at).is_none()
    }

    /// Forgets those that ended before a time: nobody will be told of them any more.
    pub fn forget_before(&mut self, at: WallTime) {
        self.0.retain(|_, ended| *ended >= at);
    }
}

impl Recollection {
    /// Reads it; `None` while the ledger does not answer.
    pub async fn read(ledger: &dyn Ledger, now: WallTime) -> Option<Self> {
        let read = async {
            Ok::<_, LedgerError>(Self {
                killed: ledger.killed().await?,
                holds: ledger.holds().await?,
                spent: ledger.spent_since(Budget::counts_since(now)).await?,
            })
        };
        read.await.inspect_err(|e| warn!("no language model is asked until this is known: {e}")).ok()
    }
}

impl State {
    /// It is known what was ordered and spent, or it is not.
    pub(super) fn recollected(&mut self, found: Option<Box<Recollection>>) {
        self.reading = false;
        let Some(Recollection { killed, holds, spent }) = found.map(|found| *found) else { return };
        for (provider, held) in holds {
            if let Some(desk) = self.desks.iter_mut().find(|desk| desk.setup.id == provider) {
                desk.hold(Some(held));
            }
        }
        self.spent_elsewhere(spent);
        if let Some(order) = &killed {
            info!(by = order.by, "language models stay switched off: {}", order.reason);
        }
        // An order that was given meanwhile is the newer one.
        self.killed = self.killed.take().or(killed);
        self.recollects = true;
    }

    /// Counts calls that are not counted yet; without limits nothing is counted.
    pub(super) fn spent_elsewhere(&mut self, spent: Vec<Spent>) {
        if self.setup.limits.is_empty() {
            return;
        }
        for Spent { call, at, charge, cost } in spent {
            if self.counted.is_new(call, at) {
                self.budget.restore(&charge, cost, at);
            }
        }
    }

    /// Hears what other nodes have spent of the same budget; without limits nobody wants to know.
    pub(super) fn hear_of_spending(&mut self) {
        if !self.recollects || self.setup.limits.is_empty() || std::mem::replace(&mut self.hearing, true) {
            return;
        }
        let (ledger, myself) = (Arc::clone(&self.setup.ledger), self.myself.clone());
        let since = self.setup.clock.now() - LATE_MOST;
        // Twice as long, since what was read may have been on its way.
        self.counted.forget_before(since - LATE_MOST);
        tokio::spawn(async move {
            let found = ledger.spent_since(since).await;
            let found = found.inspect_err(|e| warn!("what other nodes spend is not known just now: {e}"));
            drop(myself.cast(Msg::SpentElsewhere(found.unwrap_or_default())));
        });
    }

    /// Asks the ledger whether anybody has ordered anything; what is not known at all yet comes first.
    pub(super) fn read_again(&mut self) {
        if std::mem::replace(&mut self.reading, true) {
            return;
        }
        let (ledger, myself, now) = (Arc::clone(&self.setup.ledger), self.myself.clone(), self.setup.clock.now());
        let (recollects, orders) = (self.recollects, self.orders);
        let owed = self.killed.clone().filter(|_| self.kill_is_owed);
        tokio::spawn(async move {
            let heard = if !recollects {
                Msg::Recollected(Recollection::read(ledger.as_ref(), now).await.map(Box::new))
            } else if let Some(order) = owed {
                Msg::KillWritten { durable: ledger.set_killed(Some(&order)).await.is_ok(), orders }
            } else {
                // Another node of the cluster may have been told.
                Msg::KilledNow { found: ledger.killed().await.ok(), orders }
            };
            drop(myself.cast(heard));
        });
    }

    /// The order of this node was written down after all, or still was not.
    pub(super) fn kill_written(&mut self, durable: bool, orders: u64) {
        self.reading = false;
        if durable && orders == self.orders {
            self.kill_is_owed = false;
        }
    }

    /// What the ledger says of the order that forbids every call; what this node was told is there already.
    pub(super) fn killed_now(&mut self, found: Option<Option<Order>>, orders: u64) {
        self.reading = false;
        if let Some(order) = found
            && orders == self.orders
            && self.killed.is_some() != order.is_some()
        {
            self.obey(order);
        }
    }
}
