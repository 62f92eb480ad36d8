//! Whom the database knows by name: for hiding them from language models.

use std::collections::BTreeSet;

use sea_orm::{EntityTrait, QuerySelect};

use super::entities::{account, knowledge_document};
use super::{Result, Storage};

const READ: &str = "read the names of persons";

impl Storage {
    /// The names of all accounts, closed ones too, since the journal names them, and of whoever has added a document.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn names_of_people(&self) -> Result<Vec<String>> {
        let db = &self.0.db.read;
        let accounts = account::Entity::find().select_only().column(account::Column::Name).into_tuple::<String>();
        let added = knowledge_document::Entity::find()
            .select_only()
            .column(knowledge_document::Column::AddedBy)
            .distinct()
            .into_tuple::<String>();
        let mut names: BTreeSet<String> = accounts.all(db).await.map_err(self.failed(READ))?.into_iter().collect();
        names.extend(added.all(db).await.map_err(self.failed(READ))?);
        Ok(names.into_iter().collect())
    }
}
