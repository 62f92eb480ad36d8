//! Who acts, and in which role.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::accounts::{SessionId, UserId};
use crate::domain::WallTime;

/// What somebody is to the plant. Administrators may do what engineers may, engineers what operators may, operators and
/// maintenance what viewers may; the policies say so, not this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Runs the plant: answers its alarms.
    Operator,
    /// Changes how the plant is watched: detectors, scenarios.
    Engineer,
    /// Cares for instruments and machines.
    Maintenance,
    /// Manages the people.
    Administrator,
}

impl Role {
    /// All roles, in the order in which a refusal proposes them: the humblest first.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Operator, Self::Maintenance, Self::Engineer, Self::Administrator];

    /// Its name in database, token, policy and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Engineer => "engineer",
            Self::Maintenance => "maintenance",
            Self::Administrator => "administrator",
        }
    }

    /// The roles whose permissions it has besides its own; the group hierarchy of the policies.
    pub(super) const fn parents(self) -> &'static [Self] {
        match self {
            Self::Viewer => &[],
            Self::Operator | Self::Maintenance => &[Self::Viewer],
            Self::Engineer => &[Self::Operator],
            Self::Administrator => &[Self::Engineer],
        }
    }

    /// Whether it is `other`, or stands above it.
    pub(super) fn includes(self, other: Self) -> bool {
        self == other || self.parents().iter().any(|parent| parent.includes(other))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No role has this name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("unknown role `{0}`; the roles are viewer, operator, engineer, maintenance and administrator")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Which account.
    pub user: UserId,
    /// The name under which they signed in; what the journal says.
    pub name: String,
    /// What they are to the plant.
    pub role: Role,
    /// By which session.
    pub session: SessionId,
    /// When that session ends by itself.
    pub expires_at: WallTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("root".parse::<Role>(), Err(UnknownRole("root".into())));
    }

    #[test]
    fn administrators_stand_above_operators_and_beside_nobody() {
        assert!(Role::Administrator.includes(Role::Operator));
        assert!(Role::Maintenance.includes(Role::Viewer));
        assert!(!Role::Maintenance.includes(Role::Operator));
        assert!(!Role::Viewer.includes(Role::Operator));
    }
}
