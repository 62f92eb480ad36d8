//! A plant-wide detector: one multivariate chart, with the model that it has, and an honest word when it has none.

use std::sync::Arc;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tracing::info;

use super::alarm_desk::AlarmDesk;
use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch};
use super::publisher::Publisher;
use crate::config::{bounds, plant as plant_file};
use crate::detect::VerdictReporter;
use crate::detect::pca::{PcaChart, PcaModel};
use crate::domain::{DetectorPortrait, DetectorSpec, DetectorState, ModelFacts, Plant, Scan, TrainingProgress};
use crate::storage::{Model, OwnedPlant};
use crate::telemetry::events;

/// An alarm names this many tags that contributed; the detectors page shows all of them.
const CONTRIBUTIONS_KEPT: usize = 10;

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct ChartDetector(Mailbox<Msg>);

/// What a detector starts with.
#[derive(Clone)]
pub(super) struct Args {
    pub plant: Arc<Plant>,
    pub spec: DetectorSpec,
    pub storage: OwnedPlant,
    pub desk: AlarmDesk,
    pub publisher: Publisher,
}

/// A trained model and where it came from.
#[derive(Debug)]
pub(super) struct Trained {
    model: Arc<PcaModel>,
    facts: ModelFacts,
}

impl Trained {
    /// From how storage keeps it.
    pub fn from_record(record: &Model) -> Result<Self, serde_json::Error> {
        let facts = ModelFacts {
            version: record.version.clone(),
            trained_at: record.trained_at,
            source: record.source.clone(),
            samples: record.samples,
            measured_false_alarm_rate: record.measured_false_alarm_rate,
        };
        Ok(Self { model: Arc::new(serde_json::from_slice(&record.artefact)?), facts })
    }
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    ScanAligned { scan: Arc<Scan>, discontinuous: bool },
    TrainingWent(TrainingProgress),
    TrainingEnded(Box<Option<Trained>>),
    Portrait(RpcReplyPort<DetectorPortrait>),
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl ChartDetector {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// A detector that is being restarted, or cannot keep up, misses scans and warms up again; it never invents a verdict.
    /// False when it has missed this one.
    pub fn scan_aligned(&self, scan: Arc<Scan>, discontinuous: bool) -> bool {
        if self.0.is_full(&bounds::DETECTOR) {
            events::shed(bounds::DETECTOR.door, bounds::DETECTOR.when_full.policy());
            return false;
        }
        self.0.cast(Msg::ScanAligned { scan, discontinuous }).is_ok()
    }

    pub fn training_went(&self, progress: TrainingProgress) {
        drop(self.0.cast(Msg::TrainingWent(progress)));
    }

    /// `None`: the training has failed, and the detector keeps what it had.
    pub fn training_ended(&self, trained: Option<Trained>) {
        drop(self.0.cast(Msg::TrainingEnded(Box::new(trained))));
    }

    pub fn portrait(&self, reply: RpcReplyPort<DetectorPortrait>) {
        drop(self.0.cast(Msg::Portrait(reply)));
    }
}

struct Behaviour;

struct State {
    args: Args,
    chart: Option<PcaChart>,
    reporter: VerdictReporter,
    portrait: DetectorPortrait,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, _: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let stored = args.storage.active_model(&args.spec.id).await?;
        let mut state = State::untrained(args);
        if let Some(record) = stored {
            state.adopt(Trained::from_record(&record)?)?;
        }
        state.tell();
        Ok(state)
    }

    async fn handle(&self, _: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::ScanAligned { scan, discontinuous } => state.look_at(&scan, discontinuous),
            Msg::TrainingWent(progress) => {
                state.portrait.training = Some(progress);
                state.tell();
            }
            Msg::TrainingEnded(trained) => {
                state.portrait.training = None;
                if let Some(trained) = *trained {
                    state.adopt(trained)?;
                }
                state.tell();
            }
            Msg::Portrait(reply) => drop(reply.send(state.portrait.clone())),
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    fn untrained(args: Args) -> Self {
        let portrait = DetectorPortrait {
            detector: args.spec.id.clone(),
            state: DetectorState::Untrained,
            training: None,
            model: None,
            verdict: None,
        };
        let reporter = VerdictReporter::new(plant_file::detector_alarm(&args.spec.id), args.spec.severity);
        Self { args, chart: None, reporter, portrait }
    }

    fn adopt(&mut self, trained: Trained) -> Result<(), ActorProcessingErr> {
        let chart = PcaChart::new(trained.model, &self.args.plant, self.args.spec.confirm_after)?;
        info!(detector = %self.args.spec.id, model = %trained.facts.version, "uses a model trained on {}", trained.facts.source);
        self.portrait.state = chart.state();
        self.portrait.model = Some(trained.facts);
        self.portrait.verdict = None;
        self.chart = Some(chart);
        Ok(())
    }

    fn look_at(&mut self, scan: &Scan, discontinuous: bool) {
        let Some(chart) = &mut self.chart else { return };
        if discontinuous {
            chart.start_over();
        }
        let Some(verdict) = chart.push_scan(&self.args.spec.id, scan) else { return };
        events::verdict_reached(&self.args.plant.id, &verdict);
        if let Some(mut report) = self.reporter.report(&verdict) {
            report.contributions.truncate(CONTRIBUTIONS_KEPT);
            self.args.desk.condition_changed(report);
        }
        self.portrait.state = verdict.state.clone();
        self.portrait.verdict = Some(verdict);
        self.tell();
    }

    fn tell(&self) {
        self.args.publisher.detector_reported(self.portrait.clone());
    }

    fn sketch(&self) -> Sketch {
        match (&self.portrait.state, &self.portrait.model) {
            (DetectorState::Untrained, _) => Sketch::degraded("has no model yet"),
            (DetectorState::Blind { tags }, _) => {
                Sketch::degraded(format!("blind: {} tags are not usable", tags.len()))
            }
            (DetectorState::WarmingUp { have, need }, _) => Sketch::at_work(format!("warming up, {have} of {need}")),
            (_, model) => Sketch::at_work(model.as_ref().map_or_else(String::new, |m| format!("model {}", m.version))),
        }
    }
}
