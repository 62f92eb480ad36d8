//! What the actor runtime promises, and what it does not. The house is built on these; a new version of `ractor` that
//! breaks one of them is found here and not in a plant.

use std::time::Duration;

use ractor::{
    Actor, ActorProcessingErr, ActorRef, ActorStatus, MessagingErr, OutputPort, RpcReplyPort, SpawnErr,
    SupervisionEvent,
};
use ractor_cluster::RactorMessage;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// Says in words, one after the other, what happens to the actors of a test.
#[derive(Clone)]
struct Diary(mpsc::Sender<String>);

struct Reader(mpsc::Receiver<String>);

impl Diary {
    fn open() -> (Self, Reader) {
        let (write, read) = mpsc::channel(4096);
        (Self(write), Reader(read))
    }

    fn tell(&self, what: impl Into<String>) {
        self.0.try_send(what.into()).expect("a diary with room");
    }
}

impl Reader {
    /// The next entry, within an hour of paused time.
    async fn next(&mut self) -> String {
        timeout(Duration::from_secs(3600), self.0.recv()).await.expect("an entry").expect("a diary that is kept")
    }

    /// Everything that was told; to be asked when nobody can tell any more.
    fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

#[derive(RactorMessage)]
enum ChildMsg {
    Say(String),
    Wait(Duration),
    Fail,
    Panic,
    Heard,
    Count(RpcReplyPort<usize>),
}

struct Child;

struct ChildArgs {
    diary: Diary,
    starts: bool,
}

struct ChildState {
    diary: Diary,
    handled: usize,
}

impl Actor for Child {
    type Msg = ChildMsg;
    type State = ChildState;
    type Arguments = ChildArgs;

    async fn pre_start(&self, _: ActorRef<ChildMsg>, args: ChildArgs) -> Result<ChildState, ActorProcessingErr> {
        if args.starts { Ok(ChildState { diary: args.diary, handled: 0 }) } else { Err("cannot start".into()) }
    }

    async fn handle(
        &self,
        _: ActorRef<ChildMsg>,
        message: ChildMsg,
        state: &mut ChildState,
    ) -> Result<(), ActorProcessingErr> {
        state.handled += 1;
        match message {
            ChildMsg::Say(what) => state.diary.tell(what),
            ChildMsg::Heard => {}
            ChildMsg::Wait(span) => tokio::time::sleep(span).await,
            ChildMsg::Fail => return Err("failed".into()),
            ChildMsg::Panic => panic!("panicked"),
            ChildMsg::Count(reply) => reply.send(state.handled)?,
        }
        Ok(())
    }

    async fn post_stop(&self, _: ActorRef<ChildMsg>, state: &mut ChildState) -> Result<(), ActorProcessingErr> {
        state.diary.tell("post_stop");
        Ok(())
    }
}

#[derive(RactorMessage)]
enum ParentMsg {}

/// Leaves supervision as the runtime has it.
struct CarelessParent;

impl Actor for CarelessParent {
    type Msg = ParentMsg;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<ParentMsg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

/// Writes every supervision event into the diary and lives on.
struct WatchfulParent;

impl Actor for WatchfulParent {
    type Msg = ParentMsg;
    type State = Diary;
    type Arguments = Diary;

    async fn pre_start(&self, _: ActorRef<ParentMsg>, diary: Diary) -> Result<Diary, ActorProcessingErr> {
        Ok(diary)
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<ParentMsg>,
        event: SupervisionEvent,
        diary: &mut Diary,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorStarted(_) => diary.tell("started"),
            SupervisionEvent::ActorTerminated(_, mut state, _) => {
                let last = state.as_mut().and_then(|state| state.take::<ChildState>().ok());
                diary.tell(format!("terminated, last state {:?}", last.map(|state| state.handled)));
            }
            SupervisionEvent::ActorFailed(_, error) => diary.tell(format!("failed: {error}")),
            _ => {}
        }
        Ok(())
    }
}

type Join = ractor::concurrency::JoinHandle<()>;

async fn child(diary: &Diary) -> (ActorRef<ChildMsg>, Join) {
    Actor::spawn(None, Child, ChildArgs { diary: diary.clone(), starts: true }).await.expect("a child")
}

async fn child_of(
    parent: &ActorRef<ParentMsg>,
    diary: &Diary,
    starts: bool,
) -> Result<(ActorRef<ChildMsg>, Join), SpawnErr> {
    Actor::spawn_linked(None, Child, ChildArgs { diary: diary.clone(), starts }, parent.get_cell()).await
}

async fn watchful(diary: &Diary) -> (ActorRef<ParentMsg>, Join) {
    Actor::spawn(None, WatchfulParent, diary.clone()).await.expect("a parent")
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_stops_by_default_when_any_child_ends() {
    let (diary, _reader) = Diary::open();
    let (parent, parent_ended) = Actor::spawn(None, CarelessParent, ()).await.expect("a parent");
    let (one, _) = child_of(&parent, &diary, true).await.expect("a child");
    let (_other, other_ended) = child_of(&parent, &diary, true).await.expect("a child");
    one.stop(None);
    parent_ended.await.expect("a parent that ended");
    other_ended.await.expect("a sibling that ended with it");
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_says_so_survives_its_children_and_learns_how_they_ended() {
    let (diary, mut reader) = Diary::open();
    let (parent, _) = watchful(&diary).await;
    for (order, told) in [(ChildMsg::Fail, "failed: failed"), (ChildMsg::Panic, "panicked")] {
        let (child, ended) = child_of(&parent, &diary, true).await.expect("a child");
        child.cast(order).expect("a living child");
        ended.await.expect("an end");
        assert_eq!(reader.next().await, "started");
        assert!(reader.next().await.contains(told));
    }
    assert_eq!(parent.get_status(), ActorStatus::Running);
}

#[tokio::test(start_paused = true)]
async fn the_last_state_survives_an_order_to_end_and_no_failure() {
    let (diary, mut reader) = Diary::open();
    let (parent, _) = watchful(&diary).await;
    let (child, _) = child_of(&parent, &diary, true).await.expect("a child");
    child.cast(ChildMsg::Say("hello".into())).expect("a living child");
    child.drain().expect("a living child");
    let mut told = vec![reader.next().await, reader.next().await, reader.next().await, reader.next().await];
    told.sort();
    assert_eq!(told, ["hello", "post_stop", "started", "terminated, last state Some(1)"]);

    let (child, ended) = child_of(&parent, &diary, true).await.expect("a child");
    assert_eq!(reader.next().await, "started");
    child.kill();
    ended.await.expect("an end");
    assert_eq!(reader.next().await, "terminated, last state Some(0)");

    // What failed comes as an error alone: what must survive a crash is read again at the start.
    let (child, _) = child_of(&parent, &diary, true).await.expect("a child");
    assert_eq!(reader.next().await, "started");
    child.cast(ChildMsg::Fail).expect("a living child");
    assert_eq!(reader.next().await, "failed: failed");
}

#[tokio::test(start_paused = true)]
async fn stop_discards_the_queue() {
    let (diary, mut reader) = Diary::open();
    let (child, ended) = child(&diary).await;
    child.cast(ChildMsg::Wait(Duration::from_secs(1))).expect("a living child");
    child.cast(ChildMsg::Say("lost".into())).expect("a living child");
    child.stop(None);
    ended.await.expect("an end");
    assert_eq!(reader.rest(), ["post_stop"]);
}

#[tokio::test(start_paused = true)]
async fn drain_finishes_the_queue() {
    let (diary, mut reader) = Diary::open();
    let (child, ended) = child(&diary).await;
    child.cast(ChildMsg::Wait(Duration::from_secs(1))).expect("a living child");
    child.cast(ChildMsg::Say("kept".into())).expect("a living child");
    child.drain().expect("a living child");
    assert!(child.cast(ChildMsg::Say("too late".into())).is_err(), "a draining actor takes nothing new");
    ended.await.expect("an end");
    assert_eq!(reader.rest(), ["kept", "post_stop"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_pre_start_comes_back_to_the_spawner_and_not_as_an_event() {
    let (diary, mut reader) = Diary::open();
    let (parent, _) = watchful(&diary).await;
    let refused = child_of(&parent, &diary, false).await;
    assert!(matches!(refused, Err(SpawnErr::StartupFailed(why)) if why.to_string() == "cannot start"));
    child_of(&parent, &diary, true).await.expect("a second one that starts");
    assert_eq!(reader.next().await, "started");
    assert!(reader.rest().is_empty());
}

#[tokio::test(start_paused = true)]
async fn stopping_a_parent_kills_its_children_without_post_stop() {
    let (diary, mut reader) = Diary::open();
    let (parent, _) = Actor::spawn(None, CarelessParent, ()).await.expect("a parent");
    let (child, ended) = child_of(&parent, &diary, true).await.expect("a child");
    child.cast(ChildMsg::Wait(Duration::from_secs(60))).expect("a living child");
    child.cast(ChildMsg::Say("lost".into())).expect("a living child");
    parent.stop(None);
    ended.await.expect("an end");
    assert!(reader.rest().is_empty());
}

#[tokio::test(start_paused = true)]
async fn children_that_are_drained_first_lose_nothing() {
    let (diary, mut reader) = Diary::open();
    let (parent, _) = watchful(&Diary::open().0).await;
    let (child, _) = child_of(&parent, &diary, true).await.expect("a child");
    child.cast(ChildMsg::Wait(Duration::from_secs(60))).expect("a living child");
    child.cast(ChildMsg::Say("kept".into())).expect("a living child");
    parent.drain_children_and_wait(None).await;
    parent.stop(None);
    assert_eq!(reader.rest(), ["kept", "post_stop"]);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_waits_holds_its_mailbox() {
    let (diary, _reader) = Diary::open();
    let (child, _) = child(&diary).await;
    let asked = Instant::now();
    child.cast(ChildMsg::Wait(Duration::from_secs(5))).expect("a living child");
    let answer = child.call(ChildMsg::Count, None).await.expect("a living child");
    assert_eq!(answer.unwrap(), 2);
    assert!(asked.elapsed() >= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_has_no_bound() {
    let (diary, _reader) = Diary::open();
    let (child, _) = child(&diary).await;
    child.cast(ChildMsg::Wait(Duration::from_secs(1))).expect("a living child");
    for _ in 0..100_000 {
        child.cast(ChildMsg::Heard).expect("a mailbox that takes everything");
    }
    let answer = child.call(ChildMsg::Count, None).await.expect("a living child");
    assert_eq!(answer.unwrap(), 100_002);
}

#[tokio::test(start_paused = true)]
async fn an_address_does_not_outlive_its_actor() {
    let (diary, _reader) = Diary::open();
    let (gone, ended) = child(&diary).await;
    gone.stop(None);
    ended.await.expect("an end");
    let (_successor, _) = child(&diary).await;
    assert!(matches!(gone.cast(ChildMsg::Fail), Err(MessagingErr::ChannelClosed | MessagingErr::SendErr(_))));
}

#[tokio::test(start_paused = true)]
async fn names_are_global_to_the_process() {
    let (diary, _reader) = Diary::open();
    let args = || ChildArgs { diary: diary.clone(), starts: true };
    let name = Some("runtime_promises::only_one".to_owned());
    let (first, ended) = Actor::spawn(name.clone(), Child, args()).await.expect("the first of this name");
    let second = Actor::spawn(name, Child, args()).await;
    assert!(matches!(second, Err(SpawnErr::ActorAlreadyRegistered(_))));
    first.stop(None);
    ended.await.expect("an end");
}

#[tokio::test(start_paused = true)]
async fn an_output_port_drops_under_bursts() {
    let (diary, _reader) = Diary::open();
    let (child, _) = child(&diary).await;
    let port: OutputPort<u32> = OutputPort::default();
    port.subscribe(child.clone(), |_| Some(ChildMsg::Heard));
    (0..1000).for_each(|number| port.send(number));
    // The subscription forwards what is left of the burst before an hour of paused time can pass.
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let heard = child.call(ChildMsg::Count, None).await.expect("a living child").unwrap() - 1;
    assert!(heard < 1000, "all {heard} of the burst arrived");
}

#[tokio::test(start_paused = true)]
async fn timers_follow_the_paused_clock_and_the_system_clock_does_not() {
    let (diary, mut reader) = Diary::open();
    let (child, _) = child(&diary).await;
    let (paused, real) = (Instant::now(), std::time::Instant::now());
    child.send_after(Duration::from_secs(1800), || ChildMsg::Say("half an hour".into()));
    assert_eq!(reader.next().await, "half an hour");
    assert!(paused.elapsed() >= Duration::from_secs(1800));
    assert!(real.elapsed() < Duration::from_secs(600));
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_leaps_while_a_real_socket_is_waited_for() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let real = std::time::Instant::now();
    let waited = timeout(Duration::from_secs(3600), listener.accept()).await;
    assert!(waited.is_err() && real.elapsed() < Duration::from_secs(600));
}

/// Starts a child before it is alive itself, and writes into the diary how its children end.
struct EarlyParent;

impl Actor for EarlyParent {
    type Msg = ChildMsg;
    type State = (Diary, ActorRef<ChildMsg>);
    type Arguments = Diary;

    async fn pre_start(&self, myself: ActorRef<ChildMsg>, diary: Diary) -> Result<Self::State, ActorProcessingErr> {
        let args = ChildArgs { diary: Diary::open().0, starts: true };
        let (child, _) = Actor::spawn_linked(None, Child, args, myself.get_cell()).await?;
        child.cast(ChildMsg::Fail)?;
        Ok((diary, child))
    }

    async fn handle(
        &self,
        _: ActorRef<ChildMsg>,
        message: ChildMsg,
        (diary, child): &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ChildMsg::Wait(span) => tokio::time::sleep(span).await,
            ChildMsg::Say(what) => diary.tell(what),
            _ => child.kill(),
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<ChildMsg>,
        event: SupervisionEvent,
        (diary, _): &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorTerminated(_, _, reason) => diary.tell(format!("{reason:?}")),
            SupervisionEvent::ActorFailed(_, error) => diary.tell(format!("failed: {error}")),
            _ => {}
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_child_that_was_started_early_is_told_all_the_same() {
    let (diary, mut reader) = Diary::open();
    let (_parent, _) = Actor::spawn(None, EarlyParent, diary).await.expect("a parent");
    assert_eq!(reader.next().await, "failed: failed");
}

/// How somebody ends a child.
type EndOf = fn(&ActorRef<ChildMsg>);

#[tokio::test(start_paused = true)]
async fn how_an_actor_ended_is_told_in_these_words() {
    let (diary, mut reader) = Diary::open();
    let (parent, _) = Actor::spawn(None, EarlyParent, diary).await.expect("a parent");
    assert_eq!(reader.next().await, "failed: failed");
    let (quiet, _quiet_reader) = Diary::open();
    let ends: [(EndOf, &str); 5] = [
        (|child| child.stop(None), "None"),
        (|child| child.stop(Some("enough".into())), "Some(\"enough\")"),
        (|child| drop(child.drain()), "Some(\"Drained\")"),
        (|child| child.kill(), "Some(\"killed\")"),
        (|child| drop(child.cast(ChildMsg::Panic)), "failed: panicked"),
    ];
    for (end, words) in ends {
        let (child, _) =
            Actor::spawn_linked(None, Child, ChildArgs { diary: quiet.clone(), starts: true }, parent.get_cell())
                .await
                .expect("a child");
        end(&child);
        assert_eq!(reader.next().await, words);
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_is_told_before_what_waits_in_the_mailbox() {
    let (diary, mut reader) = Diary::open();
    let (parent, _) = Actor::spawn(None, EarlyParent, diary).await.expect("a parent");
    assert_eq!(reader.next().await, "failed: failed");
    let args = ChildArgs { diary: Diary::open().0, starts: true };
    let (child, ended) = Actor::spawn_linked(None, Child, args, parent.get_cell()).await.expect("a child");
    parent.cast(ChildMsg::Wait(Duration::from_secs(60))).expect("a living parent");
    parent.cast(ChildMsg::Say("waited".into())).expect("a living parent");
    // The parent is at its wait before the child ends, so both stand in its way afterwards.
    tokio::time::sleep(Duration::from_secs(1)).await;
    child.kill();
    ended.await.expect("an end");
    assert_eq!((reader.next().await.as_str(), reader.next().await.as_str()), ("Some(\"killed\")", "waited"));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_linked_to_a_supervisor_that_stops() {
    let (diary, _reader) = Diary::open();
    let (parent, ended) = Actor::spawn(None, CarelessParent, ()).await.expect("a parent");
    parent.stop(None);
    ended.await.expect("an end");
    assert!(child_of(&parent, &diary, true).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn waiting_for_one_who_is_gone_ends_at_once() {
    let (diary, _reader) = Diary::open();
    let (gone, ended) = child(&diary).await;
    gone.kill();
    ended.await.expect("an end");
    let asked = Instant::now();
    drop(gone.get_cell().drain_and_wait(Some(Duration::from_secs(60))).await);
    assert!(asked.elapsed() < Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_monitor_hears_of_an_end_without_being_a_supervisor() {
    let (diary, mut reader) = Diary::open();
    let (monitor, _) = watchful(&diary).await;
    let (quiet, _quiet_reader) = Diary::open();
    let (watched, ended) = child(&quiet).await;
    monitor.get_cell().monitor(watched.get_cell());
    watched.cast(ChildMsg::Fail).expect("a living child");
    ended.await.expect("an end");
    // Whether it hears of the start depends on who was quicker.
    let mut told = reader.next().await;
    if told == "started" {
        told = reader.next().await;
    }
    assert_eq!(told, "failed: failed");
    assert_eq!(monitor.get_status(), ActorStatus::Running);
}
