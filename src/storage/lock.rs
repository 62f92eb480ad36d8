//! Who may touch the data directory: many may use it, or one may replace it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::error::{Result, StorageError};

/// Held until dropped, and by the operating system let go when the process dies.
#[derive(Debug)]
pub(super) struct DataLock {
    _file: File,
}

impl DataLock {
    /// For using what lies there.
    pub fn shared(data_dir: &Path) -> Result<Self> {
        Self::take(data_dir, File::try_lock_shared, "a restore is running there; wait until it has ended")
    }

    /// For replacing what lies there.
    pub fn exclusive(data_dir: &Path) -> Result<Self> {
        Self::take(data_dir, File::try_lock, "it is in use; stop `tep serve` (and other `tep` commands) first")
    }

    fn take(
        data_dir: &Path,
        lock: impl FnOnce(&File) -> std::result::Result<(), TryLockError>,
        taken: &'static str,
    ) -> Result<Self> {
        const WHAT: &str = "lock the data directory";
        let path = data_dir.join(".lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| StorageError::io(WHAT, &path, e))?;
        match lock(&file) {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StorageError::conflict(WHAT, data_dir.display(), taken)),
            Err(TryLockError::Error(e)) => Err(StorageError::io(WHAT, &path, e)),
        }
    }
}
