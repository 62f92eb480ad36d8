//! The ways to plants that are elsewhere.

use std::time::Duration;

use tokio::sync::watch;

use super::post::Post;
use super::wire::{Answer, Question};
use crate::actors::{PartOrder, PartOutcome, PartRefused, Unavailable, elsewhere};
use crate::domain::{ActorPortrait, NodeName, Placement, PlantId};
use crate::telemetry::events;

/// How long the answer to a question may take; a page waits for it.
const QUESTION_PATIENCE: Duration = Duration::from_millis(2000);

/// How long the answer to an order may take: the owner waits up to eight seconds until it is durable. When the line is lost
/// the waiting ends at once.
const ORDER_PATIENCE: Duration = Duration::from_secs(9);

/// How long a node may take to draw its tree; without it the page shows that the node did not answer.
const TREE_PATIENCE: Duration = Duration::from_millis(1500);

/// Asks the owners of plants that are elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    pub me: NodeName,
    pub places: watch::Receiver<Vec<Placement>>,
    pub post: Post,
}

impl Ways {
    /// Puts a question to the owner of a plant.
    pub async fn ask(&self, plant: &PlantId, question: elsewhere::Question) -> Result<elsewhere::Answer, Unavailable> {
        let owner = self.owner(plant).ok_or(Unavailable)?;
        let patience = if question.is_order() { ORDER_PATIENCE } else { QUESTION_PATIENCE };
        let question = Question::Plant { plant: plant.clone(), question };
        match self.post.ask(&owner, &question, patience).await {
            Ok(Answer::Plant(answer)) => Ok(*answer),
            _ => {
                events::question_unanswered(&owner);
                Err(Unavailable)
            }
        }
    }

    /// The tree of actors of a node; `None` when it does not tell.
    pub async fn tree(&self, node: &NodeName) -> Option<ActorPortrait> {
        match self.post.ask(node, &Question::Tree, TREE_PATIENCE).await {
            Ok(Answer::Tree(tree)) => Some(*tree),
            _ => None,
        }
    }

    /// Gives an order to a part of another node's tree.
    pub async fn order_part(&self, node: &NodeName, order: PartOrder) -> PartOutcome {
        match self.post.ask(node, &Question::Part(Box::new(order)), ORDER_PATIENCE).await {
            Ok(Answer::Part(outcome)) => outcome,
            _ => Err(PartRefused::Unavailable),
        }
    }

    /// Who owns a plant, when another node does.
    pub fn owner(&self, plant: &PlantId) -> Option<NodeName> {
        let places = self.places.borrow();
        let owner = places.iter().find(|place| place.plant == *plant)?.node.clone();
        owner.filter(|node| *node != self.me)
    }
}
