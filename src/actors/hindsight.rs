//! What the plant did before somebody began to look, from history.

use std::time::Duration;

use crate::diagnosis::Stretch;
use crate::domain::{SourceTime, TagIndex};
use crate::storage::{PlantStorage, StorageError, TrendQuery};

/// Samples that are looked back at.
const SAMPLES: usize = 200;

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
