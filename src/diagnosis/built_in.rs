//! The libraries that the program carries.

use std::io::Read;
use std::sync::{Arc, OnceLock};

use flate2::read::MultiGzDecoder;
use rust_embed::RustEmbed;

use super::libraries::Libraries;
use super::library::{Library, LibraryError};

/// Made by `tep incidents`.
#[derive(RustEmbed)]
#[folder = "data/incidents"]
struct Embedded;

impl Libraries {
    /// Simulated incidents of samples that see every phase of the plant's cycles, as a running plant is watched.
    pub const EVERY_PHASE: &str = "tennessee-eastman.json.gz";
    /// Simulated incidents of samples that keep step with the plant's cycles, as those of the public benchmark do.
    pub const IN_STEP: &str = "tennessee-eastman-in-step.json.gz";

    /// Simulated incidents of the Tennessee Eastman process, read once.
    ///
    /// # Errors
    /// When this build carries none, or one that this version does not read.
    pub fn built_in() -> Result<Self, Arc<LibraryError>> {
        static LIBRARIES: OnceLock<Result<Libraries, Arc<LibraryError>>> = OnceLock::new();
        let read = || Self::new(read(Self::EVERY_PHASE)?, vec![read(Self::IN_STEP)?]);
        LIBRARIES.get_or_init(|| read().map_err(Arc::new)).clone()
    }
}

impl Library {
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

fn read(name: &'static str) -> Result<Library, LibraryError> {
    let file = Embedded::get(name).ok_or(LibraryError::Missing(name))?;
    Library::unpack(&file.data)
}
