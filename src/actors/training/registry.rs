//! Models on their way to another registry and back.

use std::sync::Arc;

use thiserror::Error;

use super::{LimitLine, described};
use crate::detect::multivariate::{ChartModel, ModelChart, ModelError};
use crate::domain::{DetectorSpec, Plant};
use crate::registry::{Card, Fetched};
use crate::storage::Model;

/// Why a fetched model is not kept.
#[derive(Debug, Error)]
pub enum NotKept {
    /// It is no model of ours.
    #[error("what came is no model: {0}")]
    Artefact(#[from] serde_json::Error),
    /// It cannot judge this plant.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// What is published of a kept model.
pub fn card(model: &Model) -> Card {
    let mut params = vec![
        ("detector".to_owned(), model.detector.to_string()),
        ("samples".to_owned(), model.samples.to_string()),
        ("settings".to_owned(), model.settings_json.clone()),
    ];
    params.extend(model.life.method.clone().map(|method| ("method".to_owned(), method)));
    let limits: Vec<LimitLine> = serde_json::from_str(&model.limits_json).unwrap_or_default();
    let mut metrics: Vec<(String, f64)> =
        limits.into_iter().map(|line| (format!("limit_{}", line.chart), line.limit)).collect();
    metrics.extend(model.measured_false_alarm_rate.map(|rate| ("false_alarm_rate".to_owned(), rate)));
    let decision = model.life.decision.as_ref();
    let tags = [
        ("tep.detector", Some(model.detector.to_string())),
        ("tep.state", Some(model.state.word().to_owned())),
        ("tep.data_sha256", Some(model.data_hash.clone())),
        ("tep.source", Some(model.source.clone())),
        ("tep.created_by", model.life.created_by.clone()),
        ("tep.decided_by", decision.map(|decision| decision.by.clone())),
        ("tep.decision", decision.map(|decision| decision.reason.clone())),
    ];
    let said = |(key, value): (&str, Option<String>)| value.filter(|v| !v.is_empty()).map(|v| (key.to_owned(), v));
    Card {
        version: model.version.clone(),
        artefact: model.artefact.clone(),
        params,
        metrics,
        tags: tags.into_iter().filter_map(said).collect(),
        trained_at_ms: model.trained_at.as_micros() / 1_000,
    }
}

/// A staged model out of what was fetched, if it can judge this plant.
///
/// # Errors
/// When it is no model, is damaged, or needs a tag that the plant does not have.
pub fn from_fetched(fetched: &Fetched, plant: &Plant, spec: &DetectorSpec, by: &str) -> Result<Model, NotKept> {
    let model: Arc<ChartModel> = Arc::new(serde_json::from_slice(&fetched.artefact)?);
    ModelChart::new(Arc::clone(&model), plant, spec.confirm_after)?;
    let tag = |key: &str| fetched.listed.tags.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
    let place = fetched.listed.place();
    let source = match tag("tep.source") {
        Some(source) => format!("{source}; fetched from {place}"),
        None => format!("fetched from {place}"),
    };
    let mut kept = described(spec, &model, source, model.training.trained_at);
    kept.life.created_by = Some(by.to_owned());
    kept.life.published_as = Some(place);
    // What came is kept byte for byte, so that its hash stays the one that it was published with.
    kept.artefact.clone_from(&fetched.artefact);
    Ok(kept)
}
