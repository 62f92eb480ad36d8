//! The worker of one provider: makes its calls, and waits for them in the broker's stead.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::question::{Progress, Question};
use super::setup::{BrokerSetup, ProviderSetup};
use crate::actors::mailbox::{self, Actor, Mailbox};
use crate::actors::portrait::{Poses, Sketch, Tell};
use crate::explain::{Kind, Pseudonyms, Revealer, spellings};
use crate::llm::{Answer, LlmError, Request};

/// One call.
pub(super) struct Call {
    /// The question's number.
    pub flight: u64,
    pub question: Arc<Question>,
    /// Who listens.
    pub told: watch::Sender<Progress>,
    /// The hash of every letter that is sent, once it is known.
    pub prompt_hash: Arc<OnceLock<String>>,
}

/// What came of a call.
pub(in crate::actors) struct Ended {
    pub flight: u64,
    pub outcome: Result<Answer, LlmError>,
    pub took: Duration,
    pub first_token: Option<Duration>,
}

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct Worker(Mailbox<Msg>);

/// What the worker starts with.
pub(super) struct Args {
    pub setup: Arc<ProviderSetup>,
    /// What the broker was built from: it knows whose names are hidden.
    pub whole: Arc<BrokerSetup>,
    pub broker: Tell<Box<Ended>>,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    Call(Box<Call>),
    Cancel { flight: u64 },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Worker {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// Makes a call; false when the worker has just gone.
    pub fn call(&self, call: Call) -> bool {
        self.0.cast(Msg::Call(Box::new(call))).is_ok()
    }

    /// Ends a call; nothing is heard of it any more.
    pub fn cancel(&self, flight: u64) {
        drop(self.0.cast(Msg::Cancel { flight }));
    }
}

struct Behaviour;

struct State {
    args: Args,
    /// The calls that are under way, and some that are over; dropping one closes its socket.
    calls: HashMap<u64, AbortOnDropHandle<()>>,
}

impl State {
    fn forget_what_is_over(&mut self) {
        self.calls.retain(|_, call| !call.is_finished());
    }
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, _: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        Ok(State { args, calls: HashMap::new() })
    }

    async fn handle(&self, _: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Call(call) => {
                state.forget_what_is_over();
                let flight = call.flight;
                let Args { setup, whole, broker } = &state.args;
                let (setup, whole, broker) = (Arc::clone(setup), Arc::clone(whole), broker.clone());
                let work = tokio::spawn(async move { broker.say(Box::new(make(&setup, &whole, *call).await)) });
                state.calls.insert(flight, AbortOnDropHandle::new(work));
            }
            Msg::Cancel { flight } => drop(state.calls.remove(&flight)),
            Msg::Pose(reply) => {
                state.forget_what_is_over();
                drop(reply.send(Sketch::at_work(format!("{} calls under way", state.calls.len()))));
            }
        }
        Ok(())
    }
}

/// Makes a call. A defect in what reads an answer ends this call alone.
async fn make(setup: &ProviderSetup, whole: &BrokerSetup, call: Call) -> Ended {
    let (began, flight) = (Instant::now(), call.flight);
    let mut first_token = None;
    let work = ask(setup, whole, &call, began, &mut first_token);
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|_| Err(LlmError::Broken("it could not be read (a defect of TEP)".into())));
    Ended { flight, outcome, took: began.elapsed(), first_token }
}

async fn ask(
    setup: &ProviderSetup,
    whole: &BrokerSetup,
    call: &Call,
    began: Instant,
    first_token: &mut Option<Duration>,
) -> Result<Answer, LlmError> {
    let question = &call.question;
    let people = if setup.hides { people(whole).await? } else { Vec::new() };
    let words = question.words.iter().filter(|_| setup.hides).map(|(kind, word)| (*kind, word.as_str()));
    let mut names = Pseudonyms::new(words.chain(people.iter().map(|name| (Kind::Person, name.as_str()))));
    let mut request = request(setup, question);
    if setup.hides {
        let too_many = |e| LlmError::Misconfigured(format!("pseudonyms: {e}"));
        request.system = names.hide(&request.system).map_err(too_many)?;
        for message in &mut request.messages {
            message.text = names.hide(&message.text).map_err(too_many)?;
        }
        if let Some(schema) = &mut request.schema {
            schema.schema = names.hide_json(&schema.schema).map_err(too_many)?;
        }
    }
    drop(call.prompt_hash.set(hash(&request)));
    let mut revealer = Revealer::default();
    let mut tell = |piece: &str| {
        first_token.get_or_insert_with(|| began.elapsed());
        let plain = if setup.hides { revealer.reveal(&names, piece) } else { piece.to_owned() };
        call.told.send_if_modified(|progress| {
            progress.text.push_str(&plain);
            !plain.is_empty()
        });
    };
    let mut answer = setup.wire.generate(&request, &mut tell).await?;
    if setup.hides {
        answer.text = revealed(&names, &answer.text, question.schema.is_some());
    }
    Ok(answer)
}

/// Everything by which the persons are called that are known at all. Without knowing them nothing is sent.
async fn people(whole: &BrokerSetup) -> Result<Vec<String>, LlmError> {
    let known = whole.ledger.people().await;
    let known = known.map_err(|e| LlmError::Misconfigured(format!("pseudonyms: whom to hide is not known: {e}")))?;
    Ok(known.iter().chain(&whole.people).flat_map(|name| spellings(name)).collect())
}

/// What is sent; pseudonyms are put in afterwards.
fn request(setup: &ProviderSetup, question: &Question) -> Request {
    Request {
        system: question.system.clone(),
        messages: question.messages.clone(),
        schema: question.schema.clone(),
        output_tokens_max: question.output_tokens_max,
        temperature: question.temperature,
        patience: setup.patience,
    }
}

/// What a question needs, as this request tells it.
pub(super) fn prompt_tokens(setup: &ProviderSetup, question: &Question) -> u32 {
    request(setup, question).tokens_at_most()
}

/// In JSON a name may need escaping, so it is read back value by value.
fn revealed(names: &Pseudonyms, text: &str, json: bool) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if json => names.reveal_json(&value).to_string(),
        _ => names.reveal(text),
    }
}

fn hash(request: &Request) -> String {
    let mut hash = Sha256::new();
    let schema = request.schema.as_ref().map(|schema| schema.schema.to_string()).unwrap_or_default();
    let messages = request.messages.iter().map(|message| message.text.as_str());
    for part in [request.system.as_str(), schema.as_str()].into_iter().chain(messages) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    format!("{:x}", hash.finalize())
}
