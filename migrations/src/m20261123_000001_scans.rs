//! The recent samples, one row a scan, and where their source was when they were written.

use sea_orm_migration::prelude::*;

use crate::{bytes, drop_tables, int, key, table, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Which tag stands at which position of a scan; a changed plant file makes a new one, old rows keep theirs.
        let layout = table("scan_layout")
            .col(text("plant"))
            .col(text("layout"))
            .col(text("tags"))
            .primary_key(&mut key(&["plant", "layout"]))
            .take();
        let scan = table("scan")
            .col(text("plant"))
            .col(int("source_time"))
            .col(int("ingest_time"))
            .col(int("number"))
            .col(text("layout"))
            .col(bytes("tag_values"))
            .col(bytes("tag_qualities"))
            .primary_key(&mut key(&["plant", "source_time"]))
            .take();
        let checkpoint = table("checkpoint")
            .col(text("plant"))
            .col(text("source"))
            .col(int("source_time"))
            .col(bytes("state"))
            .primary_key(&mut key(&["plant", "source"]))
            .take();
        manager.create_table(layout).await?;
        manager.create_table(scan).await?;
        manager.create_table(checkpoint).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["checkpoint", "scan", "scan_layout"]).await
    }
}
