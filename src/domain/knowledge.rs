//! What is known beforehand: documents, and the passages that they consist of.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ids::{AlarmId, DocumentId, PassageId, PlantId, TagId, UnitId};

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentKind {
    /// A unit of the plant.
    Unit,
    /// A tag that is measured.
    Measurement,
    /// A tag that is manipulated.
    Valve,
    /// A control loop.
    Loop,
    /// A disturbance: cause, effects, what to check and do.
    Disturbance,
    /// What to do at a group of alarms.
    Response,
    /// Anything else: a procedure, a report, a data sheet.
    Document,
}

impl DocumentKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] =
        [Self::Response, Self::Disturbance, Self::Unit, Self::Measurement, Self::Valve, Self::Loop, Self::Document];

    /// Its name in front matter, index and command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Measurement => "measurement",
            Self::Valve => "valve",
            Self::Loop => "loop",
            Self::Disturbance => "disturbance",
            Self::Response => "response",
            Self::Document => "document",
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where a document comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentOrigin {
    /// TEP comes with it.
    BuiltIn,
    /// It lies in the folder that the configuration names.
    Folder,
    /// Somebody has uploaded it.
    Uploaded,
}

impl DocumentOrigin {
    /// Its name in index and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::Folder => "folder",
            Self::Uploaded => "uploaded",
        }
    }
}

/// What kind of file a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentMedia {
    /// Markdown, with or without front matter.
    Markdown,
    /// Plain text.
    Text,
    /// PDF.
    Pdf,
}

impl DocumentMedia {
    /// Its name in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Text => "text",
            Self::Pdf => "pdf",
        }
    }

    /// Reads the name again.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Markdown, Self::Text, Self::Pdf].into_iter().find(|media| media.word() == word)
    }

    /// What the ending of a file's name tells; `None`: nothing that can be read.
    pub fn of_file(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "txt" | "text" => Some(Self::Text),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }

    /// Its media type in the web.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Pdf => "application/pdf",
        }
    }
}

/// A heading of a document with its text: what is found, quoted and cited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Document and heading, as one names it.
    pub anchor: PassageId,
    /// The document that it stands in.
    pub document: DocumentId,
    /// Which passage of its document it is, from 0.
    #[serde(default)]
    pub place: usize,
    /// Where the document comes from.
    pub origin: DocumentOrigin,
    /// The plant that it is about; `None`: every plant that has what it names.
    pub plant: Option<PlantId>,
    /// What the document is about.
    pub kind: DocumentKind,
    /// Title of the document.
    pub title: String,
    /// What else people call what the document is about.
    pub also: Vec<String>,
    /// Its own heading.
    pub heading: String,
    /// Its text, in Markdown.
    pub text: String,
    /// The unit that the document belongs to; `None`: the whole plant, or TEP itself.
    pub unit: Option<UnitId>,
    /// Tags that the document is about, the most important first.
    pub tags: Vec<TagId>,
    /// Alarms that the document answers, or that its disturbance raises.
    pub alarms: Vec<AlarmId>,
}

/// Which passages are looked at. What is empty or `None` restricts nothing; what is set must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PassageFilter {
    /// Of this plant, or of every plant.
    pub plant: Option<PlantId>,
    /// Of this unit.
    pub unit: Option<UnitId>,
    /// About at least one of these tags.
    pub tags: Vec<TagId>,
    /// About at least one of these alarms.
    pub alarms: Vec<AlarmId>,
    /// Of one of these kinds.
    pub kinds: Vec<DocumentKind>,
    /// From one of these places.
    pub origins: Vec<DocumentOrigin>,
}

impl PassageFilter {
    /// Whether a passage is looked at.
    pub fn takes(&self, passage: &Passage) -> bool {
        let any = |wanted: bool, found: bool| !wanted || found;
        (self.plant.is_none() || passage.plant.is_none() || passage.plant == self.plant)
            && (self.unit.is_none() || passage.unit == self.unit)
            && any(!self.tags.is_empty(), self.tags.iter().any(|tag| passage.tags.contains(tag)))
            && any(!self.alarms.is_empty(), self.alarms.iter().any(|alarm| passage.alarms.contains(alarm)))
            && any(!self.kinds.is_empty(), self.kinds.contains(&passage.kind))
            && any(!self.origins.is_empty(), self.origins.contains(&passage.origin))
    }
}

impl PassageFilter {
    /// Whether it takes passages whatever they are about.
    pub fn is_about_anything(&self) -> bool {
        self.unit.is_none() && self.tags.is_empty() && self.alarms.is_empty() && self.kinds.is_empty()
    }
}

/// A passage that was found, the best first.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundPassage {
    /// What was found.
    pub passage: Arc<Passage>,
    /// How well it fits; comparable within one search only.
    pub score: f64,
}
