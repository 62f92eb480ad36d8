//! What is known beforehand: documents, passages, and how they are found.

use async_graphql::{Enum, InputObject, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use super::PageInfo;
use crate::actors::{Catalogue, KnownDocument};
use crate::domain::{self, FoundPassage, Passage, PassageFilter, Plant};
use crate::graphql::error::ApiError;
use crate::knowledge::of_plant;
use crate::retrieval::{Finding, Home};

/// What a document is about.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::DocumentKind")]
pub enum KnowledgeKind {
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

/// Where a document comes from.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::DocumentOrigin")]
pub enum KnowledgeOrigin {
    /// TEP comes with it.
    BuiltIn,
    /// It lies in the folder that the configuration names.
    Folder,
    /// Somebody has uploaded it.
    Uploaded,
}

/// What kind of file a document is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::DocumentMedia")]
pub enum KnowledgeMedia {
    /// Markdown.
    Markdown,
    /// Plain text.
    Text,
    /// PDF.
    Pdf,
}

/// Which documents, or passages of which; what is left out restricts nothing, what is given must all hold.
#[derive(InputObject, Clone, Debug, Default)]
pub struct KnowledgeFilter {
    /// Of this unit, by its id in the plant.
    unit: Option<String>,
    /// About this tag, for example `XMEAS_7`.
    tag: Option<String>,
    /// About this alarm, for example `XMEAS_7/HIGH`.
    alarm: Option<String>,
    /// Of one of these kinds.
    kinds: Option<Vec<KnowledgeKind>>,
    /// From one of these places.
    origins: Option<Vec<KnowledgeOrigin>>,
}

impl KnowledgeFilter {
    /// As the library takes it: of this plant.
    pub(in crate::graphql) fn of(self, plant: &Plant) -> PassageFilter {
        let of_plant = of_plant(plant);
        let wanted: Option<Vec<domain::DocumentOrigin>> =
            self.origins.map(|origins| origins.into_iter().map(Into::into).collect());
        let origins = match wanted {
            Some(wanted) if !wanted.is_empty() => of_plant.origins.into_iter().filter(|o| wanted.contains(o)).collect(),
            _ => of_plant.origins,
        };
        PassageFilter {
            plant: of_plant.plant,
            unit: self.unit.map(Into::into),
            tags: self.tag.map(Into::into).into_iter().collect(),
            alarms: self.alarm.map(Into::into).into_iter().collect(),
            kinds: self.kinds.unwrap_or_default().into_iter().map(Into::into).collect(),
            origins,
        }
    }
}

/// A heading of a document with its text: what is found, quoted and cited.
#[derive(SimpleObject, Clone, Debug)]
pub struct KnowledgePassage {
    /// Document and heading, for example `disturbances/IDV_06#trip-risk`.
    anchor: String,
    /// Id of the document.
    document: String,
    /// Title of the document.
    title: String,
    /// Its own heading.
    heading: String,
    /// Its text, in Markdown.
    text: String,
    /// What the document is about.
    kind: KnowledgeKind,
    /// Where the document comes from.
    origin: KnowledgeOrigin,
    /// The unit that the document belongs to; null: the whole plant, or TEP itself.
    unit: Option<String>,
    /// Tags that the document is about, the most important first.
    tags: Vec<String>,
    /// How well it fits; comparable within one search only, 0 when nothing was searched for.
    score: f64,
}

impl KnowledgePassage {
    fn new(passage: &Passage, score: f64) -> Self {
        Self {
            anchor: passage.anchor.to_string(),
            document: passage.document.to_string(),
            title: passage.title.clone(),
            heading: passage.heading.clone(),
            text: passage.text.clone(),
            kind: passage.kind.into(),
            origin: passage.origin.into(),
            unit: passage.unit.as_ref().map(ToString::to_string),
            tags: passage.tags.iter().map(ToString::to_string).collect(),
            score,
        }
    }
}

impl From<&FoundPassage> for KnowledgePassage {
    fn from(found: &FoundPassage) -> Self {
        Self::new(&found.passage, found.score)
    }
}

/// A document.
#[derive(SimpleObject, Clone, Debug)]
pub struct KnowledgeDocument {
    /// Its id, for example `disturbances/IDV_06` or `documents/start-up`.
    id: String,
    /// Its title.
    title: String,
    /// What it is about.
    kind: KnowledgeKind,
    /// Where it comes from.
    origin: KnowledgeOrigin,
    /// What kind of file it is.
    media: KnowledgeMedia,
    /// The unit that it belongs to; null: the whole plant, or TEP itself.
    unit: Option<String>,
    /// Tags that it is about, the most important first.
    tags: Vec<String>,
    /// Alarms that it answers, or that its disturbance raises.
    alarms: Vec<String>,
    /// Its headings with their texts, in their order; empty in a list.
    passages: Vec<KnowledgePassage>,
    /// How many passages it has.
    passage_count: usize,
    /// Bytes of its file; null for what TEP comes with.
    size: Option<u64>,
    /// Who has uploaded it.
    added_by: Option<String>,
    /// When it was uploaded.
    added_at: Option<DateTime<Utc>>,
    /// Why nothing of it can be found.
    problem: Option<String>,
}

impl KnowledgeDocument {
    /// A document with those of its passages that are to be shown; facts come from the first passage there is.
    pub(in crate::graphql) fn new(known: &KnownDocument, first: Option<&Passage>, shown: &[&Passage]) -> Self {
        let texts = |all: Option<Vec<String>>| all.unwrap_or_default();
        Self {
            id: known.id.to_string(),
            title: known.title.clone(),
            kind: known.kind.into(),
            origin: known.origin.into(),
            media: known.media.into(),
            unit: first.and_then(|passage| passage.unit.as_ref().map(ToString::to_string)),
            tags: texts(first.map(|passage| passage.tags.iter().map(ToString::to_string).collect())),
            alarms: texts(first.map(|passage| passage.alarms.iter().map(ToString::to_string).collect())),
            passages: shown.iter().map(|passage| KnowledgePassage::new(passage, 0.0)).collect(),
            passage_count: known.passages,
            size: known.size,
            added_by: known.added.as_ref().map(|(who, _)| who.clone()),
            added_at: known.added.as_ref().map(|(_, at)| at.to_datetime()),
            problem: known.problem.clone(),
        }
    }
}

/// Documents, page by page, in the order of their ids.
#[derive(SimpleObject, Clone, Debug)]
pub struct KnowledgeConnection {
    /// The documents of this page.
    edges: Vec<KnowledgeEdge>,
    /// Where the page ends.
    page_info: PageInfo,
    /// How many there are on all pages.
    total_count: usize,
}

/// One document of a page.
#[derive(SimpleObject, Clone, Debug)]
pub struct KnowledgeEdge {
    /// Pass it as `after` to go on behind this document.
    cursor: String,
    /// The document.
    node: KnowledgeDocument,
}

impl KnowledgeConnection {
    /// The page of `first` documents after a cursor; `all` are in the order of their ids.
    pub(in crate::graphql) fn page(
        all: Vec<KnowledgeDocument>,
        first: usize,
        after: Option<&str>,
    ) -> Result<Self, ApiError> {
        let wrong = || ApiError::invalid("`after` is not a cursor of this list");
        let read = |text: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok();
        let after = after.map(|text| read(text).ok_or_else(wrong)).transpose()?;
        let total_count = all.len();
        let start = after.map_or(0, |after| all.partition_point(|document| document.id <= after));
        let edges: Vec<KnowledgeEdge> = all
            .into_iter()
            .skip(start)
            .take(first)
            .map(|node| KnowledgeEdge { cursor: URL_SAFE_NO_PAD.encode(&node.id), node })
            .collect();
        let page_info = PageInfo {
            has_next_page: start + edges.len() < total_count,
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        Ok(Self { edges, page_info, total_count })
    }
}

/// What was searched.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnowledgeHome {
    /// The index beside the data of this node.
    Embedded,
    /// A Qdrant server.
    Qdrant,
}

/// What a search has found.
#[derive(SimpleObject, Clone, Debug)]
pub struct KnowledgeSearch {
    /// The passages, the best first.
    passages: Vec<KnowledgePassage>,
    /// What was searched.
    home: KnowledgeHome,
    /// Whether meaning counted, not only words.
    by_meaning: bool,
    /// What is configured and took no part, with the reason; null when everything did.
    without: Option<String>,
}

impl From<&Finding> for KnowledgeSearch {
    fn from(found: &Finding) -> Self {
        Self {
            passages: found.passages.iter().map(KnowledgePassage::from).collect(),
            home: match found.means.home {
                Home::Embedded => KnowledgeHome::Embedded,
                Home::Qdrant => KnowledgeHome::Qdrant,
            },
            by_meaning: found.means.vectors,
            without: found.means.without.clone(),
        }
    }
}

/// How the library of this node stands.
#[derive(SimpleObject, Clone, Debug)]
pub struct KnowledgeState {
    /// Documents that are known of this plant.
    documents: usize,
    /// Passages that can be found on this node.
    passages: usize,
    /// Of them, those whose meaning is known.
    passages_with_meaning: usize,
    /// Who computes meanings; null: words alone decide.
    encoder: Option<String>,
    /// What is wrong with who computes meanings.
    encoder_problem: Option<String>,
    /// Whether a Qdrant server is searched.
    has_server: bool,
    /// What is wrong with the server; meanwhile the embedded index is searched.
    server_problem: Option<String>,
    /// What could not be looked at: files, the database.
    problems: Vec<String>,
    /// When everything was read last; null: not yet.
    read_at: Option<DateTime<Utc>>,
}

impl KnowledgeState {
    /// From a catalogue, with the number of documents of this plant.
    pub(in crate::graphql) fn new(catalogue: &Catalogue, documents: usize) -> Self {
        let standing = &catalogue.standing;
        Self {
            documents,
            passages: standing.passages,
            passages_with_meaning: standing.with_meaning,
            encoder: standing.encoder.clone(),
            encoder_problem: standing.encoder_problem.clone(),
            has_server: standing.has_server,
            server_problem: standing.server_problem.clone(),
            problems: catalogue.problems.to_vec(),
            read_at: catalogue.read_at.map(domain::WallTime::to_datetime),
        }
    }
}
