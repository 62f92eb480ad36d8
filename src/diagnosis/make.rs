//! A library is made of simulated runs, and measured on them: each is compared with those of other seeds only.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::calibration::{Calibration, held_out};
use super::folding::{folded, unfolded};
use super::frame::{Frame, FrameError};
use super::library::{AGES, FORMAT, File, Kept, Library, LibraryError, SHRINKAGE};
use super::stretch::Stretch;
use crate::detect::multivariate::{ChartModel, ModelError};
use crate::detect::training_data::hex;
use crate::domain::Cause;

/// Figures of the frame that are kept.
const FIGURES: usize = 9;

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

impl Library {
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
        let model = model.rounded(FIGURES);
        let frame = Frame::new(Arc::new(model.clone()))?;
        let kept = runs.iter().filter_map(|run| keep(&frame, run, confirm).transpose());
        let incidents = kept.collect::<Result<Vec<Kept>, _>>().map_err(FrameError::from)?;
        let unfolded: Vec<Vec<Vec<f32>>> = incidents.iter().map(|kept| unfolded(&kept.prints)).collect();
        let mut calibrations = Vec::with_capacity(AGES.len());
        let mut confusions = vec![vec![vec![0; causes.len()]; causes.len()]; AGES.len()];
        for (n, age) in AGES.iter().enumerate() {
            let of_age = |(at, (kept, prints)): (usize, (&Kept, &'_ Vec<Vec<f32>>))| {
                Some((at, kept.cause, kept.seed as usize, prints.get(n)?.clone()))
            };
            let prints: Vec<_> = incidents.iter().zip(&unfolded).enumerate().filter_map(of_age).collect();
            let prints: Vec<(usize, usize, usize, &[f32])> =
                prints.iter().map(|(at, cause, seed, print)| (*at, *cause, *seed, print.as_slice())).collect();
            let seen = held_out(&prints, SHRINKAGE);
            let calibration = Calibration::of(&seen).ok_or(LibraryError::TooFew(*age))?;
            for one in &seen {
                let taken_for = calibration.scores(&one.to_causes).first().map_or(one.cause, |(cause, _)| *cause);
                confusions[n][one.cause][taken_for] += 1;
            }
            calibrations.push(calibration);
        }
        let version = version(&model.version, &incidents);
        let file =
            File { format: FORMAT, version, made_from, causes, confusions, calibrations, frame: model, incidents };
        let json = serde_json::to_vec(&file)?;
        Self::of(file)?;
        Ok(json)
    }
}

fn keep(frame: &Frame, run: &RecordedRun, confirm: usize) -> Result<Option<Kept>, ModelError> {
    let look = frame.look(&run.stretch)?;
    let onset = run.onset.saturating_sub(look.skipped());
    let Some(departed) = look.alarm(onset, confirm).and_then(|alarm| look.departure(alarm)) else { return Ok(None) };
    let rows = (look.rows() - departed) as u32;
    let prints: Vec<Vec<f32>> = AGES.iter().map_while(|age| look.fingerprint(departed, *age)).collect();
    Ok(Some(Kept {
        cause: run.cause,
        seed: run.seed,
        trip_after: run.tripped.then_some(rows),
        rows,
        prints: folded(&prints),
    }))
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
