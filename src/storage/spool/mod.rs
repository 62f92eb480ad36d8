//! What the database does not take is kept in a file of this machine, until it does.
//!
//! One file for each term in which the plant was ours: `spool/plant=north/t7.spool` in the data directory. It is only ever
//! appended to, and every append is on the disk before it is reported; when the database has taken all of it, it goes. So
//! there is one only while the database is away, and after a crash in that time: the next owner from this data directory
//! *inherits* it. What cannot be carried over is set aside under a name that says so (`t7.refused`, `t7.damaged`), never
//! deleted. Decision 10 says what is promised.

mod frames;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::connect::private_dir;
use super::history::{plant_dir, sync_dir};
use super::{JournalRecord, OwnedPlant, Result, StorageError};
use crate::config::bounds;

const WHAT: &str = "keep what the database does not take";
const INHERIT: &str = "read what an earlier process has left for the database";

/// Where the spools of all plants lie, in the data directory.
pub(super) const DIRECTORY: &str = "spool";

/// The file of one term. Cheap to clone; all clones are the same file.
#[derive(Clone, Debug)]
pub struct Spool(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    term: i64,
    /// Open while there is something in it.
    file: Option<File>,
    bytes: u64,
    /// Why it takes nothing more in this term.
    broken: Option<String>,
}

/// The file of an earlier term.
#[derive(Debug)]
pub struct Inherited {
    /// In which term it was written.
    pub term: i64,
    /// Where it lies.
    pub path: PathBuf,
    /// What it holds, oldest first.
    pub records: Vec<JournalRecord>,
    /// Bytes of a last record that was not written to its end; nobody was told that it is kept.
    pub torn_bytes: usize,
    /// What cannot be read in it, and where.
    pub damage: Vec<String>,
}

/// Why a file is kept beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetAside {
    /// Something in it came too late, or does not fit what the journal holds.
    Refused,
    /// Something in it cannot be read.
    Damaged,
}

impl SetAside {
    const fn extension(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Damaged => "damaged",
        }
    }
}

impl OwnedPlant {
    /// The spool of this claim; nothing is opened or made before something is put into it.
    pub fn spool(&self) -> Spool {
        let dir = plant_dir(&self.home_dir().join(DIRECTORY), self.plant_id());
        Spool(Arc::new(Mutex::new(Inner { dir, term: self.term(), file: None, bytes: 0, broken: None })))
    }
}

impl Spool {
    /// Keeps records behind what is there; they are on the disk when this comes back.
    ///
    /// # Errors
    /// Nothing was kept: it is full, or the disk refuses.
    pub async fn append(&self, records: Vec<JournalRecord>) -> Result<()> {
        self.blocking(WHAT, move |inner| inner.append(&records)).await
    }

    /// The database has taken everything: the file goes.
    ///
    /// # Errors
    /// When it cannot be deleted; whoever inherits it finds everything in the journal already.
    pub async fn clear(&self) -> Result<()> {
        self.blocking(WHAT, Inner::clear).await
    }

    /// How large it is now, bytes.
    pub fn bytes(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// What earlier terms have left, oldest first.
    ///
    /// # Errors
    /// When the directory or a file cannot be read at all.
    pub async fn inherited(&self) -> Result<Vec<Inherited>> {
        self.blocking(INHERIT, |inner| inner.inherited()).await
    }

    /// An earlier term's file has been taken over: it goes.
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub async fn forget(&self, path: PathBuf) -> Result<()> {
        self.blocking(INHERIT, move |inner| {
            fs::remove_file(&path).map_err(|e| StorageError::io(INHERIT, &path, e))?;
            sync_dir(&inner.dir)
        })
        .await
    }

    /// Keeps an earlier term's file under another name, where nobody inherits it; returns where.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub async fn set_aside(&self, path: PathBuf, why: SetAside) -> Result<PathBuf> {
        self.blocking(INHERIT, move |inner| {
            let name = |n: u32| {
                path.with_extension(if n == 1 {
                    why.extension().to_owned()
                } else {
                    format!("{}-{n}", why.extension())
                })
            };
            let aside = (1..).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(0));
            fs::rename(&path, &aside).map_err(|e| StorageError::io(INHERIT, &path, e))?;
            sync_dir(&inner.dir)?;
            Ok(aside)
        })
        .await
    }

    /// Files are waited for beside the runtime.
    async fn blocking<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&mut Inner) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            // A panic while it was locked can only have come from an allocation; the length is set back before the next write.
            work(&mut inner.lock().unwrap_or_else(PoisonError::into_inner))
        });
        match done.await {
            Ok(done) => done,
            Err(gone) => Err(StorageError::refused(what, "the spool", gone)),
        }
    }
}

impl Inner {
    fn path(&self) -> PathBuf {
        self.dir.join(format!("t{}.spool", self.term))
    }

    fn append(&mut self, records: &[JournalRecord]) -> Result<()> {
        if let Some(why) = &self.broken {
            return Err(StorageError::refused(WHAT, self.path().display(), why.clone()));
        }
        let mut frames = Vec::new();
        for record in records {
            frames::encode(record, &mut frames).map_err(|e| StorageError::corrupt(WHAT, self.path().display(), e))?;
        }
        let after = self.bytes.max(frames::MAGIC.len() as u64) + frames.len() as u64;
        if after > bounds::SPOOL.most as u64 {
            let why = format!("it holds {} bytes and takes {} at most", self.bytes, bounds::SPOOL.most);
            return Err(StorageError::DiskFull {
                what: WHAT,
                place: self.path().display().to_string(),
                source: why.into(),
            });
        }
        let written = self.write(&frames);
        if written.is_ok() {
            self.bytes = after;
        } else {
            self.undo();
        }
        written
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        let path = self.path();
        let io = |e| StorageError::io(WHAT, &path, e);
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.create()?,
        };
        let written = file.write_all(frames).and_then(|()| file.sync_data());
        self.file = Some(file);
        written.map_err(io)
    }

    fn create(&mut self) -> Result<File> {
        private_dir(&self.dir)?;
        let path = self.path();
        let io = |e| StorageError::io(WHAT, &path, e);
        // What a first write of this term left unfinished is written over: nobody was told of it.
        let mut file = File::options().create(true).write(true).truncate(true).mode(0o600).open(&path).map_err(io)?;
        file.write_all(frames::MAGIC).map_err(io)?;
        sync_dir(&self.dir)?;
        self.bytes = frames::MAGIC.len() as u64;
        Ok(file)
    }

    /// What was half written must not come to lie before a later record. Where that cannot be had, nothing more is taken.
    fn undo(&mut self) {
        let Some(file) = &mut self.file else { return };
        let undone = file
            .set_len(self.bytes)
            .and_then(|()| io::Seek::seek(file, io::SeekFrom::Start(self.bytes)))
            .and_then(|_| file.sync_data());
        if let Err(problem) = undone {
            self.broken = Some(format!("a write failed and could not be undone: {problem}"));
        }
    }

    fn clear(&mut self) -> Result<()> {
        let path = self.path();
        self.file = None;
        self.bytes = 0;
        self.broken = None;
        match fs::remove_file(&path) {
            Ok(()) => sync_dir(&self.dir),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(StorageError::io(WHAT, &path, e)),
        }
    }

    fn inherited(&self) -> Result<Vec<Inherited>> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(StorageError::io(INHERIT, &self.dir, e)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| StorageError::io(INHERIT, &self.dir, e))?.path();
            // One of this very term that we have not begun is of another life of the database, and no less worth reading.
            let is_ours = |term: &i64| *term == self.term && self.file.is_some();
            let Some(term) = term_of(&path).filter(|term| !is_ours(term)) else { continue };
            let bytes = fs::read(&path).map_err(|e| StorageError::io(INHERIT, &path, e))?;
            let frames::Contents { records, torn_bytes, damage } = frames::decode(&bytes);
            found.push(Inherited { term, path, records, torn_bytes, damage });
        }
        found.sort_by_key(|one| one.term);
        Ok(found)
    }
}

/// Of which term a file is; `None` for what is no spool.
fn term_of(path: &Path) -> Option<i64> {
    path.file_name()?.to_str()?.strip_prefix('t')?.strip_suffix(".spool")?.parse().ok()
}
