//! What detectors have learnt.

use sea_orm_migration::prelude::*;

use crate::{bytes, drop_tables, index, int, real_null, table, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let model = table("model")
            .col(text("id").primary_key())
            .col(text("plant"))
            .col(text("detector"))
            .col(text("version"))
            .col(int("trained_at"))
            .col(text("source"))
            .col(int("samples"))
            .col(text("data_hash"))
            .col(text("settings"))
            .col(text("limits"))
            .col(real_null("measured_false_alarm_rate"))
            .col(text("state"))
            .col(bytes("artefact"))
            .take();
        manager.create_table(model).await?;
        manager.create_index(index("model_detector", "model", &["plant", "detector", "state"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["model"]).await
    }
}
