//! What an administrator orders: to stop every call, and to hold one breaker. Durable before it is answered, and obeyed
//! before it is durable: of two evils, silence is the smaller one.

use thiserror::Error;
use tracing::{info, warn};

use super::{Broker, Held, Msg, Order, Refusal, State};
use crate::actors::{PATIENCE, answer};
use crate::domain::ProviderId;

/// Holds the breaker of a provider, or lets it judge for itself again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldOrder {
    /// Whose.
    pub provider: ProviderId,
    /// In service (true) or out of it; `None`: let it judge for itself.
    pub serving: Option<bool>,
    /// By whom and why.
    pub order: Order,
}

/// Why an order was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OrderFailed {
    /// There is no such provider.
    #[error("no such provider is configured")]
    UnknownProvider,
    /// It is obeyed, but would not outlive a restart yet.
    #[error("it is obeyed, but could not be written down yet and would not outlive a restart now")]
    NotDurable,
    /// The database does not take it, so it stays as it was.
    #[error("it could not be written down, so calls stay forbidden; order it again")]
    NotLifted,
    /// The broker is being restarted.
    #[error("the broker is being restarted; try again in a moment")]
    Unavailable,
}

impl Broker {
    /// Forbids every call (those under way are ended at once), or takes that back.
    ///
    /// # Errors
    /// When it could not be done, or not be made durable.
    pub async fn kill(&self, order: Option<Order>) -> Result<(), OrderFailed> {
        let asked = self.0.call(|reply| Msg::Kill { order, reply }, Some(PATIENCE)).await;
        answer(asked).unwrap_or(Err(OrderFailed::Unavailable))
    }

    /// Holds a breaker, or lets it go.
    ///
    /// # Errors
    /// When there is no such provider, or it could not be made durable.
    pub async fn hold(&self, order: HoldOrder) -> Result<(), OrderFailed> {
        let order = Box::new(order);
        let asked = self.0.call(|reply| Msg::Hold { order, reply }, Some(PATIENCE)).await;
        answer(asked).unwrap_or(Err(OrderFailed::Unavailable))
    }
}

impl State {
    pub(super) async fn kill(&mut self, order: Option<Order>) -> Result<(), OrderFailed> {
        self.orders += 1;
        let lifts = order.is_none();
        if !lifts {
            self.obey(order.clone());
        }
        let written = self.setup.ledger.set_killed(order.as_ref()).await;
        self.kill_is_owed = written.is_err() && (!lifts || self.kill_is_owed);
        if let Err(e) = written {
            warn!("the order about language models is not durable: {e}");
            return Err(if lifts { OrderFailed::NotLifted } else { OrderFailed::NotDurable });
        }
        if lifts {
            self.obey(None);
        }
        Ok(())
    }

    pub(super) fn obey(&mut self, order: Option<Order>) {
        match &order {
            Some(order) => warn!(by = order.by, "language models are switched off: {}", order.reason),
            None => info!("language models may be asked again"),
        }
        self.killed = order;
        if let Some(order) = &self.killed {
            let refusal = Refusal::Killed { reason: order.reason.clone() };
            self.end_all(&refusal);
        }
    }

    /// Ends every question, and every call that is under way.
    pub(super) fn end_all(&mut self, refusal: &Refusal) {
        let mut numbers: Vec<u64> = self.flights.keys().copied().collect();
        numbers.sort_unstable();
        for number in numbers {
            self.finish(number, Err(refusal.clone()));
        }
        self.desks.iter_mut().for_each(|desk| desk.queue.clear());
    }

    pub(super) async fn hold(&mut self, order: HoldOrder) -> Result<(), OrderFailed> {
        let HoldOrder { provider, serving, order } = order;
        let at = self.desks.iter().position(|desk| desk.setup.id == provider).ok_or(OrderFailed::UnknownProvider)?;
        let what = match serving {
            Some(true) => "is held in service",
            Some(false) => "is held at rest",
            None => "judges for itself again",
        };
        info!(provider = %provider, by = order.by, "the breaker of {provider} {what}: {}", order.reason);
        let held = serving.map(|serving| Held { serving, order });
        self.desks[at].hold(held.clone());
        self.due.push_back(at);
        self.setup.ledger.set_hold(&provider, held.as_ref()).await.map_err(|e| {
            warn!("the hold of a breaker is not durable: {e}");
            OrderFailed::NotDurable
        })
    }
}
