//! The incidents of each plant: what was diagnosed behind an alarm, what it looked like, and what people found.

use sea_orm_migration::prelude::*;

use crate::{bytes, drop_tables, index, int, int_null, key, table, text, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let incident = table("incident")
            .col(text("plant"))
            .col(text("occurrence"))
            .col(text("alarm"))
            .col(text("detector"))
            .col(int("began"))
            .col(int("updated"))
            .col(text("diagnosis"))
            .col(text_null("frame"))
            .col(int_null("age"))
            .col(bytes("fingerprint"))
            .col(text_null("verdict"))
            .col(text_null("true_cause"))
            .primary_key(&mut key(&["plant", "occurrence"]))
            .take();
        manager.create_table(incident).await?;
        manager.create_index(index("incident_newest", "incident", &["plant", "updated"])).await?;
        manager.create_index(index("incident_known", "incident", &["plant", "frame", "true_cause"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["incident"]).await
    }
}
