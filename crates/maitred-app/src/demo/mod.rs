//! Demo data: a small call centre with a day behind it, which can be loaded into any database and removed again. Its
//! sources, operators and leads are marked as such for good, and the rules keep them apart from all others
//! (docs/decisions/0016-demo-data.md says why).
//!
//! Loading (`load`) is what bots and operators do, command by command: the people of `people`, by the clock of
//! `day`. Removing begins with one command, after which nothing of the demo goes on; the rest is deleted in small
//! steps (`remove`), by this process or the next.

mod day;
mod load;
mod people;
mod remove;

pub use load::{CONTACTS_DEFAULT, CONTACTS_MAX, Loading};
pub(crate) use remove::of_store;
pub use remove::{Step, close_accounts, step};

use crate::batcher::ExecuteError;
use maitred_core::Rejection;
use maitred_store::views::DemoRows;
use maitred_store::{Store, StoreError};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// How far the demo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoState {
    /// There is nothing of it.
    Absent,
    /// This node is loading it.
    Loading,
    /// It is there, or as much of it as was loaded before somebody stopped that.
    Loaded,
    /// Its sources are deleted, and the rest is about to be.
    Removing,
}

impl DemoState {
    pub const ALL: [Self; 4] = [Self::Absent, Self::Loading, Self::Loaded, Self::Removing];

    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Loading => "loading",
            Self::Loaded => "loaded",
            Self::Removing => "removing",
        }
    }

    pub(crate) const fn of(rows: &DemoRows) -> Self {
        match (rows.sources.is_empty(), rows.operators.is_empty() && !rows.has_leads) {
            (false, _) => Self::Loaded,
            (true, false) => Self::Removing,
            (true, true) => Self::Absent,
        }
    }
}

/// Why the demo was not loaded.
#[derive(Clone, Debug)]
pub enum LoadDemoError {
    /// It is there, or on its way there or from there.
    NotNow(DemoState),
    /// It was removed while it was being loaded.
    Removed,
    Execute(ExecuteError),
}

impl fmt::Display for LoadDemoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNow(DemoState::Loading) => write!(f, "demo data is being loaded already"),
            Self::NotNow(DemoState::Removing) => {
                write!(f, "demo data is being removed; wait until that is done, then load it again")
            }
            Self::NotNow(_) => write!(f, "demo data is loaded already; remove it first to load it again"),
            Self::Removed => write!(f, "demo data was removed while it was being loaded"),
            Self::Execute(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LoadDemoError {}

impl From<ExecuteError> for LoadDemoError {
    fn from(error: ExecuteError) -> Self {
        match error {
            // Nobody else deletes sources of the demo, and nothing else makes a name be taken that was free just now.
            ExecuteError::Rejected(Rejection::UnknownSource(_) | Rejection::UnknownOperator(_)) => Self::Removed,
            error => Self::Execute(error),
        }
    }
}

impl From<StoreError> for LoadDemoError {
    fn from(error: StoreError) -> Self {
        Self::Execute(ExecuteError::Store(std::sync::Arc::new(error)))
    }
}

/// What this process is doing with the demo.
#[derive(Default)]
pub struct Work {
    is_loading: AtomicBool,
    /// Wakes those who remove it.
    removal: Notify,
}

impl Work {
    /// How far the demo is.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn state(&self, store: &Store) -> Result<DemoState, StoreError> {
        match DemoState::of(&store.demo().await?) {
            DemoState::Loaded | DemoState::Absent if self.is_loading.load(Ordering::Relaxed) => Ok(DemoState::Loading),
            state => Ok(state),
        }
    }
}
