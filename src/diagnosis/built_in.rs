//! The library that the program carries.

use std::io::Read;
use std::sync::{Arc, OnceLock};

use flate2::read::MultiGzDecoder;
use rust_embed::RustEmbed;

use super::library::{Library, LibraryError};

/// Made by `tep incidents`.
#[derive(RustEmbed)]
#[folder = "data/incidents"]
struct Embedded;

const TENNESSEE_EASTMAN: &str = "tennessee-eastman.json.gz";

impl Library {
    /// Simulated incidents of the Tennessee Eastman process, read once.
    ///
    /// # Errors
    /// When this build carries none, or one that this version does not read.
    pub fn built_in() -> Result<Self, Arc<LibraryError>> {
        static LIBRARY: OnceLock<Result<Library, Arc<LibraryError>>> = OnceLock::new();
        LIBRARY.get_or_init(|| read().map_err(Arc::new)).clone()
    }

    /// Reads a gzipped library, as `tep incidents` writes it.
    ///
    /// # Errors
    /// When it is damaged, or one that this version does not read.
    pub fn unpack(gzipped: &[u8]) -> Result<Self, LibraryError> {
        let mut json = Vec::new();
        MultiGzDecoder::new(gzipped).read_to_end(&mut json).map_err(LibraryError::Unpacking)?;
        Self::read(&json)
    }
}

fn read() -> Result<Library, LibraryError> {
    let file = Embedded::get(TENNESSEE_EASTMAN).ok_or(LibraryError::Missing(TENNESSEE_EASTMAN))?;
    Library::unpack(&file.data)
}
