//! Local accounts. What a role may do, and what a password must be, is decided upstairs.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Value};
use uuid::Uuid;

use super::entities::account;
use super::{Result, Storage, StorageError, storable};
use crate::domain::WallTime;

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Its id, which no rename changes.
    pub id: Uuid,
    /// Its name as written at creation; unique, capitals or not.
    pub name: String,
    /// The name of its role.
    pub role: String,
    /// The hash of its password, in PHC format.
    pub password_hash: String,
    /// When it was created.
    pub created: WallTime,
    /// Whether it may not sign in.
    pub disabled: bool,
    /// When its password was last set; sessions from before then are void.
    pub password_changed_at: WallTime,
}

impl std::fmt::Debug for User {
    /// Without the hash: what is shown in logs must be of no use for guessing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("disabled", &self.disabled)
            .finish_non_exhaustive()
    }
}

impl Storage {
    /// Keeps a new account.
    ///
    /// # Errors
    /// `Conflict` when the name is taken.
    pub async fn create_user(&self, user: &User) -> Result<()> {
        const WHAT: &str = "create a user";
        let row = account::ActiveModel {
            id: Set(user.id.to_string()),
            name: Set(storable(&user.name)),
            name_folded: Set(folded(&user.name)),
            role: Set(user.role.clone()),
            password_hash: Set(user.password_hash.clone()),
            created: Set(user.created.as_micros()),
            disabled: Set(user.disabled),
            password_changed_at: Set(user.password_changed_at.as_micros()),
        };
        let inserted = account::Entity::insert(row).exec_without_returning(&self.0.db.write).await;
        match inserted.map_err(self.failed(WHAT)) {
            Ok(_) => Ok(()),
            Err(StorageError::Conflict { .. }) => {
                Err(StorageError::conflict(WHAT, &self.0.db.place, format!("the name {:?} is taken", user.name)))
            }
            Err(other) => Err(other),
        }
    }

    /// The account of a name, capitals or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<User>> {
        const WHAT: &str = "look for a user";
        let found = account::Entity::find()
            .filter(account::Column::NameFolded.eq(folded(name)))
            .one(&self.0.db.read)
            .await
            .map_err(self.failed(WHAT))?;
        found.map(|row| self.user_of(row)).transpose()
    }

    /// The account of an id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user(&self, id: Uuid) -> Result<Option<User>> {
        let found = account::Entity::find_by_id(id.to_string())
            .one(&self.0.db.read)
            .await
            .map_err(self.failed("look for a user"))?;
        found.map(|row| self.user_of(row)).transpose()
    }

    /// All accounts, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_users(&self) -> Result<Vec<User>> {
        let rows = account::Entity::find()
            .order_by_asc(account::Column::Created)
            .order_by_asc(account::Column::Id)
            .all(&self.0.db.read)
            .await
            .map_err(self.failed("list users"))?;
        rows.into_iter().map(|row| self.user_of(row)).collect()
    }

    /// How many accounts there are; none means that nobody has set the platform up yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_users(&self) -> Result<u64> {
        account::Entity::find().count(&self.0.db.read).await.map_err(self.failed("count users"))
    }

    /// Sets a password's hash and the time since when it holds.
    ///
    /// # Errors
    /// `NotFound` when there is no such account.
    pub async fn set_password(&self, user: Uuid, password_hash: &str, at: WallTime) -> Result<()> {
        let changes = [
            (account::Column::PasswordHash, Value::from(password_hash)),
            (account::Column::PasswordChangedAt, Value::from(at.as_micros())),
        ];
        self.change_user("set a password", user, changes).await
    }

    /// Gives an account another role.
    ///
    /// # Errors
    /// `NotFound` when there is no such account.
    pub async fn set_role(&self, user: Uuid, role: &str) -> Result<()> {
        self.change_user("set a role", user, [(account::Column::Role, Value::from(role))]).await
    }

    /// Lets an account sign in no more, or again.
    ///
    /// # Errors
    /// `NotFound` when there is no such account.
    pub async fn set_disabled(&self, user: Uuid, disabled: bool) -> Result<()> {
        self.change_user("disable a user", user, [(account::Column::Disabled, Value::from(disabled))]).await
    }

    async fn change_user(
        &self,
        what: &'static str,
        user: Uuid,
        changes: impl IntoIterator<Item = (account::Column, Value)>,
    ) -> Result<()> {
        let mut update = account::Entity::update_many().filter(account::Column::Id.eq(user.to_string()));
        for (column, value) in changes {
            update = update.col_expr(column, Expr::value(value));
        }
        let changed = update.exec(&self.0.db.write).await.map_err(self.failed(what))?;
        if changed.rows_affected == 0 {
            return Err(StorageError::not_found(what, &self.0.db.place, format!("there is no user {user}")));
        }
        Ok(())
    }

    fn user_of(&self, row: account::Model) -> Result<User> {
        let id = row.id.parse().map_err(|e| self.corrupt("read a user", format!("id {}: {e}", row.id)))?;
        Ok(User {
            id,
            name: row.name,
            role: row.role,
            password_hash: row.password_hash,
            created: WallTime::from_micros(row.created),
            disabled: row.disabled,
            password_changed_at: WallTime::from_micros(row.password_changed_at),
        })
    }
}

/// Under which a name is unique. Small letters are made here, since the two databases make them differently.
fn folded(name: &str) -> String {
    storable(name.trim()).to_lowercase()
}
