//! What explains an alarm: the evidence as it was frozen, the explanations of it, what was asked and answered, and what people
//! found of them.

use sea_orm_migration::prelude::*;

use crate::{drop_tables, index, int, key, table, text, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let evidence = table("evidence")
            .col(text("plant"))
            .col(text("hash"))
            .col(text("occurrence"))
            .col(text("alarm"))
            .col(int("frozen_at"))
            .col(text("content"))
            .primary_key(&mut key(&["plant", "hash"]))
            .take();
        let explanation = table("explanation")
            .col(text("id").primary_key())
            .col(text("plant"))
            .col(text("occurrence"))
            .col(text("evidence_hash"))
            .col(text("explainer"))
            .col(text_null("model"))
            .col(text_null("prompt"))
            .col(int("at"))
            .col(text("content"))
            .col(text("grounded"))
            .col(int("took_micros"))
            .col(int("cost_micros"))
            .col(int("input_tokens"))
            .col(int("output_tokens"))
            .take();
        let turn = table("explanation_turn")
            .col(text("id").primary_key())
            .col(text("plant"))
            .col(text("occurrence"))
            .col(text("evidence_hash"))
            .col(int("at"))
            .col(text("asked_by"))
            .col(text("question"))
            .col(text("answer"))
            .col(text("grounded"))
            .col(text("explainer"))
            .col(text_null("model"))
            .col(int("cost_micros"))
            .take();
        let verdict = table("explanation_verdict")
            .col(text("plant"))
            .col(text("explanation"))
            .col(text("done_by"))
            .col(text("occurrence"))
            .col(int("at"))
            .col(text("judgement"))
            .col(text_null("true_cause"))
            .col(text_null("comment"))
            .primary_key(&mut key(&["plant", "explanation", "done_by"]))
            .take();
        for made in [evidence, explanation, turn, verdict] {
            manager.create_table(made).await?;
        }
        for (name, of, columns) in [
            ("evidence_occurrence", "evidence", ["plant", "occurrence"]),
            ("evidence_frozen_at", "evidence", ["plant", "frozen_at"]),
            ("explanation_occurrence", "explanation", ["plant", "occurrence"]),
            ("explanation_turn_occurrence", "explanation_turn", ["plant", "occurrence"]),
            ("explanation_verdict_occurrence", "explanation_verdict", ["plant", "occurrence"]),
        ] {
            manager.create_index(index(name, of, &columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["explanation_verdict", "explanation_turn", "explanation", "evidence"]).await
    }
}
