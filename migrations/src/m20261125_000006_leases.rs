//! Who owns a plant, until when, and in which term: the epochs of the journal become leases.

use sea_orm_migration::prelude::*;

use crate::{int, int_null, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

const OLD: &str = "journal_epoch";
const NEW: &str = "plant_lease";
/// The term is part of a key, so that in PostgreSQL changing it, and nothing else, shuts out who has locked the key.
const KEY: &str = "plant_lease_term";

fn columns() -> [ColumnDef; 4] {
    [int("term").default(0).take(), text_null("node"), text_null("home"), int_null("expires_at")]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.has_table(OLD).await? {
            manager.rename_table(Table::rename().table(OLD, NEW).take()).await?;
        }
        for mut column in columns() {
            if !manager.has_column(NEW, column.get_column_name()).await? {
                manager.alter_table(Table::alter().table(NEW).add_column(&mut column).take()).await?;
            }
        }
        let key = Index::create().name(KEY).table(NEW).col("plant").col("term").unique().if_not_exists().take();
        manager.create_index(key).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if !manager.has_table(NEW).await? {
            return Ok(());
        }
        if manager.has_index(NEW, KEY).await? {
            manager.drop_index(Index::drop().name(KEY).table(NEW).to_owned()).await?;
        }
        for column in columns() {
            let name = column.get_column_name();
            if manager.has_column(NEW, name.as_str()).await? {
                manager.alter_table(Table::alter().table(NEW).drop_column(Alias::new(name)).take()).await?;
            }
        }
        manager.rename_table(Table::rename().table(NEW, OLD).take()).await
    }
}
