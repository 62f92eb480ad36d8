//! The alarm journal, what follows from it, and the results of commands that may be repeated.

use sea_orm_migration::prelude::*;

use crate::{drop_tables, index, int, int_null, key, real_null, table, text, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let epoch = table("journal_epoch").col(text("plant").primary_key()).col(int("epoch")).take();
        let current = table("alarm_current")
            .col(text("plant"))
            .col(text("alarm"))
            .col(int("epoch"))
            .col(int("sequence"))
            .col(text("facts"))
            .col(text("last_transition"))
            .primary_key(&mut key(&["plant", "alarm"]))
            .take();
        // One user's key says nothing about another's.
        let idempotency = table("idempotency")
            .col(text("user_name"))
            .col(text("idempotency_key"))
            .col(text("operation"))
            .col(text("request_hash"))
            .col(text("result"))
            .col(int("at"))
            .primary_key(&mut key(&["user_name", "idempotency_key"]))
            .take();
        manager.create_table(epoch).await?;
        manager.create_table(journal()).await?;
        manager
            .create_index(index("alarm_journal_alarm", "alarm_journal", &["plant", "alarm", "epoch", "sequence"]))
            .await?;
        manager.create_index(index("alarm_journal_wall_time", "alarm_journal", &["plant", "wall_time"])).await?;
        manager.create_table(current).await?;
        manager.create_table(idempotency).await?;
        manager.create_index(index("idempotency_at", "idempotency", &["at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["idempotency", "alarm_current", "alarm_journal", "journal_epoch"]).await
    }
}

fn journal() -> TableCreateStatement {
    table("alarm_journal")
        .col(text("plant"))
        .col(int("epoch"))
        .col(int("sequence"))
        .col(text("alarm"))
        .col(text_null("occurrence"))
        .col(text("kind"))
        .col(text("from_state"))
        .col(text("to_state"))
        .col(text("facts"))
        .col(int("source_time"))
        .col(int("wall_time"))
        .col(int_null("scan"))
        .col(real_null("deciding_value"))
        .col(real_null("deciding_limit"))
        .col(text_null("done_by"))
        .col(text_null("comment"))
        .col(text_null("client"))
        .col(text_null("idempotency_key"))
        .col(text("contributions"))
        .col(text("search_text"))
        .primary_key(&mut key(&["plant", "epoch", "sequence"]))
        .take()
}
