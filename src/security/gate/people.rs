//! Managing people; for who holds the data directory in their hands.

use tracing::info;

use super::{Gate, GateError};
use crate::security::accounts::Account;
use crate::security::role::Role;

impl Gate {
    /// All accounts, by name.
    pub async fn users(&self) -> Result<Vec<Account>, GateError> {
        Ok(self.accounts.users().await?)
    }

    /// Creates an account.
    pub async fn create_user(&self, name: &str, role: Role, password: &str) -> Result<Account, GateError> {
        let account = self.draft(name, password, role).await?;
        self.accounts.create_user(&account).await?;
        info!(user = %account.name, role = %role, "account {} created with the role {role}", account.name);
        self.managed(&account.name, &format!("created with the role {role}")).await;
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
        self.managed(&account.name, &format!("has the role {role} now")).await;
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
        let now = if disabled { "disabled" } else { "enabled" };
        info!(user = %account.name, disabled, "account {} {now}", account.name);
        self.managed(&account.name, now).await;
        Ok(())
    }

    /// Gives an account a new password without knowing the old one, and ends its sessions.
    pub async fn reset_password(&self, name: &str, new: &str) -> Result<(), GateError> {
        let account = self.account(name).await?;
        self.replace_password(&account, new, None).await?;
        self.managed(&account.name, "a new password; its sessions are over").await;
        Ok(())
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
