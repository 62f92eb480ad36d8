//! Following the explanation of one occurrence, from what is computed at once to what a model has written, and on for as long
//! as it is looked at again by itself.

use async_graphql::Result;
use futures_util::Stream;
use tokio::sync::watch;

use super::follow::{self, Follow};
use super::open::OpenSubscription;
use super::patience::patiently;
use crate::actors::ExplanationProgress;
use crate::domain::OccurrenceId;
use crate::graphql::Api;
use crate::graphql::error::ApiError;
use crate::graphql::types::ExplanationUpdate;

/// Follows what is under way, or tells what came of it lately; without that, tells what is kept and ends.
pub(super) fn follow(api: &Api, occurrence: OccurrenceId) -> impl Stream<Item = Result<ExplanationUpdate>> + use<> {
    let open = OpenSubscription::to("explanation");
    follow::follow(Follower { api: api.clone(), occurrence, follows: None, over: false, open })
}

struct Follower {
    api: Api,
    occurrence: OccurrenceId,
    follows: Option<watch::Receiver<ExplanationProgress>>,
    over: bool,
    open: OpenSubscription,
}

impl Follow for Follower {
    type Item = ExplanationUpdate;

    async fn next(&mut self) -> Result<Option<ExplanationUpdate>, ApiError> {
        if self.over {
            return Ok(None);
        }
        if let Some(follows) = &mut self.follows {
            // Pieces that come faster than a client reads are folded into the newest.
            if follows.changed().await.is_err() {
                return Ok(None);
            }
            return Ok(Some(self.newest()));
        }
        match self.begin().await? {
            Some(follows) => {
                self.follows = Some(follows);
                let newest = self.newest();
                // Somebody else explained it in an earlier life; what is kept is the newest there is.
                Ok(Some(if newest.says_nothing() { self.kept().await?.until(&newest) } else { newest }))
            }
            None => {
                self.over = true;
                self.kept().await.map(Some)
            }
        }
    }

    fn open(&mut self) -> &mut OpenSubscription {
        &mut self.open
    }
}

impl Follower {
    async fn begin(&self) -> Result<Option<watch::Receiver<ExplanationProgress>>, ApiError> {
        let away = || ApiError::unavailable("the explainer");
        let doors = patiently(|| self.api.doors()).await?;
        match doors.explainer {
            // A plant elsewhere is explained there; what is kept is read here.
            None => Ok(None),
            Some(explainer) => explainer.follow(self.occurrence).await.map_err(|_| away()),
        }
    }

    fn newest(&mut self) -> ExplanationUpdate {
        let progress = self.follows.as_mut().map(|follows| follows.borrow_and_update().clone()).unwrap_or_default();
        self.over = progress.over && progress.next_look.is_none();
        ExplanationUpdate::from(&progress)
    }

    async fn kept(&self) -> Result<ExplanationUpdate, ApiError> {
        let failed = |e: crate::storage::StorageError| crate::graphql::api::storage_error("reading explanations", &e);
        let evidence = self.api.storage.newest_evidence(self.occurrence).await.map_err(failed)?;
        let all = self.api.storage.explanations(self.occurrence).await.map_err(failed)?;
        let (computed, written): (Vec<_>, Vec<_>) = all.into_iter().partition(|kept| kept.model.is_none());
        let first = |kept: Vec<_>| kept.into_iter().next().map(std::sync::Arc::new);
        let progress = ExplanationProgress {
            evidence: evidence.map(std::sync::Arc::new),
            computed: first(computed),
            written: first(written),
            over: true,
            ..ExplanationProgress::default()
        };
        Ok(ExplanationUpdate::from(&progress))
    }
}
