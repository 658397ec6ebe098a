//! The chat in which an operator is told of their contacts: linking it by a code, and unlinking it. Operators do it for
//! themselves, supervisors for anybody.

use crate::shell::confirm::Confirm;
use crate::shell::{Page, Section, Viewer, see_other};
use crate::times;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use maitred_app::telegram::{LinkError, NewLink};
use maitred_core::{Operator, OperatorId};
use maitred_store::telegram::OperatorChat;
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::unknown;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "telegram/operator.html")]
struct OperatorPage<'a> {
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
}

impl OperatorPage<'_> {
    fn is_linked(&self) -> bool {
        self.chat.is_some_and(|chat| chat.blocked_at.is_none())
    }

    fn is_blocked(&self) -> bool {
        self.chat.is_some_and(|chat| chat.blocked_at.is_some())
    }
}

/// `GET /operators/{id}/telegram`
pub(super) async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
) -> Result<Response, Problem> {
    show_with(&viewer, &state, id, None, false).await
}

/// `POST /operators/{id}/telegram/link`. The code is in this answer alone.
pub(super) async fn link(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    match state.app().telegram().new_link(operator.id).await {
        Ok(link) => {
            let mut response = show_with(&viewer, &state, id, Some(&link), false).await?;
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Err(LinkError::NoBot) => show_with(&viewer, &state, id, None, true).await,
        Err(LinkError::NoRandomness(error)) => Err(Problem::internal(&error)),
        Err(LinkError::Store(error)) => Err(error.into()),
    }
}

/// `GET /operators/{id}/telegram/unlink`
pub(super) async fn ask_to_unlink(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    let ask = Confirm {
        page: viewer.page(viewer.t.t("telegram-unlink"), Section::Operators),
        what: &operator.name,
        means: viewer.t.t("telegram-unlink-means"),
        action: &format!("/operators/{id}/telegram/unlink"),
        back: &format!("/operators/{id}/telegram"),
    };
    ask.show(&viewer)
}

/// `POST /operators/{id}/telegram/unlink`
pub(super) async fn unlink(State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    state.app().telegram().unlink(operator.id).await?;
    see_other(&format!("/operators/{id}/telegram"))
}

async fn show_with(
    viewer: &Viewer,
    state: &AppState,
    id: i64,
    link: Option<&NewLink>,
    has_no_bot: bool,
) -> Result<Response, Problem> {
    let operator = operator(state, id).await?;
    let setup = state.app().telegram().setup().await?;
    let chat = setup.chats.iter().find(|chat| chat.operator == operator.id);
    let bot = chat.and_then(|chat| setup.bots.iter().find(|bot| bot.source == chat.source));
    let since = chat.map(|chat| times::age(viewer.t, viewer.now, chat.blocked_at.unwrap_or(chat.linked_at)));
    let page = viewer.page(viewer.t.of("telegram-of-operator", &operator.name), Section::Operators);
    viewer.show(&OperatorPage {
        page,
        operator: &operator,
        chat,
        username: bot.and_then(|bot| bot.username.clone()),
        since,
        link,
        has_no_bot: has_no_bot || !setup.bots.iter().any(|bot| bot.token.is_some()),
    })
}

async fn operator(state: &AppState, id: i64) -> Result<Operator, Problem> {
    state.store().operator(OperatorId(id)).await?.ok_or_else(|| unknown("operator", &id))
}
