//! What MLflow answers, as far as we read it.

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct ExperimentAnswer {
    pub experiment: Experiment,
}

#[derive(Deserialize)]
pub(super) struct Experiment {
    pub experiment_id: String,
}

#[derive(Deserialize)]
pub(super) struct RunAnswer {
    pub run: Run,
}

#[derive(Deserialize)]
pub(super) struct Run {
    pub info: RunInfo,
}

#[derive(Deserialize)]
pub(super) struct RunInfo {
    pub run_id: String,
    pub artifact_uri: String,
}

#[derive(Deserialize)]
pub(super) struct VersionAnswer {
    pub model_version: Version,
}

#[derive(Deserialize)]
pub(super) struct VersionsAnswer {
    #[serde(default)]
    pub model_versions: Vec<Version>,
}

#[derive(Deserialize)]
pub(super) struct Version {
    pub name: String,
    pub version: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub tags: Vec<Tag>,
}

#[derive(Deserialize)]
pub(super) struct Tag {
    pub key: String,
    #[serde(default)]
    pub value: String,
}

#[derive(Deserialize)]
pub(super) struct NameAnswer {
    pub registered_model: Name,
}

#[derive(Deserialize)]
pub(super) struct Name {
    #[serde(default)]
    pub aliases: Vec<Alias>,
}

#[derive(Deserialize)]
pub(super) struct Alias {
    pub alias: String,
    pub version: String,
}

/// Where a version lies.
#[derive(Deserialize)]
pub(super) struct PlaceAnswer {
    pub artifact_uri: String,
}
