//! The one function that builds the tree; it reads as the picture of the way, from sink to source.

use ractor::{ActorProcessingErr, ActorRef, SpawnErr};
use tracing::warn;

use super::{ChildKey, Msg, State};
use crate::actors::alarm_desk::{self, AlarmDesk};
use crate::actors::aligner::{self, Aligner};
use crate::actors::chart_detector::{self, ChartDetector};
use crate::actors::historian::{self, Historian};
use crate::actors::journal::JournalDoor;
use crate::actors::portrait::Poses;
use crate::actors::publisher::{self, Publisher};
use crate::actors::source::{self, SourceDoor};
use crate::actors::trainer::{self, Trainer};
use crate::actors::unit::{self, ProcessUnit};
use crate::domain::{DetectorSpec, Importance};

/// A part of the way that must stand before another is built on it.
const BUILT_BEFORE: &str = "the way is built from sink to source";

impl State {
    /// Builds everything from `first` on towards the source.
    pub(super) async fn build_from(
        &mut self,
        first: &ChildKey,
        myself: &ActorRef<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        let mut way: Vec<ChildKey> = vec![ChildKey::Journal, ChildKey::Historian, ChildKey::Publisher, ChildKey::Desk];
        way.extend(self.setup.plant.detectors.iter().map(|spec| ChildKey::Detector(spec.id.clone())));
        way.extend((0..self.setup.plant.units.len()).map(ChildKey::Unit));
        way.extend([ChildKey::Aligner, ChildKey::Source, ChildKey::Trainer]);
        for key in way.into_iter().filter(|key| key >= first) {
            self.start(&key, myself).await?;
        }
        Ok(())
    }

    /// Starts one child on the doors that stand already.
    pub(super) async fn start(&mut self, key: &ChildKey, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        match key {
            ChildKey::Journal => {
                let started = JournalDoor::start(self.setup.storage.clone(), myself.get_cell()).await;
                self.way.journal = Some(self.adopt(key, ("journal", "journal writer"), started)?);
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
            ChildKey::Aligner => self.start_aligner(myself).await,
            ChildKey::Source => self.start_source(myself).await,
            ChildKey::Trainer => {
                let args = trainer::Args { setup: self.setup.clone(), plant_hears: self.hears.clone() };
                let started = Trainer::start(args, myself.get_cell()).await;
                self.way.trainer = Some(self.adopt(key, ("trainer", "trainer"), started)?);
                Ok(())
            }
        }
    }

    async fn start_publisher(&mut self, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let source = source::before_the_first_scan(&self.setup.source);
        let last = self.setup.storage.last_scan().await.unwrap_or_else(|problem| {
            warn!("the last scan cannot be shown: {problem}");
            None
        });
        let args = publisher::Args { feed: self.setup.feed.clone(), source, last };
        let started = Publisher::start(args, myself.get_cell()).await;
        self.way.publisher = Some(self.adopt(&ChildKey::Publisher, ("feed", "publisher"), started)?);
        Ok(())
    }

    async fn start_historian(&mut self, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let args = historian::Args {
            storage: self.setup.storage.clone(),
            source: source::name(&self.setup.source),
            min_free_mib: self.setup.storage_config.min_free_mib,
            clock: self.setup.clock,
            plant_hears: self.hears.clone(),
        };
        let started = Historian::start(args, myself.get_cell()).await;
        self.way.historian = Some(self.adopt(&ChildKey::Historian, ("historian", "historian"), started)?);
        Ok(())
    }

    async fn start_desk(&mut self, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let args = alarm_desk::Args {
            plant: self.setup.plant.clone(),
            storage: self.setup.storage.clone(),
            journal: self.way.journal.clone().ok_or(BUILT_BEFORE)?,
            publisher: self.way.publisher.clone().ok_or(BUILT_BEFORE)?,
            clock: self.setup.clock,
        };
        let started = AlarmDesk::start(args, myself.get_cell()).await;
        self.way.desk = Some(self.adopt(&ChildKey::Desk, ("alarms", "alarm desk"), started)?);
        Ok(())
    }

    async fn start_detector(
        &mut self,
        key: &ChildKey,
        spec: DetectorSpec,
        myself: &ActorRef<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        let args = chart_detector::Args {
            plant: self.setup.plant.clone(),
            spec: spec.clone(),
            storage: self.setup.storage.clone(),
            desk: self.way.desk.clone().ok_or(BUILT_BEFORE)?,
            publisher: self.way.publisher.clone().ok_or(BUILT_BEFORE)?,
        };
        let started = ChartDetector::start(args, myself.get_cell()).await;
        let door = self.adopt(key, (spec.id.as_str(), "detector"), started)?;
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
        myself: &ActorRef<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        let name = self.setup.plant.units.get(position).ok_or("the plant has no such unit")?.id.clone();
        let args = unit::Args {
            plant: self.setup.plant.clone(),
            position,
            path: format!("{}/unit:{name}", self.path),
            desk: self.way.desk.clone().ok_or(BUILT_BEFORE)?,
            publisher: self.way.publisher.clone().ok_or(BUILT_BEFORE)?,
            clock: self.setup.clock,
        };
        let started = ProcessUnit::start(args, myself.get_cell()).await;
        let door = self.adopt(key, (name.as_str(), "unit"), started)?;
        if let Some(aligner) = &self.way.aligner {
            aligner.unit_replaced(position, door.clone());
        }
        self.way.units.insert(position, door);
        Ok(())
    }

    async fn start_aligner(&mut self, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let args = aligner::Args {
            plant: self.setup.plant.clone(),
            units: self.way.units.values().cloned().collect(),
            detectors: self.way.detectors.iter().map(|(id, door)| (id.clone(), door.clone())).collect(),
            historian: self.way.historian.clone().ok_or(BUILT_BEFORE)?,
            publisher: self.way.publisher.clone().ok_or(BUILT_BEFORE)?,
            clock: self.setup.clock,
            plant_hears: self.hears.clone(),
        };
        let started = Aligner::start(args, myself.get_cell()).await;
        self.way.aligner = Some(self.adopt(&ChildKey::Aligner, ("aligner", "scan aligner"), started)?);
        Ok(())
    }

    async fn start_source(&mut self, myself: &ActorRef<Msg>) -> Result<(), ActorProcessingErr> {
        let args = source::Args {
            plant: self.setup.plant.clone(),
            config: self.setup.source.clone(),
            storage: self.setup.storage.clone(),
            aligner: self.way.aligner.clone().ok_or(BUILT_BEFORE)?,
            historian: self.way.historian.clone().ok_or(BUILT_BEFORE)?,
            publisher: self.way.publisher.clone().ok_or(BUILT_BEFORE)?,
            tickets: self.tickets.clone(),
            clock: self.setup.clock,
            plant_hears: self.hears.clone(),
        };
        let started = SourceDoor::start(args, myself.get_cell()).await;
        self.way.source = Some(self.adopt(&ChildKey::Source, ("source", "source"), started)?);
        Ok(())
    }

    /// Enters a started child into the book of children and gives its door back.
    fn adopt<D, M: Poses>(
        &mut self,
        key: &ChildKey,
        (name, role): (&str, &'static str),
        started: Result<(D, ActorRef<M>), SpawnErr>,
    ) -> Result<D, ActorProcessingErr> {
        let (door, actor) = started?;
        let spec = (name, role, key.importance());
        self.children.started(key.clone(), spec, &actor, self.setup.clock.now());
        Ok(door)
    }
}

impl ChildKey {
    /// Whether the plant can do without this child.
    pub(super) fn importance(&self) -> Importance {
        match self {
            Self::Detector(_) | Self::Trainer => Importance::Auxiliary,
            _ => Importance::Essential,
        }
    }

    /// Whether others hold a door to this child, so that they must be built anew with it.
    pub(super) fn is_held_by_others(&self) -> bool {
        !matches!(self, Self::Detector(_) | Self::Unit(_) | Self::Trainer)
    }
}
