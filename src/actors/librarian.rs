//! The librarian: one a node. Gathers what is known from where it lies (the articles in the binary, the folder of the site, the
//! database), keeps the library to it, and has meanings computed.
//!
//! It looks every few seconds whether something has changed; another node may have been given a document. Reading and
//! computing are done beside the mailbox, one at a time. Nobody waits for it: a search asks the [`Library`] itself.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tracing::{info, warn};

use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch};
use super::{PATIENCE, answer};
use crate::domain::{DocumentId, DocumentKind, DocumentMedia, DocumentOrigin, Passage, PlantId, WallTime};
use crate::retrieval::{Library, Standing};
use crate::telemetry::Clock;

/// How often it is looked whether something has changed.
const LOOK_PERIOD: Duration = Duration::from_secs(3);
/// Pause before something that failed is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(20);

/// A document that is known, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDocument {
    /// Its id.
    pub id: DocumentId,
    /// The plant that it is about; `None`: every plant that has what it names.
    pub plant: Option<PlantId>,
    /// Where it comes from.
    pub origin: DocumentOrigin,
    /// What it is about.
    pub kind: DocumentKind,
    /// What kind of file it is.
    pub media: DocumentMedia,
    /// Its title.
    pub title: String,
    /// How many passages it has.
    pub passages: usize,
    /// Bytes of its file; `None` for what TEP comes with.
    pub size: Option<u64>,
    /// Who has added it, and when.
    pub added: Option<(String, WallTime)>,
    /// Why it cannot be found.
    pub problem: Option<String>,
}

/// Everything that is known at a moment.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// The documents.
    pub documents: Vec<KnownDocument>,
    /// Their passages.
    pub passages: Vec<Passage>,
    /// What could not be looked at, for people; what lay there before counts meanwhile.
    pub problems: Vec<String>,
}

/// Wherever documents lie.
#[async_trait]
pub trait Shelves: Send + Sync + std::fmt::Debug {
    /// Something that changes whenever a document does. Cheap: it is asked every few seconds.
    async fn mark(&self) -> String;

    /// Reads everything. What cannot be read is told, and does not keep the rest from being read.
    async fn gather(&self) -> Gathered;
}

/// What a librarian is started with.
#[derive(Clone, Debug)]
pub struct LibrarySetup {
    /// What is searched.
    pub library: Library,
    /// Where documents lie.
    pub shelves: Arc<dyn Shelves>,
    /// What time it is.
    pub clock: Clock,
}

/// How the library stands, with what is in it.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Documents, in the order of origin and id.
    pub documents: Arc<[KnownDocument]>,
    /// What could not be looked at.
    pub problems: Arc<[String]>,
    /// How the search stands.
    pub standing: Standing,
    /// When everything was read last; `None`: not yet.
    pub read_at: Option<WallTime>,
}

/// The only way in.
#[derive(Clone, Debug)]
pub struct Librarian(Mailbox<Msg>);

#[derive(RactorMessage)]
pub(super) enum Msg {
    LookDue,
    Marked { mark: String, changed: bool },
    Read { mark: String, outcome: Box<Result<Gathered, String>> },
    Computed(Result<usize, String>),
    ServerFilled(Result<(), String>),
    ReadAgain(RpcReplyPort<()>),
    Catalogue(RpcReplyPort<Catalogue>),
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Librarian {
    pub(super) async fn start(setup: LibrarySetup, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, setup, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// What is known, and how the search stands.
    ///
    /// # Errors
    /// While the librarian is being restarted.
    pub async fn catalogue(&self) -> Result<Catalogue, super::Unavailable> {
        answer(self.0.call(Msg::Catalogue, Some(PATIENCE)).await)
    }

    /// A document was added or removed: returns when everything has been read again and can be found by its words.
    ///
    /// # Errors
    /// When that takes too long, or while the librarian is being restarted; it is read all the same.
    pub async fn read_again(&self) -> Result<(), super::Unavailable> {
        answer(self.0.call(Msg::ReadAgain, Some(READ_PATIENCE)).await)
    }
}

/// How long who has added a document waits until it can be found.
const READ_PATIENCE: Duration = Duration::from_secs(10);

struct Behaviour;

/// What is being done beside the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Looking,
    Reading,
    Computing,
    FillingServer,
}

struct State {
    setup: LibrarySetup,
    /// What was read last, by the mark that it had.
    mark: Option<String>,
    documents: Arc<[KnownDocument]>,
    problems: Arc<[String]>,
    read_at: Option<WallTime>,
    task: Option<Task>,
    /// Whether everything is to be read whatever its mark.
    must_read: bool,
    /// Who waits until everything has been read, from the next reading on and from the one under way.
    waiting: Vec<RpcReplyPort<()>>,
    served_by_this: Vec<RpcReplyPort<()>>,
    meanings_owed: bool,
    server_owed: bool,
    not_before: WallTime,
    trouble: Option<String>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = LibrarySetup;

    async fn pre_start(&self, myself: Mailbox<Msg>, setup: LibrarySetup) -> Result<State, ActorProcessingErr> {
        myself.send_interval(LOOK_PERIOD, || Msg::LookDue);
        let mut state = State {
            not_before: setup.clock.now(),
            setup,
            mark: None,
            documents: Arc::default(),
            problems: Arc::default(),
            read_at: None,
            task: None,
            must_read: true,
            waiting: Vec::new(),
            served_by_this: Vec::new(),
            meanings_owed: true,
            server_owed: true,
            trouble: None,
        };
        state.go_on(&myself);
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::LookDue if state.task.is_none() => state.look(&myself),
            Msg::LookDue => {}
            Msg::Marked { mark, changed } => {
                state.task = None;
                state.must_read |= changed;
                if !changed {
                    state.mark = Some(mark);
                }
                state.go_on(&myself);
            }
            Msg::Read { mark, outcome } => {
                state.read(mark, *outcome);
                state.go_on(&myself);
            }
            Msg::Computed(outcome) => {
                state.task = None;
                match outcome {
                    Ok(left) => state.meanings_owed = left > 0,
                    Err(problem) => state.failed("meanings cannot be computed", problem),
                }
                state.go_on(&myself);
            }
            Msg::ServerFilled(outcome) => {
                state.task = None;
                match outcome {
                    Ok(()) => state.server_owed = false,
                    Err(problem) => state.failed("the server cannot be filled", problem),
                }
                state.go_on(&myself);
            }
            Msg::ReadAgain(reply) => {
                state.must_read = true;
                state.waiting.push(reply);
                state.go_on(&myself);
            }
            Msg::Catalogue(reply) => drop(reply.send(state.catalogue())),
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    /// Looks whether something has changed; when nothing has, what is owed is gone on with.
    fn look(&mut self, myself: &Mailbox<Msg>) {
        self.task = Some(Task::Looking);
        let (shelves, myself, before) = (Arc::clone(&self.setup.shelves), myself.clone(), self.mark.clone());
        tokio::spawn(async move {
            let mark = shelves.mark().await;
            let changed = before.as_ref() != Some(&mark);
            drop(myself.cast(Msg::Marked { mark, changed }));
        });
    }

    /// Does what is owed, one thing at a time: what can be found first.
    fn go_on(&mut self, myself: &Mailbox<Msg>) {
        if self.task.is_some() {
            return;
        }
        let rests = self.setup.clock.now() < self.not_before;
        let (library, myself) = (self.setup.library.clone(), myself.clone());
        if self.must_read {
            self.must_read = false;
            self.task = Some(Task::Reading);
            self.served_by_this.append(&mut self.waiting);
            let shelves = Arc::clone(&self.setup.shelves);
            tokio::spawn(async move {
                // The mark comes first: what changes meanwhile is read at the next look.
                let mark = shelves.mark().await;
                let mut gathered = shelves.gather().await;
                let stocked = library.stock(std::mem::take(&mut gathered.passages)).await;
                let outcome = stocked.map(|()| gathered).map_err(|e| format!("{e:#}"));
                drop(myself.cast(Msg::Read { mark, outcome: Box::new(outcome) }));
            });
        } else if self.meanings_owed && !rests {
            self.task = Some(Task::Computing);
            tokio::spawn(async move { drop(myself.cast(Msg::Computed(library.compute_meanings().await))) });
        } else if self.server_owed && !rests {
            self.task = Some(Task::FillingServer);
            tokio::spawn(async move { drop(myself.cast(Msg::ServerFilled(library.fill_server().await))) });
        }
    }

    fn read(&mut self, mark: String, outcome: Result<Gathered, String>) {
        self.task = None;
        match outcome {
            Ok(gathered) => {
                let first = self.read_at.is_none();
                self.mark = Some(mark);
                self.documents = gathered.documents.into();
                self.problems = gathered.problems.into();
                self.read_at = Some(self.setup.clock.now());
                (self.meanings_owed, self.server_owed, self.trouble) = (true, true, None);
                self.not_before = self.setup.clock.now();
                if first {
                    let passages = self.setup.library.standing().passages;
                    info!(documents = self.documents.len(), passages, "the library is open");
                }
                for problem in self.problems.iter() {
                    warn!("the library: {problem}");
                }
            }
            Err(problem) => self.failed("the library cannot be stocked", problem),
        }
        for reply in self.served_by_this.drain(..) {
            drop(reply.send(()));
        }
    }

    fn failed(&mut self, what: &str, problem: String) {
        let trouble = format!("{what}: {problem}");
        if self.trouble.as_ref() != Some(&trouble) {
            warn!("{trouble}");
        }
        self.trouble = Some(trouble);
        self.not_before = self.setup.clock.now() + RETRY_AFTER;
    }

    fn catalogue(&self) -> Catalogue {
        Catalogue {
            documents: Arc::clone(&self.documents),
            problems: Arc::clone(&self.problems),
            standing: self.setup.library.standing(),
            read_at: self.read_at,
        }
    }

    fn sketch(&self) -> Sketch {
        match (&self.trouble, self.problems.first()) {
            (Some(trouble), _) => Sketch::degraded(trouble.clone()),
            (None, Some(problem)) => Sketch::degraded(problem.clone()),
            (None, None) => Sketch::default(),
        }
    }
}
