//! What is known beforehand, as the entrance sees it: what can be asked of it, and how a document is added.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tracing::warn;

use super::api::{Change, storage_error};
use super::error::{ApiError, ErrorCode};
use super::types::{KnowledgeConnection, KnowledgeDocument, KnowledgeFilter, KnowledgeSearch, KnowledgeState};
use super::{Api, Visitor};
use crate::actors::Catalogue;
use crate::config::bounds;
use crate::domain::{DocumentId, DocumentMedia, DocumentOrigin, Passage, PassageFilter, TagId, UnitId};
use crate::knowledge::{Source, chunk, of_plant, slug};
use crate::retrieval::{Library, Reader, ReadingError, Retriever};
use crate::security::{Action, Resource};
use crate::storage::{DocumentCard, Storage, StoredDocument};
use crate::telemetry::events;

/// Longest question, characters.
const QUESTION_MAX: usize = 1_000;
/// Longest name or title of a document, characters.
const NAME_MAX: usize = 200;
/// Tags of a document at most.
const TAGS_MAX: usize = 30;

/// What is known beforehand: what is searched, where people's documents are kept, and who reads files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// What is searched.
    pub library: Library,
    /// Where people's documents are kept.
    pub storage: Storage,
    reader: Reader,
    readings: Arc<Semaphore>,
}

impl Knowledge {
    /// Over a library.
    pub fn new(library: Library, storage: Storage, reader: Reader) -> Self {
        Self { library, storage, reader, readings: Arc::new(Semaphore::new(bounds::READINGS.most)) }
    }
}

/// What somebody says of a document that they add.
#[derive(Clone, Debug, Default)]
pub(super) struct Offered {
    /// The name of its file.
    pub name: String,
    /// Its title; without it, what it says itself.
    pub title: Option<String>,
    /// The unit that it belongs to.
    pub unit: Option<String>,
    /// Tags that it is about.
    pub tags: Vec<String>,
}

impl Api {
    fn knowledge(&self) -> Result<&Knowledge, ApiError> {
        self.knowledge.as_ref().ok_or_else(|| ApiError::new(ErrorCode::NotFound, "this node keeps no library"))
    }

    async fn catalogue(&self) -> Result<Catalogue, ApiError> {
        self.knowledge()?;
        let away = || ApiError::unavailable("the librarian");
        let librarian = self.root.librarian().await.map_err(|_| away())?;
        librarian.catalogue().await.map_err(|_| away())
    }

    /// How the library stands.
    pub(super) async fn knowledge_state(&self) -> Result<KnowledgeState, ApiError> {
        let catalogue = self.catalogue().await?;
        let of_plant = of_plant(&self.plant);
        let documents =
            catalogue.documents.iter().filter(|one| is_of(one.plant.as_ref(), one.origin, &of_plant)).count();
        Ok(KnowledgeState::new(&catalogue, documents))
    }

    /// A page of documents.
    pub(super) async fn knowledge_documents(
        &self,
        filter: KnowledgeFilter,
        first: usize,
        after: Option<&str>,
    ) -> Result<KnowledgeConnection, ApiError> {
        let filter = filter.of(&self.plant);
        let firsts = self.first_passages()?;
        let mut documents: Vec<KnowledgeDocument> = Vec::new();
        let catalogue = self.catalogue().await?;
        let mut known: Vec<_> =
            catalogue.documents.iter().filter(|one| is_of(one.plant.as_ref(), one.origin, &filter)).collect();
        known.sort_by(|a, b| a.id.cmp(&b.id));
        for document in known {
            let first = firsts.get(&document.id).map(Arc::as_ref);
            // Of one that cannot be read nobody knows what it is about.
            if first.map_or(filter.is_about_anything(), |first| filter.takes(first)) {
                documents.push(KnowledgeDocument::new(document, first, &[]));
            }
        }
        KnowledgeConnection::page(documents, first, after)
    }

    /// One document with its passages.
    pub(super) async fn knowledge_document(&self, id: &str) -> Result<Option<KnowledgeDocument>, ApiError> {
        let filter = of_plant(&self.plant);
        let catalogue = self.catalogue().await?;
        let found = |one: &&crate::actors::KnownDocument| {
            one.id.as_str() == id && is_of(one.plant.as_ref(), one.origin, &filter)
        };
        let Some(known) = catalogue.documents.iter().find(found) else { return Ok(None) };
        let all = self.knowledge()?.library.everything();
        let of_it = |passage: &&Passage| passage.document == known.id && filter.takes(passage);
        let mut passages: Vec<&Passage> = all.iter().map(Arc::as_ref).filter(of_it).collect();
        passages.sort_by_key(|passage| passage.place);
        Ok(Some(KnowledgeDocument::new(known, passages.first().copied(), &passages)))
    }

    /// The first passage of each document.
    fn first_passages(&self) -> Result<BTreeMap<DocumentId, Arc<Passage>>, ApiError> {
        let of_plant = of_plant(&self.plant);
        let all = self.knowledge()?.library.everything();
        let shown = all.into_iter().filter(|passage| of_plant.takes(passage));
        Ok(shown.map(|passage| (passage.document.clone(), passage)).collect())
    }

    /// The passages that answer a question.
    pub(super) async fn search_knowledge(
        &self,
        question: &str,
        filter: KnowledgeFilter,
        first: usize,
    ) -> Result<KnowledgeSearch, ApiError> {
        if question.chars().count() > QUESTION_MAX {
            return Err(ApiError::invalid(format!("a question has at most {QUESTION_MAX} characters")));
        }
        let found = self.knowledge()?.library.passages(question, &filter.of(&self.plant), first).await;
        Ok(KnowledgeSearch::from(&found))
    }

    /// Adds a document, which can be found when this returns. The same file again is the same document.
    pub(super) async fn add_document(
        &self,
        visitor: &Visitor,
        offered: Offered,
        content: Vec<u8>,
    ) -> Result<DocumentCard, ApiError> {
        let knowledge = self.knowledge()?;
        let who = visitor.principal.as_ref().ok_or_else(ApiError::unauthenticated)?;
        let media = self.check_offered(&offered)?;
        let failed = |e| storage_error("keeping a document", &e);
        let digest = sha256(&content);
        let cards = knowledge.storage.document_cards().await.map_err(failed)?;
        let ours: Vec<&DocumentCard> = cards.iter().filter(|card| card.plant == self.plant.id).collect();
        if let Some(same) = ours.iter().find(|card| card.digest == digest && card.name == offered.name) {
            return Ok((*same).clone());
        }
        if ours.len() >= bounds::DOCUMENTS.most {
            let message = format!("the plant has {} documents, more are not kept; remove one", ours.len());
            return Err(ApiError::limit("DOCUMENTS", message));
        }
        let size = content.len() as u64;
        let (pages, content) = self.read_document(knowledge, media, content).await?;
        let mut card = DocumentCard {
            plant: self.plant.id.clone(),
            id: DocumentId::from(""),
            media,
            title: offered.title.clone().filter(|title| !title.trim().is_empty()),
            unit: offered.unit.as_deref().map(UnitId::from),
            tags: offered.tags.iter().map(|tag| TagId::from(tag.as_str())).collect(),
            size,
            digest,
            added_by: who.name.clone(),
            added_at: self.clock.now(),
            name: offered.name,
        };
        let stem = card.name.rsplit_once('.').map_or(card.name.as_str(), |(stem, _)| stem).to_owned();
        let own = format!("documents/{}", slug(card.title.as_deref().unwrap_or(&stem)));
        // Somebody may add one of the same name at the same moment, even on another node.
        for number in 1..=bounds::DOCUMENTS.most + 1 {
            card.id = if number == 1 { own.clone().into() } else { format!("{own}-{number}").into() };
            let document = StoredDocument { card: card.clone(), pages: pages.clone() };
            if knowledge.storage.add_document(&document, &content).await.map_err(failed)? {
                break;
            }
        }
        let on = Resource::Plant(self.plant.id.clone());
        let after = format!("added the document {} ({}, {size} bytes, SHA-256 {})", card.id, card.name, card.digest);
        self.audit_order(visitor, &Change { action: Action::KnowledgeEdit, on: &on, before: None, after }).await;
        self.read_again().await;
        Ok(card)
    }

    /// The text of a file; its bytes come back.
    async fn read_document(
        &self,
        knowledge: &Knowledge,
        media: DocumentMedia,
        content: Vec<u8>,
    ) -> Result<(Vec<String>, Vec<u8>), ApiError> {
        let Ok(_permit) = knowledge.readings.try_acquire() else {
            events::shed(bounds::READINGS.door, bounds::READINGS.when_full.policy());
            return Err(ApiError::unavailable("TEP reads other documents: this one"));
        };
        let reader = knowledge.reader.clone();
        let read = tokio::task::spawn_blocking(move || (reader.read(media, &content), content)).await;
        let (pages, content) = read.map_err(|_| ApiError::unavailable("TEP stops: the document"))?;
        let pages = pages.map_err(|e| match &e {
            ReadingError::TooLarge(_) | ReadingError::TooLong(_) => ApiError::limit("DOCUMENT", e.to_string()),
            _ => ApiError::invalid(e.to_string()),
        })?;
        let all = pages.join("\n\n");
        let source = match media {
            DocumentMedia::Markdown => Source::Markdown(&all),
            DocumentMedia::Text => Source::Text(&all),
            DocumentMedia::Pdf => Source::Pages(&pages),
        };
        match chunk(source) {
            Ok(draft) if draft.is_empty() => Err(ApiError::invalid(ReadingError::NoText.to_string())),
            Ok(_) => Ok((pages, content)),
            Err(e) => Err(ApiError::invalid(e.to_string())),
        }
    }

    fn check_offered(&self, offered: &Offered) -> Result<DocumentMedia, ApiError> {
        let lengths = [("name", Some(&offered.name)), ("title", offered.title.as_ref())];
        for (what, text) in lengths {
            if text.is_some_and(|text| text.chars().count() > NAME_MAX || text.contains(char::is_control)) {
                return Err(ApiError::invalid(format!("`{what}` has more than {NAME_MAX} characters, or line breaks")));
            }
        }
        if let Some(unit) = &offered.unit
            && !self.plant.units.iter().any(|known| known.id.as_str() == unit)
        {
            return Err(ApiError::invalid(format!("the plant has no unit `{unit}`")));
        }
        if offered.tags.len() > TAGS_MAX {
            return Err(ApiError::invalid(format!("a document is about at most {TAGS_MAX} tags")));
        }
        if let Some(tag) = offered.tags.iter().find(|tag| self.plant.tag_index(&tag.as_str().into()).is_none()) {
            return Err(ApiError::invalid(format!("the plant has no tag `{tag}`")));
        }
        let unknown =
            || ApiError::invalid(format!("`{}` is no name of a file that ends in .md, .txt or .pdf", offered.name));
        DocumentMedia::of_file(&offered.name).ok_or_else(unknown)
    }

    /// Removes a document that somebody has added; `false`: there is none.
    pub(super) async fn remove_document(&self, visitor: &Visitor, id: &str) -> Result<bool, ApiError> {
        let knowledge = self.knowledge()?;
        let removed = knowledge.storage.remove_document(&self.plant.id, &id.into()).await;
        if !removed.map_err(|e| storage_error("removing a document", &e))? {
            return Ok(false);
        }
        let on = Resource::Plant(self.plant.id.clone());
        let after = format!("removed the document {id}");
        self.audit_order(visitor, &Change { action: Action::KnowledgeEdit, on: &on, before: None, after }).await;
        self.read_again().await;
        Ok(true)
    }

    /// The file of a document that somebody has added, with its name and media.
    pub(super) async fn document_file(&self, id: &str) -> Result<Option<(DocumentCard, Vec<u8>)>, ApiError> {
        let knowledge = self.knowledge()?;
        let failed = |e| storage_error("reading a document", &e);
        let cards = knowledge.storage.document_cards().await.map_err(failed)?;
        let Some(card) = cards.into_iter().find(|card| card.plant == self.plant.id && card.id.as_str() == id) else {
            return Ok(None);
        };
        let content = knowledge.storage.document_content(&card.plant, &card.id).await.map_err(failed)?;
        Ok(content.map(|content| (card, content)))
    }

    /// What was changed is kept; a librarian that is away reads it when it is back.
    async fn read_again(&self) {
        let read = match self.root.librarian().await {
            Ok(librarian) => librarian.read_again().await,
            Err(away) => Err(away),
        };
        if read.is_err() {
            warn!("a document was changed, and the librarian has not read it yet");
        }
    }
}

/// Whether a document is one of this plant, as far as origin and plant go.
fn is_of(plant: Option<&crate::domain::PlantId>, origin: DocumentOrigin, filter: &PassageFilter) -> bool {
    (plant.is_none() || plant == filter.plant.as_ref()) && filter.origins.contains(&origin)
}

fn sha256(content: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    format!("{:x}", Sha256::digest(content))
}
