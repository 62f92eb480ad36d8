//! Reads incidents.

use async_graphql::Context;

use super::api::storage_error;
use super::error::ApiError;
use super::scope;
use super::types::{Cause, Incident};
use crate::diagnosis::Libraries;
use crate::domain::{self, OccurrenceId};

const READING: &str = "reading incidents";

/// The incident of an occurrence, if it has been diagnosed.
pub(super) async fn of(ctx: &Context<'_>, occurrence: OccurrenceId) -> Result<Option<Incident>, ApiError> {
    let api = scope::api(ctx);
    let found = api.storage.incident(occurrence).await.map_err(|e| storage_error(READING, &e))?;
    Ok(found.map(|incident| Incident::new(&api.plant, incident)))
}

/// What began while the alarm of an occurrence stood already.
pub(super) async fn under(ctx: &Context<'_>, occurrence: OccurrenceId) -> Result<Vec<Incident>, ApiError> {
    let api = scope::api(ctx);
    let found = api.storage.incidents_under(occurrence).await.map_err(|e| storage_error(READING, &e))?;
    Ok(found.into_iter().map(|incident| Incident::new(&api.plant, incident)).collect())
}

/// The incident of an occurrence by its id.
pub(super) async fn find(ctx: &Context<'_>, occurrence: &str) -> Result<Option<Incident>, ApiError> {
    let parsed = occurrence.parse();
    of(ctx, parsed.map_err(|_| ApiError::invalid(format!("`{occurrence}` is not the id of an occurrence")))?).await
}

/// The newest incidents.
pub(super) async fn newest(ctx: &Context<'_>, first: usize) -> Result<Vec<Incident>, ApiError> {
    let api = scope::api(ctx);
    let found = api.storage.incidents(first as u64).await.map_err(|e| storage_error(READING, &e))?;
    Ok(found.into_iter().map(|incident| Incident::new(&api.plant, incident)).collect())
}

/// The causes that the libraries of this build know, when they fit the plant.
pub(super) fn causes(ctx: &Context<'_>) -> Vec<Cause> {
    known_causes(ctx).iter().map(Cause::from).collect()
}

/// The same, as the library has them.
pub(super) fn known_causes(ctx: &Context<'_>) -> Vec<domain::Cause> {
    let plant = &scope::api(ctx).plant;
    let fit = |libraries: &Libraries| libraries.tags().iter().all(|tag| plant.tag_index(tag).is_some());
    let libraries = Libraries::built_in().ok().filter(fit);
    libraries.map(|libraries| libraries.causes().to_vec()).unwrap_or_default()
}
