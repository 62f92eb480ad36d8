//! What the plant did before somebody began to look, from history.

use std::time::Duration;

use crate::diagnosis::{Libraries, Stretch};
use crate::domain::{Incident, OccurrenceId, SourceTime, TagIndex};
use crate::storage::{PlantStorage, StorageError, TrendQuery};

/// Samples that are looked back at.
const SAMPLES: usize = 200;
/// Incidents of the plant that are compared with, the newest of each frame.
const OWN_INCIDENTS: u64 = 500;

/// Incidents of the plant of which a person has said the cause, as any of the libraries has seen them; not the one of an
/// occurrence, since nothing is compared with itself.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn own_incidents(
    storage: &PlantStorage,
    libraries: &Libraries,
    but: Option<OccurrenceId>,
) -> Result<Vec<Incident>, StorageError> {
    let mut own = Vec::new();
    for library in libraries.all() {
        own.extend(storage.known_incidents(library.frame().version(), OWN_INCIDENTS).await?);
    }
    own.retain(|known| Some(known.occurrence) != but);
    Ok(own)
}

/// One row a period up to a time, unbroken to its end.
///
/// # Errors
/// When history does not answer.
pub(super) async fn stretch(
    storage: &PlantStorage,
    tags: Vec<TagIndex>,
    period: Duration,
    to: SourceTime,
) -> Result<Stretch, StorageError> {
    let mut samples = Stretch::new(tags.len());
    let from = to - period * SAMPLES as u32;
    let trend = storage.trend(&TrendQuery { tags, from, to, points: SAMPLES }).await?;
    let rows = trend.series.iter().map(|series| series.points.len()).min().unwrap_or(0);
    let mut before: Option<SourceTime> = None;
    for at in 0..rows {
        let time = trend.series[0].points[at].time;
        let values = trend.series.iter().map(|series| {
            let point = &series.points[at];
            point.last.filter(|value| point.quality.is_usable() && point.time == time && value.is_finite())
        });
        // A gap, a blind row, or rows that are closer than samples: what came before does not belong to it.
        if before.is_some_and(|before| time.since(before) > period * 3 / 2 || time.since(before) < period / 2) {
            samples.keep_last(0);
        }
        before = Some(time);
        match values.collect::<Option<Vec<f64>>>() {
            Some(row) => {
                samples.push(time, &row);
            }
            None => samples.keep_last(0),
        }
    }
    Ok(samples)
}
