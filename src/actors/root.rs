//! The root supervisor: keeps the plant alive, hands out doors, and puts out the lights in order.

use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, SpawnErr, SupervisionEvent};
use ractor_cluster::RactorMessage;
use tokio::task::JoinHandle;
use tracing::warn;

use super::plant::{self, PlantDoor, PlantSetup};
use super::portrait::{Poses, Sketch};
use super::supervision::{Backoff, ChildSpec, Children, Plan, Strategy, Supervisor};
use super::{Doors, PATIENCE, Unavailable, answer};
use crate::domain::{ActorPortrait, Health, Importance, WallTime};
use crate::feed::SupervisionFrame;

/// A plant that could not be built anew waits longer than a part of it: whatever it failed for is seldom over at once.
const PLANT_BACKOFF: Backoff =
    Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(30), jitter: 0.2 };

/// The only way in.
#[derive(Clone, Debug)]
pub struct Root(ActorRef<Msg>);

#[derive(RactorMessage)]
pub(super) enum Msg {
    Doors(RpcReplyPort<Doors>),
    Tree(RpcReplyPort<ActorPortrait>),
    Drain(RpcReplyPort<()>),
    RestartDue { generation: u64 },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Root {
    /// Builds the whole tree. The handle ends when the root does; unless it was shut down, that is a failure of the
    /// process, and whoever started it (systemd, a person) is to start it again.
    ///
    /// # Errors
    /// When a part of the tree cannot be built; the error names it.
    pub async fn start(setup: PlantSetup) -> Result<(Self, JoinHandle<()>), SpawnErr> {
        let (actor, ended) = Actor::spawn(None, Behaviour, setup).await?;
        Ok((Self(actor), ended))
    }

    /// The current doors of the plant; ask for each request, since a restarted actor has a new one.
    ///
    /// # Errors
    /// While a part of the plant is being restarted.
    pub async fn doors(&self) -> Result<Doors, Unavailable> {
        answer(self.0.call(Msg::Doors, Some(PATIENCE)).await)
    }

    /// The live tree of actors.
    ///
    /// # Errors
    /// While the root itself goes down.
    pub async fn tree(&self) -> Result<ActorPortrait, Unavailable> {
        answer(self.0.call(Msg::Tree, Some(PATIENCE)).await)
    }

    /// Stops the source, lets everything that is under way arrive, and ends the tree.
    pub async fn shut_down(&self, patience: Duration) {
        if self.0.call(Msg::Drain, Some(patience)).await.is_err() {
            warn!("the tree went down before it was emptied");
        }
        drop(self.0.get_cell().stop_and_wait(Some("shut down".into()), Some(Duration::from_secs(2))).await);
    }
}

struct Behaviour;

struct State {
    setup: PlantSetup,
    plant: Option<PlantDoor>,
    children: Children<()>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = PlantSetup;

    async fn pre_start(&self, myself: ActorRef<Msg>, setup: PlantSetup) -> Result<State, ActorProcessingErr> {
        let plan = Plan::group(Strategy::OneForOne, [()]);
        let spec = ChildSpec::essential("plant", setup.plant.id.as_str()).with_backoff(PLANT_BACKOFF);
        let children = Children::new("root", setup.clock.now(), plan, |()| spec.clone());
        let mut state = State { setup, plant: None, children };
        state.start_all(&myself).await?;
        Ok(state)
    }

    async fn handle(&self, myself: ActorRef<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Doors(reply) => {
                if let Some(plant) = &state.plant {
                    plant.doors(reply);
                }
            }
            Msg::Tree(reply) => state.draw_tree(reply),
            Msg::Drain(reply) => {
                state.children.close();
                match &state.plant {
                    Some(plant) => plant.drain(reply),
                    None => drop(reply.send(())),
                }
            }
            Msg::RestartDue { generation } => return state.restart(&(), generation, &myself).await,
            Msg::Pose(reply) => drop(reply.send(Sketch::default())),
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Msg>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.supervise(event, &myself).await
    }
}

impl Supervisor for State {
    type Key = ();
    type Msg = Msg;

    fn book(&mut self) -> &mut Children<()> {
        &mut self.children
    }

    fn now(&self) -> WallTime {
        self.setup.clock.now()
    }

    fn restart_due((): (), generation: u64) -> Msg {
        Msg::RestartDue { generation }
    }

    async fn start_child(&mut self, (): &(), myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let path = format!("root/plant:{}", self.setup.plant.id);
        let args = plant::Args { setup: self.setup.clone(), path };
        let (door, actor) = PlantDoor::start(args, myself.get_cell()).await?;
        self.children.started(&(), &actor, self.setup.clock.now());
        self.plant = Some(door);
        Ok(())
    }

    fn child_gone(&mut self, (): &()) {
        self.plant = None;
    }

    /// The plant's own publisher has gone with it, so the root tells the stream itself.
    fn publish(&mut self, frame: SupervisionFrame) {
        self.setup.feed.supervision.publish(frame);
    }

    /// Without its plant the process has nothing to go on with; the failure passes up instead.
    fn missing(&mut self, (): &(), _: Option<&str>) {}
}

impl State {
    fn draw_tree(&self, reply: RpcReplyPort<ActorPortrait>) {
        let children = self.children.portraits();
        tokio::spawn(async move {
            let portrait = ActorPortrait {
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
                actor_id: None,
                children: children.await,
            };
            drop(reply.send(portrait));
        });
    }
}
