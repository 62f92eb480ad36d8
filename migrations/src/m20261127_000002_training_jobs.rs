//! Training jobs, so that one that was ordered outlives a restart.

use sea_orm_migration::prelude::*;

use crate::{drop_tables, index, int, int_null, table, text, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let jobs = table("training_job")
            .col(text("id").primary_key())
            .col(text("plant"))
            .col(text("detector"))
            .col(text("method"))
            .col(text("advisory"))
            .col(text("origin"))
            .col(text("requested_by"))
            .col(int("requested_at"))
            .col(text("reason"))
            .col(text("state"))
            .col(int_null("started_at"))
            .col(int_null("ended_at"))
            .col(text_null("outcome"))
            .col(text_null("model"))
            .take();
        manager.create_table(jobs).await?;
        manager.create_index(index("training_job_plant", "training_job", &["plant", "requested_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["training_job"]).await
    }
}
