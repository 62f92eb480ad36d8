//! Users and sessions as the gate wants them, kept by the storage. Security and storage stand on one floor and do not
//! know each other; they meet here.

use async_trait::async_trait;

use crate::domain::WallTime;
use crate::security::{Account, AccountEvent, Accounts, AccountsError, Role, Session, SessionId, UserId};
use crate::storage::{self, AuditEntry, Storage, StorageError};

/// The setting that holds the hash of the set-up token.
const SETUP_TOKEN: &str = "setup_token_hash";

/// Users and sessions in the database.
#[derive(Clone, Debug)]
pub struct StoredAccounts(pub Storage);

fn unavailable(error: StorageError) -> AccountsError {
    AccountsError::Unavailable(Box::new(error))
}

fn changed(user: UserId) -> impl Fn(StorageError) -> AccountsError {
    move |error| match error {
        StorageError::NotFound { .. } => AccountsError::NoSuchUser(user),
        other => unavailable(other),
    }
}

fn account(user: storage::User) -> Result<Account, AccountsError> {
    let role: Role = user.role.parse().map_err(|error| AccountsError::Unavailable(Box::new(error)))?;
    Ok(Account {
        id: UserId(user.id),
        name: user.name,
        role,
        disabled: user.disabled,
        password_hash: user.password_hash,
        created_at: user.created,
    })
}

fn session(kept: &storage::Session) -> Session {
    Session {
        id: SessionId(kept.id),
        user: UserId(kept.user),
        created_at: kept.created,
        expires_at: kept.expires,
        revoked_at: kept.revoked_at,
    }
}

#[async_trait]
impl Accounts for StoredAccounts {
    async fn count_users(&self) -> Result<u64, AccountsError> {
        self.0.count_users().await.map_err(unavailable)
    }

    async fn users(&self) -> Result<Vec<Account>, AccountsError> {
        let mut users = self.0.list_users().await.map_err(unavailable)?;
        users.sort_by(|a, b| a.name.cmp(&b.name));
        users.into_iter().map(account).collect()
    }

    async fn user_by_name(&self, name: &str) -> Result<Option<Account>, AccountsError> {
        self.0.user_by_name(name).await.map_err(unavailable)?.map(account).transpose()
    }

    async fn create_user(&self, new: &Account) -> Result<(), AccountsError> {
        let user = storage::User {
            id: new.id.0,
            name: new.name.clone(),
            role: new.role.as_str().to_owned(),
            password_hash: new.password_hash.clone(),
            created: new.created_at,
            disabled: new.disabled,
            password_changed_at: new.created_at,
        };
        self.0.create_user(&user).await.map_err(|error| match error {
            StorageError::Conflict { .. } => AccountsError::NameTaken(new.name.clone()),
            other => unavailable(other),
        })
    }

    async fn set_password(&self, user: UserId, password_hash: &str, at: WallTime) -> Result<(), AccountsError> {
        self.0.set_password(user.0, password_hash, at).await.map_err(changed(user))
    }

    async fn set_role(&self, user: UserId, role: Role) -> Result<(), AccountsError> {
        self.0.set_role(user.0, role.as_str()).await.map_err(changed(user))
    }

    async fn set_disabled(&self, user: UserId, disabled: bool) -> Result<(), AccountsError> {
        self.0.set_disabled(user.0, disabled).await.map_err(changed(user))
    }

    async fn create_session(&self, new: &Session) -> Result<(), AccountsError> {
        let kept = storage::Session {
            id: new.id.0,
            user: new.user.0,
            created: new.created_at,
            expires: new.expires_at,
            revoked_at: new.revoked_at,
        };
        self.0.create_session(&kept).await.map_err(changed(new.user))
    }

    async fn session(&self, id: SessionId) -> Result<Option<(Session, Account)>, AccountsError> {
        let Some(kept) = self.0.session(id.0).await.map_err(unavailable)? else { return Ok(None) };
        let Some(user) = self.0.user(kept.user).await.map_err(unavailable)? else { return Ok(None) };
        Ok(Some((session(&kept), account(user)?)))
    }

    async fn audit(&self, event: &AccountEvent) -> Result<(), AccountsError> {
        let AccountEvent { at, who, action, account, what, from_where, allowed } = event.clone();
        let entry = AuditEntry {
            at,
            who,
            action: action.to_owned(),
            resource: account.map_or_else(|| "system".to_owned(), |name| format!("user:{name}")),
            before: None,
            after: Some(what),
            from_where: Some(from_where),
            allowed,
        };
        self.0.append_audit(&entry).await.map_err(unavailable)
    }

    async fn revoke_session(&self, id: SessionId, at: WallTime) -> Result<(), AccountsError> {
        self.0.revoke_session(id.0, at).await.map(drop).map_err(unavailable)
    }

    async fn revoke_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        at: WallTime,
    ) -> Result<(), AccountsError> {
        self.0.revoke_sessions_of(user.0, except.map(|id| id.0), at).await.map(drop).map_err(unavailable)
    }

    async fn forget_sessions(&self, expired_before: WallTime) -> Result<(), AccountsError> {
        self.0.forget_sessions(expired_before).await.map(drop).map_err(unavailable)
    }

    async fn set_setup_token_hash(&self, hash: &str) -> Result<(), AccountsError> {
        self.0.set_setting(SETUP_TOKEN, hash).await.map_err(unavailable)
    }

    async fn take_setup_token(&self, hash: &str) -> Result<bool, AccountsError> {
        self.0.remove_setting_if(SETUP_TOKEN, hash).await.map_err(unavailable)
    }
}
