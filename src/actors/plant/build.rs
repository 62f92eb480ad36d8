//! The one function that builds the tree; it reads as the picture of the way, from sink to source.

use ractor::{ActorProcessingErr, SpawnErr};
use tracing::warn;

use super::{ChildKey, Msg, PlantSetup, State};
use crate::actors::alarm_desk::{self, AlarmDesk};
use crate::actors::alarm_statistics::{self, AlarmStatistics};
use crate::actors::aligner::{self, Aligner};
use crate::actors::chart_detector::{self, ChartDetector};
use crate::actors::design_rules::{self, DesignRules};
use crate::actors::diagnostician::{self, Diagnostician};
use crate::actors::explainer::{self, Explainer};
use crate::actors::historian::{self, Historian};
use crate::actors::journal::{self, JournalDoor};
use crate::actors::mailbox::Mailbox;
use crate::actors::notifier::{self, Notifier};
use crate::actors::plain;
use crate::actors::portrait::Poses;
use crate::actors::publisher::{self, Publisher};
use crate::actors::source::{self, SourceDoor};
use crate::actors::supervision::{ChildSpec, Children, Pausing, Plan, Strategy};
use crate::actors::trainer::{self, Trainer};
use crate::actors::unit::{self, ProcessUnit};
use crate::domain::DetectorSpec;

/// A part of the way that must stand before another is built on it.
const BUILT_BEFORE: &str = "the way is built from sink to source";

/// Why the desk stays.
const NEVER_SILENT: Pausing = Pausing::Refused("no alarm would be raised, and none acknowledged");

/// The children of a plant, in order of start.
///
/// * Each part of the way holds the doors of those before it: rest for one.
/// * Detectors, units, design rules, the diagnostician, the trainer, the statistics and the notifier are held by the aligner or
///   by nobody, and the aligner is given the new door: one for one. When the historian behind them ends, a detector need not
///   warm up again.
/// * The intake is all for one: the source goes on from the last scan that is durable, so what an earlier one had under
///   way must not come after it.
pub(super) fn children(setup: &PlantSetup, path: &str) -> Children<ChildKey> {
    use ChildKey::{
        Aligner, Desk, Detector, Diagnostician, Explainer, Historian, Journal, Notifier, Publisher, Rules, Source,
        Statistics, Trainer, Unit,
    };
    let plant = &setup.plant;
    let detectors = plant.detectors.iter().map(|spec| Detector(spec.id.clone()));
    let rules = (!plant.suppression_rules.is_empty()).then_some(Rules);
    let watchers = detectors.chain((0..plant.units.len()).map(Unit)).chain(rules);
    // Without a detector there is nothing to diagnose.
    let diagnostician = (!plant.detectors.is_empty()).then_some(Diagnostician);
    let watchers = watchers.chain(diagnostician).chain([Trainer, Statistics, Explainer]);
    let watchers = watchers.chain(setup.notifications.is_some().then_some(Notifier));
    let way = Plan::Group(
        Strategy::RestForOne,
        vec![
            Plan::Child(Journal),
            Plan::Child(Publisher),
            Plan::Child(Desk),
            Plan::group(Strategy::OneForOne, watchers),
            Plan::Child(Historian),
            Plan::group(Strategy::AllForOne, [Aligner, Source]),
        ],
    );
    Children::new(path, setup.clock.now(), way, |key| match key {
        Journal => ChildSpec::essential("journal writer", "journal"),
        Publisher => ChildSpec::essential("publisher", "feed"),
        Desk => ChildSpec::essential("alarm desk", "alarms").pausing(NEVER_SILENT),
        Detector(id) => ChildSpec::auxiliary("detector", id.as_str()),
        Unit(position) => ChildSpec::essential("unit", plant.units[*position].id.as_str())
            .pausing(Pausing::Refused("pause its limit charts or single sensors instead")),
        Rules => ChildSpec::auxiliary("design rules", "rules"),
        Trainer => ChildSpec::auxiliary("trainer", "trainer").transient(),
        Diagnostician => ChildSpec::auxiliary("diagnostician", "diagnostician"),
        Statistics => ChildSpec::auxiliary("alarm statistics", "statistics"),
        Notifier => ChildSpec::auxiliary("notifier", "notifier"),
        Explainer => ChildSpec::auxiliary("explainer", "explainer"),
        Historian => ChildSpec::essential("historian", "historian"),
        Aligner => ChildSpec::essential("scan aligner", "aligner"),
        Source => ChildSpec::essential("source", "source").pausing(Pausing::Itself),
    })
}

impl State {
    /// Starts one child on the doors that stand already.
    pub(super) async fn build(&mut self, key: &ChildKey, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        match key {
            ChildKey::Journal => {
                let args = journal::Args {
                    storage: self.setup.storage.clone(),
                    lease: self.setup.lease.clone(),
                    outbox: self.outbox.clone(),
                    spool: self.spool.clone(),
                    clock: self.setup.clock,
                };
                let started = JournalDoor::start(args, myself.get_cell()).await;
                self.way.journal = Some(self.adopt(key, started)?);
                Ok(())
            }
            ChildKey::Historian => self.start_historian(myself).await,
            ChildKey::Publisher => self.start_publisher(myself).await,
            ChildKey::Desk => self.start_desk(myself).await,
            ChildKey::Detector(id) => {
                let spec = self.setup.plant.detectors.iter().find(|spec| spec.id == *id).cloned();
                self.start_detector(key, spec.ok_or("no such detector is configured")?, myself).await
            }
            ChildKey::Unit(position) => self.start_unit(key, *position, myself).await,
            ChildKey::Rules => self.start_rules(myself).await,
            ChildKey::Aligner => self.start_aligner(myself).await,
            ChildKey::Source => self.start_source(myself).await,
            ChildKey::Statistics => {
                let args = alarm_statistics::Args {
                    plant: self.setup.plant.clone(),
                    storage: (*self.setup.storage).clone(),
                    feed: self.setup.feed.clone(),
                    clock: self.setup.clock,
                };
                let started = AlarmStatistics::start(args, myself.get_cell()).await;
                self.way.statistics = Some(self.adopt(key, started)?);
                Ok(())
            }
            ChildKey::Diagnostician => self.start_diagnostician(myself).await,
            ChildKey::Notifier => self.start_notifier(myself).await,
            ChildKey::Explainer => self.start_explainer(myself).await,
            ChildKey::Trainer => {
                let args = trainer::Args { setup: self.setup.clone(), plant_hears: self.hears.clone() };
                let started = Trainer::start(args, myself.get_cell()).await;
                self.way.trainer = Some(self.adopt(key, started)?);
                Ok(())
            }
        }
    }

    async fn start_diagnostician(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let args = diagnostician::Args {
            plant: self.setup.plant.clone(),
            storage: self.setup.storage.clone(),
            feed: self.setup.feed.clone(),
            clock: self.setup.clock,
        };
        let started = Diagnostician::start(args, myself.get_cell()).await;
        let door = self.adopt(&ChildKey::Diagnostician, started)?;
        if let Some(aligner) = &self.way.aligner {
            aligner.diagnostician_replaced(Some(door.clone()));
        }
        self.way.diagnostician = Some(door);
        Ok(())
    }

    async fn start_notifier(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let args = notifier::Args {
            plant: self.setup.plant.clone(),
            notifications: self.setup.notifications.clone().ok_or("no notifications are configured")?,
            storage: self.setup.storage.clone(),
            lease: self.setup.lease.clone(),
            clock: self.setup.clock,
            plant_hears: self.hears.clone(),
        };
        let started = Notifier::start(args, myself.get_cell()).await;
        self.adopt(&ChildKey::Notifier, started).map(drop)
    }

    async fn start_explainer(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let args = explainer::Args {
            plant: self.setup.plant.clone(),
            storage: self.setup.storage.clone(),
            lease: self.setup.lease.clone(),
            feed: self.setup.feed.clone(),
            clock: self.setup.clock,
            models: self.setup.models.clone(),
            retriever: self.setup.retriever.clone(),
            plant_hears: self.hears.clone(),
        };
        let started = Explainer::start(args, myself.get_cell()).await;
        self.way.explainer = Some(self.adopt(&ChildKey::Explainer, started)?);
        Ok(())
    }

    async fn start_publisher(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let source = source::before_the_first_scan(&self.setup.source);
        let last = self.setup.storage.last_scan().await.unwrap_or_else(|problem| {
            warn!("the last scan cannot be shown: {problem}");
            None
        });
        let args = publisher::Args { feed: self.setup.feed.clone(), lease: self.setup.lease.clone(), source, last };
        let started = Publisher::start(args, myself.get_cell()).await;
        self.way.publisher = Some(self.adopt(&ChildKey::Publisher, started)?);
        Ok(())
    }

    async fn start_historian(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let args = historian::Args {
            storage: self.setup.storage.clone(),
            lease: self.setup.lease.clone(),
            source: source::name(&self.setup.source),
            min_free_mib: self.setup.storage_config.min_free_mib,
            clock: self.setup.clock,
            plant_hears: self.hears.clone(),
        };
        let started = Historian::start(args, myself.get_cell()).await;
        self.way.historian = Some(self.adopt(&ChildKey::Historian, started)?);
        Ok(())
    }

    async fn start_desk(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let args = alarm_desk::Args {
            plant: self.setup.plant.clone(),
            storage: self.setup.storage.clone(),
            lease: self.setup.lease.clone(),
            journal: self.way.journal.clone().ok_or(BUILT_BEFORE)?,
            publisher: self.way.publisher.clone().ok_or(BUILT_BEFORE)?,
            clock: self.setup.clock,
        };
        let started = AlarmDesk::start(args, myself.get_cell()).await;
        self.way.desk = Some(self.adopt(&ChildKey::Desk, started)?);
        Ok(())
    }

    async fn start_detector(
        &mut self,
        key: &ChildKey,
        spec: DetectorSpec,
        myself: &Mailbox<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        let args = chart_detector::Args {
            plant: self.setup.plant.clone(),
            spec: spec.clone(),
            storage: self.setup.storage.clone(),
            desk: self.way.desk.clone().ok_or(BUILT_BEFORE)?,
            publisher: self.way.publisher.clone().ok_or(BUILT_BEFORE)?,
        };
        let started = ChartDetector::start(args, myself.get_cell()).await;
        let door = self.adopt(key, started)?;
        if let Some(aligner) = &self.way.aligner {
            aligner.detector_replaced(spec.id.clone(), Some(door.clone()));
        }
        self.way.detectors.insert(spec.id, door);
        Ok(())
    }

    async fn start_unit(
        &mut self,
        key: &ChildKey,
        position: usize,
        myself: &Mailbox<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        let name = self.setup.plant.units.get(position).ok_or("the plant has no such unit")?.id.clone();
        let args = unit::Args {
            plant: self.setup.plant.clone(),
            position,
            path: format!("{}/unit:{name}", self.path),
            desk: self.way.desk.clone().ok_or(BUILT_BEFORE)?,
            publisher: self.way.publisher.clone().ok_or(BUILT_BEFORE)?,
            journal: self.way.journal.clone().ok_or(BUILT_BEFORE)?,
            storage: self.setup.storage.clone(),
            clock: self.setup.clock,
        };
        let started = ProcessUnit::start(args, myself.get_cell()).await;
        let door = self.adopt(key, started)?;
        if let Some(aligner) = &self.way.aligner {
            aligner.unit_replaced(position, door.clone());
        }
        self.way.units.insert(position, door);
        Ok(())
    }

    async fn start_rules(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let desk = self.way.desk.clone().ok_or(BUILT_BEFORE)?;
        let args = design_rules::Args { plant: self.setup.plant.clone(), desk: desk.clone() };
        let started = DesignRules::start(args, myself.get_cell()).await;
        let door = self.adopt(&ChildKey::Rules, started)?;
        desk.rules_started(door.clone());
        if let Some(aligner) = &self.way.aligner {
            aligner.rules_replaced(Some(door.clone()));
        }
        self.way.rules = Some(door);
        Ok(())
    }

    async fn start_aligner(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let args = aligner::Args {
            plant: self.setup.plant.clone(),
            units: self.way.units.values().cloned().collect(),
            detectors: self.way.detectors.clone(),
            diagnostician: self.way.diagnostician.clone(),
            rules: self.way.rules.clone(),
            historian: self.way.historian.clone().ok_or(BUILT_BEFORE)?,
            publisher: self.way.publisher.clone().ok_or(BUILT_BEFORE)?,
            clock: self.setup.clock,
            plant_hears: self.hears.clone(),
        };
        let started = Aligner::start(args, myself.get_cell()).await;
        self.way.aligner = Some(self.adopt(&ChildKey::Aligner, started)?);
        Ok(())
    }

    async fn start_source(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let args = source::Args {
            plant: self.setup.plant.clone(),
            config: self.setup.source.clone(),
            sources: self.setup.sources.clone(),
            storage: self.setup.storage.clone(),
            lease: self.setup.lease.clone(),
            aligner: self.way.aligner.clone().ok_or(BUILT_BEFORE)?,
            historian: self.way.historian.clone().ok_or(BUILT_BEFORE)?,
            publisher: self.way.publisher.clone().ok_or(BUILT_BEFORE)?,
            tickets: self.tickets.clone(),
            clock: self.setup.clock,
            plant_hears: self.hears.clone(),
        };
        let started = SourceDoor::start(args, myself.get_cell()).await;
        self.way.source = Some(self.adopt(&ChildKey::Source, started)?);
        Ok(())
    }

    /// Enters a started child into the book of children and gives its door back.
    fn adopt<D, M: Poses>(
        &mut self,
        key: &ChildKey,
        started: Result<(D, Mailbox<M>), SpawnErr>,
    ) -> Result<D, ActorProcessingErr> {
        let (door, actor) = started.map_err(plain)?;
        self.children.started(key, &actor, self.setup.clock.now());
        Ok(door)
    }
}
