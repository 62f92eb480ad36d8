//! Where documents lie: in the binary, in the folder of the site, in the database.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use crate::actors::{Gathered, KnownDocument, Shelves};
use crate::config::bounds;
use crate::domain::{DocumentId, DocumentKind, DocumentMedia, DocumentOrigin, Passage, PlantId};
use crate::knowledge::{Draft, Source, built_in, chunk, slug};
use crate::retrieval::Reader;
use crate::storage::{DocumentCard, Storage, StorageError};

/// Folders within folders that are looked into.
const DEPTH_MAX: usize = 6;

/// Where documents lie.
#[derive(Debug)]
struct SiteShelves {
    /// Whom people's documents are kept by.
    storage: Storage,
    /// The folder of the site.
    folder: Option<PathBuf>,
    /// The plants of this node: a folder that is called as one holds its documents.
    plants: Vec<PlantId>,
    /// Reads files.
    reader: Reader,
    /// PDFs of the folder that have been read, by the digest of their file: taking one apart again would say the same.
    taken_apart: Mutex<BTreeMap<String, Result<Vec<String>, String>>>,
    /// What lay in the database and in the folder when they could be read last. A database that is away takes nothing from who
    /// looks something up.
    last: Mutex<(Part, Part)>,
}

/// What lies in one place.
#[derive(Clone, Debug, Default)]
struct Part {
    documents: Vec<KnownDocument>,
    passages: Vec<Passage>,
}

/// A file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    /// Its path below the folder, with `/`.
    name: String,
    path: PathBuf,
    media: DocumentMedia,
    size: u64,
    changed: u128,
}

#[async_trait]
impl Shelves for SiteShelves {
    async fn mark(&self) -> String {
        let mut hash = Sha256::new();
        match self.storage.document_cards().await {
            Ok(cards) => {
                for card in cards {
                    hash.update(format!("{} {} {} {}\n", card.plant, card.id, card.digest, card.added_at));
                }
            }
            Err(e) => hash.update(format!("{e}\n")),
        }
        if let Some(folder) = self.folder.clone() {
            let found = tokio::task::spawn_blocking(move || files(&folder)).await;
            hash.update(format!("{found:?}"));
        }
        format!("{:x}", hash.finalize())
    }

    async fn gather(&self) -> Gathered {
        let mut gathered = in_the_binary();
        let (database, folder) = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let database = self.in_the_database().await.unwrap_or_else(|problem| {
            gathered.problems.push(problem);
            database
        });
        let folder = match &self.folder {
            Some(at) => self.in_the_folder(at, &mut gathered.problems).await.unwrap_or_else(|problem| {
                gathered.problems.push(problem);
                folder
            }),
            None => Part::default(),
        };
        for part in [&database, &folder] {
            gathered.documents.extend_from_slice(&part.documents);
            gathered.passages.extend_from_slice(&part.passages);
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = (database, folder);
        gathered
    }
}

fn in_the_binary() -> Gathered {
    let known = built_in();
    let mut documents: Vec<KnownDocument> = Vec::new();
    for passage in &known.passages {
        match documents.last_mut().filter(|last| last.id == passage.document) {
            Some(last) => last.passages += 1,
            None => documents.push(KnownDocument {
                id: passage.document.clone(),
                plant: None,
                origin: DocumentOrigin::BuiltIn,
                kind: passage.kind,
                media: DocumentMedia::Markdown,
                title: passage.title.clone(),
                passages: 1,
                size: None,
                added: None,
                problem: None,
            }),
        }
    }
    Gathered { documents, passages: known.passages.clone(), problems: Vec::new() }
}

/// What a document becomes: its passages, or why there are none.
struct Shelved {
    id: DocumentId,
    plant: Option<PlantId>,
    origin: DocumentOrigin,
    media: DocumentMedia,
    size: u64,
    added: Option<(String, crate::domain::WallTime)>,
    /// Its title if it says none itself.
    title: String,
    read: Result<(Draft, Vec<Passage>), String>,
}

impl Shelved {
    fn add_to(self, part: &mut Part) {
        let (kind, title, passages, problem) = match self.read {
            Ok((draft, passages)) => {
                let first = passages.first();
                let kind = draft.front.kind.unwrap_or(DocumentKind::Document);
                let title = first.map_or_else(|| self.title.clone(), |passage| passage.title.clone());
                let problem = passages.is_empty().then(|| "there is no text in it".to_owned());
                (kind, title, passages, problem)
            }
            Err(problem) => (DocumentKind::Document, self.title.clone(), Vec::new(), Some(problem)),
        };
        part.documents.push(KnownDocument {
            id: self.id,
            plant: self.plant,
            origin: self.origin,
            kind,
            media: self.media,
            title,
            passages: passages.len(),
            size: Some(self.size),
            added: self.added,
            problem,
        });
        part.passages.extend(passages);
    }
}

/// Divides what was read.
fn divided(media: DocumentMedia, pages: &[String]) -> Result<Draft, String> {
    let all = pages.join("\n\n");
    let source = match media {
        DocumentMedia::Markdown => Source::Markdown(&all),
        DocumentMedia::Text => Source::Text(&all),
        DocumentMedia::Pdf => Source::Pages(pages),
    };
    chunk(source).map_err(|e| e.to_string())
}

/// The name of a file without folders and ending.
fn stem(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

impl SiteShelves {
    async fn in_the_database(&self) -> Result<Part, String> {
        let away = |e: StorageError| format!("what people have added cannot be read just now: {e}");
        let mut part = Part::default();
        for card in self.storage.document_cards().await.map_err(away)? {
            // One that has been removed since is none.
            let Some(pages) = self.storage.document_pages(&card.plant, &card.id).await.map_err(away)? else { continue };
            let read = divided(card.media, &pages).map(|draft| as_added(draft, &card));
            let shelved = Shelved {
                title: stem(&card.name).to_owned(),
                id: card.id,
                plant: Some(card.plant),
                origin: DocumentOrigin::Uploaded,
                media: card.media,
                size: card.size,
                added: Some((card.added_by, card.added_at)),
                read,
            };
            shelved.add_to(&mut part);
        }
        Ok(part)
    }

    async fn in_the_folder(&self, folder: &Path, problems: &mut Vec<String>) -> Result<Part, String> {
        let at = folder.to_owned();
        let found = tokio::task::spawn_blocking(move || files(&at)).await.map_err(|e| e.to_string())??;
        if found.len() > bounds::FOLDER_DOCUMENTS.most {
            let first = &found[bounds::FOLDER_DOCUMENTS.most].name;
            let problem = format!(
                "{} has {} files, at most {} are read: from {first} on they are left out",
                folder.display(),
                found.len(),
                bounds::FOLDER_DOCUMENTS.most
            );
            problems.push(problem);
        }
        let mut part = Part::default();
        let mut kept = BTreeMap::new();
        let mut ids: BTreeSet<DocumentId> = BTreeSet::new();
        for file in found.into_iter().take(bounds::FOLDER_DOCUMENTS.most) {
            let plant =
                file.name.split_once('/').and_then(|(first, _)| self.plants.iter().find(|p| p.as_str() == first));
            let id = id_of(&file.name, &ids);
            ids.insert(id.clone());
            let read = self.read(&file, &mut kept).await.and_then(|pages| divided(file.media, &pages));
            let title = stem(&file.name).to_owned();
            let read = read.map(|draft| {
                let passages = draft.passages(&id, DocumentOrigin::Folder, plant, &title);
                (draft, passages)
            });
            let shelved = Shelved {
                id,
                plant: plant.cloned(),
                origin: DocumentOrigin::Folder,
                media: file.media,
                size: file.size,
                added: None,
                title,
                read,
            };
            shelved.add_to(&mut part);
        }
        *self.taken_apart.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(part)
    }

    /// The text of a file. A PDF that was read before is not read again.
    async fn read(
        &self,
        file: &Found,
        kept: &mut BTreeMap<String, Result<Vec<String>, String>>,
    ) -> Result<Vec<String>, String> {
        if file.size > bounds::DOCUMENT_FILE.most as u64 {
            return Err(
                crate::retrieval::ReadingError::TooLarge(usize::try_from(file.size).unwrap_or(usize::MAX)).to_string()
            );
        }
        let (reader, path, media) = (self.reader.clone(), file.path.clone(), file.media);
        let content = tokio::fs::read(&path).await.map_err(|e| e.to_string())?;
        let digest = format!("{:x}", Sha256::digest(&content));
        if media == DocumentMedia::Pdf {
            let before = self.taken_apart.lock().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
            if let Some(before) = before {
                kept.insert(digest, before.clone());
                return before;
            }
        }
        let read = tokio::task::spawn_blocking(move || reader.read(media, &content)).await;
        let read = read.map_err(|_| "it was not read: TEP goes down".to_owned())?.map_err(|e| e.to_string());
        if media == DocumentMedia::Pdf {
            kept.insert(digest, read.clone());
        }
        read
    }
}

/// What who added a document has said of it comes before what it says itself.
fn as_added(mut draft: Draft, card: &DocumentCard) -> (Draft, Vec<Passage>) {
    if let Some(title) = &card.title {
        draft.title = Some(title.clone());
    }
    if let Some(unit) = &card.unit {
        draft.front.unit = Some(unit.to_string());
    }
    if !card.tags.is_empty() {
        draft.front.tags = card.tags.iter().map(ToString::to_string).collect();
    }
    let passages = draft.passages(&card.id, DocumentOrigin::Uploaded, Some(&card.plant), stem(&card.name));
    (draft, passages)
}

/// `pumps/P 101.md` is `folder/pumps/p-101`; a second file of that name is told apart by its ending, a third by a number.
fn id_of(name: &str, taken: &BTreeSet<DocumentId>) -> DocumentId {
    let (name, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let parts: Vec<String> = name.split('/').map(slug).collect();
    let id = format!("folder/{}", parts.join("/"));
    let numbered = (2_u32..).map(|n| format!("{id}-{n}"));
    let mut candidates =
        [id.clone(), format!("{id}-{}", slug(ending))].into_iter().chain(numbered).map(DocumentId::from);
    candidates.find(|one| !taken.contains(one)).expect("numbers do not end")
}

/// The files of a folder that can be read, in the order of their names. Links are not followed, hidden files not looked at.
fn files(folder: &Path) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    walk(folder, "", 0, &mut found)?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn walk(folder: &Path, below: &str, depth: usize, found: &mut Vec<Found>) -> Result<(), String> {
    let told = |e: std::io::Error| format!("{} cannot be read: {e}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(told)? {
        let entry = entry.map_err(told)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type().map_err(told)?;
        if name.starts_with('.') || kind.is_symlink() || found.len() > 2 * bounds::FOLDER_DOCUMENTS.most {
            continue;
        }
        let whole = format!("{below}{name}");
        if kind.is_dir() && depth < DEPTH_MAX {
            walk(&entry.path(), &format!("{whole}/"), depth + 1, found)?;
        } else if let (true, Some(media)) = (kind.is_file(), DocumentMedia::of_file(&name)) {
            let facts = entry.metadata().map_err(told)?;
            let changed = facts.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let changed = changed.map_or(0, |since| since.as_nanos());
            found.push(Found { name: whole, path: entry.path(), media, size: facts.len(), changed });
        }
    }
    Ok(())
}

/// The shelves as configured.
pub fn shelves(storage: &Storage, folder: Option<&PathBuf>, plants: Vec<PlantId>, reader: Reader) -> Arc<dyn Shelves> {
    Arc::new(SiteShelves {
        storage: storage.clone(),
        folder: folder.cloned(),
        plants,
        reader,
        taken_apart: Mutex::default(),
        last: Mutex::default(),
    })
}
