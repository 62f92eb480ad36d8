//! Answers that wait for the journal: nobody is told that something is done before it is durable.

use std::collections::VecDeque;

use ractor::RpcReplyPort;

use super::AlarmDeskError;
use crate::actors::journal::RecordTicket;

/// What callers get: an outcome, once it is durable.
pub(super) type Reply<T> = RpcReplyPort<Result<T, AlarmDeskError>>;

/// By which a repeated order is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OrderKey {
    /// Who orders.
    pub user: String,
    /// The key that they chose.
    pub key: String,
    /// A fingerprint of what is ordered.
    pub hash: String,
}

impl OrderKey {
    /// Whether the order of `other` is this one: `None` when it has another key.
    ///
    /// # Errors
    /// [`AlarmDeskError::IdempotencyConflict`] when the same key stands for another order.
    pub fn repeats(&self, other: &Self) -> Option<Result<(), AlarmDeskError>> {
        let same_key = self.key == other.key && self.user == other.user;
        same_key.then(|| if self.hash == other.hash { Ok(()) } else { Err(AlarmDeskError::IdempotencyConflict) })
    }
}

/// Outcomes in the order in which they were decided, each with those who wait for it.
pub(super) struct Waiting<T>(VecDeque<Pending<T>>);

struct Pending<T> {
    ticket: RecordTicket,
    order: OrderKey,
    outcome: T,
    replies: Vec<Reply<T>>,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Clone + Send + 'static> Waiting<T> {
    /// How many outcomes wait.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// An outcome waits until the journal is through with its ticket.
    pub fn push(&mut self, ticket: RecordTicket, order: OrderKey, outcome: T, reply: Reply<T>) {
        self.0.push_back(Pending { ticket, order, outcome, replies: vec![reply] });
    }

    /// The same key again while its first answer still waits: both wait together. Gives back whoever has a new key.
    pub fn join(&mut self, order: &OrderKey, reply: Reply<T>) -> Option<Reply<T>> {
        let found = self.0.iter_mut().find_map(|pending| Some((pending.order.repeats(order)?, &mut pending.replies)));
        match found {
            None => return Some(reply),
            Some((Ok(()), replies)) => replies.push(reply),
            Some((Err(conflict), _)) => drop(reply.send(Err(conflict))),
        }
        None
    }

    /// Answers everything that the journal is through with, and says what that was.
    pub fn answer_through(&mut self, ticket: RecordTicket) -> Vec<(OrderKey, T)> {
        let done = self.0.iter().take_while(|pending| pending.ticket <= ticket).count();
        let answered = self.0.drain(..done).map(|pending| {
            for reply in pending.replies {
                drop(reply.send(Ok(pending.outcome.clone())));
            }
            (pending.order, pending.outcome)
        });
        answered.collect()
    }
}
