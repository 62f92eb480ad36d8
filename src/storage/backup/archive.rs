//! The archive file: written aside and renamed when whole; read with suspicion.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tar::{Archive, Builder, EntryType, Header};

use super::{FORMAT, Manifest, ManifestFile};
use crate::storage::connect::private_dir;
use crate::storage::history::{files_below, sync_dir};
use crate::storage::{Result, StorageError};

const MANIFEST: &str = "manifest.json";
const WRITE: &str = "make a backup";
const READ: &str = "read a backup";

/// An archive that is being written. Dropped before it is finished, it leaves nothing.
pub(super) struct ArchiveWriter {
    to: PathBuf,
    partial: PathBuf,
    parts: PathBuf,
    tar: Option<Builder<GzEncoder<BufWriter<File>>>>,
    files: Vec<ManifestFile>,
}

impl ArchiveWriter {
    pub fn create(to: &Path) -> Result<Self> {
        let beside = |end: &str| {
            let name = to.file_name().unwrap_or_default().to_string_lossy();
            to.with_file_name(format!(".{name}.{end}"))
        };
        let (partial, parts) = (beside("partial"), beside("parts"));
        private_dir(&parts)?;
        let file = private_file(&partial)?;
        let tar = Builder::new(GzEncoder::new(BufWriter::new(file), Compression::new(6)));
        Ok(Self { to: to.to_owned(), partial, parts, tar: Some(tar), files: Vec::new() })
    }

    /// Where to write a file before it is added.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.parts.join(name)
    }

    pub fn files(&self) -> &[ManifestFile] {
        &self.files
    }

    /// Adds a file under a path of the archive.
    pub fn add(&mut self, path: &str, file: &Path) -> Result<()> {
        let io = |e| StorageError::io(WRITE, file, e);
        let (bytes, sha256) = fingerprint(&mut File::open(file).map_err(io)?).map_err(io)?;
        let content = BufReader::new(File::open(file).map_err(io)?);
        self.append(path, bytes, content).map_err(|e| StorageError::io(WRITE, &self.partial, e))?;
        self.files.push(ManifestFile { path: path.to_owned(), bytes, sha256 });
        Ok(())
    }

    /// Adds the sealed history. A file that retention removes or a merge replaces meanwhile is not missed: it is read
    /// whole at once.
    pub fn add_history(&mut self, root: &Path) -> Result<()> {
        for file in files_below(root)? {
            let content = match fs::read(&file) {
                Ok(content) => content,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(StorageError::io(WRITE, &file, e)),
            };
            let below = file.strip_prefix(root).unwrap_or(&file);
            let path = format!("history/{}", below.display());
            let sha256 = hex(&Sha256::digest(&content));
            let bytes = content.len() as u64;
            self.append(&path, bytes, content.as_slice()).map_err(|e| StorageError::io(WRITE, &self.partial, e))?;
            self.files.push(ManifestFile { path, bytes, sha256 });
        }
        Ok(())
    }

    fn append(&mut self, path: &str, bytes: u64, content: impl Read) -> io::Result<()> {
        let Some(tar) = self.tar.as_mut() else { return Ok(()) };
        let mut header = Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_entry_type(EntryType::Regular);
        tar.append_data(&mut header, path, content.take(bytes))
    }

    /// Writes the manifest, brings everything to the disk, and gives the file its name.
    pub fn finish(mut self, manifest: &Manifest) -> Result<()> {
        let text = serde_json::to_vec_pretty(manifest).expect("plain texts and numbers always serialise");
        let done = self.append(MANIFEST, text.len() as u64, text.as_slice()).and_then(|()| {
            let Some(tar) = self.tar.take() else { return Ok(()) };
            let file = tar.into_inner()?.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()
        });
        done.map_err(|e| StorageError::io(WRITE, &self.partial, e))?;
        fs::rename(&self.partial, &self.to).map_err(|e| StorageError::io(WRITE, &self.to, e))?;
        let dir = self.to.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync_dir(dir)
    }
}

impl Drop for ArchiveWriter {
    fn drop(&mut self) {
        // After a success only the parts are left to remove; after a failure both.
        let _ = fs::remove_file(&self.partial);
        let _ = fs::remove_dir_all(&self.parts);
    }
}

/// Unpacks an archive below a directory and checks every file against the manifest: what is there, what is missing, what
/// differs. Nothing else is touched.
pub(super) fn unpack(from: &Path, below: &Path) -> Result<Manifest> {
    let corrupt = |problem: String| StorageError::corrupt(READ, from.display(), problem);
    let file = File::open(from).map_err(|e| StorageError::io(READ, from, e))?;
    let mut archive = Archive::new(GzDecoder::new(BufReader::new(file)));
    let mut found: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut manifest: Option<Manifest> = None;
    for entry in archive.entries().map_err(|e| corrupt(e.to_string()))? {
        let mut entry = entry.map_err(|e| corrupt(e.to_string()))?;
        let path = entry.path().map_err(|e| corrupt(e.to_string()))?.into_owned();
        if entry.header().entry_type() != EntryType::Regular || !is_plain(&path) {
            return Err(corrupt(format!("{} is no plain file below it", path.display())));
        }
        if path == Path::new(MANIFEST) {
            let mut text = String::new();
            entry.read_to_string(&mut text).map_err(|e| corrupt(e.to_string()))?;
            manifest = Some(serde_json::from_str(&text).map_err(|e| corrupt(format!("{MANIFEST}: {e}")))?);
            continue;
        }
        let told = unpack_one(&mut entry, &below.join(&path)).map_err(|e| match e {
            StorageError::Corrupt { problem, .. } => corrupt(problem),
            other => other,
        })?;
        found.insert(path.display().to_string(), told);
    }
    let manifest = manifest.ok_or_else(|| corrupt(format!("it has no {MANIFEST}: it is cut off, or no backup")))?;
    if manifest.format != FORMAT {
        return Err(corrupt(format!("it is of format {}, this version reads {FORMAT}", manifest.format)));
    }
    for file in &manifest.files {
        match found.remove(&file.path) {
            Some((bytes, sha256)) if bytes == file.bytes && sha256 == file.sha256 => {}
            Some(_) => return Err(corrupt(format!("{} is not what was written", file.path))),
            None => return Err(corrupt(format!("{} is missing", file.path))),
        }
    }
    if let Some(path) = found.keys().next() {
        return Err(corrupt(format!("{path} stands in no manifest")));
    }
    Ok(manifest)
}

fn unpack_one(content: &mut impl Read, to: &Path) -> Result<(u64, String)> {
    let io = |e| StorageError::io(READ, to, e);
    private_dir(to.parent().unwrap_or(Path::new(".")))?;
    let mut sink = HashingWriter { inner: BufWriter::new(private_file(to)?), hash: Sha256::new(), bytes: 0 };
    io::copy(content, &mut sink).map_err(io)?;
    let file = sink.inner.into_inner().map_err(|e| io(e.into_error()))?;
    file.sync_all().map_err(io)?;
    Ok((sink.bytes, hex(&sink.hash.finalize())))
}

/// A file that only its owner may read: it holds password hashes.
fn private_file(path: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| StorageError::io(WRITE, path, e))
}

/// Whether a path only goes down: an archive must not write beside where it is unpacked.
fn is_plain(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn fingerprint(file: &mut File) -> io::Result<(u64, String)> {
    let mut sink = HashingWriter { inner: io::sink(), hash: Sha256::new(), bytes: 0 };
    io::copy(file, &mut sink)?;
    Ok((sink.bytes, hex(&sink.hash.finalize())))
}

struct HashingWriter<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_elsewhere_is_refused() {
        for (path, plain) in
            [("database/scan.jsonl", true), ("../etc/passwd", false), ("/etc/passwd", false), ("a/../../b", false)]
        {
            assert_eq!(is_plain(Path::new(path)), plain, "{path}");
        }
    }
}
