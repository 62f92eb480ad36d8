//! Reading explanations and evidence.

use super::Api;
use super::api::storage_error;
use super::error::ApiError;
use super::types::{AlarmExplanation, Evidence, ExplanationTurn};
use crate::domain::OccurrenceId;
use crate::storage::StoredTurn;

impl Api {
    /// Everything that is kept of an occurrence.
    pub(super) async fn alarm_explanation(&self, occurrence: OccurrenceId) -> Result<AlarmExplanation, ApiError> {
        let failed = |e: crate::storage::StorageError| storage_error("reading explanations", &e);
        let evidence = self.storage.newest_evidence(occurrence).await.map_err(failed)?;
        let explanations = self.storage.explanations(occurrence).await.map_err(failed)?;
        let turns = self.storage.turns(occurrence).await.map_err(failed)?;
        let verdicts = self.storage.explanation_verdicts(occurrence).await.map_err(failed)?;
        let of_turns = turns.iter().map(|turn| turn.evidence_hash.clone());
        let mut hashes: Vec<String> =
            explanations.iter().map(|one| one.evidence_hash.clone()).chain(of_turns).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let each = self.storage.evidence_of_all(&hashes).await.map_err(failed)?;
        Ok(AlarmExplanation::new(occurrence, evidence.as_ref(), &explanations, &turns, &each, &verdicts))
    }

    /// A question with its answer, and what that rests on.
    pub(super) async fn turn(&self, turn: &StoredTurn) -> Result<ExplanationTurn, ApiError> {
        let failed = |e: crate::storage::StorageError| storage_error("reading evidence", &e);
        let kept = self.storage.evidence(&turn.evidence_hash).await.map_err(failed)?;
        Ok(ExplanationTurn::new(turn, kept.as_ref().map(|kept| &kept.evidence)))
    }

    /// Evidence by its hash.
    pub(super) async fn evidence(&self, hash: &str) -> Result<Option<Evidence>, ApiError> {
        let found = self.storage.evidence(hash).await.map_err(|e| storage_error("reading evidence", &e))?;
        Ok(found.as_ref().map(Into::into))
    }
}

/// The id of an occurrence.
pub(super) fn occurrence(id: &str) -> Result<OccurrenceId, ApiError> {
    id.parse().map_err(|_| ApiError::invalid("this is not the id of an occurrence"))
}
