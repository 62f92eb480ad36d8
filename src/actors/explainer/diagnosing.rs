//! What incidents of the past say of an alarm, when evidence is frozen: compared at the age that it has then.

use tracing::warn;

use super::Args;
use crate::actors::hindsight;
use crate::diagnosis::Libraries;
use crate::domain::{JournalEntry, Judgement, OccurrenceId, SourceTime, TagIndex};
use crate::explain::evidence::{Finding, IncidentItem, findings};
use crate::storage::StorageError;

/// Incidents that are told.
const ALIKE_MOST: usize = 4;

/// The causes that a comparison with known incidents finds, and why it cannot decide between them.
pub(super) async fn diagnosed(
    args: &Args,
    called: &JournalEntry,
    until: SourceTime,
    missing: &mut Vec<String>,
) -> Result<(Vec<Finding>, Option<String>), StorageError> {
    let fitting = Libraries::built_in().ok().and_then(|libraries| {
        let tags: Option<Vec<TagIndex>> = libraries.tags().iter().map(|tag| args.plant.tag_index(tag)).collect();
        Some((libraries, tags?))
    });
    let Some((libraries, tags)) = fitting else {
        missing.push("No library of incidents fits this plant.".into());
        return Ok((Vec::new(), None));
    };
    let samples = hindsight::stretch(&args.storage, tags, libraries.period(), until).await?;
    let own = hindsight::own_incidents(&args.storage, &libraries, called.occurrence).await?;
    let raised = called.source_time;
    let work = tokio::task::spawn_blocking(move || libraries.diagnose(&own, &samples, raised));
    Ok(match work.await {
        Ok(Ok(Some(found))) => findings(&found.diagnosis),
        Ok(Ok(None)) => {
            missing.push("There are too few samples to compare with incidents of the past.".into());
            (Vec::new(), None)
        }
        Ok(Err(problem)) => {
            warn!("evidence is frozen without a diagnosis: {problem}");
            (Vec::new(), None)
        }
        Err(problem) => {
            warn!("evidence is frozen without a diagnosis (a defect of TEP): {problem}");
            (Vec::new(), None)
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
