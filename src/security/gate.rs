//! The gate: lets people in by set-up token or password, recognises their tokens, and shows them out.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;
use tracing::{error, info, warn};

use super::accounts::{Account, Accounts, AccountsError, Session, SessionId, UserId};
use super::name::{self, NameProblem};
use super::password::{self, HashError, PasswordProblem, Passwords};
use super::role::{Principal, Role};
use super::setup_token::SetupToken;
use super::throttle::Throttle;
use super::token::SessionKey;
use crate::config::SecurityConfig;
use crate::domain::WallTime;
use crate::telemetry::Clock;

/// How often an open connection asks whether its session still stands: `tep user disable` runs in another process, and
/// a revoked session must be gone within five seconds.
const RECHECK: Duration = Duration::from_secs(3);

/// How long an expired session is kept for those who look into the past.
const KEEP_EXPIRED: Duration = Duration::from_secs(30 * 24 * 3600);

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
    #[error("too many attempts; try again in {} seconds", retry_seconds(*retry_after))]
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
}

/// Whole seconds until another attempt, for `Retry-After`.
fn retry_seconds(retry_after: Duration) -> u64 {
    retry_after.as_millis().div_ceil(1_000).max(1).try_into().unwrap_or(u64::MAX)
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

/// Somebody has come in.
#[derive(Clone)]
pub struct SignedIn {
    /// Who.
    pub principal: Principal,
    /// What they show at the next request.
    pub token: String,
}

/// Why an open connection must be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// Its time is over.
    Expired,
    /// Sign-out, another password or role, or a disabled account.
    Revoked,
}

/// Signs people in and recognises them again. One for the process, shared.
pub struct Gate {
    accounts: Arc<dyn Accounts>,
    key: SessionKey,
    clock: Clock,
    session_length: Duration,
    passwords: Passwords,
    throttle: Throttle,
    /// Counts revocations, so that open connections look again at once.
    revocations: watch::Sender<u64>,
}

impl Gate {
    /// A gate before these accounts.
    pub fn new(accounts: Arc<dyn Accounts>, key: SessionKey, clock: Clock, config: &SecurityConfig) -> Self {
        Self {
            accounts,
            key,
            clock,
            session_length: Duration::from_secs(u64::from(config.session_minutes) * 60),
            passwords: Passwords::new(),
            throttle: Throttle::new(clock, NonZeroU32::new(config.sign_in_per_minute).unwrap_or(NonZeroU32::MIN)),
            revocations: watch::Sender::new(0),
        }
    }

    // Coming in for the first time.

    /// Whether nobody has an account yet.
    pub async fn setup_required(&self) -> Result<bool, GateError> {
        Ok(self.accounts.count_users().await? == 0)
    }

    /// While nobody has an account: a fresh set-up token, to be printed on the console. Earlier ones are void.
    pub async fn issue_setup_token(&self) -> Result<Option<SetupToken>, GateError> {
        if !self.setup_required().await? {
            return Ok(None);
        }
        let token = SetupToken::generate();
        self.accounts.set_setup_token_hash(&token.hash()).await?;
        Ok(Some(token))
    }

    /// Creates the first administrator and signs them in.
    pub async fn setup(&self, token: &str, name: &str, password: &str, from: IpAddr) -> Result<SignedIn, GateError> {
        self.admit(from, "set-up token")?;
        if !self.setup_required().await? {
            return Err(GateError::AlreadySetUp);
        }
        let account = self.draft(name, password, Role::Administrator).await?;
        let hash = SetupToken::hash_typed(token);
        // Who takes the token away creates the account; of two who come at once, the other finds it used.
        if !self.accounts.take_setup_token(&hash).await? {
            warn!(from = %from, "wrong set-up token from {from}");
            return Err(GateError::SetupToken);
        }
        if let Err(e) = self.accounts.create_user(&account).await {
            self.accounts.set_setup_token_hash(&hash).await?;
            return Err(e.into());
        }
        info!(user = %account.name, from = %from, "{} set TEP up", account.name);
        self.open_session(&account, from).await
    }

    // Coming and going.

    /// Signs somebody in.
    pub async fn sign_in(&self, name: &str, password: &str, from: IpAddr) -> Result<SignedIn, GateError> {
        let name = name::typed_name(name);
        self.admit(from, &name)?;
        let account = self.accounts.user_by_name(&name).await?;
        let matches = self.passwords.verify(password, account.as_ref().map(|a| a.password_hash.as_str())).await?;
        let Some(account) = account.filter(|_| matches) else {
            warn!(user = ?name, from = %from, "wrong name or password for {name:?} from {from}");
            return Err(GateError::Credentials);
        };
        if account.disabled {
            warn!(user = %name, from = %from, "disabled account {name} refused, from {from}");
            return Err(GateError::Disabled);
        }
        let signed_in = self.open_session(&account, from).await?;
        info!(user = %name, role = %account.role, from = %from, "{name} signed in from {from}");
        Ok(signed_in)
    }

    /// Recognises a token. Forged, expired, revoked, of a disabled user or of a former role: all are told the same.
    pub async fn authenticate(&self, token: &str) -> Result<Principal, GateError> {
        let now = self.clock.now();
        let claims = self.key.read(token, now).ok_or(GateError::Unauthenticated)?;
        let (session, account) = self.accounts.session(claims.sid).await?.ok_or(GateError::Unauthenticated)?;
        let stands = standing(&session, &account, now).is_ok();
        if stands && account.id == claims.sub && account.role == claims.role {
            Ok(principal(&account, &session))
        } else {
            Err(GateError::Unauthenticated)
        }
    }

    /// Ends a session; ending it twice is no error.
    pub async fn sign_out(&self, session: SessionId) -> Result<(), GateError> {
        self.accounts.revoke_session(session, self.clock.now()).await?;
        self.tell_revocation();
        Ok(())
    }

    /// Changes one's own password, and ends one's other sessions.
    pub async fn change_password(
        &self,
        who: &Principal,
        current: &str,
        new: &str,
        from: IpAddr,
    ) -> Result<(), GateError> {
        self.admit(from, &who.name)?;
        let account = self.account(&who.name).await?;
        if !self.passwords.verify(current, Some(&account.password_hash)).await? {
            warn!(user = %who.name, "wrong current password for {}", who.name);
            return Err(GateError::CurrentPassword);
        }
        self.replace_password(&account, new, Some(who.session)).await
    }

    // Staying.

    /// Counts revocations made in this process; whoever serves an open connection looks again when it changes. Prefer
    /// [`Self::ended`], which also notices what other processes do.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.revocations.subscribe()
    }

    /// Comes back when the session has ended, at most five seconds late; an open connection is closed then. While the
    /// accounts do not answer, the session stands until its time is over: nobody is thrown out of a plant in trouble.
    pub async fn ended(&self, who: &Principal) -> SessionEnd {
        let mut revocations = self.watch();
        loop {
            let now = self.clock.now();
            if now >= who.expires_at {
                return SessionEnd::Expired;
            }
            match self.accounts.session(who.session).await {
                Ok(None) => return SessionEnd::Revoked,
                Ok(Some((session, account))) => match standing(&session, &account, now) {
                    Err(end) => return end,
                    Ok(()) if account.role != who.role => return SessionEnd::Revoked,
                    Ok(()) => {}
                },
                Err(e) => warn!(error = %e, user = %who.name, "the session of {} cannot be looked up", who.name),
            }
            let wait = RECHECK.min(who.expires_at.since(now));
            // A sender that is gone means that we are shutting down; the timeout alone then paces the loop.
            if let Ok(Err(_)) = tokio::time::timeout(wait, revocations.changed()).await {
                tokio::time::sleep(wait).await;
            }
        }
    }

    // Managing people; for who holds the data directory in their hands.

    /// All accounts, by name.
    pub async fn users(&self) -> Result<Vec<Account>, GateError> {
        Ok(self.accounts.users().await?)
    }

    /// Creates an account.
    pub async fn create_user(&self, name: &str, role: Role, password: &str) -> Result<Account, GateError> {
        let account = self.draft(name, password, role).await?;
        self.accounts.create_user(&account).await?;
        info!(user = %account.name, role = %role, "account {} created with the role {role}", account.name);
        Ok(account)
    }

    /// Changes a role, and ends the sessions that had the former one.
    pub async fn set_role(&self, name: &str, role: Role) -> Result<(), GateError> {
        let account = self.account(name).await?;
        if role != Role::Administrator {
            self.keep_an_administrator(&account).await?;
        }
        self.accounts.set_role(account.id, role).await?;
        self.revoke_all(account.id, None).await?;
        info!(user = %account.name, role = %role, "{} has the role {role} now", account.name);
        Ok(())
    }

    /// Closes an account and ends its sessions, or opens it again.
    pub async fn set_disabled(&self, name: &str, disabled: bool) -> Result<(), GateError> {
        let account = self.account(name).await?;
        if disabled {
            self.keep_an_administrator(&account).await?;
        }
        self.accounts.set_disabled(account.id, disabled).await?;
        if disabled {
            self.revoke_all(account.id, None).await?;
        }
        info!(user = %account.name, disabled, "account {} {}", account.name, if disabled { "disabled" } else { "enabled" });
        Ok(())
    }

    /// Gives an account a new password without knowing the old one, and ends its sessions.
    pub async fn reset_password(&self, name: &str, new: &str) -> Result<(), GateError> {
        let account = self.account(name).await?;
        self.replace_password(&account, new, None).await
    }

    // Inside.

    fn admit(&self, from: IpAddr, name: &str) -> Result<(), GateError> {
        self.throttle.admit(from, name).map_err(|retry_after| {
            warn!(user = ?name, from = %from, "too many attempts for {name:?} from {from}");
            GateError::TooMany { retry_after }
        })
    }

    async fn account(&self, name: &str) -> Result<Account, GateError> {
        let name = name::typed_name(name);
        self.accounts.user_by_name(&name).await?.ok_or(GateError::NoSuchUser(name))
    }

    async fn draft(&self, name: &str, password: &str, role: Role) -> Result<Account, GateError> {
        let name = name::new_name(name)?;
        password::check(&name, password)?;
        let password_hash = self.passwords.hash(password).await?;
        let created_at = self.clock.now();
        Ok(Account { id: UserId::new(created_at), name, role, disabled: false, password_hash, created_at })
    }

    async fn open_session(&self, account: &Account, from: IpAddr) -> Result<SignedIn, GateError> {
        let now = self.clock.now();
        let session = Session {
            id: SessionId::new(now),
            user: account.id,
            from: from.to_string(),
            created_at: now,
            expires_at: now + self.session_length,
            revoked_at: None,
        };
        self.accounts.forget_sessions(now - KEEP_EXPIRED).await?;
        self.accounts.create_session(&session).await?;
        self.confirm(&session, account).await?;
        let token = self.key.sign(&session, account.role).map_err(|e| GateError::Internal(e.to_string()))?;
        Ok(SignedIn { principal: principal(account, &session), token })
    }

    /// While a password was being checked it may have been changed, or the account disabled; the revocation has then not
    /// seen the session that is opened just after it.
    async fn confirm(&self, session: &Session, checked: &Account) -> Result<(), GateError> {
        let now = self.accounts.session(session.id).await?;
        if now.is_some_and(|(session, account)| session.revoked_at.is_none() && account == *checked) {
            return Ok(());
        }
        self.accounts.revoke_session(session.id, self.clock.now()).await?;
        Err(GateError::Credentials)
    }

    async fn replace_password(&self, of: &Account, new: &str, keep: Option<SessionId>) -> Result<(), GateError> {
        password::check(&of.name, new)?;
        let hash = self.passwords.hash(new).await?;
        self.accounts.set_password(of.id, &hash).await?;
        self.revoke_all(of.id, keep).await?;
        info!(user = %of.name, "{} has a new password", of.name);
        Ok(())
    }

    async fn revoke_all(&self, user: UserId, except: Option<SessionId>) -> Result<(), GateError> {
        self.accounts.revoke_sessions_of(user, except, self.clock.now()).await?;
        self.tell_revocation();
        Ok(())
    }

    fn tell_revocation(&self) {
        self.revocations.send_modify(|count| *count += 1);
    }

    async fn keep_an_administrator(&self, leaving: &Account) -> Result<(), GateError> {
        let administers = |a: &Account| a.role == Role::Administrator && !a.disabled;
        let others = self.accounts.users().await?.iter().any(|a| a.id != leaving.id && administers(a));
        if administers(leaving) && !others {
            return Err(GateError::LastAdministrator(leaving.name.clone()));
        }
        Ok(())
    }
}

/// Whether a session still stands, and if not why.
fn standing(session: &Session, account: &Account, now: WallTime) -> Result<(), SessionEnd> {
    if session.revoked_at.is_some() || account.disabled {
        Err(SessionEnd::Revoked)
    } else if now >= session.expires_at {
        Err(SessionEnd::Expired)
    } else {
        Ok(())
    }
}

fn principal(account: &Account, session: &Session) -> Principal {
    Principal {
        user: account.id,
        name: account.name.clone(),
        role: account.role,
        session: session.id,
        expires_at: session.expires_at,
    }
}
