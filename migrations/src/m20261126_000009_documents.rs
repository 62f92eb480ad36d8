//! Documents that people have added to what is known of a plant: the file as it came, and its text as it is searched.

use sea_orm_migration::prelude::*;

use crate::{bytes, drop_tables, int, key, table, text, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let documents = table("knowledge_document")
            .col(text("plant"))
            .col(text("id"))
            .col(text("name"))
            .col(text("media"))
            .col(text_null("title"))
            .col(text_null("unit"))
            .col(text("tags"))
            .col(int("size"))
            .col(text("digest"))
            .col(text("pages"))
            .col(bytes("content"))
            .col(text("added_by"))
            .col(int("added_at"))
            .primary_key(&mut key(&["plant", "id"]))
            .take();
        manager.create_table(documents).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["knowledge_document"]).await
    }
}
