//! One key at a time: making one, which is shown once, and revoking one.

use super::{Choices, Done, RoleChoice, first_role, roles};
use crate::ConsoleState;
use crate::forms::{Form, status, whole};
use crate::shell::{Page, Section, Viewer};
use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use maitred_app::auth::CreateKeyError;
use maitred_core::limits::{self, Invalid};
use maitred_core::{Actor, KeyId, Operator, Source, Timestamp};
use maitred_store::accounts::{Key, NewKey, Role};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::refusals::unknown;
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::ADMIN;

/// The most days that a key may be good for: ten years.
const DAYS_MAX: i64 = 3_650;
const MICROS_IN_DAY: i64 = 86_400_000_000;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/access/keys/new", ADMIN, blank)
        .post("/access/keys/new", ADMIN, create)
        .get("/access/keys/{id}/revoke", ADMIN, ask)
        .post("/access/keys/{id}/revoke", ADMIN, revoke)
}

#[derive(Template)]
#[template(path = "access/key.html")]
struct KeyPage<'a> {
    page: Page<'a>,
    form: &'a Form,
    roles: Vec<RoleChoice>,
    operators: Vec<Operator>,
    sources: Vec<Source>,
}

/// A key that was just made, with its text.
#[derive(Template)]
#[template(path = "access/key_made.html")]
struct MadePage<'a> {
    page: Page<'a>,
    name: &'a str,
    token: String,
}

#[derive(Template)]
#[template(path = "access/key_revoke.html")]
struct RevokePage<'a> {
    page: Page<'a>,
    key: &'a Key,
}

async fn blank(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    show_with(&viewer, Choices::read(&state).await?, &first_role(&state))
}

fn show_with(viewer: &Viewer, choices: Choices, form: &Form) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("key-new"), Section::Access);
    let Choices { operators, sources } = choices;
    viewer.show_as(status(form), &KeyPage { page, form, roles: roles(viewer.t, &Role::ALL), operators, sources })
}

async fn create(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    let t = viewer.t;
    let choices = Choices::read(&state).await?;
    let name = form.read(t, "name", "rule-name", limits::name);
    let days = form.read_if_given(t, "days", "rule-days", days);
    let expires_at = days.map(|days| Timestamp(viewer.now.0 + days * MICROS_IN_DAY));
    if let (Some(grant), Some(name)) = (choices.read_new_grant(&state, t, &mut form), name) {
        match state.access().create(NewKey { name, grant, expires_at }, caller()?.actor).await {
            Ok((key, token)) => return made(&viewer, &key, token.reveal()),
            Err(CreateKeyError::TooMany) => form.fail_whole(t.t("key-too-many")),
            Err(CreateKeyError::Store(error)) => return Err(error.into()),
            Err(why @ CreateKeyError::NoRandomness) => return Err(Problem::internal(&why)),
        }
    }
    show_with(&viewer, choices, &form)
}

/// Shown in place of the form and kept nowhere: the page cannot be asked for again.
fn made(viewer: &Viewer, key: &Key, token: String) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("key-made"), Section::Access);
    let mut response = viewer.show(&MadePage { page, name: &key.name, token })?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn ask(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let key = state.access().key(KeyId(id)).await?.filter(|key| key.revoked_at.is_none());
    let key = key.ok_or_else(|| unknown("key", &id))?;
    let page = viewer.page(viewer.t.t("key-revoke"), Section::Access);
    viewer.show(&RevokePage { page, key: &key })
}

async fn revoke(State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    if state.access().is_last_admin(Actor::Key(KeyId(id))) {
        return Err(kinds::LAST_ADMIN.because("no other key or user is an admin; add one first"));
    }
    if !state.access().revoke(KeyId(id), caller()?.actor).await? {
        return Err(unknown("key", &id));
    }
    Done::KeyRevoked.then("/access")
}

fn days(text: &str) -> Result<i64, Invalid> {
    let days = whole(text)?;
    if (1..=DAYS_MAX).contains(&days) { Ok(days) } else { Err(Invalid("is no number of days".to_owned())) }
}
