//! Reading what evidence is made of, from the storage: it is what was so when the operator was called, whenever it is read.

use std::time::Duration;

use serde::Deserialize;
use tracing::warn;

use super::shelf::Shelf;
use super::{Args, ExplainRefused, diagnosing, documents};
use crate::domain::{
    AlarmDefinition, AlarmId, JournalEntry, OccurrenceId, Plant, SourceTime, TagId, TagIndex, Verdict,
};
use crate::explain::evidence::{Scene, Trace, Usual, freeze};
use crate::storage::{JournalFilter, StorageError, StoredEvidence, TrendQuery};

/// How far back a bundle looks at least, plant time; one that is frozen later looks back to before the alarm.
const SPAN: Duration = Duration::from_secs(2 * 3_600);
/// Plant time before the alarm that is looked at, however late it is asked again.
const BEFORE: Duration = Duration::from_secs(3_600);
/// How far back it looks at most.
const SPAN_MOST: Duration = Duration::from_secs(8 * 3_600);
/// Values of one tag that are looked at.
const POINTS: usize = 480;
/// Tags that are looked at; of a larger plant those of the unit, and those that contribute.
const TAGS_MOST: usize = 128;
/// Rows of the journal that are looked at.
const ROWS_MOST: u64 = 500;
/// How often, and how many times, the last scan before the alarm is waited for.
const WAIT: Duration = Duration::from_millis(100);
const WAITS: usize = 30;

/// The newest evidence of an occurrence, or one that is frozen now.
pub(super) async fn evidence(
    args: &Args,
    verdicts: &[Verdict],
    alarm: &AlarmId,
    occurrence: OccurrenceId,
    afresh: bool,
) -> Result<StoredEvidence, ExplainRefused> {
    if !afresh && let Some(kept) = args.storage.newest_evidence(occurrence).await.map_err(unavailable)? {
        return Ok(kept);
    }
    let called = called(args, alarm, occurrence).await?;
    let definition = definition(&args.plant, alarm).ok_or(ExplainRefused::Unknown)?;
    let frozen = read(args, verdicts, definition, &called, afresh).await.map_err(unavailable)?;
    args.storage.keep_evidence(&frozen).await.map_err(unavailable)?;
    Ok(frozen)
}

pub(super) fn unavailable(problem: StorageError) -> ExplainRefused {
    warn!("an explanation waits for the database: {problem}");
    ExplainRefused::Unavailable("the database does not answer".into())
}

pub(super) fn definition<'p>(plant: &'p Plant, alarm: &AlarmId) -> Option<&'p AlarmDefinition> {
    plant.alarm(alarm).map(|definition| &**definition)
}

/// The row with which the operator was called; it may be on its way to the database still.
async fn called(args: &Args, alarm: &AlarmId, occurrence: OccurrenceId) -> Result<JournalEntry, ExplainRefused> {
    for attempt in 0..WAITS {
        let history = args.storage.alarm_history(std::slice::from_ref(alarm), 50).await.map_err(unavailable)?;
        let rows = history.into_iter().flat_map(|(_, rows)| rows).filter(|row| row.occurrence == Some(occurrence));
        let rows: Vec<JournalEntry> = rows.collect();
        if let Some(row) = rows.iter().find(|row| row.is_annunciated()).or(rows.last()) {
            return Ok(row.clone());
        }
        if attempt + 1 < WAITS {
            tokio::time::sleep(WAIT).await;
        }
    }
    Err(ExplainRefused::Unknown)
}

async fn read(
    args: &Args,
    verdicts: &[Verdict],
    definition: &AlarmDefinition,
    called: &JournalEntry,
    afresh: bool,
) -> Result<StoredEvidence, StorageError> {
    let mut missing = Vec::new();
    let mut until = called.source_time;
    if afresh && let Some(last) = args.storage.last_scan().await? {
        until = until.max(last.source_time);
    } else {
        wait_for(args, until, &mut missing).await?;
    }
    let span = SPAN.max(until.since(called.source_time) + BEFORE).min(SPAN_MOST);
    let from = until - span;
    let traces = traces(args, definition, verdicts, from, until, &mut missing).await?;
    let filter = JournalFilter { source_from: Some(from), source_to: Some(until), ..JournalFilter::default() };
    let rows = args.storage.journal_page(&filter, None, ROWS_MOST).await?;
    let mut journal: Vec<JournalEntry> = rows.into_iter().map(|row| row.entry).collect();
    journal.reverse();
    let recent: Vec<Verdict> = verdicts.iter().filter(|verdict| verdict.source_time >= from).cloned().collect();
    if recent.is_empty() && !args.plant.detectors.is_empty() {
        missing.push("No plant-wide detector had a verdict.".to_owned());
    }
    let comparison = diagnosing::diagnosed(args, called, until, &mut missing).await?;
    let incidents = diagnosing::alike(args, called).await?;
    let own = documents::of_the_site(args, definition, &comparison.findings, &mut missing).await;
    let frame = args.feed.values.latest();
    let shelf = Shelf::of(&args.plant);
    let evidence = freeze(Scene {
        plant: &args.plant,
        definition,
        called,
        until,
        span,
        traces: &traces,
        verdicts: &recent,
        journal: &journal,
        source: frame.as_ref().map(|frame| frame.source.as_ref()),
        library: shelf.signatures(),
        comparison: &comparison,
        passages: &|causes| shelf.passages(definition, causes).into_iter().chain(own.clone()).collect(),
        incidents,
        missing,
    });
    Ok(StoredEvidence {
        hash: evidence.hash(),
        occurrence: evidence.alarm.occurrence,
        alarm: definition.id.clone(),
        frozen_at: args.clock.now(),
        evidence,
    })
}

/// Waits until the scan of the alarm is kept; it was on its way when the alarm was raised.
async fn wait_for(args: &Args, until: SourceTime, missing: &mut Vec<String>) -> Result<(), StorageError> {
    for _ in 0..WAITS {
        if args.storage.last_scan().await?.is_some_and(|last| last.source_time >= until) {
            return Ok(());
        }
        tokio::time::sleep(WAIT).await;
    }
    missing.push("The last values before the alarm were not kept yet.".into());
    Ok(())
}

async fn traces(
    args: &Args,
    definition: &AlarmDefinition,
    verdicts: &[Verdict],
    from: SourceTime,
    to: SourceTime,
    missing: &mut Vec<String>,
) -> Result<Vec<Trace>, StorageError> {
    let tags = chosen(&args.plant, definition, verdicts);
    let drawn = args.storage.trend(&TrendQuery { tags, from, to, points: POINTS }).await?;
    let usual = usual(args, missing).await?;
    let trace = |series: crate::storage::TrendSeries| {
        let tag = args.plant.tag(series.tag)?;
        let points = series.points.iter().filter_map(|point| Some((point.time, point.last?))).collect();
        let known = usual.iter().find(|(id, _)| *id == tag.id).map(|(_, usual)| *usual);
        Some(Trace { tag: series.tag, points, usual: known })
    };
    let traces: Vec<Trace> = drawn.series.into_iter().filter_map(trace).collect();
    if traces.iter().all(|trace| trace.points.is_empty()) {
        missing.push("No values of the time before the alarm are kept.".into());
    }
    Ok(traces)
}

/// The tags that are looked at: all of a small plant.
fn chosen(plant: &Plant, definition: &AlarmDefinition, verdicts: &[Verdict]) -> Vec<TagIndex> {
    let all = (0u16..).map(TagIndex).take(plant.tags.len());
    if plant.tags.len() <= TAGS_MOST {
        return all.collect();
    }
    let own = definition.tag.as_ref().and_then(|tag| plant.tag_index(tag));
    let contributing =
        verdicts.iter().flat_map(|verdict| &verdict.contributions).map(|part| part.tag).take(TAGS_MOST / 2);
    let unit = definition.unit.clone();
    let of_unit = all.filter(|at| unit.is_some() && plant.tag(*at).map(|tag| &tag.unit) == unit.as_ref());
    let mut chosen: Vec<TagIndex> = Vec::new();
    for tag in own.into_iter().chain(contributing).chain(of_unit) {
        if chosen.len() < TAGS_MOST && !chosen.contains(&tag) {
            chosen.push(tag);
        }
    }
    chosen
}

/// What of a model's artefact says what is usual, whichever kind of chart it is.
#[derive(Deserialize)]
struct Artefact {
    tags: Vec<TagId>,
    #[serde(flatten)]
    own: Option<Normal>,
    lens: Option<Normal>,
}

#[derive(Deserialize)]
struct Normal {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

/// What is usual of each tag, as the models in use have learnt it.
async fn usual(args: &Args, missing: &mut Vec<String>) -> Result<Vec<(TagId, Usual)>, StorageError> {
    let mut known: Vec<(TagId, Usual)> = Vec::new();
    for spec in &args.plant.detectors {
        let Some(model) = args.storage.active_model(&spec.id).await? else { continue };
        let Ok(artefact) = serde_json::from_slice::<Artefact>(&model.artefact) else { continue };
        let Some(normal) = artefact.lens.or(artefact.own) else { continue };
        let numbers = normal.mean.into_iter().zip(normal.deviation);
        for (tag, (mean, deviation)) in artefact.tags.into_iter().zip(numbers) {
            if !known.iter().any(|(id, _)| *id == tag) {
                known.push((tag, Usual { mean, deviation }));
            }
        }
    }
    if known.is_empty() {
        missing.push("No model has learnt yet what is usual; the beginning of the window stands for it.".into());
    }
    Ok(known)
}
