//! Who has signed in.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::global_id;
use crate::graphql::scope;
use crate::security::{self, Principal};

/// What somebody is to the plant.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "security::Role")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Runs the plant: answers its alarms.
    Operator,
    /// Changes how the plant is watched.
    Engineer,
    /// Cares for instruments and machines.
    Maintenance,
    /// Manages the people.
    Administrator,
}

/// One action, and whether the one who asks may do it.
#[derive(SimpleObject, Clone, Debug)]
pub struct Permission {
    /// Its name in the policies, for example `alarm:acknowledge`.
    action: String,
    /// Whether they may.
    allowed: bool,
    /// Why not, when they may not.
    reason: Option<String>,
}

/// Who has signed in.
#[derive(Clone)]
pub struct User(Principal);

impl From<&Principal> for User {
    fn from(principal: &Principal) -> Self {
        Self(principal.clone())
    }
}

/// Who has signed in.
#[Object]
impl User {
    /// Global id.
    pub async fn id(&self) -> ID {
        global_id("User", &self.0.name)
    }

    /// The name under which they signed in.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What they are to the plant.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// Every action with whether they may do it, and if not why.
    #[graphql(complexity = "13 * child_complexity + 1")]
    async fn permissions(&self, ctx: &Context<'_>) -> Vec<Permission> {
        let api = scope::api(ctx);
        let all = api.authority.permissions(&self.0, &api.plant.id);
        all.into_iter()
            .map(|(action, decision)| Permission {
                action: action.to_string(),
                allowed: decision.is_allowed(),
                reason: decision.reason().map(str::to_owned),
            })
            .collect()
    }
}
