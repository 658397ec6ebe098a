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
    deployment: PhoneRules,
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
    pub fn new(deployment: impl Into<PhoneRules>) -> Self {
        Self { deployment: deployment.into(), known: RwLock::default() }
    }

    /// The region for phones that come from no source.
    #[must_use]
    pub const fn of_deployment(&self) -> Option<Region> {
        self.deployment.region
    }

    /// How phones are read that come from no source.
    #[must_use]
    pub const fn rules_of_deployment(&self) -> PhoneRules {
        self.deployment
    }

    /// How a source reads phones. Asks the store about one it does not know.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn of(&self, source: SourceId, store: &Store) -> Result<PhoneRules, StoreError> {
        let own = match self.known(source) {
            Some(rules) => rules,
            // Boxed: it is rare, and would make the future of each contact ten times as large.
            None => Box::pin(self.ask(source, store)).await?,
        };
        Ok(own.or(self.deployment))
    }

    async fn ask(&self, source: SourceId, store: &Store) -> Result<PhoneRules, StoreError> {
        let version = self.version();
        let found = store.source(source).await?;
        self.remember(version, found.as_slice());
        Ok(found.as_ref().map(PhoneRules::of_source).unwrap_or_default())
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
            known.of_sources.extend(read.iter().map(|source| (source.id, PhoneRules::of_source(source))));
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CommitListener for Arc<Regions> {
    fn committed(&self, changes: &Changes) {
        if changes.sources_new.is_empty() && changes.sources_changed.is_empty() {
            return;
        }
        let mut known = self.write();
        known.version += 1;
        let changed = changes.sources_new.iter().chain(&changes.sources_changed);
        known.of_sources.extend(changed.map(|source| (source.id, PhoneRules::of_source(source))));
    }
}

#[cfg(test)]
mod tests;
