//! A plant-wide detector: the charts of the model in use, those of a shadow beside it, and an honest word when it has none.
//!
//! When another model takes over, the new charts are shown the samples that the old ones saw last, between two scans: no
//! sample is lost, and the first verdict of the new model is not *warming up*.

use std::sync::Arc;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use thiserror::Error;
use tracing::{info, warn};

use super::alarm_desk::AlarmDesk;
use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch};
use super::publisher::Publisher;
use crate::config::{bounds, plant as plant_file};
use crate::detect::VerdictReporter;
use crate::detect::multivariate::{ChartModel, ModelChart, ModelError};
use crate::domain::{
    Agreement, ChartRole, DetectorPortrait, DetectorSpec, DetectorState, Drift, ModelFacts, ModelState, Plant, Scan,
    ShadowPortrait, TrainingProgress,
};
use crate::storage::{Model, OwnedPlant, StorageError};
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
#[derive(Clone, Debug)]
pub(super) struct Trained {
    model: Arc<ChartModel>,
    facts: ModelFacts,
}

/// Why a kept model cannot judge here.
#[derive(Debug, Error)]
pub(super) enum Unusable {
    #[error("its artefact cannot be read ({0}): it is damaged, or an earlier version has written it; train anew")]
    Artefact(#[from] serde_json::Error),
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl Trained {
    /// From how storage keeps it, if it can judge this plant.
    pub fn checked(record: &Model, plant: &Plant, spec: &DetectorSpec) -> Result<Self, Unusable> {
        let facts = ModelFacts {
            id: Some(record.id),
            version: record.version.clone(),
            trained_at: record.trained_at,
            source: record.source.clone(),
            samples: record.samples,
            measured_false_alarm_rate: record.measured_false_alarm_rate,
            decided_by: record.life.decision.as_ref().map(|decision| decision.by.clone()),
        };
        let trained = Self { model: Arc::new(serde_json::from_slice(&record.artefact)?), facts };
        ModelChart::new(Arc::clone(&trained.model), plant, spec.confirm_after)?;
        Ok(trained)
    }
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    ScanAligned { scan: Arc<Scan>, discontinuous: bool },
    TrainingWent(TrainingProgress),
    TrainingEnded,
    ModelsDecided { active: Box<Option<Trained>>, shadow: Box<Option<Trained>> },
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

    pub fn training_ended(&self) {
        drop(self.0.cast(Msg::TrainingEnded));
    }

    /// What it is to judge with from now on. It goes on with what it has already; without an active one it keeps that too.
    pub fn models_decided(&self, active: Option<Trained>, shadow: Option<Trained>) {
        drop(self.0.cast(Msg::ModelsDecided { active: Box::new(active), shadow: Box::new(shadow) }));
    }

    pub fn portrait(&self, reply: RpcReplyPort<DetectorPortrait>) {
        drop(self.0.cast(Msg::Portrait(reply)));
    }
}

struct Behaviour;

struct State {
    args: Args,
    active: Option<ModelChart>,
    shadow: Option<ModelChart>,
    reporter: VerdictReporter,
    portrait: DetectorPortrait,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, _: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let mut kept = [None, None];
        for (slot, at) in kept.iter_mut().zip([ModelState::Active, ModelState::Shadow]) {
            let record = args.storage.model_in(&args.spec.id, at).await;
            // A model that is damaged is none, and the trainer makes another; a database that is away is tried again.
            let record = match record {
                Err(damaged @ StorageError::Corrupt { .. }) => {
                    warn!(detector = %args.spec.id, "its {} model cannot be used: {damaged}", at.word());
                    None
                }
                record => record?,
            };
            *slot = record.and_then(|record| usable(&record, &args));
        }
        let [active, shadow] = kept;
        let mut state = State::untrained(args);
        state.adopt(active, shadow)?;
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
            Msg::TrainingEnded => {
                state.portrait.training = None;
                state.tell();
            }
            Msg::ModelsDecided { active, shadow } => {
                state.adopt(*active, *shadow)?;
                state.tell();
            }
            Msg::Portrait(reply) => drop(reply.send(state.portrait.clone())),
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

fn usable(record: &Model, args: &Args) -> Option<Trained> {
    match Trained::checked(record, &args.plant, &args.spec) {
        Ok(trained) => Some(trained),
        Err(problem) => {
            warn!(detector = %args.spec.id, model = %record.version, "cannot be used: {problem}");
            None
        }
    }
}

impl State {
    fn untrained(args: Args) -> Self {
        let portrait = DetectorPortrait::bare(args.spec.id.clone(), DetectorState::Untrained);
        let reporter = VerdictReporter::new(plant_file::detector_alarm(&args.spec.id), args.spec.severity);
        Self { args, active: None, shadow: None, reporter, portrait }
    }

    fn adopt(&mut self, active: Option<Trained>, shadow: Option<Trained>) -> Result<(), ActorProcessingErr> {
        // Of the samples that the charts saw, those of the one that sees most are shown to the next ones.
        let seen = self.active.clone().or_else(|| self.shadow.clone());
        if let Some(trained) = active {
            self.activate(trained, seen.as_ref())?;
        }
        match shadow {
            None => (self.shadow, self.portrait.shadow) = (None, None),
            Some(trained) => self.watch_beside(trained, seen.as_ref())?,
        }
        Ok(())
    }

    fn activate(&mut self, trained: Trained, seen: Option<&ModelChart>) -> Result<(), ActorProcessingErr> {
        let Trained { model, facts } = trained;
        let goes_on = self.active.as_ref().is_some_and(|chart| chart.model().version == model.version);
        if !goes_on {
            // A shadow that is promoted has seen more than any replay could show it.
            let beside = self.shadow.take_if(|chart| chart.model().version == model.version);
            let chart = match beside {
                Some(chart) => chart,
                None => self.chart(model, seen)?,
            };
            info!(detector = %self.args.spec.id, model = %facts.version, "uses a model trained on {}", facts.source);
            self.portrait.state = chart.state();
            self.portrait.drift = Some(chart.drift());
            if let Some(shadow) = &mut self.portrait.shadow {
                shadow.agreement = Agreement::default();
            }
            self.active = Some(chart);
        }
        self.portrait.model = Some(facts);
        Ok(())
    }

    fn watch_beside(&mut self, trained: Trained, seen: Option<&ModelChart>) -> Result<(), ActorProcessingErr> {
        let Trained { model, facts } = trained;
        let goes_on = self.shadow.as_ref().is_some_and(|chart| chart.model().version == model.version);
        if let Some(shadow) = self.portrait.shadow.as_mut().filter(|_| goes_on) {
            shadow.model = facts;
            return Ok(());
        }
        let chart = self.chart(model, seen)?;
        info!(detector = %self.args.spec.id, model = %facts.version, "watches in the shadow, trained on {}", facts.source);
        self.portrait.shadow = Some(Box::new(ShadowPortrait {
            model: facts,
            state: chart.state(),
            drift: chart.drift(),
            verdict: None,
            agreement: Agreement::default(),
        }));
        self.shadow = Some(chart);
        Ok(())
    }

    fn chart(&self, model: Arc<ChartModel>, seen: Option<&ModelChart>) -> Result<ModelChart, ModelError> {
        match seen {
            Some(seen) => seen.successor(model, &self.args.plant),
            None => ModelChart::new(model, &self.args.plant, self.args.spec.confirm_after),
        }
    }

    fn look_at(&mut self, scan: &Scan, discontinuous: bool) {
        if discontinuous {
            self.active.iter_mut().chain(&mut self.shadow).for_each(ModelChart::start_over);
        }
        let detector = &self.args.spec.id;
        let judged = self.active.as_mut().and_then(|chart| Some((chart.push_scan(detector, scan)?, chart.drift())));
        let beside = self.shadow.as_mut().and_then(|chart| Some((chart.push_scan(detector, scan)?, chart.drift())));
        if judged.is_none() && beside.is_none() {
            return;
        }
        if let (Some((verdict, drift)), Some(shadow)) = (beside, &mut self.portrait.shadow) {
            if let Some((active, _)) = &judged {
                shadow.agreement.count(&active.state, &verdict.state);
            }
            (shadow.state, shadow.drift, shadow.verdict) = (verdict.state.clone(), drift, Some(verdict));
        }
        if let Some((verdict, drift)) = judged {
            events::verdict_reached(&self.args.plant.id, &verdict);
            if let Some(mut report) = self.reporter.report(&verdict) {
                report.contributions.truncate(CONTRIBUTIONS_KEPT);
                self.args.desk.condition_changed(report);
            }
            self.portrait.state = verdict.state.clone();
            self.portrait.drift = Some(drift);
            self.portrait.verdict = Some(verdict);
        }
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
            (_, model) => Sketch::at_work(format!(
                "{}{}",
                model.as_ref().map_or_else(String::new, |model| format!("model {}", model.version)),
                self.remarks()
            )),
        }
    }

    /// What else there is to know at a glance.
    fn remarks(&self) -> String {
        let mut remarks = String::new();
        if matches!(self.portrait.drift, Some(Drift::Drifting { .. })) {
            remarks.push_str(", drifting: train anew");
        }
        if let Some(shadow) = &self.portrait.shadow {
            remarks.push_str(&format!(", {} in the shadow", shadow.model.version));
        }
        let advising = self.portrait.verdict.iter().flat_map(|verdict| &verdict.scores);
        // One that is there to compare with gives no advice.
        let advises = |chart: &String| self.args.spec.advisory.contains(chart);
        for score in advising.filter(|score| score.role == ChartRole::Advising && advises(&score.chart)) {
            remarks.push_str(&format!(", advisory {}", score.chart));
        }
        remarks
    }
}
