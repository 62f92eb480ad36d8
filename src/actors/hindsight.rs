//! What the plant did before somebody began to look, from history.

use std::time::Duration;

use crate::diagnosis::{Libraries, Stretch};
use crate::domain::{Incident, OccurrenceId, SourceTime, TagIndex};
use crate::storage::{PlantStorage, StorageError};

/// Samples that are looked back at.
const SAMPLES: u32 = 200;
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

/// The samples up to a time, unbroken to its end, as whoever watches the running plant would have taken them: always at one
/// phase of the plant's own cycles, as buckets of a trend are, the normal operation of most plants looks like none.
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
    for row in storage.sampled(&tags, period, to - period * SAMPLES, to).await? {
        // A gap, or a blind row: what came before does not belong to what follows.
        if row.begins {
            samples.keep_last(0);
        }
        match row.values.into_iter().collect::<Option<Vec<f64>>>() {
            Some(values) => drop(samples.push(row.time, &values)),
            None => samples.keep_last(0),
        }
    }
    Ok(samples)
}
