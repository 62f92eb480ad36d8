//! Who did what, before, after, when, from where, and whether it was allowed.

use sea_orm_migration::prelude::*;

use crate::{drop_tables, flag, index, int, table, text, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let audit = table("audit")
            .col(text("id").primary_key())
            .col(int("at"))
            .col(text("who"))
            .col(text("action"))
            .col(text("resource"))
            .col(text_null("before_change"))
            .col(text_null("after_change"))
            .col(text_null("from_where"))
            .col(flag("allowed"))
            .take();
        manager.create_table(audit).await?;
        manager.create_index(index("audit_at", "audit", &["at", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["audit"]).await
    }
}
