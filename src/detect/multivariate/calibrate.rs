//! A model of a network that was trained elsewhere: limits from normal rows that it has not seen.

use std::ops::ControlFlow;

use super::method::Method;
use super::model::{ChartModel, ChartSettings};
use super::network::{Network, Residuals};
use super::rows::{Progress, TrainError, check_rows, refuse_constant_tags};
use super::train::{check_settings, standard, train_rows, version};
use crate::detect::TrainingData;
use crate::domain::WallTime;

/// A network whose reconstruction of normal rows is off by more than so many standard deviations knows other rows. One that
/// has learned nothing but the mean is off by one.
const OFF_MAX: f64 = 3.0;

/// Makes a model of the network in an ONNX file, for the tags of `data` in their order. The rows are normal operation that the
/// network was not trained on; its limits and its false alarm rate come from them as those of the other methods do.
///
/// # Errors
/// When the rows are too few, not finite or constant, a setting makes no sense, the file is no network for rows of these tags,
/// it does not reconstruct them, or `progress` says stop.
pub fn calibrate(
    file: Vec<u8>,
    data: &TrainingData,
    settings: &ChartSettings,
    trained_at: WallTime,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<ChartModel, TrainError> {
    let settings = ChartSettings { method: Method::Onnx, ..settings.clone() };
    check_settings(&settings)?;
    check_rows(data)?;
    refuse_constant_tags(data, (0..data.rows()).map(|at| data.row(at)))?;
    let left = residuals(&file, data)?;
    let (mean, deviation) = standard(data);
    refuse_strangers(&left, &deviation)?;
    let mut model = train_rows(&left, &settings, &[], trained_at, progress)?;
    let network = Network::new(file, mean, deviation);
    model.training.content_hash = data.content_hash();
    model.version = version(&format!("{}{}", model.training.content_hash, network.sha256()), &settings, &[]);
    model.network = Some(network);
    Ok(model)
}

/// What the network cannot reconstruct of every row.
fn residuals(file: &[u8], data: &TrainingData) -> Result<TrainingData, TrainError> {
    let mut network = Residuals::open(file, data.tags().len()).map_err(TrainError::Network)?;
    let mut left = TrainingData::new(data.tags().to_vec()).expect("they are tags of other rows");
    for run in data.runs() {
        left.begin_run(run.name.clone());
        for at in run.range() {
            let row = network.take(data.row(at));
            if let Some(column) = row.iter().position(|value| !value.is_finite()) {
                let (tag, row) = (data.tags()[column].clone(), at - run.first_row + 1);
                return Err(TrainError::NoAnswer { tag, row, run: run.name.clone() });
            }
            left.push_row(row).expect("as wide as the row");
        }
    }
    Ok(left)
}

/// Refuses a network that is for other tags, in another order, or in other units: its limits would fit its nonsense.
fn refuse_strangers(left: &TrainingData, deviation: &[f64]) -> Result<(), TrainError> {
    let off = |column: usize| {
        let squares: f64 = (0..left.rows()).map(|at| left.row(at)[column] * left.row(at)[column]).sum();
        (squares / left.rows().max(1) as f64).sqrt() / deviation[column]
    };
    let worst = (0..deviation.len()).map(|column| (column, off(column))).max_by(|a, b| a.1.total_cmp(&b.1));
    match worst {
        Some((column, off)) if off > OFF_MAX => Err(TrainError::Stranger { tag: left.tags()[column].clone(), off }),
        _ => Ok(()),
    }
}
