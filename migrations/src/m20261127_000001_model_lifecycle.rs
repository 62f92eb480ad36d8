//! Models as things that people decide about: who made one, what of, who has put it where it is and when it was in use.

use sea_orm_migration::prelude::*;

use crate::{int_null, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

const MODEL: &str = "model";

fn columns() -> [ColumnDef; 10] {
    [
        text_null("method"),
        text_null("data_range"),
        text_null("artefact_hash"),
        text_null("created_by"),
        text_null("decided_by"),
        int_null("decided_at"),
        text_null("decision"),
        int_null("activated_at"),
        text_null("published_as"),
        text_null("training_job"),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in columns() {
            if !manager.has_column(MODEL, column.get_column_name()).await? {
                manager.alter_table(Table::alter().table(MODEL).add_column(&mut column).take()).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            let name = column.get_column_name();
            if manager.has_column(MODEL, name.as_str()).await? {
                manager.alter_table(Table::alter().table(MODEL).drop_column(Alias::new(name)).take()).await?;
            }
        }
        Ok(())
    }
}
