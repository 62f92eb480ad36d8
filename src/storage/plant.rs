//! One plant's part of the storage, for reading.

use std::ops::Deref;
use std::sync::Arc;

use super::columns::Layout;
use super::connect::Connections;
use super::history::History;
use super::{Result, Storage};
use crate::domain::{Plant, PlantId};

/// One plant's part of the storage, for reading; what all plants share is reached through it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PlantStorage(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    shared: Storage,
    pub plant: Arc<Plant>,
    pub history: History,
    /// How scans are laid out under the plant file of now.
    pub layout: Layout,
}

impl Storage {
    /// One plant's part. Its sealed history is found where earlier versions have left it, and moved to its place.
    ///
    /// # Errors
    /// When its directory cannot be made, or holds another plant's files.
    pub fn for_plant(&self, plant: Arc<Plant>) -> Result<PlantStorage> {
        let history = History::open(&self.0.history_dir, &plant.id)?;
        let layout = Layout::of(&plant);
        Ok(PlantStorage(Arc::new(Inner { shared: self.clone(), plant, history, layout })))
    }
}

impl Deref for PlantStorage {
    type Target = Storage;

    fn deref(&self) -> &Storage {
        &self.0.shared
    }
}

impl PlantStorage {
    /// Whose part this is.
    pub fn plant(&self) -> &PlantId {
        &self.0.plant.id
    }

    pub(super) fn plant_id(&self) -> &str {
        self.0.plant.id.as_str()
    }

    pub(super) fn db(&self) -> &Connections {
        &self.0.shared.0.db
    }
}
