//! What storage promises, held against both databases: every case runs on SQLite and on PostgreSQL.

mod alarms;
mod backups;
mod documents;
mod explanations;
pub mod house;
mod incidents;
mod leases;
mod migrating;
mod models;
mod notifications;
mod people;
mod register;
mod scans;
mod sealing;
mod trends;
mod troubles;

/// Each named case becomes two tests: `sqlite::name` and `postgres::name`.
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                crate::storage::house::on_sqlite(super::$case).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $case() {
                crate::storage::house::on_postgres(super::$case).await;
            })+
        }
    };
}
use on_both;
