//! Incidents of known cause: simulated ones, made by a command and carried in a file, and those of the plant of which a person
//! has named the cause.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::calibration::{Calibration, held_out};
use super::frame::{Frame, FrameError, NUMBERS_A_TAG};
use super::space::Space;
use super::stretch::Stretch;
use crate::detect::multivariate::ChartModel;
use crate::detect::multivariate::ModelError;
use crate::detect::training_data::hex;
use crate::domain::{Cause, CauseId, Incident};

/// Ages at which incidents are compared, in rows from their departure.
pub const AGES: [usize; 5] = [5, 10, 20, 40, 80];
/// How much of what is common to incidents of one cause is left out of account. Chosen on simulated runs, see
/// `docs/evaluation.md`.
const SHRINKAGE: f64 = 0.1;
/// Fingerprints are kept in hundredths.
const HUNDREDTHS: f32 = 100.0;
/// What the file says of itself.
const FORMAT: u32 = 1;

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
    /// There are not enough incidents to compare with.
    #[error("the library has too few incidents of age {0}")]
    TooFew(usize),
}

/// A simulated run from which a library is made.
#[derive(Clone, Debug)]
pub struct RecordedRun {
    /// Position of its cause.
    pub cause: usize,
    /// Which seed it was; runs of one seed are held out together.
    pub seed: u32,
    /// Its rows, until it tripped.
    pub stretch: Stretch,
    /// The first row with the fault.
    pub onset: usize,
    /// Whether the plant shut itself down after the last row.
    pub tripped: bool,
}

/// An incident as the file keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    cause: usize,
    seed: u32,
    /// Rows from the departure to the trip; `None` when there was none.
    trip_after: Option<u32>,
    /// Rows from the departure to the end of the run.
    rows: u32,
    /// One fingerprint an age, in hundredths; fewer when the run was over before.
    prints: Vec<Vec<i16>>,
}

/// The file.
#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    version: String,
    made_from: String,
    causes: Vec<Cause>,
    /// How often an incident of the one cause (row) was taken for the other (column), at the last age, held out.
    confusion: Vec<Vec<u32>>,
    calibrations: Vec<Calibration>,
    frame: ChartModel,
    incidents: Vec<Kept>,
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
    confusion: Arc<Vec<Vec<u32>>>,
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

    fn of(file: File) -> Result<Self, LibraryError> {
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
            prints.push(kept.prints.iter().map(|print| from_hundredths(print)).collect::<Vec<_>>());
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
        if file.calibrations.len() != AGES.len() {
            return Err(LibraryError::Damaged("of calibration".into()));
        }
        Ok(Self {
            frame: Arc::new(frame),
            causes: Arc::new(file.causes),
            incidents: Arc::new(incidents),
            spaces: Arc::new(spaces),
            calibrations: Arc::new(file.calibrations),
            confusion: Arc::new(file.confusion),
            version: file.version,
            made_from: file.made_from.into(),
        })
    }

    /// Makes a library of runs, as the text of a file. `confirm` rows in a row beyond a limit are an alarm, as in operation; runs
    /// in which there is none teach nothing, and are left out.
    ///
    /// # Errors
    /// When a run is of another width than the frame, or there are too few.
    pub fn make(
        model: ChartModel,
        causes: Vec<Cause>,
        runs: &[RecordedRun],
        confirm: usize,
        made_from: String,
    ) -> Result<Vec<u8>, LibraryError> {
        let frame = Frame::new(Arc::new(model.clone()))?;
        let kept = runs.iter().filter_map(|run| keep(&frame, run, confirm).transpose());
        let incidents = kept.collect::<Result<Vec<Kept>, _>>().map_err(FrameError::from)?;
        let mut calibrations = Vec::with_capacity(AGES.len());
        let mut confusion = vec![vec![0; causes.len()]; causes.len()];
        for (n, age) in AGES.iter().enumerate() {
            let prints: Vec<(usize, usize, usize, Vec<f32>)> = incidents
                .iter()
                .enumerate()
                .filter_map(|(at, kept)| {
                    Some((at, kept.cause, kept.seed as usize, from_hundredths(kept.prints.get(n)?)))
                })
                .collect();
            let prints: Vec<(usize, usize, usize, &[f32])> =
                prints.iter().map(|(at, cause, seed, print)| (*at, *cause, *seed, print.as_slice())).collect();
            let seen = held_out(&prints, SHRINKAGE);
            let calibration = Calibration::of(&seen).ok_or(LibraryError::TooFew(*age))?;
            if n + 1 == AGES.len() {
                for one in &seen {
                    let taken_for = calibration.scores(&one.to_causes).first().map_or(one.cause, |(cause, _)| *cause);
                    confusion[one.cause][taken_for] += 1;
                }
            }
            calibrations.push(calibration);
        }
        let version = version(&model.version, &incidents);
        let file =
            File { format: FORMAT, version, made_from, causes, confusion, calibrations, frame: model, incidents };
        let json = serde_json::to_vec(&file)?;
        Self::of(file)?;
        Ok(json)
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

    /// How often an incident of the one cause (row) was taken for the other (column), each compared with incidents of other
    /// seeds only.
    pub fn confusion(&self) -> &[Vec<u32>] {
        &self.confusion
    }
}

fn keep(frame: &Frame, run: &RecordedRun, confirm: usize) -> Result<Option<Kept>, ModelError> {
    let look = frame.look(&run.stretch)?;
    let onset = run.onset.saturating_sub(look.skipped());
    let Some(departed) = look.alarm(onset, confirm).and_then(|alarm| look.departure(alarm)) else { return Ok(None) };
    let rows = (look.rows() - departed) as u32;
    let prints = AGES.iter().map_while(|age| look.fingerprint(departed, *age)).map(|print| to_hundredths(&print));
    Ok(Some(Kept {
        cause: run.cause,
        seed: run.seed,
        trip_after: run.tripped.then_some(rows),
        rows,
        prints: prints.collect(),
    }))
}

fn to_hundredths(print: &[f32]) -> Vec<i16> {
    // A cast of a float saturates, and makes 0 of what is no number.
    print.iter().map(|value| (value * HUNDREDTHS).round() as i16).collect()
}

fn from_hundredths(print: &[i16]) -> Vec<f32> {
    print.iter().map(|value| f32::from(*value) / HUNDREDTHS).collect()
}

fn version(frame: &str, incidents: &[Kept]) -> String {
    let mut hash = Sha256::new();
    hash.update(frame);
    for kept in incidents {
        hash.update([kept.cause as u8]);
        hash.update(kept.seed.to_le_bytes());
        kept.prints.iter().flatten().for_each(|value| hash.update(value.to_le_bytes()));
    }
    format!("incidents-{}", &hex(&hash.finalize())[..12])
}
