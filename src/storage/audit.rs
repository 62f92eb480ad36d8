//! Who did what: every change, and every request that was denied.

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::entities::audit;
use super::{Result, Storage, storable, storable_option};
use crate::domain::WallTime;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: WallTime,
    /// Who: a user's name, or what acted for nobody.
    pub who: String,
    /// What they did or wanted to do.
    pub action: String,
    /// To what.
    pub resource: String,
    /// How it was before, as JSON, for a change.
    pub before: Option<String>,
    /// How it was after.
    pub after: Option<String>,
    /// From where: an address, or the command line.
    pub from_where: Option<String>,
    /// Whether it was allowed.
    pub allowed: bool,
}

/// Where a page of the audit ends: the page after it goes on below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCursor {
    /// When the row was.
    pub at: WallTime,
    /// Tells rows of the same moment apart.
    pub id: String,
}

/// Which rows to show; an empty filter shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what this person did.
    pub who: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// From this moment on.
    pub from: Option<WallTime>,
    /// Up to this moment, and not at it.
    pub to: Option<WallTime>,
    /// Only what was allowed, or only what was not.
    pub allowed: Option<bool>,
}

impl Storage {
    /// Appends a row.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn append_audit(&self, entry: &AuditEntry) -> Result<()> {
        let row = audit::ActiveModel {
            id: Set(Uuid::now_v7().to_string()),
            at: Set(entry.at.as_micros()),
            who: Set(storable(&entry.who)),
            action: Set(storable(&entry.action)),
            resource: Set(storable(&entry.resource)),
            before_change: Set(storable_option(entry.before.as_ref())),
            after_change: Set(storable_option(entry.after.as_ref())),
            from_where: Set(storable_option(entry.from_where.as_ref())),
            allowed: Set(entry.allowed),
        };
        audit::Entity::insert(row)
            .exec_without_returning(&self.0.db.write)
            .await
            .map_err(self.failed("write the audit"))?;
        Ok(())
    }

    /// A page of the audit, newest first: below `before`, or from the top.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn audit_page(
        &self,
        filter: &AuditFilter,
        before: Option<&AuditCursor>,
        limit: u64,
    ) -> Result<Vec<(AuditCursor, AuditEntry)>> {
        use audit::Column;
        let below = before.map(|cursor| {
            let at = cursor.at.as_micros();
            Condition::any().add(Column::At.lt(at)).add(Column::At.eq(at).and(Column::Id.lt(cursor.id.as_str())))
        });
        let condition = Condition::all()
            .add_option(below)
            .add_option(filter.who.as_ref().map(|who| Column::Who.eq(who.as_str())))
            .add_option(filter.action.as_ref().map(|action| Column::Action.eq(action.as_str())))
            .add_option(filter.from.map(|from| Column::At.gte(from.as_micros())))
            .add_option(filter.to.map(|to| Column::At.lt(to.as_micros())))
            .add_option(filter.allowed.map(|allowed| Column::Allowed.eq(allowed)));
        let rows = audit::Entity::find()
            .filter(condition)
            .order_by_desc(Column::At)
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(&self.0.db.read)
            .await
            .map_err(self.failed("read the audit"))?;
        Ok(rows.into_iter().map(entry_of).collect())
    }
}

fn entry_of(row: audit::Model) -> (AuditCursor, AuditEntry) {
    let at = WallTime::from_micros(row.at);
    let entry = AuditEntry {
        at,
        who: row.who,
        action: row.action,
        resource: row.resource,
        before: row.before_change,
        after: row.after_change,
        from_where: row.from_where,
        allowed: row.allowed,
    };
    (AuditCursor { at, id: row.id }, entry)
}
