//! Endpoints of webhooks: where events are sent, whether they arrive, and what to do if they do not. A new secret is
//! shown once, in place of the form that asked for it.

mod form;
mod one;

use crate::ConsoleState;
use crate::forms::{Form, status};
use crate::shell::{Page, Section, Viewer, see_other};
use crate::texts::Texts;
use crate::times;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use form::Choices;
use maitred_app::webhooks::EndpointError;
use maitred_core::EndpointId;
use maitred_core::event::EndpointFault;
use maitred_store::endpoints::{ENDPOINTS_MAX, Endpoint, EndpointFormat};
use maitred_store::views::Page as Rows;
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{endpoint_not_signed, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use maitred_webhooks::Secret;
use std::sync::Arc;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/endpoints", STAFF, list)
        .get("/endpoints/new", STAFF, blank)
        .post("/endpoints/new", STAFF, create)
        .merge(one::routes())
}

#[derive(Template)]
#[template(path = "endpoints/endpoints.html")]
struct ListPage<'a> {
    page: Page<'a>,
    rows: Vec<Row>,
}

/// One endpoint of the list.
struct Row {
    id: EndpointId,
    url: Arc<str>,
    state: Health,
    /// Events that it does not have yet.
    lag: String,
    last: Option<String>,
}

/// How an endpoint is, in a word and a tag.
struct Health {
    text: String,
    is_bad: bool,
}

impl Health {
    fn of(t: Texts, endpoint: &Endpoint) -> Self {
        let fault = endpoint.disabled.map(|disabled| disabled.fault);
        let (key, is_bad) = match fault {
            Some(Some(EndpointFault::Gone)) => ("endpoint-gone", true),
            Some(Some(EndpointFault::Failing)) => ("endpoint-failing-off", true),
            Some(None) => ("endpoint-off", false),
            None if endpoint.health.failing_since.is_some() => ("endpoint-failing", true),
            None if endpoint.health.delivered_at.is_some() => ("endpoint-fine", false),
            None => ("endpoint-fresh", false),
        };
        Self { text: t.t(key), is_bad }
    }
}

async fn list(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    let webhooks = state.app().webhooks();
    let endpoints = webhooks.endpoints(Rows { limit: ENDPOINTS_MAX, after: None }).await?;
    let undelivered = webhooks.undelivered_counts().await?;
    let last_position = state.store().last_position().await?;
    let rows = endpoints.iter().map(|endpoint| Row {
        id: endpoint.id,
        state: Health::of(viewer.t, endpoint),
        lag: viewer.t.number(lag(endpoint, last_position, undelivered.get(&endpoint.id).copied())),
        last: endpoint.health.delivered_at.map(|at| times::ago(viewer.t, viewer.now, at)),
        url: endpoint.shown_url(),
    });
    let page = viewer.page(viewer.t.t("endpoints"), Section::Elsewhere);
    viewer.show(&ListPage { page, rows: rows.collect() })
}

/// Events that an endpoint does not have yet; of those that were not looked at, some may not be for it.
fn lag(endpoint: &Endpoint, last_position: i64, undelivered: Option<u64>) -> u64 {
    let behind = u64::try_from(last_position - endpoint.position).unwrap_or_default();
    behind + undelivered.unwrap_or_default()
}

#[derive(Template)]
#[template(path = "endpoints/new.html")]
struct NewPage<'a> {
    page: Page<'a>,
    form: &'a Form,
    choices: Choices,
}

impl NewPage<'_> {
    /// What an endpoint may be sent: the word, and the keys of its name and of what it means.
    fn formats(&self) -> [(&'static str, String, String); 2] {
        EndpointFormat::ALL.map(EndpointFormat::as_str).map(|word| {
            let name = format!("endpoint-format-{word}");
            (word, name.clone(), format!("{name}-about"))
        })
    }

    fn is_chosen(&self, format: &str) -> bool {
        let chosen = self.form.value("format");
        chosen == format || (chosen.is_empty() && format == EndpointFormat::default().as_str())
    }
}

async fn blank(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    let choices = Choices::read(&state, None).await?;
    show_new(&viewer, &Form::default(), choices)
}

fn show_new(viewer: &Viewer, form: &Form, choices: Choices) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("endpoint-new"), Section::Elsewhere);
    viewer.show_as(status(form), &NewPage { page, form, choices })
}

async fn create(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    let choices = Choices::read(&state, None).await?;
    if let Some(said) = form::read(&state, viewer.t, &mut form, &choices, None)
        && let Some(url) = said.url
    {
        let position = state.store().last_position().await?;
        match state.app().webhooks().create(&url, (said.format, said.wanted), position, caller()?.actor).await {
            // Nothing is signed for a CRM.
            Ok((endpoint, _)) if !said.format.is_signed() => {
                return see_other(&format!("/endpoints/{}", endpoint.id));
            }
            Ok((endpoint, secret)) => return made(&viewer, endpoint.id, &secret, "endpoint-made"),
            Err(error) => form.fail_whole(refused(viewer.t, error)?),
        }
    }
    show_new(&viewer, &form, choices)
}

/// What a form says where there is no endpoint or secret for a reason that people can change.
fn refused(t: Texts, error: EndpointError) -> Result<String, Problem> {
    match error {
        EndpointError::TooMany => Ok(t.t("problem-too-many-endpoints")),
        EndpointError::NotSigned(id) => Err(endpoint_not_signed(id)),
        EndpointError::NoRandomness(error) => Err(Problem::internal(&error)),
        EndpointError::Store(error) => Err(error.into()),
    }
}

/// A secret that was just made.
#[derive(Template)]
#[template(path = "endpoints/made.html")]
struct MadePage<'a> {
    page: Page<'a>,
    id: EndpointId,
    secret: String,
}

/// Shown in place of the form and kept nowhere: the page cannot be asked for again.
fn made(viewer: &Viewer, id: EndpointId, secret: &Secret, title: &str) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t(title), Section::Elsewhere);
    let mut response = viewer.show(&MadePage { page, id, secret: secret.reveal() })?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn the_endpoint(state: &AppState, id: i64) -> Result<Endpoint, Problem> {
    state.app().webhooks().endpoint(EndpointId(id)).await?.ok_or_else(|| unknown("endpoint", &id))
}
