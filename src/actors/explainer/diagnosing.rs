//! What incidents of the past say of an alarm, when evidence is frozen: compared at the age that it has then.

use tracing::warn;

use super::Args;
use crate::actors::hindsight;
use crate::detect::multivariate::ModelError;
use crate::diagnosis::Libraries;
use crate::domain::{JournalEntry, Judgement, OccurrenceId, SourceTime, TagIndex};
use crate::explain::evidence::{Comparison, IncidentItem};
use crate::storage::StorageError;

/// Incidents that are told.
const ALIKE_MOST: usize = 4;

/// What a comparison with known incidents says, and whether and why it cannot decide between causes.
pub(super) async fn diagnosed(
    args: &Args,
    called: &JournalEntry,
    until: SourceTime,
    missing: &mut Vec<String>,
) -> Result<Comparison, StorageError> {
    let fitting = Libraries::built_in().ok().and_then(|libraries| {
        let tags: Option<Vec<TagIndex>> = libraries.tags().iter().map(|tag| args.plant.tag_index(tag)).collect();
        Some((libraries, tags?))
    });
    let Some((libraries, tags)) = fitting else {
        missing.push("No library of incidents fits this plant.".into());
        return Ok(Comparison::default());
    };
    let samples = hindsight::stretch(&args.storage, tags, libraries.period(), until).await?;
    let own = hindsight::own_incidents(&args.storage, &libraries, called.occurrence).await?;
    let raised = called.source_time;
    let work = tokio::task::spawn_blocking(move || {
        let found = libraries.diagnose(&own, &samples, raised)?;
        let suspects = libraries.suspects(&samples, raised)?;
        Ok::<_, ModelError>(found.map(|found| Comparison::of(&found.diagnosis, &suspects)))
    });
    Ok(match work.await {
        Ok(Ok(Some(comparison))) => comparison,
        Ok(Ok(None)) => {
            missing.push("There are too few samples to compare with incidents of the past.".into());
            Comparison { young: true, ..Comparison::default() }
        }
        Ok(Err(problem)) => {
            warn!("evidence is frozen without a diagnosis: {problem}");
            Comparison::default()
        }
        Err(problem) => {
            warn!("evidence is frozen without a diagnosis (a defect of TEP): {problem}");
            Comparison::default()
        }
    })
}

/// Incidents of this plant that were alike, with what people found, when the diagnostician has compared it.
pub(super) async fn alike(args: &Args, called: &JournalEntry) -> Result<Vec<IncidentItem>, StorageError> {
    let Some(occurrence) = called.occurrence else { return Ok(Vec::new()) };
    let Some(incident) = args.storage.incident(occurrence).await? else { return Ok(Vec::new()) };
    let mut items = Vec::new();
    for one in incident.diagnosis.similar.iter().filter(|one| one.own).take(ALIKE_MOST) {
        let Ok(other) = one.incident.parse::<OccurrenceId>() else { continue };
        let Some(known) = args.storage.incident(other).await? else { continue };
        let verdict = known.verdict.as_ref();
        let cause = verdict.and_then(|verdict| verdict.cause.as_ref()).or(one.cause.as_ref());
        items.push(IncidentItem {
            id: String::new(),
            occurrence: other,
            at: known.updated,
            percent: (1_000.0 / (1.0 + one.distance.max(0.0))).round() / 10.0,
            verdict: verdict.map(|verdict| words(verdict.judgement).to_owned()),
            cause: cause.map(|cause| cause.name.clone()),
        });
    }
    Ok(items)
}

const fn words(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Right => "right",
        Judgement::PartlyRight => "partly",
        Judgement::Wrong => "wrong",
    }
}
