//! Looks at one incident: computes its diagnosis, keeps it, and looks for something new under it.

use super::standing::{Job, Looked, Standing, Told};
use crate::actors::hindsight;
use crate::diagnosis::{Finding, Libraries, Onset, Stretch};
use crate::domain::{
    Diagnosis, DiagnosisWindow, Incident, Inconclusive, NamedContribution, Root, SourceTime, Told as HowMuch,
};
use crate::storage::{OwnedPlant, StorageError};
use crate::telemetry::Clock;

/// Does one job, on samples up to now.
pub(super) async fn look_at(
    job: Job,
    libraries: Option<Libraries>,
    samples: Stretch,
    storage: &OwnedPlant,
    clock: Clock,
) -> Result<Looked, String> {
    let Job { standing, diagnose: anew, look_on } = job;
    let mut looked = Looked::default();
    if anew {
        let mut mine = samples.clone();
        if let Some(end) = standing.ends.and_then(|end| mine.at(end)) {
            mine.keep_first(end);
        }
        looked.told = diagnose(&standing, libraries.clone(), mine, storage, clock).await?;
    }
    if let (true, Some(libraries)) = (look_on, libraries) {
        let told = looked.told.as_ref().or(standing.told.as_ref());
        let began = standing.onset.map(|onset| onset.began).or(told.map(|told| told.departed));
        let (library, began) = (told.map(|told| told.library.clone()), began.unwrap_or(standing.raised));
        looked.onset = aside(move || later_onset(&libraries, library.as_deref(), &samples, began)).await?;
    }
    Ok(looked)
}

/// What has begun since, if anything: an onset after the raised alarm, since before it there was one incident.
fn later_onset(
    libraries: &Libraries,
    library: Option<&str>,
    samples: &Stretch,
    began: SourceTime,
) -> Result<Option<Onset>, String> {
    libraries.of_version(library).later_onset(samples, began).map_err(|e| e.to_string())
}

/// Computes and keeps one diagnosis; `None` when less is known than before, and what was found then stays.
async fn diagnose(
    standing: &Standing,
    libraries: Option<Libraries>,
    samples: Stretch,
    storage: &OwnedPlant,
    clock: Clock,
) -> Result<Option<Told>, String> {
    let why_not = if libraries.is_some() { Inconclusive::TooFewBefore } else { Inconclusive::NoLibrary };
    let finding = match libraries {
        None => None,
        Some(libraries) => {
            let own = hindsight::own_incidents(storage, &libraries, Some(standing.id)).await.map_err(told)?;
            let (raised, onset) = (standing.raised, standing.onset);
            let library = standing.told.as_ref().map(|told| told.library.clone());
            aside(move || {
                let found = match onset {
                    None => libraries.diagnose(&own, &samples, raised),
                    Some(onset) => libraries.diagnose_onset(library.as_deref(), &own, &samples, &onset),
                };
                found.map_err(|e| e.to_string())
            })
            .await?
        }
    };
    // After a restart that remembers too little, what was found before says more.
    if finding.is_none() && storage.incident(standing.id).await.map_err(told)?.is_some() {
        return Ok(None);
    }
    let Finding { diagnosis, fingerprint } = finding.unwrap_or_else(|| without_comparison(standing, why_not));
    let by = (!diagnosis.library.is_empty())
        .then(|| Told { library: diagnosis.library.clone(), departed: diagnosis.window.departed });
    let incident = Incident {
        occurrence: standing.id,
        called_by: standing.call.clone(),
        alarm: standing.alarm.clone(),
        detector: standing.detector.clone(),
        began: standing.raised,
        updated: clock.now(),
        diagnosis,
        fingerprint,
        verdict: None,
    };
    storage.record_incident(&incident).await.map_err(told)?;
    Ok(by)
}

/// Computes on a thread where nobody waits.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|e| e.to_string())?
}

fn told(error: StorageError) -> String {
    error.to_string()
}

/// What can be said without anything to compare with: the tags that the detector itself has named.
fn without_comparison(standing: &Standing, why_not: Inconclusive) -> Finding {
    let root = |one: &NamedContribution| Root { tag: one.tag.clone(), share: one.share, departed: None };
    let at = standing.raised;
    let diagnosis = Diagnosis {
        window: DiagnosisWindow { from: at, departed: at, until: at },
        roots: standing.contributions.iter().map(root).collect(),
        causes: Vec::new(),
        told: HowMuch::Inconclusive(why_not),
        time_to_trip: None,
        similar: Vec::new(),
        library: String::new(),
    };
    Finding { diagnosis, fingerprint: None }
}
