//! The tables as lines of JSON: the first names the columns, each further one is a row.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Value};
use serde_json::Value as Json;

use crate::storage::{Result, StorageError};

const DUMP: &str = "make a backup";
const LOAD: &str = "restore a backup";
const ROWS_A_PAGE: u64 = 1_000;
const ROWS_A_STATEMENT: usize = 250;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Real,
    Text,
    Bytes,
    Flag,
}

use Kind::{Bytes, Flag, Int, Real, Text};

/// A table: its primary key, by which it is read, and its columns.
pub(super) struct Table {
    pub name: &'static str,
    pub key: &'static [&'static str],
    pub columns: &'static [(&'static str, Kind)],
}

/// Every table, each after those that it refers to. A test holds this list against the migrations.
#[rustfmt::skip]
pub(super) const TABLES: &[Table] = &[
    Table { name: "scan_layout", key: &["plant", "layout"], columns: &[("plant", Text), ("layout", Text), ("tags", Text)] },
    Table { name: "scan", key: &["plant", "source_time"], columns: &[
        ("plant", Text), ("source_time", Int), ("ingest_time", Int), ("number", Int), ("layout", Text),
        ("tag_values", Bytes), ("tag_qualities", Bytes),
    ] },
    Table { name: "checkpoint", key: &["plant", "source"], columns: &[
        ("plant", Text), ("source", Text), ("source_time", Int), ("state", Bytes),
    ] },
    Table { name: "plant_lease", key: &["plant"], columns: &[
        ("plant", Text), ("epoch", Int), ("term", Int), ("node", Text), ("home", Text), ("expires_at", Int),
    ] },
    Table { name: "alarm_journal", key: &["plant", "epoch", "sequence"], columns: &[
        ("plant", Text), ("epoch", Int), ("sequence", Int), ("alarm", Text), ("occurrence", Text), ("kind", Text),
        ("from_state", Text), ("to_state", Text), ("facts", Text), ("source_time", Int), ("wall_time", Int),
        ("scan", Int), ("deciding_value", Real), ("deciding_limit", Real), ("done_by", Text), ("comment", Text),
        ("client", Text), ("idempotency_key", Text), ("contributions", Text), ("search_text", Text),
    ] },
    Table { name: "alarm_current", key: &["plant", "alarm"], columns: &[
        ("plant", Text), ("alarm", Text), ("epoch", Int), ("sequence", Int), ("facts", Text), ("last_transition", Text),
    ] },
    Table { name: "register_change", key: &["id"], columns: &[
        ("id", Text), ("plant", Text), ("alarm", Text), ("version", Int), ("state", Text), ("origin", Text),
        ("before_entry", Text), ("after_entry", Text), ("file_entry", Text), ("reason", Text), ("proposed_by", Text),
        ("proposed_at", Int), ("decided_by", Text), ("decided_at", Int), ("decision", Text),
    ] },
    Table { name: "notification", key: &["plant", "id"], columns: &[
        ("plant", Text), ("id", Text), ("dedup_key", Text), ("channel", Text), ("contact", Text), ("address", Text),
        ("alarm", Text), ("occurrence", Text), ("kind", Text), ("notice", Text), ("state", Text), ("attempts", Int),
        ("created", Int), ("next_at", Int), ("give_up_at", Int), ("finished_at", Int), ("last_error", Text),
    ] },
    Table { name: "notification_mark", key: &["plant"], columns: &[("plant", Text), ("epoch", Int), ("sequence", Int)] },
    Table { name: "notification_watch", key: &["plant", "alarm", "route"], columns: &[
        ("plant", Text), ("alarm", Text), ("route", Text), ("occurrence", Text), ("severity", Text), ("again", Flag),
        ("since", Int), ("epoch", Int), ("sequence", Int), ("next_step", Int),
    ] },
    Table { name: "notification_channel", key: &["plant", "channel"], columns: &[
        ("plant", Text), ("channel", Text), ("failures", Int), ("resting_until", Int), ("last_error", Text),
        ("failed_at", Int), ("delivered_at", Int),
    ] },
    Table { name: "idempotency", key: &["user_name", "idempotency_key"], columns: &[
        ("user_name", Text), ("idempotency_key", Text), ("operation", Text), ("request_hash", Text), ("result", Text),
        ("at", Int),
    ] },
    Table { name: "account", key: &["id"], columns: &[
        ("id", Text), ("name", Text), ("name_folded", Text), ("role", Text), ("password_hash", Text), ("created", Int),
        ("disabled", Flag), ("password_changed_at", Int),
    ] },
    Table { name: "session", key: &["id"], columns: &[
        ("id", Text), ("account_id", Text), ("created", Int), ("expires", Int), ("revoked_at", Int),
    ] },
    Table { name: "setting", key: &["name"], columns: &[("name", Text), ("setting_value", Text)] },
    Table { name: "model", key: &["id"], columns: &[
        ("id", Text), ("plant", Text), ("detector", Text), ("version", Text), ("trained_at", Int), ("source", Text),
        ("samples", Int), ("data_hash", Text), ("settings", Text), ("limits", Text), ("measured_false_alarm_rate", Real),
        ("state", Text), ("artefact", Bytes), ("method", Text), ("data_range", Text), ("artefact_hash", Text),
        ("created_by", Text), ("decided_by", Text), ("decided_at", Int), ("decision", Text), ("activated_at", Int),
        ("published_as", Text), ("training_job", Text),
    ] },
    Table { name: "training_job", key: &["id"], columns: &[
        ("id", Text), ("plant", Text), ("detector", Text), ("method", Text), ("advisory", Text), ("origin", Text),
        ("requested_by", Text), ("requested_at", Int), ("reason", Text), ("state", Text), ("started_at", Int),
        ("ended_at", Int), ("outcome", Text), ("model", Text),
    ] },
    Table { name: "incident", key: &["plant", "occurrence"], columns: &[
        ("plant", Text), ("occurrence", Text), ("alarm", Text), ("detector", Text), ("began", Int), ("updated", Int),
        ("diagnosis", Text), ("frame", Text), ("age", Int), ("fingerprint", Bytes), ("verdict", Text),
        ("true_cause", Text),
    ] },
    Table { name: "audit", key: &["id"], columns: &[
        ("id", Text), ("at", Int), ("who", Text), ("action", Text), ("resource", Text), ("before_change", Text),
        ("after_change", Text), ("from_where", Text), ("allowed", Flag),
    ] },
    Table { name: "llm_call", key: &["id"], columns: &[
        ("id", Text), ("at", Int), ("who", Text), ("plant", Text), ("unit", Text), ("purpose", Text), ("provider", Text),
        ("model", Text), ("locality", Text), ("subject", Text), ("prompt_version", Text), ("prompt_hash", Text),
        ("evidence_hash", Text), ("evidence_ids", Text), ("input_tokens", Int), ("output_tokens", Int),
        ("cost_micros", Int), ("took_micros", Int), ("outcome", Text),
    ] },
    Table { name: "knowledge_document", key: &["plant", "id"], columns: &[
        ("plant", Text), ("id", Text), ("name", Text), ("media", Text), ("title", Text), ("unit", Text), ("tags", Text),
        ("size", Int), ("digest", Text), ("pages", Text), ("content", Bytes), ("added_by", Text), ("added_at", Int),
    ] },
    Table { name: "evidence", key: &["plant", "hash"], columns: &[
        ("plant", Text), ("hash", Text), ("occurrence", Text), ("alarm", Text), ("frozen_at", Int), ("content", Text),
    ] },
    Table { name: "explanation", key: &["id"], columns: &[
        ("id", Text), ("plant", Text), ("occurrence", Text), ("evidence_hash", Text), ("explainer", Text),
        ("model", Text), ("prompt", Text), ("at", Int), ("content", Text), ("grounded", Text), ("took_micros", Int),
        ("cost_micros", Int), ("input_tokens", Int), ("output_tokens", Int),
    ] },
    Table { name: "explanation_turn", key: &["id"], columns: &[
        ("id", Text), ("plant", Text), ("occurrence", Text), ("evidence_hash", Text), ("at", Int), ("asked_by", Text),
        ("question", Text), ("answer", Text), ("grounded", Text), ("explainer", Text), ("model", Text),
        ("cost_micros", Int),
    ] },
    Table { name: "explanation_verdict", key: &["plant", "explanation", "done_by"], columns: &[
        ("plant", Text), ("explanation", Text), ("done_by", Text), ("occurrence", Text), ("at", Int),
        ("judgement", Text), ("true_cause", Text), ("comment", Text),
    ] },
];

/// Writes a table into a file, a page at a time.
pub(super) async fn dump(db: &DatabaseTransaction, table: &Table, to: &Path, place: &str) -> Result<()> {
    let io = |e| StorageError::io(DUMP, to, e);
    let failed = |e| StorageError::database(DUMP, place, e);
    let mut file = BufWriter::new(File::create(to).map_err(io)?);
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    writeln!(file, "{}", Json::from(names)).map_err(io)?;
    let mut after: Option<Vec<Value>> = None;
    loop {
        let rows = page(db, table, after.take()).await.map_err(failed)?;
        for row in &rows {
            let cells = table.columns.iter().enumerate().map(|(at, (_, kind))| kind.read(row, at));
            let cells = cells.collect::<std::result::Result<Vec<Json>, _>>().map_err(failed)?;
            writeln!(file, "{}", Json::from(cells)).map_err(io)?;
        }
        match rows.last() {
            Some(row) if rows.len() as u64 == ROWS_A_PAGE => after = Some(key_of(table, row).map_err(failed)?),
            _ => break,
        }
    }
    file.flush().map_err(io)
}

async fn page(
    db: &DatabaseTransaction,
    table: &Table,
    after: Option<Vec<Value>>,
) -> std::result::Result<Vec<QueryResult>, DbErr> {
    let mut select = Query::select();
    select.columns(table.columns.iter().map(|(name, _)| *name)).from(table.name).limit(ROWS_A_PAGE);
    if let Some(key) = after {
        let ours = Expr::tuple(table.key.iter().map(|name| Expr::col(*name)));
        select.and_where(ours.gt(Expr::tuple(key.into_iter().map(Expr::value))));
    }
    for name in table.key {
        select.order_by(*name, sea_orm::Order::Asc);
    }
    db.query_all(&select).await
}

fn key_of(table: &Table, row: &QueryResult) -> std::result::Result<Vec<Value>, DbErr> {
    table
        .key
        .iter()
        .map(|name| {
            let int = table.columns.iter().any(|(column, kind)| column == name && *kind == Int);
            if int {
                row.try_get::<i64>("", name).map(Value::from)
            } else {
                row.try_get::<String>("", name).map(Value::from)
            }
        })
        .collect()
}

/// Reads a file into a table that is empty; returns the number of rows.
pub(super) async fn load(db: &DatabaseTransaction, table: &Table, from: &Path, place: &str) -> Result<u64> {
    let io = |e| StorageError::io(LOAD, from, e);
    let mut lines = BufReader::new(File::open(from).map_err(io)?).lines();
    let expected = Json::from_iter(table.columns.iter().map(|(name, _)| *name)).to_string();
    let names = lines.next().transpose().map_err(io)?.unwrap_or_default();
    if names != expected {
        return Err(StorageError::corrupt(LOAD, from.display(), format!("its columns are {names}")));
    }
    let mut rows: Vec<Vec<Value>> = Vec::with_capacity(ROWS_A_STATEMENT);
    let mut count = 0;
    for (number, line) in lines.enumerate() {
        let line = line.map_err(io)?;
        let row = parse(table, &line)
            .ok_or_else(|| StorageError::corrupt(LOAD, from.display(), format!("line {} is no row", number + 2)))?;
        rows.push(row);
        count += 1;
        if rows.len() == ROWS_A_STATEMENT {
            insert(db, table, std::mem::take(&mut rows), place).await?;
        }
    }
    insert(db, table, rows, place).await?;
    Ok(count)
}

async fn insert(db: &DatabaseTransaction, table: &Table, rows: Vec<Vec<Value>>, place: &str) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut insert = Query::insert();
    insert.into_table(table.name).columns(table.columns.iter().map(|(name, _)| *name));
    for row in rows {
        insert.values_panic(row.into_iter().map(Expr::value));
    }
    db.execute(&insert).await.map_err(|e| StorageError::database(LOAD, place, e))?;
    Ok(())
}

fn parse(table: &Table, line: &str) -> Option<Vec<Value>> {
    let cells: Vec<Json> = serde_json::from_str(line).ok()?;
    if cells.len() != table.columns.len() {
        return None;
    }
    cells.iter().zip(table.columns).map(|(cell, (_, kind))| kind.parse(cell)).collect()
}

impl Kind {
    fn read(self, row: &QueryResult, at: usize) -> std::result::Result<Json, DbErr> {
        Ok(match self {
            Int => Json::from(row.try_get_by_index::<Option<i64>>(at)?),
            // As text: reading a number back from JSON may miss its last bit.
            Real => Json::from(row.try_get_by_index::<Option<f64>>(at)?.map(|value| value.to_string())),
            Text => Json::from(row.try_get_by_index::<Option<String>>(at)?),
            Bytes => Json::from(row.try_get_by_index::<Option<Vec<u8>>>(at)?.map(|b| BASE64_STANDARD.encode(b))),
            Flag => Json::from(row.try_get_by_index::<Option<bool>>(at)?),
        })
    }

    fn parse(self, cell: &Json) -> Option<Value> {
        Some(match (self, cell) {
            (Int, Json::Null) => Value::from(None::<i64>),
            (Real, Json::Null) => Value::from(None::<f64>),
            (Text, Json::Null) => Value::from(None::<String>),
            (Int, cell) => Value::from(cell.as_i64()?),
            (Real, cell) => Value::from(cell.as_str()?.parse::<f64>().ok()?),
            (Text, cell) => Value::from(cell.as_str()?),
            (Bytes, cell) => Value::from(BASE64_STANDARD.decode(cell.as_str()?).ok()?),
            (Flag, cell) => Value::from(cell.as_bool()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use sea_orm_migration::MigratorTrait;

    use super::*;
    use crate::storage::connect::open_sqlite;

    #[tokio::test]
    async fn every_column_of_every_table_is_backed_up() {
        let dir = tempfile::tempdir().unwrap();
        let db = open_sqlite(&dir.path().join("t.sqlite"), std::time::Duration::from_secs(5)).await.unwrap();
        migrations::Migrator::up(&db.write, None).await.unwrap();
        let listed: Vec<(String, String)> = TABLES
            .iter()
            .flat_map(|t| t.columns.iter().map(|(column, _)| (t.name.to_owned(), (*column).to_owned())))
            .collect();
        let statement = sea_orm::Statement::from_string(
            sea_orm::DbBackend::Sqlite,
            "SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' \
             AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'seaql_migrations'",
        );
        let rows = db.read.query_all_raw(statement).await.unwrap();
        let mut there: Vec<(String, String)> =
            rows.iter().map(|row| (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap())).collect();
        let mut listed = listed;
        there.sort();
        listed.sort();
        assert_eq!(listed, there);
    }
}
