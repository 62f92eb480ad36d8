//! Who may sign in, who has, and small settings.

use sea_orm_migration::prelude::*;

use crate::{drop_tables, flag, index, int, int_null, table, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let account = table("account")
            .col(text("id").primary_key())
            .col(text("name"))
            // The name in small letters: two people never differ by a capital only.
            .col(text("name_folded").unique_key())
            .col(text("role"))
            .col(text("password_hash"))
            .col(int("created"))
            .col(flag("disabled"))
            .col(int("password_changed_at"))
            .take();
        let session = table("session")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(int("created"))
            .col(int("expires"))
            .col(int_null("revoked_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("session", "account_id")
                    .to("account", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .take();
        let setting = table("setting").col(text("name").primary_key()).col(text("setting_value")).take();
        manager.create_table(account).await?;
        manager.create_table(session).await?;
        manager.create_index(index("session_account", "session", &["account_id"])).await?;
        manager.create_table(setting).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["setting", "session", "account"]).await
    }
}
