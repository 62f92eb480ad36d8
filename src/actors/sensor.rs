//! A sensor: judges the quality of one tag, sample by sample.

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;

use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch, Tell};
use crate::detect::quality::judge;
use crate::domain::{Quality, Tag};

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct Sensor(Mailbox<Msg>);

/// What a sensor starts with.
pub(super) struct Args {
    pub tag: Tag,
    /// Its place in the unit.
    pub slot: usize,
    pub unit: Tell<Judged>,
}

/// One judged sample.
#[derive(Debug)]
pub(super) struct Judged {
    pub slot: usize,
    pub scan: u64,
    pub value: f64,
    pub quality: Quality,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    Sampled { scan: u64, value: f64, quality: Quality },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Sensor {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// A sample has come. False when the sensor is gone and will not judge it.
    pub fn sampled(&self, scan: u64, value: f64, quality: Quality) -> bool {
        self.0.cast(Msg::Sampled { scan, value, quality }).is_ok()
    }
}

struct Behaviour;

struct State {
    args: Args,
    last: Option<Judged>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, _: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        Ok(State { args, last: None })
    }

    async fn handle(&self, _: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Sampled { scan, value, quality } => {
                let quality = judge(&state.args.tag, value, quality);
                let judged = |()| Judged { slot: state.args.slot, scan, value, quality };
                state.args.unit.say(judged(()));
                state.last = Some(judged(()));
            }
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    fn sketch(&self) -> Sketch {
        match &self.last {
            None => Sketch::at_work("no sample yet"),
            Some(last) if last.quality.is_usable() => {
                Sketch::at_work(format!("{:.6} {}", last.value, self.args.tag.unit_of_measure))
            }
            Some(last) => Sketch::degraded(format!("its last sample is {}", name(last.quality))),
        }
    }
}

fn name(quality: Quality) -> &'static str {
    match quality {
        Quality::Good => "good",
        Quality::Uncertain => "uncertain",
        Quality::Bad => "bad",
        Quality::Stale => "stale",
    }
}
