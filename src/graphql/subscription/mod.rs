//! What can be followed. Each stream begins with a snapshot, or with what has happened since the client's cursor, and says
//! openly where something is missing.
//!
//! The order of things is always the same: attach to the feed first, take the snapshot or the backfill second, then drop
//! from the feed what they hold already. So nothing can fall between the two.

mod alarms;
mod detectors;
mod discontinuity;
mod explanation;
mod follow;
mod frames;
mod open;
mod patience;
mod supervision;
mod values;

use async_graphql::{Context, ID, Result, Subscription as GraphqlSubscription};
use futures_util::Stream;

pub use self::alarms::AlarmItem;
pub use self::detectors::DetectorItem;
pub use self::supervision::SupervisionItem;
pub use self::values::ValuesItem;
use super::error::ApiError;
use super::types::ExplanationUpdate;
use super::{explanations, limits, scope};
use crate::feed::{Cursor, CursorError};

/// What can be followed.
pub struct Subscription;

/// What can be followed.
#[GraphqlSubscription]
impl Subscription {
    /// Values, at most ten times a second; what comes faster is folded into the newest.
    #[graphql(complexity = "60 * child_complexity + 1")]
    async fn values(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these tags, at most 500; all without it.")] tags: Option<Vec<String>>,
        #[graphql(desc = "Go on after this cursor.")] since: Option<String>,
    ) -> Result<impl Stream<Item = Result<ValuesItem>>> {
        limits::list("tags", tags.as_ref().map_or(0, Vec::len))?;
        Ok(scope::each_anew(ctx, values::follow(scope::api(ctx), tags, read_cursor(since)?)?))
    }

    /// What happens to alarms, one by one; none is ever left out without a word.
    #[graphql(complexity = "100 * child_complexity + 1")]
    async fn alarm_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on after this cursor.")] since: Option<String>,
    ) -> Result<impl Stream<Item = Result<AlarmItem>>> {
        Ok(scope::each_anew(ctx, alarms::follow(scope::api(ctx), read_cursor(since)?)))
    }

    /// What plant-wide detectors say.
    #[graphql(complexity = "4 * child_complexity + 1")]
    async fn detector_scores(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on after this cursor.")] since: Option<String>,
    ) -> Result<impl Stream<Item = Result<DetectorItem>>> {
        Ok(scope::each_anew(ctx, detectors::follow(scope::api(ctx), read_cursor(since)?)))
    }

    /// How far the explanation of one occurrence of an alarm has come; ends when nothing more will come. What comes faster than
    /// it is read is folded into the newest.
    #[graphql(complexity = "2 * child_complexity + 1")]
    async fn explanation(
        &self,
        ctx: &Context<'_>,
        occurrence_id: ID,
    ) -> Result<impl Stream<Item = Result<ExplanationUpdate>>> {
        Ok(scope::each_anew(ctx, explanation::follow(scope::api(ctx), explanations::occurrence(&occurrence_id)?)))
    }

    /// What happens to actors.
    async fn supervision_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on after this cursor.")] since: Option<String>,
    ) -> Result<impl Stream<Item = Result<SupervisionItem>>> {
        Ok(scope::each_anew(ctx, supervision::follow(scope::api(ctx), read_cursor(since)?)))
    }
}

fn read_cursor(since: Option<String>) -> Result<Option<Cursor>, ApiError> {
    since.map(|text| text.parse().map_err(|e: CursorError| ApiError::invalid(e.to_string()))).transpose()
}
