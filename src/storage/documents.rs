//! Documents that people have added to what is known of a plant.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr,
};

use super::entities::knowledge_document as document;
use super::{Result, Storage, storable, storable_option};
use crate::domain::{DocumentId, DocumentMedia, PlantId, TagId, UnitId, WallTime};

const READ: &str = "read the documents";
const KEEP: &str = "keep a document";

/// A document as somebody has added it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDocument {
    /// What it is, without what it holds.
    pub card: DocumentCard,
    /// Its text: of a PDF a page each, else all of it.
    pub pages: Vec<String>,
}

/// What is known of a document without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentCard {
    /// Of which plant.
    pub plant: PlantId,
    /// Its id, unique in the plant.
    pub id: DocumentId,
    /// The name of its file.
    pub name: String,
    /// What kind of file it is.
    pub media: DocumentMedia,
    /// Its title as given by who added it; `None`: what it says itself.
    pub title: Option<String>,
    /// The unit that it belongs to, as given.
    pub unit: Option<UnitId>,
    /// Tags that it is about, as given.
    pub tags: Vec<TagId>,
    /// Bytes of its file.
    pub size: u64,
    /// SHA-256 of its file, in hexadecimal.
    pub digest: String,
    /// Who added it.
    pub added_by: String,
    /// When.
    pub added_at: WallTime,
}

impl Storage {
    /// Keeps a document. `false`: its id is taken.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn add_document(&self, document: &StoredDocument, content: &[u8]) -> Result<bool> {
        let card = &document.card;
        let pages: Vec<String> = document.pages.iter().map(|page| storable(page)).collect();
        let row = document::ActiveModel {
            plant: Set(card.plant.to_string()),
            id: Set(card.id.to_string()),
            name: Set(storable(&card.name)),
            media: Set(card.media.word().to_owned()),
            title: Set(storable_option(card.title.as_ref())),
            unit: Set(card.unit.as_ref().map(ToString::to_string)),
            tags: Set(
                serde_json::Value::from(card.tags.iter().map(ToString::to_string).collect::<Vec<_>>()).to_string()
            ),
            size: Set(card.size.cast_signed()),
            digest: Set(card.digest.clone()),
            pages: Set(serde_json::Value::from(pages).to_string()),
            content: Set(content.to_vec()),
            added_by: Set(storable(&card.added_by)),
            added_at: Set(card.added_at.as_micros()),
        };
        match document::Entity::insert(row).exec_without_returning(&self.0.db.write).await {
            Ok(_) => Ok(true),
            Err(e) if matches!(e.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
            Err(e) => Err(self.failed(KEEP)(e)),
        }
    }

    /// Removes a document. `false`: there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remove_document(&self, plant: &PlantId, id: &DocumentId) -> Result<bool> {
        let key = (plant.to_string(), id.to_string());
        let done = document::Entity::delete_by_id(key).exec(&self.0.db.write).await;
        done.map(|done| done.rows_affected > 0).map_err(self.failed("remove a document"))
    }

    /// What there is, in the order of plants and ids.
    ///
    /// # Errors
    /// When the database does not answer, or holds what was never written.
    pub async fn document_cards(&self) -> Result<Vec<DocumentCard>> {
        type Row = (String, String, String, String, Option<String>, Option<String>, String, i64, String, String, i64);
        let rows: Vec<Row> = document::Entity::find()
            .select_only()
            .columns([
                document::Column::Plant,
                document::Column::Id,
                document::Column::Name,
                document::Column::Media,
                document::Column::Title,
                document::Column::Unit,
                document::Column::Tags,
                document::Column::Size,
                document::Column::Digest,
                document::Column::AddedBy,
                document::Column::AddedAt,
            ])
            .order_by_asc(document::Column::Plant)
            .order_by_asc(document::Column::Id)
            .into_tuple()
            .all(&self.0.db.read)
            .await
            .map_err(self.failed(READ))?;
        let card = |(plant, id, name, media, title, unit, tags, size, digest, added_by, added_at): Row| {
            let problem = || self.corrupt(READ, format!("document {id} of {plant} makes no sense"));
            let tags: Vec<String> = serde_json::from_str(&tags).map_err(|_| problem())?;
            Ok(DocumentCard {
                media: DocumentMedia::from_word(&media).ok_or_else(problem)?,
                size: u64::try_from(size).map_err(|_| problem())?,
                plant: plant.into(),
                id: id.into(),
                name,
                title,
                unit: unit.map(Into::into),
                tags: tags.into_iter().map(Into::into).collect(),
                digest,
                added_by,
                added_at: WallTime::from_micros(added_at),
            })
        };
        rows.into_iter().map(card).collect()
    }

    /// The text of a document; `None`: there is none.
    ///
    /// # Errors
    /// When the database does not answer, or holds what was never written.
    pub async fn document_pages(&self, plant: &PlantId, id: &DocumentId) -> Result<Option<Vec<String>>> {
        let found: Option<String> = self.document_column(plant, id, document::Column::Pages).await?;
        let read = |text: String| {
            serde_json::from_str(&text).map_err(|_| self.corrupt(READ, format!("the text of {id} of {plant} is none")))
        };
        found.map(read).transpose()
    }

    /// The file of a document as it came; `None`: there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn document_content(&self, plant: &PlantId, id: &DocumentId) -> Result<Option<Vec<u8>>> {
        self.document_column(plant, id, document::Column::Content).await
    }

    /// How many documents a plant has.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn document_count(&self, plant: &PlantId) -> Result<u64> {
        let of_plant = document::Entity::find().filter(document::Column::Plant.eq(plant.as_str()));
        of_plant.count(&self.0.db.read).await.map_err(self.failed(READ))
    }

    async fn document_column<T: sea_orm::TryGetable>(
        &self,
        plant: &PlantId,
        id: &DocumentId,
        column: document::Column,
    ) -> Result<Option<T>> {
        let found = document::Entity::find()
            .select_only()
            .column(column)
            .filter(document::Column::Plant.eq(plant.as_str()))
            .filter(document::Column::Id.eq(id.as_str()))
            .into_tuple::<T>()
            .one(&self.0.db.read)
            .await;
        found.map_err(self.failed(READ))
    }
}
