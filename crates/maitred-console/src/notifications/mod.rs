//! How an operator is told of their contacts (`/operators/{id}/notifications`): the chat in Telegram, which is linked
//! by a code, the browsers that subscribed on their desk, and their e-mail address. Operators do it for themselves,
//! supervisors for anybody.

mod browsers;

use crate::ConsoleState;
use crate::shell::confirm::Confirm;
use crate::shell::{Page, Section, Viewer, see_other};
use crate::times;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use browsers::{BrowserRow, Tested};
use maitred_app::telegram::{LinkError, NewLink};
use maitred_core::{Operator, OperatorId};
use maitred_store::telegram::OperatorChat;
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::unknown;
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use std::sync::Arc;

pub(crate) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/operators/{id}/notifications", own(May::OwnOperator), show)
        .post("/operators/{id}/telegram/link", own(May::OwnOperator), link)
        .get("/operators/{id}/telegram/unlink", own(May::OwnOperator), ask_to_unlink)
        .post("/operators/{id}/telegram/unlink", own(May::OwnOperator), unlink)
        .post("/operators/{id}/browsers/{browser_id}/test", own(May::OwnOperator), browsers::test)
        .post("/operators/{id}/browsers/{browser_id}/remove", own(May::OwnOperator), browsers::remove)
}

#[derive(Template)]
#[template(path = "notifications/notifications.html")]
struct NotificationsPage<'a> {
    page: Page<'a>,
    operator: &'a Operator,
    chat: Option<&'a OperatorChat>,
    /// What the bot of the chat is called.
    username: Option<Arc<str>>,
    /// Since when it is linked, or blocked, as html.
    since: Option<String>,
    /// A code that was just made.
    link: Option<&'a NewLink>,
    /// Whether no source has a bot.
    has_no_bot: bool,
    browsers: Vec<BrowserRow>,
    /// What came of a test.
    tested: Option<Tested>,
}

impl NotificationsPage<'_> {
    fn is_linked(&self) -> bool {
        self.chat.is_some_and(|chat| chat.blocked_at.is_none())
    }

    fn is_blocked(&self) -> bool {
        self.chat.is_some_and(|chat| chat.blocked_at.is_some())
    }
}

/// `GET /operators/{id}/notifications`
async fn show(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    show_with(&viewer, &state, id, Shown::default()).await
}

/// `POST /operators/{id}/telegram/link`. The code is in this answer alone.
async fn link(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    match state.app().telegram().new_link(operator.id).await {
        Ok(link) => {
            let mut response = show_with(&viewer, &state, id, Shown { link: Some(&link), ..Shown::default() }).await?;
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Err(LinkError::NoBot) => show_with(&viewer, &state, id, Shown { has_no_bot: true, ..Shown::default() }).await,
        Err(LinkError::NoRandomness(error)) => Err(Problem::internal(&error)),
        Err(LinkError::Store(error)) => Err(error.into()),
    }
}

/// `GET /operators/{id}/telegram/unlink`
async fn ask_to_unlink(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    let ask = Confirm {
        page: viewer.page(viewer.t.t("telegram-unlink"), Section::Operators),
        what: &operator.name,
        means: viewer.t.t("telegram-unlink-means"),
        action: &format!("/operators/{id}/telegram/unlink"),
        back: &format!("/operators/{id}/notifications"),
    };
    ask.show(&viewer)
}

/// `POST /operators/{id}/telegram/unlink`
async fn unlink(State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    state.app().telegram().unlink(operator.id).await?;
    see_other(&format!("/operators/{id}/notifications"))
}

/// What the page says of what was just done.
#[derive(Default)]
struct Shown<'a> {
    link: Option<&'a NewLink>,
    has_no_bot: bool,
    tested: Option<Tested>,
}

async fn show_with(viewer: &Viewer, state: &AppState, id: i64, shown: Shown<'_>) -> Result<Response, Problem> {
    let operator = operator(state, id).await?;
    let browsers = state.app().push().store().browsers_of(operator.id).await?;
    let setup = state.app().telegram().setup().await?;
    let chat = setup.chats.iter().find(|chat| chat.operator == operator.id);
    let bot = chat.and_then(|chat| setup.bots.iter().find(|bot| bot.source == chat.source));
    let since = chat.map(|chat| times::age(viewer.t, viewer.now, chat.blocked_at.unwrap_or(chat.linked_at)));
    let page = viewer.page(viewer.t.of("notifications-of", &operator.name), Section::Operators);
    viewer.show(&NotificationsPage {
        page,
        operator: &operator,
        chat,
        username: bot.and_then(|bot| bot.username.clone()),
        since,
        link: shown.link,
        browsers: browsers.iter().map(|browser| BrowserRow::new(viewer, browser)).collect(),
        tested: shown.tested,
        has_no_bot: shown.has_no_bot || !setup.bots.iter().any(|bot| bot.token.is_some()),
    })
}

async fn operator(state: &AppState, id: i64) -> Result<Operator, Problem> {
    state.store().operator(OperatorId(id)).await?.ok_or_else(|| unknown("operator", &id))
}
