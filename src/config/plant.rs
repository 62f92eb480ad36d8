//! The plant file: what a plant consists of, as people write it, checked and turned into [`Plant`].
//!
//! Another plant is another file. A key that is not known, a limit outside its instrument's range, a loop that moves
//! nothing: all are refused with file, line and key, so that nothing is found out later by an operator.

mod check;
mod detectors;
mod error;
mod file;
mod system;

use std::collections::BTreeMap;
use std::path::Path;

pub use error::PlantFileError;
pub use system::{
    DESIGN_RULES_DEGRADED, DIAGNOSIS_DEGRADED, DISK_LOW, HISTORIAN_BEHIND, LANGUAGE_MODELS_MISSING, PLANT_TRIPPED,
    SOURCE_PAUSED, SOURCE_SILENT, TRAINER_DEGRADED, condition_alarm, detector_alarm, detector_degraded,
    instrument_alarm, limit_alarm, limits_paused, rationale, under,
};

use super::{PlantConfig, SourceConfig};
use crate::domain::Plant;

const BUILT_IN: &str = include_str!("../../plants/tennessee-eastman.toml");
const BUILT_IN_NAME: &str = "plants/tennessee-eastman.toml (built in)";

/// The plant of a file, or the built-in one when none is named.
///
/// # Errors
/// When the file cannot be read or does not describe a plant; the error names file, line and key.
pub fn load(file: Option<&Path>) -> Result<Plant, PlantFileError> {
    let Some(path) = file else { return Ok(built_in()) };
    let text =
        std::fs::read_to_string(path).map_err(|source| PlantFileError::Unreadable { file: path.to_owned(), source })?;
    parse(&text, &path.display().to_string())
}

/// Every configured plant in the order of its id, with where its samples come from; the built-in plant on the simulator
/// when none is configured.
///
/// # Errors
/// When a plant file cannot be read or does not describe a plant; the error names file, line and key.
pub fn configured(plants: &BTreeMap<String, PlantConfig>) -> Result<Vec<(Plant, SourceConfig)>, PlantFileError> {
    if plants.is_empty() {
        return Ok(vec![(built_in(), PlantConfig::default().source)]);
    }
    let read = |(id, config): (&String, &PlantConfig)| {
        let plant = load(config.file.as_deref())?;
        let name = config.name.clone().unwrap_or(plant.name);
        Ok((Plant { id: id.as_str().into(), name, ..plant }, config.source.clone()))
    };
    plants.iter().map(read).collect()
}

/// Why this is not the id of anything; `None` when it is.
pub(super) fn id_problem(id: &str) -> Option<String> {
    check::id_problem(id)
}

/// The Tennessee Eastman plant that comes with the program.
pub fn built_in() -> Plant {
    parse(BUILT_IN, BUILT_IN_NAME).expect("a test checks the plant file that is built in")
}

/// The plant that `text` describes; `file` is how errors call it.
///
/// # Errors
/// When it does not describe a plant; the error names file, line and key.
pub fn parse(text: &str, file: &str) -> Result<Plant, PlantFileError> {
    let read: file::PlantFile =
        toml::from_str(text).map_err(|source| PlantFileError::Toml { file: file.into(), source: Box::new(source) })?;
    check::plant(read).map_err(|problem| problem.in_file(text, file))
}

#[cfg(test)]
mod tests;
