//! The database, drawn in dated steps: each can be taken and taken back.
//!
//! Times are microseconds since 1970 in `bigint`, ids are text: both mean the same in SQLite and in PostgreSQL.

use sea_orm_migration::prelude::*;

mod m20261123_000001_scans;
mod m20261123_000002_alarms;
mod m20261123_000003_people;
mod m20261123_000004_models;
mod m20261123_000005_audit;
mod m20261125_000006_leases;
mod m20261126_000001_register;
mod m20261126_000003_notifications;
mod m20261126_000009_documents;
mod m20261126_000010_llm_calls;
mod m20261127_000001_model_lifecycle;
mod m20261127_000002_training_jobs;
mod m20261127_000004_incidents;
mod m20261127_000006_explanations;

/// Applies and takes back the steps, in order of their dates.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_scans::Migration),
            Box::new(m20261123_000002_alarms::Migration),
            Box::new(m20261123_000003_people::Migration),
            Box::new(m20261123_000004_models::Migration),
            Box::new(m20261123_000005_audit::Migration),
            Box::new(m20261125_000006_leases::Migration),
            Box::new(m20261126_000001_register::Migration),
            Box::new(m20261126_000003_notifications::Migration),
            Box::new(m20261126_000010_llm_calls::Migration),
            Box::new(m20261126_000009_documents::Migration),
            Box::new(m20261127_000001_model_lifecycle::Migration),
            Box::new(m20261127_000002_training_jobs::Migration),
            Box::new(m20261127_000004_incidents::Migration),
            Box::new(m20261127_000006_explanations::Migration),
        ]
    }
}

/// Names of all steps that this build knows, in order.
pub fn names() -> Vec<String> {
    Migrator::migrations().iter().map(|step| step.name().to_owned()).collect()
}

/// A table of a step; made only where it is missing, since SQLite may have been stopped in the middle of a step.
pub(crate) fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).if_not_exists().take()
}

/// An index of a step.
pub(crate) fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).if_not_exists().take();
    for column in columns {
        index.col(*column);
    }
    index
}

/// The primary key of a table, over several columns.
pub(crate) fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key.take()
}

/// A column of text that is always there.
pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// A column of text that may be missing.
pub(crate) fn text_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

/// A column of a count or a time that is always there.
pub(crate) fn int(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A column of a count or a time that may be missing.
pub(crate) fn int_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

/// A column of a measured value that may be missing.
pub(crate) fn real_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).double().null().take()
}

/// A column of bytes that is always there.
pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}

/// A column of yes or no.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// Takes back tables, the last made first.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(*name).if_exists().take()).await?;
    }
    Ok(())
}
