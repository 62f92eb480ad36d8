//! The root supervisor: keeps the plant alive, hands out doors, and puts out the lights in order.

use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, SpawnErr, SupervisionEvent};
use ractor_cluster::RactorMessage;
use tokio::task::JoinHandle;
use tracing::{error, warn};

use super::children::{Children, Ended, ended_actor};
use super::plant::{self, PlantDoor, PlantSetup};
use super::portrait::{Poses, Sketch};
use super::{Doors, PATIENCE, Unavailable, answer};
use crate::domain::{ActorPortrait, Health, Importance};

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
    draining: bool,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = PlantSetup;

    async fn pre_start(&self, myself: ActorRef<Msg>, setup: PlantSetup) -> Result<State, ActorProcessingErr> {
        let mut state = State { setup, plant: None, children: Children::new("root"), draining: false };
        state.start_plant(&myself).await?;
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
                state.draining = true;
                match &state.plant {
                    Some(plant) => plant.drain(reply),
                    None => drop(reply.send(())),
                }
            }
            Msg::RestartDue { generation } if state.children.is_due(&(), generation) => {
                if let Err(problem) = state.start_plant(&myself).await {
                    let ended = state.children.restart_failed(&(), &problem.to_string(), state.setup.clock.now());
                    return state.act_on(ended, &problem.to_string(), &myself);
                }
            }
            Msg::RestartDue { .. } => {}
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
        let Some((id, why)) = ended_actor(event) else { return Ok(()) };
        if state.draining {
            return Ok(());
        }
        let ended = state.children.ended(id, &why, state.setup.clock.now());
        state.act_on(ended, &why, &myself)
    }
}

impl State {
    async fn start_plant(&mut self, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let name = self.setup.plant.id.clone();
        let args = plant::Args { setup: self.setup.clone(), path: format!("root/plant:{name}") };
        let (door, actor) = PlantDoor::start(args, myself.get_cell()).await?;
        let spec = (name.as_str(), "plant", Importance::Essential);
        self.children.started((), spec, &actor, self.setup.clock.now());
        self.plant = Some(door);
        Ok(())
    }

    fn act_on(
        &mut self,
        ended: Option<Ended<()>>,
        why: &str,
        myself: &ActorRef<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        self.plant = None;
        match ended {
            None => Ok(()),
            Some(Ended::Restart { after, generation, .. }) => {
                warn!(plant = %self.setup.plant.id, "the plant failed and is restarted: {why}");
                myself.send_after(after, move || Msg::RestartDue { generation });
                Ok(())
            }
            Some(Ended::LeftOut(()) | Ended::Escalate(())) => {
                error!(plant = %self.setup.plant.id, "the plant cannot be kept alive: {why}");
                Err(format!("the plant cannot be kept alive: {why}").into())
            }
        }
    }

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
