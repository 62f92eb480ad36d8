//! Normal operation out of what the plant has recorded.

use std::ops::ControlFlow;

use super::{Material, TrainingError};
use crate::detect::{Picked, Thinning, TrainingData};
use crate::domain::{DetectorSpec, Plant, Quality, SourceTime, TagIndex, TrainingProgress};
use crate::storage::PlantStorage;

/// One tag's values at the times of the samples; `None` where it was not usable or not recorded.
type Column = Vec<Option<f64>>;

/// What was recorded between two plant times, both included, sampled as the detector would have.
///
/// A sample at which one of the detector's tags was not usable is left out, and a new run begins after it, as after a gap:
/// what comes then does not follow what was before.
///
/// # Errors
/// When history cannot be read, holds nothing usable there, or somebody wants it to end.
pub async fn from_history(
    storage: &PlantStorage,
    plant: &Plant,
    spec: &DetectorSpec,
    (since, until): (SourceTime, SourceTime),
    tell: &mut (dyn FnMut(TrainingProgress) -> ControlFlow<()> + Send),
) -> Result<Material, TrainingError> {
    let mut times: Vec<(SourceTime, Picked)> = Vec::new();
    let mut columns: Vec<Column> = Vec::with_capacity(spec.tags.len());
    let total = spec.tags.len() as u32;
    for (done, tag) in (0..).zip(&spec.tags) {
        let stage = "reading history".to_owned();
        if tell(TrainingProgress { done, total, stage, job: None }).is_break() {
            return Err(TrainingError::BrokenOff);
        }
        if done == 0 {
            times = sample_times(storage, spec, *tag, since, until).await?;
        }
        columns.push(column(storage, *tag, &times, until).await?);
    }
    let ids = spec.tags.iter().filter_map(|tag| plant.tag(*tag)).map(|tag| tag.id.clone()).collect();
    let mut data = TrainingData::new(ids)?;
    let mut begins = true;
    for (at, (time, picked)) in times.iter().enumerate() {
        let row: Option<Vec<f64>> = columns.iter().map(|column| column[at]).collect();
        let Some(row) = row else {
            begins = true;
            continue;
        };
        if begins || *picked == Picked::First {
            data.begin_run(format!("history from {}", time.to_datetime().format("%Y-%m-%d %H:%M:%S")));
        }
        begins = false;
        data.push_row(&row)?;
    }
    if data.rows() == 0 {
        return Err(TrainingError::NothingRecorded { since, until });
    }
    let words = |at: SourceTime| at.to_datetime().format("%Y-%m-%d %H:%M").to_string();
    let source = format!("history from {} to {}, {} runs", words(since), words(until), data.runs().len());
    Ok(Material { data, source })
}

/// The times at which the detector would have sampled; all tags are recorded scan by scan, so one tag's times are those
/// of all.
async fn sample_times(
    storage: &PlantStorage,
    spec: &DetectorSpec,
    tag: TagIndex,
    since: SourceTime,
    until: SourceTime,
) -> Result<Vec<(SourceTime, Picked)>, TrainingError> {
    let mut thinning = Thinning::new(spec.sample_period);
    let mut times = Vec::new();
    let mut from = Some(since);
    while let Some(at) = from {
        let page = storage.samples(tag, at, until).await?;
        let picked = page.samples.iter().filter_map(|(time, ..)| Some((*time, thinning.pick(*time)?)));
        times.extend(picked);
        from = page.next;
    }
    Ok(times)
}

async fn column(
    storage: &PlantStorage,
    tag: TagIndex,
    times: &[(SourceTime, Picked)],
    until: SourceTime,
) -> Result<Column, TrainingError> {
    let mut column = vec![None; times.len()];
    let mut at = 0;
    let mut from = times.first().map(|(time, _)| *time);
    while let Some(start) = from {
        let page = storage.samples(tag, start, until).await?;
        for (time, value, quality) in page.samples {
            while times.get(at).is_some_and(|(wanted, _)| *wanted < time) {
                at += 1;
            }
            if times.get(at).is_some_and(|(wanted, _)| *wanted == time) {
                column[at] = usable(value, quality);
            }
        }
        from = page.next;
    }
    Ok(column)
}

fn usable(value: f64, quality: Quality) -> Option<f64> {
    (quality.is_usable() && value.is_finite()).then_some(value)
}
