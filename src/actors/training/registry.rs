//! Models on their way to another registry and back.

use std::sync::Arc;

use thiserror::Error;

use super::{Damaged, described, limits};
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
///
/// # Errors
/// When its limits cannot be read: a model without them must not be published.
pub fn card(model: &Model) -> Result<Card, Damaged> {
    let mut params = vec![
        ("detector".to_owned(), model.detector.to_string()),
        ("samples".to_owned(), model.samples.to_string()),
        ("settings".to_owned(), model.settings_json.clone()),
    ];
    params.extend(model.life.method.clone().map(|method| ("method".to_owned(), method)));
    let mut metrics: Vec<(String, f64)> =
        limits(model)?.into_iter().map(|line| (format!("limit_{}", line.chart), line.limit)).collect();
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
    Ok(Card {
        version: model.version.clone(),
        artefact: model.artefact.clone(),
        params,
        metrics,
        tags: tags.into_iter().filter_map(said).collect(),
        trained_at_ms: model.trained_at.as_micros() / 1_000,
    })
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::actors::training::LimitLine;
    use crate::domain::{ModelId, ModelState, WallTime};
    use crate::storage::ModelLife;

    fn model(limits: &str) -> Model {
        Model {
            id: ModelId(Uuid::nil()),
            detector: "multivariate".into(),
            version: "var-1".into(),
            trained_at: WallTime::from_micros(0),
            source: "monday.csv".into(),
            samples: 500,
            data_hash: "00".into(),
            settings_json: "{}".into(),
            limits_json: limits.into(),
            measured_false_alarm_rate: Some(0.01),
            state: ModelState::Staged,
            life: ModelLife::default(),
            artefact: b"{}".to_vec(),
        }
    }

    #[test]
    fn a_model_is_published_with_its_limits() {
        let line = LimitLine { chart: "slow".into(), limit: 51.5, alone: 50.0, decides: false };
        let text = serde_json::to_string(&[line]).expect("JSON");
        let card = card(&model(&text)).expect("limits");
        assert!(card.metrics.contains(&("limit_slow".to_owned(), 51.5)), "{:?}", card.metrics);
    }

    #[test]
    fn damaged_limits_are_an_error_and_never_none() {
        for (text, why) in [
            ("", "EOF while parsing"),
            ("[]", "there is none"),
            ("{\"slow\": 51.5}", "invalid type"),
            ("[{\"chart\": \"slow\", \"limit\": null, \"alone\": 50.0, \"decides\": true}]", "invalid type: null"),
            ("[{\"chart\": \"slow\", \"limit\": 51.5, \"alone\"", "EOF while parsing"),
        ] {
            let said = card(&model(text)).expect_err("damaged").to_string();
            assert!(
                said.starts_with("the limits of model var-1 cannot be read (") && said.contains(why),
                "{text}: {said}"
            );
        }
    }
}
