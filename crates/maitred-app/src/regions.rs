//! In which region each source reads phones. Kept in memory, so that the path of a contact reads nothing from the
//! store; filled at start, and kept up by every change of a source that goes through this node. When another node
//! changed a source, all are read again.

use crate::identity::Region;
use maitred_core::{Source, SourceId};
use maitred_store::{Store, StoreError};
use rustc_hash::FxHashMap;
use std::sync::{PoisonError, RwLock};

/// Regions by source, with the deployment's for sources that have none.
pub struct Regions {
    deployment: Option<Region>,
    of_sources: RwLock<FxHashMap<SourceId, Option<Region>>>,
}

impl Regions {
    /// Knows no source yet.
    #[must_use]
    pub fn new(deployment: Option<Region>) -> Self {
        Self { deployment, of_sources: RwLock::default() }
    }

    /// The region for phones that come from no source.
    #[must_use]
    pub const fn of_deployment(&self) -> Option<Region> {
        self.deployment
    }

    /// The region of a source. Asks the store about one it has not seen.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn of(&self, source: SourceId, store: &Store) -> Result<Option<Region>, StoreError> {
        if let Some(region) = self.known(source) {
            return Ok(region.or(self.deployment));
        }
        let found = store.source(source).await?;
        found.iter().for_each(|source| self.learn(source));
        Ok(self.known(source).flatten().or(self.deployment))
    }

    /// Takes note of the settings of a source.
    pub fn learn(&self, source: &Source) {
        let region = source.default_region.as_deref().and_then(|text| Region::try_from(text).ok());
        self.of_sources.write().unwrap_or_else(PoisonError::into_inner).insert(source.id, region);
    }

    /// Forgets all sources: another node changed one.
    pub fn forget(&self) {
        self.of_sources.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn known(&self, source: SourceId) -> Option<Option<Region>> {
        self.of_sources.read().unwrap_or_else(PoisonError::into_inner).get(&source).copied()
    }
}
