//! The mailbox of an actor, with a gauge: how many messages stand in it, and since when the oldest.
//!
//! The runtime's own mailboxes have neither length nor bound. Every actor of this house is started by [`open`], every
//! message to it goes through a [`Mailbox`], and so the gauge is right for doors, timers and what an actor tells itself.
//! A message counts until it has been handled: an actor that hangs shows a growing age.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ractor::rpc::CallResult;
use ractor::{
    ActorCell, ActorProcessingErr, ActorRef, Message, MessagingErr, RpcReplyPort, SpawnErr, SupervisionEvent,
};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::config::bounds::Bound;
use crate::domain::MailboxState;

/// Resolution of the age, as long as the mailbox is not much older than that.
const MARK_STEP: Duration = Duration::from_millis(1);
/// Times that are remembered at most; when there are more, every other is forgotten.
const MARKS_MAX: usize = 256;

/// What an actor of this house is: the runtime's actor, told its own mailbox instead of its bare address.
pub(crate) trait Actor: Send + Sync + Sized + 'static {
    /// What it hears.
    type Msg: Message;
    /// What it remembers.
    type State: Send + 'static;
    /// What it starts with.
    type Arguments: Send + 'static;

    /// Before anything is heard; an error comes back to whoever starts it.
    fn pre_start(
        &self,
        myself: Mailbox<Self::Msg>,
        args: Self::Arguments,
    ) -> impl Future<Output = Result<Self::State, ActorProcessingErr>> + Send;

    /// One message; an error means "restart me".
    fn handle(
        &self,
        myself: Mailbox<Self::Msg>,
        message: Self::Msg,
        state: &mut Self::State,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send;

    /// After an orderly end.
    fn post_stop(
        &self,
        _: Mailbox<Self::Msg>,
        _: &mut Self::State,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async { Ok(()) }
    }

    /// Something has happened to a child. Who has children supervises them; who has none hears nothing.
    fn handle_supervisor_evt(
        &self,
        _: Mailbox<Self::Msg>,
        _: SupervisionEvent,
        _: &mut Self::State,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        async { Ok(()) }
    }
}

/// Starts an actor under its supervisor, and hands over the way into its mailbox.
pub(crate) async fn open<A: Actor>(
    actor: A,
    args: A::Arguments,
    parent: ActorCell,
) -> Result<Mailbox<A::Msg>, SpawnErr> {
    let gauge = Arc::new(Gauge::new());
    let gauged = Gauged { actor, gauge: Arc::clone(&gauge) };
    let (actor, _) = ractor::Actor::spawn_linked(None, gauged, args, parent).await?;
    Ok(Mailbox { actor, gauge })
}

/// Starts the one actor that has no supervisor; the handle ends when it does.
pub(crate) async fn open_root<A: Actor>(
    actor: A,
    args: A::Arguments,
) -> Result<(Mailbox<A::Msg>, JoinHandle<()>), SpawnErr> {
    let gauge = Arc::new(Gauge::new());
    let gauged = Gauged { actor, gauge: Arc::clone(&gauge) };
    let (actor, ended) = ractor::Actor::spawn(None, gauged, args).await?;
    Ok((Mailbox { actor, gauge }, ended))
}

/// The way into the mailbox of one actor.
pub(crate) struct Mailbox<M> {
    actor: ActorRef<M>,
    gauge: Arc<Gauge>,
}

impl<M> Clone for Mailbox<M> {
    fn clone(&self) -> Self {
        Self { actor: self.actor.clone(), gauge: Arc::clone(&self.gauge) }
    }
}

impl<M> fmt::Debug for Mailbox<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").field("actor", &self.actor).field("depth", &self.gauge.depth()).finish()
    }
}

impl<M: Message> Mailbox<M> {
    /// Puts a message in.
    ///
    /// # Errors
    /// When the actor is gone, or empties its mailbox before it goes.
    pub fn cast(&self, message: M) -> Result<(), MessagingErr<M>> {
        self.gauge.posted();
        self.actor.cast(message).inspect_err(|_| self.gauge.taken_back())
    }

    /// Puts a question in and waits for the answer, no longer than `patience`.
    ///
    /// # Errors
    /// When the actor is gone, or empties its mailbox before it goes.
    pub async fn call<T: Send + 'static>(
        &self,
        question: impl FnOnce(RpcReplyPort<T>) -> M,
        patience: Option<Duration>,
    ) -> Result<CallResult<T>, MessagingErr<M>> {
        self.gauge.posted();
        self.actor.call(question, patience).await.inspect_err(|_| self.gauge.taken_back())
    }

    /// Whether as much stands in it as may.
    pub fn is_full(&self, bound: &Bound) -> bool {
        self.gauge.depth() >= bound.most as u64
    }

    /// Puts a message in after a pause.
    pub fn send_after(&self, pause: Duration, message: impl FnOnce() -> M + Send + 'static) {
        let mailbox = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            drop(mailbox.cast(message()));
        });
    }

    /// Puts a message in again and again, as long as the actor lives.
    pub fn send_interval(&self, period: Duration, message: impl Fn() -> M + Send + 'static) {
        let gauge = Arc::clone(&self.gauge);
        self.actor.send_interval(period, move || {
            gauge.posted();
            message()
        });
    }

    /// The actor, whatever it hears.
    pub fn get_cell(&self) -> ActorCell {
        self.actor.get_cell()
    }

    /// The gauge.
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}

struct Gauged<A> {
    actor: A,
    gauge: Arc<Gauge>,
}

impl<A: Actor> Gauged<A> {
    fn mailbox(&self, actor: ActorRef<A::Msg>) -> Mailbox<A::Msg> {
        Mailbox { actor, gauge: Arc::clone(&self.gauge) }
    }
}

impl<A: Actor> ractor::Actor for Gauged<A> {
    type Msg = A::Msg;
    type State = A::State;
    type Arguments = A::Arguments;

    async fn pre_start(&self, myself: ActorRef<A::Msg>, args: A::Arguments) -> Result<A::State, ActorProcessingErr> {
        self.actor.pre_start(self.mailbox(myself), args).await
    }

    async fn handle(
        &self,
        myself: ActorRef<A::Msg>,
        message: A::Msg,
        state: &mut A::State,
    ) -> Result<(), ActorProcessingErr> {
        let outcome = self.actor.handle(self.mailbox(myself), message, state).await;
        self.gauge.handled();
        outcome
    }

    async fn post_stop(&self, myself: ActorRef<A::Msg>, state: &mut A::State) -> Result<(), ActorProcessingErr> {
        self.actor.post_stop(self.mailbox(myself), state).await
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<A::Msg>,
        event: SupervisionEvent,
        state: &mut A::State,
    ) -> Result<(), ActorProcessingErr> {
        self.actor.handle_supervisor_evt(self.mailbox(myself), event, state).await
    }
}

/// Counts what goes into a mailbox and what has been handled. Who puts something in pays for a number and a look at the
/// clock; times are remembered once a step only.
#[derive(Debug)]
pub(crate) struct Gauge {
    born: Instant,
    posted: AtomicU64,
    handled: AtomicU64,
    /// When the next time is worth remembering, µs since birth.
    next_mark: AtomicU64,
    marks: Mutex<Marks>,
}

/// Times of some messages, oldest first: a message is no older than the last mark at or before it, nor younger than that
/// by more than a step.
#[derive(Debug)]
struct Marks {
    /// Number of a message, and when it was put in, µs since birth.
    list: VecDeque<(u64, u64)>,
    step: u64,
}

impl Gauge {
    fn new() -> Self {
        Self {
            born: Instant::now(),
            posted: AtomicU64::new(0),
            handled: AtomicU64::new(0),
            next_mark: AtomicU64::new(0),
            marks: Mutex::new(Marks { list: VecDeque::new(), step: micros(MARK_STEP) }),
        }
    }

    fn posted(&self) {
        let number = self.posted.fetch_add(1, Ordering::Relaxed) + 1;
        let now = micros(self.born.elapsed());
        if now >= self.next_mark.load(Ordering::Relaxed)
            && let Ok(mut marks) = self.marks.try_lock()
        {
            let step = marks.remember(number, now, self.handled.load(Ordering::Relaxed));
            self.next_mark.store(now + step, Ordering::Relaxed);
        }
    }

    fn taken_back(&self) {
        self.posted.fetch_sub(1, Ordering::Relaxed);
    }

    /// What another node has sent comes in past the doors of this one: it is not seen while it waits, and counts as put in
    /// when it has been handled.
    fn handled(&self) {
        let handled = self.handled.fetch_add(1, Ordering::Relaxed) + 1;
        self.posted.fetch_max(handled, Ordering::Relaxed);
    }

    /// How many messages stand in the mailbox, the one in hand included.
    pub fn depth(&self) -> u64 {
        self.posted.load(Ordering::Relaxed).saturating_sub(self.handled.load(Ordering::Relaxed))
    }

    /// Depth and age at this moment.
    pub fn state(&self) -> MailboxState {
        let handled = self.handled.load(Ordering::Relaxed);
        let depth = self.depth();
        let since = self.marks().oldest_after(handled).filter(|_| depth > 0);
        let oldest = since.map_or(Duration::ZERO, |at| self.born.elapsed().saturating_sub(Duration::from_micros(at)));
        MailboxState { depth, oldest }
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Marks {
    /// Remembers a time, and says how long none need be remembered after it.
    fn remember(&mut self, number: u64, now: u64, handled: u64) -> u64 {
        self.forget_through(handled);
        if self.list.len() <= 1 {
            self.step = micros(MARK_STEP);
        }
        if self.list.len() >= MARKS_MAX {
            let mut keep = false;
            self.list.retain(|_| {
                keep = !keep;
                keep
            });
            self.step *= 2;
        }
        self.list.push_back((number, now));
        self.step
    }

    fn oldest_after(&mut self, handled: u64) -> Option<u64> {
        self.forget_through(handled);
        self.list.front().map(|(_, at)| *at)
    }

    /// Of the marks at or before the oldest message that stands there, only the last tells its age.
    fn forget_through(&mut self, handled: u64) {
        while self.list.get(1).is_some_and(|(number, _)| *number <= handled + 1) {
            self.list.pop_front();
        }
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use ractor_cluster::RactorMessage;

    use super::*;

    /// Does what it is told, and takes its time.
    struct Sleeper;

    #[derive(RactorMessage)]
    enum Msg {
        Sleep(u64),
        Answer(RpcReplyPort<()>),
    }

    impl Actor for Sleeper {
        type Msg = Msg;
        type State = ();
        type Arguments = Option<u64>;

        async fn pre_start(&self, myself: Mailbox<Msg>, every: Option<u64>) -> Result<(), ActorProcessingErr> {
            if let Some(every) = every {
                myself.send_interval(Duration::from_secs(every), || Msg::Sleep(0));
            }
            Ok(())
        }

        async fn handle(&self, _: Mailbox<Msg>, message: Msg, (): &mut ()) -> Result<(), ActorProcessingErr> {
            match message {
                Msg::Sleep(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                Msg::Answer(reply) => drop(reply.send(())),
            }
            Ok(())
        }
    }

    async fn sleeper(every: Option<u64>) -> Mailbox<Msg> {
        open_root(Sleeper, every).await.unwrap().0
    }

    fn state(mailbox: &Mailbox<Msg>) -> (u64, u64) {
        let state = mailbox.gauge().state();
        (state.depth, state.oldest.as_secs_f64().round() as u64)
    }

    async fn seconds(n: u64) {
        tokio::time::sleep(Duration::from_secs(n)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_stands_there_is_counted_and_its_oldest_grows_older() {
        let mailbox = sleeper(None).await;
        assert_eq!(state(&mailbox), (0, 0));
        mailbox.cast(Msg::Sleep(10)).unwrap();
        seconds(4).await;
        mailbox.cast(Msg::Sleep(100)).unwrap();
        seconds(1).await;
        assert_eq!(state(&mailbox), (2, 5), "the one in hand is the oldest");
        seconds(10).await;
        assert_eq!(state(&mailbox), (1, 11), "the second has waited since");
        mailbox.call(Msg::Answer, None).await.unwrap();
        assert_eq!(state(&mailbox), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_actor_tells_itself_is_counted_too() {
        let mailbox = sleeper(Some(1)).await;
        mailbox.send_after(Duration::from_secs(5), || Msg::Sleep(60));
        seconds(30).await;
        assert_eq!(state(&mailbox), (26, 25), "its timer goes on while it sleeps");
        seconds(60).await;
        assert_eq!(state(&mailbox).1, 0);
        assert!(state(&mailbox).0 <= 1, "nothing is left over when all is handled");
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_queue_is_remembered_in_few_times() {
        let mailbox = sleeper(None).await;
        mailbox.cast(Msg::Sleep(100_000)).unwrap();
        for _ in 0..20_000 {
            mailbox.cast(Msg::Sleep(0)).unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(mailbox.gauge().marks().list.len() <= MARKS_MAX);
        assert_eq!(state(&mailbox), (20_001, 40));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_gone_holds_nothing() {
        let mailbox = sleeper(None).await;
        mailbox.get_cell().stop_and_wait(None, None).await.unwrap();
        assert!(mailbox.cast(Msg::Sleep(1)).is_err());
        assert!(mailbox.call(Msg::Answer, None).await.is_err());
        assert_eq!(state(&mailbox), (0, 0));
    }
}
