//! The file of the embedded index.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, SqliteConnection};

use super::{Entry, Line};
use crate::domain::{Passage, PassageId};
use crate::knowledge::FIELD_WEIGHTS;
use crate::retrieval::IndexError;

/// Raised whenever tables, terms or weights change: an index of another layout is made anew.
const LAYOUT: i64 = 1;
/// Searches at once; the next one waits a little.
const CONNECTIONS: u32 = 4;
const PATIENCE: Duration = Duration::from_secs(2);

const TABLES: &str = "
    CREATE TABLE passage (
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        anchor TEXT NOT NULL UNIQUE,
        digest BLOB NOT NULL,
        data TEXT NOT NULL,
        vector BLOB
    );
    CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE VIRTUAL TABLE words USING fts5 (title, heading, text, tokenize = \"ascii tokenchars '_'\");
";

/// What is told of a passage, in short.
pub(super) fn digest(data: &str) -> Vec<u8> {
    Sha256::digest(data.as_bytes()).to_vec()
}

pub(super) async fn open(path: &Path) -> Result<SqlitePool, IndexError> {
    match opened(path).await {
        Ok(pool) => Ok(pool),
        Err(first) => {
            for end in ["", "-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(end);
                if let Err(e) = std::fs::remove_file(&name)
                    && e.kind() != std::io::ErrorKind::NotFound
                {
                    let problem = format!("it cannot be used ({first}) and not be removed ({e})");
                    return Err(IndexError::File { path: path.display().to_string(), problem });
                }
            }
            let again = opened(path).await;
            again.map_err(|e| IndexError::File { path: path.display().to_string(), problem: e.to_string() })
        }
    }
}

async fn opened(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(PATIENCE);
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
    prepared(pool.connect_with(options).await?).await
}

pub(super) async fn in_memory() -> Result<SqlitePool, IndexError> {
    // Each connection to memory is a database of its own.
    let pool = SqlitePoolOptions::new().max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
    Ok(prepared(pool.connect_with(SqliteConnectOptions::new().in_memory(true)).await?).await?)
}

async fn prepared(pool: SqlitePool) -> Result<SqlitePool, sqlx::Error> {
    let mut change = pool.begin().await?;
    let layout: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *change).await?;
    if layout == 0 {
        sqlx::raw_sql(TABLES).execute(&mut *change).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {LAYOUT}"))).execute(&mut *change).await?;
        change.commit().await?;
        return Ok(pool);
    }
    let sound: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut *change).await?;
    drop(change);
    let problem = if layout != LAYOUT {
        format!("it has layout {layout}, not {LAYOUT}")
    } else if sound == "ok" && read(&mut *pool.acquire().await?).await.is_ok() {
        return Ok(pool);
    } else {
        format!("it is damaged: {sound}")
    };
    pool.close().await;
    Err(sqlx::Error::Protocol(problem))
}

/// Everything in it.
pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Vec<Line>, IndexError> {
    let rows = sqlx::query("SELECT row, digest, data, vector FROM passage").fetch_all(connection).await?;
    let line = |row: sqlx::sqlite::SqliteRow| {
        let data: String = row.try_get("data")?;
        let passage: Passage = serde_json::from_str(&data).map_err(|e| IndexError::Nonsense(e.to_string()))?;
        let vector: Option<Vec<u8>> = row.try_get("vector")?;
        let vector = vector.map(|bytes| numbers(&bytes)).transpose()?;
        let entry = Entry { passage: Arc::new(passage), vector };
        Ok(Line { row: row.try_get("row")?, digest: row.try_get("digest")?, entry })
    };
    rows.into_iter().map(line).collect()
}

fn numbers(bytes: &[u8]) -> Result<Arc<[f32]>, IndexError> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(IndexError::Nonsense(format!("a vector of {} bytes", bytes.len())));
    }
    Ok(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
}

pub(super) async fn delete(change: &mut SqliteConnection, row: i64) -> Result<(), sqlx::Error> {
    for statement in ["DELETE FROM words WHERE rowid = ?", "DELETE FROM passage WHERE row = ?"] {
        sqlx::query(statement).bind(row).execute(&mut *change).await?;
    }
    Ok(())
}

pub(super) async fn set_vector(
    change: &mut SqliteConnection,
    anchor: &PassageId,
    vector: &[f32],
) -> Result<(), sqlx::Error> {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    let update = sqlx::query("UPDATE passage SET vector = ? WHERE anchor = ?").bind(bytes).bind(anchor.as_str());
    update.execute(change).await.map(drop)
}

pub(super) async fn encoder(connection: &mut SqliteConnection) -> Result<String, sqlx::Error> {
    let name = sqlx::query_scalar("SELECT value FROM fact WHERE name = 'encoder'").fetch_optional(connection).await?;
    Ok(name.unwrap_or_default())
}

pub(super) async fn set_encoder(change: &mut SqliteConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE passage SET vector = NULL").execute(&mut *change).await?;
    let insert = sqlx::query(
        "INSERT INTO fact (name, value) VALUES ('encoder', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    );
    insert.bind(name).execute(change).await.map(drop)
}

/// What one term is worth in each row in which it stands, times its rarity as SQLite has it.
pub(super) async fn weights(reading: &mut SqliteConnection, term: &str) -> Result<Vec<(i64, f64)>, sqlx::Error> {
    let [title, heading, text] = FIELD_WEIGHTS;
    let rows = sqlx::query("SELECT rowid, -bm25(words, ?, ?, ?) FROM words WHERE words MATCH ?")
        .bind(title)
        .bind(heading)
        .bind(text)
        .bind(format!("\"{term}\""))
        .fetch_all(reading)
        .await?;
    rows.into_iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
