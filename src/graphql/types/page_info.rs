//! Where a page of a list ends.

use async_graphql::SimpleObject;

/// Where a page of a list ends.
#[derive(SimpleObject, Clone, Debug)]
pub struct PageInfo {
    /// Whether there is more after this page.
    pub(in crate::graphql) has_next_page: bool,
    /// Pass it as `after` to get what follows; null for an empty page.
    pub(in crate::graphql) end_cursor: Option<String>,
}
