//! A file that appears under its name when it is complete, or not at all.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use sha2::{Digest, Sha256};

use super::Failure;

/// Where bytes go, unbuffered. Until [`Output::finish`], a file has a provisional name beside its real one, `.NAME.part`; given up, it is
/// removed; left behind by a process that was killed, it is written over by the next that is asked for the same name.
pub(super) struct Output {
    to: To,
    /// Of everything written so far.
    digest: Sha256,
    bytes: u64,
}

enum To {
    /// Standard output, a pipe or a device: there is nothing to rename.
    Stream(Box<dyn Write + Send>),
    File(File, Provisional),
}

/// What has been written, when all of it is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

/// A name on trial; removed unless it is made the real one.
struct Provisional {
    name: PathBuf,
    real: PathBuf,
    complete: bool,
}

impl Output {
    /// Opens `path`, or standard output for `-`. `flag` is what the errors call it.
    ///
    /// # Errors
    /// A path that cannot be a file, or in a directory that is not there, is a usage error.
    pub(super) fn create(flag: &str, path: &Path) -> Result<Self, Failure> {
        let to = if path.as_os_str() == "-" {
            To::Stream(Box::new(io::stdout()))
        } else {
            To::open(path).map_err(|failure| failure.about(&format!("{flag} {}", path.display())))?
        };
        Ok(Self { to, digest: Sha256::new(), bytes: 0 })
    }

    /// Writes what is left, makes sure that it is on the disk, and gives the file its name.
    ///
    /// # Errors
    /// Then there is no file of this name, or still the old one.
    pub(super) fn finish(self) -> io::Result<Written> {
        match self.to {
            To::Stream(mut out) => out.flush()?,
            To::File(file, mut provisional) => {
                file.sync_all()?;
                fs::rename(&provisional.name, &provisional.real)?;
                provisional.complete = true;
                // A new name is on the disk only when its directory is.
                File::open(directory_of(&provisional.real))?.sync_all()?;
            }
        }
        Ok(Written { bytes: self.bytes, sha256: hexadecimal(&self.digest.finalize()) })
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = match &mut self.to {
            To::Stream(out) => out.write(bytes),
            To::File(out, _) => out.write(bytes),
        }?;
        self.digest.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Stream(out) => out.flush(),
            To::File(out, _) => out.flush(),
        }
    }
}

impl To {
    fn open(path: &Path) -> Result<Self, Failure> {
        // A link stays a link: what it leads to is replaced.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let there = fs::metadata(&real).ok();
        let Some(name) = real.file_name().filter(|_| there.as_ref().is_none_or(|there| !there.is_dir())) else {
            return Err(Failure::Usage(anyhow!("is not the name of a file")));
        };
        if there.is_some_and(|there| !there.is_file()) {
            let device = OpenOptions::new().write(true).open(&real).context("cannot be written to")?;
            return Ok(Self::Stream(Box::new(device)));
        }
        if !directory_of(&real).is_dir() {
            return Err(Failure::Usage(anyhow!("there is no directory {}", directory_of(&real).display())));
        }
        let provisional = real.with_file_name(format!(".{}.part", name.to_string_lossy()));
        let file = alone(&provisional)?;
        file.set_len(0).context("cannot be written to")?;
        let provisional = Provisional { name: provisional, real, complete: false };
        Ok(Self::File(file, provisional))
    }
}

/// Opens or creates a file that nobody else may have open in this way until we close it. What is in it stays.
///
/// # Errors
/// When somebody has, or the file cannot be created.
pub(super) fn alone(path: &Path) -> anyhow::Result<File> {
    loop {
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
        let file = file.with_context(|| format!("cannot create {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(anyhow!("another command is writing there ({} is locked)", path.display()));
            }
            Err(TryLockError::Error(error)) => {
                return Err(anyhow!(error).context(format!("cannot lock {}", path.display())));
            }
        }
        // Whoever held it before may have given it its real name meanwhile; then what we hold is his work.
        let ours = file.metadata().context("cannot be read")?;
        if fs::metadata(path).is_ok_and(|named| (named.dev(), named.ino()) == (ours.dev(), ours.ino())) {
            return Ok(file);
        }
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Bytes as people compare them.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Drop for Provisional {
    fn drop(&mut self) {
        if !self.complete {
            // Nobody misses an incomplete file; that it stays is not worth a second error.
            fs::remove_file(&self.name).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn create(path: &Path) -> Output {
        Output::create("--out", path).unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_complete() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.csv");
        let mut output = create(&path);
        output.write_all(b"hello").unwrap();
        assert!(!path.exists());
        let written = output.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"hello");
        assert_eq!(names(dir.path()), ["run.csv"]);
        assert_eq!(written.bytes, 5);
        assert_eq!(written.sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    }

    #[test]
    fn a_file_that_was_given_up_leaves_nothing_and_spares_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.csv");
        fs::write(&path, "old").unwrap();
        let mut output = create(&path);
        output.write_all(b"new").unwrap();
        drop(output);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["run.csv"]);
    }

    #[test]
    fn what_a_killed_process_left_behind_is_written_over() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(".run.csv.part"), "half of a lo").unwrap();
        let mut output = create(&dir.path().join("run.csv"));
        output.write_all(b"whole").unwrap();
        output.finish().unwrap();
        assert_eq!(fs::read(dir.path().join("run.csv")).unwrap(), b"whole");
        assert_eq!(names(dir.path()), ["run.csv"]);
    }

    #[test]
    fn two_do_not_write_the_same_file_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.csv");
        let first = create(&path);
        let Err(Failure::Run(error)) = Output::create("--out", &path) else { panic!("a second one writes there") };
        assert!(format!("{error:#}").contains("another command is writing there"), "{error:#}");
        drop(first);
        create(&path).finish().unwrap();
    }

    #[test]
    fn a_link_stays_and_a_device_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (link, real) = (dir.path().join("link.csv"), dir.path().join("real.csv"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let mut output = create(&link);
        output.write_all(b"new").unwrap();
        output.finish().unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");

        std::os::unix::fs::symlink("/dev/full", dir.path().join("full")).unwrap();
        let mut output = create(&dir.path().join("full"));
        assert_eq!(output.write_all(b"hello").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(dir.path().join("full").is_symlink() && !fs::metadata("/dev/full").unwrap().is_file());
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().join("no/such/run.csv"), dir.path().to_owned()] {
            let Err(Failure::Usage(error)) = Output::create("--out", &path) else { panic!("{}", path.display()) };
            assert!(format!("{error:#}").contains(&path.display().to_string()), "{error:#}");
        }
    }
}
