//! What sign-in asks of whoever remembers users and sessions. Storage answers; `app` introduces the two.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::{NoContext, Timestamp, Uuid};

use super::role::Role;
use crate::domain::WallTime;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new one, ordered by the given time and otherwise random.
            pub fn new(at: WallTime) -> Self {
                let micros = u64::try_from(at.as_micros()).unwrap_or_default();
                let nanos = u32::try_from(micros % 1_000_000).unwrap_or_default() * 1_000;
                Self(Uuid::new_v7(Timestamp::from_unix(NoContext, micros / 1_000_000, nanos)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// An account; survives a change of its name.
    UserId
);
uuid_id!(
    /// One signing-in of one user, until sign-out.
    SessionId
);

/// A local account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// Its name in lower case; no two accounts share one.
    pub name: String,
    /// What its owner is to the plant.
    pub role: Role,
    /// Whether it is closed; it stays, since the journal names it.
    pub disabled: bool,
    /// The argon2id hash of its password, as a PHC string.
    pub password_hash: String,
    /// When it was made.
    pub created_at: WallTime,
}

impl fmt::Debug for Account {
    /// Leaves out the hash, which is nobody's business in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("disabled", &self.disabled)
            .finish_non_exhaustive()
    }
}

/// One signing-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, which the token carries.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When it was opened.
    pub created_at: WallTime,
    /// When it ends by itself.
    pub expires_at: WallTime,
    /// When it was ended before that, if it was.
    pub revoked_at: Option<WallTime>,
}

/// What happened at the gate or to an account, for the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountEvent {
    /// When.
    pub at: WallTime,
    /// Who did it or wanted to: the name of an account, `nobody` where that is not known, `console` for who holds the data
    /// directory in their hands.
    pub who: String,
    /// What they did or wanted to do.
    pub action: &'static str,
    /// Whose account it is about; `None` where no such account is known.
    pub account: Option<String>,
    /// What came of it, or why it was refused.
    pub what: String,
    /// From which address, or that it was the command line.
    pub from_where: String,
    /// Whether they could.
    pub allowed: bool,
}

/// Why users and sessions could not be asked or changed.
#[derive(Debug, Error)]
pub enum AccountsError {
    /// Another account has this name.
    #[error("an account `{0}` exists already")]
    NameTaken(String),
    /// No account has this id.
    #[error("no account has the id {0}")]
    NoSuchUser(UserId),
    /// Whoever remembers them does not answer.
    #[error("users and sessions cannot be reached")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
}

/// Remembers users and sessions. Names come in lower case. Each call is one transaction.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// How many accounts there are, disabled ones included.
    async fn count_users(&self) -> Result<u64, AccountsError>;

    /// All accounts, by name.
    async fn users(&self) -> Result<Vec<Account>, AccountsError>;

    /// The account with this name.
    async fn user_by_name(&self, name: &str) -> Result<Option<Account>, AccountsError>;

    /// Keeps a new account; [`AccountsError::NameTaken`] when the name is in use.
    async fn create_user(&self, account: &Account) -> Result<(), AccountsError>;

    /// Replaces the hash of a password.
    async fn set_password(&self, user: UserId, password_hash: &str, at: WallTime) -> Result<(), AccountsError>;

    /// Changes a role.
    async fn set_role(&self, user: UserId, role: Role) -> Result<(), AccountsError>;

    /// Closes an account, or opens it again.
    async fn set_disabled(&self, user: UserId, disabled: bool) -> Result<(), AccountsError>;

    /// Keeps a new session.
    async fn create_session(&self, session: &Session) -> Result<(), AccountsError>;

    /// A session, revoked and expired ones included, with the account as it is now.
    async fn session(&self, id: SessionId) -> Result<Option<(Session, Account)>, AccountsError>;

    /// Writes into the audit what happened.
    async fn audit(&self, event: &AccountEvent) -> Result<(), AccountsError>;

    /// Ends a session; one that has ended already keeps its time.
    async fn revoke_session(&self, id: SessionId, at: WallTime) -> Result<(), AccountsError>;

    /// Ends all open sessions of a user except the given one.
    async fn revoke_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        at: WallTime,
    ) -> Result<(), AccountsError>;

    /// Forgets sessions that expired before the given time.
    async fn forget_sessions(&self, expired_before: WallTime) -> Result<(), AccountsError>;

    /// Keeps the hash of the one valid set-up token, replacing an earlier one.
    async fn set_setup_token_hash(&self, hash: &str) -> Result<(), AccountsError>;

    /// Deletes the set-up token if its hash is this one, and says whether it did. Of two who come at the same time, one
    /// is told `true`.
    async fn take_setup_token(&self, hash: &str) -> Result<bool, AccountsError>;
}
