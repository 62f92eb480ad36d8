//! Small things to remember by name: the hash of the set-up token, the speed last ordered, the key that signs tokens.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, Insert, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::entities::setting;
use super::{OwnedPlant, Result, Storage, storable};

const REMEMBER: &str = "remember a setting";
/// The name under which a database is known again.
const DATABASE_ID: &str = "database_id";

impl OwnedPlant {
    /// Remembers under a name what belongs to the plant, in place of what was there; `None` forgets it.
    ///
    /// # Errors
    /// When it could not be made durable; `Fenced` when the plant is no longer ours.
    pub async fn save_setting(&self, name: &str, value: Option<&str>) -> Result<()> {
        let tx = self.begin_fenced(REMEMBER).await?;
        let done = match value {
            Some(value) => remembered(name, value).exec_without_returning(&tx).await.map(drop),
            None => setting::Entity::delete_by_id(storable(name)).exec(&tx).await.map(drop),
        };
        done.map_err(self.failed(REMEMBER))?;
        self.commit(REMEMBER, tx).await
    }
}

/// Something under a name, in place of what was there.
fn remembered(name: &str, value: &str) -> Insert<setting::ActiveModel> {
    let row = setting::ActiveModel { name: Set(storable(name)), setting_value: Set(storable(value)) };
    let replace = OnConflict::column(setting::Column::Name).update_column(setting::Column::SettingValue).to_owned();
    setting::Entity::insert(row).on_conflict(replace)
}

impl Storage {
    /// The newest change of the database that this version knows.
    pub fn schema(&self) -> String {
        migrations::names().pop().unwrap_or_default()
    }

    /// What this database is called, so that nodes find out whether they work on the same one. It is named the first time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn database_id(&self) -> Result<String> {
        self.setting_or_insert(DATABASE_ID, &Uuid::now_v7().to_string()).await
    }

    /// What is remembered under a name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let found = setting::Entity::find_by_id(storable(name))
            .one(&self.0.db.read)
            .await
            .map_err(self.failed("read a setting"))?;
        Ok(found.map(|row| row.setting_value))
    }

    /// Remembers something under a name, in place of what was there.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        remembered(name, value).exec_without_returning(&self.0.db.write).await.map_err(self.failed(REMEMBER))?;
        Ok(())
    }

    /// Remembers something only where nothing is; returns what stands there then. Of two that do it at once, both are
    /// told the same.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn setting_or_insert(&self, name: &str, value: &str) -> Result<String> {
        let row = setting::ActiveModel { name: Set(storable(name)), setting_value: Set(storable(value)) };
        let first_counts = OnConflict::column(setting::Column::Name).do_nothing().to_owned();
        setting::Entity::insert(row)
            .on_conflict(first_counts)
            .exec_without_returning(&self.0.db.write)
            .await
            .map_err(self.failed(REMEMBER))?;
        Ok(self.setting(name).await?.unwrap_or_else(|| value.to_owned()))
    }

    /// What is remembered under the names that begin so, in their order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn settings_below(&self, beginning: &str) -> Result<Vec<(String, String)>> {
        // There are few of them, and what `LIKE` would make of an underscore is none of our business.
        let rows = setting::Entity::find()
            .order_by_asc(setting::Column::Name)
            .all(&self.0.db.read)
            .await
            .map_err(self.failed("read settings"))?;
        let found = rows.into_iter().map(|row| (row.name, row.setting_value));
        Ok(found.filter(|(name, _)| name.starts_with(beginning)).collect())
    }

    /// Forgets what was remembered under a name if it is this; of two who come at the same time, one is told `true`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remove_setting_if(&self, name: &str, value: &str) -> Result<bool> {
        let gone = setting::Entity::delete_many()
            .filter(setting::Column::Name.eq(storable(name)))
            .filter(setting::Column::SettingValue.eq(storable(value)))
            .exec(&self.0.db.write)
            .await
            .map_err(self.failed("forget a setting"))?;
        Ok(gone.rows_affected > 0)
    }
}
