//! What the gate leaves in the audit. Whoever is let in or shown out is not kept waiting for an audit that cannot be written:
//! the log has it in any case.

use tracing::warn;

use super::Gate;
use crate::security::accounts::AccountEvent;

/// Setting TEP up.
pub(super) const SET_UP: &str = "set-up";
/// Signing in.
pub(super) const SIGN_IN: &str = "sign-in";
/// Signing out.
pub(super) const SIGN_OUT: &str = "sign-out";
/// Changing one's own password.
pub(super) const PASSWORD: &str = "password";
/// Managing accounts, as the policies call it.
pub(super) const MANAGE: &str = "user:manage";

impl Gate {
    /// Somebody has done this with an account.
    pub(super) async fn done(&self, who: &str, action: &'static str, account: &str, what: &str, from: &str) {
        let (who, account) = (who.to_owned(), Some(account.to_owned()));
        self.leave(AccountEvent { who, account, ..self.event(action, what, from, true) }).await;
    }

    /// Somebody who cannot be known was refused this. What they typed as a name is not written down unless it is one: people
    /// type their password there.
    pub(super) async fn refused(&self, action: &'static str, account: Option<String>, what: &str, from: &str) {
        self.leave(AccountEvent { account, ..self.event(action, what, from, false) }).await;
    }

    /// Whoever holds the data directory in their hands has done this.
    pub(super) async fn managed(&self, account: &str, what: &str) {
        self.done("console", MANAGE, account, what, "command line").await;
    }

    fn event(&self, action: &'static str, what: &str, from: &str, allowed: bool) -> AccountEvent {
        let (at, who, account) = (self.clock.now(), "nobody".to_owned(), None);
        AccountEvent { at, who, action, account, what: what.to_owned(), from_where: from.to_owned(), allowed }
    }

    async fn leave(&self, event: AccountEvent) {
        if let Err(e) = self.accounts.audit(&event).await {
            warn!(error = %e, action = event.action, "an audit row could not be written");
        }
    }
}
