//! Results of commands, kept so that the same command sent twice acts once and is answered the same.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::entities::idempotency;
use super::{Result, Storage, StorageError, storable};
use crate::domain::WallTime;

const WHAT: &str = "keep the result of a command";

/// One command and its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyRecord {
    /// The key that the client chose.
    pub key: String,
    /// Whose command it was; a key of one user says nothing about another's.
    pub user: String,
    /// Which command, for example `acknowledgeAlarms`.
    pub operation: String,
    /// Fingerprint of the request without its key.
    pub request_hash: String,
    /// The result, as JSON.
    pub result_json: String,
    /// When it was given.
    pub at: WallTime,
}

/// What is known of a command before it is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing: carry it out.
    Never,
    /// It was carried out: answer this again.
    Same(IdempotencyRecord),
    /// The key was used for another command or another body.
    Other,
}

impl Storage {
    /// Whether this very command was carried out before.
    ///
    /// # Errors
    /// When the database does not answer; do not carry the command out then.
    pub async fn idempotency_get(
        &self,
        user: &str,
        key: &str,
        operation: &str,
        request_hash: &str,
    ) -> Result<Remembered> {
        let found = idempotency::Entity::find_by_id((storable(user), storable(key)))
            .one(&self.0.db.read)
            .await
            .map_err(self.failed("look for the result of a command"))?;
        Ok(match found {
            None => Remembered::Never,
            Some(row) if row.operation == operation && row.request_hash == request_hash => {
                Remembered::Same(record(row))
            }
            Some(_) => Remembered::Other,
        })
    }

    /// Keeps the result of a command that writes no journal (`append_journal` keeps those of one that does).
    ///
    /// # Errors
    /// `Conflict` when the key stands for another request already.
    pub async fn idempotency_put(&self, result: &IdempotencyRecord) -> Result<()> {
        let tx = self.begin(WHAT).await?;
        self.insert_result(&tx, result).await?;
        self.commit(WHAT, tx).await
    }

    /// Forgets results older than a time; returns how many. Keep at least the last 24 hours.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn idempotency_purge(&self, before: WallTime) -> Result<u64> {
        let gone = idempotency::Entity::delete_many()
            .filter(idempotency::Column::At.lt(before.as_micros()))
            .exec(&self.0.db.write)
            .await
            .map_err(self.failed("forget old results of commands"))?;
        Ok(gone.rows_affected)
    }

    pub(super) async fn insert_result(&self, tx: &DatabaseTransaction, result: &IdempotencyRecord) -> Result<()> {
        let row = idempotency::ActiveModel {
            user_name: Set(storable(&result.user)),
            idempotency_key: Set(storable(&result.key)),
            operation: Set(result.operation.clone()),
            request_hash: Set(result.request_hash.clone()),
            result: Set(storable(&result.result_json)),
            at: Set(result.at.as_micros()),
        };
        let first_counts = OnConflict::columns([idempotency::Column::UserName, idempotency::Column::IdempotencyKey])
            .do_nothing()
            .to_owned();
        let inserted = idempotency::Entity::insert(row)
            .on_conflict(first_counts)
            .exec_without_returning(tx)
            .await
            .map_err(self.failed(WHAT))?;
        if inserted > 0 {
            return Ok(());
        }
        let there = idempotency::Entity::find_by_id((storable(&result.user), storable(&result.key)))
            .one(tx)
            .await
            .map_err(self.failed(WHAT))?;
        let same =
            there.is_some_and(|row| row.operation == result.operation && row.request_hash == result.request_hash);
        if same {
            return Ok(());
        }
        let problem = format!("key {:?} of {} stands for another request", result.key, result.user);
        Err(StorageError::conflict(WHAT, &self.0.db.place, problem))
    }
}

fn record(row: idempotency::Model) -> IdempotencyRecord {
    IdempotencyRecord {
        key: row.idempotency_key,
        user: row.user_name,
        operation: row.operation,
        request_hash: row.request_hash,
        result_json: row.result,
        at: WallTime::from_micros(row.at),
    }
}
