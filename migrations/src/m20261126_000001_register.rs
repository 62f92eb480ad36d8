//! The rationalisation register: one row a change of an entry, from its proposal on.

use sea_orm_migration::prelude::*;

use crate::{drop_tables, index, int, int_null, table, text, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let change = table("register_change")
            .col(text("id").primary_key())
            .col(text("plant"))
            .col(text("alarm"))
            .col(int("version"))
            .col(text("state"))
            .col(text("origin"))
            .col(text_null("before_entry"))
            .col(text_null("after_entry"))
            .col(text_null("file_entry"))
            .col(text("reason"))
            .col(text("proposed_by"))
            .col(int("proposed_at"))
            .col(text_null("decided_by"))
            .col(int_null("decided_at"))
            .col(text_null("decision"))
            .take();
        manager.create_table(change).await?;
        manager
            .create_index(
                index("register_change_alarm", "register_change", &["plant", "alarm", "version"]).unique().take(),
            )
            .await?;
        manager.create_index(index("register_change_state", "register_change", &["plant", "state"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["register_change"]).await
    }
}
