//! The one way in which an actor of this house looks after its children.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use ractor::{ActorCell, ActorProcessingErr, ActorRef, Message, SupervisionEvent};
use tracing::{info, warn};

use super::children::Children;
use super::decision::Decision;
use super::exit::Exit;
use crate::domain::{Health, Importance, WallTime};
use crate::feed::SupervisionFrame;

/// How long a part that is let go may take to end before it is cut off.
const LET_GO_PATIENCE: Duration = Duration::from_secs(2);

/// An actor with children. It says how each is started and what its absence means; everything else is done here.
///
/// Call [`Self::start_all`] in `pre_start`, [`Self::supervise`] in `handle_supervisor_evt`, and [`Self::restart`] for the
/// message that [`Self::restart_due`] builds.
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
        myself: &ActorRef<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send;

    /// A child is gone, for a moment or for good: its door leads nowhere.
    fn child_gone(&mut self, key: &Self::Key);

    /// Tells whoever watches the tree.
    fn publish(&mut self, frame: SupervisionFrame);

    /// A child is left out (with the reason), or is back. What is missing is an alarm: silence is the one wrong answer.
    fn missing(&mut self, key: &Self::Key, why: Option<&str>);

    /// Starts all children in order. An essential one that cannot be started is an error; an auxiliary one is treated like
    /// one that has failed.
    fn start_all(
        &mut self,
        myself: &ActorRef<Self::Msg>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async move {
            for key in self.book().keys() {
                let Err(error) = self.begin(&key, myself).await else { continue };
                if self.book().spec(&key).is_none_or(|spec| spec.importance == Importance::Essential) {
                    return Err(error);
                }
                self.ended(&key, &Exit::NotStarted(error.to_string()), myself).await?;
            }
            Ok(())
        }
    }

    /// Something has happened to an actor below: when a child has ended, does what the table says.
    fn supervise(
        &mut self,
        event: SupervisionEvent,
        myself: &ActorRef<Self::Msg>,
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
        myself: &ActorRef<Self::Msg>,
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
        myself: &ActorRef<Self::Msg>,
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
        myself: &ActorRef<Self::Msg>,
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

/// What an actor has been told already is finished; only who cannot finish is cut off.
async fn empty_and_end(cell: &ActorCell) {
    if cell.drain_and_wait(Some(LET_GO_PATIENCE)).await.is_err() {
        cell.kill();
    }
}
