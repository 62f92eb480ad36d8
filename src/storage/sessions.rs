//! Who is signed in. A session ends by time, by sign-out, or by an administrator; a token alone is never enough.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::entities::session;
use super::{Result, Storage};
use crate::domain::WallTime;

/// A session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, as it stands in the token.
    pub id: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// When it began.
    pub created: WallTime,
    /// When it ends by itself.
    pub expires: WallTime,
    /// When it was ended.
    pub revoked_at: Option<WallTime>,
}

impl Session {
    /// Whether it is good at a time.
    pub fn is_live(&self, now: WallTime) -> bool {
        self.revoked_at.is_none() && now < self.expires
    }
}

impl Storage {
    /// Keeps a new session.
    ///
    /// # Errors
    /// When there is no such user, or the database does not answer.
    pub async fn create_session(&self, session: &Session) -> Result<()> {
        let row = session::ActiveModel {
            id: Set(session.id.to_string()),
            account_id: Set(session.user.to_string()),
            created: Set(session.created.as_micros()),
            expires: Set(session.expires.as_micros()),
            revoked_at: Set(session.revoked_at.map(WallTime::as_micros)),
        };
        session::Entity::insert(row)
            .exec_without_returning(&self.0.db.write)
            .await
            .map_err(self.failed("begin a session"))?;
        Ok(())
    }

    /// A session by its id, live or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session(&self, id: Uuid) -> Result<Option<Session>> {
        const WHAT: &str = "look for a session";
        let found =
            session::Entity::find_by_id(id.to_string()).one(&self.0.db.read).await.map_err(self.failed(WHAT))?;
        let Some(row) = found else { return Ok(None) };
        let user = row.account_id.parse().map_err(|e| self.corrupt(WHAT, format!("its user: {e}")))?;
        Ok(Some(Session {
            id,
            user,
            created: WallTime::from_micros(row.created),
            expires: WallTime::from_micros(row.expires),
            revoked_at: row.revoked_at.map(WallTime::from_micros),
        }))
    }

    /// Ends a session; one that has ended stays as it is. Returns whether it was live.
    ///
    /// # Errors
    /// When the database does not answer: the session may still be live.
    pub async fn revoke_session(&self, id: Uuid, at: WallTime) -> Result<bool> {
        self.revoke(session::Column::Id.eq(id.to_string()), at).await.map(|ended| ended > 0)
    }

    /// Ends every session of a user, but for one if it is named; returns how many were live.
    ///
    /// # Errors
    /// When the database does not answer: the sessions may still be live.
    pub async fn revoke_sessions_of(&self, user: Uuid, but_for: Option<Uuid>, at: WallTime) -> Result<u64> {
        let mut which = session::Column::AccountId.eq(user.to_string());
        if let Some(kept) = but_for {
            which = which.and(session::Column::Id.ne(kept.to_string()));
        }
        self.revoke(which, at).await
    }

    async fn revoke(&self, which: Expr, at: WallTime) -> Result<u64> {
        let ended = session::Entity::update_many()
            .col_expr(session::Column::RevokedAt, Expr::value(at.as_micros()))
            .filter(session::Column::RevokedAt.is_null())
            .filter(which)
            .exec(&self.0.db.write)
            .await
            .map_err(self.failed("end a session"))?;
        Ok(ended.rows_affected)
    }

    /// Forgets sessions that ended by themselves before a time; returns how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_sessions(&self, expired_before: WallTime) -> Result<u64> {
        let gone = session::Entity::delete_many()
            .filter(session::Column::Expires.lt(expired_before.as_micros()))
            .exec(&self.0.db.write)
            .await
            .map_err(self.failed("forget old sessions"))?;
        Ok(gone.rows_affected)
    }
}
