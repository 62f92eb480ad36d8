//! Carries letters and questions to the gateways of other nodes.

use std::time::Duration;

use ractor::rpc::CallResult;
use ractor::{ActorId, ActorRef, pg};
use tokio::sync::watch;
use tracing::{debug, warn};

use super::gateway::{self, GROUPS};
use super::link::Routes;
use super::wire::{Answer, Letter, Question, Version, open, seal};
use crate::domain::NodeName;

/// Carries letters and questions to other nodes. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Post {
    routes: watch::Receiver<Routes>,
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// There is no line to this node.
    NoRoute,
    /// The node did not answer in time, or the line was lost meanwhile.
    Silent,
}

impl Post {
    pub fn new(routes: watch::Receiver<Routes>) -> Self {
        Self { routes }
    }

    /// Tells a node something; when there is no line to it, nobody hears it.
    pub fn tell(&self, node: &NodeName, letter: &Letter) {
        let Some((gateway, version)) = self.gateway(node) else { return };
        match seal(version, letter) {
            Ok(envelope) => drop(gateway.cast(gateway::Msg::Tell(envelope))),
            Err(problem) => warn!(peer = %node, "a letter cannot be sent: {problem}"),
        }
    }

    /// Asks a node something, and waits no longer than `patience`.
    pub async fn ask(&self, node: &NodeName, question: &Question, patience: Duration) -> Result<Answer, NoAnswer> {
        let (gateway, version) = self.gateway(node).ok_or(NoAnswer::NoRoute)?;
        let envelope = seal(version, question).map_err(|problem| {
            warn!(peer = %node, "a question cannot be sent: {problem}");
            NoAnswer::NoRoute
        })?;
        match gateway.call(|reply| gateway::Msg::Ask(envelope, reply), Some(patience)).await {
            Ok(CallResult::Success(envelope)) => open(&envelope).map_err(|problem| {
                warn!(peer = %node, "an answer cannot be read: {problem}");
                NoAnswer::Silent
            }),
            _ => {
                debug!(peer = %node, "a question was not answered");
                Err(NoAnswer::Silent)
            }
        }
    }

    /// The gateway of a node, as the session of now shows it. Looked up each time: after a restart it has a new address.
    fn gateway(&self, node: &NodeName) -> Option<(ActorRef<gateway::Msg>, Version)> {
        let route = *self.routes.borrow().get(node)?;
        let of_session = |id: ActorId| matches!(id, ActorId::Remote { node_id, .. } if node_id == route.session);
        let members = pg::get_scoped_members(&GROUPS.to_owned(), &node.to_string());
        let cell = members.into_iter().find(|cell| of_session(cell.get_id()))?;
        Some((cell.into(), route.version))
    }
}
