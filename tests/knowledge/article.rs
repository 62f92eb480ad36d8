//! The articles as they lie in their files, read as TEP reads them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub use tep::domain::DocumentKind as Kind;
pub use tep::knowledge::{Acts, FrontMatter, Section};

/// The folder that the articles of a kind lie in.
pub const fn folder_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Unit => "units",
        Kind::Measurement => "measurements",
        Kind::Valve => "valves",
        Kind::Loop => "loops",
        Kind::Disturbance => "disturbances",
        Kind::Response => "responses",
        Kind::Document => "documents",
    }
}

/// The headings that every article of a kind has, in this order.
pub const fn headings_of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Unit => &["What it does", "How it is controlled"],
        Kind::Measurement => &["What it tells"],
        Kind::Valve => &["What it moves", "When it misbehaves"],
        Kind::Loop => &["What it does", "When it is in trouble"],
        Kind::Disturbance => &[
            "Cause and effects",
            "First signs",
            "What the controls do",
            "Telling it apart",
            "Checks and actions",
            "Trip risk",
        ],
        Kind::Response | Kind::Document => &[],
    }
}

/// Words of a passage.
pub fn words(passage: &Section) -> usize {
    passage.text.split_whitespace().count()
}

#[derive(Debug)]
pub struct Article {
    pub path: PathBuf,
    pub kind: Kind,
    pub front: FrontMatter,
    /// The heading of the whole.
    pub heading: String,
    pub passages: Vec<Section>,
}

impl Article {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let read = tep::knowledge::Article::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let kind = read.front.kind.unwrap_or_else(|| panic!("{}: no kind", path.display()));
        Self { path, kind, front: read.front, heading: read.heading, passages: read.sections }
    }

    /// All its text.
    pub fn text(&self) -> String {
        self.passages.iter().map(|passage| format!("{}\n", passage.text)).collect()
    }
}

/// The folder of the articles.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge")
}

/// Every article, by its id, which is also its place below the folder.
pub fn all() -> BTreeMap<String, Article> {
    let mut articles = BTreeMap::new();
    let folders = fs::read_dir(folder()).expect("the folder of the articles").map(|entry| entry.unwrap().path());
    for inner in folders.filter(|path| path.is_dir()) {
        for path in fs::read_dir(&inner).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|ending| ending == "md") {
                let id = path.strip_prefix(folder()).unwrap().with_extension("");
                let id = id.to_str().expect("a name in UTF-8").replace('\\', "/");
                articles.insert(id, Article::read(path));
            }
        }
    }
    assert!(articles.len() > 100, "only {} articles", articles.len());
    articles
}
