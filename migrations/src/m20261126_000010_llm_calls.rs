//! What was asked of language models: one row a call. No prompt and no answer, but their hashes, sizes and what they cost.

use sea_orm_migration::prelude::*;

use crate::{drop_tables, index, int, table, text, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let calls = table("llm_call")
            .col(text("id").primary_key())
            .col(int("at"))
            .col(text_null("who"))
            .col(text("plant"))
            .col(text_null("unit"))
            .col(text("purpose"))
            .col(text("provider"))
            .col(text("model"))
            .col(text("locality"))
            .col(text("subject"))
            .col(text("prompt_version"))
            .col(text("prompt_hash"))
            .col(text("evidence_hash"))
            .col(text("evidence_ids"))
            .col(int("input_tokens"))
            .col(int("output_tokens"))
            .col(int("cost_micros"))
            .col(int("took_micros"))
            .col(text("outcome"))
            .take();
        manager.create_table(calls).await?;
        manager.create_index(index("llm_call_at", "llm_call", &["at", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["llm_call"]).await
    }
}
