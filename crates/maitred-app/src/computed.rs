//! What takes a while to compute, away from the threads on which everything else is answered.

use maitred_store::StoreError;

/// Computes something on a thread of its own.
///
/// # Errors
/// [`StoreError::Engine`] when that stopped on a bug.
pub async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    let bug = |_| StoreError::Engine("a computation stopped on a bug; see the log".to_owned());
    tokio::task::spawn_blocking(work).await.map_err(bug)
}
