//! How each source reads phones: in which region, and whether they begin with a country code. Kept in memory, so that
//! the path of a contact reads nothing from the store; filled at start, and kept up by every commit of this node that
//! changes a source. When another node changed a source, all are forgotten and read again when they are asked for.

use crate::batcher::CommitListener;
use crate::identity::{PhoneRules, Region};
use maitred_core::world::Changes;
use maitred_core::{Source, SourceId};
use maitred_store::views::{PAGE_ROWS_MAX, Page};
use maitred_store::{Store, StoreError};
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

/// Regions by source, with the deployment's for sources that have none.
pub struct Regions {
    deployment: Option<Region>,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    /// The region is that of the source alone.
    of_sources: FxHashMap<SourceId, PhoneRules>,
    /// Raised by every change. What was read from the store before a change is not remembered after it.
    version: u64,
}

impl Regions {
    /// Knows no source yet.
    #[must_use]
    pub fn new(deployment: Option<Region>) -> Self {
        Self { deployment, known: RwLock::default() }
    }

    /// The region for phones that come from no source.
    #[must_use]
    pub const fn of_deployment(&self) -> Option<Region> {
        self.deployment
    }

    /// How a source reads phones. Asks the store about one it does not know.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn of(&self, source: SourceId, store: &Store) -> Result<PhoneRules, StoreError> {
        if let Some(rules) = self.known(source) {
            return Ok(self.or_deployment(rules));
        }
        let version = self.version();
        let found = store.source(source).await?;
        self.remember(version, found.as_slice());
        Ok(self.or_deployment(found.as_ref().map(rules_of).unwrap_or_default()))
    }

    fn or_deployment(&self, rules: PhoneRules) -> PhoneRules {
        PhoneRules { region: rules.region.or(self.deployment), ..rules }
    }

    /// Reads those of all sources.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn read(&self, store: &Store) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let version = self.version();
            let sources = store.sources(Page { limit: PAGE_ROWS_MAX, after }).await?;
            self.remember(version, &sources);
            after = sources.last().map(|source| source.id.0);
            if sources.len() < PAGE_ROWS_MAX as usize {
                return Ok(());
            }
        }
    }

    /// Forgets all sources: another node changed one.
    pub fn forget(&self) {
        let mut known = self.write();
        known.version += 1;
        known.of_sources.clear();
    }

    fn known(&self, source: SourceId) -> Option<PhoneRules> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).of_sources.get(&source).copied()
    }

    fn version(&self) -> u64 {
        self.known.read().unwrap_or_else(PoisonError::into_inner).version
    }

    /// What was read from the store since this version, unless something changed meanwhile: it may be older than that.
    fn remember(&self, version: u64, read: &[Source]) {
        let mut known = self.write();
        if known.version == version {
            known.of_sources.extend(read.iter().map(|source| (source.id, rules_of(source))));
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the phones of a source are read, with no region where it has none of its own.
#[must_use]
pub fn rules_of(source: &Source) -> PhoneRules {
    let region = source.default_region.as_deref().and_then(|text| Region::try_from(text).ok());
    PhoneRules::of_source(region, source.kind)
}

impl CommitListener for Arc<Regions> {
    fn committed(&self, changes: &Changes) {
        if changes.sources_new.is_empty() && changes.sources_changed.is_empty() {
            return;
        }
        let mut known = self.write();
        known.version += 1;
        let changed = changes.sources_new.iter().chain(&changes.sources_changed);
        known.of_sources.extend(changed.map(|source| (source.id, rules_of(source))));
    }
}

#[cfg(test)]
mod tests;
