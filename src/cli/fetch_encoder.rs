//! Brings the sentence encoder into the data directory: from a folder that somebody has carried here, or over the network.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use url::Url;

use super::Failure;
use crate::config::Config;
use crate::retrieval::LocalEncoder;

/// The files of the model, with the most bytes that each may have.
const FILES: [(&str, usize); 3] =
    [("config.json", 1 << 16), ("tokenizer.json", 1 << 24), ("model.safetensors", 1 << 29)];
/// The weights that were measured.
const MEASURED: &str = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";
const PLACE: &str = "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main/";
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A folder, or an address below which the three files lie
    #[arg(long, default_value = PLACE, value_name = "FOLDER|URL")]
    from: String,
    /// Where to put them; without it, `encoder` in the data directory, where it is found by itself
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

/// Fetches the files, tries them, and only then puts them where they are found.
///
/// # Errors
/// When a file cannot be fetched, is too large, or is of no model that can be used; then nothing has changed.
pub async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let to = arguments.to.clone().unwrap_or_else(|| config.storage.data_dir.join("encoder"));
    if to.exists() {
        return Err(Failure::Usage(anyhow::anyhow!("{} is there already; remove it first", to.display())));
    }
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let done = fetch(&arguments.from, &part).await.and_then(|digest| {
        let encoder = LocalEncoder::load(&part).context("what was fetched is no sentence encoder that can be used")?;
        fs::rename(&part, &to).with_context(|| format!("cannot make {}", to.display()))?;
        Ok((digest, encoder))
    });
    if part.exists() {
        drop(fs::remove_dir_all(&part));
    }
    let (digest, _) = done?;
    println!("the sentence encoder is in {}; restart TEP to use it", to.display());
    if digest != MEASURED {
        println!("its weights (SHA-256 {digest}) are not those that were measured: run `tep knowledge measure`");
    }
    Ok(())
}

/// The digest of the weights.
async fn fetch(from: &str, part: &Path) -> anyhow::Result<String> {
    fs::create_dir_all(part).with_context(|| format!("cannot make {}", part.display()))?;
    let address = Url::parse(from).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let client = reqwest::Client::builder().connect_timeout(Duration::from_secs(20)).timeout(PATIENCE).build()?;
    let mut digest = String::new();
    for (name, most) in FILES {
        let bytes = match &address {
            Some(url) => download(&client, url, name, most).await?,
            None => {
                let path = Path::new(from).join(name);
                let size = fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?.len();
                ensure!(size <= most as u64, "{} has {size} bytes, more than any such file", path.display());
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?
            }
        };
        digest = format!("{:x}", Sha256::digest(&bytes));
        fs::write(part.join(name), bytes).with_context(|| format!("cannot write {}", part.join(name).display()))?;
    }
    Ok(digest)
}

async fn download(client: &reqwest::Client, base: &Url, name: &str, most: usize) -> anyhow::Result<Vec<u8>> {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push(name);
    }
    let told = || format!("cannot fetch {url}");
    let response = client.get(url.clone()).send().await.with_context(told)?;
    ensure!(response.status().is_success(), "{}: the answer is {}", told(), response.status());
    let mut bytes = Vec::new();
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.with_context(told)?);
        if bytes.len() > most {
            bail!("{}: it has more than {most} bytes", told());
        }
    }
    Ok(bytes)
}
