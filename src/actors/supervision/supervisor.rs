//! The one way in which an actor of this house looks after its children.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use ractor::{ActorCell, ActorProcessingErr, Message, SupervisionEvent};
use tracing::{info, warn};

use super::children::Children;
use super::decision::Decision;
use super::exit::Exit;
use super::orders::{self, PartCommand, PartOrder, PartRefused, PartReply, Paused, Pausing};
use crate::actors::journal::JournalDoor;
use crate::actors::mailbox::Mailbox;
use crate::domain::{Health, Importance, WallTime};
use crate::feed::SupervisionFrame;
use crate::storage::Storage;

/// How long a part that is let go may take to end before it is cut off.
const LET_GO_PATIENCE: Duration = Duration::from_secs(2);
/// How long a person waits for an order to become durable.
const DURABLE_PATIENCE: Duration = Duration::from_secs(8);

/// An actor with children. It says how each is started and what its absence means; everything else is done here.
///
/// Call [`Self::remember_pauses`] and [`Self::start_all`] in `pre_start`, [`Self::supervise`] in `handle_supervisor_evt`,
/// [`Self::restart`] for the message that [`Self::restart_due`] builds, and [`Self::order`] for orders of persons.
pub trait Supervisor: Send + Sized {
    /// What the supervisor calls its children.
    type Key: Clone + PartialEq + Debug + Send + Sync + 'static;
    /// Its own messages.
    type Msg: Message;

    /// Its children.
    fn book(&mut self) -> &mut Children<Self::Key>;

    /// The wall time now.
    fn now(&self) -> WallTime;

    /// The message by which the supervisor reminds itself of a restart.
    fn restart_due(key: Self::Key, generation: u64) -> Self::Msg;

    /// Starts one child on the doors that stand already, and enters it into the book.
    fn start_child(
        &mut self,
        key: &Self::Key,
        myself: &Mailbox<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send;

    /// A child is gone, for a moment or for good: its door leads nowhere.
    fn child_gone(&mut self, key: &Self::Key);

    /// Tells whoever watches the tree.
    fn publish(&mut self, frame: SupervisionFrame);

    /// A child is left out (with the reason), or is back. What is missing is an alarm: silence is the one wrong answer.
    fn missing(&mut self, key: &Self::Key, why: Option<&str>);

    /// Who makes the orders of persons durable; `None` while the journal writer is away, and for one that has no part to
    /// pause.
    fn memory(&self) -> Option<JournalDoor> {
        None
    }

    /// Lets what is below a child finish before it is restarted by order.
    fn let_finish(&self, _: &Self::Key) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Passes an order on that is for somebody below a child.
    fn pass_on(&self, _: &Self::Key, order: PartOrder, reply: PartReply) {
        drop(reply.send(Err(PartRefused::Unknown(order.path))));
    }

    /// Passes a pause on to a child that knows itself how to stand still.
    fn pause_itself(&self, _: &Self::Key, _: bool, reply: PartReply) {
        drop(reply.send(Err(PartRefused::Unavailable)));
    }

    /// Starts all children in order. An essential one that cannot be started is an error; an auxiliary one is treated like
    /// one that has failed.
    fn start_all(
        &mut self,
        myself: &Mailbox<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async move {
            for key in self.book().keys() {
                if self.book().is_paused(&key) {
                    continue;
                }
                let Err(error) = self.begin(&key, myself).await else { continue };
                if self.book().spec(&key).is_none_or(|spec| spec.importance == Importance::Essential) {
                    return Err(error);
                }
                self.ended(&key, &Exit::NotStarted(error.to_string()), myself).await?;
            }
            // What a paused child is missing for may be an alarm, and the desk is one of those that had to start.
            for key in self.book().keys() {
                let words = self.book().paused(&key).map(Paused::words);
                if let Some(words) = words {
                    self.tell(&key, &format!("stays {words}"));
                    self.missing(&key, Some(&words));
                }
            }
            Ok(())
        }
    }

    /// Reads again which children persons have put aside; call it before [`Self::start_all`].
    fn remember_pauses(&mut self, storage: &Storage) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async move {
            let below = orders::setting(self.book().path());
            for (name, value) in storage.settings_below(&format!("{below}/")).await? {
                let paused = serde_json::from_str(&value)?;
                let key = self.book().keys().into_iter().find(|key| orders::setting(&self.book().path_of(key)) == name);
                if let Some(key) = key {
                    self.book().pause(&key, paused);
                }
            }
            Ok(())
        }
    }

    /// Carries out an order of a person, or passes it on to whom it is for.
    fn order(
        &mut self,
        order: PartOrder,
        reply: PartReply,
        myself: &Mailbox<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async move {
            let Some(key) = self.book().on_the_way_to(&order.path) else {
                drop(reply.send(Err(PartRefused::Unknown(order.path))));
                return Ok(());
            };
            if self.book().path_of(&key) != order.path {
                self.pass_on(&key, order, reply);
                return Ok(());
            }
            match order.command {
                PartCommand::Restart => self.restart_by_hand(&key, &order, reply, myself).await,
                PartCommand::Pause => {
                    self.pause_by_hand(&key, order, reply).await;
                    Ok(())
                }
                PartCommand::Resume => self.resume_by_hand(&key, &order, reply, myself).await,
            }
        }
    }

    /// Restarts a child, whatever became of it, with those whom it takes along.
    fn restart_by_hand(
        &mut self,
        key: &Self::Key,
        order: &PartOrder,
        reply: PartReply,
        myself: &Mailbox<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async move {
            if self.book().is_paused(key) {
                drop(reply.send(Err(PartRefused::Paused)));
                return Ok(());
            }
            self.tell(key, &format!("is restarted by {}: {}", order.by, order.reason));
            self.let_finish(key).await;
            self.let_go_by_hand(key).await;
            let generation = self.book().generation(key);
            let outcome = self.restart(key, generation, myself).await;
            drop(reply.send(Ok(())));
            outcome
        }
    }

    /// Lets a child go in its place among those whom it takes along: last started first.
    fn let_go_by_hand(&mut self, key: &Self::Key) -> impl Future<Output = ()> + Send {
        async move {
            let along = self.book().taken_along(key);
            let mut all = self.book().keys();
            all.retain(|one| one == key || along.contains(one));
            for one in all.iter().rev() {
                let cell = if one == key { self.book().begin_anew(key) } else { self.book().wait_for(one, key) };
                if let Some(cell) = cell {
                    empty_and_end(&cell).await;
                }
                self.child_gone(one);
            }
        }
    }

    /// Puts a child aside. To pause what is paused already changes nothing.
    fn pause_by_hand(
        &mut self,
        key: &Self::Key,
        order: PartOrder,
        reply: PartReply,
    ) -> impl Future<Output = ()> + Send {
        async move {
            match self.book().spec(key).map(|spec| spec.pausing) {
                Some(Pausing::Refused(why)) => return drop(reply.send(Err(PartRefused::NotPausable(why.into())))),
                Some(Pausing::Itself) => return self.pause_itself(key, true, reply),
                _ if self.book().is_paused(key) => return drop(reply.send(Ok(()))),
                _ => {}
            }
            let Some(journal) = self.memory() else { return drop(reply.send(Err(PartRefused::Unavailable))) };
            let (name, path) = (orders::setting(&order.path), order.path.clone());
            let paused = Paused { by: order.by, reason: order.reason, at: self.now() };
            let (words, kept) = (paused.words(), serde_json::to_string(&paused));
            if let Some(cell) = self.book().pause(key, paused) {
                empty_and_end(&cell).await;
            }
            self.child_gone(key);
            self.tell(key, &format!("is {words}"));
            self.missing(key, Some(&words));
            match kept {
                Ok(kept) => answer_when_durable(&journal, name, Some(kept), reply),
                Err(error) => warn!(actor = path, "a pause cannot be kept: {error}"),
            }
        }
    }

    /// Brings a paused child back. To resume what is not paused changes nothing.
    fn resume_by_hand(
        &mut self,
        key: &Self::Key,
        order: &PartOrder,
        reply: PartReply,
        myself: &Mailbox<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async move {
            if self.book().spec(key).is_some_and(|spec| spec.pausing == Pausing::Itself) {
                self.pause_itself(key, false, reply);
                return Ok(());
            }
            if !self.book().is_paused(key) {
                drop(reply.send(Ok(())));
                return Ok(());
            }
            let Some(journal) = self.memory() else {
                drop(reply.send(Err(PartRefused::Unavailable)));
                return Ok(());
            };
            self.book().begin_anew(key);
            self.tell(key, &format!("is resumed by {}: {}", order.by, order.reason));
            let generation = self.book().generation(key);
            let outcome = self.restart(key, generation, myself).await;
            answer_when_durable(&journal, orders::setting(&order.path), None, reply);
            outcome
        }
    }

    /// Something has happened to an actor below: when a child has ended, does what the table says.
    fn supervise(
        &mut self,
        event: SupervisionEvent,
        myself: &Mailbox<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        let ended = Exit::of(event).and_then(|(id, exit)| Some((self.book().key_of(id)?, exit)));
        async move {
            match ended {
                Some((key, exit)) => self.ended(&key, &exit, myself).await,
                // One that was let go, or no end at all.
                None => Ok(()),
            }
        }
    }

    /// The restart of a child is due: starts it, and those who were taken along.
    fn restart(
        &mut self,
        key: &Self::Key,
        generation: u64,
        myself: &Mailbox<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async move {
            for one in self.book().due(key, generation) {
                // One before it may have failed again, and taken it along for another time.
                if !self.book().waits_for(&one, key) {
                    continue;
                }
                match self.begin(&one, myself).await {
                    Ok(()) if one == *key => self.tell(key, "is back"),
                    Ok(()) => {}
                    Err(error) => self.ended(&one, &Exit::NotStarted(error.to_string()), myself).await?,
                }
            }
            Ok(())
        }
    }

    /// Starts one child; nothing is missing then.
    fn begin(
        &mut self,
        key: &Self::Key,
        myself: &Mailbox<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async move {
            self.start_child(key, myself).await?;
            self.missing(key, None);
            Ok(())
        }
    }

    /// A child has ended: decides, and acts on it.
    fn ended(
        &mut self,
        key: &Self::Key,
        exit: &Exit,
        myself: &Mailbox<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async move {
            let now = self.now();
            let Some(decision) = self.book().ended(key, exit, now) else { return Ok(()) };
            self.child_gone(key);
            match decision {
                Decision::Finished => self.tell(key, &format!("has done its work: {exit}")),
                Decision::Restart(after) => {
                    self.tell(key, &format!("ended and is restarted in {} ms: {exit}", after.as_millis()));
                    self.take_along(key).await;
                    let (key, generation) = (key.clone(), self.book().generation(key));
                    myself.send_after(after, move || Self::restart_due(key, generation));
                }
                Decision::LeaveOut => {
                    self.tell(key, &format!("ended too often and is left out: {exit}"));
                    self.missing(key, Some(&exit.to_string()));
                }
                Decision::PassUp => {
                    let who = self.book().spec(key).map(|spec| format!("{} {}", spec.role, spec.name));
                    return Err(format!("{} cannot be kept alive: {exit}", who.unwrap_or_default()).into());
                }
            }
            Ok(())
        }
    }

    /// Lets those go whom the end of `key` takes along, last started first, so that nothing speaks to an empty room.
    fn take_along(&mut self, key: &Self::Key) -> impl Future<Output = ()> + Send {
        async move {
            for other in self.book().taken_along(key).iter().rev() {
                if let Some(cell) = self.book().wait_for(other, key) {
                    empty_and_end(&cell).await;
                }
                self.child_gone(other);
            }
        }
    }

    /// Tells the log and whoever watches the tree what has happened to a child.
    fn tell(&mut self, key: &Self::Key, what: &str) {
        let at = self.now();
        let Some(actor) = self.book().outline(key) else { return };
        let message = format!("{} {} {what}", actor.role, actor.name);
        match actor.health {
            Health::Running => info!(actor = %actor.path, "{message}"),
            _ => warn!(actor = %actor.path, "{message}"),
        }
        self.publish(SupervisionFrame { at, actor, message });
    }
}

/// Answers once the journal writer says that the order is durable.
fn answer_when_durable(journal: &JournalDoor, name: String, value: Option<String>, reply: PartReply) {
    let durable = journal.remember(name, value);
    tokio::spawn(async move {
        let durable = tokio::time::timeout(DURABLE_PATIENCE, durable.notified()).await;
        drop(reply.send(durable.map_err(|_| PartRefused::StorageUnavailable)));
    });
}

/// What an actor has been told already is finished; only who cannot finish is cut off.
async fn empty_and_end(cell: &ActorCell) {
    if cell.drain_and_wait(Some(LET_GO_PATIENCE)).await.is_err() {
        cell.kill();
    }
}
