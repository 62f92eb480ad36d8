//! What can go wrong behind the door, told by what a caller can do about it.

use std::error::Error as StdError;
use std::fmt::Display;
use std::io;
use std::path::Path;

use parquet::errors::ParquetError;
use sea_orm::{DbErr, RuntimeErr, SqlErr, SqlxError};
use thiserror::Error;

use crate::domain::{NodeName, PlantId};

/// The reason below a storage error, without its type: databases stay behind the door.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// Why storage could not do what it was asked.
#[derive(Debug, Error)]
pub enum StorageError {
    /// It may work again shortly: no connection, locked by somebody else, too slow. Keep the work and try again.
    #[error("could not {what}: {place} is not available now")]
    Unavailable {
        /// What was attempted.
        what: &'static str,
        /// Which database or file.
        place: String,
        /// Why.
        source: Cause,
    },
    /// There is no room. Nothing was half-written; somebody must make room.
    #[error("could not {what}: no space left for {place}")]
    DiskFull {
        /// What was attempted.
        what: &'static str,
        /// Which database or file.
        place: String,
        /// Why.
        source: Cause,
    },
    /// What was read cannot be what was written.
    #[error("could not {what}: {place} is damaged: {problem}")]
    Corrupt {
        /// What was attempted.
        what: &'static str,
        /// Which database or file.
        place: String,
        /// What does not fit.
        problem: String,
    },
    /// Something else already stands there.
    #[error("could not {what} in {place}: {problem}")]
    Conflict {
        /// What was attempted.
        what: &'static str,
        /// Which database or file.
        place: String,
        /// What stands there.
        problem: String,
    },
    /// What was named is not there.
    #[error("could not {what} in {place}: {problem}")]
    NotFound {
        /// What was attempted.
        what: &'static str,
        /// Which database or file.
        place: String,
        /// What is missing.
        problem: String,
    },
    /// The plant has changed hands since it was ours: nothing was written, nothing may be, and whoever goes on as if it
    /// were ours is to stop.
    #[error("could not {what}: plant {plant} is not ours any more (term {term}); {}", told_owner(.owner.as_ref()))]
    Fenced {
        /// What was attempted.
        what: &'static str,
        /// Which plant.
        plant: PlantId,
        /// The term in which it was ours.
        term: i64,
        /// Who has it now, and in which term, where that is known.
        owner: Option<(NodeName, i64)>,
    },
    /// It will not work until somebody changes rights, configuration or this program.
    #[error("could not {what}: {place} refuses")]
    Refused {
        /// What was attempted.
        what: &'static str,
        /// Which database or file.
        place: String,
        /// Why.
        source: Cause,
    },
}

fn told_owner(owner: Option<&(NodeName, i64)>) -> String {
    match owner {
        Some((node, term)) => format!("node {node} has it (term {term})"),
        None => "who has it is not known".to_owned(),
    }
}

/// What storage answers.
pub type Result<T> = std::result::Result<T, StorageError>;

impl StorageError {
    /// Whether the same call may succeed shortly.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    pub(super) fn corrupt(what: &'static str, place: impl Display, problem: impl Display) -> Self {
        Self::Corrupt { what, place: place.to_string(), problem: problem.to_string() }
    }

    pub(super) fn conflict(what: &'static str, place: impl Display, problem: impl Display) -> Self {
        Self::Conflict { what, place: place.to_string(), problem: problem.to_string() }
    }

    pub(super) fn not_found(what: &'static str, place: impl Display, problem: impl Display) -> Self {
        Self::NotFound { what, place: place.to_string(), problem: problem.to_string() }
    }

    pub(super) fn refused(what: &'static str, place: impl Display, source: impl Into<Cause>) -> Self {
        Self::Refused { what, place: place.to_string(), source: source.into() }
    }

    /// From the operating system.
    pub(super) fn io(what: &'static str, path: &Path, error: io::Error) -> Self {
        let place = path.display().to_string();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::DiskFull { what, place, source: error.into() }
            }
            io::ErrorKind::NotFound => Self::NotFound { what, place, problem: error.to_string() },
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
                Self::Corrupt { what, place, problem: error.to_string() }
            }
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory => Self::Refused { what, place, source: error.into() },
            _ => Self::Unavailable { what, place, source: error.into() },
        }
    }

    /// From a history file.
    pub(super) fn parquet(what: &'static str, path: &Path, error: ParquetError) -> Self {
        match error {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(io) => Self::io(what, path, *io),
                Err(other) => Self::corrupt(what, path.display(), other),
            },
            other => Self::corrupt(what, path.display(), other),
        }
    }

    /// From the database.
    pub(super) fn database(what: &'static str, place: &str, error: DbErr) -> Self {
        let place = place.to_owned();
        let kind = Kind::of(&error);
        match kind {
            Kind::Unavailable => Self::Unavailable { what, place, source: error.into() },
            Kind::DiskFull => Self::DiskFull { what, place, source: error.into() },
            Kind::Corrupt => Self::Corrupt { what, place, problem: error.to_string() },
            Kind::Conflict => Self::Conflict { what, place, problem: error.to_string() },
            Kind::NotFound => Self::NotFound { what, place, problem: error.to_string() },
            Kind::Refused => Self::Refused { what, place, source: error.into() },
        }
    }
}

/// The variants, before their contents are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unavailable,
    DiskFull,
    Corrupt,
    Conflict,
    NotFound,
    Refused,
}

impl Kind {
    fn of(error: &DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => return Self::Conflict,
            // A row that names another one which is not there.
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => return Self::NotFound,
            _ => {}
        }
        match error {
            DbErr::ConnectionAcquire(_) => Self::Unavailable,
            DbErr::Conn(RuntimeErr::SqlxError(inner))
            | DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => Self::of_driver(inner),
            DbErr::Conn(_) => Self::Unavailable,
            DbErr::RecordNotFound(_) => Self::NotFound,
            DbErr::TryIntoErr { .. } | DbErr::Type(_) | DbErr::Json(_) => Self::Corrupt,
            _ => Self::Refused,
        }
    }

    fn of_driver(error: &SqlxError) -> Self {
        match error {
            SqlxError::Io(io) if io.kind() == io::ErrorKind::StorageFull => Self::DiskFull,
            SqlxError::Io(_)
            | SqlxError::Tls(_)
            | SqlxError::Protocol(_)
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed => Self::Unavailable,
            SqlxError::RowNotFound => Self::NotFound,
            SqlxError::ColumnDecode { .. } | SqlxError::Decode(_) => Self::Corrupt,
            SqlxError::Database(inner) => {
                let code = inner.code().unwrap_or_default();
                if code.len() == 5 { Self::of_sqlstate(&code) } else { Self::of_sqlite(&code) }
            }
            _ => Self::Refused,
        }
    }

    /// By the class of a PostgreSQL SQLSTATE.
    fn of_sqlstate(code: &str) -> Self {
        match code {
            "53100" => Self::DiskFull,
            "XX001" | "XX002" => Self::Corrupt,
            "23505" => Self::Conflict,
            "40001" | "40P01" | "55P03" | "57014" | "53300" | "53200" => Self::Unavailable,
            _ if code.starts_with("08") || code.starts_with("57P") => Self::Unavailable,
            _ => Self::Refused,
        }
    }

    /// By SQLite's primary result code, the low byte of the extended one.
    fn of_sqlite(code: &str) -> Self {
        match code.parse::<i32>().map(|code| code & 0xff) {
            Ok(5 | 6 | 9 | 10 | 15) => Self::Unavailable,
            Ok(13) => Self::DiskFull,
            Ok(11 | 26) => Self::Corrupt,
            _ => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_codes_of_both_databases_become_the_same_few_kinds() {
        let check = |kind: Kind, expected: Kind, code: &str| assert_eq!(kind, expected, "code {code}");
        for (code, expected) in [
            ("5", Kind::Unavailable),
            ("261", Kind::Unavailable),
            ("13", Kind::DiskFull),
            ("11", Kind::Corrupt),
            ("26", Kind::Corrupt),
            ("8", Kind::Refused),
        ] {
            check(Kind::of_sqlite(code), expected, code);
        }
        for (code, expected) in [
            ("53100", Kind::DiskFull),
            ("08006", Kind::Unavailable),
            ("57P01", Kind::Unavailable),
            ("40001", Kind::Unavailable),
            ("XX001", Kind::Corrupt),
            ("28P01", Kind::Refused),
        ] {
            check(Kind::of_sqlstate(code), expected, code);
        }
    }

    #[test]
    fn a_full_disk_is_told_as_one_also_from_within_a_parquet_writer() {
        let inner = io::Error::from(io::ErrorKind::StorageFull);
        let error = StorageError::parquet("seal an hour", Path::new("h"), ParquetError::External(inner.into()));
        assert!(matches!(error, StorageError::DiskFull { .. }), "{error:?}");
    }
}
