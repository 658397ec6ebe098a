//! The calls of `/api/v1`, one file for each noun. Every file holds the bodies its calls accept and answer, the
//! handlers, and `routes`, which registers each handler together with its part of the document.
//!
//! Paths are written out in full in every handler, so that a search for one finds it.

mod contact_bodies;
pub mod contacts;
pub mod decisions;
pub mod events;
pub mod keys;
pub mod leads;
pub mod operators;
pub mod preview;
pub mod sources;
pub mod stats;
pub mod weights;

use super::AppState;
use super::problem::{Problem, kinds};
use axum::http::Uri;
use utoipa_axum::router::OpenApiRouter;

/// All of them.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(contacts::routes())
        .merge(decisions::routes())
        .merge(leads::routes())
        .merge(operators::routes())
        .merge(sources::routes())
        .merge(preview::routes())
        .merge(weights::routes())
        .merge(stats::routes())
        .merge(events::routes())
        .merge(keys::routes())
}

/// The answer to a path that no call has.
pub async fn nothing_here(uri: Uri) -> Problem {
    let hint = if uri.path().len() > 1 && uri.path().ends_with('/') { "; leave out the slash at the end" } else { "" };
    kinds::UNKNOWN_PATH.because(format!("there is nothing at this path{hint}; /docs lists all calls"))
}
