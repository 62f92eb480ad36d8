//! Accounts in memory.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use tep::domain::WallTime;
use tep::security::{Account, AccountEvent, Accounts, AccountsError, Role, Session, SessionId, UserId};

#[derive(Default)]
struct Inner {
    users: Vec<Account>,
    sessions: HashMap<SessionId, Session>,
    setup_token_hash: Option<String>,
    audit: Vec<AccountEvent>,
}

/// Users and sessions that end with the test.
#[derive(Default)]
pub struct MemoryAccounts {
    inner: Mutex<Inner>,
    unreachable: AtomicBool,
    audit_full: AtomicBool,
    new_hash: Mutex<Option<String>>,
}

impl MemoryAccounts {
    /// From now on, or not any more, nothing can be asked.
    pub fn set_unreachable(&self, unreachable: bool) {
        self.unreachable.store(unreachable, Ordering::SeqCst);
    }

    /// From now on, or not any more, nothing can be written into the audit.
    pub fn set_audit_full(&self, full: bool) {
        self.audit_full.store(full, Ordering::SeqCst);
    }

    /// What is kept of the set-up token.
    pub fn setup_token_hash(&self) -> Option<String> {
        self.inner.lock().unwrap().setup_token_hash.clone()
    }

    /// How many sessions are remembered.
    pub fn session_count(&self) -> usize {
        self.inner.lock().unwrap().sessions.len()
    }

    /// How many sessions have not been revoked.
    pub fn open_session_count(&self) -> usize {
        self.inner.lock().unwrap().sessions.values().filter(|s| s.revoked_at.is_none()).count()
    }

    /// Somebody else's reset of a password comes between its check and the session that it opens.
    pub fn replace_hash_before_next_session(&self, hash: &str) {
        *self.new_hash.lock().unwrap() = Some(hash.to_owned());
    }

    /// What is in the audit, without times: who, what, of whose account, from where, and whether they could.
    pub fn audit(&self) -> Vec<String> {
        let told = |event: &AccountEvent| {
            let of = event.account.as_deref().unwrap_or("–");
            let could = if event.allowed { "" } else { "refused " };
            format!("{could}{} by {} of {of} from {}: {}", event.action, event.who, event.from_where, event.what)
        };
        self.inner.lock().unwrap().audit.iter().map(told).collect()
    }

    fn reach(&self) -> Result<MutexGuard<'_, Inner>, AccountsError> {
        if self.unreachable.load(Ordering::SeqCst) {
            return Err(AccountsError::Unavailable(Box::new(io::Error::other("the database is away"))));
        }
        Ok(self.inner.lock().unwrap())
    }

    fn change(&self, user: UserId, change: impl FnOnce(&mut Account)) -> Result<(), AccountsError> {
        let mut inner = self.reach()?;
        let account = inner.users.iter_mut().find(|a| a.id == user).ok_or(AccountsError::NoSuchUser(user))?;
        change(account);
        Ok(())
    }
}

#[async_trait]
impl Accounts for MemoryAccounts {
    async fn count_users(&self) -> Result<u64, AccountsError> {
        Ok(self.reach()?.users.len() as u64)
    }

    async fn users(&self) -> Result<Vec<Account>, AccountsError> {
        let mut users = self.reach()?.users.clone();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(users)
    }

    async fn user_by_name(&self, name: &str) -> Result<Option<Account>, AccountsError> {
        Ok(self.reach()?.users.iter().find(|a| a.name == name).cloned())
    }

    async fn create_user(&self, account: &Account) -> Result<(), AccountsError> {
        let mut inner = self.reach()?;
        if inner.users.iter().any(|a| a.name == account.name) {
            return Err(AccountsError::NameTaken(account.name.clone()));
        }
        inner.users.push(account.clone());
        Ok(())
    }

    async fn set_password(&self, user: UserId, password_hash: &str, _at: WallTime) -> Result<(), AccountsError> {
        self.change(user, |account| account.password_hash = password_hash.to_owned())
    }

    async fn set_role(&self, user: UserId, role: Role) -> Result<(), AccountsError> {
        self.change(user, |account| account.role = role)
    }

    async fn set_disabled(&self, user: UserId, disabled: bool) -> Result<(), AccountsError> {
        self.change(user, |account| account.disabled = disabled)
    }

    async fn create_session(&self, session: &Session) -> Result<(), AccountsError> {
        if let Some(hash) = self.new_hash.lock().unwrap().take() {
            self.change(session.user, |account| account.password_hash = hash)?;
        }
        self.reach()?.sessions.insert(session.id, session.clone());
        Ok(())
    }

    async fn session(&self, id: SessionId) -> Result<Option<(Session, Account)>, AccountsError> {
        let inner = self.reach()?;
        let Some(session) = inner.sessions.get(&id) else { return Ok(None) };
        let account = inner.users.iter().find(|a| a.id == session.user);
        Ok(account.map(|account| (session.clone(), account.clone())))
    }

    async fn audit(&self, event: &AccountEvent) -> Result<(), AccountsError> {
        if self.audit_full.load(Ordering::SeqCst) {
            return Err(AccountsError::Unavailable(Box::new(io::Error::other("the disk is full"))));
        }
        self.reach()?.audit.push(event.clone());
        Ok(())
    }

    async fn revoke_session(&self, id: SessionId, at: WallTime) -> Result<(), AccountsError> {
        if let Some(session) = self.reach()?.sessions.get_mut(&id) {
            session.revoked_at.get_or_insert(at);
        }
        Ok(())
    }

    async fn revoke_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        at: WallTime,
    ) -> Result<(), AccountsError> {
        let mut inner = self.reach()?;
        for session in inner.sessions.values_mut().filter(|s| s.user == user && Some(s.id) != except) {
            session.revoked_at.get_or_insert(at);
        }
        Ok(())
    }

    async fn forget_sessions(&self, expired_before: WallTime) -> Result<(), AccountsError> {
        self.reach()?.sessions.retain(|_, session| session.expires_at >= expired_before);
        Ok(())
    }

    async fn set_setup_token_hash(&self, hash: &str) -> Result<(), AccountsError> {
        self.reach()?.setup_token_hash = Some(hash.to_owned());
        Ok(())
    }

    async fn take_setup_token(&self, hash: &str) -> Result<bool, AccountsError> {
        let mut inner = self.reach()?;
        let fits = inner.setup_token_hash.as_deref() == Some(hash);
        if fits {
            inner.setup_token_hash = None;
        }
        Ok(fits)
    }
}
