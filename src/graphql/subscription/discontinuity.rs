//! A gap, said openly.

use async_graphql::{Enum, SimpleObject};

use crate::feed::{Cursor, Gap, GapReason};

/// Why something is missing.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscontinuityReason {
    /// TEP was started anew since the cursor was given.
    Restarted,
    /// The cursor is older than what is remembered, or the client has read too slowly.
    TooOld,
    /// What was missed is folded into what follows.
    Conflated,
    /// Plant time did not simply go on: a reset, or another file.
    SourceReset,
}

/// Something is missing here; what follows starts afresh.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Discontinuity {
    /// After which cursor.
    from: Option<String>,
    /// Up to which cursor.
    to: String,
    /// Why.
    reason: DiscontinuityReason,
}

impl Discontinuity {
    /// Between two cursors.
    pub(super) fn new(from: Cursor, to: Cursor, reason: DiscontinuityReason) -> Self {
        Self { from: Some(from.to_string()), to: to.to_string(), reason }
    }
}

impl From<Gap> for Discontinuity {
    fn from(gap: Gap) -> Self {
        let reason = match gap.reason {
            GapReason::Restarted => DiscontinuityReason::Restarted,
            GapReason::TooOld => DiscontinuityReason::TooOld,
        };
        Self::new(gap.from, gap.to, reason)
    }
}
