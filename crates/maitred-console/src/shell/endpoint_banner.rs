//! Whether a page says that webhooks have stopped because something is wrong with an endpoint. What is done about it is
//! in `endpoints`.

use super::wants_html;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use maitred_core::EndpointId;
use maitred_web::AppState;

/// The first endpoint that maitred has disabled for a fault.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stopped(pub(crate) Option<EndpointId>);

/// Finds out for every page. None fails for that.
pub(crate) async fn find_stopped(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if wants_html(request.headers()) {
        let stopped = state.app().webhooks().stopped().await.unwrap_or_default();
        request.extensions_mut().insert(Stopped(stopped));
    }
    next.run(request).await
}
