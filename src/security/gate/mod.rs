//! The gate: lets people in by set-up token or password, recognises their tokens, and shows them out.

mod error;
mod people;
mod trace;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{info, warn};

pub use self::error::GateError;
use self::trace::{PASSWORD, SET_UP, SIGN_IN, SIGN_OUT};
use super::accounts::{Account, Accounts, Session, SessionId, UserId};
use super::name;
use super::password::{self, Passwords};
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

/// Somebody has come in.
#[derive(Clone)]
pub struct SignedIn {
    /// Who.
    pub principal: Principal,
    /// What they show at the next request.
    pub token: String,
    /// How long the session lasts from now.
    pub lasts: Duration,
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

    /// While nobody has an account: a set-up token, to be printed on the console. It is a fresh one, and earlier ones are void;
    /// nodes that share their key share the token too.
    pub async fn issue_setup_token(&self) -> Result<Option<SetupToken>, GateError> {
        if !self.setup_required().await? {
            return Ok(None);
        }
        let token = self.key.setup_token();
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
        let (hash, at) = (SetupToken::hash_typed(token), from.to_string());
        // Who takes the token away creates the account; of two who come at once, the other finds it used.
        if !self.accounts.take_setup_token(&hash).await? {
            warn!(from = %from, "wrong set-up token from {from}");
            self.refused(SET_UP, None, "wrong set-up token", &at).await;
            return Err(GateError::SetupToken);
        }
        if let Err(e) = self.accounts.create_user(&account).await {
            self.accounts.set_setup_token_hash(&hash).await?;
            return Err(e.into());
        }
        info!(user = %account.name, from = %from, "{} set TEP up", account.name);
        self.done(&account.name, SET_UP, &account.name, "the first administrator", &at).await;
        self.open_session(&account).await
    }

    // Coming and going.

    /// Signs somebody in.
    pub async fn sign_in(&self, name: &str, password: &str, from: IpAddr) -> Result<SignedIn, GateError> {
        let name = name::typed_name(name);
        self.admit(from, &name)?;
        let account = self.accounts.user_by_name(&name).await?;
        let (known, at) = (account.as_ref().map(|account| account.name.clone()), from.to_string());
        let matches = self.passwords.verify(password, account.as_ref().map(|a| a.password_hash.as_str())).await?;
        let Some(account) = account.filter(|_| matches) else {
            warn!(user = ?name, from = %from, "wrong name or password for {name:?} from {from}");
            self.refused(SIGN_IN, known, "wrong name or password", &at).await;
            return Err(GateError::Credentials);
        };
        if account.disabled {
            warn!(user = %name, from = %from, "disabled account {name} refused, from {from}");
            self.refused(SIGN_IN, Some(name), "the account is disabled", &at).await;
            return Err(GateError::Disabled);
        }
        let signed_in = self.open_session(&account).await?;
        info!(user = %name, role = %account.role, from = %from, "{name} signed in from {from}");
        self.done(&name, SIGN_IN, &name, &format!("as {}", account.role), &at).await;
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
    pub async fn sign_out(&self, who: &Principal, from: IpAddr) -> Result<(), GateError> {
        self.accounts.revoke_session(who.session, self.clock.now()).await?;
        self.tell_revocation();
        self.done(&who.name, SIGN_OUT, &who.name, "the session is over", &from.to_string()).await;
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
            self.refused(PASSWORD, Some(account.name), "wrong current password", &from.to_string()).await;
            return Err(GateError::CurrentPassword);
        }
        self.replace_password(&account, new, Some(who.session)).await?;
        self.done(&who.name, PASSWORD, &who.name, "a new password; other sessions are over", &from.to_string()).await;
        Ok(())
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
            // Whether it was time or a revocation: look again.
            let _ = timeout(wait, revocations.changed()).await;
        }
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

    async fn open_session(&self, account: &Account) -> Result<SignedIn, GateError> {
        let now = self.clock.now();
        let session = Session {
            id: SessionId::new(now),
            user: account.id,
            created_at: now,
            expires_at: now + self.session_length,
            revoked_at: None,
        };
        self.accounts.forget_sessions(now - KEEP_EXPIRED).await?;
        self.accounts.create_session(&session).await?;
        self.confirm(&session, account).await?;
        let token = self.key.sign(&session, account.role).map_err(|e| GateError::Internal(e.to_string()))?;
        Ok(SignedIn { principal: principal(account, &session), token, lasts: self.session_length })
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
        self.accounts.set_password(of.id, &hash, self.clock.now()).await?;
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
