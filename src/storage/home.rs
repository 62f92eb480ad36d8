//! Which data directory this is, and who serves from it.
//!
//! A server that was killed must have its plants back at once, without waiting for its claims to run out. So a claim names
//! the data directory: only one server at a time can run on it (the operating system lets the lock go when a process
//! dies), and whoever has the lock is the heir of every claim that was made from there.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::error::{Result, StorageError};

/// The file that holds the directory's id.
const ID_FILE: &str = "node-id";

/// A data directory that knows itself again.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub dir: PathBuf,
    pub id: Uuid,
}

impl Home {
    /// Reads the id of a directory, or gives it one.
    pub fn of(dir: &Path) -> Result<Self> {
        const WHAT: &str = "read the id of the data directory";
        let path = dir.join(ID_FILE);
        let io = |e| StorageError::io(WHAT, &path, e);
        // Written aside and linked, of several that start at once all read the id of the first.
        let fresh = dir.join(format!(".{ID_FILE}.{}", Uuid::now_v7().simple()));
        if !path.exists() {
            fs::write(&fresh, format!("{}\n", Uuid::now_v7())).map_err(io)?;
            let linked = fs::hard_link(&fresh, &path);
            fs::remove_file(&fresh).map_err(io)?;
            match linked {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(io(e)),
                _ => {}
            }
        }
        let text = fs::read_to_string(&path).map_err(io)?;
        let id = text.trim().parse().map_err(|e| StorageError::corrupt(WHAT, path.display(), e))?;
        Ok(Self { dir: dir.to_owned(), id })
    }
}

/// Held by the one server of a data directory, and let go by the operating system when it dies.
#[derive(Debug)]
pub struct ServeLock {
    _file: File,
}

impl ServeLock {
    pub(super) fn take(dir: &Path) -> Result<Self> {
        const WHAT: &str = "serve from the data directory";
        let path = dir.join(".serving");
        let io = |e| StorageError::io(WHAT, &path, e);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(StorageError::conflict(WHAT, dir.display(), "another `tep serve` runs there; stop it first"))
            }
            Err(TryLockError::Error(e)) => Err(io(e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_knows_itself_again() {
        let dir = tempfile::tempdir().unwrap();
        let first = Home::of(dir.path()).unwrap().id;
        assert_eq!(Home::of(dir.path()).unwrap().id, first);
        assert_ne!(Home::of(tempfile::tempdir().unwrap().path()).unwrap().id, first);
        fs::write(dir.path().join(ID_FILE), "nonsense").unwrap();
        assert!(matches!(Home::of(dir.path()), Err(StorageError::Corrupt { .. })));
    }

    #[test]
    fn one_server_at_a_time_runs_on_a_directory() {
        let dir = tempfile::tempdir().unwrap();
        let first = ServeLock::take(dir.path()).unwrap();
        let refused = ServeLock::take(dir.path()).unwrap_err();
        assert!(refused.to_string().contains("another `tep serve` runs there"), "{refused}");
        drop(first);
        ServeLock::take(dir.path()).unwrap();
    }
}
