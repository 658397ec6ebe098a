//! The sources that nobody serves now, for the board. It is made up to four times a second and what it costs to check
//! all sources grows with them, so what was found is kept for a while: for 5 seconds at least, and for 20 times as long
//! as finding it took.

use maitred_app::lint::{Finding, uncovered};
use maitred_core::Timestamp;
use maitred_store::{Store, StoreError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most that the board names.
pub(crate) const NAMED_MAX: usize = 3;
const KEPT_MIN: Duration = Duration::from_secs(5);
const REST: u32 = 20;

/// What was found last, and until when it is kept.
#[derive(Default)]
pub(crate) struct Uncovered(Mutex<Option<(Instant, Found)>>);

type Found = Arc<[Finding]>;

impl Uncovered {
    /// The sources that nobody serves, as of a few seconds ago at most.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn read(&self, store: &Store, now: Timestamp) -> Result<Found, StoreError> {
        if let Some(found) = self.kept() {
            return Ok(found);
        }
        let began = Instant::now();
        let found: Found = uncovered(store, now).await?.into();
        let until = Instant::now() + (began.elapsed() * REST).max(KEPT_MIN);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, found.clone()));
        Ok(found)
    }

    fn kept(&self) -> Option<Found> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(until, _)| Instant::now() < *until).map(|(_, found)| found.clone())
    }
}
