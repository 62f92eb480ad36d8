//! The one trait of all sources, and the door through which they are opened.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tennessee_eastman::{OrderError, SnapshotError, UnknownTag};
use thiserror::Error;

use super::checkpoint::CheckpointError;
use super::replay::{Replay, TableError};
use super::simulator::SimulatedPlant;
use crate::config::SourceConfig;
use crate::domain::{DisturbanceState, Plant, Quality, SourceTime, TagId};

/// Something that produces scans of one plant. Every call is quick and synchronous.
pub trait Source: Send {
    /// `simulator` or `replay`.
    fn kind(&self) -> &'static str;

    /// The next scan of plant time.
    ///
    /// # Errors
    /// When there should be one but it cannot be read. The source has not moved; asking again may help.
    fn next_scan(&mut self) -> Result<Next, SourceError>;

    /// Plant time between two scans; of an irregular file, on average.
    fn period(&self) -> Duration;

    /// How it stands.
    fn status(&self) -> SourceStatus;

    /// Changes the plant from the next scan on.
    ///
    /// # Errors
    /// When this source cannot be controlled, or there is no such disturbance or valve. Nothing has changed then.
    fn control(&mut self, order: SourceOrder) -> Result<(), SourceError>;

    /// With what [`open`] goes on from now, orders that no scan has shown yet included.
    fn checkpoint(&self) -> Vec<u8>;

    /// Whether [`Source::control`] applies.
    fn controllable(&self) -> bool;

    /// What can be disturbed, and whether it is; empty when nothing can.
    fn disturbances(&self) -> Vec<DisturbanceState>;

    /// Hours of plant time since the start of the run.
    fn plant_hours(&self) -> f64;
}

/// What a source has to say when asked for a scan.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// A scan.
    Scan(RawScan),
    /// There are no more, and never will be.
    Ended,
}

/// A scan as the source itself knows it: before anybody has judged its values.
#[derive(Clone, Debug, PartialEq)]
pub struct RawScan {
    /// Counts the scans of the run from 1; goes on after a resume and after a reset.
    pub number: u64,
    /// When the plant says that it was so.
    pub source_time: SourceTime,
    /// One value a tag, in the order of the plant, in engineering units; NaN where there is none.
    pub values: Vec<f64>,
    /// One quality a tag.
    pub qualities: Vec<Quality>,
    /// With what [`open`] goes on after exactly this scan; keep it together with the scan.
    pub checkpoint: Option<Vec<u8>>,
}

/// How a source stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceStatus {
    /// There is a next scan.
    Running,
    /// Nobody asks for scans because an operator wants it so. A source never says so of itself; whoever paces it does.
    Paused,
    /// The plant has tripped; its scans go on, but it stands still.
    ShutDown {
        /// What the plant says about it.
        message: String,
    },
    /// There are no more scans.
    Ended,
}

/// What can be ordered of a plant that can be controlled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SourceOrder {
    /// Switches a disturbance.
    SetDisturbance {
        /// Its number.
        number: u8,
        /// On or off.
        active: bool,
    },
    /// Holds a valve where no controller moves it.
    HoldValve {
        /// Its number.
        valve: u8,
        /// Its position, 0…100 %.
        percent: f64,
    },
    /// Gives a valve back to its controller.
    ReleaseValve {
        /// Its number.
        valve: u8,
    },
    /// Starts the plant anew in its base case, without disturbances. Source time and scan numbers go on.
    Reset,
}

/// Why a source cannot be opened, read or controlled.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The plant file has a tag that the simulated plant does not have.
    #[error("the simulated plant has no tag `{0}`; it has XMEAS_1 to XMEAS_41 and XMV_1 to XMV_12")]
    UnknownTag(TagId),
    /// The simulated plant advances in whole seconds.
    #[error("the simulated plant advances in whole seconds, so a scan period of {} s cannot be", .0.as_secs_f64())]
    ScanPeriod(Duration),
    /// A file of samples cannot be read or makes no sense.
    #[error(transparent)]
    Table(#[from] TableError),
    /// What was saved of the source cannot be used to go on. It is not silently started anew, since that would look like
    /// a jump of the plant.
    #[error("the saved state of the source cannot be used")]
    Checkpoint(#[from] CheckpointError),
    /// What was saved of the simulated plant cannot be used.
    #[error("the saved state of the simulated plant cannot be used")]
    Snapshot(#[from] SnapshotError),
    /// What was saved belongs to another kind of source.
    #[error("the saved state belongs to a {found}, but a {wanted} is configured; use another data directory")]
    OtherSource {
        /// Whose it is.
        found: &'static str,
        /// What is configured.
        wanted: &'static str,
    },
    /// The file is not the one that was being replayed.
    #[error("{} is not the file that was being replayed in this data directory; use another one", .0.display())]
    OtherFile(PathBuf),
    /// A replay shows what was; nobody can change it.
    #[error("a {0} cannot be controlled")]
    NotControllable(&'static str),
    /// There is no such disturbance or valve.
    #[error(transparent)]
    Unknown(#[from] UnknownTag),
    /// The simulated plant cannot do what it was told.
    #[error(transparent)]
    Order(#[from] OrderError),
}

/// What opens a source, with the arguments of [`open`].
type OpenSource =
    dyn Fn(&SourceConfig, &Plant, Option<&[u8]>, SourceTime) -> Result<Box<dyn Source>, SourceError> + Send + Sync;

/// The sources that a plant may be built on. Whoever builds a plant hands them in, so that a source of another make, or one
/// that stands between the plant and its source, needs no word from us.
#[derive(Clone)]
pub struct Sources(Arc<OpenSource>);

impl Sources {
    /// Those of this build: see [`open`].
    pub fn built_in() -> Self {
        Self::opened_by(open)
    }

    /// Sources that somebody else opens.
    pub fn opened_by(
        open: impl Fn(&SourceConfig, &Plant, Option<&[u8]>, SourceTime) -> Result<Box<dyn Source>, SourceError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Arc::new(open))
    }

    /// Opens the configured source, as [`open`] does.
    ///
    /// # Errors
    /// When the source does not fit the plant, or file or checkpoint cannot be used.
    pub fn open(
        &self,
        config: &SourceConfig,
        plant: &Plant,
        checkpoint: Option<&[u8]>,
        start: SourceTime,
    ) -> Result<Box<dyn Source>, SourceError> {
        (self.0)(config, plant, checkpoint, start)
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

/// Opens the configured source: from `checkpoint` where there is one, else anew with its first scan at `start`.
///
/// # Errors
/// When the source does not fit the plant, or file or checkpoint cannot be used.
pub fn open(
    config: &SourceConfig,
    plant: &Plant,
    checkpoint: Option<&[u8]>,
    start: SourceTime,
) -> Result<Box<dyn Source>, SourceError> {
    Ok(match config {
        SourceConfig::Simulator { seed, .. } => Box::new(SimulatedPlant::open(plant, *seed, checkpoint, start)?),
        SourceConfig::Replay { file, period_seconds, .. } => {
            Box::new(Replay::open(file, Duration::from_secs_f64(*period_seconds), plant, checkpoint, start)?)
        }
    })
}
