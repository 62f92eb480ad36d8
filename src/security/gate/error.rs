//! Why the gate stays shut, with the stable code of each reason.

use std::time::Duration;

use thiserror::Error;
use tracing::error;

use crate::security::accounts::AccountsError;
use crate::security::name::NameProblem;
use crate::security::password::{HashError, PasswordProblem};

/// Why the gate stays shut.
#[derive(Debug, Error)]
pub enum GateError {
    /// Name or password is wrong; which of them, nobody is told.
    #[error("name or password is wrong")]
    Credentials,
    /// The account is closed; told only to who knows its password.
    #[error("this account is disabled; an administrator can open it again")]
    Disabled,
    /// Too many attempts.
    #[error("too many attempts")]
    TooMany {
        /// How long to wait.
        retry_after: Duration,
    },
    /// No token, a forged or expired one, or one of a session that has ended.
    #[error("sign in first")]
    Unauthenticated,
    /// The first administrator exists already.
    #[error("TEP is set up already; sign in instead")]
    AlreadySetUp,
    /// The set-up token is wrong, used, or replaced by a later start.
    #[error("this set-up token is not valid; the latest one is printed on the console at each start")]
    SetupToken,
    /// The name cannot be an account's.
    #[error(transparent)]
    Name(#[from] NameProblem),
    /// The password is not good enough.
    #[error(transparent)]
    Password(#[from] PasswordProblem),
    /// The password that should be changed was given wrongly.
    #[error("the current password is wrong")]
    CurrentPassword,
    /// Another account has this name.
    #[error("an account `{0}` exists already")]
    NameTaken(String),
    /// No account has this name.
    #[error("there is no account `{0}`")]
    NoSuchUser(String),
    /// Nobody would be left to manage the people.
    #[error("`{0}` is the last administrator; make another one first")]
    LastAdministrator(String),
    /// Users and sessions cannot be asked.
    #[error("users and sessions cannot be reached; try again soon")]
    Unavailable(#[source] AccountsError),
    /// Something that cannot be the visitor's fault.
    #[error("sign-in failed inside; the log tells more")]
    Internal(String),
}

impl GateError {
    /// The stable code of the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Credentials => "CREDENTIALS_WRONG",
            Self::Disabled => "ACCOUNT_DISABLED",
            Self::TooMany { .. } => "RATE_LIMITED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::AlreadySetUp => "ALREADY_SET_UP",
            Self::SetupToken => "SETUP_TOKEN_WRONG",
            Self::Name(_) => "NAME_REFUSED",
            Self::Password(_) => "PASSWORD_REFUSED",
            Self::CurrentPassword => "CURRENT_PASSWORD_WRONG",
            Self::NameTaken(_) => "NAME_TAKEN",
            Self::NoSuchUser(_) => "NOT_FOUND",
            Self::LastAdministrator(_) => "LAST_ADMINISTRATOR",
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// Whole seconds to wait before another attempt, where waiting helps; rounded up, so that whoever waits as long as
    /// told is let in.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::TooMany { retry_after } => {
                Some(retry_after.as_millis().div_ceil(1_000).max(1).try_into().unwrap_or(u64::MAX))
            }
            _ => None,
        }
    }
}

impl From<AccountsError> for GateError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::NameTaken(name) => Self::NameTaken(name),
            other => Self::Unavailable(other),
        }
    }
}

impl From<HashError> for GateError {
    fn from(error: HashError) -> Self {
        error!(error = %error, "a password could not be checked");
        Self::Internal(error.to_string())
    }
}
