//! Answers the questions of other nodes from what is here.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::gateway::Answers;
use super::relay::{self, Follow};
use super::supervisor::{self, sketch_of};
use super::tree;
use super::wire::{Answer, Question};
use crate::actors::mailbox::Mailbox;
use crate::actors::{Root, elsewhere};
use crate::domain::PlantId;
use crate::feed::Feed;

/// Answers the questions of other nodes.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    /// Knows which plants are here, and their doors.
    pub root: Root,
    /// The streams of every configured plant.
    pub feeds: BTreeMap<PlantId, Feed>,
    /// Knows how this node's part in the cluster is.
    pub cluster: Mailbox<supervisor::Msg>,
}

#[async_trait]
impl Answers for Desk {
    async fn answer(&self, question: Question) -> Answer {
        match question {
            Question::Echo(words) => Answer::Echo(words),
            Question::Follow(follow) => self.tell(&follow).await,
            Question::Plant { plant, question } => self.ask(&plant, question).await,
            Question::Part(order) => Answer::Part(self.root.order(*order).await),
            Question::Tree => self.draw().await,
        }
    }
}

impl Desk {
    async fn draw(&self) -> Answer {
        match self.root.tree().await {
            Ok(own) => Answer::Tree(Box::new(tree::with_part(own, sketch_of(&self.cluster).await))),
            Err(_) => Answer::NotNow,
        }
    }

    /// A node that was cut off from a plant must not go on telling of it.
    async fn tell(&self, follow: &Follow) -> Answer {
        let Some(feed) = self.feeds.get(&follow.plant).filter(|_| self.root.is_to_run(&follow.plant)) else {
            return Answer::NotNow;
        };
        match relay::tell(feed, follow).await {
            Some(news) => Answer::News(Box::new(news)),
            None => Answer::NotNow,
        }
    }

    /// Never passed on again: a node that is not the owner says so.
    async fn ask(&self, plant: &PlantId, question: elsewhere::Question) -> Answer {
        if !self.root.is_to_run(plant) {
            return Answer::NotNow;
        }
        match self.root.doors(plant).await {
            Ok(doors) => Answer::Plant(Box::new(question.put_to(&doors).await)),
            Err(_) => Answer::NotNow,
        }
    }
}
