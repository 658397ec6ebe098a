//! What the methods of stores give. They are compiled here, once: the body of an `async fn` is compiled again in each
//! crate that awaits it, and a third of the functions that the console was made of was behind its questions.

use crate::StoreError;
use futures_util::future::BoxFuture;
use std::any::Any;

/// The answer of a store, once it is there.
pub type StoreFuture<'store, T> = BoxFuture<'store, Result<T, StoreError>>;

/// Does work on a thread where it may block. The runtime's part is the same code for all work, for it sees a box.
///
/// # Errors
/// [`StoreError::Engine`] when the work panics, [`StoreError::Stopping`] when the runtime ends.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    let work: Box<dyn FnOnce() -> Box<dyn Any + Send> + Send> = Box::new(move || Box::new(work()));
    let done = tokio::task::spawn_blocking(work).await.map_err(|ended| match ended.is_panic() {
        true => StoreError::Engine("a question to the store stopped on a bug; see the log".to_owned()),
        false => StoreError::Stopping,
    })?;
    Ok(*done.downcast().expect("it is what the work gives"))
}
