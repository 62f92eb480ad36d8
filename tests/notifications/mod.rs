//! Who is told outside of TEP, tried against local servers that record.

mod channels;
mod recorder;
mod whole_way;

use std::path::Path;

use tep::config::Config;

/// The configuration that is written so.
fn configured(directory: &Path, text: &str) -> Config {
    let file = directory.join("tep.toml");
    std::fs::write(&file, text).unwrap();
    Config::load(Some(&file)).unwrap_or_else(|e| panic!("{e}"))
}
