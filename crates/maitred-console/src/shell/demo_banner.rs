//! Whether a page says that demo data is there. What is done about it is in [`crate::demo`].

use super::wants_html;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use maitred_web::AppState;

/// Whether there is demo data.
#[derive(Clone, Copy, Default)]
pub(crate) struct HasDemo(pub(crate) bool);

/// Finds out for every page. None fails for that.
pub(crate) async fn find_demo(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if wants_html(request.headers()) {
        let has_demo = state.store().has_demo().await.unwrap_or_default();
        request.extensions_mut().insert(HasDemo(has_demo));
    }
    next.run(request).await
}
