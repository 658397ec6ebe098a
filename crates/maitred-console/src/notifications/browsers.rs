//! The browsers in which an operator is told: what is shown of each, a test, and removing one. They are added by the
//! button on the desk (`assets/push.js`).

use super::{Shown, operator, show_with};
use crate::shell::{Viewer, see_other};
use crate::times;
use axum::extract::State;
use axum::response::Response;
use maitred_app::push::{Sent, service};
use maitred_store::push::Browser;
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::unknown;
use std::sync::Arc;

/// Which browsers a push service is of, by the end of its host. A browser does not say what it is.
const VENDORS: [(&str, &str); 4] = [
    ("fcm.googleapis.com", "Chrome"),
    (".push.services.mozilla.com", "Firefox"),
    ("web.push.apple.com", "Safari"),
    (".notify.windows.com", "Edge"),
];

/// A browser, as it is shown.
pub(super) struct BrowserRow {
    pub id: i64,
    /// Whose browser that is, and the host of its push service.
    pub name: String,
    /// For how long it is told, and when it was last, as html.
    pub since: String,
    pub told: Option<String>,
    pub error: Option<Arc<str>>,
}

impl BrowserRow {
    pub(super) fn new(viewer: &Viewer, browser: &Browser) -> Self {
        let ago = |at| times::ago(viewer.t, viewer.now, at);
        let service = service(browser);
        let known = VENDORS.iter().find(|(host, _)| service.ends_with(host));
        Self {
            id: browser.id,
            name: known.map_or_else(|| service.to_string(), |(_, name)| format!("{name} ({service})")),
            since: ago(browser.created_at),
            told: browser.told_at.map(ago),
            error: browser.error.clone(),
        }
    }
}

/// What came of a test.
pub(super) struct Tested {
    pub is_taken: bool,
    pub says: String,
}

/// `POST /operators/{id}/browsers/{browser_id}/test`
pub(super) async fn test(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id, browser]): Ids<2>,
) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    let sent = state.app().push().test(&operator, browser).await?;
    let sent = sent.ok_or_else(|| unknown("browser", &browser))?;
    let t = viewer.t;
    let says = match &sent {
        Sent::Taken => t.t("notifications-taken"),
        Sent::Gone => t.t("notifications-gone"),
        Sent::Later(_) => t.t("notifications-later"),
        Sent::Unreachable(why) | Sent::Refused(why) => t.of("notifications-refused", why),
    };
    let tested = Some(Tested { is_taken: sent == Sent::Taken, says });
    show_with(&viewer, &state, id, Shown { tested, ..Shown::default() }).await
}

/// `POST /operators/{id}/browsers/{browser_id}/remove`
pub(super) async fn remove(State(state): State<AppState>, Ids([id, browser]): Ids<2>) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    state.app().push().store().remove(operator.id, browser).await?;
    see_other(&format!("/operators/{id}/notifications"))
}
