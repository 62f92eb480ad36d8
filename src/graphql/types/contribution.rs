//! How much one tag contributes.

use std::sync::Arc;

use async_graphql::SimpleObject;

use super::Tag;
use crate::domain::{self, NamedContribution};

/// How much one tag contributes to an alarm or a statistic.
#[derive(SimpleObject, Clone)]
pub struct Contribution {
    /// Which tag.
    tag: Tag,
    /// Its share, 0…1.
    share: f64,
}

impl Contribution {
    /// By position, as verdicts have them.
    pub(in crate::graphql) fn of_verdict(plant: &Arc<domain::Plant>, all: &[domain::Contribution]) -> Vec<Self> {
        all.iter().filter_map(|one| Some(Self { tag: Tag::at(plant, one.tag)?, share: one.share })).collect()
    }

    /// By name, as alarms and the journal have them; a tag that the plant no longer has is left out.
    pub(in crate::graphql) fn by_name(plant: &Arc<domain::Plant>, all: &[NamedContribution]) -> Vec<Self> {
        all.iter()
            .filter_map(|one| Some(Self { tag: Tag::by_key(plant, one.tag.as_str())?, share: one.share }))
            .collect()
    }
}
