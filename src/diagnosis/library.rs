//! Incidents of known cause: simulated ones, made by a command and carried in a file, and those of the plant of which a person
//! has named the cause.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::calibration::Calibration;
use super::folding::unfolded;
use super::frame::{Frame, FrameError, NUMBERS_A_TAG};
use super::space::Space;
use crate::detect::multivariate::ChartModel;
use crate::domain::{Cause, CauseId, Incident};

/// Ages at which incidents are compared, in rows from their departure.
pub const AGES: [usize; 5] = [5, 10, 20, 40, 80];
/// How much of what is common to incidents of one cause is left out of account. Chosen on simulated runs, see
/// `docs/evaluation.md`.
pub(super) const SHRINKAGE: f64 = 0.1;
/// What the file says of itself.
pub(super) const FORMAT: u32 = 2;

/// Why there is no library.
#[derive(Debug, Error)]
pub enum LibraryError {
    /// The file is of another make.
    #[error("the library is of format {0}; this version reads format {FORMAT}")]
    Format(u32),
    /// This build carries none of this name.
    #[error("{0} is not in the program")]
    Missing(&'static str),
    /// Its file is damaged.
    #[error("the library cannot be unpacked")]
    Unpacking(#[source] std::io::Error),
    /// It is no library.
    #[error("the library cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// Its frame is of no use.
    #[error("the frame of the library cannot be used")]
    Frame(#[from] FrameError),
    /// An incident does not fit the rest.
    #[error("incident {0} of the library is damaged")]
    Damaged(String),
    /// Libraries that shall stand beside each other are not of one process.
    #[error("library {0} is of other tags or another period than the one beside it")]
    Unlike(String),
    /// There are not enough incidents to compare with.
    #[error("the library has too few incidents of age {0}")]
    TooFew(usize),
}

/// An incident as the file keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub cause: usize,
    pub seed: u32,
    /// Rows from the departure to the trip; `None` when there was none.
    pub trip_after: Option<u32>,
    /// Rows from the departure to the end of the run.
    pub rows: u32,
    /// One fingerprint an age, folded; fewer when the run was over before.
    pub prints: Vec<Vec<i16>>,
}

/// How often an incident of the one cause (row) was taken for the other (column), held out.
pub type Confusion = Vec<Vec<u32>>;

/// The file.
#[derive(Serialize, Deserialize)]
pub(super) struct File {
    pub format: u32,
    pub version: String,
    pub made_from: String,
    pub causes: Vec<Cause>,
    /// One an age.
    pub confusions: Vec<Confusion>,
    pub calibrations: Vec<Calibration>,
    pub frame: ChartModel,
    pub incidents: Vec<Kept>,
}

/// An incident to compare with.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub name: String,
    pub cause: usize,
    pub own: bool,
    /// Rows from the departure to the trip.
    pub trip_after: Option<u32>,
    /// Rows from the departure to the end of the run.
    pub rows: u32,
}

/// A library of incidents with the frame in which they were seen. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Library {
    pub(super) frame: Arc<Frame>,
    pub(super) causes: Arc<Vec<Cause>>,
    pub(super) incidents: Arc<Vec<Known>>,
    /// One an age.
    pub(super) spaces: Arc<Vec<Space>>,
    pub(super) calibrations: Arc<Vec<Calibration>>,
    /// One an age.
    confusions: Arc<Vec<Confusion>>,
    version: String,
    made_from: Arc<str>,
}

impl Library {
    /// Reads what [`Library::make`] has made.
    ///
    /// # Errors
    /// When the file is of another format, damaged, or holds too little.
    pub fn read(json: &[u8]) -> Result<Self, LibraryError> {
        let file: File = serde_json::from_slice(json)?;
        if file.format != FORMAT {
            return Err(LibraryError::Format(file.format));
        }
        Self::of(file)
    }

    pub(super) fn of(file: File) -> Result<Self, LibraryError> {
        let frame = Frame::new(Arc::new(file.frame))?;
        let entries = NUMBERS_A_TAG * frame.tags().len();
        let mut incidents = Vec::with_capacity(file.incidents.len());
        let mut prints = Vec::with_capacity(file.incidents.len());
        for kept in &file.incidents {
            let damaged = || LibraryError::Damaged(format!("{} of seed {}", kept.cause, kept.seed));
            let cause = file.causes.get(kept.cause).ok_or_else(damaged)?;
            let fits = kept.prints.len() <= AGES.len() && kept.prints.iter().all(|print| print.len() == entries);
            fits.then_some(()).ok_or_else(damaged)?;
            incidents.push(Known {
                name: format!("{}/{}", cause.id, kept.seed),
                cause: kept.cause,
                own: false,
                trip_after: kept.trip_after,
                rows: kept.rows,
            });
            prints.push(unfolded(&kept.prints));
        }
        let mut spaces = Vec::with_capacity(AGES.len());
        for (n, age) in AGES.iter().enumerate() {
            let of_age: Vec<(usize, usize, &[f32])> = prints
                .iter()
                .zip(&incidents)
                .enumerate()
                .filter_map(|(at, (prints, known))| Some((at, known.cause, prints.get(n)?.as_slice())))
                .collect();
            spaces.push(Space::of(&of_age, SHRINKAGE).ok_or(LibraryError::TooFew(*age))?);
        }
        if file.calibrations.len() != AGES.len() || file.confusions.len() != AGES.len() {
            return Err(LibraryError::Damaged("of calibration".into()));
        }
        Ok(Self {
            frame: Arc::new(frame),
            causes: Arc::new(file.causes),
            incidents: Arc::new(incidents),
            spaces: Arc::new(spaces),
            calibrations: Arc::new(file.calibrations),
            confusions: Arc::new(file.confusions),
            version: file.version,
            made_from: file.made_from.into(),
        })
    }

    /// The same library with incidents of the plant in it. Those without a cause, or seen in another frame, are left out; a
    /// cause that the library does not know becomes one of its causes.
    #[must_use]
    pub fn with(&self, own: &[Incident]) -> Self {
        let mut library = self.clone();
        let (mut causes, mut incidents) = (self.causes.to_vec(), self.incidents.to_vec());
        let mut more = Vec::new();
        for incident in own {
            let Some(cause) = incident.verdict.as_ref().and_then(|verdict| verdict.cause.as_ref()) else { continue };
            let Some(print) = incident.fingerprint.as_ref().filter(|print| print.frame == self.frame.version()) else {
                continue;
            };
            let entries = NUMBERS_A_TAG * self.frame.tags().len();
            let ages = AGES.iter().position(|age| *age == print.age as usize).map_or(0, |last| last + 1);
            if ages == 0 || print.values.len() != ages * entries {
                continue;
            }
            let position = causes.iter().position(|known| known.id == cause.id).unwrap_or_else(|| {
                causes.push(cause.clone());
                causes.len() - 1
            });
            let of_ages = print.values.chunks_exact(entries).enumerate();
            more.extend(of_ages.map(|(age, values)| (age, incidents.len(), position, values)));
            let name = incident.occurrence.to_string();
            incidents.push(Known { name, cause: position, own: true, trip_after: None, rows: print.age });
        }
        if more.is_empty() {
            return library;
        }
        let of_age = |n: usize| -> Vec<(usize, usize, &[f32])> {
            more.iter().filter(|(age, ..)| *age == n).map(|(_, at, cause, print)| (*at, *cause, *print)).collect()
        };
        library.spaces = Arc::new(self.spaces.iter().enumerate().map(|(n, space)| space.with(&of_age(n))).collect());
        library.causes = Arc::new(causes);
        library.incidents = Arc::new(incidents);
        library
    }

    /// The frame in which its incidents were seen.
    pub const fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Names it; equal incidents and frames give an equal version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What it was made from, for people.
    pub fn made_from(&self) -> &str {
        &self.made_from
    }

    /// The causes that it knows.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// One of its causes.
    pub fn cause(&self, id: &CauseId) -> Option<&Cause> {
        self.causes.iter().find(|cause| cause.id == *id)
    }

    /// How often an incident of the one cause was taken for the other, each compared with incidents of other seeds only; one
    /// for each of [`AGES`].
    pub fn confusions(&self) -> &[Confusion] {
        &self.confusions
    }
}
