//! An article as it lies in its file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What an article says of itself, between the two lines `+++`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    pub id: String,
    pub title: String,
    pub kind: Kind,
    /// What people at the panel call it.
    pub also: Vec<String>,
    pub unit: Option<String>,
    pub tags: Vec<String>,
    pub subject: Option<String>,
    pub idv: Option<u8>,
    #[serde(rename = "type")]
    pub acts: Option<Acts>,
    pub revision: Option<u16>,
    pub held: Option<String>,
    pub trip_hours: Option<[f64; 2]>,
    #[serde(default)]
    pub alarms: Vec<String>,
    #[serde(default)]
    pub confusable: Vec<String>,
    pub sources: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Unit,
    Measurement,
    Valve,
    Loop,
    Disturbance,
    Response,
}

impl Kind {
    /// The folder that its articles lie in.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Unit => "units",
            Self::Measurement => "measurements",
            Self::Valve => "valves",
            Self::Loop => "loops",
            Self::Disturbance => "disturbances",
            Self::Response => "responses",
        }
    }

    /// The headings that every article of the kind has, in this order.
    pub const fn headings(self) -> &'static [&'static str] {
        match self {
            Self::Unit => &["What it does", "How it is controlled"],
            Self::Measurement => &["What it tells"],
            Self::Valve => &["What it moves", "When it misbehaves"],
            Self::Loop => &["What it does", "When it is in trouble"],
            Self::Disturbance => &[
                "Cause and effects",
                "First signs",
                "What the controls do",
                "Telling it apart",
                "Checks and actions",
                "Trip risk",
            ],
            Self::Response => &[],
        }
    }
}

/// How a disturbance acts.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Acts {
    Step,
    Random,
    Drift,
    Sticking,
    Pulses,
    Held,
}

/// A heading with its text: what is found and cited.
#[derive(Debug)]
pub struct Passage {
    pub heading: String,
    pub text: String,
}

impl Passage {
    /// The heading as the end of a link.
    pub fn anchor(&self) -> String {
        anchor(&self.heading)
    }

    pub fn words(&self) -> usize {
        self.text.split_whitespace().count()
    }
}

/// A heading in lower case, with hyphens for spaces and without anything else, as Markdown viewers make it.
pub fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[derive(Debug)]
pub struct Article {
    pub path: PathBuf,
    pub front: FrontMatter,
    /// The heading of the whole.
    pub heading: String,
    pub passages: Vec<Passage>,
}

impl Article {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let text = text.strip_prefix("+++\n").unwrap_or_else(|| panic!("{}: no front matter", path.display()));
        let (front, body) =
            text.split_once("\n+++\n").unwrap_or_else(|| panic!("{}: the front matter does not end", path.display()));
        let front = toml::from_str(front).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut parts = format!("\n{body}").split("\n## ").map(str::to_owned).collect::<Vec<_>>().into_iter();
        let head = parts.next().expect("a split gives one part at least");
        let heading = head.trim().strip_prefix("# ").unwrap_or_else(|| panic!("{}: no heading", path.display()));
        let passages = parts
            .map(|part| {
                let (heading, text) = part.split_once('\n').unwrap_or((&part, ""));
                Passage { heading: heading.trim().into(), text: text.trim().into() }
            })
            .collect();
        Self { heading: heading.into(), front, passages, path }
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
