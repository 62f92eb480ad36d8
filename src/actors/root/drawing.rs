//! How the root draws the tree of its node.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::family::PLANT;
use super::{LOOK_PERIOD, State};
use crate::domain::{ActorPortrait, Health, Importance, MailboxState, PlantId};
use crate::telemetry::events;

/// So many actors are drawn in a period at most, on the average: a larger tree is rested from.
const DRAWN_A_PERIOD: usize = 2_500;

impl State {
    /// The whole tree of this node; awaited outside of the mailbox.
    pub(super) fn tree(&self) -> impl Future<Output = ActorPortrait> + Send + 'static {
        let (children, mailbox) = (self.children.portraits(), self.gauge.state());
        // A plant that is elsewhere is drawn by the node that has it.
        let shown: Vec<String> = self.ours.keys().chain(self.missing.keys()).map(PlantId::to_string).collect();
        async move {
            let mut children: Vec<ActorPortrait> = children.await;
            children.retain(|child| child.role != PLANT || shown.contains(&child.name));
            ActorPortrait { children, ..root_alone(mailbox) }
        }
    }

    /// Draws the tree once for all who watch it.
    pub(super) fn look(&self) {
        // A tree of ten thousands of actors takes a while: what works is more important than what looks on.
        if self.drawing.swap(true, Ordering::Relaxed) {
            return;
        }
        let (tree, draws, drawing) = (self.tree(), Arc::clone(&self.draws), Arc::clone(&self.drawing));
        tokio::spawn(async move {
            let tree = tree.await;
            let rest = LOOK_PERIOD * u32::try_from(count(&tree) / DRAWN_A_PERIOD).unwrap_or(u32::MAX);
            events::mailboxes(&tree);
            draws.send_replace(Arc::new(tree));
            tokio::time::sleep(rest).await;
            drawing.store(false, Ordering::Relaxed);
        });
    }
}

/// How many actors a tree has.
fn count(tree: &ActorPortrait) -> usize {
    1 + tree.children.iter().map(count).sum::<usize>()
}

/// The root, of whose children nothing is known yet.
pub(super) fn root_alone(mailbox: MailboxState) -> ActorPortrait {
    ActorPortrait {
        path: "root".into(),
        name: "root".into(),
        role: "root".into(),
        importance: Importance::Essential,
        health: Health::Running,
        reason: None,
        restarts: 0,
        last_error: None,
        started_at: None,
        detail: None,
        mailbox,
        not_pausable: Some("it keeps everything else alive".into()),
        actor_id: None,
        children: Vec::new(),
    }
}
