//! Has the binary built again when the web pages or the articles have changed; they are embedded.

use std::fs;
use std::io;

fn main() -> io::Result<()> {
    // A directory that is missing would count as changed each time.
    fs::create_dir_all("web/dist")?;
    println!("cargo::rerun-if-changed=web/dist");
    println!("cargo::rerun-if-changed=knowledge");
    Ok(())
}
