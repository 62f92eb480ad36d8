//! A file that appears under its name when it is complete, or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Where rows go.
pub(super) struct Output {
    sink: Sink,
    place: Option<Place>,
}

enum Sink {
    Stdout(BufWriter<Stdout>),
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

/// A file under a provisional name; removed unless it is given its real one.
struct Place {
    provisional: PathBuf,
    real: PathBuf,
    complete: bool,
}

impl Output {
    /// Opens `path`, or standard output for `-`.
    pub(super) fn create(path: &Path) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self { sink: Sink::Stdout(BufWriter::new(io::stdout())), place: None });
        }
        let Some(name) = path.file_name().filter(|_| !path.is_dir()) else {
            bail!("--out {}: is not the name of a file", path.display());
        };
        let provisional = path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
        let file = File::create(&provisional)
            .with_context(|| format!("--out {}: cannot create a file there", path.display()))?;
        let place = Place { provisional, real: path.to_owned(), complete: false };
        let file = BufWriter::new(file);
        let gzipped = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        let sink = if gzipped {
            Sink::Gzip(Box::new(GzEncoder::new(file, Compression::default())))
        } else {
            Sink::Plain(file)
        };
        Ok(Self { sink, place: Some(place) })
    }

    /// Writes what is left, makes sure that it is on the disk, and gives the file its name.
    pub(super) fn finish(self) -> io::Result<()> {
        let file = match self.sink {
            Sink::Stdout(mut out) => return out.flush(),
            Sink::Plain(out) => out.into_inner().map_err(io::IntoInnerError::into_error)?,
            Sink::Gzip(out) => out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?,
        };
        file.sync_all()?;
        if let Some(mut place) = self.place {
            fs::rename(&place.provisional, &place.real)?;
            place.complete = true;
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Stdout(out) => out.write(bytes),
            Sink::Plain(out) => out.write(bytes),
            Sink::Gzip(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Stdout(out) => out.flush(),
            Sink::Plain(out) => out.flush(),
            Sink::Gzip(out) => out.flush(),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.complete {
            // Nobody misses an incomplete file; that it stays is not worth a second error.
            fs::remove_file(&self.provisional).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_complete() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.csv");
        let mut output = Output::create(&path).unwrap();
        output.write_all(b"hello").unwrap();
        assert!(!path.exists());
        output.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"hello");
        assert_eq!(names(dir.path()), ["run.csv"]);
    }

    #[test]
    fn a_file_that_was_given_up_leaves_nothing_and_spares_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.csv");
        fs::write(&path, "old").unwrap();
        let mut output = Output::create(&path).unwrap();
        output.write_all(b"new").unwrap();
        drop(output);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["run.csv"]);
    }

    #[test]
    fn a_name_that_ends_in_gz_is_gzipped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.csv.gz");
        let mut output = Output::create(&path).unwrap();
        output.write_all(b"hello").unwrap();
        output.finish().unwrap();
        let mut text = String::new();
        GzDecoder::new(File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().join("no/such/run.csv"), dir.path().to_owned()] {
            let error = Output::create(&path).err().unwrap();
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        }
    }
}
