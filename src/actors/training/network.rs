//! Networks that were trained elsewhere.

use super::{Material, Tell, TrainingError, described};
use crate::detect::multivariate::{ChartSettings, Method, calibrate};
use crate::domain::{DetectorSpec, TagId, TrainingProgress, WallTime};
use crate::storage::Model;

/// A staged model of the network in an ONNX file, whose columns are `tags`; its limits come from `material`, normal rows that it
/// has not seen, at the detector's false alarm rate.
///
/// # Errors
/// When a tag is missing in the rows, the file is no network for them, or it does not reconstruct them.
pub fn from_network(
    file: Vec<u8>,
    name: &str,
    tags: &[TagId],
    spec: &DetectorSpec,
    material: Material,
    now: WallTime,
    tell: Tell<'_>,
) -> Result<Model, TrainingError> {
    let settings = ChartSettings {
        method: Method::Onnx,
        false_alarm_rate: spec.false_alarm_rate,
        sample_period: spec.sample_period,
    };
    let model = calibrate(file, &material.data.select(tags)?, &settings, now, &mut |progress| {
        let stage = progress.stage.to_owned();
        tell(TrainingProgress { done: progress.done, total: progress.total, stage, job: None })
    })?;
    Ok(described(spec, &model, format!("{name}, limits from {}", material.source), now))
}
